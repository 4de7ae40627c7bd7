// SPDX-License-Identifier: BSD-2-Clause
/*
 * Marked frames: the loaded programs say what they decide, for each class of decision, and no packet, device, flow,
 * entry or record is counted for it. A frame without the mark, or of an interface that is none of ours, is no question;
 * a message of a daemon that does not add up is refused.
 */
#include <errno.h>
#include <stdlib.h>

#include "act/attest_frame.h"
#include "base/cleanup.h"
#include "harness/walk.h"
#include "proc/marks.h"

static const uint8_t camera[6] = {2, 0, 0, 0, 0, 2};
static const struct addr listed = {{[10] = 0xff, 0xff, 198, 18, 7, 1}};
static struct attest_round round1;
static struct rpc_marks message;

/* on the machine's own clock and interface: a replay asks nobody */
static int setup(void **state)
{
	struct kern_opts o = walk_opts();

	o.config.replay = 0;
	*state = walk_new(&o);
	return 0;
}

static int teardown(void **state)
{
	walk_free(*state);
	return 0;
}

static uint32_t ask(struct walk *w, int hook, uint32_t ifindex, const struct attest_question *q)
{
	uint32_t answer = 0;

	assert_int_equal(kern_mark_run(w->k, hook, ifindex, q->frame, q->len, &answer), 0);
	return answer;
}

static uint32_t ask_camera(struct walk *w, int hook)
{
	struct attest_question q;

	if (hook == KERN_XDP)
		attest_frame_from(&q, camera, 0);
	else
		attest_frame_to(&q, camera, 0);
	return ask(w, hook, WALK_IFINDEX, &q);
}

static struct cordon_deny_key deny_camera(struct walk *w, uint8_t level)
{
	struct cordon_deny_key k = {.kind = CORDON_DENY_MAC, .zone = WALK_ZONE};
	struct cordon_deny d = {.until_ns = ~0ULL, .level = level, .rate = 1};

	memcpy(k.value, camera, 6);
	assert_int_equal(kern_deny_put(w->k, &k, &d), 0);
	return k;
}

static void guard_camera(struct walk *w, uint32_t ifindex)
{
	struct cordon_guard_key k = {.prefixlen = 64, .kind = CORDON_DENY_MAC};
	struct cordon_guard g = {.until_ns = ~0ULL, .ifindex = ifindex};

	memcpy(k.value, camera, 6);
	assert_int_equal(kern_guard_put(w->k, &k, &g), 0);
}

static uint32_t level_of(uint32_t answer)
{
	return (answer & CORDON_MARK_LEVEL) >> CORDON_MARK_LEVEL_SHIFT;
}

static void denied_device_is_dropped_both_ways_at_its_level(void **state)
{
	struct walk *w = *state;

	for (int hook = KERN_XDP; hook <= KERN_TC; hook++) {
		assert_int_equal(ask_camera(w, hook), CORDON_MARK_ANSWER);
		for (uint8_t level = CORDON_LEVEL_WATCH; level < CORDON_LEVELS; level++) {
			struct cordon_deny_key k = deny_camera(w, level);
			uint32_t a = ask_camera(w, hook);

			assert_int_equal(level_of(a), level);
			assert_int_equal(!!(a & CORDON_MARK_DENIED), level == CORDON_LEVEL_CUT);
			/* what is no IP stays on the link, and leads to no listed update server */
			assert_int_equal(a & CORDON_MARK_DROP, level >= CORDON_LEVEL_UPDATE);
			assert_int_equal(kern_deny_del(w->k, &k), 0);
		}
	}
}

static void observe_denies_and_drops_nothing(void **state)
{
	struct walk *w = *state;

	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_OBSERVE);
	deny_camera(w, CORDON_LEVEL_CUT);
	assert_int_equal(ask_camera(w, KERN_XDP) & (CORDON_MARK_DROP | CORDON_MARK_DENIED), CORDON_MARK_DENIED);
}

static void guard_beats_deny_where_the_device_lives(void **state)
{
	struct walk *w = *state;
	uint32_t a;

	deny_camera(w, CORDON_LEVEL_CUT);
	guard_camera(w, 0);
	a = ask_camera(w, KERN_XDP);
	assert_true(a & CORDON_MARK_GUARD);
	assert_false(a & CORDON_MARK_DROP);
	guard_camera(w, WALK_IFINDEX + 1);
	a = ask_camera(w, KERN_XDP);
	assert_true(a & CORDON_MARK_SPOOF);
	assert_true(a & CORDON_MARK_DROP);
}

