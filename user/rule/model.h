/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a parsed rule is made of, for rule/ (which fills it) and match/ (which
 * reads it). Everything lives in the ruleset's arena and is immutable after
 * ruleset_load().
 */
#ifndef RULE_MODEL_H
#define RULE_MODEL_H

#include "cordon_limits.h"
#include "rule/buffers.h"
#include "rule/rule.h"
#include "rule/set.h"

struct regex;

/* what a rule's packets may be, bits */
#define RULE_IP_TCP (1 << 0)
#define RULE_IP_UDP (1 << 1)
#define RULE_IP_ICMP (1 << 2)
#define RULE_IP_OTHER (1 << 3)
#define RULE_IP_ALL 15

/* where a rule is evaluated, bits */
#define RULE_ON_PACKET (1 << 0)	 /* each packet by itself */
#define RULE_ON_STREAM (1 << 1)	 /* raw TCP bytes */
#define RULE_ON_MESSAGE (1 << 2) /* one application message */

/* `flow` keyword, bits; no direction bit: both */
#define RULE_FLOW_TO_SERVER (1 << 0)
#define RULE_FLOW_TO_CLIENT (1 << 1)
#define RULE_FLOW_ESTABLISHED (1 << 2)
#define RULE_FLOW_NOT_ESTABLISHED (1 << 3)
#define RULE_FLOW_ONLY_STREAM (1 << 4)
#define RULE_FLOW_NO_STREAM (1 << 5)

enum { RULE_MATCH_CONTENT, RULE_MATCH_PCRE, RULE_MATCH_ISDATAAT, RULE_MATCH_BSIZE };

/* One condition on a buffer, in the order of the rule. Numbers are bytes. */
struct rule_match {
	uint8_t kind; /* RULE_MATCH_* */
	bool negated;
	bool relative;	    /* starts from the end of the match before: distance, within, pcre R, isdataat relative */
	bool relative_next; /* the next one is relative to this: other occurrences must be tried */
	/* content */
	bool nocase, startswith, endswith, has_depth, has_offset, has_distance, has_within;
	bool fast;		     /* fast_pattern was asked for */
	uint16_t len;		     /* 1 ... 255 */
	uint16_t fast_off, fast_len; /* the part fast_pattern:OFF,LEN names; fast_len 0: all */
	const uint8_t *bytes;	     /* lower case when nocase */
	uint32_t offset, depth;	     /* depth counts from the buffer's start (offset included); 0: none */
	int32_t distance, within;
	/* pcre */
	const struct regex *regex;
	/* isdataat: lo; bsize: lo ... hi */
	uint32_t lo, hi;
};

/* what is done to a buffer before it is looked at: X(id, keyword) */
#define RULE_TRANSFORM_LIST(X) X(DOTPREFIX, "dotprefix")
#define RULE_X_TRANSFORM(id, ...) RULE_TRANSFORM_##id,
enum { RULE_TRANSFORM_LIST(RULE_X_TRANSFORM) RULE_TRANSFORMS };
#define RULE_TRANSFORMS_MAX 4 /* on one buffer, one after the other */

/* all conditions of a rule on one buffer */
struct rule_list {
	const struct rule_match *m;
	uint16_t n;
	uint8_t buffer; /* APP_BUFFER_* */
	uint8_t n_transforms;
	uint8_t transform[RULE_TRANSFORMS_MAX]; /* RULE_TRANSFORM_* */
};

/* packet fields that header keywords test: X(id, keyword) */
#define RULE_FIELD_LIST(X)                                                                        \
	X(DSIZE, "dsize")                                                                         \
	X(TTL, "ttl")                                                                             \
	X(IP_ID, "id")                                                                            \
	X(IP_PROTO, "ip_proto")                                                                   \
	X(SEQ, "seq")                                                                             \
	X(ACK, "ack")                                                                             \
	X(WINDOW, "window")                                                                       \
	X(ITYPE, "itype")                                                                         \
	X(ICODE, "icode")                                                                         \
	X(FLAGS, "flags")                                                                         \
	X(SAMEIP, "sameip")
#define RULE_X_FIELD(id, ...) RULE_FIELD_##id,
enum { RULE_FIELD_LIST(RULE_X_FIELD) RULE_FIELDS };

/* how TCP flags are compared with lo after hi (the mask of ignored bits) is taken out */
enum { RULE_FLAGS_EXACT, RULE_FLAGS_ALL, RULE_FLAGS_ANY, RULE_FLAGS_NOT };

/* One condition on a packet's headers or a message's numbers: lo <= field <= hi, or the reverse. */
struct rule_test {
	uint8_t field; /* RULE_FIELD_*; of a message: APP_NUMBER_* */
	uint8_t how;   /* FLAGS: RULE_FLAGS_* */
	bool negated;
	uint32_t lo, hi;
};

enum { RULE_RATE_NONE, RULE_RATE_LIMIT, RULE_RATE_THRESHOLD, RULE_RATE_BOTH, RULE_RATE_DETECTION_FILTER };
enum { RULE_TRACK_SRC, RULE_TRACK_DST, RULE_TRACK_BOTH, RULE_TRACK_RULE };

struct rule_rate {
	uint8_t type, track; /* RULE_RATE_*, RULE_TRACK_* */
	uint32_t count;
	uint64_t window_ns;
};

struct rule {
	struct rule_info info;
	uint32_t index; /* in the ruleset */
	uint8_t ip;	/* RULE_IP_* */
	uint64_t apps;	/* bits CORDON_APP_*; 0: any */
	uint8_t sides;	/* APP_SIDE_* of the messages it looks at */
	uint8_t on;	/* RULE_ON_* */
	uint8_t flow;	/* RULE_FLOW_* */
	bool tcp_pkt, tcp_stream; /* header protocol tcp-pkt, tcp-stream */
	bool both_ways;		  /* <> */
	bool noalert;
	bool anchored; /* some payload content has depth, offset or startswith */
	bool once;     /* says something of a flow, not of a packet: once for each flow and direction */
	const struct rset *src, *dst;	  /* addresses, as the header writes them */
	const struct rset *sport, *dport; /* ports */
	struct rule_list payload;	/* n 0: none */
	const struct rule_list *list;	/* of application buffers, one for each time a buffer is asked for */
	uint8_t n_lists;
	struct rule_test *test; /* on the packet */
	struct rule_test *number; /* on the message */
	uint16_t n_tests, n_numbers;
	struct rule_rate rate, filter; /* threshold; detection_filter */
};

/* is @l looked at with a dot before it, and nothing else? */
static inline bool rule_list_is_dotted(const struct rule_list *l)
{
	return l->n_transforms == 1 && l->transform[0] == RULE_TRANSFORM_DOTPREFIX;
}

/* does @flags (TCP header byte) satisfy a FLAGS test? */
bool rule_flags_match(const struct rule_test *t, uint8_t flags);

#endif
