// SPDX-License-Identifier: BSD-2-Clause
/* A database of countries: addresses of both kinds, all sizes of records, files that are cut or lie. */
#include "unit/unit.h"

#include <stdlib.h>

#include "harness/mmdb.h"
#include "parse/mmdb.h"

static uint8_t file[128 << 10];

static uint32_t make(uint32_t bits)
{
	static const uint8_t v4[16] = { [12] = 198, 51, 100, 0 }, other[16] = { [12] = 203, 0, 113, 0 }, v6[16] = { 0x20, 1, 0x0d, 0xb8 };
	static struct mmdb_maker m;

	mmdb_begin(&m, bits);
	mmdb_add(&m, v4, 96 + 24, "RU");
	mmdb_add(&m, other, 96 + 25, "DE");
	mmdb_add(&m, v6, 32, "FR");
	return mmdb_make(&m, file);
}

static void country_is(const struct mmdb *db, const char *addr, const char *want)
{
	uint8_t a[16] = { [10] = 0xff, 0xff }, code[3] = "";
	unsigned int b[4];

	if (sscanf(addr, "%u.%u.%u.%u", &b[0], &b[1], &b[2], &b[3]) == 4)
		for (int i = 0; i < 4; i++)
			a[12 + i] = (uint8_t)b[i];
	else
		memcpy(a, addr[0] == 'a' ? "\x20\1\x0d\xb8\0\0\0\1\0\0\0\0\0\0\0\5" : "\x20\1\x0d\xb9\0\0\0\1\0\0\0\0\0\0\0\5", 16);
	assert_int_equal(mmdb_country(db, a, code), want ? PARSE_OK : PARSE_BAD);
	assert_string_equal((char *)code, want ? want : "");
}

static void addresses_have_their_country(void **state)
{
	static const uint32_t bits[] = { 24, 28, 32 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		uint32_t len = make(bits[i]);
		uint8_t *copy = malloc(len);
		struct mmdb db;

		memcpy(copy, file, len);
		assert_int_equal(mmdb_open(copy, len, &db), PARSE_OK);
		country_is(&db, "198.51.100.7", "RU");
		country_is(&db, "203.0.113.127", "DE");
		country_is(&db, "203.0.113.128", NULL);
		country_is(&db, "8.8.8.8", NULL);
		country_is(&db, "a", "FR");
		country_is(&db, "b", NULL);
		free(copy);
	}
}

static void a_file_that_is_cut_is_none(void **state)
{
	uint32_t len = make(24);
	struct mmdb db;

	(void)state;
	for (uint32_t n = 0; n < len; n++) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, file, n);
		assert_int_equal(mmdb_open(copy, n, &db), PARSE_BAD);
		free(copy);
	}
}

/* every byte of the data and of the tree with other values: nothing is read beyond the file (the sanitizers look) */
static void a_file_that_lies_is_survived(void **state)
{
	uint32_t len = make(24);
	uint8_t a[16] = { [10] = 0xff, 0xff, 198, 51, 100, 7 }, code[2], *copy = malloc(len);

	(void)state;
	for (uint32_t i = 0; i < len; i++)
		for (int v = 0; v < 4; v++) {
			static const uint8_t with[] = { 0xff, 0x3f, 0xe2, 0x00 };
			struct mmdb db;

			memcpy(copy, file, len);
			copy[i] = with[v];
			if (!mmdb_open(copy, len, &db))
				(void)mmdb_country(&db, a, code);
		}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_their_country),
		cmocka_unit_test(a_file_that_is_cut_is_none),
		cmocka_unit_test(a_file_that_lies_is_survived),
	};

	return cmocka_run_group_tests_name("parse_mmdb", tests, NULL, NULL);
}
