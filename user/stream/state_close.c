/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An established connection, and how it ends. The client's FIN and the server's
 * lead through different states; a FIN takes a number of its own in the
 * server's count alone: so Suricata has it, and so its events are said.
 */
#include "stream/state_int.h"

/* --- parts --- */

/* a reset in any state from ESTABLISHED on */
static void on_reset(struct step *x)
{
	bool is_first = x->s->at == STATE_ESTABLISHED;

	if (!reset_fits(x))
		return;
	go(x, STATE_CLOSED);
	if (is_first) {
		x->you->next = x->k->ack;
		x->me->next = seg_end(x->k) + x->dir;
		x->me->window = (uint32_t)x->k->window << x->me->scale;
	}
	if (x->k->flags & ACK && ack_fits(x))
		ack_take(x, x->you, x->k->ack);
	ack_take(x, x->me, x->k->seq);
	time_fits(x, true);
}

/* what it acknowledges was missed here */
static void next_of_ack(struct step *x, uint32_t than)
{
	if (is_before(than, x->k->ack))
		x->you->next = x->k->ack;
}

static void next_of_seq(struct step *x, uint32_t expected)
{
	if (x->k->seq == expected)
		next_take(x, x->me, seg_end(x->k));
}

static void ack_of_fin(struct step *x)
{
	if (x->k->flags & ACK)
		ack_take(x, x->you, x->k->ack);
}

static bool is_outside(const struct step *x, uint32_t from)
{
	return is_before(x->k->seq, from) || is_after(x->k->seq, x->me->acked + x->me->window);
}

/*
 * which() - what a segment is, in states that a FIN has led to
 * Return: as the flags say; a reset and a SYN are dealt with
 */
enum { AS_NOTHING, AS_FIN, AS_ACK };

static int which(struct step *x, bool has_fin)
{
	uint8_t flags = x->k->flags;
	bool is_fin = flags & FIN && has_fin;

	if (flags & RST) {
		on_reset(x);
		return AS_NOTHING;
	}
	if (!is_fin && flags & SYN) {
		ODD(x, SHUTDOWN_SYN);
		return AS_NOTHING;
	}
	if (!is_fin && !(flags & ACK))
		return AS_NOTHING;
	if (!time_fits(x, false))
		return AS_NOTHING;
	return is_fin ? AS_FIN : AS_ACK;
}

/* --- ESTABLISHED --- */

/* bytes that were acknowledged already; of a connection of which one end is seen that means nothing */
static bool is_behind(struct step *x)
{
	struct state_half *h = x->me;
	bool is_new_to_us = is_after(h->acked, h->next) && is_after(seg_end(x->k), h->next);

	if (!is_before(seg_end(x->k), h->acked) || is_new_to_us)
		return false;
	if (x->s->is_async) {
		ack_take(x, h, x->k->seq);
		return false;
	}
	if (!x->dir && x->o->async_oneside && x->s->is_midstream && (h->next == x->k->seq || h->acked == h->isn + 1)) {
		x->s->is_async = true;
		ack_take(x, h, x->k->seq);
		return false;
	}
	ODD(x, EST_BEFORE_LAST_ACK);
	return true;
}

static void in_window(struct step *x)
{
	window_take(x);
	if (x->k->flags & ACK)
		ack_take(x, x->you, x->k->ack);
	time_fits(x, true);
	edge_take(x);
}

static void on_data(struct step *x)
{
	struct state_half *h = x->me;

	if (!ack_fits(x)) {
		ODD(x, EST_INVALID_ACK);
		return;
	}
	if (x->dir && x->s->is_midstream_new) {
		h->window = (uint32_t)x->k->window << h->scale;
		h->edge = h->acked + h->window;
		x->s->is_midstream_new = false;
	}
	if (!(x->k->len <= 1 && x->k->seq == h->next - 1) && is_behind(x))
		return;
	if (x->k->len == 1 && x->k->seq == h->next && !h->window) {
		x->s->zero_probe[x->dir] = true;
		return;
	}
	if (!is_before(seg_end(x->k), h->next))
		next_take(x, h, seg_end(x->k));
	if (is_in_window(x))
		in_window(x);
	else
		ODD(x, EST_OUT_OF_WINDOW);
}

