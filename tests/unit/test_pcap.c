// SPDX-License-Identifier: BSD-2-Clause
/* Captures: both byte orders, both resolutions, pcapng, gzip; cut at every byte; link types. */
#include "unit/unit.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "replay/link.h"
#include "replay/pcap.h"

static int memory(const void *p, size_t n)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), (ssize_t)n);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

struct writer {
	uint8_t b[4096];
	size_t n;
	bool swapped;
};

static void w32(struct writer *w, uint32_t v)
{
	if (w->swapped)
		v = __builtin_bswap32(v);
	memcpy(w->b + w->n, &v, 4);
	w->n += 4;
}

static void w16(struct writer *w, uint16_t v)
{
	if (w->swapped)
		v = __builtin_bswap16(v);
	memcpy(w->b + w->n, &v, 2);
	w->n += 2;
}

static void write_pcap(struct writer *w, uint32_t magic, uint32_t fraction)
{
	w32(w, magic);
	w16(w, 2);
	w16(w, 4);
	w32(w, 0);
	w32(w, 0);
	w32(w, 65535);
	w32(w, 1);
	for (uint8_t i = 0; i < 2; i++) {
		w32(w, 100 + i);
		w32(w, fraction);
		w32(w, 20);
		w32(w, 60);
		memset(w->b + w->n, i, 20);
		w->n += 20;
	}
}

static void both_byte_orders_and_resolutions_are_read(void **state)
{
	(void)state;
	for (int k = 0; k < 4; k++) {
		struct writer w = { .swapped = k & 1 };
		struct pcap *p = NULL;
		struct pcap_packet pkt;
		struct strbuf err = { 0 };

		write_pcap(&w, k & 2 ? 0xa1b23c4d : 0xa1b2c3d4, 7);
		assert_int_equal(pcap_open_fd(memory(w.b, w.n), "x", &p, &err), 0);
		for (uint8_t i = 0; i < 2; i++) {
			assert_int_equal(pcap_next(p, &pkt, &err), 1);
			assert_int_equal(pkt.ts_ns, (100 + i) * 1000000000ULL + (k & 2 ? 7 : 7000));
			assert_int_equal(pkt.cap_len, 20);
			assert_int_equal(pkt.wire_len, 60);
			assert_int_equal(pkt.linktype, 1);
			assert_int_equal(pkt.data[19], i);
		}
		assert_int_equal(pcap_next(p, &pkt, &err), 0);
		pcap_close(p);
		strbuf_done(&err);
	}
}

/* opens, reads to the end; packets read, *ret_end what ended it */
static int drain(const void *b, size_t n, int *ret_end)
{
	struct pcap *p = NULL;
	struct pcap_packet pkt;
	struct strbuf err = { 0 };
	int packets = 0, r = pcap_open_fd(memory(b, n), "x", &p, &err);

	while (!r && (r = pcap_next(p, &pkt, &err)) == 1) {
		packets++;
		r = 0;
	}
	*ret_end = r;
	if (r < 0)
		assert_true(err.len > 0);
	pcap_close(p);
	strbuf_done(&err);
	return packets;
}

static void file_cut_anywhere_gives_what_was_whole_and_an_error(void **state)
{
	struct writer w = { 0 };
	int end;

	(void)state;
	write_pcap(&w, 0xa1b2c3d4, 0);
	for (size_t n = 0; n < w.n; n++) {
		int got = drain(w.b, n, &end);

		assert_int_equal(got, n >= 96 ? 2 : n >= 60 ? 1 : 0);
		if (n < 4)
			assert_int_equal(end, -EINVAL);
		else if (n == 24 || n == 60)
			assert_int_equal(end, 0);
		else
			assert_int_equal(end, -EBADMSG);
	}
}

static void block(struct writer *w, uint32_t type, const void *body, uint32_t n)
{
	w32(w, type);
	w32(w, n + 12);
	memcpy(w->b + w->n, body, n);
	w->n += n;
	w32(w, n + 12);
}

