// SPDX-License-Identifier: BSD-2-Clause
/* What is kept for each device: identity records, counts of behaviour, its share of the ring; and tags as an escape. */
#include "harness/walk.h"

#include <pthread.h>
#include <stdio.h>

#include "act/behaviour.h"
#include "cordon_hash.h"

#define NOW (1000000000ULL * 1000000)
#define SECOND 1000000000ULL
#define FOREVER (~0ULL)

static const uint8_t camera[6] = {2, 0, 0, 0, 0, 2};

static int setup(void **state)
{
	*state = walk_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

static const struct cordon_event_pkt *identity(const struct walk *w)
{
	for (size_t i = 0; i < w->records; i++)
		if (w->rec[i]->kind == CORDON_EVENT_IDENTITY)
			return (const struct cordon_event_pkt *)w->rec[i];
	return NULL;
}

static void what_says_who_sent_it_goes_up_from_the_device_only(void **state)
{
	static const struct {
		const char *src, *dst;
		uint16_t ethertype, sport, dport;
		uint8_t proto;
		bool goes_up;
	} v[] = {
		{"10.0.0.2", "10.0.0.1", 0x0806, 0, 0, 0, true},
		{"0.0.0.0", "255.255.255.255", 0, 68, 67, IPPROTO_UDP, true},
		{"fe80::2", "ff02::1:2", 0, 546, 547, IPPROTO_UDP, true},
		{"10.0.0.2", "224.0.0.251", 0, 5353, 5353, IPPROTO_UDP, true},
		{"10.0.0.2", "239.255.255.250", 0, 1900, 1900, IPPROTO_UDP, true},
		{"fe80::2", "ff02::1", 0, 136, 0, 58, true},
		{"fe80::2", "ff02::2", 0, 133, 0, 58, true},
		{"fe80::2", "2001:db8::1", 0, 128, 0, 58, false}, /* an echo request */
		{"10.0.0.2", "192.0.2.1", 0, 40000, 53, IPPROTO_UDP, false},
		{"10.0.0.2", "192.0.2.1", 0, 68, 69, IPPROTO_UDP, false},
	};
	struct walk *w = *state;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct pkt_spec s = walk_udp(0, "0123456789abcdef0123456789ab", 28);

		s.src = v[i].src;
		s.dst = v[i].dst;
		s.ethertype = v[i].ethertype;
		s.proto = v[i].proto;
		s.sport = v[i].sport;
		s.dport = v[i].dport;
		walk_up(w, &s);
		assert_false(w->dropped);
		if ((identity(w) != NULL) != v[i].goes_up)
			fail_msg("row %zu", i);
		assert_int_equal(walk_count(w, CORDON_COUNTER_IDENTITIES), v[i].goes_up);
		walk_down(w, &s);
		assert_null(identity(w));
	}
}

static void one_device_says_so_only_so_often(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(0, "0123456789abcdef0123456789ab", 28), other = s;
	unsigned int n = 0;

	s.ethertype = other.ethertype = 0x0806;
	for (int i = 0; i < 1000; i++) {
		walk_up(w, &s);
		n += identity(w) != NULL;
	}
	assert_in_range(n, CORDON_IDENTITY_BURST, CORDON_IDENTITY_BURST + 2);
	other.smac[5] = 99; /* another device is heard */
	walk_up(w, &other);
	assert_non_null(identity(w));
	walk_time(w, NOW + 60 * SECOND);
	walk_up(w, &s);
	assert_non_null(identity(w));
}

static int take_camera(const struct cordon_device_key *k, const struct cordon_device *v, void *ctx)
{
	if (!memcmp(k->mac, camera, 6))
		*(struct cordon_device *)ctx = *v;
	return 0;
}

static struct cordon_device camera_of(struct walk *w)
{
	struct cordon_device d = {};

	assert_int_equal(kern_device_each(w->k, take_camera, &d), 0);
	return d;
}

static uint32_t endpoints(const struct cordon_device *d)
{
	unsigned int set = 0;

	for (unsigned int i = 0; i < CORDON_FAN_WORDS; i++)
		set += (unsigned int)__builtin_popcountll(d->fan[i]);
	return behaviour_endpoints(set);
}

