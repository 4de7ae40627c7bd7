// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: segments (offset, length, value) against the naive model: as long as no hole was given up, each byte is
 * one that came for its place, and with the policy `first` the first of them. The first byte of the input is the policy, and
 * whether segments are far apart; then three bytes are a segment.
 */
#include "fuzz/fuzz.h"
#include "stream/tcp.h"

#define SPAN 65536 /* what goes out is more than what is held */

static struct {
	uint8_t first[SPAN], have[SPAN]; /* have: 1: came once, 2: others as well */
	uint8_t policy;
	uint64_t end;
	unsigned int gaps;
} m;

static void on_bytes(void *ctx, unsigned int dir, const uint8_t *w, uint32_t len, uint64_t start, uint64_t fresh)
{
	(void)ctx;
	(void)dir;
	must(fresh >= start && fresh < start + len && fresh - start <= CORDON_WINDOW && fresh >= m.end);
	for (uint64_t i = start; i < start + len; i++)
		must(m.have[i] && (m.gaps || m.first[i] == w[i - start] || (m.have[i] == 2 && m.policy != TCP_POLICY_FIRST)));
	m.end = start + len;
}

static void on_gap(void *ctx, unsigned int dir, uint64_t len)
{
	(void)len;
	(void)ctx;
	(void)dir;
	m.gaps++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_pool pool = { 0 };
	struct tcp_sink sink = { .bytes = on_bytes, .gap = on_gap, .pool = &pool };
	struct tcp_dir d = { 0 };
	uint8_t seg[4096], how = take8(&data, &size);

	memset(&m, 0, sizeof(m));
	m.policy = d.policy = (how & 0x7f) % TCP_POLICIES;
	while (size) {
		uint32_t off = (uint32_t)(take8(&data, &size) << 4 | take8(&data, &size) >> 4), n = 1u + take8(&data, &size);
		uint8_t v = (uint8_t)size;

		if (how & 0x80) {
			off *= 16;
			n *= 16;
		}
		if (off + n > SPAN)
			n = SPAN - off;
		for (uint32_t i = 0; i < n; i++) {
			seg[i] = (uint8_t)(v + i);
			if (!m.have[off + i])
				m.first[off + i] = seg[i];
			m.have[off + i] = m.have[off + i] == 2 || m.first[off + i] != seg[i] ? 2 : 1;
		}
		(void)tcp_contradicts(&d, off, seg, n);
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
