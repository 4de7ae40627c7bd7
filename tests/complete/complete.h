/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The completeness fuzzer: rules and captures made at random go through the
 * code of `cordon replay` twice, with and without --full, in one process; the
 * alerts must be the same. What the files here share; README.md says more.
 */
#ifndef TESTS_COMPLETE_H
#define TESTS_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "cordon_maps.h"

/* --- chance: everything follows from one seed --- */

struct rng {
	uint64_t s;
};
uint64_t rng_u64(struct rng *r);
uint32_t rng_pick(struct rng *r, uint32_t n); /* 0 ... n - 1; 0 when n is 0 */
uint32_t rng_between(struct rng *r, uint32_t min, uint32_t max);
bool rng_chance(struct rng *r, uint32_t percent);

/* --- captures in memory --- */

struct frame {
	uint64_t ts_ns;
	size_t at; /* of its bytes in the capture's */
	uint32_t len, flow;
};
struct capture {
	VEC(struct frame) frames;
	VEC(uint8_t) bytes;
};
void capture_clear(struct capture *c);
void capture_done(struct capture *c);
void capture_add(struct capture *c, const void *frame, size_t len, uint32_t flow, uint64_t ts_ns);
/* as a pcap with nanoseconds, Ethernet; 0 or -errno */
int capture_write(const struct capture *c, int fd);
/* frames of a file, Ethernet ones only; 0 or -errno */
int capture_read(struct capture *c, const char *path);

/* --- rules made at random, each with a message that makes it fire --- */

enum { ON_TCP, ON_UDP, ON_ICMP, ON_HTTP, ON_TLS, ON_DNS, ON_MQTT, ON_SSH, ON_KINDS };

struct spec {
	uint32_t sid;
	uint8_t class, on, dir;
	uint16_t port;	      /* of the server */
	uint8_t flags, itype; /* TCP flags of the packet that fires; 0: any. ICMP type */
	struct strbuf text;   /* of the rule, one line */
	struct strbuf msg;    /* bytes that fire, as they go into the stream or datagram */
};
struct specs {
	VEC(struct spec) all;
	uint32_t next_sid;
};
#define SPEC_CLASSES 128 /* at most */
const char *spec_class_name(unsigned int class); /* NULL after the last */
/* @each rules of every class, times its weight */
void specs_make(struct specs *s, struct rng *r, unsigned int each);
void specs_clear(struct specs *s);
void specs_done(struct specs *s);

/* messages of the protocols, see message.c */
void msg_http_request(struct strbuf *b, const char *method, const char *uri, const char *host, const char *headers,
		      const char *body, size_t n);
void msg_http_chunked(struct strbuf *b, struct rng *r, const char *uri, const char *host, const void *body, size_t n);
void msg_http_response(struct strbuf *b, const char *status, const char *headers, const void *body, size_t n);
void msg_gzip(struct strbuf *b, const void *p, size_t n);
void msg_dns(struct strbuf *b, const char *name, uint16_t type);
void msg_hello(struct strbuf *b, const char *name);
void msg_mqtt_connect(struct strbuf *b, const char *id);
void msg_mqtt_publish(struct strbuf *b, const char *topic, const void *p, size_t n);

/* --- traffic --- */

/* conversations in which rules of @s fire, or nearly */
void traffic_make(struct capture *ret, const struct specs *s, struct rng *r, unsigned int flows);
/* cut, reordered, repeated, overlapped, fragmented, tagged; @in is left as it is */
void traffic_mutate(struct capture *ret, const struct capture *in, struct rng *r);
/* one frame of TCP with payload as segments of these sizes; the last takes the rest */
void traffic_cut(struct capture *ret, const struct capture *in, size_t frame, const uint32_t *sizes, size_t n);

/* --- two runs and their difference --- */

struct judge; /* pairs of replays, one for each setting */

struct alert {
	uint32_t sid;
	uint8_t src[16], dst[16];
	uint16_t sport, dport, vlan; /* ports in network order */
	uint8_t proto;
	int8_t side; /* of a difference: -1 only without --full, 1 only with it */
	uint8_t pad[4]; /* none is left to the compiler: compared as bytes */
};
struct outcome {
	uint64_t packets, alerts, suspect_packets; /* of the run without --full ... */
	struct cordon_reasons reasons;		   /* ... and why */
	VEC(struct alert) fired;		   /* with --full */
	VEC(struct alert) differ;
};
void outcome_done(struct outcome *o);

extern const unsigned int judge_settings;
const char *judge_options(unsigned int setting); /* as `cordon replay` takes them */
int judge_new(struct judge **ret, struct strbuf *err);
/* rules for all that follows; 0 or -errno with @err */
int judge_rules(struct judge *j, const char *text, size_t len, struct strbuf *err);
/* was the rule with this sid taken? */
bool judge_has(const struct judge *j, uint32_t sid);
/* 0 or -errno; @ret is cleared first */
int judge_run(struct judge *j, unsigned int setting, const struct capture *c, struct outcome *ret, struct strbuf *err);
void judge_free(struct judge *j);

/* --- a difference made small, and kept --- */

/* smallest rules and packets found that still differ, written as NAME.pcap, NAME.rules into @dir; says how to repeat it */
void shrink(struct judge *j, unsigned int setting, const struct capture *c, const char *rules, const char *dir,
	    const char *name);

/* --- defects put in on purpose, to see that they are found --- */

/* 0; -EINVAL: no such defect */
int defect_choose(const char *name);
const char *defect_names(void);

/* --- real rules and captures --- */

struct data {
	struct strbuf rules;
	VEC(char *) captures; /* paths */
};
/* false: there is none */
bool real_data_open(struct data *d, const char *dir);
void real_data_done(struct data *d);

/* --- all cuts of short literals; how many differed --- */

int cuts_run(struct judge *j, struct strbuf *err, uint64_t *ret_streams, uint64_t *ret_alerts);

#endif
