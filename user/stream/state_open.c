/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From nothing to an established connection: the handshake, with whoever else
 * tries to take part in it. SYNs and SYN-ACKs that differ are kept until one of
 * them is answered.
 */
#include <string.h>

#include "stream/state_int.h"

#define SYNACKS (STATE_QUEUE / 2)

/* --- the first segment --- */

static void begin_syn(struct step *x)
{
	struct state_half *c = x->me;

	go(x, STATE_SYN_SENT);
	x->s->is_async = x->o->async_oneside;
	c->isn = x->k->seq;
	c->next = c->isn + 1;
	c->has_ts = x->k->has_ts;
	c->is_ts_zero = x->k->has_ts && !x->k->ts;
	c->ts = x->k->has_ts ? x->k->ts : 0;
	c->ts_sec = x->k->has_ts ? seg_sec(x->k) : 0;
	x->you->window = x->k->window;
	x->s->has_scale = x->k->has_scale;
	x->you->scale = x->k->has_scale ? x->k->scale : 0;
	x->s->is_client_sack = x->k->sack_ok;
	x->s->is_fastopen = x->k->has_fastopen;
	if (x->k->has_fastopen)
		next_take(x, c, c->next + x->k->len);
}

/* in the midst: windows are taken for as large as they can be */
static void begin_midstream(struct step *x, uint8_t at)
{
	struct state_half *c = x->me, *s = x->you;

	go(x, at);
	x->s->is_midstream = x->s->is_midstream_new = x->s->is_sack = true;
	x->s->is_async = x->o->async_oneside;
	c->scale = s->scale = SCALE_MAX;
	c->isn = x->k->seq - 1;
	c->next = seg_end(x->k) + (at == STATE_FIN_WAIT1);
	c->acked = x->k->seq;
	c->window = (uint32_t)x->k->window << SCALE_MAX;
	c->edge = c->acked + c->window;
	s->isn = x->k->ack - 1;
	s->next = s->acked = s->edge = x->k->ack;
	x->s->has_ts = x->k->has_ts;
	c->ts = x->k->ts;
	s->ts = x->k->echo;
	c->ts_sec = seg_sec(x->k);
	c->is_ts_zero = x->k->has_ts && !c->ts;
	s->is_ts_zero = x->k->has_ts && !s->ts;
}

void on_none(struct step *x)
{
	uint8_t flags = x->k->flags;

	if (flags & RST)
		ODD(x, RST_NO_SESSION);
	else if (flags & FIN && (!x->o->midstream || !x->k->len))
		ODD(x, FIN_NO_SESSION);
	else if (flags & FIN)
		begin_midstream(x, STATE_FIN_WAIT1);
	else if ((flags & (SYN | ACK)) == SYN)
		begin_syn(x);
	else if ((flags & (SYN | ACK)) == ACK && x->o->midstream)
		begin_midstream(x, STATE_ESTABLISHED);
	if (x->s->at)
		x->me->seen |= flags;
}

/* --- SYNs that wait --- */

static struct state_shake shake_of(const struct state_seg *k)
{
	return (struct state_shake){ .seq = k->seq, .ack = k->ack, .ts = k->has_ts ? k->ts : 0, .ts_sec = seg_sec(k), .window = k->window,
				     .scale = k->has_scale ? k->scale : 0, .has_ts = k->has_ts, .has_scale = k->has_scale,
				     .sack_ok = k->sack_ok };
}

static struct state_shake shake_of_client(const struct state *s)
{
	const struct state_half *c = &s->h[0];

	return (struct state_shake){ .seq = c->isn, .ts = c->has_ts ? c->ts : 0, .ts_sec = c->ts_sec, .window = (uint16_t)s->h[1].window,
				     .scale = s->has_scale ? s->h[1].scale : 0, .has_ts = c->has_ts, .has_scale = s->has_scale,
				     .sack_ok = s->is_client_sack };
}

static bool is_same_shake(const struct state_shake *a, const struct state_shake *b)
{
	return a->seq == b->seq && a->ts == b->ts && a->window == b->window && a->scale == b->scale && a->has_ts == b->has_ts &&
	       a->has_scale == b->has_scale && a->sack_ok == b->sack_ok;
}