static void listed_address_and_name_are_said(void **state)
{
	struct walk *w = *state;
	struct attest_question q;

	walk_feed(w, "plain", "198.18.7.1\nevil.example\n", CORDON_ACTION_DROP, false);
	attest_frame_addr(&q, &listed, 0);
	assert_int_equal(ask(w, KERN_XDP, WALK_IFINDEX, &q), CORDON_MARK_ANSWER | CORDON_MARK_ADDRESS | CORDON_MARK_DROP);
	assert_int_equal(attest_frame_name(&q, "a.evil.example"), 0);
	assert_int_equal(ask(w, KERN_XDP, WALK_IFINDEX, &q), CORDON_MARK_ANSWER | CORDON_MARK_NAME | CORDON_MARK_DROP);
	assert_int_equal(attest_frame_name(&q, "good.example"), 0);
	assert_int_equal(ask(w, KERN_XDP, WALK_IFINDEX, &q), CORDON_MARK_ANSWER);
	assert_int_equal(attest_frame_name(&q, "a..example"), -EINVAL);
}

static int count_one(const struct cordon_device_key *key, const struct cordon_device *d, void *ctx)
{
	(void)key;
	(void)d;
	++*(int *)ctx;
	return 0;
}

static void nothing_is_counted(void **state)
{
	struct walk *w = *state;
	struct cordon_deny_key k = deny_camera(w, CORDON_LEVEL_CUT);
	struct cordon_counters was, now;
	struct cordon_reasons was_why, now_why;
	struct attest_question q;
	struct cordon_deny d;
	int devices = 0;

	walk_feed(w, "plain", "198.18.7.1\nevil.example\n", CORDON_ACTION_QUARANTINE, false);
	assert_int_equal(kern_counters(w->k, &was, &was_why), 0);
	ask_camera(w, KERN_XDP);
	ask_camera(w, KERN_TC);
	attest_frame_addr(&q, &listed, 0);
	ask(w, KERN_XDP, WALK_IFINDEX, &q);
	assert_int_equal(attest_frame_name(&q, "evil.example"), 0);
	ask(w, KERN_XDP, WALK_IFINDEX, &q);
	assert_int_equal(kern_counters(w->k, &now, &now_why), 0);
	assert_memory_equal(&was, &now, sizeof(was));
	assert_memory_equal(&was_why, &now_why, sizeof(was_why));
	assert_int_equal(kern_deny_get(w->k, &k, &d), 0);
	assert_int_equal(d.packets + d.bytes + d.passed, 0);
	assert_int_equal(kern_device_each(w->k, count_one, &devices), 0);
	assert_int_equal(devices, 0);
	assert_int_equal(kern_ring_consume(w->ring), 0);
}

static void what_has_no_mark_is_no_question(void **state)
{
	struct walk *w = *state;
	struct attest_question q;
	bool dropped = true;
	uint32_t ns;

	deny_camera(w, CORDON_LEVEL_CUT);
	attest_frame_from(&q, camera, 0);
	assert_int_equal(ask(w, KERN_XDP, WALK_IFINDEX + 1, &q), 0);
	/* with a mark of another machine: a packet of an interface that is none of ours */
	memset(q.frame + q.len, 0x5a, sizeof(struct cordon_mark));
	assert_int_equal(kern_test_run(w->k, KERN_XDP, q.frame, q.len + sizeof(struct cordon_mark), &dropped, &ns), 0);
	assert_false(dropped);
	assert_int_equal(kern_mark_run(w->k, KERN_XDP, WALK_IFINDEX, q.frame, 13, &ns), -EINVAL);
	assert_int_equal(kern_mark_run(w->k, KERN_XDP, WALK_IFINDEX, q.frame, KERN_MARK_FRAME_MAX + 1, &ns), -EINVAL);
}

static void messages_are_packed_and_run(void **state)
{
	struct walk *w = *state;
	static struct rpc_marks_reply a;
	size_t len, n, done = 0;

	deny_camera(w, CORDON_LEVEL_CUT);
	for (round1.n = 0; round1.n < MARKS_MOST + 5; round1.n++) {
		struct attest_question *q = &round1.q[round1.n];

		*q = (struct attest_question){.ifindex = WALK_IFINDEX, .hook = round1.n & 1 ? KERN_TC : KERN_XDP};
		if (q->hook == KERN_XDP)
			attest_frame_from(q, camera, 0);
		else
			attest_frame_to(q, camera, 0);
	}
	for (; done < round1.n; done += n) {
		n = marks_pack(&round1, done, &message, &len);
		assert_true(n > 0 && n <= MARKS_MOST);
		assert_int_equal(marks_run(w->k, &message, len, &a), 0);
		assert_int_equal(a.n, n);
		for (size_t i = 0; i < n; i++)
			assert_true(a.answer[i] & CORDON_MARK_DROP);
	}
}

