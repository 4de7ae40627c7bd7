// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: what a device says of itself on its link. The first byte is what the kernel took the packet for. */
#include "fuzz/fuzz.h"

#include "dev/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t ports[] = { 67, 68, 546, 547, 5353, 1900 };
	struct identity_packet p = { 0 };
	struct identity i;
	uint8_t kind = take8(&data, &size) % 8;
	uint8_t *copy = malloc(size ? size : 1); /* exactly as long: a read behind it is seen */

	must(copy);
	memcpy(copy, data, size);
	if (kind == 6)
		p = (struct identity_packet){ .ethertype = 0x0806, .l3 = copy, .l3_len = (uint32_t)size };
	else if (kind == 7)
		p = (struct identity_packet){ .ethertype = 0x86dd, .proto = 58, .l4 = copy, .l4_len = (uint32_t)size };
	else
		p = (struct identity_packet){ .proto = 17, .port = ports[kind], .payload = copy, .payload_len = (uint32_t)size };
	if (identity_read(&p, &i) != PARSE_BAD) {
		must(i.source && i.n_addrs <= IDENTITY_ADDRS);
		must(memchr(i.host, 0, sizeof(i.host)) && memchr(i.vendor, 0, sizeof(i.vendor)) && memchr(i.fingerprint, 0, sizeof(i.fingerprint)));
	}
	free(copy);
	return 0;
}
