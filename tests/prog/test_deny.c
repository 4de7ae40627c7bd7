// SPDX-License-Identifier: BSD-2-Clause
/* stage_link, stage_deny, stage_guard: who is denied, at which hook, until when, and who never is.
 */
#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "cordon_hash.h"
#include "harness/walk.h"

static const uint8_t camera[6] = {2, 0, 0, 0, 0, 2};
#define NOW (1000000000ULL * 1000000)
#define FOREVER (~0ULL)

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

static struct cordon_deny_key mac_key(uint16_t vlan)
{
	struct cordon_deny_key k = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .vlan = vlan};

	memcpy(k.value, camera, 6);
	return k;
}

static void deny_until(struct walk *w, const struct cordon_deny_key *k, uint8_t level,
		       uint64_t until)
{
	struct cordon_deny d = {.until_ns = until, .level = level, .origin = CORDON_ORIGIN_MANUAL};

	assert_int_equal(kern_deny_put(w->k, k, &d), 0);
}

static void deny_camera(struct walk *w, uint8_t level, uint64_t until)
{
	struct cordon_deny_key k = mac_key(0);

	deny_until(w, &k, level, until);
}

static void guard_mac(struct walk *w, uint32_t ifindex, uint64_t until)
{
	struct cordon_guard_key k = {.prefixlen = 64, .kind = CORDON_DENY_MAC};
	struct cordon_guard g = {.until_ns = until, .ifindex = ifindex};

	memcpy(k.value, camera, 6);
	assert_int_equal(kern_guard_put(w->k, &k, &g), 0);
}

static void up(struct walk *w)
{
	struct pkt_spec s = walk_udp(9999, "hello", 5);

	walk_up(w, &s);
}

static void down(struct walk *w)
{
	struct pkt_spec s = walk_reply(1, "hello", 5);

	s.proto = IPPROTO_UDP;
	walk_down(w, &s);
}

static void quarantined_device_is_dropped_both_ways(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(0);
	struct cordon_deny d;

	up(w);
	assert_false(w->dropped);
	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	up(w);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_QUARANTINE);
	assert_int_equal(w->records, 0);
	down(w);
	assert_true(w->dropped);
	assert_int_equal(kern_deny_get(w->k, &k, &d), 0);
	assert_int_equal(d.packets, 2);
	assert_int_equal(d.bytes, 2 * (14 + 20 + 8 + 5));
	assert_int_equal(kern_deny_del(w->k, &k), 0);
	up(w);
	assert_false(w->dropped);
}

static void other_device_passes(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(9999, "hello", 5);

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	s.smac[5] = 3;
	walk_up(w, &s);
	assert_false(w->dropped);
}

static void lease_ends_by_the_clock_alone(void **state)
{
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, NOW + 1000);
	up(w);
	assert_true(w->dropped);
	walk_time(w, NOW + 999);
	up(w);
	assert_true(w->dropped);
	walk_time(w, NOW + 1000);
	up(w);
	assert_false(w->dropped);
	assert_int_equal(w->reasons & CORDON_BIT(CORDON_REASON_QUARANTINE), 0);
}

static void frame_that_does_not_parse_does_not_escape(void **state)
{
	struct walk *w = *state;
	struct pkt_spec arp = walk_udp(0, "whatever", 8), tags = walk_udp(9999, "x", 1), odd = arp;
	uint8_t frame[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0xff};
	struct cordon_deny_key tagged = mac_key(5);

	arp.ethertype = 0x0806;
	odd.ethertype = 0x88b5;
	tags.vlan[0] = 5;
	tags.vlan[1] = 6;
	tags.vlan[2] = 7;
	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	deny_until(w, &tagged, CORDON_LEVEL_CUT, FOREVER);
	walk_up(w, &arp);
	assert_true(w->dropped);
	walk_up(w, &odd);
	assert_true(w->dropped);
	walk_up(w, &tags);
	assert_true(w->dropped);
	walk_frame(w, KERN_XDP, frame, 14);
	assert_true(w->dropped);
	walk_frame(w, KERN_XDP, frame, 20);
	assert_true(w->dropped);
}

