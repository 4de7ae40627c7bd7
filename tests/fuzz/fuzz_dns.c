// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: DNS as a stream, whole and cut, and as a datagram. */
#include "fuzz/row.h"
#include "parse/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t h[2] = { 0 };

	row_fuzz(CORDON_APP_DNS, data, size);
	app_row(CORDON_APP_DNS)->datagram(data, (uint32_t)size, 0, row_on_msg, h);
	/* a name anywhere in the message: its text is bounded and the walk ends */
	for (size_t i = 0; i < size && i < 64; i++) {
		struct cur c = cur_of(data, (uint32_t)size);
		uint8_t text[CORDON_NAME_MAX], n = 0;

		c.pos += i;
		must(dns_name(data, &c, text, &n) || (n <= 253 && c.pos > data + i && c.pos <= c.end));
	}
	return 0;
}
