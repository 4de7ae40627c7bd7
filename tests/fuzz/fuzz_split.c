// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target for the claim: a TCP stream given to the pipeline whole,
 * segment by segment, must raise the same alerts as when the kernel's first
 * word on it is a history, and as when segments change places and repeat. The
 * stream is the fuzzer's input, into which pieces that rules want are put.
 */
#include "fuzz/fuzz.h"
#include "fuzz/rules.h"
#include "harness/record.h"
#include "parse/app.h"
#include "pipeline.h"

#define LEN 3000

static const char *const words[] = { "attack-code-here", "firstpart", "secondpart", "GET /evil/path HTTP/1.1\r\n",
				     "Host: bad.example\r\n\r\n", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
				     "4\r\nwget\r\n5\r\n http\r\n0\r\n\r\n" };
static uint8_t stream[LEN];
static uint32_t len;
static uint64_t fired, flow_id; /* the engine remembers flows: each run is another */
static union record rec;

static void on_finding(const struct finding *f, void *ctx)
{
	(void)ctx;
	if (f->kind == FINDING_ALERT)
		fired |= 1ULL << f->sid % 64;
}

static void make(const uint8_t **p, size_t *n)
{
	len = 0;
	while (*n && len < LEN) {
		uint8_t b = take8(p, n);

		if (b >= 0xf0) {
			const char *w = words[b % (sizeof(words) / sizeof(words[0]))];

			for (; *w && len < LEN; w++)
				stream[len++] = (uint8_t)*w;
		} else if (b >= 0xe0) {
			for (uint32_t k = (b & 15u) * 32; k && len < LEN; k--)
				stream[len++] = 'x';
		} else {
			stream[len++] = b;
		}
	}
}

static void segment(struct pipeline *p, const struct cordon_facts *f, uint32_t off, uint32_t n)
{
	record_tcp(&rec, f, off, 0x18, stream + off, n);
	must(!pipeline_event(&rec.hdr, p));
}

/* segments of @seg bytes from segment @from on, what is before as a history; @swap: neighbours change places, some come twice */
static uint64_t run(uint8_t app, uint32_t seg, uint32_t from, int swap)
{
	struct pipeline_opts o = { .engine = fuzz_engine(), .on_finding = on_finding, .max_flows = 3, .max_stream_bytes = 1 << 20 };
	struct cordon_facts f = record_facts(++flow_id, 6, 0, app, CORDON_FLOW_ESTABLISHED | (swap ? CORDON_FLOW_STRANGE : 0));
	const uint8_t *streams[2] = { stream, NULL };
	uint32_t start[2] = { 0 }, lens[2] = { from * seg, 0 }, last = (len + seg - 1) / seg;
	struct pipeline *p = NULL;

	fired = 0;
	must(!pipeline_new(&o, &p));
	if (from) {
		record_hist(&rec, &f, streams, start, lens);
		must(!pipeline_event(&rec.hdr, p));
	}
	for (uint32_t i = from; i < last; i++) {
		uint32_t k = i;

		if (swap && (i - from) % 2 == 0 && i + 1 < last)
			k = i + 1;
		else if (swap && (i - from) % 2)
			k = i - 1;
		segment(p, &f, k * seg, len - k * seg < seg ? len - k * seg : seg);
		if (swap && k % 3 == 0)
			segment(p, &f, k * seg, len - k * seg < seg ? len - k * seg : seg);
	}
	pipeline_free(p);
	return fired;
}

/* what the kernel says of it, and user space where the first segments change places */
static uint8_t app_of_stream(void)
{
	uint8_t prefix[APP_PREFIX] = { 0 };
	uint32_t n = len < APP_PREFIX ? len : APP_PREFIX;
	int app;

	memcpy(prefix, stream, n);
	app = app_detect(prefix, n, CORDON_TO_SERVER, 6, 40000, 80);
	return app > CORDON_APP_NONE ? (uint8_t)app : CORDON_APP_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t seg = 1u + take8(&data, &size) * 3u, from;
	uint64_t whole;
	uint8_t app;

	from = take8(&data, &size);
	make(&data, &size);
	if (!len)
		return 0;
	app = app_of_stream();
	whole = run(app, seg, 0, 0);
	must(run(app, seg, 0, 1) == whole);
	if (from * seg < len)
		must(run(app, seg, from, 0) == whole);
	return 0;
}
