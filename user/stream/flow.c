/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flow table. A flow may be silent here and alive in the kernel, which
 * sends up only what is suspect: before an idle one goes the kernel's record
 * is asked, or a half-read message would be lost that --full would still have.
 */
#include "stream/flow.h"

#include <stdlib.h>
#include <utlist.h>

struct stream_flow *flow_find(struct flow_table *t, uint64_t id)
{
	struct stream_flow *f = NULL;

	HASH_FIND(hh, t->by_id, &id, sizeof(id), f);
	return f;
}

void flow_remove(struct flow_table *t, struct stream_flow *f)
{
	HASH_DEL(t->by_id, f);
	DL_DELETE(t->oldest[f->is_closing], f);
	t->n--;
	tcp_done(&f->tcp[0], &t->pool);
	tcp_done(&f->tcp[1], &t->pool);
	t->done(f, t->ctx);
	free(f);
}

static void flow_expire(struct flow_table *t, struct stream_flow *f)
{
	if (t->ending)
		t->ending(f, t->ctx);
	flow_remove(t, f);
}

static struct stream_flow *flow_begin(struct flow_table *t, uint64_t id)
{
	struct stream_flow *f = calloc(1, t->size);

	if (!f)
		return NULL;
	f->id = id;
	HASH_ADD(hh, t->by_id, id, sizeof(f->id), f);
	if (!f->hh.tbl) {
		free(f);
		return NULL;
	}
	DL_APPEND(t->oldest[0], f);
	t->n++;
	t->seen++;
	return f;
}

void flow_close(struct flow_table *t, struct stream_flow *f)
{
	if (f->is_closing)
		return;
	DL_DELETE(t->oldest[0], f);
	f->is_closing = true;
	DL_APPEND(t->oldest[1], f);
}

/* false: there is none but @keep */
static bool make_room(struct flow_table *t, const struct stream_flow *keep)
{
	struct stream_flow *f = t->oldest[1];

	if (!f || f == keep) {
		f = t->oldest[0];
		if (!f || f == keep)
			return false;
		t->dropped++;
	}
	flow_expire(t, f);
	return true;
}

struct stream_flow *flow_get(struct flow_table *t, uint64_t id, uint32_t slot, uint64_t now_ns)
{
	struct stream_flow *f = flow_find(t, id);

	if (!f) {
		if (t->n >= t->max)
			make_room(t, NULL);
		f = flow_begin(t, id);
		if (!f)
			return NULL;
	} else if (f->next) {
		DL_DELETE(t->oldest[f->is_closing], f);
		DL_APPEND(t->oldest[f->is_closing], f);
	}
	f->last_ns = now_ns;
	f->slot = slot;
	return f;
}

static bool is_idle(const struct stream_flow *f, uint64_t last_ns, uint64_t now_ns)
{
	return now_ns > last_ns && now_ns - last_ns > (f->is_closing ? CORDON_CLOSED_NS : CORDON_TCP_IDLE_NS);
}

static void age_oldest(struct flow_table *t, bool is_closing, uint64_t now_ns)
{
	struct stream_flow *f = t->oldest[is_closing];
	uint64_t last_ns;

	if (!f || !is_idle(f, f->last_ns, now_ns))
		return;
	last_ns = t->alive(f, t->ctx);
	if (is_idle(f, last_ns, now_ns)) {
		flow_expire(t, f);
		return;
	}
	f->last_ns = last_ns;
	DL_DELETE(t->oldest[is_closing], f);
	DL_APPEND(t->oldest[is_closing], f);
}

void flow_age(struct flow_table *t, uint64_t now_ns, const struct stream_flow *keep)
{
	age_oldest(t, false, now_ns);
	age_oldest(t, true, now_ns);
	while (t->pool.bytes > t->max_bytes && make_room(t, keep))
		;
}

void flow_table_done(struct flow_table *t)
{
	for (int i = 0; i < 2; i++)
		while (t->oldest[i])
			flow_remove(t, t->oldest[i]);
}
