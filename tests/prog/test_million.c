// SPDX-License-Identifier: BSD-2-Clause
/*
 * A million indicators from a file to the kernel, the whole way a feed takes:
 * worker, merge, image, swap. Then packets: of what is listed 10,000 drawn at
 * random must all be dropped under the right id, of what is not listed none.
 *
 * Values come from one-to-one functions of a number, so that nothing is twice
 * and what is not listed is known without a look-up: next-door addresses of
 * the same /24, names that end alike but not at a dot. With CORDON_VM set, a
 * hundredth of it: an emulated processor would take minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cordon_hash.h"
#include "feed/feed.h"
#include "kern/kern.h"

/* entries 0 ... names - 1 are names, then v6 IPv6 addresses, then IPv4 ones; of names and of addresses draws each */
static uint32_t entries = 1000000, names = 500000, v6 = 50000, draws = 5000;
#define IFINDEX 1
#define S 1000000000ULL

static const uint8_t device_mac[6] = { 2, 0, 0, 0, 0, 1 }, gateway_mac[6] = { 2, 0, 0, 0, 0, 2 };

struct world {
	struct kern *kern;
	struct kern_ring *ring;
	struct indicators all;
	/* of the last packet */
	unsigned int records;
	uint32_t indicator;
	uint64_t reasons;
};

static uint64_t seed = 42;
static uint64_t draw(void)
{
	return cordon_mix(seed += 0x9e3779b97f4a7c15ULL);
}

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* --- the @n-th value; @listed false: its unlisted neighbour --- */

static struct addr v4_mapped(uint32_t a)
{
	return (struct addr){ { [10] = 0xff, 0xff, (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8), (uint8_t)a } };
}

/*
 * 20.0.0.0 - 95.255.255.255 is public throughout: 76 << 23 pairs of addresses, one of each pair may
 * be listed. The factor has no divisor in common with their number.
 */
static struct addr v4_value(uint32_t n, bool listed)
{
	const uint64_t pairs = 76ULL << 23;
	uint32_t a = (20u << 24) + (uint32_t)(n * 2654435761ULL % pairs << 1);

	return v4_mapped(a | ((n ^ !listed) & 1));
}

static struct addr v6_value(uint32_t n, bool listed)
{
	uint64_t hi = htobe64(0x2a02000000000000ULL | (uint64_t)(n % 8192) << 16), lo = htobe64(cordon_mix(n + 1) & ~1ULL);
	struct addr a;

	memcpy(a.b, &hi, 8);
	memcpy(a.b + 8, &lo, 8);
	a.b[15] |= !listed;
	return a;
}

/* the unlisted one ends in a listed one, but its label is longer */
static void name_value(uint32_t n, bool listed, char *dst, size_t size)
{
	snprintf(dst, size, "%sd%08x.c%u.example.net", listed ? "" : "x", n * 2654435761u, n % 977);
}

/* --- from the file to the kernel --- */

static void write_file(FILE *f)
{
	char text[ADDR_STR_MAX], name[64];

	for (uint32_t n = 0; n < entries; n++) {
		struct addr a = n < names + v6 ? v6_value(n, true) : v4_value(n, true);

		name_value(n, true, name, sizeof(name));
		fprintf(f, "%s\n", n < names ? name : addr_str(text, sizeof(text), &a));
	}
	assert_int_equal(fflush(f), 0);
}

static void parse_file(const char *path, struct indicators *ret)
{
	struct feed_opts o = { .name = "million", .category = "test", .action = CORDON_ACTION_DROP, .confidence = 90 };
	struct feed_report report = { 0 };
	struct indicators one = { 0 };
	const struct indicators *sets[] = { &one };
	struct strbuf err = { 0 };

	if (feed_parse_file("plain", path, &o, &one, &report, &err))
		fail_msg("%s", err.s);
	assert_int_equal(report.accepted, entries);
	assert_int_equal(report.refused, 0);
	assert_int_equal(indicators_merge(ret, sets, 1), 0);
	assert_int_equal(ret->v.len, entries);
	feed_report_done(&report);
	indicators_done(&one);
	strbuf_done(&err);
}

static void put_in_kernel(struct world *w)
{
	uint32_t lines = threat_image_lines(&w->all);
	struct strbuf err = { 0 };
	struct cordon_line *mem;
	int fd;

	assert_int_equal(kern_threat_new(lines, &fd, &mem), 0);
	if (threat_image_fill(&w->all, 7, mem, lines, &err))
		fail_msg("%s", err.s);
	kern_threat_unmap(mem, lines);
	assert_int_equal(kern_threat_swap(w->kern, fd), 0);
	close(fd);
	strbuf_done(&err);
}

static void load(struct world *w)
{
	char path[] = "/tmp/cordon-million.XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	double begin, parsed;

	assert_non_null(f);
	write_file(f);
	fclose(f);
	begin = now_s();
	parse_file(path, &w->all);
	parsed = now_s();
	put_in_kernel(w);
	unlink(path);
	print_message("# %u indicators: %.2f s from the file to a merged list, %.2f s from there to the kernel\n", entries,
		      parsed - begin, now_s() - parsed);
}

