/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A body: what is left when chunks are joined, decoded by its Content-Encoding
 * (deflate in any container, two layers at most, as Suricata's shipped
 * configuration), up to CORDON_HTTP_BODY_MAX bytes.
 */
#include "app/http.h"

#include <errno.h>

#include "cordon_limits.h"

static const struct http_span none = { NULL, 0 };

/* the last coding of a list: the outer one (RFC 9110 8.4); @list is shortened by it */
static struct http_span last_coding(struct http_span *list)
{
	const uint8_t *end, *from;

	if (!list->len)
		return none;
	end = from = list->p + list->len;
	while (from > list->p && from[-1] != ',')
		from--;
	list->len = from > list->p ? (uint32_t)(from - 1 - list->p) : 0;
	return http_trim(from, end);
}

void http_body_begin(struct http_body *b, struct app_buf encoding)
{
	struct http_span list = { encoding.p, encoding.len }, coding;

	http_body_done(b);
	b->data.v.len = b->inner = b->layers = 0;
	b->is_full = b->is_bomb = b->has_failed = false;
	while (b->layers < 2 && (coding = last_coding(&list)).p) {
		if (!http_has(coding, "gzip", 4) && !http_has(coding, "deflate", 7))
			continue;
		/* without room the bytes are shown as they came */
		if (inflate_new(&b->z[b->layers]))
			return;
		b->wraps[b->layers] = http_has(coding, "gzip", 4);
		b->layers++;
	}
}

/* enough: what is under way is given up */
#define FULL 1
/* text and code give 3 to 20, runs of one byte up to 1,030 */
#define BOMB_RATIO 100

/* what hides behind the cap is not seen: that it is there must be */
static void note_bomb(struct http_body *b)
{
	for (uint8_t i = 0; i < b->layers; i++)
		b->is_bomb |= inflate_ratio(b->z[i]) >= BOMB_RATIO;
}

static int store(void *ctx, const uint8_t *p, uint32_t len)
{
	struct http_body *b = ctx;
	int n = bytes_add(&b->data, p, len, CORDON_HTTP_BODY_MAX);

	if (n < 0)
		return n;
	b->is_full = (uint32_t)n < len;
	/* also when it ends exactly there: what is behind comes in another segment, and is not inflated any more */
	if (b->data.v.len == CORDON_HTTP_BODY_MAX)
		note_bomb(b);
	return b->is_full ? FULL : 0;
}

static int inner(void *ctx, const uint8_t *p, uint32_t len)
{
	struct http_body *b = ctx;

	if (len > CORDON_INFLATE_INNER - b->inner) {
		b->is_full = true;
		note_bomb(b);
		return FULL;
	}
	b->inner += len;
	return inflate_feed(b->z[1], p, len, store, b);
}

/* bytes that are no deflate, or not in the form that their coding says */
static void note_failure(struct http_body *b)
{
	for (uint8_t i = 0; i < b->layers; i++)
		b->has_failed |= inflate_failed(b->z[i]) || inflate_form(b->z[i]) == (b->wraps[i] ? INFLATE_BARE : INFLATE_WRAPPED);
}

static int settle(struct http_body *b, int r)
{
	note_failure(b);
	if (b->is_full || b->data.v.len == CORDON_HTTP_BODY_MAX)
		http_body_done(b);
	return r == FULL ? 0 : r;
}

int http_body_add(struct http_body *b, const uint8_t *p, uint32_t len)
{
	int r;

	if (b->is_full || b->data.v.len == CORDON_HTTP_BODY_MAX)
		return 0;
	if (!b->layers)
		r = store(b, p, len);
	else
		r = inflate_feed(b->z[0], p, len, b->layers == 2 ? inner : store, b);
	return settle(b, r);
}

int http_body_end(struct http_body *b)
{
	int r = 0;

	if (b->z[0])
		r = inflate_end(b->z[0], b->layers == 2 ? inner : store, b);
	if (!r && b->z[1])
		r = inflate_end(b->z[1], store, b);
	note_failure(b);
	http_body_done(b);
	return r == FULL ? 0 : r;
}

void http_body_done(struct http_body *b)
{
	for (int i = 0; i < 2; i++) {
		inflate_free(b->z[i]);
		b->z[i] = NULL;
	}
}