/* a SYN that is known by its timestamp */
static const struct state_shake *queued_syn(const struct state *s, bool has_ts, uint32_t ts)
{
	for (uint8_t i = 0; has_ts && i < s->n_queued; i++)
		if (s->queue[i].has_ts && s->queue[i].ts == ts)
			return &s->queue[i];
	return NULL;
}

static void queue_syn(struct step *x, const struct state_shake *q)
{
	struct state *s = x->s;

	/* without timestamps they are all alike */
	if (!q->has_ts || queued_syn(s, true, q->ts))
		return;
	if (s->n_queued == STATE_QUEUE) {
		ODD(x, SYN_FLOOD);
		memmove(s->queue, s->queue + 1, (STATE_QUEUE - 1) * sizeof(s->queue[0]));
		s->n_queued--;
	}
	s->queue[s->n_queued++] = *q;
}

/* the client's SYN is that one. Its number stays the first one's, as Suricata 7 has it. */
static void take_syn(struct state *s, const struct state_shake *q)
{
	struct state_half *c = &s->h[0];

	if (q->has_ts) {
		c->ts = q->ts;
		c->ts_sec = q->ts_sec;
		c->has_ts = true;
	}
	s->has_scale = q->has_scale;
	s->h[1].scale = q->scale;
	s->h[1].window = q->window;
	s->is_client_sack = q->sack_ok;
	/* as Suricata 7: who offers no scaling takes back whatever was known of the connection but that */
	if (!q->has_scale)
		s->is_async = s->is_four_way = s->is_fastopen = s->is_sack = s->has_ts = false;
}

static void syn_again(struct step *x)
{
	struct state_shake now = shake_of(x->k), was = shake_of_client(x->s);

	if (!is_same_shake(&now, &was) || now.ts_sec != was.ts_sec)
		queue_syn(x, &was);
	take_syn(x->s, &now);
}

/* --- SYN_SENT --- */

/* what the server echoes is the client's, or nothing */
static bool is_echo(const struct step *x)
{
	const struct state_half *c = &x->s->h[0];

	if (!x->dir || !x->k->has_ts || !x->k->echo)
		return true;
	return c->has_ts ? !c->ts || c->ts == x->k->echo : c->ts != 0;
}

static void take_synack(struct step *x, const struct state_shake *q)
{
	struct state_half *c = &x->s->h[0], *s = &x->s->h[1];

	if (x->s->at != STATE_SYN_RECV)
		go(x, STATE_SYN_RECV);
	s->isn = q->seq;
	s->next = s->acked = q->seq + 1;
	c->window = q->window;
	c->acked = q->ack;
	if (q->has_ts && c->has_ts) {
		x->s->has_ts = true;
		s->ts = q->ts;
		s->ts_sec = q->ts_sec;
		s->is_ts_zero |= !q->ts;
	} else {
		c->ts = s->ts = 0;
		c->is_ts_zero = false;
	}
	c->scale = x->s->has_scale && q->has_scale ? q->scale : 0;
	x->s->is_sack = x->s->is_client_sack && q->sack_ok;
	s->edge = s->acked + s->window;
	c->edge = c->acked + c->window;
	x->s->is_four_way = false;
}

/* data in the SYN (RFC 7413) may be acknowledged with it, or not */
static bool answers_syn(struct step *x)
{
	struct state_half *c = &x->s->h[0];

	if (x->k->ack == c->isn + 1 && !(x->s->is_fastopen || x->k->has_fastopen))
		return true;
	if (!(x->s->is_fastopen || x->k->has_fastopen))
		return false;
	if (x->k->ack != c->next && x->k->ack != c->isn + 1)
		return false;
	if (x->k->ack != c->next) {
		c->next = c->isn;
		x->s->is_fastopen_refused = true;
		ODD(x, FASTOPEN_IGNORED);
	}
	x->s->is_fastopen = true;
	return true;
}

static void on_synack(struct step *x)
{
	bool is_fast = x->s->is_fastopen || x->k->has_fastopen, fits = is_echo(x) && answers_syn(x);
	const struct state_shake *q = fits ? NULL : queued_syn(x->s, x->k->has_ts, x->k->echo);
	struct state_shake now = shake_of(x->k);

	if (q) {
		take_syn(x->s, q);
	} else if (!fits) {
		if (x->k->ack != x->s->h[0].isn + 1 && !(is_fast && x->k->ack == x->s->h[0].next)) {
			ODD(x, SYNACK_WRONG_ACK);
			return;
		}
		ODD(x, INVALID_TIMESTAMP);
		/* as Suricata 7: then it is established, with nothing known of the server */
		if (is_fast)
			go(x, STATE_ESTABLISHED);
		return;
	}
	x->s->n_queued = 0;
	take_synack(x, &now);
}

