// SPDX-License-Identifier: BSD-2-Clause
/* kern/: loading, adoption, deny map and filter, image swaps, the ring's checks, test runs. Needs root. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "harness/own_ns.h"
#include "harness/walk.h"
#include "kern/kern.h"

/* nothing here is inspected, and programs that do are verified for seconds on an emulated processor */
static const struct kern_opts small = { .flow_buckets = 64, .rec_slots = 16, .ring_bytes = 1 << 20,
					.config = { .replay = 1, .depth = 1 << 20 } };

static struct kern *open_small(const char *pin_dir, bool *adopted)
{
	struct kern_opts o = small;
	struct strbuf err = {};
	struct kern *k = NULL;
	bool unused;

	o.pin_dir = pin_dir;
	if (kern_open(&o, &k, adopted ? adopted : &unused, &err))
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return k;
}

static int setup(void **state)
{
	*state = walk_kern(&small);
	return 0;
}

static int teardown(void **state)
{
	walk_kern_keep(*state, &small);
	return 0;
}

static struct cordon_deny_key key_of(uint8_t kind, uint32_t n)
{
	struct cordon_deny_key k = { .kind = kind, .zone = 1 };

	memcpy(k.value, &n, sizeof(n));
	return k;
}

static bool filter_says(struct kern *k, const struct cordon_deny_key *key)
{
	static struct cordon_deny_filter f;
	uint32_t bit = (uint32_t)cordon_deny_hash(kern_state(k)->seed, key) & (CORDON_DENY_FILTER_BITS - 1);
	int fd = kern_map_fd(k, KERN_MAP_deny_filter);
	struct cordon_deny_filter *p = mmap(NULL, sizeof(f), PROT_READ, MAP_SHARED, fd, 0);
	bool set;

	assert_ptr_not_equal(p, MAP_FAILED);
	set = p->bits[bit / 8] >> bit % 8 & 1;
	munmap(p, sizeof(f));
	return set;
}

static void denied_key_is_found_and_its_filter_bit_is_set(void **state)
{
	struct kern *k = *state;
	struct cordon_deny_key key = key_of(CORDON_DENY_MAC, 1);
	struct cordon_deny v = { .until_ns = 5, .level = CORDON_LEVEL_CUT, .decision = 9 }, got;

	assert_false(filter_says(k, &key));
	assert_int_equal(kern_deny_put(k, &key, &v), 0);
	assert_true(filter_says(k, &key));
	assert_int_equal(kern_deny_get(k, &key, &got), 0);
	assert_int_equal(got.decision, 9);
	assert_int_equal(kern_deny_del(k, &key), 0);
	assert_false(filter_says(k, &key));
	assert_int_equal(kern_deny_get(k, &key, &got), -ENOENT);
	assert_int_equal(kern_deny_del(k, &key), -ENOENT);
}

static void filter_bit_stays_while_another_key_stands_behind_it(void **state)
{
	struct kern *k = *state;
	struct cordon_deny_key a = key_of(CORDON_DENY_MAC, 0), b;
	struct cordon_deny v = { .until_ns = ~0ULL };
	uint64_t seed = kern_state(k)->seed;
	uint32_t mask = CORDON_DENY_FILTER_BITS - 1, n = 1;

	/* two keys of one bit: a million bits, so a few million tries at most */
	do
		b = key_of(CORDON_DENY_MAC, n++);
	while ((cordon_deny_hash(seed, &b) & mask) != (cordon_deny_hash(seed, &a) & mask));
	assert_int_equal(kern_deny_put(k, &a, &v), 0);
	assert_int_equal(kern_deny_put(k, &b, &v), 0);
	assert_int_equal(kern_deny_del(k, &a), 0);
	assert_true(filter_says(k, &b));
	assert_int_equal(kern_deny_del(k, &b), 0);
	assert_false(filter_says(k, &b));
}

