// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a feed worker gives back: a memory file with a head, then indicators,
 * text and refusals, as they lie in memory of the same program. The worker may
 * have been taken over by what it read, so result_read() looks at every field
 * before anything of it is used, and judges addresses and names again by the
 * rules the parser obeys.
 */
#include "feed/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define CATEGORIES_BYTES (UINT16_MAX * 65ULL)
#define RESULT_MAGIC 0x6665656472657331ULL

/* the memory file: this head, then indicators, text, refusals, categories (terminated, one after
 * the other) */
struct result {
	uint64_t magic;
	int64_t status;                                          /* of feed_parse() */
	uint64_t n_indicators, n_text, n_refusals, n_categories; /* n_categories: bytes */
	uint64_t lines, version, accepted, refused;
	uint64_t marks[FEED_MARKS], reasons[FEED_REASONS];
	char format[32];
};

static int write_all(int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0)
			return -errno;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

static uint64_t categories_bytes(const struct indicators *in)
{
	uint64_t n = 0;

	for (size_t i = 0; i < in->categories.len; i++)
		n += strlen(in->categories.data[i]) + 1;
	return n;
}

static int write_categories(int fd, const struct indicators *in)
{
	int r = 0;

	for (size_t i = 0; i < in->categories.len && !r; i++)
		r = write_all(fd, in->categories.data[i], strlen(in->categories.data[i]) + 1);
	return r;
}

int result_write(int fd, int status, const struct indicators *in, const struct feed_report *rep)
{
	struct result r = {
		.magic = RESULT_MAGIC,
		.status = status,
		.n_indicators = in->v.len,
		.n_text = in->text.len,
		.n_refusals = rep->refusals.len,
		.n_categories = categories_bytes(in),
		.lines = rep->lines,
		.version = rep->version,
		.accepted = rep->accepted,
		.refused = rep->refused,
	};

	memcpy(r.marks, rep->marks, sizeof(r.marks));
	memcpy(r.reasons, rep->reasons, sizeof(r.reasons));
	memcpy(r.format, rep->format, sizeof(r.format));
	return write_all(fd, &r, sizeof(r)) ||
	       write_all(fd, in->v.data, in->v.len * sizeof(*in->v.data)) ||
	       write_all(fd, in->text.data, in->text.len) ||
	       write_all(fd, rep->refusals.data, rep->refusals.len * sizeof(*rep->refusals.data)) ||
	       write_categories(fd, in);
}

static int read_all(int fd, void *p, size_t n)
{
	char *s = p;

	while (n) {
		ssize_t r = read(fd, s, n);

		if (r <= 0)
			return r ? -errno : -EPROTO;
		s += r;
		n -= (size_t)r;
	}
	return 0;
}

static bool head_ok(const struct result *h, uint64_t size)
{
	return h->magic == RESULT_MAGIC && h->status <= 0 && h->status > -4096 &&
	       !h->status == !!h->n_indicators && h->n_indicators <= CORDON_FEED_ENTRIES &&
	       h->n_text <= UINT32_MAX && h->n_refusals <= CORDON_FEED_REFUSALS &&
	       h->n_refusals <= h->refused && h->n_categories <= CATEGORIES_BYTES &&
	       memchr(h->format, '\0', sizeof(h->format)) &&
	       (!h->format[0] || feed_format_find(h->format)) &&
	       size == sizeof(*h) + h->n_indicators * sizeof(struct indicator) + h->n_text +
			       h->n_refusals * sizeof(struct feed_refusal) + h->n_categories;
}

static bool prefix_ok(const struct indicator *e)
{
	bool is_v4 = addr_is_v4(&e->prefix.addr) && e->prefix.len >= 96;
	size_t at = e->prefix.len / 8;

	if (e->prefix.len > 128 || is_v4 != (e->kind == CORDON_INDICATOR_IPV4))
		return false;
	if (e->prefix.len % 8 && (e->prefix.addr.b[at++] << e->prefix.len % 8 & 0xff))
		return false;
	for (; at < sizeof(e->prefix.addr.b); at++)
		if (e->prefix.addr.b[at])
			return false;
	return !space_refused(&e->prefix);
}

/* the text is a whole name in canonical form */
static bool name_ok(const struct indicators *in, const struct indicator *e)
{
	const char *name = in->text.data + e->text;
	unsigned int why;
	size_t len;

	if (e->text >= in->text.len || (e->text && name[-1]) || !*name || *name == '.')
		return false;
	len = name_span(name);
	if (len > 253 || name[len])
		return false;
	why = name_refused(name);
	return !why || (why == FEED_LOCAL_NAME && e->mark == FEED_MARK_EXCEPT);
}

/* a URL reads back as itself, and its host may be listed */
static bool url_ok(const struct indicators *in, uint32_t at)
{
	const char *text = in->text.data + at;
	struct url u;

	if (at >= in->text.len || (at && text[-1]) ||
	    url_read((struct feed_text){text, strlen(text)}, &u) || strcmp(u.text, text))
		return false;
	return !(u.host.kind == VALUE_PREFIX ? space_refused(&u.host.prefix)
					     : name_refused(u.host.name));
}

