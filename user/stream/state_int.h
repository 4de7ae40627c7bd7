/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of state.h share. */
#ifndef STREAM_STATE_INT_H
#define STREAM_STATE_INT_H

#include "rule/events.h"
#include "stream/state.h"
#include "stream/tcp.h"

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define SCALE_MAX 14 /* RFC 7323 2.3 */

/* a segment on its way through the states */
struct step {
	struct state *s;
	const struct state_opts *o;
	const struct state_seg *k;
	struct state_half *me, *you; /* who sent it, who gets it */
	unsigned int dir;
	struct state_odds *odds;
};

#define ODD(x, id) state_odd((x)->odds, RULE_EVENT_STREAM_##id)

static inline void state_odd(struct state_odds *o, unsigned int event)
{
	for (uint8_t i = 0; i < o->n; i++)
		if (o->event[i] == event)
			return;
	if (o->n < STATE_ODDS)
		o->event[o->n++] = (uint8_t)event;
}

static inline bool is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static inline bool is_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline uint32_t seg_end(const struct state_seg *k)
{
	return k->seq + k->len;
}

static inline uint32_t seg_sec(const struct state_seg *k)
{
	return (uint32_t)(k->ts_ns / 1000000000ULL);
}

/* --- state.c --- */

void go(struct step *x, uint8_t to);
/* its acknowledgement of what the other end sent; false: odd */
bool ack_fits(struct step *x);
void ack_take(struct step *x, struct state_half *of, uint32_t ack);
void next_take(struct step *x, struct state_half *of, uint32_t next);
void window_take(struct step *x);
/* the end of the other end's window moves on, as far as what was acknowledged selectively lets it */
void edge_take(struct step *x);
/* where timestamps are in use: does its own fit? @keep: and is then the latest */
bool time_fits(struct step *x, bool keep);
bool reset_fits(struct step *x);
/* does it repeat what was sent before? */
bool is_resent(struct step *x);
static inline bool is_in_window(const struct step *x)
{
	return !is_after(seg_end(x->k), x->me->edge) || x->s->is_midstream || x->s->is_async;
}

/* --- state_open.c, state_close.c: what a segment means in that state --- */

void on_none(struct step *x);
void on_syn_sent(struct step *x);
void on_syn_recv(struct step *x);
void on_established(struct step *x);
void on_fin(struct step *x); /* a FIN before there was one */
void on_fin_wait1(struct step *x);
void on_fin_wait2(struct step *x);
void on_closing(struct step *x);
void on_close_wait(struct step *x);
void on_last_ack(struct step *x);
void on_time_wait(struct step *x);

#endif
