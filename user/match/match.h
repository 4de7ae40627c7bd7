/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules against packets, streams and application messages. An engine is built
 * once from a ruleset and immutable but for its thresholds; one thread uses it.
 *
 * The same choice of literal serves libhs here and the kernel's prefilter: a
 * rule can only fire after the kernel has seen (a window of) that literal in
 * the flow, or has been told that the rule has none.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "app/app.h"
#include "base/json.h"
#include "cordon_maps.h"
#include "rule/rule.h"
#include "view/view.h"

struct match_engine;
struct match_stream; /* candidates of one direction of one flow */

struct match_cost {
	const struct rule *rule;
	const char *why; /* "no literal of 4 bytes or more: every packet of its port group goes up" */
};

int match_build(const struct ruleset *rs, struct match_engine **ret, struct strbuf *err); /* borrows rs */
void match_free(struct match_engine *e);
/* rates and what has fired, as after match_build(): between two captures. 0 or -ENOMEM */
int match_forget(struct match_engine *e);
/* the kernel's part; writes all of *ret */
int match_prefilter(const struct match_engine *e, uint32_t generation, struct cordon_prefilter *ret);

struct match_stats {
	uint64_t step_limits, regex_limits;   /* rules that counted as matched because a limit was hit */
	uint64_t rates_dropped, fired_dropped, marks_dropped; /* state given up for newer state */
	uint64_t members_dropped; /* values a dataset had no room for */
	uint64_t scan_errors;
};
void match_stats(const struct match_engine *e, struct match_stats *ret);

/* of one rule */
struct match_profile {
	uint64_t candidates; /* times its literal was seen; of a rule without: times its header fitted */
	uint64_t checks;     /* times its conditions were judged; of a stream or a growing message again as bytes come */
	uint64_t matches, alerts;
	uint64_t sent, sent_bytes; /* packets the kernel sent up because of it, or of others that it cannot tell from it */
	uint32_t shared_by;	   /* rules that share these, itself among them */
	uint64_t kernel_ns;	   /* its part of what they cost in the kernel, by candidates: of all such rules this is the whole */
	uint64_t timed, ns; /* checks that were timed, and their time; match_profile_get(): of all, estimated */
};
/*
 * match_profile_sent() - the kernel sent up a packet because of a rule
 * @how: by which way; SENT_LITERAL: @literal is its window (struct cordon_event_pkt). Rules with the same window, rules that
 *       are found by a place, and rules that the kernel cannot look for share what was sent.
 * @bytes: of the frame
 * @ns: what prefilter and record took in the kernel (struct cordon_event_pkt.spent_ns); 0: it was not timed
 */
enum { SENT_PLACE, SENT_ALWAYS, SENT_WAYS, SENT_LITERAL = SENT_WAYS };
void match_profile_sent(struct match_engine *e, unsigned int how, uint64_t literal, uint32_t bytes, uint32_t ns);
void match_profile_get(struct match_engine *e, uint32_t index, struct match_profile *ret);
void match_profile_json(struct json *j, const struct match_profile *c); /* members of the open object */
/* every rule that was a candidate or for which something was sent up, the dearest first, as a member "profile" of the open object; 0 or -ENOMEM */
int match_profile(struct match_engine *e, struct json *j);
void match_profile_all(struct match_engine *e); /* time every check from here on, not a sample */

size_t match_costs(const struct match_engine *e, const struct match_cost **ret);

/* @action: RULE_ACTION_*; the rule's, or what a rate_filter says instead */
typedef void (*match_hit_fn)(const struct rule *r, uint8_t action, void *ctx);

/* what does not fit the connection of the packet judged next: @n RULE_EVENT_*, borrowed until then */
void match_odds(struct match_engine *e, const uint8_t *event, uint8_t n);
/* a packet that nothing else is asked of */
void match_packet_odd(struct match_engine *e, const struct view *v, match_hit_fn hit, void *ctx);
/* packet rules on one packet (v->pkt, with CORDON_PKT_INSPECT) */
void match_packet(struct match_engine *e, const struct view *v, match_hit_fn hit, void *ctx);
/* of a flow that is cleared or past its depth: rules that ask nothing of the payload */
void match_packet_header(struct match_engine *e, const struct view *v, match_hit_fn hit, void *ctx);
/* does a rule ask what match_last() or view.known tell? else nobody need keep that */
bool match_asks_flow(const struct match_engine *e);
/*
 * Suricata looks at a TCP flow without a packet from the wire, with one of its own for each direction of which only the
 * flow is known: when the flow's text ends in ciphertext, and, for rules that name an application (@of_app), when it is
 * given up. The rules that fit such a packet; v->pkt is NULL, the facts are of that direction.
 */
