/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the pipeline share: pipeline.c (the walk), pipeline_flow.c (streams), pipeline_say.c (findings),
 * pipeline_http.c (requests and their answers), pipeline_ends.c (flows that end), pipeline_pairs.c (their text), pipeline_url.c (its URLs),
 * pipeline_track.c (what of a flow no packet tells), pipeline_state.c (what does not fit a TCP connection), pipeline_answer.c (what a listed name leads to), pipeline_crowd.c (how many alerts a packet gives). */
#ifndef PIPELINE_INT_H
#define PIPELINE_INT_H

#include <stdbool.h>

#include "app/app.h"
#include "pipeline.h"
#include "stream/defrag.h"
#include "stream/flow.h"
#include "stream/state.h"

/* application fields of the message last seen, as findings show them */
struct fields {
	uint16_t dns_type, dns_id, http_status;
	uint8_t is_response;
	char name[256], http_method[16], http_uri[512], http_agent[256], http_protocol[16];
	char pairs[FINDING_PAIRS]; /* see struct finding */
	size_t pairs_len;
	uint8_t pairs_app; /* CORDON_APP_* they are of */
};

/* not known yet or not from its start; parsed; not this protocol, a gap, or no parser */
enum { APP_WAIT, APP_OPEN, APP_STOP };

/* urgent bytes that are taken out of a direction; more stay in */
#define PIPE_URGENT_MAX 8

struct pipe_dir {
	uint32_t urgent[PIPE_URGENT_MAX]; /* their offsets in the stream, themselves counted */
	uint8_t n_urgent;
	void *app; /* state of row */
	const struct app_row *row;
	struct match_stream *match;
	struct match_chunks chunks; /* where they end, once that is known */
	bool has_chunks;
	uint8_t app_state;
	uint64_t odd_msg, odd; /* id + 1 of the message whose oddities were said, and which: bits RULE_EVENT_* */
	bool open_msg;	  /* the last message told is not complete ... */
	bool msg_pending; /* ... and a rule could still fire on it */
	bool was_begun;	  /* a head was begun before this delivery: its name did not fit in one packet */
};

struct pipe_flow {
	struct stream_flow f; /* first */
	struct pipe_dir d[2];
	struct fields *last; /* NULL: no message yet */
	struct cordon_facts facts; /* of the last record */
	const struct app_row *row; /* whose app_flow it is */
	uint64_t literal; /* the kernel's latest, for which it is followed; 0: none */
	uint8_t app; /* recognised here, where the kernel saw the first bytes out of order; 0: not */
	void *app_flow;		   /* what the rows of both directions share; NULL: nothing */
};

/* what was said of a flow; direct mapped, a flow that is pushed out may be said again */
#define PIPE_SAID 16384
enum { SAID_SEEN = 1, SAID_APP = 2, SAID_SSH = 4 };
struct said {
	uint64_t flow_id, request_ns; /* time and number of the request said last: a packet may come as FIRST and as PKT */
	uint32_t request_seq;
	uint8_t what;
};

/* alerts of the packet at hand, in the order of their rules; see pipeline_crowd.c */
struct crowd {
	struct finding *room;
	struct crowd_entry {
		uint32_t rule, slot; /* its place in the order of rules; of room */
	} *order;
	uint32_t n, max;
	uint32_t acted; /* said at once: they drop or reject */
};

struct pipeline {
	struct pipeline_opts o;
	struct flow_table flows;
	struct defrag *defrag;
	struct pipeline_stats stats;
	uint32_t bucket_mask;
	/* of the record at hand */
	bool wraps;	 /* pipeline_wraps() */
	bool is_history; /* its bytes came before the kernel's suspicion: under --full, when nobody knew of it yet */
	const struct view *view; /* in the direction looked at */
	struct pipe_flow *flow;	 /* NULL: none */
	const struct fields *fields; /* of the last message; NULL: none */
	struct view side_view;
	struct cordon_facts side_facts;
	struct view named_view; /* with the application that was recognised here */
	struct cordon_facts named_facts;
	struct fields datagram_fields;
	struct said said[PIPE_SAID];
	struct http_wait *http;
	struct flow_end *ends;
	uint64_t ends_swept_ns;
	struct track *tracks;
	struct conn_state *states;
	struct state_odds odds; /* of the packet at hand */
	struct view state_view; /* with the direction that its state tells */
	struct cordon_facts state_facts;
	uint64_t tracks_swept_ns;
	struct view icmp_view; /* an error, as of the flow it is about */
	struct cordon_facts icmp_facts;
	struct view track_view; /* with what is known of its flow */
	struct crowd crowd;
	uint8_t line[CORDON_WINDOW]; /* a history made straight */
};