static void device_key_has_its_vlan(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(5);
	struct pkt_spec s = walk_udp(9999, "x", 1);

	deny_until(w, &k, CORDON_LEVEL_CUT, FOREVER);
	up(w);
	assert_false(w->dropped);
	s.vlan[0] = 5;
	walk_up(w, &s);
	assert_true(w->dropped);
	s.vlan[1] = 9; /* the outermost is the key */
	walk_up(w, &s);
	assert_true(w->dropped);
	s.vlan[0] = 9;
	s.vlan[1] = 5;
	walk_up(w, &s);
	assert_false(w->dropped);
}

static void group_address_is_no_device(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = {.kind = CORDON_DENY_MAC,
				    .zone = WALK_ZONE,
				    .value = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct pkt_spec s = walk_reply(1, "x", 1);

	deny_until(w, &k, CORDON_LEVEL_CUT, FOREVER);
	s.proto = IPPROTO_UDP;
	memset(s.dmac, 0xff, 6);
	walk_down(w, &s);
	assert_false(w->dropped);
}

static void watched_device_goes_up_whole(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(0);

	deny_camera(w, CORDON_LEVEL_WATCH, FOREVER);
	up(w);
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_WATCH);
	assert_non_null(walk_pkt(w));
	assert_int_equal(kern_deny_del(w->k, &k), 0);
	up(w);
	assert_int_equal(w->records, 0);
}

/* --- levels below cut --- */

/* from the device to @dst, or from there to it */
static bool passes(struct walk *w, bool from_device, const char *other, uint8_t proto, uint16_t port)
{
	struct pkt_spec s = from_device ? walk_udp(port, "x", 1) : walk_reply(1, "x", 1);

	s.proto = proto;
	if (strchr(other, ':'))
		*(from_device ? &s.src : &s.dst) = "2001:db8:7::2";
	if (from_device) {
		s.dst = other;
		walk_up(w, &s);
	} else {
		s.src = other;
		s.sport = port;
		walk_down(w, &s);
	}
	return !w->dropped;
}

static void home_is(struct walk *w, const char *text)
{
	struct prefix p;

	assert_true(prefix_parse(text, &p) >= 0);
	assert_int_equal(kern_home_put(w->k, &p), 0);
}

static void allowed(struct walk *w, const char *text, uint32_t services)
{
	struct prefix p;

	assert_true(prefix_parse(text, &p) >= 0);
	assert_int_equal(kern_allow_put(w->k, &p, services), 0);
}

static bool frame_passes(struct walk *w, uint16_t ethertype)
{
	struct pkt_spec s = walk_udp(0, "whatever", 8);

	s.ethertype = ethertype;
	walk_up(w, &s);
	return !w->dropped;
}

static void local_reaches_home_and_the_link_only(void **state)
{
	static const struct {
		const char *other;
		bool passes;
	} v[] = {
		{"10.0.0.9", true},	   {"192.0.2.1", false},    {"224.0.0.251", true},
		{"239.255.255.250", true}, {"233.1.2.3", false},    {"255.255.255.255", true},
		{"169.254.3.4", true},	   {"fe80::9", true},	    {"febf::9", true},
		{"fec0::9", false},	   {"2001:db8::9", false},  {"ff02::fb", true},
		{"ff05::2", true},	   {"ff0e::5", false},	    {"2001:db8:7::1", true},
	};
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(0);
	struct cordon_deny d;
	uint64_t dropped = 0, passed = 0;

	home_is(w, "10.0.0.0/8");
	home_is(w, "2001:db8:7::/48");
	deny_camera(w, CORDON_LEVEL_LOCAL, FOREVER);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		for (int from = 0; from < 2; from++) {
			bool p = passes(w, from, v[i].other, IPPROTO_UDP, 9999);

			if (p != v[i].passes)
				fail_msg("%s, from the device %d: passes %d", v[i].other, from, p);
			assert_true(p == !walk_because(w, CORDON_REASON_RESTRICTED));
			dropped += !p;
			passed += p;
		}
	assert_int_equal(kern_deny_get(w->k, &k, &d), 0);
	assert_int_equal(d.packets, dropped);
	assert_int_equal(d.passed, passed);
}

