// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as a feed, in every format and detected. What is
 * accepted must obey the rules for addresses and names, be counted, and be
 * found again by the look-up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feed/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_sound(const struct indicators *in, const struct indicator *e)
{
	const char *name = indicator_value(in, e);
	char again[256];

	if (e->kind == CORDON_INDICATOR_DOMAIN) {
		if (e->text >= in->text.len ||
		    domain_canonical(name, strlen(name), again, sizeof(again)) ||
		    strcmp(name, again) || (name_refused(name) && e->mark != FEED_MARK_EXCEPT) ||
		    name_span(name) != strlen(name) || !domain_touches(name, false, again))
			abort();
		for (const char *top = strchr(name, '.'); top; top = strchr(top + 1, '.'))
			if (!domain_touches(top + 1, true, name) || !domain_touches(name, false, top + 1))
				abort();
	} else if (e->kind == CORDON_INDICATOR_URL) {
		struct url u;

		if (url_read((struct feed_text){name, strlen(name)}, &u) || strcmp(u.text, name) ||
		    url_canonical(name, strlen(name), u.text) || strcmp(u.text, name))
			abort();
		/* what a device's Host field has is compared with it */
		if (url_host(name, again) && (!*again || !strstr(name, again)))
			abort();
	} else if (e->kind > CORDON_INDICATOR_IPV6 || space_refused(&e->prefix)) {
		abort();
	}
}

static void must_be_found(const struct indicators *in)
{
	struct threat_index *t;

	if (threat_index_new(in, &t))
		return;
	for (size_t i = 0; i < in->v.len; i++) {
		const struct indicator *e = &in->v.data[i];
		const char *name = indicator_value(in, e);

		if (e->kind == CORDON_INDICATOR_URL)
			continue;
		if (e->kind == CORDON_INDICATOR_DOMAIN ? !threat_index_name(t, name, strlen(name))
						       : !threat_index_addr(t, &e->prefix.addr))
			abort();
	}
	threat_index_free(t);
}

static void try_format(const char *format, const char *data, size_t size)
{
	/* of every second length entries are too old, or end (2026) */
	const struct feed_opts opts = {.name = "fuzz", .action = CORDON_ACTION_ALERT, .now_ns = size & 1 ? 1767225600000000000ULL : 0};
	struct indicators in = {0};
	struct feed_report rep = {0};
	int r = feed_parse(format, data, size, &opts, &in, &rep);

	if ((r == 0) != (in.v.len > 0) || (r == 0 && rep.accepted > in.v.len) ||
	    rep.refusals.len > rep.refused)
		abort();
	for (size_t i = 0; i < in.v.len; i++)
		must_be_sound(&in, &in.v.data[i]);
	must_be_found(&in);
	indicators_done(&in);
	feed_report_done(&rep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#define NAME_OF(n, ...) #n,
	static const char *const formats[] = {FEED_FORMAT_LIST(NAME_OF)};

	try_format(NULL, (const char *)data, size);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		try_format(formats[i], (const char *)data, size);
	return 0;
}
