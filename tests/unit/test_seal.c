// SPDX-License-Identifier: BSD-2-Clause
/* Where TLS and SSH become ciphertext, however the segments are cut. */
#include "unit/unit.h"

#include <string.h>

#include "cordon_event.h"
#include "cordon_lists.h"
#include "stream/seal.h"

/* a handshake record of 3 bytes, a change of cipher, data; the walk ends in the data's header, at its fifth byte */
static const uint8_t tls[] = "\x16\x03\x01\0\x03"
			     "abc"
			     "\x14\x03\x01\0\x01\x01"
			     "\x17\x03\x03\0\x04"
			     "data";
#define TLS_SEALED_AT 19
/* a line, a packet of type 20 (12 bytes behind its length), new keys */
static const uint8_t ssh[] = "SSH-2.0-x\r\n"
			     "\0\0\0\x0c\x04\x14"
			     "0123456789"
			     "\0\0\0\x0c\x0a\x15"
			     "0123456789"
			     "ciphertext";
#define SSH_SEALED_AT 33

static struct seal walk(uint8_t app, uint32_t base, const uint8_t *p, uint32_t n, uint32_t cut, uint32_t seg)
{
	struct seal s = { 0 };

	for (uint32_t at = 0, len; at < n; at += len) {
		len = !at && cut ? cut : seg;
		len = len < n - at ? len : n - at;
		seal_walk(&s, app, base, base + at, p + at, len);
	}
	return s;
}

static void the_walk_does_not_depend_on_cuts(void **state)
{
	const uint32_t base = 0xfffffff0; /* wraps */

	(void)state;
	for (uint32_t seg = 1; seg < sizeof(ssh); seg++)
		for (uint32_t cut = 0; cut < seg; cut++) {
			struct seal a = walk(CORDON_APP_TLS, base, tls, sizeof(tls) - 1, cut, seg);
			struct seal b = walk(CORDON_APP_SSH, base, ssh, sizeof(ssh) - 1, cut, seg);

			assert_int_equal(a.state, SEAL_DONE);
			assert_in_range(a.end - base, TLS_SEALED_AT, TLS_SEALED_AT + seg);
			assert_int_equal(b.state, SEAL_DONE);
			assert_in_range(b.end - base, SSH_SEALED_AT, SSH_SEALED_AT + seg);
		}
}

static void repeated_segments_change_nothing(void **state)
{
	struct seal s = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		for (int again = 0; again < 2; again++)
			seal_walk(&s, CORDON_APP_TLS, 100, 100 + i, tls + i, 1);
	assert_int_equal(s.state, SEAL_WALK);
	seal_walk(&s, CORDON_APP_TLS, 100, 100, tls, sizeof(tls) - 1);
	assert_int_equal(s.state, SEAL_DONE);
}

static void a_gap_or_nonsense_ends_the_walk(void **state)
{
	static const uint8_t huge[] = "SSH-2.0-x\n\xff\xff\xff\xff\x04\x15";
	struct seal s = { 0 };

	(void)state;
	seal_walk(&s, CORDON_APP_TLS, 100, 100, tls, 6);
	seal_walk(&s, CORDON_APP_TLS, 100, 110, tls + 10, 8);
	assert_int_equal(s.state, SEAL_LOST);
	s = (struct seal){ 0 };
	seal_walk(&s, CORDON_APP_TLS, 100, 101, tls + 1, 8);
	assert_int_equal(s.state, SEAL_LOST);
	s = (struct seal){ 0 };
	seal_walk(&s, CORDON_APP_SSH, 100, 100, huge, sizeof(huge) - 1);
	assert_int_equal(s.state, SEAL_LOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_walk_does_not_depend_on_cuts),
		cmocka_unit_test(repeated_segments_change_nothing),
		cmocka_unit_test(a_gap_or_nonsense_ends_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