static void synack_in_established(struct step *x)
{
	if (!x->dir)
		ODD(x, EST_SYNACK_TO_SERVER);
	else if (x->k->ack != x->you->acked)
		ODD(x, EST_SYNACK_OTHER_ACK);
	else if (x->k->seq != x->me->isn)
		ODD(x, EST_SYNACK_OTHER_SEQ);
	else if (x->s->is_confirmed)
		ODD(x, EST_SYNACK_AGAIN);
}

static void syn_in_established(struct step *x)
{
	if (x->dir)
		ODD(x, EST_SYN_TO_CLIENT);
	else if (x->k->seq != x->me->isn)
		ODD(x, EST_SYN_OTHER_SEQ);
	else
		ODD(x, EST_SYN_AGAIN);
}

void on_established(struct step *x)
{
	uint8_t flags = x->k->flags;

	if (flags & RST) {
		on_reset(x);
	} else if (flags & FIN) {
		if (time_fits(x, false))
			on_fin(x);
	} else if ((flags & (SYN | ACK)) == (SYN | ACK)) {
		synack_in_established(x);
	} else if (flags & SYN) {
		syn_in_established(x);
	} else if (flags & ACK && time_fits(x, false)) {
		x->s->is_confirmed |= x->dir != 0;
		on_data(x);
	}
}

void on_fin(struct step *x)
{
	if (!ack_fits(x)) {
		ODD(x, FIN_INVALID_ACK);
		return;
	}
	if (is_before(x->k->seq, x->me->acked) || is_after(seg_end(x->k), x->me->edge)) {
		ODD(x, FIN_OUT_OF_WINDOW);
		return;
	}
	if (!x->dir && x->k->flags & SYN) {
		ODD(x, FIN_SYN);
		return;
	}
	go(x, x->dir ? STATE_FIN_WAIT1 : STATE_CLOSE_WAIT);
	x->me->next = seg_end(x->k) + x->dir;
	window_take(x);
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	ack_of_fin(x);
}

/* --- the server's FIN was first --- */

static void fin_in_fin_wait1(struct step *x)
{
	bool has_ack = x->k->flags & ACK, is_again = is_resent(x);

	is_again |= has_ack && x->dir && x->k->seq == x->me->next - 1 && x->k->ack == x->you->acked;
	if (!is_again && is_outside(x, x->me->next - 1)) {
		ODD(x, FIN1_FIN_WRONG_SEQ);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, FIN1_INVALID_ACK);
		return;
	}
	if (!is_again) {
		go(x, has_ack ? STATE_TIME_WAIT : STATE_CLOSING);
		window_take(x);
	}
	time_fits(x, true);
	if (is_again && has_ack && x->dir)
		return;
	next_of_ack(x, x->you->next - 1);
	next_of_seq(x, x->me->next - !(has_ack && !x->dir));
	ack_of_fin(x);
}

/* false: odd */
static bool ack_moves_on(struct step *x)
{
	if (!x->dir && x->k->ack != x->you->next)
		return true;
	if (!is_in_window(x)) {
		ODD(x, FIN1_ACK_WRONG_SEQ);
		return false;
	}
	if (x->k->seq == x->me->next - x->dir)
		go(x, STATE_FIN_WAIT2);
	window_take(x);
	return true;
}

static void ack_in_fin_wait1(struct step *x)
{
	bool is_again = is_resent(x);

	if (!ack_fits(x)) {
		ODD(x, FIN1_INVALID_ACK);
		return;
	}
	if (!is_again && !ack_moves_on(x))
		return;
	time_fits(x, true);
	next_of_ack(x, x->you->next - 1);
	next_of_seq(x, x->me->next - x->dir);
	ack_take(x, x->you, x->k->ack);
	edge_take(x);
}

void on_fin_wait1(struct step *x)
{
	int as = which(x, true);

	if (as == AS_FIN)
		fin_in_fin_wait1(x);
	else if (as == AS_ACK)
		ack_in_fin_wait1(x);
}

static void fin_in_fin_wait2(struct step *x)
{
	bool is_again = x->k->seq == x->me->next - 1 && x->k->ack == x->you->acked;

	is_again = is_again || is_resent(x);
	if (!is_again && is_outside(x, x->me->next)) {
		ODD(x, FIN2_FIN_WRONG_SEQ);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, FIN2_INVALID_ACK);
		return;
	}
	if (!is_again) {
		go(x, STATE_TIME_WAIT);
		if (!x->dir)
			next_of_seq(x, x->me->next);
		window_take(x);
	}
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	ack_of_fin(x);
}

