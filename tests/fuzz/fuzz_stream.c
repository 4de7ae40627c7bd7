// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: segments (offset, length, value) against the naive model:
 * as long as no hole was given up, each byte is the one that came first. Every
 * third byte of the input is an operation.
 */
#include "fuzz/fuzz.h"
#include "stream/tcp.h"

#define SPAN 4096

static struct {
	uint8_t first[SPAN], have[SPAN];
	uint64_t end;
	unsigned int gaps;
} m;

static void on_bytes(void *ctx, unsigned int dir, const uint8_t *w, uint32_t len, uint64_t start, uint64_t fresh)
{
	(void)ctx;
	(void)dir;
	must(fresh >= start && fresh < start + len && fresh - start <= CORDON_WINDOW && fresh >= m.end);
	for (uint64_t i = start; i < start + len; i++)
		must(m.have[i] && (m.gaps || m.first[i] == w[i - start]));
	m.end = start + len;
}

static void on_gap(void *ctx, unsigned int dir)
{
	(void)ctx;
	(void)dir;
	m.gaps++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_pool pool = { 0 };
	struct tcp_sink sink = { .bytes = on_bytes, .gap = on_gap, .pool = &pool };
	struct tcp_dir d = { 0 };
	uint8_t seg[256];

	memset(&m, 0, sizeof(m));
	while (size) {
		uint32_t off = (uint32_t)(take8(&data, &size) << 4 | take8(&data, &size) >> 4), n = 1u + take8(&data, &size);
		uint8_t v = (uint8_t)size;

		if (off + n > SPAN)
			n = SPAN - off;
		for (uint32_t i = 0; i < n; i++) {
			seg[i] = (uint8_t)(v + i);
			if (!m.have[off + i])
				m.first[off + i] = seg[i];
			m.have[off + i] = 1;
		}
		if (v % 61 == 0)
			tcp_skip(&d, &sink, off);
		tcp_segment(&d, &sink, tcp_offset(&d, 0xfffff800u, 0xfffff800u + off), seg, n);
		must(m.end == d.next || m.gaps);
	}
	tcp_flush(&d, &sink);
	must(!d.early);
	tcp_done(&d, &pool);
	must(!pool.bytes);
	return 0;
}