static void write_pcapng(struct writer *w)
{
	struct writer b = { .swapped = w->swapped };

	w32(&b, 0x1a2b3c4d);
	w16(&b, 1);
	w16(&b, 0);
	w32(&b, UINT32_MAX);
	w32(&b, UINT32_MAX);
	block(w, 0x0a0d0d0a, b.b, (uint32_t)b.n);
	b.n = 0; /* an interface of Ethernet, microseconds */
	w16(&b, 1);
	w16(&b, 0);
	w32(&b, 65535);
	block(w, 1, b.b, (uint32_t)b.n);
	b.n = 0; /* one of raw IP, nanoseconds */
	w16(&b, 101);
	w16(&b, 0);
	w32(&b, 10);
	w16(&b, 9);
	w16(&b, 1);
	w32(&b, b.swapped ? 9u << 24 : 9);
	w32(&b, 0);
	block(w, 1, b.b, (uint32_t)b.n);
	block(w, 0x4242, "skipped.", 8);
	for (uint32_t i = 0; i < 2; i++) {
		b.n = 0;
		w32(&b, i);
		w32(&b, 0);
		w32(&b, 5000000);
		w32(&b, 6);
		w32(&b, 9);
		memcpy(b.b + b.n, "abcdef\0", 8);
		b.n += 8;
		block(w, 6, b.b, (uint32_t)b.n);
	}
	b.n = 0;
	w32(&b, 4);
	memcpy(b.b + b.n, "wxyz", 4);
	b.n += 4;
	block(w, 3, b.b, (uint32_t)b.n);
}

static void pcapng_interfaces_have_their_own_link_and_clock(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct writer w = { .swapped = swapped };
		struct pcap *p = NULL;
		struct pcap_packet pkt;
		struct strbuf err = { 0 };

		write_pcapng(&w);
		assert_int_equal(pcap_open_fd(memory(w.b, w.n), "x", &p, &err), 0);
		assert_int_equal(pcap_next(p, &pkt, &err), 1);
		assert_int_equal(pkt.linktype, 1);
		assert_int_equal(pkt.ts_ns, 5000000000ULL);
		assert_int_equal(pkt.cap_len, 6);
		assert_memory_equal(pkt.data, "abcdef", 6);
		assert_int_equal(pcap_next(p, &pkt, &err), 1);
		assert_int_equal(pkt.linktype, 101);
		assert_int_equal(pkt.ts_ns, 5000000);
		assert_int_equal(pcap_next(p, &pkt, &err), 1);
		assert_memory_equal(pkt.data, "wxyz", 4);
		assert_int_equal(pkt.ts_ns, 5000000);
		assert_int_equal(pcap_next(p, &pkt, &err), 0);
		pcap_close(p);
		strbuf_done(&err);
	}
}

static void pcapng_cut_anywhere_never_reads_past_its_end(void **state)
{
	struct writer w = { 0 };
	int end, last = 0;

	(void)state;
	write_pcapng(&w);
	for (size_t n = 0; n <= w.n; n++) {
		int got = drain(w.b, n, &end);

		assert_true(got >= last && got <= 3);
		last = got;
	}
	assert_int_equal(last, 3);
	assert_int_equal(end, 0);
}

static void gzip_is_read_as_the_plain_file(void **state)
{
	struct writer w = { 0 };
	uint8_t packed[8192];
	z_stream z = { 0 };
	int end;

	(void)state;
	write_pcap(&w, 0xa1b2c3d4, 0);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = w.b;
	z.avail_in = (uInt)w.n;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(drain(packed, z.total_out, &end), 2);
	assert_int_equal(end, 0);
	drain(packed, z.total_out / 2, &end);
	assert_true(end < 0);
	deflateEnd(&z);
}

