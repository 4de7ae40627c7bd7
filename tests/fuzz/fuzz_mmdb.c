// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: a database of countries, and two addresses looked up in it. Without its magic behind the tree the input
 * is changes to a good one: where, and the byte that stands there then.
 */
#include <stdint.h>

#include "fuzz/fuzz.h"
#include "harness/mmdb.h"
#include "parse/mmdb.h"

static const uint8_t v4[16] = { [12] = 198, 51, 100, 7 }, v6[16] = { 0x20, 1, 0x0d, 0xb8 };

static void look(const uint8_t *p, uint32_t len)
{
	static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 198, 51, 100, 7 };
	uint8_t code[2];
	struct mmdb db;

	if (mmdb_open(p, len, &db))
		return;
	(void)mmdb_country(&db, mapped, code);
	(void)mmdb_country(&db, v6, code);
}

static uint32_t good(uint32_t bits, uint8_t *dst)
{
	static struct mmdb_maker m;

	mmdb_begin(&m, bits);
	mmdb_add(&m, v6, 32, "DE");
	mmdb_add(&m, v4, 120, "FR");
	return mmdb_make(&m, dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t db[1 << 16];
	uint32_t len;

	look(data, (uint32_t)size);
	len = good(size ? 24 + data[0] % 3 * 4 : 24, db);
	for (size_t i = 1; i + 2 < size; i += 3)
		db[(data[i] << 8 | data[i + 1]) % len] = data[i + 2];
	look(db, len);
	return 0;
}
