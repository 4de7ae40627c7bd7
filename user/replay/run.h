/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures through the real programs and the same pipeline as live, on the capture's clock. */
#ifndef REPLAY_RUN_H
#define REPLAY_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "act/act.h"
#include "conf/conf.h"
#include "pipeline.h"

/* one finding and what it led to; @packet: its number in the capture, 1 ... */
typedef void (*replay_fn)(const struct finding *f, const struct decision *d, const struct device *dev, uint64_t packet,
			  void *ctx);

struct replay_opts {
	const struct conf *conf; /* stream, sizes, policies, guards; home networks: the private ones when none is given */
	uint8_t mode;		 /* CORDON_MODE_* */
	bool full, measure;	 /* measure: a second pass with an empty program, for struct replay_stats.user_s */
	bool profile;		 /* the prefilter times every packet, for match_profile() */
	struct match_engine *engine;	  /* NULL: no rules */
	const struct indicators *threats; /* NULL: none; with @index */
	const struct threat_index *index;
	replay_fn on_finding;
	void *ctx;
};

struct replay_stats {
	struct cordon_counters counters;
	struct cordon_reasons reasons;
	uint64_t tunnelled; /* packets within tunnels: frames of their own, in counters beside those around them */
	uint64_t not_run, not_run_bytes; /* frames that no test run takes; in counters as packets, bytes and passed */
	uint64_t chunks_dropped; /* chunks_dropped(): there rules are said by fixed pieces of their stream */
	uint64_t rejected; /* ring records of wrong size, kind or version */
	uint64_t devices, quarantines;
	uint64_t kernel_ns;	/* run time of the programs, that of empty ones subtracted */
	uint64_t user_ns;	/* CPU time of the pass less feeding frames and kernel_ns; 0 without measure */
	struct pipeline_stats pipeline;
};

struct replay;

/* loads programs and images once; *err says what is missing */
int replay_new(const struct replay_opts *o, struct replay **ret, struct strbuf *err);
/* other rules (NULL: none) for the captures that follow; borrowed, as the first. 0 or -errno: the old ones stay */
int replay_set_engine(struct replay *r, struct match_engine *engine);
/*
 * replay_file() - one capture from its first packet to its last, flows and devices new
 * @ret: what happened, also when the file breaks off
 * Return: 0; -EBADMSG: it breaks off, with the place in @err; -errno
 */
int replay_file(struct replay *r, const char *path, struct replay_stats *ret, struct strbuf *err);
/* during on_finding: see pipeline_evidence() */
size_t replay_evidence(const struct replay *r, const struct finding *f, void *buf, size_t size);
void replay_free(struct replay *r);

/* a += b */
void replay_stats_add(struct replay_stats *a, const struct replay_stats *b);

#endif
