// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: a certificate as text. What is printed of it is short, and the names are UTF-8 without NUL cut off. */
#include <errno.h>

#include "app/cert.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cert c = { .not_before = 0 };
	uint8_t *copy = malloc(size + 1);
	int r;

	must(copy);
	memcpy(copy, data, size);
	r = cert_read(&c, copy, (uint32_t)size);
	must(r == 0 || r == -EBADMSG);
	must(c.subject.len <= 3 * size + 8192 && c.issuer.len <= 3 * size + 8192);
	must(r || strlen(c.fingerprint) == CERT_FINGERPRINT_LEN);
	cert_done(&c);
	free(copy);
	return 0;
}