static void ack_in_fin_wait2(struct step *x)
{
	bool is_again = is_resent(x);

	if (!ack_fits(x)) {
		ODD(x, FIN2_INVALID_ACK);
		return;
	}
	if (!is_again && !is_in_window(x)) {
		ODD(x, FIN2_ACK_WRONG_SEQ);
		return;
	}
	if (!is_again)
		window_take(x);
	time_fits(x, true);
	next_of_seq(x, x->me->next);
	ack_take(x, x->you, x->k->ack);
	edge_take(x);
}

void on_fin_wait2(struct step *x)
{
	int as = which(x, true);

	if (as == AS_FIN)
		fin_in_fin_wait2(x);
	else if (as == AS_ACK)
		ack_in_fin_wait2(x);
}

void on_closing(struct step *x)
{
	struct state_half *c = &x->s->h[0];
	bool is_again;

	if (which(x, false) != AS_ACK)
		return;
	is_again = is_resent(x);
	if (x->k->seq != x->me->next) {
		ODD(x, CLOSING_ACK_WRONG_SEQ);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, CLOSING_INVALID_ACK);
		return;
	}
	if (!is_again) {
		go(x, STATE_TIME_WAIT);
		c->window = (uint32_t)x->k->window << c->scale;
	}
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	ack_take(x, x->you, x->k->ack);
}

static bool is_place_of_time_wait(const struct step *x)
{
	uint32_t next = x->me->next;

	return x->dir ? x->k->seq == next - 1 || x->k->seq == next : x->k->seq == next || x->k->seq == next + 1;
}

void on_time_wait(struct step *x)
{
	bool is_again;

	/* a FIN is not looked at */
	if (x->k->flags & FIN && !(x->k->flags & RST))
		return;
	if (which(x, false) != AS_ACK)
		return;
	is_again = is_resent(x);
	if (!is_again && !is_place_of_time_wait(x)) {
		if (!(x->dir && x->k->len && x->k->seq == x->me->acked))
			ODD(x, TIMEWAIT_ACK_WRONG_SEQ);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, TIMEWAIT_INVALID_ACK);
		return;
	}
	if (!is_again) {
		go(x, STATE_CLOSED);
		window_take(x);
	}
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	ack_take(x, x->you, x->k->ack);
}

/* --- the client's was --- */

static void fin_in_close_wait(struct step *x)
{
	bool is_again = is_resent(x);

	if (!is_again && is_outside(x, x->me->next)) {
		ODD(x, CLOSEWAIT_FIN_OUT_OF_WINDOW);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, CLOSEWAIT_INVALID_ACK);
		return;
	}
	if (!is_again && x->dir)
		go(x, STATE_LAST_ACK);
	if (!is_again)
		window_take(x);
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	ack_of_fin(x);
}

static void ack_in_close_wait(struct step *x)
{
	bool is_again = is_resent(x);

	if (x->k->len && !is_after(seg_end(x->k), x->me->acked)) {
		ODD(x, CLOSEWAIT_BEFORE_LAST_ACK);
		return;
	}
	if (is_after(x->k->seq, x->me->acked + x->me->window)) {
		ODD(x, CLOSEWAIT_ACK_OUT_OF_WINDOW);
		return;
	}
	if (!ack_fits(x)) {
		ODD(x, CLOSEWAIT_INVALID_ACK);
		return;
	}
	if (!is_again)
		window_take(x);
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	next_of_seq(x, x->me->next);
	ack_take(x, x->you, x->k->ack);
}

void on_close_wait(struct step *x)
{
	int as = which(x, true);

	if (as == AS_FIN)
		fin_in_close_wait(x);
	else if (as == AS_ACK)
		ack_in_close_wait(x);
}

void on_last_ack(struct step *x)
{
	bool is_again;

	if (x->k->flags & FIN && !(x->k->flags & RST))
		return;
	if (which(x, false) != AS_ACK || x->dir)
		return;
	is_again = is_resent(x);
	if (!ack_fits(x)) {
		ODD(x, LASTACK_INVALID_ACK);
		return;
	}
	if (!is_again && !is_before(x->k->seq, x->me->next)) {
		if (x->k->seq != x->me->next && x->k->seq != x->me->next + 1) {
			ODD(x, LASTACK_ACK_WRONG_SEQ);
			return;
		}
		go(x, STATE_CLOSED);
	}
	if (!is_again)
		window_take(x);
	time_fits(x, true);
	next_of_ack(x, x->you->next);
	ack_take(x, x->you, x->k->ack);
}