static void local_lets_pass_what_no_router_takes(void **state)
{
	struct walk *w = *state;
	uint8_t cut_off[20] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45};

	deny_camera(w, CORDON_LEVEL_LOCAL, FOREVER);
	assert_true(frame_passes(w, 0x0806));
	assert_true(frame_passes(w, 0x88b5));
	walk_frame(w, KERN_XDP, cut_off, sizeof(cut_off)); /* a header that nobody could judge */
	assert_true(w->dropped);
}

static void update_reaches_listed_servers_only(void **state)
{
	struct walk *w = *state;

	home_is(w, "10.0.0.0/8");
	allowed(w, "198.51.100.0/24", CORDON_ALLOW_ALL);
	allowed(w, "10.0.0.1", CORDON_ALLOW_INFRA);
	deny_camera(w, CORDON_LEVEL_UPDATE, FOREVER);
	for (int from = 0; from < 2; from++) {
		assert_true(passes(w, from, "198.51.100.7", IPPROTO_TCP, 443));
		assert_false(passes(w, from, "198.51.101.7", IPPROTO_TCP, 443));
		assert_because(w, CORDON_REASON_RESTRICTED);
		assert_false(passes(w, from, "10.0.0.9", IPPROTO_TCP, 443)); /* a neighbour is none either */
		assert_true(passes(w, from, "10.0.0.1", IPPROTO_UDP, 53));
		assert_true(passes(w, from, "10.0.0.1", IPPROTO_TCP, 53));
		assert_true(passes(w, from, "10.0.0.1", IPPROTO_UDP, 123));
		assert_true(passes(w, from, "10.0.0.1", IPPROTO_ICMP, 0));
		assert_false(passes(w, from, "10.0.0.1", IPPROTO_TCP, 80));
		assert_false(passes(w, from, "10.0.0.1", IPPROTO_UDP, 443));
		assert_false(passes(w, from, "192.0.2.53", IPPROTO_UDP, 53)); /* nobody's resolver */
	}
	assert_true(passes(w, true, "255.255.255.255", IPPROTO_UDP, 67));
	assert_false(passes(w, true, "192.0.2.1", IPPROTO_UDP, 67));
	assert_true(frame_passes(w, 0x0806));
	assert_false(frame_passes(w, 0x88b5));
	allowed(w, "198.51.100.0/24", 0);
	assert_false(passes(w, true, "198.51.100.7", IPPROTO_TCP, 443));
}

/* neighbour discovery is how an address stays in use; beyond the link it would be a tunnel */
static void update_keeps_neighbour_discovery_on_the_link(void **state)
{
	struct walk *w = *state;
	struct pkt_spec s = walk_udp(0, "\0\0\0\0\0\0\0", 8);

	deny_camera(w, CORDON_LEVEL_UPDATE, FOREVER);
	s.src = "fe80::2";
	s.proto = 58;
	s.sport = 135; /* neighbour solicitation */
	s.dst = "ff02::1:ff00:1";
	walk_up(w, &s);
	assert_false(w->dropped);
	s.dst = "2001:db8::1";
	walk_up(w, &s);
	assert_true(w->dropped);
}