static void replacing_an_entry_keeps_its_counts_and_counts_one_key(void **state)
{
	struct kern *k = *state;
	struct cordon_deny_key key = key_of(CORDON_DENY_ADDR, 7);
	struct cordon_deny v = { .until_ns = 1, .packets = 3, .bytes = 300 }, got;

	assert_int_equal(kern_deny_put(k, &key, &v), 0);
	v = (struct cordon_deny){ .until_ns = 2 };
	assert_int_equal(kern_deny_put(k, &key, &v), 0);
	assert_int_equal(kern_deny_get(k, &key, &got), 0);
	assert_int_equal(got.until_ns, 2);
	assert_int_equal(got.packets, 3);
	assert_int_equal(got.bytes, 300);
	assert_int_equal(kern_state(k)->deny_addrs, 1);
	assert_int_equal(kern_deny_del(k, &key), 0);
	assert_int_equal(kern_state(k)->deny_addrs, 0);
}

static void automatic_entries_leave_room_for_manual_ones(void **state)
{
	struct kern *k = *state;
	struct cordon_deny v = { .until_ns = 1, .origin = CORDON_ORIGIN_AUTO };
	struct cordon_deny_key key;
	uint32_t n = 0;
	int r;

	do {
		key = key_of(CORDON_DENY_FLOW, n++);
		r = kern_deny_put(k, &key, &v);
	} while (!r);
	assert_int_equal(r, -E2BIG);
	assert_int_equal(n - 1, CORDON_DENY_MAX - CORDON_DENY_RESERVED);
	assert_int_equal(kern_state(k)->deny_flows, n - 1);
	v.origin = CORDON_ORIGIN_MANUAL;
	assert_int_equal(kern_deny_put(k, &key, &v), 0);
}

static int delete_it(const struct cordon_deny_key *key, const struct cordon_deny *v, void *ctx)
{
	(void)v;
	assert_int_equal(kern_deny_del(ctx, key), 0);
	return 0;
}

static void entries_may_be_deleted_while_walking(void **state)
{
	struct kern *k = *state;
	struct cordon_deny v = { .until_ns = 1 };
	struct cordon_deny_key key;

	for (uint32_t i = 0; i < 500; i++) {
		key = key_of(CORDON_DENY_ADDR, i);
		assert_int_equal(kern_deny_put(k, &key, &v), 0);
	}
	assert_int_equal(kern_deny_each(k, delete_it, k), 0);
	assert_int_equal(kern_state(k)->deny_addrs, 0);
	key = key_of(CORDON_DENY_ADDR, 3);
	assert_false(filter_says(k, &key));
}

static int count_it(const struct cordon_deny_key *key, const struct cordon_deny *val, void *ctx)
{
	(void)val;
	((uint32_t *)ctx)[key->value[5]]++;
	return 0;
}

/* an untagged MAC of a maker whose number begins with 00 is all zero but for its last bytes */
static void map_is_read_in_parts_whatever_the_keys(void **state)
{
	struct kern *k = *state;
	struct cordon_deny v = { .until_ns = 1 };
	struct cordon_deny_key key, none = { 0 }, at = { 0 };
	uint32_t seen[256] = { 0 };

	for (uint8_t i = 1; i <= 100; i++) {
		key = (struct cordon_deny_key){ .kind = CORDON_DENY_MAC, .value = { 0, 0, 0x5e, 0, 0, i } };
		assert_int_equal(kern_deny_put(k, &key, &v), 0);
	}
	for (int parts = 0; parts == 0 || memcmp(&at, &none, sizeof(at)); parts++) {
		assert_true(parts < 20);
		assert_int_equal(kern_deny_from(k, &at, 7, count_it, seen), 0);
	}
	for (uint8_t i = 1; i <= 100; i++)
		assert_int_equal(seen[i], 1);
}

static void second_process_learns_the_filter_counts_from_the_map(void **state)
{
	struct kern *k = *state, *other = NULL;
	struct cordon_deny v = { .until_ns = 1 };
	struct cordon_deny_key a = key_of(CORDON_DENY_ADDR, 1), b = key_of(CORDON_DENY_ADDR, 2);
	int fds[KERN_MAPS];

	assert_int_equal(kern_deny_put(k, &a, &v), 0);
	for (unsigned int i = 0; i < KERN_MAPS; i++)
		fds[i] = fcntl(kern_map_fd(k, i), F_DUPFD_CLOEXEC, 3);
	assert_int_equal(kern_from_fds(fds, &other), 0);
	assert_int_equal(kern_deny_put(other, &b, &v), 0);
	assert_int_equal(kern_state(other)->deny_addrs, 2);
	assert_int_equal(kern_deny_del(other, &a), 0);
	assert_false(filter_says(other, &a));
	assert_true(filter_says(other, &b));
	kern_free(other);
}

