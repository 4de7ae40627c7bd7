// SPDX-License-Identifier: BSD-2-Clause
/*
 * feed_parse(): choose the row, run it, keep the set as it was when nothing
 * came of it. What the rows share (refusals, new feeds, new text) is here.
 */
#include "feed/parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "feed/formats.h"
#include "feed/parts.h"

#define ROW(n, suffix_, by_line_, help_)                                                                     \
	{.name = #n,                                                                               \
	 .suffix = suffix_,                                                                        \
	 .is_by_line = by_line_,                                                                   \
	 .help = help_,                                                                            \
	 .detect = fmt_##n##_detect,                                                               \
	 .parse = fmt_##n##_parse},
static const struct feed_format formats[] = {FEED_FORMAT_LIST(ROW)};

/* what users call a feed that is written in one of the formats */
static const char *const aliases[][2] = {FEED_ALIASES};

const struct feed_format *feed_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i][0], name))
			name = aliases[i][1];
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

#define NAME_OF(id, name, text) name,
#define TEXT_OF(id, name, text) text,
const char *feed_reason_name(unsigned int reason)
{
	static const char *const names[] = {FEED_REASON_LIST(NAME_OF)};

	return reason < FEED_REASONS ? names[reason] : "";
}

const char *feed_reason_text(unsigned int reason)
{
	static const char *const texts[] = {FEED_REASON_LIST(TEXT_OF)};

	return reason < FEED_REASONS ? texts[reason] : "";
}

void feed_reasons_each(const uint64_t *reasons, void (*fn)(const char *name, uint64_t n, void *ctx), void *ctx)
{
	for (unsigned int i = 1; i < FEED_REASONS; i++) {
		bool is_first = true;
		uint64_t n = 0;

		for (unsigned int k = 1; k < FEED_REASONS; k++) {
			if (strcmp(feed_reason_name(i), feed_reason_name(k)))
				continue;
			n += reasons[k];
			is_first &= k >= i;
		}
		if (n && is_first)
			fn(feed_reason_name(i), n, ctx);
	}
}

#define MARK_OF(id, name) name,
const char *indicator_mark(const struct indicator *e)
{
	static const char *const names[] = {FEED_MARK_LIST(MARK_OF)};

	return e->mark < FEED_MARKS ? names[e->mark] : "";
}

static struct feed_refusal refusal(const struct feed_parser *p, struct feed_text what,
				   unsigned int reason)
{
	struct feed_refusal f = {.line = p->line, .code = (uint16_t)reason};
	char shown[49];

	str_escape(shown, sizeof(shown), what.s, what.len < 48 ? what.len : 48);
	snprintf(f.reason, sizeof(f.reason), "%s: %s", shown, feed_reason_text(reason));
	return f;
}

void feed_refuse(struct feed_parser *p, struct feed_text what, unsigned int reason)
{
	p->report->refused++;
	p->report->reasons[reason]++;
	if (p->report->refusals.len >= CORDON_FEED_REFUSALS)
		return;
	/* out of memory: the count still says it */
	if (vec_push(&p->report->refusals, refusal(p, what, reason)))
		return;
}

int feed_fail(struct feed_parser *p, struct feed_text what, unsigned int reason)
{
	struct feed_refusal f = refusal(p, what, reason);

	p->report->refused++;
	p->report->reasons[reason]++;
	/* it is the one that matters, so it stands first */
	if (p->report->refusals.len < CORDON_FEED_REFUSALS && vec_push(&p->report->refusals, f))
		return -ENOMEM;
	memmove(p->report->refusals.data + 1, p->report->refusals.data,
		(p->report->refusals.len - 1) * sizeof(f));
	p->report->refusals.data[0] = f;
	return -EINVAL;
}

static int push_copy(void *vec, const char *s, size_t len)
{
	VEC(char *) *v = vec;
	char *c = strndup(s, len);
	int r = c ? vec_push(v, c) : -ENOMEM;

	if (r)
		free(c);
	return r;
}

int indicators_feed(struct indicators *in, const char *name)
{
	int r;

	if (in->feeds.len >= UINT16_MAX)
		return -EFBIG;
	r = push_copy(&in->feeds, name ? name : "", name ? strlen(name) : 0);
	return r ? r : (int)in->feeds.len - 1;
}

