/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TCP packet does not tell of its flow, for rules that have no content:
 * was what its application is told by acknowledged, as Suricata wants it; and
 * the looks that Suricata takes at a flow without a packet: in each direction
 * when SSH becomes ciphertext, and at what it has not looked at yet when it gives
 * the flow up. Kept only while such a rule is loaded. Bounded: beyond, the flow
 * that came first is forgotten, counted.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "pipeline_int.h"
#include "stream/seal.h"

#define SWEEP_NS 1000000000ULL
#define TCP_FIN 0x01
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct track {
	uint64_t flow_id, last_ns;
	struct cordon_facts facts; /* of the last packet */
	uint32_t first_end[2];	   /* sequence number behind the first bytes of each direction */
	uint32_t app_end;	   /* behind those that told the application */
	uint8_t app_dir;	   /* whose bytes they are */
	bool has_first[2], has_app;
	bool is_seen[2];  /* directions in which a packet came */
	uint8_t known;	  /* VIEW_* */
	struct seal seal[2];
	/* sequence numbers: behind the last data and the FIN of each direction, the last acknowledged, and that as of its last packet */
	uint32_t data_end[2], fin_end[2], acked[2], looked[2];
	bool has_data[2], has_fin[2], has_acked[2], has_looked[2];
	bool first_fin; /* whose FIN came first */
	bool is_closed;
	bool is_after[2]; /* a packet came in this direction when the flow was closed, the one that closed it among them */
	UT_hash_handle hh; /* walks in the order of arrival */
};

static struct track *track_of(struct pipeline *p, uint64_t flow_id)
{
	struct track *t;

	HASH_FIND(hh, p->tracks, &flow_id, sizeof(flow_id), t);
	return t;
}

static void forget(struct pipeline *p, struct track *t)
{
	HASH_DEL(p->tracks, t);
	free(t);
}

static struct track *track_get(struct pipeline *p, uint64_t flow_id)
{
	struct track *t = track_of(p, flow_id);

