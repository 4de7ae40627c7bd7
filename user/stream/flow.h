/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow records of user space, keyed by the kernel's flow_id: only flows that
 * were followed have one. Bounded; the one not touched for longest goes.
 */
#ifndef STREAM_FLOW_H
#define STREAM_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "stream/tcp.h"

/* first member of the user's own record */
struct stream_flow {
	uint64_t id;
	uint64_t last_ns; /* packet clock */
	uint32_t slot;	  /* of the kernel's record */
	bool is_closing;  /* see flow_close() */
	struct tcp_dir tcp[2];
	struct stream_flow *prev, *next; /* by last use */
	UT_hash_handle hh;
};

struct flow_table {
	struct stream_flow *by_id;
	struct stream_flow *oldest[2]; /* utlist, head is the oldest: [0] open, [1] closing */
	size_t size;		    /* of a record */
	uint32_t n, max;
	uint64_t seen, dropped; /* begun; gone for want of room */
	void (*done)(struct stream_flow *f, void *ctx); /* frees what the user's part owns */
	/* a flow goes for its age or for want of room: the last that will be known of it; NULL: nobody asks */
	void (*ending)(struct stream_flow *f, void *ctx);
	/* when the kernel's record of @f was last touched; 0: it has none any more */
	uint64_t (*alive)(const struct stream_flow *f, void *ctx);
	void *ctx;
	struct tcp_pool pool;
	uint64_t max_bytes; /* of pool */
};

struct stream_flow *flow_find(struct flow_table *t, uint64_t id);
/* found or begun (all zero); NULL when out of memory */
struct stream_flow *flow_get(struct flow_table *t, uint64_t id, uint32_t slot, uint64_t now_ns);
/* RST or both FINs were seen: kept a while for late segments, first to go when room is wanted */
void flow_close(struct flow_table *t, struct stream_flow *f);
void flow_remove(struct flow_table *t, struct stream_flow *f);
/* the oldest go when idle and not alive, two at most; then, while memory is over its limit, all but @keep */
void flow_age(struct flow_table *t, uint64_t now_ns, const struct stream_flow *keep);
void flow_table_done(struct flow_table *t);

#endif
