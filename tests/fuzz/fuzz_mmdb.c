// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: a database of countries, and two addresses looked up in it. */
#include <stdint.h>

#include "fuzz/fuzz.h"
#include "parse/mmdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 198, 51, 100, 7 }, v6[16] = { 0x20, 1, 0x0d, 0xb8 };
	uint8_t code[2];
	struct mmdb db;

	if (mmdb_open(data, (uint32_t)size, &db))
		return 0;
	(void)mmdb_country(&db, v4, code);
	(void)mmdb_country(&db, v6, code);
	return 0;
}
