// SPDX-License-Identifier: BSD-2-Clause
/* Chance and captures, see complete.h. Running out of memory ends the fuzzer: nothing is skipped in silence. */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "complete/complete.h"
#include "replay/pcap.h"

#define LINKTYPE_ETHERNET 1
#define PCAP_NS 0xa1b23c4d /* nanoseconds, the writer's byte order */

/* splitmix64 */
uint64_t rng_u64(struct rng *r)
{
	uint64_t z = r->s += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

uint32_t rng_pick(struct rng *r, uint32_t n)
{
	return n ? (uint32_t)((rng_u64(r) >> 32) * n >> 32) : 0;
}

uint32_t rng_between(struct rng *r, uint32_t min, uint32_t max)
{
	return min + rng_pick(r, max - min + 1);
}

bool rng_chance(struct rng *r, uint32_t percent)
{
	return rng_pick(r, 100) < percent;
}

void capture_clear(struct capture *c)
{
	c->frames.len = c->bytes.len = 0;
}

void capture_done(struct capture *c)
{
	vec_done(&c->frames);
	vec_done(&c->bytes);
}

void capture_add(struct capture *c, const void *frame, size_t len, uint32_t flow, uint64_t ts_ns)
{
	struct frame f = { .ts_ns = ts_ns, .at = c->bytes.len, .len = (uint32_t)len, .flow = flow };

	if (vec_reserve(&c->bytes, c->bytes.len + len) || vec_push(&c->frames, f))
		errx(1, "out of memory");
	memcpy(c->bytes.data + c->bytes.len, frame, len);
	c->bytes.len += len;
}

static int write_all(int fd, const void *p, size_t n)
{
	const char *b = p;
	ssize_t r;

	for (; n; b += r, n -= (size_t)r) {
		r = write(fd, b, n);
		if (r < 0)
			return -errno;
	}
	return 0;
}

int capture_write(const struct capture *c, int fd)
{
	const uint32_t head[6] = { PCAP_NS, 4 << 16 | 2, 0, 0, 262144, LINKTYPE_ETHERNET };
	VEC(uint8_t) out = { 0 };
	size_t at = sizeof(head);
	int e;

	if (vec_reserve(&out, sizeof(head) + c->bytes.len + c->frames.len * 16))
		return -ENOMEM;
	memcpy(out.data, head, sizeof(head));
	for (size_t i = 0; i < c->frames.len; i++) {
		const struct frame *f = &c->frames.data[i];
		uint32_t h[4] = { (uint32_t)(f->ts_ns / 1000000000ULL), (uint32_t)(f->ts_ns % 1000000000ULL), f->len,
				  f->len };

		memcpy(out.data + at, h, sizeof(h));
		memcpy(out.data + at + sizeof(h), c->bytes.data + f->at, f->len);
		at += sizeof(h) + f->len;
	}
	e = write_all(fd, out.data, at);
	vec_done(&out);
	return e;
}

int capture_read(struct capture *c, const char *path)
{
	_cleanup_(pcap_close) struct pcap *p = NULL;
	struct strbuf err = { 0 };
	struct pcap_packet k;
	int e = pcap_open(path, &p, &err);

	while (!e && (e = pcap_next(p, &k, &err)) == 1) {
		e = 0;
		if (k.linktype == LINKTYPE_ETHERNET && k.cap_len == k.wire_len && k.cap_len >= 14)
			capture_add(c, k.data, k.cap_len, 0, k.ts_ns);
	}
	strbuf_done(&err);
	return e == -EBADMSG ? 0 : e; /* one that breaks off: what was whole */
}