	if (t)
		return t;
	while (HASH_COUNT(p->tracks) >= PIPELINE_TRACKED) {
		p->stats.tracks_dropped++;
		forget(p, p->tracks);
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->flow_id = flow_id;
	HASH_ADD(hh, p->tracks, flow_id, sizeof(t->flow_id), t);
	if (!t->hh.tbl) { /* uthash had no memory */
		free(t);
		p->stats.tracks_dropped++;
		return NULL;
	}
	return t;
}

/* --- what was acknowledged --- */

static void note_bytes(struct track *t, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	uint32_t end = v->seq + v->pkt->payload_len;

	if (!v->pkt->payload_len)
		return;
	if (!t->has_first[f->dir]) {
		t->has_first[f->dir] = true;
		t->first_end[f->dir] = end;
	}
	if (f->app > CORDON_APP_NONE && !t->has_app) {
		t->has_app = true;
		t->app_dir = f->dir;
		t->app_end = end;
	}
}

static bool acknowledges(const struct view *v, uint32_t end)
{
	return v->tcp_flags & TCP_ACK && (int32_t)(v->ack - end) >= 0;
}

static void note_ack(struct track *t, const struct view *v)
{
	unsigned int dir = !v->facts->dir;

	if (t->has_first[dir] && acknowledges(v, t->first_end[dir]))
		t->known |= dir ? VIEW_ACKED1 : VIEW_ACKED0;
	if (t->has_app && t->app_dir == dir && acknowledges(v, t->app_end))
		t->known |= VIEW_TOLD;
}

/* --- how far the flow has come --- */

static void note_sent(struct track *t, const struct view *v)
{
	unsigned int dir = v->facts->dir;
	uint32_t end = v->seq + v->pkt->payload_len;

	if (v->pkt->payload_len && (!t->has_data[dir] || (int32_t)(end - t->data_end[dir]) > 0)) {
		t->has_data[dir] = true;
		t->data_end[dir] = end;
	}
	if (v->tcp_flags & TCP_FIN) {
		if (!t->has_fin[!dir])
			t->first_fin = dir != 0;
		t->has_fin[dir] = true;
		t->fin_end[dir] = end + 1;
	}
	if (v->tcp_flags & TCP_ACK && (!t->has_acked[!dir] || (int32_t)(v->ack - t->acked[!dir]) > 0)) {
		t->has_acked[!dir] = true;
		t->acked[!dir] = v->ack;
	}
}

/* of the later FIN: it is what Suricata waits for */
static bool is_fin_acked(const struct track *t)
{
	unsigned int dir = !t->first_fin;

	return t->has_fin[0] && t->has_fin[1] && t->has_acked[dir] && (int32_t)(t->acked[dir] - t->fin_end[dir]) >= 0;
}

/* a reset at a sequence number that is acknowledged or a little past what was sent, as far as both are known */
static bool is_reset(const struct track *t, const struct view *v)
{
	unsigned int dir = v->facts->dir;

	if (v->facts->flow_flags & CORDON_FLOW_RST)
		return true;
	return v->tcp_flags & TCP_RST && (!t->has_acked[dir] || (int32_t)(v->seq - t->acked[dir]) >= -1) &&
	       (!t->has_data[dir] || (int32_t)(v->seq - t->data_end[dir]) <= UINT16_MAX);
}

static void note_state(struct track *t, const struct view *v)
{
	unsigned int dir = v->facts->dir;

	t->is_closed |= is_reset(t, v) || is_fin_acked(t);
	t->is_after[dir] |= t->is_closed;
	t->has_looked[dir] = t->has_acked[dir];
	t->looked[dir] = t->acked[dir];
}

/* is there data that no packet of its direction came after, once it was acknowledged? */
static bool has_unlooked(const struct track *t, unsigned int dir)
{
	return t->has_data[dir] && (!t->has_looked[dir] || (int32_t)(t->data_end[dir] - t->looked[dir]) > 0);
}

/*
 * Does Suricata look once more in this direction when it gives the flow up? It does while the flow is not closed, and at
 * what it has not looked at yet: data; TLS's end, which it learns when the flow is closed; SSH that never came to ciphertext.
 */
static bool is_due(const struct track *t, unsigned int dir)
{
	if (!t->is_closed)
		return true;
	switch (t->facts.app) {
	case CORDON_APP_TLS:
		return !t->is_after[dir];
	case CORDON_APP_SSH:
		return !(t->known & VIEW_SEALED);
	case CORDON_APP_HTTP:
		return has_unlooked(t, 0) || has_unlooked(t, 1);
	default:
		return has_unlooked(t, dir);
	}
}

/* --- looks without a packet --- */

/* @of_end: the flow is given up. Only in directions in which packets came: of others a rule may not have been told. */
static void look_last(struct pipeline *p, const struct track *t, bool of_end)
{
	const struct fields *fields = p->fields;
	const struct view *view = p->view;
	struct cordon_facts f = t->facts;
	struct view v = { .facts = &f, .ts_ns = t->last_ns, .known = t->known };

	p->view = &v;
	p->fields = NULL;
	/* what was never acknowledged is read at last */
	if (of_end && t->has_app)
		v.known |= VIEW_TOLD;
	if (f.dir != CORDON_TO_SERVER)
		facts_turn(&f);
	for (int i = 0; i < 2; i++, facts_turn(&f)) {
		if (t->is_seen[f.dir] && (!of_end || is_due(t, f.dir)))
			match_last(p->o.engine, &v, of_end, say_alert, p);
		crowd_flush(p);
	}
	p->view = view;
	p->fields = fields;
}

/* of TLS the first record of data seals both directions, of SSH the new keys of both */
static bool is_sealed(const struct track *t)
{
	bool a = t->seal[0].state == SEAL_ACKED, b = t->seal[1].state == SEAL_ACKED;

	return t->facts.app == CORDON_APP_SSH ? a && b : a || b;
}

static void note_seal(struct pipeline *p, struct track *t, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	struct seal *other = &t->seal[!f->dir];

	if (t->known & VIEW_SEALED || (f->app != CORDON_APP_SSH && f->app != CORDON_APP_TLS))
		return;
	if (other->state == SEAL_DONE && acknowledges(v, other->end))
		other->state = SEAL_ACKED;
	if (v->payload_len)
		seal_walk(&t->seal[f->dir], f->app, f->base_seq[f->dir], v->seq, v->payload, v->payload_len);
	if (!is_sealed(t))
		return;
	t->known |= VIEW_SEALED;
	if (f->app == CORDON_APP_SSH)
		look_last(p, t, false);
}

/* what the kernel's record says now; false: it is another flow's */
static bool refresh(const struct pipeline *p, struct track *t)
{
	const struct cordon_flow *k = p->o.kern ? kern_flow(p->o.kern, t->facts.flow_slot) : NULL;

	if (!k || cordon_flow_id(k->key, k->first_ns) != t->flow_id)
		return false;
	t->facts.flow_flags = k->flags;
	if (k->app < CORDON_APPS && k->app > t->facts.app)
		t->facts.app = k->app;
	if (k->last_ns > t->last_ns)
		t->last_ns = k->last_ns;
	return true;
}

/* the flow is given up. Of one whose record is another's nothing is said: how it ended is not known. */
static void give_up(struct pipeline *p, struct track *t)
{
	if (p->o.engine && refresh(p, t) && t->facts.flow_flags & CORDON_FLOW_ESTABLISHED)
		look_last(p, t, true);
	forget(p, t);
}

/* --- what the pipeline tells --- */

const struct view *track_packet(struct pipeline *p, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	struct track *t;

	if (f->proto != 6 || !f->flow_id || f->flow_flags & CORDON_FLOW_NO_STREAM || !match_asks_flow(p->o.engine))
		return v;
	t = track_get(p, f->flow_id);
	if (!t)
		return v;
	t->facts = *f;
	t->last_ns = v->ts_ns;
	t->is_seen[f->dir] = true;
	note_ack(t, v);
	note_bytes(t, v);
	note_sent(t, v);
	note_state(t, v);
	p->track_view = *v;
	p->track_view.known = f->flow_flags & CORDON_FLOW_ESTABLISHED ? t->known : 0;
	return &p->track_view;
}

void track_behind(struct pipeline *p, const struct view *v)
{
	struct track *t = p->tracks && v->facts->flow_id ? track_of(p, v->facts->flow_id) : NULL;

	if (t && p->o.engine)
		note_seal(p, t, v);
}

void track_sweep(struct pipeline *p, uint64_t now_ns)
{
	struct track *t, *next;

	if (!p->tracks || now_ns < p->tracks_swept_ns + SWEEP_NS)
		return;
	p->tracks_swept_ns = now_ns;
	HASH_ITER(hh, p->tracks, t, next)
		if (!refresh(p, t) || t->last_ns + CORDON_TCP_IDLE_NS < now_ns)
			give_up(p, t);
}

/* the order must not depend on which flow a rule was told of first */
static int by_flow_id(const struct track *a, const struct track *b)
{
	return (a->flow_id > b->flow_id) - (a->flow_id < b->flow_id);
}

void track_flush(struct pipeline *p)
{
	HASH_SORT(p->tracks, by_flow_id);
	while (p->tracks)
		give_up(p, p->tracks);
}

void track_drop(struct pipeline *p)
{
	while (p->tracks)
		forget(p, p->tracks);
}
