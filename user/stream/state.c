/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk of a segment through its connection's state: what is asked of it in
 * any state (is it a keep-alive, an old window, sent before), and the parts that several states
 * share: acknowledgements, timestamps, resets.
 */
#include "stream/state.h"

#include <string.h>

#include "stream/state_int.h"

/* --- the header --- */

static uint32_t be32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void sacks_parse(const uint8_t *p, uint32_t len, struct state_seg *ret)
{
	for (; len >= 8 && ret->n_sacks < STATE_SACKS; p += 8, len -= 8)
		ret->sack[ret->n_sacks++] = (struct state_range){ be32_at(p), be32_at(p + 4) };
}

/* kinds: RFC 9293 3.1, RFC 7323, RFC 2018, RFC 2385, RFC 5925, RFC 7413 and the experimental number before it */
static void option_parse(const uint8_t *p, uint32_t len, struct state_seg *ret)
{
	switch (p[0]) {
	case 3:
		if (len == 3 && !ret->has_scale) {
			ret->has_scale = true;
			ret->scale = p[2] <= SCALE_MAX ? p[2] : SCALE_MAX;
		}
		break;
	case 4:
		ret->sack_ok |= len == 2;
		break;
	case 5:
		if (!ret->n_sacks)
			sacks_parse(p + 2, len - 2, ret);
		break;
	case 8:
		if (len == 10 && !ret->has_ts) {
			ret->has_ts = true;
			ret->ts = be32_at(p + 2);
			ret->echo = be32_at(p + 6);
		}
		break;
	case 19:
	case 29:
		ret->is_signed = true;
		break;
	case 34:
		ret->has_fastopen |= len == 2 || (len >= 6 && len <= 18 && !(len & 1));
		break;
	case 254:
		ret->has_fastopen |= len >= 4 && p[2] == 0xf9 && p[3] == 0x89;
		break;
	}
}

void state_parse(const uint8_t *head, uint32_t len, struct state_seg *ret)
{
	uint32_t end = (uint32_t)(head[12] >> 4) * 4, at = 20;

	ret->seq = be32_at(head + 4);
	ret->ack = be32_at(head + 8);
	ret->flags = head[13];
	ret->window = (uint16_t)(head[14] << 8 | head[15]);
	if (end > len)
		end = len;
	while (at < end && head[at]) {
		uint32_t n = head[at] == 1 ? 1 : at + 1 < end ? head[at + 1] : 0;

		if (!n || (head[at] != 1 && n < 2) || at + n > end)
			return;
		if (n > 1)
			option_parse(head + at, n, ret);
		at += n;
	}
}

/* --- parts that states share --- */

void go(struct step *x, uint8_t to)
{
	x->s->before = x->s->at;
	x->s->at = to;
}

static bool ack_is_possible(const struct step *x)
{
	const struct state_half *h = x->you;
	uint32_t ack = x->k->ack;

	if (ack == h->acked || (is_after(ack, h->acked) && !is_after(ack, h->edge)))
		return true;
	if (is_before(ack, h->acked))
		return !h->window || !is_before(ack, h->acked - h->window);
	if (x->s->is_async)
		return true;
	/* a reset answers a SYN before there is a window */
	return x->s->at == STATE_SYN_SENT && x->dir && x->k->flags & RST && ack == h->isn + 1;
}

bool ack_fits(struct step *x)
{
	if (!(x->k->flags & ACK) || ack_is_possible(x))
		return true;
	ODD(x, INVALID_ACK);
	return false;
}

/* selective acknowledgements that the other has overtaken */
static void holes_prune(struct state_half *h)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < h->n_holes; i++) {
		struct state_range r = h->hole[i];

		if (!is_after(r.to, h->acked))
			continue;
		if (is_before(r.from, h->acked))
			r.from = h->acked;
		h->hole[n++] = r;
	}
	h->n_holes = n;
}

void ack_take(struct step *x, struct state_half *of, uint32_t ack)
{
	(void)x;
	if (!is_after(ack, of->acked) || !is_after(ack, of->isn + 1))
		return;
	of->acked = ack;
	holes_prune(of);
}

/* nobody acknowledges where one end alone is seen */
void next_take(struct step *x, struct state_half *of, uint32_t next)
{
	of->next = next;
	if (x->s->is_async && is_after(next, of->acked))
		of->acked = next;
}

void window_take(struct step *x)
{
	x->you->window = (uint32_t)x->k->window << x->you->scale;
}