static void interface_slot_taken_by_another_is_refused(void **state)
{
	struct kern *k = *state;
	struct cordon_iface a = { .ifindex = 5, .zone = 1 }, b = { .ifindex = 5 + CORDON_IFACE_MAX };

	assert_int_equal(kern_iface_put(k, &a), 0);
	assert_int_equal(kern_iface_put(k, &a), 0);
	assert_int_equal(kern_iface_put(k, &b), -EEXIST);
	assert_int_equal(kern_iface_del(k, b.ifindex), -ENOENT);
	assert_int_equal(kern_iface_del(k, 5), 0);
	assert_int_equal(kern_iface_put(k, &b), 0);
}

static void threat_image_of_any_size_is_swapped_in(void **state)
{
	struct kern *k = *state;
	static const uint32_t sizes[] = { 4, 100000, 64 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct cordon_line *mem;
		int fd;

		assert_int_equal(kern_threat_new(sizes[i], &fd, &mem), 0);
		memset(mem, 0x5a, (size_t)sizes[i] * sizeof(*mem));
		kern_threat_unmap(mem, sizes[i]);
		assert_int_equal(kern_threat_swap(k, fd), 0);
		close(fd);
	}
}

static void prefilter_image_is_one_struct_in_memory_and_swapped_in(void **state)
{
	struct kern *k = *state;
	struct cordon_prefilter *mem;
	int fd;

	assert_int_equal(kern_prefilter_new(&fd, &mem), 0);
	mem->generation = 1;
	mem->entries[CORDON_PF_ENTRIES - 1].gram = 1;
	kern_prefilter_unmap(mem);
	assert_int_equal(kern_prefilter_swap(k, fd), 0);
	close(fd);
}

static void descriptor_that_is_no_image_is_refused(void **state)
{
	struct kern *k = *state;

	assert_int_not_equal(kern_threat_swap(k, kern_map_fd(k, KERN_MAP_state)), 0);
	assert_int_not_equal(kern_prefilter_swap(k, -1), 0);
}

/* ARP, 60 bytes: passes both hooks whatever is loaded */
static const uint8_t arp[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 };

static void test_run_counts_one_packet_on_each_hook(void **state)
{
	struct kern *k = *state;
	struct cordon_counters c0, c1;
	bool drop = true;
	uint32_t ns;

	assert_int_equal(kern_counters(k, &c0, NULL), 0);
	assert_int_equal(kern_test_run(k, KERN_XDP, arp, sizeof(arp), &drop, &ns), 0);
	assert_false(drop);
	drop = true;
	assert_int_equal(kern_test_run(k, KERN_TC, arp, sizeof(arp), &drop, &ns), 0);
	assert_false(drop);
	assert_int_equal(kern_counters(k, &c1, NULL), 0);
	assert_int_equal(c1.n[CORDON_COUNTER_PACKETS] - c0.n[CORDON_COUNTER_PACKETS], 2);
	assert_int_equal(c1.n[CORDON_COUNTER_PASSED] - c0.n[CORDON_COUNTER_PASSED], 2);
}

static void frame_the_kernel_refuses_is_einval(void **state)
{
	static uint8_t big[5000];
	bool drop;
	uint32_t ns;
	int r;

	memcpy(big, arp, sizeof(arp));
	assert_int_equal(kern_test_run(*state, KERN_XDP, arp, 13, &drop, &ns), -EINVAL);
	assert_int_equal(kern_test_run(*state, KERN_TC, arp, 13, &drop, &ns), -EINVAL);
	/* kernels up to 6.18 refuse an skb of more than about a page; 7.3 takes it */
	r = kern_test_run(*state, KERN_TC, big, sizeof(big), &drop, &ns);
	assert_true(r == -EINVAL || r == 0);
	assert_int_equal(kern_test_run(*state, KERN_XDP, big, sizeof(big), &drop, &ns), 0);
}

static void sizes_must_be_powers_of_two(void **state)
{
	struct kern_opts o = small;
	struct strbuf err = {};
	struct kern *k;

	(void)state;
	o.flow_buckets = 100;
	assert_int_equal(kern_open(&o, &k, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.s, "powers of two"));
	strbuf_done(&err);
}

/* --- pins --- */

