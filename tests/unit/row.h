/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of application rows share: what is told, as text, for bytes in pieces of every size. */
#ifndef TESTS_UNIT_ROW_H
#define TESTS_UNIT_ROW_H

#include "app/app.h"
#include "base/str.h"

static inline int add(const struct app_msg *m, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "[%u id=%u", m->app, (unsigned int)m->id);
	for (int i = 0; i < APP_BUFFERS; i++) {
		if (!app_has(m, (unsigned int)i))
			continue;
		strbuf_addf(b, " %s=", app_buffer_name((unsigned int)i));
		strbuf_add(b, m->buf[i].p, m->buf[i].len);
	}
	for (uint16_t i = 0; i < m->n_more; i++) {
		strbuf_addf(b, " %s=", app_buffer_name(m->more[i].buffer));
		strbuf_add(b, m->more[i].buf.p, m->more[i].buf.len);
	}
	for (unsigned int i = 0; i < APP_NUMBERS; i++)
		if (m->has_number >> i & 1)
			strbuf_addf(b, " %u:%llu", i, (unsigned long long)m->number[i]);
	if (m->is_response)
		strbuf_addf(b, " response %u", m->http_status);
	if (m->dns_type)
		strbuf_addf(b, " type %u", m->dns_type);
	strbuf_adds(b, "]\n");
	return 0;
}

/* only what was told complete */
static inline int add_complete(const struct app_msg *m, void *ctx)
{
	return m->complete ? add(m, ctx) : 0;
}

/* bytes in pieces of @n: what is told, and the last result */
static inline int run(const struct app_row *row, uint8_t dir, const void *p, size_t len, size_t n, app_msg_fn cb, struct strbuf *out)
{
	void *s = row->open(dir);
	int r = 0;

	assert_non_null(s);
	for (size_t i = 0; i < len && !r; i += n)
		r = row->feed(s, (const uint8_t *)p + i, (uint32_t)(len - i < n ? len - i : n), cb, out);
	row->close(s);
	return r;
}

static inline void assert_told(uint8_t app, uint8_t dir, const void *p, size_t len, const char *want)
{
	for (size_t n = 1; n <= len; n = n < 40 ? n + 1 : n * 2) {
		struct strbuf out = { 0 };

		run(app_row(app), dir, p, len, n, add_complete, &out);
		assert_string_equal(out.s ? out.s : "", want);
		strbuf_done(&out);
	}
}

#endif