static void limit_passes_its_rate_and_no_more(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(0);
	struct cordon_deny d = {.until_ns = FOREVER, .level = CORDON_LEVEL_LIMIT, .rate = 10000};
	static char bytes[1000 - 14 - 28];
	struct pkt_spec s = walk_udp(9999, bytes, sizeof(bytes)), r = walk_reply(1, bytes, sizeof(bytes));
	unsigned int up_n = 0, down_n = 0, extra = 0;

	r.proto = IPPROTO_UDP;
	assert_int_equal(kern_deny_put(w->k, &k, &d), 0);
	for (int i = 0; i < 40; i++) { /* a second's worth after the pause, each direction by itself */
		walk_up(w, &s);
		up_n += !w->dropped;
		walk_down(w, &r);
		down_n += !w->dropped;
	}
	assert_because(w, CORDON_REASON_LIMITED);
	assert_int_equal(up_n, 11);
	assert_int_equal(down_n, 11);
	for (int i = 1; i <= 100; i++) { /* ten seconds: 10,000 bytes each */
		walk_time(w, NOW + i * 100000000ULL);
		walk_up(w, &s);
		extra += !w->dropped;
		walk_up(w, &s);
		extra += !w->dropped;
	}
	assert_in_range(extra, 99, 101);
	assert_int_equal(kern_deny_get(w->k, &k, &d), 0);
	assert_int_equal(d.passed, up_n + down_n + extra);
	assert_int_equal(d.packets, 80 + 200 - d.passed);
}

static void levels_end_with_their_lease(void **state)
{
	struct walk *w = *state;

	for (uint8_t level = CORDON_LEVEL_LIMIT; level <= CORDON_LEVEL_UPDATE; level++) {
		walk_time(w, NOW + level * 1000);
		deny_camera(w, level, NOW + level * 1000 + 10); /* rate 0: nothing */
		assert_false(passes(w, true, "192.0.2.1", IPPROTO_UDP, 9999));
		walk_time(w, NOW + level * 1000 + 10);
		assert_true(passes(w, true, "192.0.2.1", IPPROTO_UDP, 9999));
	}
}

static void guarded_device_is_not_restricted(void **state)
{
	struct walk *w = *state;

	guard_mac(w, 0, FOREVER);
	for (uint8_t level = CORDON_LEVEL_LIMIT; level <= CORDON_LEVEL_UPDATE; level++) {
		deny_camera(w, level, FOREVER);
		assert_true(passes(w, true, "192.0.2.1", IPPROTO_UDP, 9999));
		assert_because(w, CORDON_REASON_GUARD);
	}
}

static void guarded_device_is_not_denied(void **state)
{
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	guard_mac(w, 0, NOW + 10);
	up(w);
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_GUARD);
	walk_time(w, NOW + 10);
	up(w);
	assert_true(w->dropped);
}

static void guarded_mac_where_it_does_not_live_is_a_spoof(void **state)
{
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	guard_mac(w, WALK_IFINDEX + 1, FOREVER);
	up(w);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_SPOOF);
}

static void observe_and_mirror_drop_nothing(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = {.kind = CORDON_DENY_ADDR,
				    .zone = WALK_ZONE,
				    .value = {[10] = 0xff, 0xff, 10, 0, 0, 2}};

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_OBSERVE);
	up(w);
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_QUARANTINE);
	assert_int_equal(walk_count(w, CORDON_COUNTER_WOULD_DROP), 1);
	deny_until(w, &k, CORDON_LEVEL_CUT, FOREVER);
	walk_mode(w, CORDON_ROLE_MIRROR, CORDON_MODE_REACT);
	up(w);
	assert_false(w->dropped);
}

static void address_is_denied_at_an_uplink(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = {.kind = CORDON_DENY_ADDR,
				    .zone = WALK_ZONE,
				    .value = {[10] = 0xff, 0xff, 10, 0, 0, 2}};
	struct pkt_spec in = walk_reply(1, "x", 1), out = walk_udp(9999, "x", 1);

	walk_mode(w, CORDON_ROLE_UPLINK, CORDON_MODE_REACT);
	deny_until(w, &k, CORDON_LEVEL_CUT, FOREVER);
	in.proto = IPPROTO_UDP;
	walk_up(w, &in); /* an uplink's XDP sees what comes to the device */
	assert_true(w->dropped);
	walk_down(w, &out);
	assert_true(w->dropped);
	out.src = "10.0.0.3";
	walk_down(w, &out);
	assert_false(w->dropped);
}

