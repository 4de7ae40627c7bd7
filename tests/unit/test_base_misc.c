// SPDX-License-Identifier: BSD-2-Clause
/* Clock, hash, HMAC, names of the lists, log lines. */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/log.h"

static void replay_clock_is_the_captures_and_never_goes_back(void **state)
{
	(void)state;
	clock_set_replay(5000);
	assert_int_equal(clock_now_ns(), 5000);
	assert_int_equal(clock_wall_ns(), 5000);
	clock_set_replay(4000);
	assert_int_equal(clock_now_ns(), 5000);
	assert_int_equal(clock_to_wall_ns(123), 123);
	assert_int_equal(clock_from_wall_ns(123), 123);
	clock_set_replay(0);
	assert_true(clock_now_ns() != 5000);
}

static void wall_and_boot_time_convert_both_ways(void **state)
{
	uint64_t wall = clock_wall_ns(), back, diff;

	(void)state;
	back = clock_to_wall_ns(clock_from_wall_ns(wall));
	diff = back > wall ? back - wall : wall - back;
	assert_true(diff < 1000000000);
	assert_int_equal(clock_from_wall_ns(1), 0); /* before the boot */
}

static void timestamp_is_written_as_eve_does(void **state)
{
	char s[40];

	(void)state;
	assert_string_equal(clock_iso8601(s, sizeof(s), 1795384563123456789), "2026-11-22T21:56:03.123456+0000");
}

/* every day that 64 bits of nanoseconds reach, at some second of it, against the library's calendar */
static void every_day_is_that_of_the_calendar(void **state)
{
	char s[40], want[80];
	struct tm tm;

	(void)state;
	for (uint64_t day = 0; day < UINT64_MAX / 1000000000 / 86400; day++) {
		time_t t = (time_t)(day * 86400 + day * 7919 % 86400);

		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000007+0000", &tm);
		assert_string_equal(clock_iso8601(s, sizeof(s), (uint64_t)t * 1000000000 + 7999), want);
	}
}

static void hash_depends_on_every_byte(void **state)
{
	(void)state;
	assert_true(hash_seeded("abc", 3) == hash_seeded("abc", 3));
	assert_true(hash_seeded("abc", 3) != hash_seeded("abd", 3));
	assert_true(hash_seeded("abc", 3) != hash_seeded("abc", 2));
	assert_true(random_u64() != random_u64());
}

static void hmac_is_that_of_rfc_4231(void **state)
{
	char hex[65];

	(void)state; /* test case 2 */
	assert_int_equal(hmac_sha256_hex("Jefe", 4, "what do ya want for nothing?", 28, hex), 0);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* keeps whom it interrupts for longer than two readings of clocks may lie apart */
static void interrupt(int signal)
{
	uint64_t from = clock_now_ns();

	(void)signal;
	while (clock_now_ns() - from < 2000000)
		;
}

/* an event names its evidence by it: on a busy machine too, where who reads a clock is stopped before the next one */
static void same_moment_has_the_same_wall_time_whenever_it_is_asked(void **state)
{
	const struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { { 0, 0 }, { 0, 0 } };
	uint64_t first = clock_to_wall_ns(1000), changes = 0, until = clock_now_ns() + 1000000000;
	struct sigaction act = { .sa_handler = interrupt, .sa_flags = SA_RESTART }, old;

	(void)state;
	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	while (clock_now_ns() < until)
		for (int i = 0; i < 1000; i++)
			changes += clock_to_wall_ns(1000) != first;
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
	assert_int_equal(changes, 0);
}

static void names_and_numbers_of_the_lists_agree(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < CORDON_LEVELS; i++)
		assert_int_equal(level_from_name(level_name(i)), i);
	for (i = 0; i < CORDON_APPS; i++)
		assert_int_equal(app_from_name(app_name(i)), i);
	assert_int_equal(mode_from_name("react"), CORDON_MODE_REACT);
	assert_int_equal(role_from_name("mirror"), CORDON_ROLE_MIRROR);
	assert_int_equal(action_from_name("drop"), CORDON_ACTION_DROP);
	assert_int_equal(mode_from_name("React"), -EINVAL);
	assert_string_equal(reason_name(CORDON_REASON_TINY), "tiny");
	assert_non_null(reason_help(CORDON_REASONS - 1));
	assert_null(reason_name(CORDON_REASONS));
	assert_string_equal(counter_name(CORDON_COUNTER_LOST), "lost");
	assert_string_equal(indicator_name(CORDON_INDICATOR_URL), "url");
	assert_null(indicator_name(CORDON_INDICATORS));
}