void match_last(struct match_engine *e, const struct view *v, bool of_app, match_hit_fn hit, void *ctx);
/* of a packet around another one: rules without contents, of a payload that is none (v->known: SEALED) */
void match_wrapping(struct match_engine *e, const struct view *v, match_hit_fn hit, void *ctx);
/* of a fragment, which is of no flow: the same, and rules that are else said once a flow, each time */
void match_fragment(struct match_engine *e, const struct view *v, match_hit_fn hit, void *ctx);

/*
 * match_stream_feed() - raw stream rules after new bytes
 * @v:      its facts must be those of the direction fed (dir, addresses, ports)
 * @window: the stream's last bytes, at most CORDON_WINDOW before @fresh plus the new ones
 * @start:  stream offset of window[0]
 * @fresh:  stream offset of the first new byte
 * A rule fires again only on bytes after the end of its last match in this stream.
 */
void match_stream_feed(struct match_engine *e, struct match_stream **state, const struct view *v,
		       const uint8_t *window, uint32_t len, uint64_t start, uint64_t fresh, match_hit_fn hit, void *ctx);
/*
 * Where the chunks of the streams fed until the next call end, as the capture tells: [1] of applications whose messages
 * end them too; [2] up to where Suricata has read when it looks at messages. NULL: not known, then a chunk is so many
 * bytes, and each message is looked at once. Borrowed.
 */
struct match_chunks {
	const uint32_t *end[3]; /* stream offsets, ascending */
	const uint32_t *next[2]; /* where the chunk behind each begins: before its end, where bytes were missing */
	uint32_t n[3];
	const uint32_t *by[2]; /* where the payload of the packet begins that each is looked at with; UINT32_MAX: it has none */
	uint64_t gap_end; /* the stream goes on there behind bytes that are missing in the capture; 0: none are */
	bool is_cut; /* Suricata never looks at what is behind the last */
};
void match_chunks(struct match_engine *e, const struct match_chunks *c);
/*
 * match_looked() - of what stream the next match_packet()s are
 * @state: of their direction; NULL: none, or nobody knows chunks
 * @off:   where their payload begins in it
 * A rule that is said of a chunk with this packet is not said of the packet as well.
 */
void match_looked(struct match_engine *e, const struct match_stream *state, const struct match_chunks *c, int64_t off);
/* could a rule whose literal was seen still fire? then the flow must be followed */
bool match_stream_pending(const struct match_stream *state, uint64_t end);
/* bytes are missing: what is begun will not be complete; which chunks were used up stays known where match_chunks() says */
void match_stream_gap(struct match_stream **state);
void match_stream_free(struct match_stream *state);

/* stream bytes that the messages told until the next call stand in: what their rules' payload conditions look at; NULL: none */
void match_around(struct match_engine *e, const uint8_t *p, uint32_t len);
/*
 * Application rules on one message; a rule fires once for each message id. Return: call match_message_again(): of a capture
 * a rule of nothing but what must not be there is said with each of Suricata's looks until the message is over.
 */
bool match_message(struct match_engine *e, const struct view *v, const struct app_msg *msg, match_hit_fn hit, void *ctx);
/* once more what match_message() said so, as of another packet; the same return */
bool match_message_again(struct match_engine *e, const struct view *v, match_hit_fn hit, void *ctx);
/* is there such a rule? */
bool match_repeats(const struct match_engine *e);
/* is there a rule for match_event()? */
bool match_asks_moments(const struct match_engine *e);
/* is one of them of TCP's states? */
bool match_asks_state(const struct match_engine *e);
/* stream-event and decode-event rules at such a moment: RULE_EVENT_* */
void match_event(struct match_engine *e, const struct view *v, unsigned int event, match_hit_fn hit, void *ctx);
/* on an incomplete message: could one of them still fire? */
bool match_message_pending(struct match_engine *e, const struct view *v, const struct app_msg *msg);

#endif