static bool entry_ok(const struct indicators *in, const struct indicator *e,
		     const struct feed_opts *o)
{
	uint8_t flags = e->flags & (uint8_t)~CORDON_THREAT_SUBDOMAINS;

	if (e->action > o->action || e->confidence > 100 || e->feed || e->mark >= FEED_MARKS ||
	    e->category >= in->categories.len ||
	    flags != (o->observe ? CORDON_THREAT_OBSERVE : 0) ||
	    (e->confidence < o->alert_below && e->action > CORDON_ACTION_ALERT))
		return false;
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return name_ok(in, e);
	if (e->kind == CORDON_INDICATOR_URL)
		return flags == e->flags && url_ok(in, e->text);
	return e->kind <= CORDON_INDICATOR_IPV6 && flags == e->flags && prefix_ok(e);
}

#define EACH_BYTE(c) (0x0101010101010101ULL * (c))

/* eight bytes of text at once: each is 0 or 0x21 ... 0x7e */
static bool word_ok(uint64_t v)
{
	uint64_t low = v & EACH_BYTE(0x7f);
	uint64_t set = low + EACH_BYTE(0x7f), visible = low + EACH_BYTE(0x80 - 0x21), beyond = low + EACH_BYTE(0x80 - 0x7f);

	return !((v | beyond | (set & ~visible)) & EACH_BYTE(0x80));
}

static bool text_ok(const struct indicators *in)
{
	for (size_t i = 0; i < in->text.len; i += 8) {
		size_t left = in->text.len - i;
		uint64_t v = 0;

		memcpy(&v, in->text.data + i, left < 8 ? left : 8);
		if (!word_ok(v))
			return false;
	}
	return !in->text.len || !in->text.data[in->text.len - 1];
}

static bool result_ok(const struct indicators *in, struct feed_report *rep,
		      const struct feed_opts *o)
{
	if (!text_ok(in))
		return false;
	for (size_t i = 0; i < in->v.len; i++)
		if (!entry_ok(in, &in->v.data[i], o))
			return false;
	for (size_t i = 0; i < rep->refusals.len; i++) {
		char *s = rep->refusals.data[i].reason;

		if (rep->refusals.data[i].code >= FEED_REASONS)
			return false;
		s[sizeof(rep->refusals.data[i].reason) - 1] = '\0';
		for (; *s; s++)
			if (*s < 0x20 || *s > 0x7e)
				*s = '?';
	}
	return true;
}

/* the names of the categories, each ended by a 0 */
static int read_categories(int fd, uint64_t n, struct indicators *in)
{
	_cleanup_free_ char *text = malloc(n + 1);
	int r = text ? read_all(fd, text, n) : -ENOMEM;

	if (r)
		return r;
	text[n] = '\0';
	for (uint64_t at = 0; at < n && r >= 0; at += strlen(text + at) + 1) {
		for (const char *c = text + at; *c; c++)
			if (*c < 0x20 || *c > 0x7e)
				return -EPROTO;
		r = indicators_category(in, in->categories.len, text + at, strlen(text + at));
	}
	return r < 0 ? r : n && text[n - 1] ? -EPROTO : 0;
}

int result_read(int fd, const struct feed_opts *o, struct indicators *in, struct feed_report *rep,
		int *ret_status)
{
	struct result h;
	struct stat st;

	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET) || read_all(fd, &h, sizeof(h)) ||
	    !head_ok(&h, (uint64_t)st.st_size))
		return -EPROTO;
	if (vec_reserve(&in->v, h.n_indicators) || vec_reserve(&in->text, h.n_text) ||
	    vec_reserve(&rep->refusals, h.n_refusals))
		return -ENOMEM;
	if (read_all(fd, in->v.data, h.n_indicators * sizeof(*in->v.data)) ||
	    read_all(fd, in->text.data, h.n_text) ||
	    read_all(fd, rep->refusals.data, h.n_refusals * sizeof(*rep->refusals.data)))
		return -EPROTO;
	if (read_categories(fd, h.n_categories, in))
		return -EPROTO;
	in->v.len = h.n_indicators;
	in->text.len = h.n_text;
	rep->refusals.len = h.n_refusals;
	memcpy(rep->format, h.format, sizeof(rep->format));
	memcpy(rep->marks, h.marks, sizeof(rep->marks));
	memcpy(rep->reasons, h.reasons, sizeof(rep->reasons));
	rep->lines = h.lines;
	rep->version = h.version;
	rep->accepted = h.accepted;
	rep->refused = h.refused;
	*ret_status = (int)h.status;
	return result_ok(in, rep, o) ? 0 : -EPROTO;
}

