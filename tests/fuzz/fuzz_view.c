// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: records of every kind, whose fixed part and data are the
 * fuzzer's, through view and pipeline with rules loaded. Sizes are those that
 * user/kern checks; everything else is believed to be hostile.
 */
#include "fuzz/fuzz.h"
#include "fuzz/rules.h"
#include "pipeline.h"

static union {
	struct cordon_event_hdr hdr;
	struct cordon_event_pkt pkt;
	struct cordon_event_hist hist;
	struct cordon_event_name name;
	uint8_t room[sizeof(struct cordon_event_hist) + 65536];
} u;

static void on_finding(const struct finding *f, void *ctx)
{
	(void)ctx;
	must(f->kind < FINDINGS && memchr(f->name, 0, sizeof(f->name)) && memchr(f->http_uri, 0, sizeof(f->http_uri)));
}

/* bytes @at ... of the record from the input, as many as there are */
static size_t fill(size_t at, size_t want, const uint8_t **p, size_t *n)
{
	size_t take = want < *n ? want : *n;

	memset(u.room + at, 0, want);
	memcpy(u.room + at, *p, take);
	*p += take;
	*n -= take;
	return take;
}

/* few flows, so that records meet */
static void tame(struct cordon_facts *f)
{
	f->flow_id &= 3;
	f->base_seq[0] &= 0xff;
	f->base_seq[1] &= 0xff;
	if (f->flow_id)
		f->proto = f->proto & 1 ? 6 : 17;
}

static void record(struct pipeline *p, const uint8_t **d, size_t *n)
{
	static const size_t fixed[CORDON_EVENTS] = { sizeof(u.pkt), sizeof(u.pkt), sizeof(u.name), 144, sizeof(u.pkt) };
	uint8_t kind = take8(d, n) % CORDON_EVENTS;
	size_t want = take8(d, n) * 8u, size = fixed[kind];

	memset(u.room, 0, sizeof(u.hist));
	fill(sizeof(u.hdr), fixed[kind] - sizeof(u.hdr), d, n);
	if (kind == CORDON_EVENT_HIST) {
		size = sizeof(u.hist);
		fill(144, want, d, n);
	} else if (kind != CORDON_EVENT_NAME) {
		u.pkt.cap_len = (uint32_t)fill(sizeof(u.pkt), want, d, n);
		u.pkt.seq &= 0xfff;
		size += u.pkt.cap_len;
	}
	tame(&u.pkt.facts); /* at the same place in all of them */
	u.hdr.size = (uint32_t)size;
	u.hdr.kind = kind;
	u.hdr.abi = CORDON_ABI_VERSION;
	must(!pipeline_event(&u.hdr, p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pipeline_opts o = { .engine = fuzz_engine(), .on_finding = on_finding, .max_flows = 3, .max_stream_bytes = 1 << 18 };
	struct pipeline *p = NULL;

	must(!pipeline_new(&o, &p));
	while (size)
		record(p, &data, &size);
	pipeline_free(p);
	return 0;
}
