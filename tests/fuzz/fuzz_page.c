// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as an answer that leads to further ones: an envelope of TAXII 2.1, a manifest of MISP. What is
 * taken from it becomes a part of an address and of a file's name.
 */
#include "feed/feed.h"
#include "fuzz/fuzz.h"

static int on_event(const char *uuid, uint64_t timestamp, void *ctx)
{
	unsigned int *n = ctx;

	must(strlen(uuid) == 36 && strspn(uuid, "0123456789abcdefABCDEF-") == 36 && timestamp <= INT64_MAX);
	return ++*n == 100 ? -ECANCELED : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char next[64] = "";
	unsigned int n = 0;
	bool more = false;
	int r = taxii_page((const char *)data, size, next, sizeof(next), &more);

	must(!more || (*next && memchr(next, 0, sizeof(next))));
	must(!r || r == -EINVAL || r == -EFBIG);
	r = misp_manifest((const char *)data, size, on_event, &n);
	must(n < 100 || r == -ECANCELED);
	return 0;
}
