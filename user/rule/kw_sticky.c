/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers: sticky ones hold for what follows, the old modifiers move the
 * content before them. Rows: name, buffer.
 */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

static const struct {
	const char *name;
	uint8_t buffer;
} rows[] = {
	{ "pkt_data", APP_BUFFER_PAYLOAD },
	{ "dns.query", APP_BUFFER_DNS_QUERY },
	{ "dns_query", APP_BUFFER_DNS_QUERY },
	{ "tls.sni", APP_BUFFER_TLS_SNI },
	{ "tls_sni", APP_BUFFER_TLS_SNI },
	{ "http.method", APP_BUFFER_HTTP_METHOD },
	{ "http_method", APP_BUFFER_HTTP_METHOD },
	{ "http.uri", APP_BUFFER_HTTP_URI },
	{ "http_uri", APP_BUFFER_HTTP_URI },
	{ "http.host", APP_BUFFER_HTTP_HOST },
	{ "http_host", APP_BUFFER_HTTP_HOST },
	{ "http.user_agent", APP_BUFFER_HTTP_USER_AGENT },
	{ "http_user_agent", APP_BUFFER_HTTP_USER_AGENT },
	{ "http.request_body", APP_BUFFER_HTTP_REQUEST_BODY },
	{ "http_client_body", APP_BUFFER_HTTP_REQUEST_BODY },
};

static uint8_t buffer_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].buffer;
	return APP_BUFFER_PAYLOAD;
}

int kw_sticky(struct draft *d, char *v)
{
	(void)v;
	d->buffer = buffer_of(d->keyword);
	d->stickies |= 1u << d->buffer;
	d->has_content = false;
	return 0;
}

int kw_old_buffer(struct draft *d, char *v)
{
	struct rule_match *last = draft_last(d), m;
	uint8_t to = buffer_of(d->keyword), back = d->buffer;
	int r;

	(void)v;
	if (!last)
		return -EINVAL;
	if (d->last_buffer != APP_BUFFER_PAYLOAD)
		return draft_fail(d, "the content before it has a buffer already");
	m = *last;
	/* what came after the content (isdataat, pcre) stays where it is */
	memmove(last, last + 1, (--d->list[APP_BUFFER_PAYLOAD].len - d->last) * sizeof(m));
	d->buffer = to;
	r = draft_add(d, &m);
	d->buffer = back;
	return r;
}

int kw_dotprefix(struct draft *d, char *v)
{
	(void)v;
	if (d->buffer == APP_BUFFER_PAYLOAD || d->list[d->buffer].len)
		return draft_fail(d, "stands right after a sticky buffer");
	d->r->list[d->buffer].dotprefix = true;
	return 0;
}