/* both have sent a SYN, and the first one answers the second: four packets (RFC 9293 3.5, simultaneous) */
static void on_four_way_synack(struct step *x)
{
	struct state_half *c = x->me, *s = x->you;

	if (!x->s->is_four_way) {
		ODD(x, SYNACK_WRONG_DIRECTION);
		return;
	}
	if (x->k->ack != s->isn + 1) {
		ODD(x, FOUR_WAY_WRONG_ACK);
		return;
	}
	if (x->k->seq != c->isn) {
		ODD(x, FOUR_WAY_WRONG_SYN);
		return;
	}
	go(x, STATE_SYN_RECV);
	c->next = c->acked = c->isn + 1;
	s->window = x->k->window;
	s->acked = x->k->ack;
	if (x->k->has_ts && s->has_ts) {
		x->s->has_ts = true;
		c->ts = x->k->ts;
		c->ts_sec = seg_sec(x->k);
		c->is_ts_zero |= !c->ts;
	} else {
		c->ts = s->ts = 0;
		s->is_ts_zero = false;
	}
	s->scale = x->s->has_scale && x->k->has_scale ? x->k->scale : 0;
	x->s->is_sack |= x->s->is_client_sack && x->k->sack_ok;
	c->edge = c->acked + c->window;
	s->edge = s->acked + s->window;
}

static void syn_of_server(struct step *x)
{
	struct state_half *s = x->me;

	x->s->is_four_way = true;
	s->isn = x->k->seq;
	s->next = s->isn + 1;
	if (x->k->has_ts) {
		s->ts = x->k->ts;
		s->ts_sec = seg_sec(x->k);
		s->has_ts = true;
		s->is_ts_zero |= !s->ts;
	}
	s->window = x->k->window;
	x->s->has_scale = x->k->has_scale;
	s->scale = x->k->has_scale ? x->k->scale : 0;
	x->s->is_client_sack = x->k->sack_ok;
}

static void reset_of_handshake(struct step *x)
{
	if (!reset_fits(x) || (!x->dir && (x->k->seq != x->me->isn || x->k->window || x->k->ack != x->me->isn + 1)))
		return;
	x->you->is_reset = true;
	x->s->n_queued = 0;
	go(x, STATE_CLOSED);
}

/* only the client is seen */
static void on_one_side(struct step *x)
{
	struct state_half *c = x->me, *s = x->you;

	if (!x->o->async_oneside)
		return;
	if (x->k->seq != c->next) {
		ODD(x, ASYNC_WRONG_SEQ);
		return;
	}
	x->s->is_async = true;
	x->s->n_queued = 0;
	go(x, STATE_ESTABLISHED);
	c->window = x->k->window;
	c->acked = x->k->seq;
	c->edge = c->acked + c->window;
	s->isn = x->k->ack - 1;
	s->next = s->acked = s->edge = x->k->ack;
	if (x->s->has_scale)
		c->scale = SCALE_MAX;
	x->s->has_ts = x->k->has_ts && c->has_ts;
	c->ts = x->s->has_ts ? c->ts : 0;
	x->s->is_sack |= x->s->is_client_sack;
}

void on_syn_sent(struct step *x)
{
	uint8_t flags = x->k->flags;

	if ((flags & (SYN | ACK)) == (SYN | ACK)) {
		if (x->dir)
			on_synack(x);
		else
			on_four_way_synack(x);
	} else if (!is_echo(x)) {
		ODD(x, INVALID_TIMESTAMP);
	} else if (flags & RST) {
		reset_of_handshake(x);
	} else if (flags & FIN) {
		return;
	} else if (flags & SYN) {
		if (x->dir)
			syn_of_server(x);
		else
			syn_again(x);
	} else if (flags & ACK) {
		on_one_side(x);
	}
}

/* --- SYN_RECV --- */

