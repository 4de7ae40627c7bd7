// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: rules, a blank line, then a payload: as a packet, as a
 * stream in two deliveries, and as every buffer of a message. What a rule
 * without limits says of a packet it says again when asked again.
 */
#include "fuzz/fuzz.h"
#include "harness/rules.h"

#define TEXT_MAX 2048
#define RULES_MAX 8 /* so that hits have room in the harness */

static size_t split(const uint8_t *data, size_t size)
{
	const uint8_t *p = memmem(data, size, "\n\n", 2);

	return p ? (size_t)(p - data) : size;
}

static void packets(struct rule_bench *b, const uint8_t *p, size_t n)
{
	struct cordon_facts f = record_facts(1, n & 1 ? 6 : 17, 0, CORDON_APP_NONE, CORDON_FLOW_ESTABLISHED);

	bench_packet(b, &f, 0x18, p, n);
	bench_forget(b);
}

static void stream(struct rule_bench *b, const uint8_t *p, size_t n)
{
	struct cordon_facts f = record_facts(2, 6, n >> 1 & 1, n & 1 ? CORDON_APP_HTTP : CORDON_APP_NONE,
					     CORDON_FLOW_ESTABLISHED);
	struct match_stream *s = NULL;
	uint32_t cut = (uint32_t)(n / 2);

	bench_stream(b, &s, &f, p, cut, 0, 0);
	bench_forget(b);
	bench_stream(b, &s, &f, p, (uint32_t)n, 0, cut);
	bench_forget(b);
	match_stream_pending(s, n);
	match_stream_free(s);
}

static void message(struct rule_bench *b, const uint8_t *p, size_t n)
{
	static const uint8_t apps[] = { CORDON_APP_HTTP, CORDON_APP_DNS, CORDON_APP_TLS };
	struct app_msg m = { .complete = n & 1, .id = 1 };
	struct cordon_facts f;

	for (size_t i = 0; i < sizeof(apps); i++) {
		m.app = apps[i];
		f = record_facts(3, 6, 0, m.app, CORDON_FLOW_ESTABLISHED);
		for (int k = 1; k < APP_BUFFERS; k++)
			app_set(&m, (unsigned int)k, p, (uint32_t)n);
		bench_message(b, &f, &m);
		bench_forget(b);
		match_message_pending(b->eng, &b->view, &m);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1] = "";
	size_t n = split(data, size), at = n + 2 < size ? n + 2 : size;
	struct rule_bench *b;

	if (n > TEXT_MAX)
		return 0;
	memcpy(text, data, n);
	b = bench_new(text);
	if (ruleset_count(b->rs) <= RULES_MAX) {
		packets(b, data + at, size - at);
		stream(b, data + at, size - at);
		message(b, data + at, size - at);
	}
	bench_done(b);
	return 0;
}