static void what_is_no_capture_is_refused_by_name(void **state)
{
	static const struct {
		const char *bytes, *say;
		size_t n;
		int want;
	} rows[] = {
		{ "GIF89a", "neither", 6, -EINVAL },
		{ "", "neither", 0, -EINVAL },
		{ "\x34\xcd\xb2\xa1\2\0\4\0", "modified", 8, -EOPNOTSUPP },
		{ "\xd4\xc3\xb2\xa1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "version", 24, -EOPNOTSUPP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct strbuf err = { 0 };
		struct pcap *p = NULL;

		assert_int_equal(pcap_open_fd(memory(rows[i].bytes, rows[i].n), "file", &p, &err), rows[i].want);
		assert_non_null(strstr(err.s, rows[i].say));
		strbuf_done(&err);
	}
}

static void absurd_lengths_are_damage_not_memory(void **state)
{
	struct writer w = { 0 };
	uint32_t huge = 0x7fffffff;
	int end;

	(void)state;
	write_pcap(&w, 0xa1b2c3d4, 0);
	memcpy(w.b + 32, &huge, 4);
	assert_int_equal(drain(w.b, w.n, &end), 0);
	assert_int_equal(end, -EBADMSG);
	w.n = 0;
	write_pcapng(&w);
	memcpy(w.b + 4, &huge, 4);
	assert_int_equal(drain(w.b, w.n, &end), 0);
	assert_int_equal(end, -EBADMSG);
}

/* --- link types --- */

static const uint8_t ip4[20] = { 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 192, 0, 2, 1 };

static void every_link_becomes_ethernet_with_the_same_packet(void **state)
{
	static const struct {
		uint32_t linktype;
		const char *head;
		size_t n;
	} rows[] = {
		{ 101, "", 0 }, { 12, "", 0 }, { 14, "", 0 }, { 228, "", 0 },
		{ 0, "\2\0\0\0", 4 }, { 0, "\0\0\0\2", 4 }, { 108, "\0\0\0\2", 4 },
		{ 113, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0", 16 },
		{ 276, "\x08\0\0\0\0\0\0\1\0\1\0\6\1\2\3\4\5\6\0\0", 20 },
		{ 9, "\0\x21", 2 }, { 9, "\xff\3\0\x21", 4 }, { 9, "\x21", 1 }, { 50, "\xff\3\0\x21", 4 },
		{ 50, "\x0f\0\x08\0", 4 },
	};
	static uint8_t buf[LINK_FRAME_MAX];
	uint8_t packet[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pcap_packet p = { .linktype = rows[i].linktype, .data = packet,
					 .cap_len = (uint32_t)(rows[i].n + sizeof(ip4)) };
		struct link_ends e;
		const uint8_t *f;
		uint32_t len;

		memcpy(packet, rows[i].head, rows[i].n);
		memcpy(packet + rows[i].n, ip4, sizeof(ip4));
		assert_int_equal(link_supported(p.linktype, NULL, 0), 0);
		f = link_frame(&p, buf, &len);
		assert_int_equal(len, 34);
		assert_memory_equal(f, "\0\0\0\0\0\0\0\0\0\0\0\0\x08\0", 14);
		assert_memory_equal(f + 14, ip4, sizeof(ip4));
		link_ends(f, len, &e);
		assert_true(e.has_ip && !e.is_group);
		assert_int_equal(e.src.b[15], 2);
		assert_int_equal(e.dst.b[12], 192);
		for (p.cap_len = 0; p.cap_len < rows[i].n + sizeof(ip4); p.cap_len++) {
			f = link_frame(&p, buf, &len); /* too short for its header: kept, of no known type */
			assert_true(len >= 14 && len <= 14 + p.cap_len);
			link_ends(f, len, &e);
			assert_false(e.has_ip);
		}
	}
}

static void other_links_are_refused_by_name(void **state)
{
	char name[64];

	(void)state;
	assert_int_equal(link_supported(105, name, sizeof(name)), -EOPNOTSUPP);
	assert_string_equal(name, "IEEE 802.11");
	assert_int_equal(link_supported(4242, name, sizeof(name)), -EOPNOTSUPP);
	assert_string_equal(name, "link type 4242");
}

static void ends_are_found_behind_tags_and_groups_are_known(void **state)
{
	uint8_t f[42] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x08, 0 };
	struct link_ends e;

	(void)state;
	memcpy(f + 22, ip4, sizeof(ip4));
	link_ends(f, sizeof(f), &e);
	assert_true(e.has_ip && e.is_group);
	f[0] = 0;
	link_ends(f, sizeof(f), &e);
	assert_false(e.is_group);
	f[22 + 16] = 224;
	link_ends(f, sizeof(f), &e);
	assert_true(e.is_group);
	for (uint32_t n = 0; n < sizeof(f); n++) {
		link_ends(f, n, &e);
		assert_false(e.has_ip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders_and_resolutions_are_read),
		cmocka_unit_test(file_cut_anywhere_gives_what_was_whole_and_an_error),
		cmocka_unit_test(pcapng_interfaces_have_their_own_link_and_clock),
		cmocka_unit_test(pcapng_cut_anywhere_never_reads_past_its_end),
		cmocka_unit_test(gzip_is_read_as_the_plain_file),
		cmocka_unit_test(what_is_no_capture_is_refused_by_name),
		cmocka_unit_test(absurd_lengths_are_damage_not_memory),
		cmocka_unit_test(every_link_becomes_ethernet_with_the_same_packet),
		cmocka_unit_test(other_links_are_refused_by_name),
		cmocka_unit_test(ends_are_found_behind_tags_and_groups_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
