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
struct rule_dataset;
struct iprep_category;
struct geoip_set;

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
#define RULE_ON_EVENT (1 << 3)	 /* a moment that is odd: events.h */

/* `flow` keyword, bits; no direction bit: both */
#define RULE_FLOW_TO_SERVER (1 << 0)
#define RULE_FLOW_TO_CLIENT (1 << 1)
#define RULE_FLOW_ESTABLISHED (1 << 2)
#define RULE_FLOW_NOT_ESTABLISHED (1 << 3)
#define RULE_FLOW_ONLY_STREAM (1 << 4)
#define RULE_FLOW_NO_STREAM (1 << 5)
#define RULE_FLOW_STATELESS (1 << 6) /* says nothing, but makes the rule one of packets */
#define RULE_FLOW_NO_FRAG (1 << 7)   /* not of what was put together from fragments */
#define RULE_FLOW_ONLY_FRAG (1 << 8)

enum {
	RULE_MATCH_CONTENT,
	RULE_MATCH_PCRE,
	RULE_MATCH_ISDATAAT,
	RULE_MATCH_BSIZE,
	RULE_MATCH_BYTE_TEST,
	RULE_MATCH_BYTE_JUMP,
	RULE_MATCH_BYTE_EXTRACT,
	RULE_MATCH_BYTE_MATH,
	RULE_MATCH_BASE64,
	RULE_MATCH_MEMBER,
};

/* MEMBER: what is asked of a set of values, or done to it; the order of the names in kw_dataset.c */
enum {
	RULE_MEMBER_IS, RULE_MEMBER_IS_NOT, RULE_MEMBER_ADD, RULE_MEMBER_REMOVE,
	RULE_MEMBER_REP_LT, RULE_MEMBER_REP_GT, RULE_MEMBER_REP_EQ,
};

/* variables of byte_extract and byte_math, of one rule */
#define RULE_VARS 16

/* what byte_test compares and byte_math computes with; the order of the names in kw_byte.c */
enum {
	RULE_BYTE_LT, RULE_BYTE_GT, RULE_BYTE_EQ, RULE_BYTE_LE, RULE_BYTE_GE, RULE_BYTE_AND, RULE_BYTE_XOR,
	RULE_BYTE_ADD, RULE_BYTE_SUB, RULE_BYTE_MUL, RULE_BYTE_DIV, RULE_BYTE_SHL, RULE_BYTE_SHR,
};

/* a number: written in the rule, or a variable */
struct rule_number {
	int64_t n;
	uint8_t var; /* 1 + index; 0: n holds */
};

/* byte_test, byte_jump, byte_extract, byte_math: a number in the buffer */
struct rule_byte {
	struct rule_number bytes, offset, value; /* value: compared or computed with */
	uint8_t op;				 /* RULE_BYTE_* */
	uint8_t base;				 /* text in this base; 0: binary */
	bool is_little, from_begin, from_end;
	uint8_t align;	/* 0: none */
	uint8_t result; /* variable, 1 + index */
	uint32_t multiplier;
	int32_t post_offset;
	uint64_t bitmask; /* 0: none; else what it leaves is shifted down to bit 0 */
};

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
	uint8_t offset_var, depth_var, distance_var, within_var; /* 1 + variable that stands for it; 0: none */
	/* pcre */
	const struct regex *regex;
	/* isdataat: lo; bsize: lo ... hi */
	uint32_t lo, hi;
	uint8_t lo_var; /* 1 + variable; 0: none */
	const struct rule_byte *byte;
	/* base64_decode: lo bytes at most (0: all) from offset on; what is asked of them, or NULL */
	const struct rule_list *decoded;
	/* member; lo: the reputation it is compared with */
	const struct rule_dataset *set;
	uint8_t member; /* RULE_MEMBER_* */
};

/* what is done to a buffer before it is looked at: X(id, keyword) */
#define RULE_TRANSFORM_LIST(X)                                                                    \
	X(DOTPREFIX, "dotprefix")                                                                 \
	X(LOWER, "to_lowercase")                                                                  \
	X(UPPER, "to_uppercase")                                                                  \
	X(STRIP_BLANKS, "strip_whitespace")                                                       \
	X(COMPRESS_BLANKS, "compress_whitespace")                                                 \
	X(URL_DECODE, "url_decode")                                                               \
	X(XOR, "xor")                                                                             \
	X(MD5, "to_md5")                                                                          \
	X(SHA1, "to_sha1")                                                                        \
	X(SHA256, "to_sha256")                                                                    \
	X(HEADER_LOWER, "header_lowercase")                                                       \
	X(STRIP_PSEUDO, "strip_pseudo_headers")                                                   \
	X(PCRE, "pcrexform")