static void hole_add(struct state_half *h, struct state_range r)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < h->n_holes; i++) {
		struct state_range old = h->hole[i];

		if (is_after(old.from, r.to) || is_before(old.to, r.from)) {
			h->hole[n++] = old;
			continue;
		}
		r.from = is_before(old.from, r.from) ? old.from : r.from;
		r.to = is_after(old.to, r.to) ? old.to : r.to;
	}
	if (n < STATE_HOLES)
		h->hole[n++] = r;
	h->n_holes = n;
}

static uint32_t holes_size(const struct state_half *h)
{
	uint32_t n = 0;

	for (uint8_t i = 0; i < h->n_holes; i++)
		n += h->hole[i].to - h->hole[i].from;
	return n;
}

static void sacks_take(struct step *x)
{
	for (uint8_t i = 0; x->s->is_sack && i < x->k->n_sacks; i++) {
		struct state_range r = x->k->sack[i];

		if (is_after(r.to, x->you->acked) && !is_after(r.to, x->you->next) && is_before(r.from, r.to))
			hole_add(x->you, r);
	}
	holes_prune(x->you);
}

void edge_take(struct step *x)
{
	uint32_t edge;

	sacks_take(x);
	edge = x->you->acked + x->you->window + holes_size(x->you);
	if (is_after(edge, x->you->edge))
		x->you->edge = edge;
}

bool is_resent(struct step *x)
{
	const struct state_half *h = x->me;

	if (!x->k->len || !(is_before(x->k->seq, h->acked) || !is_after(seg_end(x->k), h->next)))
		return false;
	ODD(x, RESENT);
	return true;
}

/* --- timestamps, as the receivers of each policy take them (RFC 7323 5.3) --- */

#define BIT(id) (1u << TCP_POLICY_##id)
#define LIKE_WINDOWS (BIT(OLD_LINUX) | BIT(WINDOWS) | BIT(VISTA))
#define PAWS_S (24 * 24 * 3600)

static bool is_time_old(const struct step *x)
{
	const struct state_half *h = x->me;
	uint32_t sec = seg_sec(x->k), last = !h->ts_sec && x->s->is_midstream ? sec : h->ts_sec;
	bool is_long = sec > last + PAWS_S;

	if (!(is_before(x->k->ts + 1, h->ts) || (h->ts && is_long)))
		return false;
	return !(h->next == x->k->seq && is_long);
}

static void time_keep(struct step *x)
{
	if (x->me->next == x->k->seq)
		x->me->ts = x->k->ts;
	x->me->ts_sec = seg_sec(x->k);
}

/* the handshake had a 0: what it means differs. Return: is the segment's own looked at? */
static bool time_after_zero(struct step *x, bool keep)
{
	uint32_t policy = 1u << x->s->policy;

	if (policy & (BIT(LINUX) | BIT(WINDOWS2K3))) {
		x->s->has_ts &= !keep;
		return false;
	}
	if (!(policy & LIKE_WINDOWS))
		return true;
	x->me->is_ts_zero &= !keep;
	if (x->me->next != x->k->seq)
		return true;
	if (keep)
		x->me->ts = x->k->ts;
	return false;
}

bool time_fits(struct step *x, bool keep)
{
	uint32_t policy = 1u << x->s->policy;
	bool look = true;

	if (!x->s->has_ts)
		return true;
	if (!x->k->has_ts) {
		x->s->has_ts &= !(keep && policy & BIT(SOLARIS));
		return true;
	}
	if (x->me->is_ts_zero)
		look = time_after_zero(x, keep);
	if (policy & BIT(HPUX11) && x->me->next != x->k->seq)
		look = false;
	if ((!x->k->ts && !(policy & (LIKE_WINDOWS | BIT(WINDOWS2K3) | BIT(SOLARIS)))) || (look && is_time_old(x))) {
		ODD(x, INVALID_TIMESTAMP);
		return false;
	}
	if (look && keep)
		time_keep(x);
	return true;
}

/* --- resets --- */

static bool reset_is_at(const struct step *x)
{
	const struct state_half *h = x->me;
	uint32_t policy = 1u << x->s->policy, seq = x->k->seq;

	if (x->s->is_async || policy & BIT(HPUX11))
		return !is_before(seq, h->next);
	if (policy & (BIT(OLD_LINUX) | BIT(LINUX) | BIT(SOLARIS)))
		return !is_before(seg_end(x->k), h->acked) && is_before(seq, h->next + h->window);
	return seq == h->next;
}