/* another answer of the server */
static void synack_again(struct step *x)
{
	struct state_shake now = shake_of(x->k);
	struct state *s = x->s;

	if (!x->dir) {
		ODD(x, SYNACK_TO_SERVER);
		return;
	}
	if (x->k->ack != s->h[0].acked) {
		ODD(x, SYNACK_OTHER_ACK);
		return;
	}
	if (x->k->seq == s->h[1].isn)
		return;
	for (uint8_t i = 0; i < s->n_queued; i++)
		if (is_same_shake(&s->queue[i], &now) && s->queue[i].ack == now.ack)
			return;
	if (s->n_queued == SYNACKS)
		ODD(x, SYNACK_FLOOD);
	else
		s->queue[s->n_queued++] = now;
}

static void syn_behind_synack(struct step *x)
{
	if (x->dir)
		ODD(x, SYN_TO_CLIENT);
	else if (x->k->seq != x->me->isn)
		ODD(x, SYN_OTHER_SEQ);
}

/* the latest that it answers */
static void choose_synack(struct step *x)
{
	for (int i = x->s->n_queued - 1; i >= 0; i--)
		if (x->s->queue[i].seq == x->k->ack - 1 && x->s->queue[i].ack == x->k->seq) {
			take_synack(x, &x->s->queue[i]);
			return;
		}
}

static void ack_of_four_way(struct step *x)
{
	if (x->k->seq != x->me->next) {
		ODD(x, FOUR_WAY_WRONG_SEQ);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, FOUR_WAY_INVALID_ACK);
		return;
	}
	time_fits(x, true);
	ack_take(x, x->you, x->k->ack);
	next_take(x, x->me, x->me->next + x->k->len);
	window_take(x);
	x->you->edge = x->you->acked + x->you->window;
	go(x, STATE_ESTABLISHED);
}

static void establish(struct step *x)
{
	struct state_half *s = &x->s->h[1];

	s->window = (uint32_t)x->k->window << s->scale;
	s->edge = s->acked + s->window;
	go(x, STATE_ESTABLISHED);
}

/* the third segment of the handshake, or what comes in its place when that was missed */
static void on_third(struct step *x)
{
	struct state_half *c = &x->s->h[0], *s = &x->s->h[1];
	uint32_t seq = x->k->seq, ack = x->k->ack;

	if (seq == c->next && ack == s->next) {
		time_fits(x, true);
		ack_take(x, s, ack);
		next_take(x, c, c->next + x->k->len);
		establish(x);
	} else if (x->o->async_oneside && seq == s->next) {
		x->s->is_async = true;
		s->next += x->k->len;
		s->acked = seq;
		c->window = (uint32_t)x->k->window << c->scale;
		c->acked = ack;
		time_fits(x, true);
		go(x, STATE_ESTABLISHED);
	} else if (seq == c->next) {
		ODD(x, RIGHT_SEQ_WRONG_ACK);
	} else if (x->dir && is_after(seq, c->next) && is_after(ack, c->acked)) {
		time_fits(x, true);
		ack_take(x, c, ack);
		s->next = seg_end(x->k);
		c->edge = c->acked + ((uint32_t)x->k->window << c->scale);
		c->window = x->k->window;
		s->edge = s->acked + s->window;
		go(x, STATE_ESTABLISHED);
	} else if (is_after(seq, c->next) && !is_after(seq, c->edge) && ack == s->next) {
		time_fits(x, true);
		c->next = seg_end(x->k);
		ack_take(x, s, ack);
		establish(x);
	} else if ((x->dir || x->s->is_fastopen) && ack == c->acked && seq == s->next) {
		next_take(x, s, seg_end(x->k));
		establish(x);
	} else {
		ODD(x, WRONG_SEQ_WRONG_ACK);
	}
}

static void ack_in_handshake(struct step *x)
{
	choose_synack(x);
	if (!time_fits(x, false))
		return;
	if (x->s->is_four_way && x->dir)
		ack_of_four_way(x);
	else
		on_third(x);
}

void on_syn_recv(struct step *x)
{
	uint8_t flags = x->k->flags;

	if (flags & RST) {
		if (!reset_fits(x))
			return;
		go(x, STATE_CLOSED);
		time_fits(x, true);
	} else if (flags & FIN) {
		if (time_fits(x, false))
			on_fin(x);
	} else if ((flags & (SYN | ACK)) == (SYN | ACK)) {
		synack_again(x);
	} else if (flags & SYN) {
		syn_behind_synack(x);
	} else if (flags & ACK) {
		ack_in_handshake(x);
	}
}
