// SPDX-License-Identifier: BSD-2-Clause
/* What wraps packets in captures. That Suricata sees the same packets: tests/corpus/tunnels. Here: no byte beyond what there is. */
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "replay/encap.h"

#define MACS "\x02\0\0\0\0\xfe\x02\0\0\0\0\x01"
#define IPV4 "\x45\0\0\x14\0\1\0\0\x40\x3b\0\0\x0a\0\0\2\xc0\0\2\x0a"	 /* no next header */
#define AROUND(len, proto) "\x45\0\0" len "\0\1\0\0\x40" proto "\0\0\x0a\0\0\2\xc0\0\2\x0a"
#define FRAME(s) (const uint8_t *)(s), sizeof(s) - 1

static const struct {
	const uint8_t *frame;
	uint32_t len;
	const uint8_t *bare; /* after encap_strip() */
	uint32_t bare_len;
} stripped[] = {
	{ FRAME(MACS "\x88\x64\x11\0\0\1\0\x16\0\x21" IPV4), FRAME(MACS "\x08\0" IPV4) },
	{ FRAME(MACS "\x88\x64\x11\0\0\1\0\x15\x21" IPV4), FRAME(MACS "\x08\0" IPV4) }, /* compressed protocol */
	{ FRAME(MACS "\x88\x64\x11\0\0\1\0\x16\xc0\x21" IPV4), FRAME(MACS "\x88\x64\x11\0\0\1\0\x16\xc0\x21" IPV4) }, /* LCP */
	{ FRAME(MACS "\x88\x47\0\x06\x40\0\0\x0c\x81\x40" IPV4), FRAME(MACS "\x08\0" IPV4) },
	{ FRAME(MACS "\x88\x47\0\x06\x40\0\0\x0c\x80\x40" IPV4), FRAME(MACS "\x88\x47\0\x06\x40\0\0\x0c\x80\x40" IPV4) }, /* no last label */
	{ FRAME(MACS "\x88\x47\0\x0c\x81\x40\0\0\0\0" MACS "\x08\0" IPV4), FRAME(MACS "\x08\0" IPV4) }, /* pseudowire */
	{ FRAME(MACS "\x88\xa8\0\5\x81\0\0\6\x81\0\0\7\x08\0" IPV4), FRAME(MACS "\x88\xa8\0\5\x81\0\0\6\x08\0" IPV4) },
	{ FRAME(MACS "\x81\0\0\6\x08\0" IPV4), FRAME(MACS "\x81\0\0\6\x08\0" IPV4) },
	{ FRAME("short"), FRAME("short") },
};

static void link_headers_are_taken_off(void **state)
{
	uint8_t buf[256];
	uint32_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stripped); i++) {
		const uint8_t *f = encap_strip(stripped[i].frame, stripped[i].len, buf, &len);

		if (len != stripped[i].bare_len || memcmp(f, stripped[i].bare, len))
			fail_msg("row %zu: %u bytes", i, len);
	}
}

static const struct {
	const uint8_t *frame;
	uint32_t len;
	bool is_tunnel;
} tunnels[] = {
	{ FRAME(MACS "\x08\0" AROUND("\x2c", "\x2f") "\0\0\x08\0" IPV4), true },
	{ FRAME(MACS "\x08\0" AROUND("\x38", "\x2f") "\xb0\0\x08\0" "sum.key.seq." IPV4), true },
	{ FRAME(MACS "\x08\0" AROUND("\x2c", "\x2f") "\x40\0\x08\0" IPV4), false }, /* routing */
	{ FRAME(MACS "\x08\0" AROUND("\x2c", "\x2f") "\0\0\x86\xdd" IPV4), false }, /* not what it says */
	{ FRAME(MACS "\x08\0" AROUND("\x2d", "\x2f") "\0\0\x08\0" IPV4), false },   /* cut short */
	{ FRAME(MACS "\x08\0" AROUND("\x46", "\x11") "\xc3\x50\x12\xb5\0\x32\0\0" "\x08\0\0\0\0\0\x2a\0" MACS "\x08\0" IPV4), true },
	{ FRAME(MACS "\x08\0" AROUND("\x46", "\x11") "\xc3\x50\x12\xb5\0\x32\0\0" "\0\0\0\0\0\0\x2a\0" MACS "\x08\0" IPV4), false },
	{ FRAME(MACS "\x08\0" AROUND("\x46", "\x11") "\xc3\x50\x12\xb5\0\x32\0\0" "\x08\0\0\0\0\0\x2a\0" MACS "\x08\6" IPV4), false }, /* ARP */
	{ FRAME(MACS "\x08\0" AROUND("\x28", "\x04") IPV4), false }, /* as Suricata 7 */
};

static void tunnels_are_looked_into(void **state)
{
	uint8_t buf[256];
	uint32_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tunnels); i++) {
		if (encap_inner(tunnels[i].frame, tunnels[i].len, buf, &len) != tunnels[i].is_tunnel)
			fail_msg("row %zu", i);
		if (tunnels[i].is_tunnel) {
			assert_int_equal(len, sizeof(MACS "\x08\0" IPV4) - 1);
			assert_memory_equal(buf, MACS "\x08\0" IPV4, len);
		}
	}
}

/* every length of every frame, and every byte changed, in memory that ends where the frame does */
static void no_frame_is_read_beyond_its_end(void **state)
{
	uint8_t buf[256];
	uint32_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stripped) + ARRAY_SIZE(tunnels); i++) {
		bool first = i < ARRAY_SIZE(stripped);
		const uint8_t *f = first ? stripped[i].frame : tunnels[i - ARRAY_SIZE(stripped)].frame;
		uint32_t n = first ? stripped[i].len : tunnels[i - ARRAY_SIZE(stripped)].len;

		for (uint32_t cut = 1; cut <= n; cut++) {
			uint8_t *exact = malloc(cut);

			assert_non_null(exact);
			for (uint32_t at = 0; at < cut; at++) {
				memcpy(exact, f, cut);
				exact[at] = (uint8_t)~exact[at];
				encap_strip(exact, cut, buf, &len);
				assert_in_range(len, 0, cut);
				if (encap_inner(exact, cut, buf, &len))
					assert_in_range(len, 14, cut + 14);
			}
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_headers_are_taken_off),
		cmocka_unit_test(tunnels_are_looked_into),
		cmocka_unit_test(no_frame_is_read_beyond_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