static void denied_flow_is_dropped_and_no_other(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = {.kind = CORDON_DENY_FLOW, .zone = WALK_ZONE};
	struct pkt_spec other = walk_udp(9998, "x", 1);

	up(w);
	memcpy(k.value, &walk_first(w)->facts.flow_id, 8);
	deny_until(w, &k, CORDON_LEVEL_CUT, FOREVER);
	up(w);
	assert_true(w->dropped);
	assert_because(w, CORDON_REASON_FLOW_DENIED);
	walk_up(w, &other);
	assert_false(w->dropped);
}

static void interface_that_is_none_of_ours_passes(void **state)
{
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	kern_state(w->k)->ifindex = WALK_IFINDEX + CORDON_IFACE_MAX;
	up(w);
	assert_false(w->dropped);
}

static void short_frame_is_counted_and_sent_up(void **state)
{
	struct walk *w = *state;
	uint8_t frame[17] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x81, 0x00, 0, 5, 8};

	walk_frame(w, KERN_XDP, frame, sizeof(frame));
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_SHORT_L2);
	assert_int_equal(walk_pkt(w)->cap_len, sizeof(frame));
	assert_memory_equal(walk_pkt(w)->data, frame, sizeof(frame));
}

/* the index of cut MACs says the same as the deny map, whatever changes around it */
static void entry_counts_what_is_dropped_either_way(void **state)
{
	struct cordon_deny_key k = mac_key(0);
	struct cordon_deny d;
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	for (int i = 0; i < 3; i++)
		up(w);
	deny_camera(w, CORDON_LEVEL_CUT, NOW * 2);
	up(w);
	assert_int_equal(kern_deny_get(w->k, &k, &d), 0);
	assert_int_equal(d.packets, 4);
	assert_true(d.bytes >= 4 * 47);
	assert_int_equal(d.until_ns, NOW * 2);
}

static void cut_that_becomes_a_watch_passes(void **state)
{
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	up(w);
	assert_true(w->dropped);
	deny_camera(w, CORDON_LEVEL_WATCH, FOREVER);
	up(w);
	assert_false(w->dropped);
	assert_because(w, CORDON_REASON_WATCH);
}

static void guard_that_comes_later_frees_and_that_goes_denies(void **state)
{
	struct cordon_guard_key g = { .prefixlen = 64, .kind = CORDON_DENY_MAC };
	struct walk *w = *state;

	memcpy(g.value, camera, 6);
	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	up(w);
	assert_true(w->dropped);
	guard_mac(w, 0, FOREVER);
	up(w);
	assert_false(w->dropped);
	assert_int_equal(kern_guard_del(w->k, &g), 0);
	up(w);
	assert_true(w->dropped);
}

static struct cordon_deny_key numbered(uint32_t i)
{
	struct cordon_deny_key c = { .kind = CORDON_DENY_MAC, .zone = WALK_ZONE, .value = { 2, 1 } };

	memcpy(c.value + 2, &i, 4);
	return c;
}

static void frame_of(struct walk *w, const struct cordon_deny_key *k)
{
	struct pkt_spec s = walk_udp(9999, "hello", 5);
	uint8_t frame[128];
	size_t len = pkt_build(&s, frame);

	memcpy(frame + 6, k->value, 6);
	walk_frame(w, KERN_XDP, frame, len);
	assert_true(w->dropped);
}

/* of a hundred thousand entries a guard touches those of its MAC: the counts of the others stay where they are, in the index */
static void guard_leaves_the_entries_of_others_alone(void **state)
{
	struct cordon_deny_key mine = numbered(1), other = numbered(2);
	struct cordon_deny lease = { .until_ns = FOREVER, .level = CORDON_LEVEL_CUT }, v;
	struct cordon_guard_key g = { .prefixlen = 64, .kind = CORDON_DENY_MAC };
	struct cordon_guard always = { .until_ns = FOREVER };
	struct walk *w = *state;

	memcpy(g.value, mine.value, 6);
	assert_int_equal(kern_deny_put(w->k, &mine, &lease), 0);
	assert_int_equal(kern_deny_put(w->k, &other, &lease), 0);
	frame_of(w, &mine);
	frame_of(w, &other);
	assert_int_equal(kern_guard_put(w->k, &g, &always), 0);
	assert_int_equal(kern_deny_entry(w->k, &mine, &v), 0);
	assert_int_equal(v.packets, 1);
	assert_int_equal(kern_deny_entry(w->k, &other, &v), 0);
	assert_int_equal(v.packets, 0);
	assert_int_equal(kern_deny_get(w->k, &other, &v), 0);
	assert_int_equal(v.packets, 1);
	frame_of(w, &other);
}

