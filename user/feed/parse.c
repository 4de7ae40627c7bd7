// SPDX-License-Identifier: BSD-2-Clause
/*
 * feed_parse(): choose the row, run it, keep the set as it was when nothing
 * came of it. What the rows share (refusals, new feeds, new text) is here.
 */
#include "feed/parse.h"

#include <string.h>

#include "base/cleanup.h"
#include "feed/formats.h"

#define ROW(n, suffix_, help_)                                                                     \
	{.name = #n,                                                                               \
	 .suffix = suffix_,                                                                        \
	 .help = help_,                                                                            \
	 .detect = fmt_##n##_detect,                                                               \
	 .parse = fmt_##n##_parse},
static const struct feed_format formats[] = {FEED_FORMAT_LIST(ROW)};

const struct feed_format *feed_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return NULL;
}

const struct feed_format *feed_format_detect(const struct feed_sample *s)
{
	const struct feed_format *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		size_t fits = formats[i].detect(s);

		if (fits > most) {
			most = fits;
			best = &formats[i];
		}
	}
	return most * 2 >= s->n_data ? best : NULL;
}

void feed_format_names(struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		strbuf_addf(out, "%s%s", i ? ", " : "", formats[i].name);
}

void feed_refuse(struct feed_parser *p, struct feed_text what, const char *reason)
{
	struct feed_refusal f = {.line = p->line};
	char shown[49];

	p->report->refused++;
	if (p->report->refusals.len >= CORDON_FEED_REFUSALS)
		return;
	str_escape(shown, sizeof(shown), what.s, what.len < 48 ? what.len : 48);
	snprintf(f.reason, sizeof(f.reason), "%s: %s", shown, reason);
	/* out of memory: the count still says it */
	if (vec_push(&p->report->refusals, f))
		return;
}

int indicators_feed(struct indicators *in, const char *name, const char *category)
{
	_cleanup_free_ char *n = strdup(name ? name : ""), *c = strdup(category ? category : "");

	if (in->feeds.len >= UINT16_MAX)
		return -EFBIG;
	if (!n || !c || vec_reserve(&in->categories, in->categories.len + 1) ||
	    vec_push(&in->feeds, n))
		return -ENOMEM;
	in->categories.data[in->categories.len++] = TAKE_PTR(c);
	n = NULL;
	return (int)in->feeds.len - 1;
}

int indicators_text(struct indicators *in, const char *s, size_t len, uint32_t *ret)
{
	if (in->text.len + len + 1 > UINT32_MAX)
		return -EFBIG;
	if (vec_reserve(&in->text, in->text.len + len + 1))
		return -ENOMEM;
	*ret = (uint32_t)in->text.len;
	memcpy(in->text.data + in->text.len, s, len);
	in->text.data[in->text.len + len] = '\0';
	in->text.len += len + 1;
	return 0;
}

void indicators_done(struct indicators *in)
{
	for (size_t i = 0; i < in->feeds.len; i++)
		free(in->feeds.data[i]);
	for (size_t i = 0; i < in->categories.len; i++)
		free(in->categories.data[i]);
	vec_done(&in->v);
	vec_done(&in->text);
	vec_done(&in->feeds);
	vec_done(&in->categories);
	vec_done(&in->also);
}

void feed_split(const char *spec, char format[32], const char **ret_path)
{
	const char *colon = strchr(spec, ':'), *slash = strchr(spec, '/');

	str_copy(format, 32, "auto");
	*ret_path = spec;
	if (!colon || colon == spec || colon - spec >= 32 || (slash && slash < colon))
		return;
	memcpy(format, spec, (size_t)(colon - spec));
	format[colon - spec] = '\0';
	*ret_path = colon + 1;
}

void feed_report_done(struct feed_report *r)
{
	vec_done(&r->refusals);
}

/* why no row fits, at the first line that is no comment */
static void refuse_all(struct feed_parser *p, const struct feed_sample *s, const char *data,
		       size_t len)
{
	_cleanup_free_ char *reason = NULL;
	struct strbuf names = {0};
	struct feed_text first = {data, len < 16 ? len : 16};

	for (size_t i = 0; i < s->n; i++)
		if (!s->is_comment[i]) {
			first = s->line[i];
			break;
		}
	feed_format_names(&names);
	if (asprintf(&reason, "nothing like any known format (%s)", names.s) < 0)
		reason = NULL;
	strbuf_done(&names);
	for (const char *c = data; c < first.s; c++)
		p->line += *c == '\n';
	p->line++;
	feed_refuse(p, first, reason ? reason : "nothing like any known format");
}

static int parse_as(struct feed_parser *p, const struct feed_format *f, const char *data,
		    size_t len)
{
	int r;

	str_copy(p->report->format, sizeof(p->report->format), f->name);
	r = f->parse(p, data, len);
	if (r)
		return r;
	if (p->report->accepted)
		return 0;
	return p->report->refused ? -EINVAL : -ENODATA;
}

static void undo(struct indicators *in, size_t n_feeds, size_t n_v, size_t n_text)
{
	while (in->feeds.len > n_feeds) {
		free(in->feeds.data[--in->feeds.len]);
		free(in->categories.data[--in->categories.len]);
	}
	in->v.len = n_v;
	in->text.len = n_text;
}

int feed_parse(const char *format, const char *data, size_t len, const struct feed_opts *opts,
	       struct indicators *into, struct feed_report *report)
{
	struct feed_parser p = {.opts = opts, .in = into, .report = report};
	size_t n_feeds = into->feeds.len, n_v = into->v.len, n_text = into->text.len;
	const struct feed_format *f = NULL;
	struct feed_sample sample;
	int r;

	if (len > CORDON_FEED_BYTES)
		return -EFBIG;
	if (format && strcmp(format, "auto")) {
		f = feed_format_find(format);
		if (!f)
			return -ENOTSUP;
	}
	feed_sample(data, len, &sample);
	if (!f && sample.n_data)
		f = feed_format_detect(&sample);
	if (!f && sample.n_data) {
		refuse_all(&p, &sample, data, len);
		return -EINVAL;
	}
	if (!f)
		return -ENODATA;
	r = indicators_feed(into, opts->name, opts->category);
	if (r >= 0) {
		p.feed = (uint16_t)r;
		r = parse_as(&p, f, data, len);
	}
	if (r)
		undo(into, n_feeds, n_v, n_text);
	return r;
}
