// SPDX-License-Identifier: BSD-2-Clause
/* SSH: identification and HASSH of both sides in every cut; what is no SSH, or goes on without a KEXINIT. */
#include "unit/unit.h"
#include "unit/row.h"

#include <errno.h>

#include "cordon_event.h"
#include "parse/ssh.h"
#include "rule/events.h"

/* a packet with @n bytes of payload and four of padding; returns its length */
static size_t packet(uint8_t *dst, const uint8_t *payload, size_t n)
{
	size_t len = n + 5;
	const uint8_t head[] = { 0, 0, (uint8_t)(len >> 8), (uint8_t)len, 4 };

	memcpy(dst, head, 5);
	memcpy(dst + 5, payload, n);
	memset(dst + 5 + n, 'p', 4);
	return len + 4;
}

static size_t kexinit(uint8_t *dst)
{
	static const char *const lists[SSH_LISTS] = { "kex1,kex2", "ssh-ed25519", "aes-c", "aes-s", "mac-c", "mac-s,x",
						      "none", "zlib", "", "" };
	uint8_t p[400] = { SSH_MSG_KEXINIT };
	size_t n = 17;

	for (int i = 0; i < SSH_LISTS; i++) {
		size_t len = strlen(lists[i]);

		p[n + 3] = (uint8_t)len;
		memcpy(p + n + 4, lists[i], len);
		n += 4 + len;
	}
	memset(p + n, 0, 5); /* first_kex_packet_follows, reserved */
	return packet(dst, p, n + 5);
}

#define BANNER "SSH-2.0-dropbear_2019.78 with comment\r\n"
/* md5 of the strings, by md5sum */
#define CLIENT                                                                                    \
	"[5 id=0 ssh.proto=2.0 ssh.software=dropbear_2019.78 ssh.hassh=d1938920eb46034b52ee38698d19c056 "        \
	"ssh.hassh.string=kex1,kex2;aes-c;mac-c;none]\n"
#define SERVER                                                                                    \
	"[5 id=0 ssh.proto=2.0 ssh.software=dropbear_2019.78 ssh.hassh.server=2cd0df6ad6464f18cb88d7b1ec51e340 " \
	"ssh.hassh.server.string=kex1,kex2;aes-s;mac-s,x;zlib response 0]\n"