/* pipeline_flow.c */
void pipe_history(struct pipeline *p, const struct view *v);
void pipe_segment(struct pipeline *p, const struct view *v);
/* which stream's chunks the packet at hand may be looked at with: before its packet rules */
void pipe_looked(struct pipeline *p, const struct view *v);
void pipe_datagram(struct pipeline *p, const struct view *v);
void pipe_flow_end(struct stream_flow *f, void *pipeline);
void pipe_flow_done(struct stream_flow *f, void *ctx);

/* pipeline_say.c */
void say_alert(const struct rule *r, uint8_t action, void *pipeline); /* a match_hit_fn */
void say_message(struct pipeline *p, const struct app_msg *msg);
void say_answer(struct pipeline *p, const struct app_msg *msg); /* pipeline_answer.c */
void say_request(struct pipeline *p, const struct app_msg *msg); /* pipeline_url.c */
void say_anomaly(struct pipeline *p, const struct view *v, unsigned int event); /* and the rules that wait for it */
/* returns those bits of msg->events that were not said of it yet */
uint64_t say_oddities(struct pipeline *p, const struct app_msg *msg, struct pipe_dir *d);
void say_packet(struct pipeline *p, const struct view *v); /* FIRST and PKT: the flow, its application, a request */
void say_threat_host(struct pipeline *p, const struct view *v); /* FIRST */
void finding_begin(struct finding *f, uint32_t kind, const struct view *v); /* all but what the kind has of its own */
void finding_fields(struct finding *f, const struct fields *s);
void say_held(struct pipeline *p, const struct cordon_event_pkt *e);
void say_identity(struct pipeline *p, const struct view *v);
void say_name(struct pipeline *p, const struct view *v);
void say_threat_address(struct pipeline *p, const struct view *v);
/* pipeline_crowd.c */
int crowd_new(struct crowd *c, uint32_t max); /* -1: no memory; crowd_done() all the same */
void crowd_done(struct crowd *c);
/* where the alert of a rule goes; NULL: the packet has enough of those before it, counted */
struct finding *crowd_place(struct pipeline *p, uint32_t rule);
void crowd_act(struct pipeline *p); /* one that is said at once takes a place */
void crowd_flush(struct pipeline *p); /* the packet is done: its alerts are given */
/* pipeline_http.c */
void http_said(struct pipeline *p, const struct finding *f);	     /* a request */
void http_answered(struct pipeline *p, const struct view *v);	     /* FIRST and PKT */
void http_aged(struct pipeline *p, uint64_t now_ns);
void http_flush(struct pipeline *p); /* what waits is said */
void http_drop(struct pipeline *p);

/* pipeline_ends.c */
void facts_turn(struct cordon_facts *f); /* seen from the other end */
void ends_begun(struct pipeline *p, const struct view *v);
void ends_alerted(struct pipeline *p, uint64_t flow_id);
void ends_sweep(struct pipeline *p, uint64_t now_ns); /* those that are over are told; does something once a second */
void ends_flush(struct pipeline *p, uint64_t now_ns); /* all are */
void ends_drop(struct pipeline *p);

/* the kernel's record of the flow of these facts; *ret_is_high: their source is the higher end of its key */
const struct cordon_flow *pipe_find_flow(struct pipeline *p, const struct cordon_facts *f, uint32_t *ret_slot, bool *ret_is_high);

/* pipeline_icmp.c: @v with facts of the flow that it is an error about; the pipeline's until the next call */
const struct view *icmp_error(struct pipeline *p, const struct view *v);

/* pipeline_track.c */
/* @v with view.known, as its flow stands with it; the pipeline's until the next call */
const struct view *track_packet(struct pipeline *p, const struct view *v);
void track_behind(struct pipeline *p, const struct view *v); /* its rules are judged: has its flow become ciphertext? */
void track_sweep(struct pipeline *p, uint64_t now_ns);
void track_flush(struct pipeline *p); /* no more packets will come */
void track_drop(struct pipeline *p);

/* pipeline_state.c */
/* what does not fit a TCP packet's connection is given to the rules that are asked next; @v, in the connection's direction */
const struct view *state_packet(struct pipeline *p, const struct view *v);
void state_drop(struct pipeline *p);

void pairs_from_msg(struct fields *f, const struct app_msg *msg); /* pipeline_pairs.c */
void fields_from_msg(struct fields *f, const struct app_msg *msg);

#endif
