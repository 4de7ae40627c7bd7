// SPDX-License-Identifier: BSD-2-Clause
/* Does a packet of a known flow cost more when many flows are known? One ACK each of flows taken in turn. */
#include <stdio.h>

#include "bench/bench.h"

#define FIRST_PORT 20000
#define STEP 7919 /* a prime: neighbours in the table do not follow each other */

struct table {
	uint32_t n;
	uint32_t seq[40000];
};

static void make_ack(struct frame *f, uint32_t n, void *ctx)
{
	const struct table *t = ctx;
	uint32_t i = (uint32_t)((uint64_t)n * STEP % t->n);

	frame_tcp(f, true, (uint16_t)(FIRST_PORT + i), 0x10, t->seq[i], 5001, "", 0);
}

void bench_flows(struct cost harness)
{
	static const uint32_t sizes[] = { 10, 100, 1000, 10000, 40000 };
	struct plot *p = plot_new("Packet of a known flow against flows known", "flows", "ns, net, median");
	static struct table t;
	struct subject s;

	subject_open(&s, false);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct cost c;
		char name[80];

		for (; t.n < sizes[i]; t.n++) {
			subject_flow(&s, (uint16_t)(FIRST_PORT + t.n), &t.seq[t.n]);
			if (t.n % 100 == 0)
				kern_ring_consume(s.ring);
		}
		kern_ring_consume(s.ring);
		c = cost_net(measure_each(kern_prog_fd(s.k, KERN_XDP), make_ack, &t, s.ring), harness);
		snprintf(name, sizeof(name), "pure ACK of one of %u flows in turn, net", sizes[i]);
		figure_cost(name, c);
		plot_point(p, "pure ACK", sizes[i], c.median);
	}
	plot_write(p, "build/bench-flows.svg");
	subject_close(&s);
}