bool reset_fits(struct step *x)
{
	if (!time_fits(x, false))
		return false;
	if (x->k->len)
		ODD(x, RST_WITH_DATA);
	if (x->k->ack && !ack_fits(x)) {
		ODD(x, RST_INVALID_ACK);
		return false;
	}
	/* whether the receiver believes it nobody else can know */
	x->you->is_reset |= x->k->is_signed;
	return reset_is_at(x);
}

/* --- before the states --- */

static bool is_plain(const struct step *x)
{
	return !(x->k->flags & (SYN | FIN | RST));
}

static bool is_keep_alive(struct step *x)
{
	if (x->k->len > 1 || !is_plain(x) || x->k->ack != x->you->acked || x->k->seq != x->me->next - 1)
		return false;
	x->me->is_probing = true;
	return true;
}

static bool answers_keep_alive(const struct step *x)
{
	uint32_t window = (uint32_t)x->k->window << x->you->scale;

	return !x->k->len && is_plain(x) && window && window == x->you->window && x->you->is_probing &&
	       x->k->ack == x->you->acked && x->k->seq == x->me->next;
}

static bool is_bare_ack(const struct step *x)
{
	return x->s->at >= STATE_ESTABLISHED && !x->k->len && (x->k->flags & (ACK | SYN | FIN | RST)) == ACK;
}

/* the receiver still has no room */
static bool answers_zero_probe(const struct step *x)
{
	return is_bare_ack(x) && x->s->zero_probe[!x->dir] && !x->k->window && !x->you->window && x->k->seq == x->me->next &&
	       x->k->ack == x->you->acked;
}

static bool is_last_of_close(const struct step *x)
{
	uint8_t at = x->s->at;

	return (at == STATE_TIME_WAIT || at == STATE_CLOSE_WAIT || at == STATE_LAST_ACK) && x->k->flags == ACK && !x->k->len &&
	       x->k->seq == x->me->next + 1 && x->k->ack == x->you->next + 1;
}

static bool is_window_update(const struct step *x)
{
	return x->s->at >= STATE_ESTABLISHED && !x->k->len && is_plain(x) && x->k->window &&
	       (uint32_t)x->k->window << x->you->scale != x->you->window && x->k->ack == x->you->acked && x->k->seq == x->me->next;
}

/* it acknowledges what nobody has seen, from a place that nobody has, and closes the window: what comes next would be out of it */
static bool is_bad_window_update(struct step *x)
{
	uint32_t window = (uint32_t)x->k->window << x->you->scale, less = x->you->window - window, ahead = x->k->ack - x->you->acked;

	if (x->s->at < STATE_ESTABLISHED || x->s->at == STATE_CLOSED || !is_plain(x) || window >= x->you->window || less <= x->k->len ||
	    !is_after(x->k->ack, x->you->next) || !is_after(x->k->seq, x->me->next) || less <= ahead + (window > 1024 ? 32 : 0))
		return false;
	ODD(x, BAD_WINDOW_UPDATE);
	return true;
}

static bool has_news(const struct step *x)
{
	for (uint8_t i = 0; i < x->k->n_sacks; i++) {
		bool is_known = !is_after(x->k->sack[i].to, x->you->acked);

		for (uint8_t n = 0; !is_known && n < x->you->n_holes; n++)
			is_known = !is_before(x->k->sack[i].from, x->you->hole[n].from) && !is_after(x->k->sack[i].to, x->you->hole[n].to);
		if (!is_known)
			return true;
	}
	return false;
}

static bool is_outdated(const struct step *x)
{
	return is_bare_ack(x) && x->k->seq == x->me->next && is_before(x->k->ack, x->you->acked) && !has_news(x);
}

/*
 * What Suricata still keeps begins there: a window's worth before what was acknowledged. Of bytes that are no
 * application's it keeps nothing, and looks at whatever comes.
 */
static uint32_t kept_from(const struct step *x)
{
	const struct state_half *h = x->me;
	uint32_t keep = h->window ? h->window : 4096, had = h->acked - (h->isn + 1);

	return h->isn + 1 + (x->s->at > STATE_SYN_SENT && had < (1U << 31) && had > keep ? had - keep : 0);
}

static uint32_t sent(const struct state_half *h)
{
	return h->next - (h->isn + 1);
}