#define PIN_DIR "/sys/fs/bpf/cordon/v1"

static void restart(void)
{
	struct cordon_deny v = { .until_ns = 77 }, got;
	struct cordon_deny_key key = key_of(CORDON_DENY_MAC, 1);
	bool adopted = true;
	struct kern *k = open_small(PIN_DIR, &adopted);
	uint64_t seed = kern_state(k)->seed, build = kern_state(k)->build;

	CHECK(!adopted && seed && build);
	CHECK(!kern_deny_put(k, &key, &v));
	kern_free(k);
	k = open_small(PIN_DIR, &adopted);
	CHECK(adopted && kern_state(k)->seed == seed && kern_state(k)->build == build);
	CHECK(!kern_deny_get(k, &key, &got) && got.until_ns == 77);
	CHECK(!kern_test_run(k, KERN_XDP, arp, sizeof(arp), &adopted, NULL));
	kern_free(k);
}

static void other_settings(void)
{
	struct cordon_deny v = { .until_ns = 77 }, got;
	struct cordon_deny_key key = key_of(CORDON_DENY_MAC, 1);
	struct kern_opts o = small;
	struct strbuf err = {};
	bool adopted;
	struct kern *k = open_small(PIN_DIR, &adopted);
	uint64_t build = kern_state(k)->build;

	CHECK(!kern_deny_put(k, &key, &v));
	kern_free(k);
	o.pin_dir = PIN_DIR;
	o.flow_buckets = 128;
	CHECK(!kern_open(&o, &k, &adopted, &err));
	CHECK(adopted && kern_state(k)->build != build);
	CHECK(!kern_deny_get(k, &key, &got) && got.until_ns == 77);
	CHECK(kern_flow(k, 128 * CORDON_FLOW_WAYS - 1) && !kern_flow(k, 128 * CORDON_FLOW_WAYS));
	kern_free(k);
}

