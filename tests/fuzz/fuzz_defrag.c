// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: fragments of a few datagrams. The input is a list of
 * records of four bytes (which datagram and version, offset, length, value and
 * more-fragments), so that collisions are common; then the rest raw.
 */
#include "fuzz/fuzz.h"
#include "stream/defrag.h"

static union {
	struct cordon_event_pkt e;
	uint8_t room[sizeof(struct cordon_event_pkt) + 4096];
} u;

static void check(struct defrag *d)
{
	const struct cordon_event_hdr *ev;
	struct view v, w;

	u.e.hdr = (struct cordon_event_hdr){ 1, (uint32_t)sizeof(u.e) + u.e.cap_len, CORDON_EVENT_PKT, CORDON_ABI_VERSION };
	u.e.wire_len = u.e.cap_len;
	if (view_from_event(&u.e.hdr, &v))
		return;
	ev = defrag_add(d, &v);
	if (ev)
		must(!view_from_event(ev, &w) && w.frame_len <= 65535 + 512 && w.l3);
}

static void piece(uint8_t which, uint8_t off, uint8_t len, uint8_t val)
{
	uint8_t *p = u.e.data + 14;
	uint32_t n = len & 0x3f;
	int v6 = which & 1;

	memset(&u, 0, sizeof(u.e) + 128);
	u.e.l3_off = 14;
	u.e.ip_version = v6 ? 6 : 4;
	u.e.cap_len = 14 + (v6 ? 48 : 20) + n;
	p[0] = v6 ? 0x60 : 0x45;
	p[v6 ? 5 : 3] = (uint8_t)(n + (v6 ? 8 : 20));
	p[v6 ? 6 : 9] = v6 ? 44 : 17;
	p[v6 ? 47 : 5] = which >> 1 & 3;
	p[40] = 17;
	p[v6 ? 43 : 7] = v6 ? (uint8_t)(off << 3 | val >> 7) : off;
	if (!v6)
		p[6] = (uint8_t)(val >> 7 << 5);
	memset(p + (v6 ? 48 : 20), val & 0x7f, n);
	if (v6)
		p[42] = off >> 5;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct defrag *d = defrag_new();
	const uint8_t *p = data;
	size_t n = size;

	must(d);
	while (n >= 4) {
		uint8_t which = take8(&p, &n), off = take8(&p, &n), len = take8(&p, &n);

		piece(which, off, len, take8(&p, &n));
		check(d);
	}
	if (size <= 4096) {
		memset(&u.e, 0, sizeof(u.e));
		memcpy(u.e.data, data, size);
		u.e.cap_len = (uint32_t)size;
		u.e.l3_off = 14;
		check(d);
	}
	must(defrag_stats(d)->dropped <= defrag_stats(d)->fragments);
	defrag_free(d);
	return 0;
}