static int on_record(const struct cordon_event_hdr *ev, void *ctx)
{
	const struct cordon_event_pkt *p = (const void *)ev;
	const struct cordon_event_name *name = (const void *)ev;
	uint32_t indicator = ev->kind == CORDON_EVENT_NAME ? name->indicator : p->indicator;
	struct world *w = ctx;

	w->records++;
	if (ev->kind == CORDON_EVENT_HIST)
		return 0;
	if (indicator)
		w->indicator = indicator;
	if (ev->kind == CORDON_EVENT_PKT)
		w->reasons |= p->reasons;
	return 0;
}

static int begin(void **state)
{
	static struct world w;
	struct kern_opts o = { .flow_buckets = 4096, .rec_slots = 16, .ring_bytes = 1 << 20,
			       .config = { .replay = 1, .depth = 1 << 20, .inspect = 1 } };
	struct cordon_iface port = { .ifindex = IFINDEX, .owner_ifindex = IFINDEX, .role = CORDON_ROLE_DEVICE,
				     .mode = CORDON_MODE_REACT };
	struct strbuf err = { 0 };
	bool adopted;

	if (getenv("CORDON_VM")) {
		entries /= 100;
		names /= 100;
		v6 /= 100;
		draws /= 10;
	}
	if (kern_open(&o, &w.kern, &adopted, &err))
		fail_msg("%s", err.s);
	kern_state(w.kern)->ifindex = IFINDEX;
	assert_int_equal(kern_iface_put(w.kern, &port), 0);
	assert_int_equal(kern_ring_new(w.kern, on_record, &w, &w.ring), 0);
	load(&w);
	*state = &w;
	return 0;
}

static int end(void **state)
{
	struct world *w = *state;

	kern_ring_free(w->ring);
	kern_free(w->kern);
	indicators_done(&w->all);
	return 0;
}

/* --- packets --- */

static uint8_t frame[512];

/* the device to @remote; where the transport header of @len bytes goes */
static void *frame_ip(const struct addr *remote, uint8_t proto, size_t len, size_t *ret_len)
{
	bool v4 = addr_is_v4(remote);
	struct ethhdr *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct ipv6hdr *ip6 = (void *)(eth + 1);

	memset(frame, 0, sizeof(frame));
	memcpy(eth->h_dest, gateway_mac, 6);
	memcpy(eth->h_source, device_mac, 6);
	eth->h_proto = htons(v4 ? ETH_P_IP : ETH_P_IPV6);
	*ret_len = sizeof(*eth) + (v4 ? sizeof(*ip) : sizeof(*ip6)) + len;
	if (v4) {
		*ip = (struct iphdr){ .version = 4, .ihl = 5, .ttl = 64, .protocol = proto,
				      .tot_len = htons((uint16_t)(sizeof(*ip) + len)), .saddr = htonl(0xc0a8010a) };
		memcpy(&ip->daddr, remote->b + 12, 4);
		return ip + 1;
	}
	*ip6 = (struct ipv6hdr){ .version = 6, .hop_limit = 64, .nexthdr = proto, .payload_len = htons((uint16_t)len) };
	memcpy(&ip6->saddr, (uint8_t[16]){ 0xfd, [15] = 0x0a }, 16);
	memcpy(&ip6->daddr, remote->b, 16);
	return ip6 + 1;
}

static size_t frame_syn(const struct addr *remote, uint16_t port)
{
	size_t len;
	struct tcphdr *t = frame_ip(remote, IPPROTO_TCP, sizeof(*t), &len);

	t->source = htons(port);
	t->dest = htons(443);
	t->seq = htonl((uint32_t)draw());
	t->doff = 5;
	t->syn = 1;
	t->window = htons(64000);
	return len;
}

/* RFC 1035 4.1.1 and 4.1.2: one question for an A record, to a resolver that is not listed */
static size_t frame_query(const char *name, uint16_t port)
{
	struct addr resolver = v4_mapped(0x08080808);
	uint8_t q[300] = { (uint8_t)draw(), (uint8_t)draw(), 1, 0, 0, 1 }, *p = q + 12;
	struct udphdr *u;
	size_t len, n;

	for (; *name; name += n + (name[n] == '.')) {
		n = strcspn(name, ".");
		*p++ = (uint8_t)n;
		memcpy(p, name, n);
		p += n;
	}
	memcpy(p, "\0\0\1\0\1", 5);
	n = (size_t)(p + 5 - q);
	u = frame_ip(&resolver, IPPROTO_UDP, sizeof(*u) + n, &len);
	*u = (struct udphdr){ .source = htons(port), .dest = htons(53), .len = htons((uint16_t)(sizeof(*u) + n)) };
	memcpy(u + 1, q, n);
	return len;
}