/* so many bytes of each end, and Suricata knows them for no application's */
static bool is_nobodys(const struct step *x)
{
	return x->k->is_nobodys && x->s->at > STATE_SYN_SENT && sent(&x->s->h[0]) >= 25 && sent(&x->s->h[1]) >= 9;
}

/* is it wholly before what the receiver has acknowledged? 2: and before what is kept */
static int is_spurious(const struct step *x)
{
	if (!x->k->len)
		return 0;
	if (!is_nobodys(x) && !is_after(seg_end(x->k), kept_from(x)))
		return 2;
	return !is_after(seg_end(x->k), x->me->acked);
}

/* is it done with? */
static bool is_settled(struct step *x)
{
	bool is_answer;
	int spurious;

	if (is_keep_alive(x))
		return true;
	is_answer = answers_keep_alive(x);
	if (is_answer)
		x->you->is_probing = false;
	x->me->is_probing = false;
	if (is_answer)
		return true;
	is_answer = answers_zero_probe(x);
	x->s->zero_probe[!x->dir] = false;
	if (is_answer)
		return true;
	if (!is_last_of_close(x) && !is_window_update(x) && (is_bad_window_update(x) || is_outdated(x)))
		return true;
	spurious = is_spurious(x);
	if (spurious)
		ODD(x, SPURIOUS);
	return spurious == 2;
}

static void enter(struct step *x, uint8_t at)
{
	static void (*const on[])(struct step *) = {
		[STATE_NONE] = on_none,		    [STATE_SYN_SENT] = on_syn_sent,	[STATE_SYN_RECV] = on_syn_recv,
		[STATE_ESTABLISHED] = on_established, [STATE_FIN_WAIT1] = on_fin_wait1, [STATE_FIN_WAIT2] = on_fin_wait2,
		[STATE_TIME_WAIT] = on_time_wait,   [STATE_LAST_ACK] = on_last_ack,	[STATE_CLOSE_WAIT] = on_close_wait,
		[STATE_CLOSING] = on_closing,
	};

	on[at](x);
}

/* after a reset nothing is looked at, unless it was one of which nobody knows whether it counted */
static void on_closed(struct step *x)
{
	if (x->k->flags & RST || x->me->is_reset || !x->you->is_reset)
		return;
	enter(x, x->s->before);
	if (x->s->at == STATE_CLOSED)
		x->s->at = x->s->before;
}

static void note_flags(struct step *x)
{
	x->me->seen |= x->k->flags;
	if (x->me->seen && x->you->seen)
		x->s->is_async = false;
}

void state_step(struct state *s, const struct state_opts *o, const struct state_seg *k, unsigned int dir, struct state_odds *ret)
{
	struct step x = { .s = s, .o = o, .k = k, .me = &s->h[dir], .you = &s->h[!dir], .dir = dir, .odds = ret };

	*ret = (struct state_odds){ .n = 0 };
	if (s->at)
		note_flags(&x);
	if (!(k->flags & ACK) && k->ack)
		ODD(&x, BROKEN_ACK);
	s->policy = o->policy;
	if (s->at == STATE_NONE) {
		on_none(&x);
		return;
	}
	if (!is_settled(&x)) {
		if (s->at == STATE_CLOSED)
			on_closed(&x);
		else
			enter(&x, s->at);
	}
	/* who has reset goes on: somebody else did it */
	if (!(k->flags & RST) && x.you->is_reset) {
		x.you->is_reset = false;
		ODD(&x, RST_INJECTED);
	}
}

bool state_begins(const struct state *s, const struct state_seg *k, const struct state_opts *o, unsigned int dir)
{
	bool is_syn = (k->flags & (SYN | ACK)) == SYN, is_answer = (k->flags & (SYN | ACK)) == (SYN | ACK);

	if (k->flags & (RST | FIN) || (!is_syn && !(is_answer && (o->midstream || o->async_oneside))))
		return false;
	if (!s || s->at == STATE_NONE)
		return true;
	if (is_syn && !dir && s->is_fastopen_refused)
		return true;
	/* sent again */
	if (is_syn ? !dir && k->seq == s->h[0].isn : dir && k->seq == s->h[1].isn)
		return false;
	return s->at >= STATE_LAST_ACK;
}

uint32_t state_idle_s(const struct state *s)
{
	switch (s->at) {
	case STATE_ESTABLISHED:
	case STATE_FIN_WAIT1:
	case STATE_FIN_WAIT2:
	case STATE_CLOSING:
	case STATE_CLOSE_WAIT:
		return 600;
	default:
		return 60;
	}
}