static void syn(struct walk *w, unsigned int host, uint16_t port)
{
	struct pkt_spec s = walk_tcp(1, NULL, 0);
	char dst[32];

	snprintf(dst, sizeof(dst), "192.0.2.%u", host);
	s.dst = dst;
	s.dport = port;
	s.flags = 2;
	walk_up(w, &s);
}

static void a_scan_is_counted_by_its_endpoints(void **state)
{
	struct walk *w = *state;
	struct pkt_spec answer = walk_reply(5, NULL, 0);
	struct cordon_device d;

	for (unsigned int i = 0; i < 300; i++)
		syn(w, i % 100 + 1, (uint16_t)(23 + i / 100)); /* 100 hosts, three ports */
	d = camera_of(w);
	assert_int_equal(d.syns, 300);
	assert_int_equal(d.answered, 0);
	assert_in_range(endpoints(&d), 220, 400); /* an estimate */
	for (int i = 0; i < 100; i++)
		syn(w, 1, 23); /* the same again is no other endpoint */
	assert_int_equal(camera_of(w).syns, 400);
	assert_int_equal(endpoints(&(struct cordon_device){.fan = {d.fan[0], d.fan[1], d.fan[2], d.fan[3]}}), endpoints(&d));
	answer.src = "192.0.2.1";
	answer.sport = 23;
	answer.flags = 0x12;
	answer.ack = 2;
	walk_down(w, &answer);
	assert_int_equal(camera_of(w).answered, 1);
	walk_time(w, NOW + CORDON_FAN_NS); /* the window is over */
	syn(w, 1, 23);
	d = camera_of(w);
	assert_int_equal(d.syns, 1);
	assert_int_equal(endpoints(&d), 1);
}

static void mac_borrowed_on_another_port_adds_nothing_to_its_owner(void **state)
{
	struct walk *w = *state;
	struct cordon_iface other = {.ifindex = WALK_IFINDEX + 1, .owner_ifindex = WALK_IFINDEX + 1, .zone = WALK_ZONE,
				     .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT};

	assert_int_equal(kern_iface_put(w->k, &other), 0);
	kern_state(w->k)->ifindex = WALK_IFINDEX + 1;
	for (unsigned int i = 1; i < 200; i++)
		syn(w, i, 23);
	assert_int_equal(camera_of(w).ifindex, WALK_IFINDEX + 1);
	kern_state(w->k)->ifindex = WALK_IFINDEX;
	syn(w, 1, 80);
	assert_int_equal(camera_of(w).ifindex, WALK_IFINDEX);
	assert_int_equal(camera_of(w).syns, 1);
}

static void to_listed(struct walk *w, uint8_t last)
{
	struct pkt_spec s = walk_udp(9999, "x", 1);

	s.dst = "198.18.7.1";
	s.smac[5] = last;
	walk_up(w, &s);
}

static void what_is_stopped_is_in_the_books_of_its_device(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key key = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .value = {2, 0, 0, 0, 0, 2}};
	struct cordon_deny lease = {.until_ns = FOREVER, .level = CORDON_LEVEL_CUT};
	struct cordon_device d;

	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	for (int i = 0; i < 7; i++) {
		struct pkt_spec other = walk_udp(9999, "x", 1);

		to_listed(w, 2);
		assert_true(w->dropped);
		walk_up(w, &other); /* passes, and is in no books */
		assert_false(w->dropped);
		to_listed(w, 3); /* a neighbour's are its own */
	}
	d = camera_of(w);
	assert_int_equal(d.dropped, 7);
	assert_int_equal(d.held, 0);
	assert_true(d.why & CORDON_BIT(CORDON_REASON_THREAT_ADDR));
	assert_int_equal(kern_deny_put(w->k, &key, &lease), 0);
	to_listed(w, 2); /* the lease's, which has books of its own */
	assert_true(w->dropped);
	assert_int_equal(camera_of(w).dropped, 7);
	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_OBSERVE);
	assert_int_equal(kern_deny_del(w->k, &key), 0);
	to_listed(w, 2);
	assert_false(w->dropped);
	assert_int_equal(camera_of(w).dropped, 7);
}

