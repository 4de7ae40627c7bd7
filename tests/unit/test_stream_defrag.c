// SPDX-License-Identifier: BSD-2-Clause
/* Fragments in every order, repeated, contradicting, lying; IPv4 and IPv6. */
#include "unit/unit.h"

#include <stdbool.h>

#include "harness/record.h"
#include "stream/defrag.h"

#define L3 14
#define DATA 100 /* UDP header and payload of the datagram that is cut */

static uint8_t datagram[DATA];
static union record rec;
static uint64_t now_ns = 1;

static void make_datagram(void)
{
	for (int i = 0; i < DATA; i++)
		datagram[i] = (uint8_t)(i * 7 + 3);
	datagram[0] = 0x12;
	datagram[1] = 0x34;
	datagram[2] = 0;
	datagram[3] = 53;
	datagram[4] = 0;
	datagram[5] = DATA;
}

/* bytes [off, off + n) of @data as a fragment; v6: behind a destination options header */
static const struct cordon_event_hdr *put(struct defrag *d, bool v6, uint16_t id, const uint8_t *data, uint32_t off, uint32_t n, bool more)
{
	struct cordon_facts f = record_facts(7, 17, 0, 0, 0);
	uint32_t head = v6 ? 40 + 8 + 8 : 20;
	uint8_t *p;
	struct view v;

	record_udp(&rec, &f, NULL, 0);
	p = rec.pkt.data + L3;
	if (v6) {
		memset(p, 0, head);
		p[0] = 0x60;
		p[5] = (uint8_t)(16 + n);
		p[4] = (uint8_t)((16 + n) >> 8);
		p[6] = 60;
		p[7] = 64;
		p[23] = p[39] = 1;
		p[40] = 44;
		p[48] = 17;
		p[50] = (uint8_t)(off >> 8);
		p[51] = (uint8_t)(off | more);
		p[55] = (uint8_t)id;
		p[54] = (uint8_t)(id >> 8);
	} else {
		p[2] = (uint8_t)((20 + n) >> 8);
		p[3] = (uint8_t)(20 + n);
		p[4] = (uint8_t)(id >> 8);
		p[5] = (uint8_t)id;
		p[6] = (uint8_t)(off / 8 >> 8 | more << 5);
		p[7] = (uint8_t)(off / 8);
	}
	if (n)
		memcpy(p + head, data + off, n);
	rec.pkt.cap_len = rec.pkt.wire_len = L3 + head + n;
	rec.hdr.size = (uint32_t)sizeof(rec.pkt) + rec.pkt.cap_len;
	rec.hdr.ts_ns = now_ns;
	rec.pkt.l4_off = rec.pkt.payload_off = 0;
	rec.pkt.ip_version = v6 ? 6 : 4;
	assert_int_equal(view_from_event(&rec.hdr, &v), 0);
	return defrag_add(d, &v);
}

static void assert_whole(const struct cordon_event_hdr *ev, bool v6)
{
	struct view v;

	assert_non_null(ev);
	assert_int_equal(view_from_event(ev, &v), 0);
	assert_int_equal(v.facts->flow_id, 0);
	assert_int_equal(v.facts->proto, 17);
	assert_int_equal(v.facts->dport, (uint16_t)(53 << 8));
	assert_int_equal(v.l4_len, DATA);
	assert_int_equal(v.payload_len, DATA - 8);
	assert_memory_equal(v.l4, datagram, DATA);
	assert_int_equal(v.l3_len, DATA + (v6 ? 48 : 20));
	if (v6)
		assert_int_equal(v.l3[40], 17);
	else
		assert_int_equal(v.l3[6] << 8 | v.l3[7], 0);
}

struct cut {
	uint32_t off, len;
};
static const struct cut cuts[5] = { { 0, 24 }, { 24, 8 }, { 32, 40 }, { 72, 24 }, { 96, 4 } };

static void permute(struct defrag *d, bool v6, uint16_t id, unsigned int *order, unsigned int n, unsigned int k, unsigned int dup)
{
	const struct cordon_event_hdr *ev = NULL;

	if (k < n) {
		for (unsigned int i = k; i < n; i++) {
			unsigned int t = order[k];

			order[k] = order[i];
			order[i] = t;
			permute(d, v6, id, order, n, k + 1, dup);
			order[i] = order[k];
			order[k] = t;
		}
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		const struct cut *c = &cuts[order[i]];

		assert_null(ev);
		if (i == dup)
			assert_null(put(d, v6, id, datagram, cuts[order[0]].off, cuts[order[0]].len, order[0] != 4));
		ev = put(d, v6, id, datagram, c->off, c->len, order[i] != 4);
	}
	assert_whole(ev, v6);
}

static void fragments_in_every_order_make_the_datagram(void **state)
{
	(void)state;
	make_datagram();
	for (int v6 = 0; v6 < 2; v6++)
		for (unsigned int dup = 1; dup <= 5; dup++) { /* 5: none twice */
			unsigned int order[5] = { 0, 1, 2, 3, 4 };
			struct defrag *d = defrag_new();

			permute(d, v6, 99, order, 5, 0, dup);
			assert_int_equal(defrag_stats(d)->dropped, 0);
			defrag_free(d);
		}
}