/* a deny map as another version might have it, with one entry: bytes 0, 1, 2, ... as key, until_ns 77, 9s behind it */
static void pin_other_deny(const char *dir, uint32_t key_size, uint32_t value_size)
{
	uint8_t key[64], value[256];
	uint64_t until = 77;
	char path[64];
	int fd = bpf_map_create(BPF_MAP_TYPE_HASH, "deny", key_size, value_size, 16, NULL);

	for (unsigned int i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	memset(value, 9, sizeof(value));
	memcpy(value, &until, sizeof(until));
	CHECK(fd >= 0 && !bpf_map_update_elem(fd, key, value, BPF_ANY));
	CHECK(!mkdir(dir, 0700));
	snprintf(path, sizeof(path), "%s/deny", dir);
	CHECK(!bpf_obj_pin(fd, path));
	close(fd);
}

static void other_version(void)
{
	struct kern *k = open_small(PIN_DIR, NULL);
	struct cordon_deny_key key;
	struct cordon_deny got;

	for (unsigned int i = 0; i < sizeof(key); i++)
		((uint8_t *)&key)[i] = (uint8_t)i;
	CHECK(kern_deny_get(k, &key, &got) == -ENOENT);
	kern_free(k);
	pin_other_deny("/sys/fs/bpf/cordon/v0", sizeof(key), sizeof(got) + 8); /* a field more than this version knows */
	k = open_small(PIN_DIR, NULL);
	CHECK(!kern_deny_get(k, &key, &got));
	CHECK(got.until_ns == 77 && got.level == 9);
	CHECK(filter_says(k, &key));
	kern_inherit_done(k); /* it serves no interface */
	CHECK(access("/sys/fs/bpf/cordon/v0", F_OK));
	kern_free(k);
	pin_other_deny("/sys/fs/bpf/cordon/v1000", sizeof(key), 8); /* fewer: the others are 0 */
	((uint8_t *)&key)[5] = 5;
	k = open_small(PIN_DIR, NULL);
	CHECK(!kern_deny_get(k, &key, &got) && got.until_ns == 77 && got.level == 9); /* what is there stays as it is */
	CHECK(!kern_deny_del(k, &key));
	kern_free(k);
	k = open_small(PIN_DIR, NULL);
	CHECK(!kern_deny_get(k, &key, &got) && got.until_ns == 77 && got.level == 0);
	kern_free(k);
}

static void unreadable_version(void)
{
	struct kern_opts o = small;
	struct strbuf err = {};
	struct kern *k = open_small(PIN_DIR, NULL);

	kern_free(k);
	pin_other_deny("/sys/fs/bpf/cordon/v0", 12, 8);
	o.pin_dir = PIN_DIR;
	CHECK(kern_open(&o, &k, NULL, &err) == -EPROTO);
	CHECK(strstr(err.s, "/sys/fs/bpf/cordon/v0/deny: this version cannot read it; nothing was changed"));
	CHECK(!access("/sys/fs/bpf/cordon/v0/deny", F_OK));
}

static void second_owner(void)
{
	struct kern_opts o = small;
	struct strbuf err = {};
	struct kern *k = open_small(PIN_DIR, NULL), *other;

	o.pin_dir = PIN_DIR;
	CHECK(kern_open(&o, &other, NULL, &err) == -EBUSY);
	CHECK(strstr(err.s, "another Cordon is at work there"));
	kern_free(k);
	CHECK(!kern_open(&o, &other, NULL, &err));
	kern_free(other);
}

static void no_rights(void)
{
	struct kern_opts o = small;
	struct strbuf err = {};
	struct kern *k;

	CHECK(!setuid(65534));
	CHECK(kern_open(&o, &k, NULL, &err) == -EPERM);
	CHECK(strstr(err.s, "run as root"));
	o.pin_dir = PIN_DIR;
	strbuf_clear(&err);
	CHECK(kern_open(&o, &k, NULL, &err) < 0);
	CHECK(strstr(err.s, "run as root"));
}

static void restart_adopts_maps_and_programs(void **state)
{
	(void)state;
	assert_int_equal(in_own_ns(restart), 0);
}

static void other_settings_load_new_programs_around_the_old_maps(void **state)
{
	(void)state;
	assert_int_equal(in_own_ns(other_settings), 0);
}

static void leases_of_another_version_are_taken_over_by_the_fields_both_know(void **state)
{
	(void)state;
	assert_int_equal(in_own_ns(other_version), 0);
}

static void version_that_cannot_be_read_is_refused_and_left_alone(void **state)
{
	(void)state;
	assert_int_equal(in_own_ns(unreadable_version), 0);
}

static void pins_have_one_owner_at_a_time(void **state)
{
	(void)state;
	assert_int_equal(in_own_ns(second_owner), 0);
}

static void without_rights_the_error_names_the_cure(void **state)
{
	(void)state;
	assert_int_equal(in_own_ns(no_rights), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(denied_key_is_found_and_its_filter_bit_is_set, setup, teardown),
		cmocka_unit_test_setup_teardown(filter_bit_stays_while_another_key_stands_behind_it, setup, teardown),
		cmocka_unit_test_setup_teardown(replacing_an_entry_keeps_its_counts_and_counts_one_key, setup, teardown),
		cmocka_unit_test_setup_teardown(automatic_entries_leave_room_for_manual_ones, setup, teardown),
		cmocka_unit_test_setup_teardown(entries_may_be_deleted_while_walking, setup, teardown),
		cmocka_unit_test_setup_teardown(map_is_read_in_parts_whatever_the_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(second_process_learns_the_filter_counts_from_the_map, setup, teardown),
		cmocka_unit_test_setup_teardown(interface_slot_taken_by_another_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(threat_image_of_any_size_is_swapped_in, setup, teardown),
		cmocka_unit_test_setup_teardown(prefilter_image_is_one_struct_in_memory_and_swapped_in, setup, teardown),
		cmocka_unit_test_setup_teardown(descriptor_that_is_no_image_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_run_counts_one_packet_on_each_hook, setup, teardown),
		cmocka_unit_test_setup_teardown(frame_the_kernel_refuses_is_einval, setup, teardown),
		cmocka_unit_test(sizes_must_be_powers_of_two),
		cmocka_unit_test(restart_adopts_maps_and_programs),
		cmocka_unit_test(other_settings_load_new_programs_around_the_old_maps),
		cmocka_unit_test(leases_of_another_version_are_taken_over_by_the_fields_both_know),
		cmocka_unit_test(version_that_cannot_be_read_is_refused_and_left_alone),
		cmocka_unit_test(pins_have_one_owner_at_a_time),
		cmocka_unit_test(without_rights_the_error_names_the_cure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