/* the lists of names behind the caller's; *ret_feed and *ret_category: where they begin */
static int append_names(struct indicators *into, struct indicators *in, const struct feed_opts *o,
			size_t *ret_feed, size_t *ret_category)
{
	int r = indicators_feed(into, o->name);

	*ret_feed = into->feeds.len - 1;
	*ret_category = into->categories.len;
	for (size_t i = 0; i < in->categories.len && r >= 0; i++)
		r = indicators_category(into, into->categories.len, in->categories.data[i],
					strlen(in->categories.data[i]));
	return r < 0 ? r : 0;
}

/* a checked result goes behind what the caller has; categories: of those of @in, where each stands in @into */
static int append(struct indicators *into, const struct indicators *in, size_t feed, const uint16_t *categories)
{
	size_t text = into->text.len, n = into->v.len;

	if (text + in->text.len > UINT32_MAX || n + in->v.len >= UINT32_MAX)
		return -EFBIG;
	if (vec_reserve(&into->v, n + in->v.len) || vec_reserve(&into->text, text + in->text.len))
		return -ENOMEM;
	if (in->v.len)
		memcpy(into->v.data + n, in->v.data, in->v.len * sizeof(*in->v.data));
	if (in->text.len)
		memcpy(into->text.data + text, in->text.data, in->text.len);
	into->v.len += in->v.len;
	into->text.len += in->text.len;
	for (size_t i = n; i < into->v.len; i++) {
		into->v.data[i].feed = (uint16_t)feed;
		into->v.data[i].category = categories[into->v.data[i].category];
		into->v.data[i].text += (uint32_t)text;
	}
	return 0;
}

/* --- pieces of one file --- */

static int join_refusals(struct feed_report *rep, const struct feed_report *part)
{
	size_t room = CORDON_FEED_REFUSALS - rep->refusals.len, n = part->refusals.len < room ? part->refusals.len : room;

	if (!n)
		return 0;
	if (vec_reserve(&rep->refusals, rep->refusals.len + n))
		return -ENOMEM;
	memcpy(rep->refusals.data + rep->refusals.len, part->refusals.data, n * sizeof(*part->refusals.data));
	rep->refusals.len += n;
	return 0;
}

static int join_reports(struct feed_report *rep, const struct feed_report *part)
{
	if (!rep->format[0])
		memcpy(rep->format, part->format, sizeof(rep->format));
	rep->lines += part->lines;
	rep->version += part->version;
	rep->accepted += part->accepted;
	rep->refused += part->refused;
	for (size_t i = 0; i < FEED_MARKS; i++)
		rep->marks[i] += part->marks[i];
	for (size_t i = 0; i < FEED_REASONS; i++)
		rep->reasons[i] += part->reasons[i];
	return join_refusals(rep, part);
}

/* nothing good in one piece is no fault while there is in another; of two faults the one that is not of the lines counts */
static int join_status(int a, int b)
{
	bool is_empty_a = a == -ENODATA || a == -EINVAL, is_empty_b = b == -ENODATA || b == -EINVAL;

	if (is_empty_a && is_empty_b)
		return a == -EINVAL || b == -EINVAL ? -EINVAL : -ENODATA;
	return is_empty_a ? b : is_empty_b || a ? a : b;
}

int result_join(struct indicators *in, struct feed_report *rep, int *status, struct indicators *part,
		struct feed_report *part_rep, int part_status)
{
	uint16_t *categories;
	int r = join_reports(rep, part_rep);

	*status = join_status(*status, part_status);
	if (r || part_status)
		return r;
	if (!in->v.len) {
		struct indicators none = *in;

		*in = *part;
		*part = none;
		return 0;
	}
	if (in->v.len + part->v.len > CORDON_FEED_ENTRIES) {
		*status = -EFBIG;
		return 0;
	}
	categories = calloc(part->categories.len + 1, sizeof(*categories));
	r = categories ? 0 : -ENOMEM;
	for (size_t i = 0; i < part->categories.len && r >= 0; i++) {
		r = indicators_category(in, 0, part->categories.data[i], strlen(part->categories.data[i]));
		categories[i] = (uint16_t)r;
	}
	r = r < 0 ? r : append(in, part, 0, categories);
	free(categories);
	return r;
}

int result_take(struct indicators *into, struct indicators *in, const struct feed_opts *o)
{
	bool is_empty =
		!into->v.data && !into->text.data && !into->feeds.len && !into->categories.len;
	_cleanup_free_ uint16_t *categories = NULL;
	size_t feed, category;
	int r = append_names(into, in, o, &feed, &category);

	if (r)
		return r;
	if (!is_empty) {
		categories = calloc(in->categories.len + 1, sizeof(*categories));
		for (size_t i = 0; categories && i < in->categories.len; i++)
			categories[i] = (uint16_t)(category + i);
		return categories ? append(into, in, feed, categories) : -ENOMEM;
	}
	into->v.data = in->v.data;
	into->v.len = in->v.len;
	into->v.cap = in->v.cap;
	into->text.data = in->text.data;
	into->text.len = in->text.len;
	into->text.cap = in->text.cap;
	in->v.data = NULL;
	in->text.data = NULL;
	return 0;
}