/* true: dropped; w->indicator and w->reasons are what was said about it */
static bool send_frame(struct world *w, size_t len)
{
	uint32_t ns;
	bool drop;

	w->records = w->indicator = 0;
	w->reasons = 0;
	kern_state(w->kern)->now_ns += S / 1000;
	assert_int_equal(kern_test_run(w->kern, KERN_XDP, frame, len, &drop, &ns), 0);
	assert_true(kern_ring_consume(w->ring) >= 0);
	return drop;
}

static uint16_t any_port(void)
{
	return (uint16_t)(1024 + draw() % 60000);
}

static void expect_addr(struct world *w, uint32_t n, bool listed)
{
	struct addr a = n < names + v6 ? v6_value(n, listed) : v4_value(n, listed);
	bool dropped = send_frame(w, frame_syn(&a, any_port()));
	char text[ADDR_STR_MAX];

	if (!listed) {
		if (dropped || w->indicator)
			fail_msg("%s is not listed but hit entry %u", addr_str(text, sizeof(text), &a), w->indicator);
		return;
	}
	if (!dropped || !w->indicator || w->indicator > w->all.v.len || !(w->reasons & CORDON_BIT(CORDON_REASON_THREAT_ADDR)))
		fail_msg("%s is listed: dropped %d, entry %u, reasons %llx", addr_str(text, sizeof(text), &a), dropped, w->indicator,
			 (unsigned long long)w->reasons);
	assert_memory_equal(w->all.v.data[w->indicator - 1].prefix.addr.b, a.b, 16);
}

/* @name was asked for; @entry is what must hit, NULL: nothing */
static void expect_name(struct world *w, const char *name, const char *entry)
{
	bool dropped = send_frame(w, frame_query(name, any_port()));

	if (!entry) {
		if (dropped || w->indicator)
			fail_msg("%s is not listed but hit entry %u", name, w->indicator);
		return;
	}
	if (!dropped || !w->indicator || w->indicator > w->all.v.len)
		fail_msg("%s is listed: dropped %d, entry %u", name, dropped, w->indicator);
	assert_string_equal(indicator_value(&w->all, &w->all.v.data[w->indicator - 1]), entry);
}

/* --- tests --- */

static void every_listed_address_drawn_is_hit_by_its_syn(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 0; i < draws; i++)
		expect_addr(w, names + (uint32_t)(draw() % (entries - names)), true);
}

static void every_listed_name_drawn_is_hit_by_its_query(void **state)
{
	struct world *w = *state;
	char name[64];

	for (uint32_t i = 0; i < draws; i++) {
		name_value((uint32_t)(draw() % names), true, name, sizeof(name));
		expect_name(w, name, name);
	}
}

static void subdomain_of_a_listed_name_is_hit_under_the_name(void **state)
{
	struct world *w = *state;
	char name[64], below[128];

	for (uint32_t i = 0; i < draws; i++) {
		name_value((uint32_t)(draw() % names), true, name, sizeof(name));
		snprintf(below, sizeof(below), "%s%x.%s", i % 2 ? "Update.H" : "h", (unsigned int)(draw() & 0xfffff), name);
		expect_name(w, below, name);
	}
}

static void address_next_to_a_listed_one_is_not_hit(void **state)
{
	struct world *w = *state;

	for (uint32_t i = 0; i < draws; i++)
		expect_addr(w, names + (uint32_t)(draw() % (entries - names)), false);
}

static void name_that_only_ends_alike_is_not_hit(void **state)
{
	struct world *w = *state;
	char name[64];

	for (uint32_t i = 0; i < draws; i++) {
		name_value((uint32_t)(draw() % names), false, name, sizeof(name));
		expect_name(w, name, NULL);
		/* what is above listed names is not listed itself */
		if (i < 977) {
			snprintf(name, sizeof(name), "c%u.example.net", i);
			expect_name(w, name, NULL);
		}
	}
}

static void nothing_was_lost_on_the_way(void **state)
{
	struct world *w = *state;
	struct cordon_counters c;
	struct cordon_reasons r;

	assert_int_equal(kern_counters(w->kern, &c, &r), 0);
	assert_int_equal(c.n[CORDON_COUNTER_LOST], 0);
	assert_int_equal(kern_ring_rejected(w->ring), 0);
	assert_int_equal(c.n[CORDON_COUNTER_DROPPED], 3 * draws);
	assert_int_equal(r.r[CORDON_REASON_THREAT_ADDR].packets, draws);
	assert_int_equal(r.r[CORDON_REASON_THREAT_NAME].packets, 2 * draws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_listed_address_drawn_is_hit_by_its_syn),
		cmocka_unit_test(every_listed_name_drawn_is_hit_by_its_query),
		cmocka_unit_test(subdomain_of_a_listed_name_is_hit_under_the_name),
		cmocka_unit_test(address_next_to_a_listed_one_is_not_hit),
		cmocka_unit_test(name_that_only_ends_alike_is_not_hit),
		cmocka_unit_test(nothing_was_lost_on_the_way),
	};

	return cmocka_run_group_tests_name("million", tests, begin, end);
}
