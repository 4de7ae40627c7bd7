// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: a frame as user space takes it apart: what wraps it, each packet within, and what is odd about the
 * headers of each. No read leaves the frame, no write the room that is asked for.
 */
#include "fuzz/fuzz.h"
#include "match/decode.h"
#include "parse/eth.h"
#include "replay/encap.h"
#include "rule/rule.h"

static void odd(const uint8_t *frame, uint32_t len)
{
	struct cur c = cur_of(frame, len);
	struct view v = { .frame = frame, .frame_len = len };
	struct eth_info e;
	struct decoded d;

	if (eth_parse(&c, &e) != PARSE_OK)
		return;
	v.l3 = c.pos;
	v.l3_len = cur_left(&c);
	decode_events(&v, &d);
	must(d.n <= DECODE_MOST);
	for (unsigned int i = 0; i < d.n; i++)
		for (unsigned int k = 0; k < i; k++)
			must(d.event[i] != d.event[k]);
}

/* exactly as much as @len bytes: what is read or written behind them is seen */
static uint8_t *room(const uint8_t *from, uint32_t n, uint32_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	must(p);
	memcpy(p, from, n);
	return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame = room(data, (uint32_t)size, (uint32_t)size), *bare = room(data, 0, (uint32_t)size);
	uint32_t len, n;
	const uint8_t *p = encap_strip(frame, (uint32_t)size, bare, &len);

	must(len <= size);
	for (int depth = 0; depth <= ENCAP_DEPTH_MAX; depth++) {
		uint8_t *inner = room(p, 0, len + 14);
		bool wraps;

		odd(p, len);
		wraps = encap_inner(p, len, inner, &n);
		must(!wraps || n <= len + 14);
		free(frame);
		free(bare);
		if (!wraps)
			n = 0;
		/* as replay has it: in its own place */
		p = encap_strip(inner, n, inner, &len);
		must(len <= n);
		frame = inner;
		bare = NULL;
	}
	free(frame);
	return 0;
}