/* a handshake, data and acknowledgments both ways, questions, what is no IP; how many packets the camera sent and was sent */
static unsigned int busy_camera(struct walk *w)
{
	static const char question[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04name\x07example\0\0\x01\0\x01";
	static char bytes[500];
	struct pkt_spec dns = walk_udp(53, question, sizeof(question) - 1), arp = walk_udp(0, bytes, 28), s;
	unsigned int n = 3;

	walk_handshake(w, 1000, 5000);
	for (uint32_t i = 0; i < 600; i++, n += 5) {
		s = walk_tcp(1001 + i * sizeof(bytes), bytes, sizeof(bytes));
		walk_up(w, &s);
		s = walk_reply(5001, NULL, 0); /* its acknowledgment */
		walk_down(w, &s);
		s = walk_tcp(1001 + (i + 1) * sizeof(bytes), NULL, 0);
		walk_up(w, &s);
		dns.sport = (uint16_t)(2000 + i);
		walk_up(w, &dns);
		dns.smac[5] = 9; /* a neighbour's, in its own books */
		walk_up(w, &dns);
		dns.smac[5] = camera[5];
		arp.ethertype = 0x0806;
		walk_up(w, &arp);
	}
	return n;
}

struct sums {
	const struct cordon_state *state;
	uint64_t id[2][2], packets[2], bytes[2];
};

static void sum_up(struct sums *s, uint64_t id, uint64_t packets, uint64_t bytes)
{
	for (int i = 0; i < 2; i++)
		if (s->id[i][0] == id || s->id[i][1] == id) {
			s->packets[i] += packets;
			s->bytes[i] += bytes;
		}
}

static int sum_entry(const struct cordon_deny_key *key, const struct cordon_deny *v, void *ctx)
{
	struct sums *s = ctx;
	uint64_t ids[2];

	kern_deny_ids(s->state->seed, s->state->deny_lines_mask, key, ids);
	sum_up(s, ids[0], v->packets, v->bytes);
	return 0;
}

static int sum_count(const struct kern_deny_count *n, void *ctx)
{
	sum_up(ctx, n->id, n->packets, n->bytes);
	return 0;
}

/* of what the index counted, and what entries had before */
static void counts_of_all_leases_are_those_of_each(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key a = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .value = {2, 0, 0, 0, 0, 2}}, b = a;
	struct cordon_deny lease = {.until_ns = FOREVER, .level = CORDON_LEVEL_CUT}, had = lease;
	struct sums each = {.state = kern_state(w->k)}, all;

	b.value[5] = 3;
	had.packets = 40;
	had.bytes = 4000;
	assert_int_equal(kern_deny_put(w->k, &a, &lease), 0);
	assert_int_equal(kern_deny_put(w->k, &b, &had), 0);
	for (int i = 0; i < 5; i++)
		to_listed(w, 2);
	to_listed(w, 3);
	kern_deny_ids(each.state->seed, each.state->deny_lines_mask, &a, each.id[0]);
	kern_deny_ids(each.state->seed, each.state->deny_lines_mask, &b, each.id[1]);
	all = each;
	assert_int_equal(kern_deny_each(w->k, sum_entry, &each), 0);
	assert_int_equal(kern_deny_counts(w->k, 0, sum_count, &all), 0);
	assert_int_equal(each.packets[0], 5);
	assert_int_equal(each.packets[1], 41);
	assert_memory_equal(&all, &each, sizeof(all));
}

/* while few entries of the map have counted, the map is not read: those are known without a call, and nothing is missed */
static void few_leases_that_counted_are_known_without_reading_all(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key cut = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .value = {2, 0, 0, 0, 0, 2}}, watched = cut;
	struct cordon_deny lease = {.until_ns = FOREVER, .level = CORDON_LEVEL_CUT}, v;
	struct sums index = {.state = kern_state(w->k)};

	watched.value[5] = 3;
	assert_int_equal(kern_deny_put(w->k, &cut, &lease), 0);
	lease.level = CORDON_LEVEL_WATCH;
	assert_int_equal(kern_deny_put(w->k, &watched, &lease), 0);
	to_listed(w, 2);
	assert_false(kern_deny_counted(w->k, &watched));
	to_listed(w, 3);
	to_listed(w, 3);
	assert_false(kern_deny_counted(w->k, &cut));
	assert_true(kern_deny_counted(w->k, &watched));
	kern_deny_ids(index.state->seed, index.state->deny_lines_mask, &cut, index.id[0]);
	assert_int_equal(kern_deny_counts(w->k, 1, sum_count, &index), 1);
	assert_int_equal(index.packets[0], 1);
	assert_int_equal(kern_deny_entry(w->k, &watched, &v), 0);
	assert_int_equal(v.passed, 2);
	assert_int_equal(kern_deny_counts(w->k, 0, sum_count, &index), 0); /* one is more than none: all are read */
	assert_int_equal(kern_deny_del(w->k, &watched), 0);
	assert_false(kern_deny_counted(w->k, &watched));
}

