// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: a SIP stream, whole and cut; its bytes as a datagram tell the same first message, or none. */
#include "fuzz/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t h[2] = { 0 };

	row_fuzz(CORDON_APP_SIP, data, size);
	if (size > 2)
		app_row(CORDON_APP_SIP)->datagram(data + 2, (uint32_t)(size - 2), *data & 1, row_on_msg, h);
	return 0;
}
