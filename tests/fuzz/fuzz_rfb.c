// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: an RFB stream, whole and cut. */
#include "fuzz/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	row_fuzz(CORDON_APP_RFB, data, size);
	return 0;
}
