/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zlib behind inflate.h. The input is held until the first byte comes out, so
 * that data that proves to be no deflate can be given out as it was.
 */
#include "base/inflate.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cordon_limits.h"

/* deflate that gives nothing out in so many bytes is taken for no deflate */
#define HELD_MAX 1024
#define OUT_STEP 4096

enum { STARTS, RUNS, PASSES, ENDED };

struct inflate {
	z_stream z;
	uint8_t state;
	bool has_failed;
	enum inflate_form form;
	uint32_t n_held;
	uint8_t held[HELD_MAX];
};

static atomic_uint n_open;

unsigned int inflate_open(void)
{
	return atomic_load(&n_open);
}

enum inflate_form inflate_form(const struct inflate *z)
{
	return z ? z->form : INFLATE_UNKNOWN;
}

bool inflate_failed(const struct inflate *z)
{
	return z && z->has_failed;
}

uint64_t inflate_ratio(const struct inflate *z)
{
	return z && z->z.total_in ? z->z.total_out / z->z.total_in : 0;
}

int inflate_new(struct inflate **ret)
{
	struct inflate *z;

	if (atomic_fetch_add(&n_open, 1) >= CORDON_INFLATE_MAX) {
		atomic_fetch_sub(&n_open, 1);
		return -EMFILE;
	}
	z = calloc(1, sizeof(*z));
	if (!z) {
		atomic_fetch_sub(&n_open, 1);
		return -ENOMEM;
	}
	*ret = z;
	return 0;
}

static void stop(struct inflate *z, uint8_t state)
{
	if (z->state == RUNS)
		inflateEnd(&z->z);
	z->state = state;
}

void inflate_free(struct inflate *z)
{
	if (!z)
		return;
	stop(z, ENDED);
	free(z);
	atomic_fetch_sub(&n_open, 1);
}

/* zlib's number for the container that begins with these two bytes: gzip, zlib, or bare */
static int window_bits(const uint8_t *p)
{
	if (p[0] == 0x1f && p[1] == 0x8b)
		return 15 + 16;
	if ((p[0] & 15) == 8 && p[0] >> 4 <= 7 && (p[0] << 8 | p[1]) % 31 == 0)
		return 15;
	return -15;
}

static void start(struct inflate *z)
{
	int bits = window_bits(z->held);

	z->form = bits < 0 ? INFLATE_BARE : INFLATE_WRAPPED;
	z->state = inflateInit2(&z->z, bits) == Z_OK ? RUNS : PASSES;
}

/* what was held was no deflate */
static int pass_held(struct inflate *z, inflate_fn fn, void *ctx)
{
	uint32_t n = z->n_held;

	stop(z, PASSES);
	z->n_held = 0;
	return n ? fn(ctx, z->held, n) : 0;
}

static bool is_silent(const struct inflate *z)
{
	return !z->z.total_out;
}

static int run(struct inflate *z, const uint8_t *p, uint32_t len, inflate_fn fn, void *ctx)
{
	uint8_t out[OUT_STEP];
	int r = Z_OK, ret;

	z->z.next_in = (uint8_t *)p;
	z->z.avail_in = len;
	while (r == Z_OK) {
		z->z.next_out = out;
		z->z.avail_out = sizeof(out);
		r = inflate(&z->z, Z_NO_FLUSH);
		if (z->z.avail_out < sizeof(out)) {
			ret = fn(ctx, out, (uint32_t)(sizeof(out) - z->z.avail_out));
			if (ret)
				return ret;
		} else if (!z->z.avail_in) {
			break;
		}
	}
	z->has_failed |= r != Z_STREAM_END && r != Z_OK && r != Z_BUF_ERROR;
	if (r == Z_STREAM_END)
		stop(z, ENDED);
	else if (r != Z_OK && r != Z_BUF_ERROR && !is_silent(z))
		stop(z, ENDED);
	else if (r != Z_OK && r != Z_BUF_ERROR)
		return pass_held(z, fn, ctx);
	return 0;
}

/* one byte while nothing has come out: it is held, and tried */
static int try_byte(struct inflate *z, uint8_t b, inflate_fn fn, void *ctx)
{
	int r;

	z->held[z->n_held++] = b;
	if (z->state == RUNS)
		r = run(z, &b, 1, fn, ctx);
	else if (z->n_held < 2)
		return 0;
	else
		for (start(z), r = 0; !r && z->state == RUNS && z->z.total_in < 2;)
			r = run(z, z->held + z->z.total_in, 1, fn, ctx);
	if (!r && z->n_held == HELD_MAX && z->state == RUNS && is_silent(z))
		r = pass_held(z, fn, ctx);
	return r;
}

int inflate_feed(struct inflate *z, const uint8_t *p, uint32_t len, inflate_fn fn, void *ctx)
{
	int r = 0;

	while (len && !r && (z->state == STARTS || (z->state == RUNS && is_silent(z)))) {
		r = try_byte(z, *p, fn, ctx);
		p++;
		len--;
	}
	if (r || !len || z->state == ENDED)
		return r;
	return z->state == RUNS ? run(z, p, len, fn, ctx) : fn(ctx, p, len);
}

int inflate_end(struct inflate *z, inflate_fn fn, void *ctx)
{
	return z->state == STARTS ? pass_held(z, fn, ctx) : 0;
}