static void message_that_does_not_add_up_is_refused(void **state)
{
	struct walk *w = *state;
	static struct rpc_marks_reply a;
	size_t len, bad;

	round1.n = 3;
	for (int i = 0; i < 3; i++) {
		round1.q[i] = (struct attest_question){.ifindex = WALK_IFINDEX, .hook = KERN_XDP};
		attest_frame_from(&round1.q[i], camera, 0);
	}
	marks_pack(&round1, 0, &message, &len);
	for (bad = 0; bad < len; bad++)
		assert_int_equal(marks_run(w->k, &message, bad, &a), -EBADMSG);
	message.n = MARKS_MOST + 1;
	assert_int_equal(marks_run(w->k, &message, len, &a), -EBADMSG);
	message.n = 3;
	message.op = RPC_STOP;
	assert_int_equal(marks_run(w->k, &message, len, &a), -EBADMSG);
	message.op = RPC_MARKS;
	((struct mark_head *)message.data)->hook = KERN_TC + 1;
	assert_int_equal(marks_run(w->k, &message, len, &a), -EBADMSG);
	((struct mark_head *)message.data)->hook = KERN_XDP;
	((struct mark_head *)message.data)->len = UINT16_MAX;
	assert_int_equal(marks_run(w->k, &message, len, &a), -EBADMSG);
}

/* a test run comes from the loopback device: there one is awaited */
static bool canary(struct walk *w, int hook, const struct cordon_canary_frame *f)
{
	bool dropped = false;
	uint32_t ns;

	assert_int_equal(kern_test_run(w->k, hook, f, sizeof(*f), &dropped, &ns), 0);
	return dropped;
}

static void a_canary_is_taken_once_where_it_is_awaited_and_counted_nowhere(void **state)
{
	struct walk *w = *state;
	struct cordon_counters was, now;
	struct cordon_canary_frame f, other;

	for (int hook = KERN_XDP; hook <= KERN_TC; hook++) {
		assert_int_equal(kern_canary_await(w->k, hook, CORDON_MARK_IFINDEX, &f), 0);
		assert_false(canary(w, !hook, &f));
		other = f;
		other.nonce[1] ^= 1;
		assert_false(canary(w, hook, &other));
		assert_false(kern_canary_came(w->k, hook, CORDON_MARK_IFINDEX));
		assert_int_equal(kern_counters(w->k, &was, NULL), 0);
		assert_true(canary(w, hook, &f));
		assert_int_equal(kern_counters(w->k, &now, NULL), 0);
		assert_memory_equal(&was, &now, sizeof(was));
		assert_false(kern_canary_came(w->k, hook, CORDON_MARK_IFINDEX + CORDON_IFACE_MAX));
		assert_true(kern_canary_came(w->k, hook, CORDON_MARK_IFINDEX));
		assert_false(kern_canary_came(w->k, hook, CORDON_MARK_IFINDEX));
		assert_false(canary(w, hook, &f)); /* who has seen it gains nothing */
	}
}

static void nothing_is_taken_for_a_canary_while_none_is_awaited(void **state)
{
	struct walk *w = *state;
	const struct cordon_canary_frame f = {.type = {CORDON_CANARY_TYPE >> 8, CORDON_CANARY_TYPE & 0xff}};

	assert_false(canary(w, KERN_XDP, &f));
	assert_false(canary(w, KERN_TC, &f));
}

int main(void)
{
#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(denied_device_is_dropped_both_ways_at_its_level),
		T(observe_denies_and_drops_nothing),
		T(guard_beats_deny_where_the_device_lives),
		T(listed_address_and_name_are_said),
		T(nothing_is_counted),
		T(what_has_no_mark_is_no_question),
		T(messages_are_packed_and_run),
		T(message_that_does_not_add_up_is_refused),
		T(a_canary_is_taken_once_where_it_is_awaited_and_counted_nowhere),
		T(nothing_is_taken_for_a_canary_while_none_is_awaited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