static uint64_t packets_of(struct walk *w, const struct cordon_deny_key *k, uint64_t *ret_bytes)
{
	struct cordon_deny d;

	assert_int_equal(kern_deny_get(w->k, k, &d), 0);
	*ret_bytes = d.bytes;
	return d.packets;
}

/* more keys than two lines take: all are denied, the rest by the map */
static void full_lines_of_the_index_deny_all_the_same(void **state)
{
	struct walk *w = *state;
	uint64_t seed = kern_state(w->k)->seed, bytes;
	struct cordon_deny_key k[12];
	uint32_t n = 0;

	for (uint32_t i = 1; n < ARRAY_SIZE(k) && i < 4000000; i++) {
		struct cordon_deny_key c = numbered(i);
		uint64_t fp = cordon_deny_hash(seed, &c);

		if (cordon_deny_line1(fp, 63) == 5 && cordon_deny_line2(fp, 63) == 7)
			k[n++] = c;
	}
	assert_int_equal(n, ARRAY_SIZE(k));
	for (uint32_t i = 0; i < n; i++)
		deny_until(w, &k[i], CORDON_LEVEL_CUT, FOREVER);
	assert_int_equal(kern_state(w->k)->deny_lines_mask, 63);
	for (uint32_t i = 0; i < n; i++)
		frame_of(w, &k[i]);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(packets_of(w, &k[i], &bytes), 1);
		assert_int_equal(kern_deny_del(w->k, &k[i]), 0);
	}
}

/* what was counted before it grew is counted still */
static void index_that_grows_keeps_its_counts(void **state)
{
	enum { KEYS = 1000 };
	struct walk *w = *state;
	uint64_t bytes, one = 0;

	for (uint32_t i = 0; i < KEYS; i++) {
		struct cordon_deny_key k = numbered(i);

		deny_until(w, &k, CORDON_LEVEL_CUT, FOREVER);
		frame_of(w, &k);
	}
	assert_int_equal(kern_state(w->k)->deny_lines_mask, 511);
	for (uint32_t i = 0; i < KEYS; i++) {
		struct cordon_deny_key k = numbered(i);

		frame_of(w, &k);
		assert_int_equal(packets_of(w, &k, &bytes), 2);
		one = one ? one : bytes;
		assert_int_equal(bytes, one);
		assert_int_equal(kern_deny_del(w->k, &k), 0);
	}
}

/* the slot of @k in its first line, which goes to @l; NULL: none */
static struct cordon_deny_slot *slot_in_index(struct walk *w, const struct cordon_deny_key *k, uint32_t *ret_line, struct cordon_deny_line *l)
{
	uint64_t fp = cordon_deny_hash(kern_state(w->k)->seed, k);

	*ret_line = cordon_deny_line1(fp, kern_state(w->k)->deny_lines_mask);
	assert_int_equal(bpf_map_lookup_elem(kern_map_fd(w->k, KERN_MAP_deny_index), ret_line, l), 0);
	for (size_t j = 0; j < ARRAY_SIZE(l->s); j++)
		if (l->s[j].tag && cordon_deny_is(l->s[j].tag, fp))
			return &l->s[j];
	return NULL;
}

/* as a process leaves it that is killed while the index grows */
static void index_that_lost_an_entry_is_mended(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(0), other = numbered(1);
	struct cordon_deny_slot *s;
	struct cordon_deny_line l;
	uint32_t line;

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	s = slot_in_index(w, &k, &line, &l);
	assert_non_null(s);
	*s = (struct cordon_deny_slot){};
	assert_int_equal(bpf_map_update_elem(kern_map_fd(w->k, KERN_MAP_deny_index), &line, &l, 0), 0);
	up(w);
	assert_true(w->dropped);
	kern_deny_relearn(w->k);
	deny_until(w, &other, CORDON_LEVEL_CUT, FOREVER);
	assert_non_null(slot_in_index(w, &k, &line, &l));
	assert_int_equal(kern_deny_del(w->k, &other), 0);
}

