// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: heads of HTTP as they lie in one packet, a request's and an answer's. What is found lies in the head. */
#include "fuzz/fuzz.h"
#include "parse/http.h"

static void must_lie(struct http_span s, const uint8_t *p, size_t n)
{
	must(!s.p || (s.p >= p && s.p + s.len <= p + n));
}

static void must_hold(const struct http_head *h, const uint8_t *p, size_t n)
{
	must_lie(h->method, p, n);
	must_lie(h->target, p, n);
	must_lie(h->version, p, n);
	must_lie(h->host, p, n);
	must_lie(h->user_agent, p, n);
	must_lie(h->status, p, n);
	must_lie(h->message, p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *p = malloc(size ? size : 1);
	struct http_head h;
	uint32_t at = 0, whole;
	struct cur c;

	must(p);
	memcpy(p, data, size);
	c = cur_of(p, (uint32_t)size);
	if (http_request_parse(&c, &h) == PARSE_OK)
		must_hold(&h, p, size);
	c = cur_of(p, (uint32_t)size);
	if (http_response_parse(&c, &h) == PARSE_OK)
		must_hold(&h, p, size);
	/* a head ends at the same place however it comes */
	whole = http_head_end(p, (uint32_t)size, &at);
	at = 0;
	for (uint32_t n = 1; n <= size && n <= 512; n++) {
		uint32_t end = http_head_end(p, n, &at);

		must(!end || end == whole);
		if (end)
			break;
	}
	free(p);
	return 0;
}