struct hammer {
	struct walk *w;
	_Atomic bool is_over;
	unsigned int told;
};

static void *tell_router(void *ctx)
{
	struct hammer *h = ctx;
	struct cordon_device_key key = {.zone = WALK_ZONE};

	memcpy(key.mac, camera, sizeof(key.mac));
	for (h->told = 0; !h->is_over; h->told++)
		if (kern_device_set_router(h->w->k, &key))
			break;
	return NULL;
}

/* frames without an address stay in the books of the MAC: none is lost for being counted while its record is told of */
static void what_is_counted_while_a_router_is_told_is_kept(void **state)
{
	static const char bytes[28];
	struct kern_opts o = walk_opts();
	struct pkt_spec arp = walk_udp(0, bytes, sizeof(bytes));
	struct hammer h = {0};
	pthread_t t;

	(void)state;
	o.config.exact_books = 1;
	h.w = walk_new(&o);
	arp.ethertype = 0x0806;
	walk_up(h.w, &arp);
	assert_int_equal(pthread_create(&t, NULL, tell_router, &h), 0);
	for (unsigned int i = 1; i < 20000; i++)
		walk_up(h.w, &arp);
	h.is_over = true;
	pthread_join(t, NULL);
	assert_true(h.told > 100);
	assert_int_equal(camera_of(h.w).passed, 20000);
	walk_free(h.w);
}

static void what_passes_is_in_the_books_of_its_device_when_they_are_exact(void **state)
{
	struct kern_opts o = walk_opts();
	struct cordon_device d;
	struct walk *w;
	unsigned int n;

	(void)state;
	o.config.depth = 4096; /* else nothing takes the short way */
	o.config.exact_books = 1;
	w = walk_new(&o);
	walk_feed(w, "plain", "198.18.7.1\n", CORDON_ACTION_DROP, false);
	n = busy_camera(w);
	for (int i = 0; i < 7; i++)
		to_listed(w, 2);
	d = camera_of(w);
	assert_int_equal(d.passed, n);
	assert_int_equal(d.dropped, 7);
	assert_int_equal(d.held, 0);
	walk_free(w);
	o.config.exact_books = 0;
	w = walk_new(&o);
	(void)busy_camera(w);
	assert_int_equal(camera_of(w).passed, 0);
	walk_free(w);
}

/* --- the ring --- */

struct heard {
	unsigned int loud, quiet;
};

static int hear(const struct cordon_event_hdr *ev, void *ctx)
{
	const struct cordon_event_pkt *p = (const void *)ev;
	struct heard *h = ctx;

	h->loud += p->facts.mac[5] == 2;
	h->quiet += p->facts.mac[5] != 2;
	return 0;
}

static void raw_up(struct walk *w, const struct pkt_spec *s)
{
	static uint8_t frame[PKT_FRAME_MAX + 512];
	uint32_t ns;
	bool dropped;

	assert_int_equal(kern_test_run(w->k, KERN_XDP, frame, pkt_build(s, frame), &dropped, &ns), 0);
	assert_false(dropped);
}

static void watch(struct walk *w, uint8_t last)
{
	struct cordon_deny_key k = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .value = {2, 0, 0, 0, 0, last}};
	struct cordon_deny d = {.until_ns = FOREVER, .level = CORDON_LEVEL_WATCH};

	assert_int_equal(kern_deny_put(w->k, &k, &d), 0);
}