/* what log_warn() writes, with stderr turned to a file */
static void capture_log(char *ret, size_t size, enum log_level level)
{
	FILE *f = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	dup2(fileno(f), STDERR_FILENO);
	log_set_level(level);
	log_warn("feed '%s': line 3: bad", "x\nforged: y");
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(f);
	n = fread(ret, 1, size - 1, f);
	ret[n] = '\0';
	fclose(f);
}

static void log_line_cannot_be_forged_and_obeys_the_level(void **state)
{
	char s[2048];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_set_ident("daemon");
	capture_log(s, sizeof(s), LOG_LEVEL_WARN);
	assert_string_equal(s, "daemon: warning: feed 'x?forged: y': line 3: bad\n");
	capture_log(s, sizeof(s), LOG_LEVEL_ERROR);
	assert_string_equal(s, "");
	setenv("JOURNAL_STREAM", "1:2", 1);
	capture_log(s, sizeof(s), LOG_LEVEL_WARN);
	assert_int_equal(strncmp(s, "<4>daemon", 9), 0);
}

/* RFC 8032 section 7.1, TEST 2 */
static void signature_is_that_of_rfc_8032(void **state)
{
	static const char public[] = "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=";
	static const char sig[] = "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vb\nadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==\n";
	static const char whole[] = "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==";

	(void)state;
	assert_int_equal(ed25519_verify(public, "\x72", 1, whole, strlen(whole)), 0);
	assert_int_equal(ed25519_verify(public, "\x73", 1, whole, strlen(whole)), -EBADMSG);
	assert_int_equal(ed25519_verify(public, "\x72", 1, sig, strlen(sig)), -EPROTO); /* a blank within */
	assert_int_equal(ed25519_verify(public, "\x72", 1, whole, strlen(whole) - 1), -EPROTO);
	assert_int_equal(ed25519_verify(public, "\x72", 1, "", 0), -EPROTO);
	assert_int_equal(ed25519_verify("AAAA", "\x72", 1, whole, strlen(whole)), -EINVAL);
	assert_true(ed25519_is_key(public));
	assert_false(ed25519_is_key("not a key"));
	assert_false(ed25519_is_key(whole));
}

static void what_a_new_key_signs_is_its_own(void **state)
{
	char public[ED25519_KEY_TEXT], again[ED25519_KEY_TEXT], other[ED25519_KEY_TEXT], sig[ED25519_SIG_TEXT], *pem, *pem2;

	(void)state;
	assert_int_equal(ed25519_new(&pem, public), 0);
	assert_int_equal(ed25519_new(&pem2, other), 0);
	assert_int_equal(ed25519_sign(pem, strlen(pem), "list", 4, sig, again), 0);
	assert_string_equal(public, again);
	assert_int_equal(ed25519_verify(public, "list", 4, sig, strlen(sig)), 0);
	assert_int_equal(ed25519_verify(other, "list", 4, sig, strlen(sig)), -EBADMSG);
	assert_int_equal(ed25519_sign("no key", 6, "list", 4, sig, again), -EINVAL);
	free(pem);
	free(pem2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replay_clock_is_the_captures_and_never_goes_back),
		cmocka_unit_test(wall_and_boot_time_convert_both_ways),
		cmocka_unit_test(timestamp_is_written_as_eve_does),
		cmocka_unit_test(every_day_is_that_of_the_calendar),
		cmocka_unit_test(hash_depends_on_every_byte),
		cmocka_unit_test(hmac_is_that_of_rfc_4231),
		cmocka_unit_test(signature_is_that_of_rfc_8032),
		cmocka_unit_test(what_a_new_key_signs_is_its_own),
		cmocka_unit_test(same_moment_has_the_same_wall_time_whenever_it_is_asked),
		cmocka_unit_test(names_and_numbers_of_the_lists_agree),
		cmocka_unit_test(log_line_cannot_be_forged_and_obeys_the_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
