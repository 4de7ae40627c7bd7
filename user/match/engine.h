/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of match/ share. Nobody outside sees this. */
#ifndef MATCH_ENGINE_H
#define MATCH_ENGINE_H

#include <string.h>

#include "match/mark.h"
#include "match/match.h"
#include "match/member.h"
#include "match/rate.h"
#include "match/scan.h"
#include "match/transform.h"
#include "rule/model.h"
#include "rule/regex.h"

/* what the kernel must look for on behalf of one rule */
#define WINDOW_MAX 8 /* bytes, of a literal as it stands on the wire, folded */

struct window {
	uint8_t b[WINDOW_MAX];
	uint8_t len;
	uint8_t lead[CORDON_PF_WIDE]; /* the bytes before it: with them it is CORDON_PF_WIDE bytes */
	uint8_t n_lead;		      /* 0: they are not known */
	uint16_t at; /* in the wire form */
	int score;
};

/* as the kernel has it: struct cordon_pf_entry.val; never 0 */
static inline uint64_t window_value(const struct window *w)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < w->len; i++)
		v |= (uint64_t)w->b[i] << (8 * i);
	return v;
}

/* bytes at known places near the payload's begin, at most eight from the first to the last */
struct head {
	uint64_t val, mask; /* first byte in the lowest; a byte that is not known has no mask */
	uint8_t off, len;   /* len 0: none */
	int score;	    /* as a window's bytes */
	/* of head_match, as much as lies in it */
	uint16_t at, n;
};

/* a rule as the engine sees it */
struct entry {
	const struct rule *rule;
	const struct rule_match *lit; /* the content both prefilters look for (libhs alone without window); NULL: none */
	const uint8_t *lit_bytes;     /* what of it libhs looks for */
	uint16_t lit_len;
	const struct rule_list *lit_list; /* where it stands */
	uint8_t lit_buffer;
	uint16_t classes;    /* bit class * 2 + direction, of packets that can be this rule's */
	__u64 apps;	     /* bits CORDON_APP_* in which they can */
	__u64 groups[2];     /* port groups */
	uint8_t ends;	     /* bits CORDON_PF_ENDS */
	uint16_t min, max;   /* bytes of payload; max 65535: no bound */
	uint16_t sport, dport; /* the only port; 0: any, or more than one */
	uint32_t span;	     /* stream: bytes after what libhs finds within which the rule is complete */
	bool needs_end;	     /* body: can only be judged when the message is complete */
	bool asks_absent;    /* stream: what is not there, or is the end, decides as well */
	uint8_t repeats;     /* REPEATS_*: where a message's rule of absent contents begins to be said again */
	uint32_t stamp;	     /* of the scan it was last a candidate in */
	uint32_t slot;	     /* stream: in the list of candidates, while stamp is the scan's */
	struct head head;     /* what the kernel may compare in place of a window ... */
	bool has_head;	      /* the image has it */
	const struct rule_match *head_match; /* ... the content that has most bytes in it */
	struct match_profile cost;
	struct window window; /* the wire window of the literal; len 0: none, the kernel follows all it could be in */
};

/* both: it is looked for in the line, and something in the head as well */
enum { REPEATS_NOT, REPEATS_LINE, REPEATS_HEAD };

struct port_pair {
	const struct rset *sport, *dport;
	uint32_t rules;
	bool has_always;
	uint8_t group;
};

struct match_engine {
	struct entry *entries; /* by rule index */
	size_t n;
	struct scan_set *packet, *stream, *message[APP_BUFFERS]; /* [PAYLOAD]: unused */
	struct scan_room *room;
	VEC(uint32_t) bare_packet, bare_stream; /* entries without literal */
	VEC(uint32_t) bare_message[CORDON_APPS][2]; /* the same, by application and side */
	VEC(uint32_t) on_event; /* entries that wait for a moment */
	VEC(uint32_t) body; /* entries whose literal is of a body that may come in chunks */
	struct cordon_prefilter *image; /* generation is filled in by match_prefilter() */
	VEC(struct port_pair) pairs; /* of all rules but those of any ports */
	VEC(struct match_cost) costs;
	/* state of the one thread that uses it */
	bool asks_flow; /* see match_asks_flow() */
	bool asks_state; /* see match_asks_state() */
	const uint8_t *odds; /* see match_odds() */
	uint8_t n_odds;
	struct regex_run *regex;
	struct rates *rates;
	struct fired *fired;
	struct marks *marks;
	struct members *members;
	uint64_t var[RULE_VARS]; /* variables of the rule being judged, from one of its lists to the next */
	uint32_t stamp;
	uint32_t profile_turn, profile_every; /* profile.h */
	struct sent_literal *sent; /* what the kernel sent up, by window */
	struct sent {
		uint64_t packets, bytes, timed, ns;
		uint64_t candidates; /* of the rules that share it, and ... */
		uint32_t rules;	     /* ... how many they are: profile_share() counts both */
	} sent_by[SENT_WAYS];
	struct transform_room transformed;
	VEC(uint8_t) decoded; /* base64 */
	const uint8_t *around; /* see match_around() */
	uint32_t around_len;
	const struct match_chunks *chunks; /* see match_chunks() */
	struct { const struct match_stream *state; const struct match_chunks *chunks; int64_t off; } looked; /* see match_looked() */
	VEC(uint32_t) found; /* candidates of the scan under way */
	VEC(const struct rule *) hits;
	VEC(struct match_again { const struct rule *rule; uint32_t left; }) again; /* see match_message_again() */
	bool has_repeats;
	struct bypass {
		struct cordon_facts facts; /* of the flow that nothing more is looked for in; flow_id 0: none */
		uint64_t ts_ns;
	} bypass;
	struct match_stats stats;
};

/* --- literal.c --- */

