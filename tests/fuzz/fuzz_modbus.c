// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: a Modbus stream, whole and cut; and a request, of which every value is asked for that it may write. */
#include "fuzz/row.h"
#include "parse/modbus.h"

static void written(const uint8_t *data, size_t size)
{
	uint8_t function = take8(&data, &size);
	struct cur c = cur_of(data, (uint32_t)size);
	struct modbus_request r;
	uint16_t v;

	modbus_request(&c, function, &r);
	for (uint32_t at = 0; r.written.pos && at < 0x10100; at += 1 + at / 16)
		must(!modbus_written(r.access, r.first, r.written.pos, cur_left(&r.written), at, &v) || at >= r.first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	written(data, size);
	row_fuzz(CORDON_APP_MODBUS, data, size);
	return 0;
}