static void both_sides_have_their_fingerprints(void **state)
{
	static const uint8_t debug[] = { 4, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t wire[1000] = BANNER;
	size_t n = sizeof(BANNER) - 1;

	(void)state;
	n += packet(wire + n, debug, sizeof(debug));
	n += kexinit(wire + n);
	memset(wire + n, 0xee, 100); /* encrypted */
	assert_told(CORDON_APP_SSH, CORDON_TO_SERVER, wire, n + 100, CLIENT);
	assert_told(CORDON_APP_SSH, CORDON_TO_CLIENT, wire, n + 100, SERVER);
}

static void ssh_1_is_complete_with_its_identification(void **state)
{
	(void)state;
	assert_told(CORDON_APP_SSH, CORDON_TO_SERVER, "SSH-1.5-OpenSSH_5.3\nxxxx", 24,
		    "[5 id=0 ssh.proto=1.5 ssh.software=OpenSSH_5.3]\n");
	assert_told(CORDON_APP_SSH, CORDON_TO_SERVER, "SSH-1.99-x\n\0\0\0\x01", 15,
		    "[5 id=0 ssh.proto=1.99 ssh.software=x]\n[5 id=0 ssh.proto=1.99 ssh.software=x]\n"); /* what is odd about it */
}

/* a prefix tells nothing, the identification, or all */
static void prefixes_tell_less(void **state)
{
	uint8_t wire[1000] = BANNER;
	size_t n = sizeof(BANNER) - 1;

	(void)state;
	n += kexinit(wire + n);
	for (size_t i = 0; i <= n; i++) {
		struct strbuf out = { 0 };
		uint8_t *copy = malloc(i ? i : 1);

		memcpy(copy, wire, i);
		assert_int_equal(run(app_row(CORDON_APP_SSH), 0, copy, i, i ? i : 1, add, &out), 0);
		assert_int_equal(out.len > 0, i >= sizeof(BANNER) - 1);
		assert_int_equal(out.s && strstr(out.s, "hassh"), i == n);
		strbuf_done(&out);
		free(copy);
	}
}

static void what_is_not_ssh_ends_the_parsing(void **state)
{
	struct strbuf out = { 0 };

	(void)state;
	assert_int_equal(run(app_row(CORDON_APP_SSH), 0, "GET / HTTP/1.1\r\n", 16, 3, add, &out), -EBADMSG);
	assert_string_equal(out.s, "[5 id=0]\n"); /* what is odd about it */
	strbuf_done(&out);
	assert_told(CORDON_APP_SSH, CORDON_TO_SERVER, "SSH-2.0-x\n\xff\xff\xff\xff....", 18, "[5 id=0 ssh.proto=2.0 ssh.software=x]\n");
	assert_told(CORDON_APP_SSH, CORDON_TO_SERVER, "SSH-2.0-x\n\0\0\0\x06\x07\x14....", 20,
		    "[5 id=0 ssh.proto=2.0 ssh.software=x]\n");
}

static int add_events(const struct app_msg *m, void *ctx)
{
	strbuf_addf(ctx, "%llx ", (unsigned long long)m->events);
	return 0;
}

static void check_events(const char *p, size_t len, uint64_t want)
{
	for (size_t n = 1; n <= len; n = n < 40 ? n + 1 : n * 2) {
		struct strbuf out = { 0 };
		uint64_t all = 0;

		run(app_row(CORDON_APP_SSH), 0, p, len, n, add_events, &out);
		for (char *s = out.s; s && *s; s = strchr(s, ' ') + 1)
			all |= strtoull(s, NULL, 16);
		assert_int_equal(all, want);
		strbuf_done(&out);
	}
}

/* in every cut: as Suricata 7 says it of the same bytes (tests/corpus/ssh_events) */
static void what_is_odd_is_said(void **state)
{
	char l[400] = "SSH-2.0-";

	(void)state;
	memset(l + 8, 'x', 300);
	memcpy(l + 308, "\r\n\0\0\0\2\4\x14\0\0\0\1", 12);
	check_events(l, 320, RULE_EVENT_BIT(SSH_LONG_BANNER) | RULE_EVENT_BIT(SSH_RECORD));
	memcpy(l + 255, "\r\n", 2); /* 255 bytes are not too many */
	check_events(l, 257, 0);
	check_events("SSH-2.0\r\n", 9, RULE_EVENT_BIT(SSH_BANNER));
	check_events("SSH--x\r\n", 8, RULE_EVENT_BIT(SSH_BANNER));
	check_events("220 hello\r\n", 11, RULE_EVENT_BIT(SSH_BANNER));
	check_events("SSH-2.0-x\r\n\0\0\0\1", 15, RULE_EVENT_BIT(SSH_RECORD));
	check_events("SSH-2.0-x\r\n\0\0\0\2\0\1\0\0\0\3\0\1x\0\0\0\0", 28, RULE_EVENT_BIT(SSH_RECORD));
	check_events("SSH-1.5-x\n\0\0\0\0", 14, RULE_EVENT_BIT(SSH_RECORD));
	check_events("SSH-2.0-x\r\n\0\0\1\0\0\1\0\0\0\0", 21, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_have_their_fingerprints),
		cmocka_unit_test(ssh_1_is_complete_with_its_identification),
		cmocka_unit_test(prefixes_tell_less),
		cmocka_unit_test(what_is_not_ssh_ends_the_parsing),
		cmocka_unit_test(what_is_odd_is_said),
	};

	return cmocka_run_group_tests_name("app_ssh", tests, NULL, NULL);
}
