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
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define RESULT_MAGIC 0x6665656472657331ULL

/* the memory file: this head, then indicators, text, refusals */
struct result {
	uint64_t magic;
	int64_t status; /* of feed_parse() */
	uint64_t n_indicators, n_text, n_refusals;
	uint64_t lines, accepted, refused;
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

int result_write(int fd, int status, const struct indicators *in, const struct feed_report *rep)
{
	struct result r = {
		.magic = RESULT_MAGIC,
		.status = status,
		.n_indicators = in->v.len,
		.n_text = in->text.len,
		.n_refusals = rep->refusals.len,
		.lines = rep->lines,
		.accepted = rep->accepted,
		.refused = rep->refused,
	};

	memcpy(r.format, rep->format, sizeof(r.format));
	return write_all(fd, &r, sizeof(r)) ||
	       write_all(fd, in->v.data, in->v.len * sizeof(*in->v.data)) ||
	       write_all(fd, in->text.data, in->text.len) ||
	       write_all(fd, rep->refusals.data, rep->refusals.len * sizeof(*rep->refusals.data));
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
	       h->n_refusals <= h->refused && memchr(h->format, '\0', sizeof(h->format)) &&
	       (!h->format[0] || feed_format_find(h->format)) &&
	       size == sizeof(*h) + h->n_indicators * sizeof(struct indicator) + h->n_text +
			       h->n_refusals * sizeof(struct feed_refusal);
}

static bool prefix_ok(const struct indicator *e)
{
	bool is_v4 = addr_is_v4(&e->prefix.addr) && e->prefix.len >= 96;

	if (e->prefix.len > 128 || is_v4 != (e->kind == CORDON_INDICATOR_IPV4))
		return false;
	for (unsigned int bit = e->prefix.len; bit < 128; bit++)
		if (bit % 8 == 0 ? e->prefix.addr.b[bit / 8] != 0
				 : e->prefix.addr.b[bit / 8] >> (7 - bit % 8) & 1)
			return false;
	return !space_refused(&e->prefix);
}

/* the text at @at is a whole name; the blob's bytes were checked before and end with a 0 */
static bool name_ok(const struct indicators *in, uint32_t at)
{
	const char *name;

	if (at >= in->text.len)
		return false;
	name = in->text.data + at;
	return (!at || !name[-1]) && *name && *name != '.' && strnlen(name, 254) <= 253 &&
	       !name_refused(name);
}

static bool entry_ok(const struct indicators *in, const struct indicator *e,
		     const struct feed_opts *o)
{
	uint8_t flags = e->flags & (uint8_t)~CORDON_THREAT_SUBDOMAINS;

	if (e->action != o->action || e->confidence != o->confidence || e->feed || e->expires_ns ||
	    flags != (o->observe ? CORDON_THREAT_OBSERVE : 0))
		return false;
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return name_ok(in, e->text);
	return e->kind <= CORDON_INDICATOR_IPV6 && flags == e->flags && prefix_ok(e);
}

static bool result_ok(const struct indicators *in, struct feed_report *rep,
		      const struct feed_opts *o)
{
	for (size_t i = 0; i < in->text.len; i++)
		if (in->text.data[i] && !name_byte_ok((unsigned char)in->text.data[i]))
			return false;
	if (in->text.len && in->text.data[in->text.len - 1])
		return false;
	for (size_t i = 0; i < in->v.len; i++)
		if (!entry_ok(in, &in->v.data[i], o))
			return false;
	for (size_t i = 0; i < rep->refusals.len; i++) {
		char *s = rep->refusals.data[i].reason;

		s[sizeof(rep->refusals.data[i].reason) - 1] = '\0';
		for (; *s; s++)
			if (*s < 0x20 || *s > 0x7e)
				*s = '?';
	}
	return true;
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
	in->v.len = h.n_indicators;
	in->text.len = h.n_text;
	rep->refusals.len = h.n_refusals;
	memcpy(rep->format, h.format, sizeof(rep->format));
	rep->lines = h.lines;
	rep->accepted = h.accepted;
	rep->refused = h.refused;
	*ret_status = (int)h.status;
	return result_ok(in, rep, o) ? 0 : -EPROTO;
}

/* a checked result goes behind what the caller has */
static int append(struct indicators *into, const struct indicators *in, const struct feed_opts *o)
{
	size_t text = into->text.len, n = into->v.len;
	int feed;

	if (text + in->text.len > UINT32_MAX || n + in->v.len >= UINT32_MAX)
		return -EFBIG;
	if (vec_reserve(&into->v, n + in->v.len) || vec_reserve(&into->text, text + in->text.len))
		return -ENOMEM;
	feed = indicators_feed(into, o->name, o->category);
	if (feed < 0)
		return feed;
	if (in->v.len)
		memcpy(into->v.data + n, in->v.data, in->v.len * sizeof(*in->v.data));
	if (in->text.len)
		memcpy(into->text.data + text, in->text.data, in->text.len);
	into->v.len += in->v.len;
	into->text.len += in->text.len;
	for (size_t i = n; i < into->v.len; i++) {
		into->v.data[i].feed = (uint16_t)feed;
		into->v.data[i].text += (uint32_t)text;
	}
	return 0;
}

int result_take(struct indicators *into, struct indicators *in, const struct feed_opts *o)
{
	int r;

	if (into->v.len || into->text.len || into->feeds.len || into->v.data || into->text.data)
		return append(into, in, o);
	r = indicators_feed(into, o->name, o->category);
	if (r < 0)
		return r;
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
