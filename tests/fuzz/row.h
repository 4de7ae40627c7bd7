/* SPDX-License-Identifier: BSD-2-Clause */
/* One application row: any bytes, in one piece and cut, must give the same complete messages; and two ends that answer each other. */
#ifndef TESTS_FUZZ_ROW_H
#define TESTS_FUZZ_ROW_H

#include "app/app.h"
#include "fuzz/fuzz.h"

static uint64_t row_mix(uint64_t h, const uint8_t *p, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return (h ^ n) * 0x100000001b3ULL;
}

static const uint64_t none[APP_BUFFER_WORDS];

/* [0]: what the complete messages say; [1]: all that was odd, whichever of them said it */
static int row_on_msg(const struct app_msg *m, void *ctx)
{
	uint64_t *h = ctx;

	h[1] |= m->events;
	/* what is told again says more in one cut than in another, and what only says that something is odd is no message */
	if (m->again || (m->events && !m->has_number && !memcmp(m->has, none, sizeof(none))))
		return 0;
	for (int i = 0; i < APP_BUFFERS; i++)
		if (m->complete && app_has(m, (unsigned int)i) && app_buffer_name((unsigned int)i))
			*h = row_mix(*h ^ (uint64_t)i, m->buf[i].p, m->buf[i].len);
	for (int i = 0; i < m->n_more; i++)
		if (m->complete)
			*h = row_mix(*h ^ m->more[i].buffer, m->more[i].buf.p, m->more[i].buf.len);
	for (unsigned int i = 0; i < APP_NUMBERS; i++)
		if (m->complete && m->has_number >> i & 1)
			*h = row_mix(*h ^ i, (const uint8_t *)&m->number[i], sizeof(m->number[i]));
	*h += m->complete;
	return 0;
}

/* pieces of 1 ... @max bytes; 0: one piece */
static inline void row_run(const struct app_row *row, uint8_t dir, const uint8_t *p, size_t n, uint32_t max, uint64_t h[2])
{
	uint32_t step = 1;
	void *s = row->open(dir), *flow = row->flow_open ? row->flow_open() : NULL;
	int r = 0;

	must(s);
	if (flow)
		row->link(s, flow);
	for (size_t i = 0; i < n; i += step) {
		uint8_t *copy;

		step = max ? 1 + (step * 7 + 3) % max : (uint32_t)n;
		if (step > n - i)
			step = (uint32_t)(n - i);
		copy = malloc(step); /* exactly as long: a read behind it is seen */
		must(copy);
		memcpy(copy, p + i, step);
		r = row->feed(s, copy, step, row_on_msg, h);
		free(copy);
		row->pending(s);
		if (r)
			break;
	}
	if (!r && row->end)
		row->end(s, row_on_msg, h);
	row->close(s);
	if (flow)
		row->flow_close(flow);
}

/* both ends of a flow in turn: a byte (who, and how many), then the bytes; 127: so many that they are missing, a power of two */
static inline void row_talk(const struct app_row *row, const uint8_t *p, size_t n)
{
	void *s[2] = { row->open(0), row->open(1) }, *flow = row->flow_open ? row->flow_open() : NULL;
	bool is_over[2] = { false, false };
	uint64_t h[2] = { 0 };

	must(s[0] && s[1]);
	for (int i = 0; flow && i < 2; i++)
		row->link(s[i], flow);
	while (n > 1) {
		uint8_t how = take8(&p, &n);
		size_t len = 1u + (how & 0x7f) < n ? 1u + (how & 0x7f) : n;

		if ((how & 0x7f) == 0x7f && row->gap) {
			uint64_t missing = 1ULL << (take8(&p, &n) & 63);

			if (!is_over[how >> 7])
				is_over[how >> 7] = row->gap(s[how >> 7], missing, row_on_msg, h) != 0;
			continue;
		}
		if (!is_over[how >> 7])
			is_over[how >> 7] = row->feed(s[how >> 7], p, (uint32_t)len, row_on_msg, h) != 0;
		p += len;
		n -= len;
	}
	for (int i = 0; i < 2; i++) {
		if (!is_over[i] && row->end)
			row->end(s[i], row_on_msg, h);
		row->close(s[i]);
	}
	if (flow)
		row->flow_close(flow);
}

/* the first byte: both ends, or which one; then, of one end, how large the pieces are at most */
static inline void row_fuzz(uint8_t app, const uint8_t *data, size_t size)
{
	const struct app_row *row = app_row(app);
	uint8_t how = take8(&data, &size), dir = how & 1, max;
	uint64_t whole[2] = { 0 }, cut[2] = { 0 };

	if (how & 0x80) {
		row_talk(row, data, size);
		return;
	}
	max = take8(&data, &size);
	row_run(row, dir, data, size, 0, whole);
	row_run(row, dir, data, size, max ? max : 1, cut);
	must(whole[0] == cut[0] && whole[1] == cut[1]);
}

#endif
