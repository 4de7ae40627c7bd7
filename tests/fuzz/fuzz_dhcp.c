// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: a DHCP message. */
#include "fuzz/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t h[2] = { 0 };

	if (size)
		app_row(CORDON_APP_DHCP)->datagram(data, (uint32_t)size, *data & 1, row_on_msg, h);
	return 0;
}