/* a slot's counts become those of its entry before they run over */
static void full_counts_of_the_index_go_to_the_entry(void **state)
{
	static const uint64_t full[] = { 1ULL << 63 | 5, 7ULL << CORDON_DENY_BYTE_BITS | 1ULL << (CORDON_DENY_BYTE_BITS - 1) };
	struct walk *w = *state;
	struct cordon_deny_key k = mac_key(0);
	struct cordon_deny_line l;
	uint64_t bytes;
	int fd = kern_map_fd(w->k, KERN_MAP_deny_index);

	deny_camera(w, CORDON_LEVEL_CUT, FOREVER);
	up(w);
	for (size_t i = 0; i < ARRAY_SIZE(full); i++) {
		uint64_t was_bytes, was = packets_of(w, &k, &was_bytes);
		uint32_t line;
		struct cordon_deny_slot *s = slot_in_index(w, &k, &line, &l);

		assert_non_null(s);
		s->dropped += full[i];
		assert_int_equal(bpf_map_update_elem(fd, &line, &l, 0), 0);
		up(w);
		assert_true(w->dropped);
		assert_int_equal(bpf_map_lookup_elem(fd, &line, &l), 0);
		assert_int_equal(s->dropped, 0);
		up(w);
		assert_int_equal(packets_of(w, &k, &bytes), was + 2 + (full[i] >> CORDON_DENY_BYTE_BITS));
		assert_true(bytes > was_bytes + (full[i] & ((1ULL << CORDON_DENY_BYTE_BITS) - 1)));
	}
}

/* to the tick the index says it, behind that the map, to the nanosecond */
static void lease_ends_within_a_tick_of_the_index(void **state)
{
	const uint64_t tick = 1ULL << CORDON_DENY_TICK_SHIFT, end = (NOW / tick + 10) * tick + tick / 3;
	static const int64_t before[] = { 2LL << CORDON_DENY_TICK_SHIFT, 1LL << 32, 1000, 1, 0, -1 };
	struct walk *w = *state;

	deny_camera(w, CORDON_LEVEL_CUT, end);
	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		walk_time(w, end - (uint64_t)before[i]);
		up(w);
		assert_int_equal(w->dropped, before[i] > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(quarantined_device_is_dropped_both_ways),
		T(other_device_passes),
		T(lease_ends_by_the_clock_alone),
		T(frame_that_does_not_parse_does_not_escape),
		T(device_key_has_its_vlan),
		T(group_address_is_no_device),
		T(watched_device_goes_up_whole),
		T(local_reaches_home_and_the_link_only),
		T(local_lets_pass_what_no_router_takes),
		T(update_reaches_listed_servers_only),
		T(update_keeps_neighbour_discovery_on_the_link),
		T(limit_passes_its_rate_and_no_more),
		T(levels_end_with_their_lease),
		T(guarded_device_is_not_restricted),
		T(guarded_device_is_not_denied),
		T(guarded_mac_where_it_does_not_live_is_a_spoof),
		T(observe_and_mirror_drop_nothing),
		T(address_is_denied_at_an_uplink),
		T(denied_flow_is_dropped_and_no_other),
		T(interface_that_is_none_of_ours_passes),
		T(short_frame_is_counted_and_sent_up),
		T(entry_counts_what_is_dropped_either_way),
		T(cut_that_becomes_a_watch_passes),
		T(guard_that_comes_later_frees_and_that_goes_denies),
		T(guard_leaves_the_entries_of_others_alone),
		T(full_lines_of_the_index_deny_all_the_same),
		T(index_that_grows_keeps_its_counts),
		T(index_that_lost_an_entry_is_mended),
		T(full_counts_of_the_index_go_to_the_entry),
		T(lease_ends_within_a_tick_of_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
