// SPDX-License-Identifier: BSD-2-Clause
/*
 * The ring: records are checked for size, kind and layout version, then handed
 * on where they lie. A record the kernel reserved is of a size class; what
 * counts is hdr.size, which must fit the class and be that of its kind.
 */
#include "kern/internal.h"

#include <bpf/libbpf.h>
#include <errno.h>

struct kern_ring {
	struct ring_buffer *rb;
	kern_ring_fn cb;
	void *ctx;
	uint64_t rejected;
	int stopped; /* what cb returned when it ended the round */
};

static bool size_fits_kind(const struct cordon_event_hdr *h)
{
	const struct cordon_event_pkt *p = (const void *)h;

	switch (h->kind) {
	case CORDON_EVENT_PKT:
	case CORDON_EVENT_FIRST:
	case CORDON_EVENT_IDENTITY:
		return h->size >= sizeof(*p) && h->size - sizeof(*p) == p->cap_len;
	case CORDON_EVENT_NAME:
		return h->size >= CORDON_EVENT_NAME_BYTES(0) &&
		       h->size == CORDON_EVENT_NAME_BYTES(((const struct cordon_event_name *)h)->len);
	case CORDON_EVENT_HIST:
		return h->size == sizeof(struct cordon_event_hist);
	default:
		return false;
	}
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct kern_ring *r = ctx;
	const struct cordon_event_hdr *h = data;
	int ret;

	if (size < sizeof(*h) || h->abi != CORDON_ABI_VERSION || h->size > size || !size_fits_kind(h)) {
		r->rejected++;
		return 0;
	}
	ret = r->cb(h, r->ctx);
	if (ret < 0)
		r->stopped = ret;
	return ret < 0 ? ret : 0;
}

static int ring_open(struct kern *k, unsigned int map, kern_ring_fn cb, void *ctx, struct kern_ring **ret)
{
	struct kern_ring *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->cb = cb;
	r->ctx = ctx;
	kern_capture_begin();
	r->rb = ring_buffer__new(k->fds[map], on_record, r, NULL);
	kern_capture_end();
	if (!r->rb) {
		int e = errno;

		free(r);
		return -e;
	}
	*ret = r;
	return 0;
}

int kern_ring_new(struct kern *k, kern_ring_fn cb, void *ctx, struct kern_ring **ret)
{
	return ring_open(k, KERN_MAP_events, cb, ctx, ret);
}

int kern_held_new(struct kern *k, kern_ring_fn cb, void *ctx, struct kern_ring **ret)
{
	return ring_open(k, KERN_MAP_held, cb, ctx, ret);
}

int kern_ring_fd(const struct kern_ring *r)
{
	return ring_buffer__epoll_fd(r->rb);
}

int kern_ring_consume(struct kern_ring *r)
{
	int n;

	r->stopped = 0;
	n = ring_buffer__consume(r->rb);
	return r->stopped ? r->stopped : n;
}

uint64_t kern_ring_rejected(const struct kern_ring *r)
{
	return r->rejected;
}

void kern_ring_free(struct kern_ring *r)
{
	if (!r)
		return;
	ring_buffer__free(r->rb);
	free(r);
}