/* nobody reads the ring: one device floods it, ten others say one thing each */
static void loud_device_does_not_starve_quiet_ones(void **state)
{
	struct walk *w = *state;
	static char bytes[1400];
	struct pkt_spec loud = walk_udp(9999, bytes, sizeof(bytes)), quiet = loud;
	struct cordon_counters c;
	struct cordon_device_key key = {.zone = WALK_ZONE};
	struct heard h = {};

	memcpy(key.mac, camera, 6);
	kern_ring_consume(w->ring);
	kern_ring_free(w->ring);
	assert_int_equal(kern_ring_new(w->k, hear, &h, &w->ring), 0);
	for (uint8_t i = 2; i < 13; i++)
		watch(w, i);
	for (int i = 0; i < 3000; i++) /* four times the ring */
		raw_up(w, &loud);
	for (uint8_t i = 3; i < 13; i++) {
		quiet.smac[5] = i;
		raw_up(w, &quiet);
	}
	kern_counters(w->k, &c, NULL);
	kern_ring_consume(w->ring);
	assert_int_equal(h.quiet, 10);
	assert_in_range(h.loud, 200, 600);
	assert_int_equal(c.n[CORDON_COUNTER_LOST], 0);
	assert_int_equal(c.n[CORDON_COUNTER_SHED], 3000 - h.loud);
	assert_int_equal(kern_budget_shed(w->k, &key), 3000 - h.loud);
	assert_int_equal(c.n[CORDON_COUNTER_PACKETS], c.n[CORDON_COUNTER_PASSED] + c.n[CORDON_COUNTER_DROPPED]);
	/* once it is read, the loud one is heard again */
	h.loud = 0;
	raw_up(w, &loud);
	kern_ring_consume(w->ring);
	assert_int_equal(h.loud, 1);
}

/* --- tags --- */

static bool up_with_tag(struct walk *w, uint16_t vlan)
{
	struct pkt_spec s = walk_udp(9999, "x", 1);

	s.vlan[0] = vlan;
	walk_up(w, &s);
	return !w->dropped;
}

static void cut_device_does_not_escape_by_a_tag(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key mac = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .value = {2, 0, 0, 0, 0, 2}}, more = mac;
	struct cordon_deny d = {.until_ns = NOW + SECOND, .level = CORDON_LEVEL_CUT};
	struct pkt_spec other = walk_udp(9999, "x", 1);

	more.kind = CORDON_DENY_TAGGED;
	assert_int_equal(kern_deny_put(w->k, &mac, &d), 0);
	assert_true(up_with_tag(w, 5)); /* the key has its VLAN */
	assert_int_equal(kern_deny_put(w->k, &more, &d), 0);
	assert_false(up_with_tag(w, 0));
	assert_false(up_with_tag(w, 5));
	assert_because(w, CORDON_REASON_QUARANTINE);
	other.vlan[0] = 5;
	other.smac[5] = 3;
	walk_up(w, &other);
	assert_false(w->dropped);
	walk_time(w, NOW + SECOND);
	assert_true(up_with_tag(w, 5));
	assert_int_equal(kern_deny_del(w->k, &mac), 0);
	assert_int_equal(kern_deny_del(w->k, &more), 0);
	assert_int_equal(kern_state(w->k)->deny_tagged, 0);
	walk_time(w, NOW);
	mac.vlan = 5; /* and one that lives on a VLAN, by having none */
	more.kind = CORDON_DENY_EVERY;
	assert_int_equal(kern_deny_put(w->k, &mac, &d), 0);
	assert_int_equal(kern_deny_put(w->k, &more, &d), 0);
	assert_false(up_with_tag(w, 5));
	assert_false(up_with_tag(w, 6));
	assert_false(up_with_tag(w, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(what_says_who_sent_it_goes_up_from_the_device_only),
		T(one_device_says_so_only_so_often),
		T(a_scan_is_counted_by_its_endpoints),
		T(mac_borrowed_on_another_port_adds_nothing_to_its_owner),
		T(what_is_stopped_is_in_the_books_of_its_device),
		T(counts_of_all_leases_are_those_of_each),
		T(few_leases_that_counted_are_known_without_reading_all),
		T(what_is_counted_while_a_router_is_told_is_kept),
		T(what_passes_is_in_the_books_of_its_device_when_they_are_exact),
		T(cut_device_does_not_escape_by_a_tag),
		T(loud_device_does_not_starve_quiet_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