int indicators_category(struct indicators *in, size_t first, const char *s, size_t len)
{
	int r;

	for (size_t i = first; i < in->categories.len; i++)
		if (!strncmp(in->categories.data[i], s, len) && !in->categories.data[i][len])
			return (int)i;
	if (in->categories.len >= UINT16_MAX)
		return -EFBIG;
	r = push_copy(&in->categories, s, len);
	return r ? r : (int)in->categories.len - 1;
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
	vec_done(&in->by_category);
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
static void refuse_all(struct feed_parser *p, const struct feed_sample *s)
{
	struct feed_text first = {p->data, p->len < 16 ? p->len : 16};
	const char *page;

	for (size_t i = 0; i < s->n; i++)
		if (!s->is_comment[i]) {
			first = s->line[i];
			break;
		}
	for (const char *c = p->data; c < first.s; c++)
		p->line += *c == '\n';
	p->line++;
	page = *first.s == '<' ? memmem(first.s,
					(size_t)(p->data + p->len - first.s) < 2048
						? (size_t)(p->data + p->len - first.s)
						: 2048,
					"html", 4)
			       : NULL;
	feed_refuse(
		p, first,
		page || (*first.s == '<' && first.len > 5 && !strncasecmp(first.s + 1, "html", 4))
			? FEED_HTML
			: FEED_NO_FORMAT);
}

static int parse_as(struct feed_parser *p, const struct feed_format *f, const char *data,
		    size_t len)
{
	int r;

	str_copy(p->report->format, sizeof(p->report->format), f->name);
	r = f->parse(p, data, len);
	if (r) {
		p->report->accepted = 0; /* nothing of it is taken */
		return r;
	}
	if (p->report->accepted)
		return 0;
	return p->report->refused ? -EINVAL : -ENODATA;
}

static void undo(struct indicators *in, const struct indicators *before)
{
	while (in->feeds.len > before->feeds.len)
		free(in->feeds.data[--in->feeds.len]);
	while (in->categories.len > before->categories.len)
		free(in->categories.data[--in->categories.len]);
	in->v.len = before->v.len;
	in->text.len = before->text.len;
}

/* the feed's own entry in the lists of names and categories */
static int begin(struct feed_parser *p)
{
	const char *category = p->opts->category ? p->opts->category : "";
	int feed = indicators_feed(p->in, p->opts->name);
	int r = feed;

	if (r >= 0)
		r = indicators_category(p->in, p->in->categories.len, category, strlen(category));
	if (r < 0)
		return r;
	p->first_category = (size_t)r;
	p->proto.feed = (uint16_t)feed;
	feed_proto(p);
	return 0;
}

/* the row to use: the one named, or the one the text looks like; NULL with *ret_r */
static const struct feed_format *choose(struct feed_parser *p, const char *format, int *ret_r)
{
	const struct feed_format *f = NULL;
	struct feed_sample sample;

	*ret_r = -ENOTSUP;
	if (format && strcmp(format, "auto")) {
		f = feed_format_find(format);
		if (!f)
			return NULL;
	}
	feed_sample(p->data, p->len, &sample);
	*ret_r = sample.n_data ? -EINVAL : -ENODATA;
	if (!f && sample.n_data)
		f = feed_format_detect(&sample);
	if (!f && sample.n_data)
		refuse_all(p, &sample);
	return f;
}

static uint32_t count_lines(const char *data, size_t len)
{
	uint32_t n = 0;

	for (const char *end = data + len; (data = memchr(data, '\n', (size_t)(end - data))); data++)
		n++;
	return n;
}

/* entries and refusals from these on are of a part that begins at line @base + 1 of the whole */
static void shift_lines(struct feed_parser *p, size_t entry, size_t refused, uint32_t base)
{
	for (size_t i = entry; i < p->in->v.len; i++)
		p->in->v.data[i].line += base;
	for (size_t i = refused; i < p->report->refusals.len; i++)
		p->report->refusals.data[i].line += base;
}

/* what broke the part stands first, and with the name of its file */
static void name_failure(struct feed_parser *p, const char *file, size_t refused, bool is_first, uint32_t base)
{
	struct feed_refusal *list = p->report->refusals.data, f;

	if (p->report->refusals.len <= refused)
		return; /* there was no room for it */
	f = list[is_first ? 0 : p->report->refusals.len - 1];
	f.line += base;
	if (!is_first) {
		memmove(list + 1, list, (p->report->refusals.len - 1) * sizeof(*list));
		list[0] = f;
	}
	snprintf(list[0].reason, sizeof(list[0].reason), "%.40s: %.70s", file, f.reason);
	list[0].line = f.line;
}

static int parse_part(struct feed_parser *p, const char *format, const struct feed_part *part, uint32_t base)
{
	size_t entry = p->in->v.len, refused = p->report->refusals.len;
	const struct feed_format *f;
	int r;

	p->data = part->data;
	p->len = part->len;
	p->line = 0;
	p->comments = NULL;
	feed_proto(p);
	f = choose(p, format, &r);
	if (f) {
		str_copy(p->report->format, sizeof(p->report->format), f->name);
		r = f->parse(p, part->data, part->len);
	}
	if (r == -ENODATA)
		r = 0; /* one of several may be empty */
	shift_lines(p, entry, r ? p->report->refusals.len : refused, base);
	if (!r)
		return 0;
	name_failure(p, part->name, refused, f != NULL, base);
	p->report->accepted = 0; /* nothing of any is taken */
	return r;
}

/*
 * each file by itself, in the format it looks like when none is named; one that is broken breaks all. Lines
 * count on from file to file.
 */
static int parse_parts(struct feed_parser *p, const char *format, const char *data, size_t len)
{
	struct feed_part part;
	uint32_t base = 0;
	size_t at = 0;
	int r, n;

	while ((n = feed_parts_next(data, len, &at, &part)) > 0) {
		const char *dot = strrchr(part.name, '.');

		if (dot && !strcmp(dot, ".sig"))
			continue;
		r = parse_part(p, format, &part, base);
		if (r)
			return r;
		base += count_lines(part.data, part.len) + (part.len && part.data[part.len - 1] != '\n');
	}
	if (n < 0)
		return feed_fail(p, (struct feed_text){"", 0}, FEED_PARTS);
	if (p->report->accepted)
		return 0;
	return p->report->refused ? -EINVAL : -ENODATA;
}

/* where the @k-th of @n pieces begins: with a line */
static size_t cut_at(const char *data, size_t len, uint32_t k, uint32_t n)
{
	size_t at = len / n * k;
	const char *nl;

	if (!k || k == n)
		return k ? len : 0;
	nl = memchr(data + at, '\n', len - at);
	return nl ? (size_t)(nl + 1 - data) : len;
}

static int parse_piece(struct feed_parser *p, const struct feed_format *f, struct feed_piece piece)
{
	size_t entry = p->in->v.len, refused = p->report->refusals.len;
	size_t from = cut_at(p->data, p->len, piece.index, piece.count), to = cut_at(p->data, p->len, piece.index + 1, piece.count);
	int r = parse_as(p, f, p->data + from, to - from);

	shift_lines(p, entry, refused, count_lines(p->data, from));
	return r;
}

int feed_parse(const char *format, const char *data, size_t len, const struct feed_opts *opts,
	       struct indicators *into, struct feed_report *report)
{
	return feed_parse_piece(format, data, len, (struct feed_piece){0, 1}, opts, into, report);
}

int feed_parse_piece(const char *format, const char *data, size_t len, struct feed_piece piece, const struct feed_opts *opts,
		     struct indicators *into, struct feed_report *report)
{
	struct feed_parser p = {
		.opts = opts, .in = into, .report = report, .data = data, .len = len};
	struct indicators before = *into;
	const struct feed_format *f;
	int r;

	if (len > CORDON_FEED_BYTES)
		return -EFBIG;
	if (feed_parts_is(data, len)) {
		if (piece.index)
			return -ENODATA;
		r = begin(&p);
		if (!r)
			r = parse_parts(&p, format, data, len);
	} else {
		f = choose(&p, format, &r);
		if (piece.index && (!f || !f->is_by_line)) { /* it is all in the first, and what is wrong with it too */
			feed_report_done(report);
			*report = (struct feed_report){0};
			return -ENODATA;
		}
		if (!f)
			return r;
		r = begin(&p);
		if (!r)
			r = f->is_by_line ? parse_piece(&p, f, piece) : parse_as(&p, f, data, len);
	}
	if (r)
		undo(into, &before);
	return r;
}