#define RULE_X_TRANSFORM(id, ...) RULE_TRANSFORM_##id,
enum { RULE_TRANSFORM_LIST(RULE_X_TRANSFORM) RULE_TRANSFORMS };
#define RULE_TRANSFORMS_MAX 4 /* on one buffer, one after the other */
#define RULE_XOR_MAX 64	      /* bytes of a key */

struct rule_transform {
	uint8_t kind; /* RULE_TRANSFORM_* */
	uint8_t key_len;
	const uint8_t *key; /* XOR; PCRE: the expression's text, key_len 0 */
	const struct regex *regex; /* PCRE */
};

/* all conditions of a rule on one buffer */
struct rule_list {
	const struct rule_match *m;
	uint16_t n;
	uint8_t buffer; /* APP_BUFFER_* */
	uint8_t n_transforms;
	struct rule_transform transform[RULE_TRANSFORMS_MAX];
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
	X(TOS, "tos")                                                                             \
	X(IPOPTS, "ipopts")                                                                       \
	X(FRAGBITS, "fragbits")                                                                   \
	X(FRAGOFFSET, "fragoffset")                                                               \
	X(ICMP_ID, "icmp_id")                                                                     \
	X(ICMP_SEQ, "icmp_seq")                                                                   \
	X(ICMPV6_MTU, "icmpv6.mtu")                                                               \
	X(TCP_MSS, "tcp.mss")                                                                     \
	X(STREAM_SIZE, "stream_size")                                                             \
	X(FLOW_AGE, "flow.age")                                                                   \
	X(APP, "app-layer-protocol")                                                              \
	X(IPREP, "iprep")                                                                         \
	X(GEOIP, "geoip")                                                                         \
	X(SAMEIP, "sameip")                                                                       \
	X(CSUM, "ipv4-csum")
#define RULE_X_FIELD(id, ...) RULE_FIELD_##id,
enum { RULE_FIELD_LIST(RULE_X_FIELD) RULE_FIELDS };

/* how TCP flags are compared with lo after hi (the mask of ignored bits) is taken out */
enum { RULE_FLAGS_EXACT, RULE_FLAGS_ALL, RULE_FLAGS_ANY, RULE_FLAGS_NOT };

/* STREAM_SIZE: whose bytes */
enum { RULE_SIZE_CLIENT, RULE_SIZE_SERVER, RULE_SIZE_BOTH, RULE_SIZE_EITHER };
/* IPREP, GEOIP: whose */
enum { RULE_IPREP_ANY, RULE_IPREP_SRC, RULE_IPREP_DST, RULE_IPREP_BOTH };
/* CSUM: which; the order of the names in kw_csum.c */
enum { RULE_CSUM_IPV4, RULE_CSUM_TCPV4, RULE_CSUM_UDPV4, RULE_CSUM_ICMPV4, RULE_CSUM_TCPV6, RULE_CSUM_UDPV6, RULE_CSUM_ICMPV6 };
#define RULE_IPOPTS_ANY 256 /* lo of IPOPTS; else an option's type (RFC 791 3.1) */

/* fields that do not make a rule one of packets: they are asked of whatever packet completes it */
static inline bool rule_field_is_soft(uint8_t field)
{
	return field == RULE_FIELD_STREAM_SIZE || field == RULE_FIELD_APP || field == RULE_FIELD_IPREP ||
	       field == RULE_FIELD_FLOW_AGE;
}

/*
 * how a message's number is compared: lo ... hi, or any bit of lo is set in it, or all are; what Modbus writes at `at`;
 * a time (seconds since 1970) with the packet's, which is not before it, or not after
 */
enum { RULE_NUMBER_RANGE, RULE_NUMBER_ANY_BIT, RULE_NUMBER_ALL_BITS, RULE_NUMBER_WRITTEN, RULE_NUMBER_NOT_BEFORE,
       RULE_NUMBER_NOT_AFTER };

/* One condition on a packet's headers or a message's numbers: lo <= field <= hi, or the reverse. */
struct rule_test {
	uint8_t field; /* RULE_FIELD_*; of a message: APP_NUMBER_* */
	uint8_t how;   /* FLAGS, FRAGBITS: RULE_FLAGS_*; STREAM_SIZE: RULE_SIZE_*; IPREP, GEOIP: RULE_IPREP_*; CSUM: RULE_CSUM_*; of a message: RULE_NUMBER_* */
	bool negated;
	uint16_t at; /* WRITTEN */
	uint32_t lo, hi;
	const struct iprep_category *iprep; /* IPREP */
	const struct geoip_set *geoip;	    /* GEOIP */
};

enum { RULE_RATE_NONE, RULE_RATE_LIMIT, RULE_RATE_THRESHOLD, RULE_RATE_BOTH, RULE_RATE_DETECTION_FILTER };
enum { RULE_TRACK_SRC, RULE_TRACK_DST, RULE_TRACK_BOTH, RULE_TRACK_RULE };

struct rule_rate {
	uint8_t type, track; /* RULE_RATE_*, RULE_TRACK_* */
	uint32_t count;
	uint64_t window_ns;
};

/* --- what is remembered from one rule to another --- */

enum { RULE_STATE_SET, RULE_STATE_UNSET, RULE_STATE_TOGGLE, RULE_STATE_ADD, RULE_STATE_SUB, /* done by a match */
       RULE_STATE_IS_SET, RULE_STATE_COMPARE /* asked before it */ };
/* what a bit or number belongs to */
enum { RULE_STATE_OF_FLOW, RULE_STATE_OF_SRC, RULE_STATE_OF_DST, RULE_STATE_OF_PAIR };

/* flowbits, xbits, hostbits, flowint: one condition or one deed. Any of the names will do (a|b). */
struct rule_state {
	uint8_t what, of;	/* RULE_STATE_* */
	uint8_t compare;	/* COMPARE: RULE_BYTE_LT ... */
	bool negated;		/* isnotset, notset */
	bool is_number;		/* flowint: a number, not a bit */
	uint8_t n_names;
	const uint32_t *name;	/* numbers of names, of one ruleset */
	uint64_t value;		/* COMPARE, ADD, SUB, SET of a number */
	uint32_t value_name;	/* 1 + name of the number that stands for it; 0: value */
	uint64_t expire_ns;	/* SET: forgotten after; 0: never */
};

/* rate_filter: beyond the rate another action, for a time */
struct rule_rate_filter {
	struct rule_rate rate; /* type NONE: there is none */
	uint8_t action;	       /* RULE_ACTION_* */
	uint64_t timeout_ns;
};

/* suppress: no alert when an end is among these; no addresses: never an alert */
enum { RULE_SUPPRESS_EITHER = RULE_TRACK_RULE + 1 };
struct rule_suppress {
	uint8_t track; /* RULE_TRACK_SRC, _DST or RULE_SUPPRESS_EITHER */
	const struct rset *addr;
};

struct rule {
	struct rule_info info;
	uint32_t index; /* in the ruleset */
	uint8_t ip;	/* RULE_IP_* */
	uint8_t ip_version, ip_proto; /* of the header, more narrowly; 0: any */
	uint64_t apps;	/* bits CORDON_APP_*; 0: any */
	uint8_t sides;	/* APP_SIDE_* of the messages it looks at */
	uint8_t on;	/* RULE_ON_* */
	uint16_t flow;	/* RULE_FLOW_* */
	bool tcp_pkt, tcp_stream; /* header protocol tcp-pkt, tcp-stream */
	bool both_ways;		  /* <> */
	bool noalert;
	bool bypass; /* its match ends the flow, for rules */
	bool packet_too; /* stream rule whose contents have depth, offset or startswith: each segment is looked at by itself as well */
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
	uint64_t events; /* RULE_EVENT_BIT()s of a message that it waits for, all of them */
	uint8_t moment; /* 1 + RULE_EVENT_* of a packet or stream; 0: none */
	const struct rule_state *ask, *act; /* conditions; deeds of a match */
	uint8_t n_ask, n_act;
	uint8_t n_vars; /* of byte_extract and byte_math */
	struct rule_rate rate, filter; /* threshold; detection_filter */
	struct rule_rate_filter rate_filter;
	const struct rule_suppress *suppress;
	uint16_t n_suppress;
};

/* is @l looked at with a dot before it, and nothing else? */
static inline bool rule_list_is_dotted(const struct rule_list *l)
{
	return l->n_transforms == 1 && l->transform[0].kind == RULE_TRANSFORM_DOTPREFIX;
}

/* does @flags (TCP header byte) satisfy a FLAGS test? */
bool rule_flags_match(const struct rule_test *t, uint8_t flags);

#endif
