/* SPDX-License-Identifier: BSD-2-Clause */
/* What both ends were heard to say: see heard.h. */
#include "stream/heard.h"

#include <string.h>

#include "stream/state_int.h"

#define SKIP_BYTES 100000 /* of one end, with none of the other: Suricata looks for no application any more */
/* so many bytes of each end without a sign of one, and it has given up */
#define FAILED_CLIENT 25
#define FAILED_SERVER 9

/* --- bytes --- */

static void take_begin(struct heard_half *h, uint32_t at, const uint8_t *p, uint32_t len)
{
	uint32_t old = h->n - at;

	if (at > h->n || old >= len || h->n == APP_PREFIX)
		return;
	len -= old;
	if (len > APP_PREFIX - (uint32_t)h->n)
		len = APP_PREFIX - (uint32_t)h->n;
	memcpy(h->begin + h->n, p + old, len);
	h->n = (uint8_t)(h->n + len);
}

/* ranges that have become next */
static void join_early(struct heard_half *h)
{
	uint8_t n = 0;

	while (n < h->n_early && h->early[n].from <= h->have) {
		h->have = h->early[n].to > h->have ? h->early[n].to : h->have;
		n++;
	}
	h->n_early = (uint8_t)(h->n_early - n);
	memmove(h->early, h->early + n, h->n_early * sizeof(h->early[0]));
}

static void take_early(struct heard_half *h, uint32_t from, uint32_t to)
{
	uint8_t i = 0;

	while (i < h->n_early && h->early[i].from <= from)
		i++;
	if (h->n_early == HEARD_EARLY) {
		struct state_range *last = &h->early[HEARD_EARLY - 1];

		last->to = to > last->to ? to : last->to;
		return;
	}
	memmove(h->early + i + 1, h->early + i, (size_t)(h->n_early - i) * sizeof(h->early[0]));
	h->early[i] = (struct state_range){ from, to };
	h->n_early++;
}

static void take(struct heard_half *h, uint32_t at, const struct heard_seg *g)
{
	take_begin(h, at, g->payload, g->len);
	if (at <= h->have)
		h->have = at + g->len > h->have ? at + g->len : h->have;
	else
		take_early(h, at, at + g->len);
	join_early(h);
}

/* --- what was acknowledged --- */

/* what is missing will not come: on from where bytes are, once there are some */
static bool skip_hole(struct heard_half *h)
{
	if (h->read <= h->have || !h->n_early || h->early[0].from >= h->read)
		return false;
	h->have = h->early[0].from;
	join_early(h);
	return true;
}

static bool is_known(const struct heard_half *h)
{
	return h->app > CORDON_APP_NONE;
}

static bool is_given_up(const struct heard *h, unsigned int dir)
{
	return h->h[dir].app == CORDON_APP_NONE && h->h[dir].n >= (dir ? FAILED_SERVER : FAILED_CLIENT);
}

/* @dir: whose bytes were read */
static void tell_apps(struct heard *h, unsigned int dir, struct state_odds *ret)
{
	const struct heard_half *a = &h->h[dir], *b = &h->h[!dir];
	uint8_t n = ret->n;

	if (h->is_told)
		return;
	if (is_known(a) && is_known(b) && a->app != b->app)
		state_odd(ret, RULE_EVENT_FLOW_APPS_DIFFER);
	else if ((a->app == CORDON_APP_NONE && is_known(b)) || (is_known(a) && is_given_up(h, !dir)))
		state_odd(ret, RULE_EVENT_FLOW_APP_ONE_SIDE);
	else if (a->read > SKIP_BYTES && !b->read && !is_known(a))
		state_odd(ret, RULE_EVENT_FLOW_APP_SKIPPED);
	h->is_told = ret->n > n;
}

/* a client's hello of SSL 2 begins TLS as well (RFC 5246 E.2); it is TLS for Suricata, no stream of that for the rest of us */
static bool is_old_hello(const struct heard_half *h, unsigned int dir)
{
	return !dir && h->n >= 5 && h->begin[0] & 0x80 && h->begin[2] == 1 && (h->begin[3] == 3 || (!h->begin[3] && h->begin[4] == 2));
}

static int app_of(const struct heard_half *h, unsigned int dir, const struct heard_seg *g)
{
	if (is_old_hello(h, dir))
		return CORDON_APP_TLS;
	return app_detect(h->begin, h->n, (__u8)dir, 6, g->dport, g->sport);
}

static void read_to(struct heard *h, unsigned int dir, uint32_t acked, const struct heard_seg *g, struct state_odds *ret)
{
	struct heard_half *a = &h->h[dir];

	if (acked <= a->read)
		return;
	a->read = acked;
	if (skip_hole(a) && !(is_given_up(h, 0) && is_given_up(h, 1)))
		state_odd(ret, RULE_EVENT_STREAM_GAP);
	/* the ports are seen from who acknowledges */
	if (!is_known(a) && a->n && a->n <= acked)
		a->app = (uint8_t)app_of(a, dir, g);
	tell_apps(h, dir, ret);
}

void heard_step(struct heard *h, const struct state *s, const struct state_seg *k, const struct heard_seg *g, unsigned int dir,
		struct state_odds *ret)
{
	const struct state_half *me = &s->h[dir], *you = &s->h[!dir];
	uint32_t at = k->seq - (me->isn + 1), acked = you->acked - (you->isn + 1);

	if (s->at < STATE_ESTABLISHED)
		return;
	if (k->len && g->payload && at <= INT32_MAX && me->next - k->seq <= INT32_MAX)
		take(&h->h[dir], at, g);
	if (k->flags & ACK && acked <= INT32_MAX)
		read_to(h, !dir, acked, g, ret);
}