/* the content of @e's rule that both prefilters look for, as many as there are: sets lit, lit_bytes, window */
void literal_choose(struct entry *e);
/* the @n-th best window of e->lit; false: no more */
bool literal_window(const struct entry *e, unsigned int n, struct window *ret);
/* how rare bytes are in ordinary traffic: @b is folded; the higher the better */
int literal_rarity(const uint8_t *b, uint32_t len);
/* there was no room for any window of @e */
void literal_drop_window(struct entry *e);
/* e->window is final: what libhs looks for, and the span, follow from it */
void literal_commit(struct entry *e);

/* --- head.c --- */

#define HEAD_WINDOW_POOR 27 /* rarity of a window's bytes up to which a head may be better */

void head_choose(struct entry *e); /* after literal_choose() */
/* the head takes the place of a window; false: the image has no room */
bool head_put(struct cordon_prefilter *pf, struct entry *e);

/* --- gate.c --- */

void gate_of(struct entry *e); /* classes and apps */
/* @apps, and those in whose streams they may begin (STARTTLS), by which the kernel knows the flow */
uint64_t gate_carriers(uint64_t apps);
/* asks nothing of the payload, or of TCP's that there is one, and of each packet anew */
bool gate_is_of_header(const struct rule *r);
/* waits for what is odd about IP options or extension headers */
bool gate_is_of_options(const struct rule *r);
/* waits for what does not fit a TCP connection's state: every packet of one is looked at */
bool gate_is_of_state(const struct rule *r);
/* its messages may be told of the other side: packets of both directions can be its */
bool gate_is_answered(const struct rule *r);
/* a TCP rule of packets, without contents, that asks what view.known tells: it must see the acknowledgements */
bool gate_asks_known(const struct rule *r);
/* can the rule be a packet's without payload, as far as dsize tells? */
bool gate_allows_empty(const struct rule *r);
/* can a packet of which only the flow is known be this rule's? */
bool gate_is_of_flow(const struct rule *r);
/* of these one that says an application and its direction, no more */
bool gate_is_of_app(const struct rule *r);
/* are the packets of the other direction, too, of interest? */
bool gate_needs_turned(const struct rule *r);

/* --- ports.c --- */

int ports_group(struct match_engine *eng); /* eng->pairs, and each entry's groups */
void ports_put(const struct match_engine *eng); /* into the image */

/* --- bounds.c --- */

/* e->min, e->max: how long the payload must be, for a rule that is judged on packets alone */
void bounds_of(struct entry *e);

/* --- ends.c --- */

/* the networks that cut the address space in two, into the image, and each entry's ends */
int ends_of(struct match_engine *eng);

/* --- confirm.c --- */

enum verdict { FITS, NOT_YET, NEVER };
/* header of the rule against the packet or the stream's direction */
enum verdict confirm_header(const struct rule *r, const struct cordon_facts *f);
/* does it fit a rule of <> either way round? Suricata makes two rules of one whose ends differ: then both fire */
bool confirm_both_ways(const struct rule *r, const struct cordon_facts *f);
/* a rule of packets that names an application: was it known when the packet came? */
bool confirm_app_before(const struct rule *r, const struct view *v);
/* the same for a TCP stream's bytes and messages: before the handshake is complete there is no stream yet */
enum verdict confirm_stream(const struct rule *r, const struct cordon_facts *f);
bool confirm_tests(const struct rule *r, const struct view *v);
/* @whole: else what only the end of a message tells is not asked */
bool confirm_numbers(const struct rule *r, const struct view *v, const struct app_msg *msg, bool whole);

/* --- stream.c --- */

/* was the rule said of a chunk that is looked at with the packet at hand? */
bool stream_said(const struct match_engine *eng, uint32_t index, const struct cordon_facts *f);

/* --- packet.c --- */

/* tests, and buffers of the packet's headers */
bool packet_parts_fit(struct match_engine *eng, const struct rule *r, const struct view *v);

/* --- content.c --- */

/*
 * content_list() - all conditions of a rule on one buffer
 * @ret_end: offset behind the last byte any of them matched
 * Return: true also when a limit was hit (counted in eng->stats)
 */
bool content_list(struct match_engine *eng, const struct rule_list *l, const uint8_t *buf, uint32_t len,
		  uint32_t *ret_end);
/* the rule is judged anew: nothing of another one's variables is left */
static inline void content_begin(struct match_engine *eng, const struct rule *r)
{
	if (r->n_vars)
		memset(eng->var, 0, sizeof(eng->var));
	member_begin(eng->members);
}
/* first occurrence of a content in [from, len), or UINT32_MAX */
uint32_t content_find(const struct rule_match *m, const uint8_t *buf, uint32_t from, uint32_t len);

/* --- hit.c --- */

/* what the rule asks of flowbits and the like */
bool hit_asked(struct match_engine *eng, const struct rule *r, const struct view *v);
/* the rule has matched: its deeds are done, the alert waits for hit_emit() */
void hit_add(struct match_engine *eng, const struct rule *r, const struct view *v);
/*
 * pass before drop before reject before alert; thresholds; then the callback.
 * @of_flow: what was looked at is the flow's, not one packet's: as in
 * Suricata a pass then holds for all of it, as does one of a rule that speaks
 * of the flow only (rule->once).
 */
void hit_emit(struct match_engine *eng, const struct view *v, bool of_flow, match_hit_fn hit, void *ctx);
/* has a rule decided on the flow already? */
bool hit_is_decided(struct match_engine *eng, const struct view *v);

/* candidates of one scan: begun, added once each (also as a scan_fn with the engine as @ctx) */
void found_begin(struct match_engine *eng);
void found_add(uint32_t index, uint32_t end, void *engine);
/* into the order of evaluation */
void found_sort(struct match_engine *eng);

#endif