static void same_bytes_may_overlap_others_spoil_the_datagram(void **state)
{
	uint8_t other[DATA];

	(void)state;
	make_datagram();
	for (int v6 = 0; v6 < 2; v6++) {
		struct defrag *d = defrag_new();

		put(d, v6, 1, datagram, 0, 40, true);
		put(d, v6, 1, datagram, 24, 48, true);
		assert_whole(put(d, v6, 1, datagram, 64, 36, false), v6);
		memcpy(other, datagram, DATA);
		other[30] ^= 1;
		put(d, v6, 2, datagram, 0, 40, true);
		assert_null(put(d, v6, 2, other, 24, 48, true));
		assert_null(put(d, v6, 2, datagram, 40, 60, false));
		assert_null(put(d, v6, 2, datagram, 0, 40, true));
		assert_int_equal(defrag_stats(d)->dropped, 4);
		assert_int_equal(defrag_stats(d)->overlaps, 1);
		/* another datagram is not touched by it */
		put(d, v6, 3, datagram, 0, 40, true);
		assert_whole(put(d, v6, 3, datagram, 40, 60, false), v6);
		defrag_free(d);
	}
}

static void lies_about_the_end_spoil_the_datagram(void **state)
{
	struct defrag *d = defrag_new();

	(void)state;
	make_datagram();
	put(d, false, 1, datagram, 40, 40, false);
	assert_null(put(d, false, 1, datagram, 80, 20, false));
	assert_null(put(d, false, 1, datagram, 0, 40, true));
	put(d, false, 2, datagram, 48, 40, true);
	assert_null(put(d, false, 2, datagram, 40, 8, false));
	assert_null(put(d, false, 2, datagram, 0, 40, true));
	put(d, false, 3, datagram, 0, 40, true);
	assert_null(put(d, false, 3, datagram, 40, 0, false));
	assert_int_equal(defrag_stats(d)->fragments, 8);
	assert_int_equal(defrag_stats(d)->dropped, 8);
	defrag_free(d);
}

static void datagram_longer_than_an_ip_packet_is_dropped(void **state)
{
	static uint8_t big[70000];
	struct defrag *d = defrag_new();

	(void)state;
	assert_null(put(d, false, 1, big, 65528, 8, false));
	assert_int_equal(defrag_stats(d)->dropped, 1);
	for (uint32_t off = 0; off < 65520; off += 1456)
		assert_null(put(d, false, 2, big, off, 1456, true));
	assert_null(put(d, false, 2, big, 65520, 15, false));
	defrag_free(d);
}

static void unfinished_datagram_is_given_up_in_time(void **state)
{
	struct defrag *d = defrag_new();

	(void)state;
	make_datagram();
	now_ns = 1;
	put(d, false, 1, datagram, 0, 40, true);
	now_ns += CORDON_DEFRAG_NS + 1;
	assert_null(put(d, false, 1, datagram, 40, 60, false));
	assert_int_equal(defrag_stats(d)->dropped, 1);
	assert_whole(put(d, false, 1, datagram, 0, 40, true), false);
	now_ns = 1;
	defrag_free(d);
}

static void flood_is_bounded_and_others_still_complete(void **state)
{
	struct defrag *d = defrag_new();

	(void)state;
	make_datagram();
	for (uint32_t id = 0; id < 3 * CORDON_DEFRAG_DATAGRAMS; id++)
		put(d, false, (uint16_t)id, datagram, 0, 40, true);
	assert_true(defrag_stats(d)->dropped >= 2 * CORDON_DEFRAG_DATAGRAMS);
	put(d, true, 1, datagram, 0, 40, true);
	assert_whole(put(d, true, 1, datagram, 40, 60, false), true);
	defrag_free(d);
}

static void whole_packet_is_no_fragment(void **state)
{
	struct defrag *d = defrag_new();

	(void)state;
	make_datagram();
	assert_null(put(d, false, 1, datagram, 0, DATA, false));
	assert_null(put(d, true, 1, datagram, 0, DATA, false)); /* atomic */
	assert_int_equal(defrag_stats(d)->fragments, 0);
	defrag_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragments_in_every_order_make_the_datagram),
		cmocka_unit_test(same_bytes_may_overlap_others_spoil_the_datagram),
		cmocka_unit_test(lies_about_the_end_spoil_the_datagram),
		cmocka_unit_test(datagram_longer_than_an_ip_packet_is_dropped),
		cmocka_unit_test(unfinished_datagram_is_given_up_in_time),
		cmocka_unit_test(flood_is_bounded_and_others_still_complete),
		cmocka_unit_test(whole_packet_is_no_fragment),
	};

	return cmocka_run_group_tests_name("stream_defrag", tests, NULL, NULL);
}
