// SPDX-License-Identifier: BSD-2-Clause
/*
 * Waiting packets lie in a table by ticket. Verdicts come in the order in which
 * the inspector read the packets, which is the order of each flow, so they go
 * on in it. A verdict that does not come in time, and a packet for which there
 * is no room, are settled by the policy and counted.
 */
#include "keeper/hold.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "keeper/resend.h"

#define TICK_NS (50 * 1000000L)

struct waiting {
	struct cordon_event_pkt *p; /* NULL: free */
	uint64_t since_ns;
};

struct hold {
	struct kern *kern, *empty; /* empty: a program that passes */
	struct kern_ring *ring;
	uint64_t wait_ns;
	bool strict;
	int raw, timer;
	uint64_t bytes; /* that wait */
	uint32_t n;
	struct hold_counts counts;
	struct waiting w[CORDON_HOLD_PACKETS];
};

/* --- the way on --- */

struct way {
	struct hold *h;
	int ifindex;
	bool is_egress;
};

static int send_one(void *ctx, const uint8_t *frame, uint32_t len)
{
	struct way *w = ctx;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = w->ifindex, .sll_halen = 6 };

	if (!w->is_egress)
		return kern_live_frame(w->h->empty, w->ifindex, frame, len);
	memcpy(to.sll_addr, frame, 6);
	memcpy(&to.sll_protocol, frame + 12, 2);
	return sendto(w->h->raw, frame, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

static uint32_t mtu_of(const struct hold *h, uint32_t ifindex)
{
	struct ifreq r = { 0 };

	if (!if_indextoname(ifindex, r.ifr_name) || ioctl(h->raw, SIOCGIFMTU, &r))
		return 1500;
	return (uint32_t)r.ifr_mtu;
}

/* most packets fit any MTU: it is asked for only when it matters */
static void send_on(struct hold *h, const struct cordon_event_pkt *p)
{
	struct way w = { .h = h, .ifindex = (int)p->facts.ifindex,
			 .is_egress = p->facts.from_device == (p->facts.role == CORDON_ROLE_UPLINK) };
	uint32_t mtu = p->cap_len <= 1280 ? 1500 : mtu_of(h, p->facts.ifindex);
	int r;

	if (!w.is_egress && mtu > KERN_LIVE_MAX - 22)
		mtu = KERN_LIVE_MAX - 22;
	r = resend_frames(p, mtu, send_one, &w);
	if (!r) {
		h->counts.cleared++;
		return;
	}
	h->counts.failed++;
	if (h->counts.failed == 1)
		log_error("mode hold: a cleared packet could not be sent on at interface %d: %s; counted from now on",
			  w.ifindex, strerror(-r));
}

/* --- what waits --- */

static void settle(struct hold *h, struct waiting *w, bool is_denied)
{
	struct cordon_event_pkt *p = TAKE_PTR(w->p);

	if (is_denied)
		h->counts.denied++;
	else
		send_on(h, p);
	kern_flow_let_go(h->kern, p->facts.flow_id, p->facts.flow_slot, p->held);
	h->bytes -= p->hdr.size;
	h->n--;
	free(p);
}

/* no verdict: late, or no room to wait */
static void settle_by_policy(struct hold *h, struct waiting *w)
{
	h->counts.late++;
	settle(h, w, h->strict);
}

static struct waiting *place_of(struct hold *h, uint32_t ticket)
{
	return &h->w[ticket % CORDON_HOLD_PACKETS];
}

static int on_held(const struct cordon_event_hdr *ev, void *ctx)
{
	const struct cordon_event_pkt *p = (const void *)ev;
	struct hold *h = ctx;
	struct waiting *w = place_of(h, p->ticket);

	if (ev->kind != CORDON_EVENT_PKT)
		return 0;
	if (w->p)
		settle_by_policy(h, w);
	w->p = malloc(ev->size);
	if (!w->p) {
		h->counts.failed++;
		return 0;
	}
	memcpy(w->p, p, ev->size);
	w->since_ns = clock_now_ns();
	h->bytes += ev->size;
	h->n++;
	h->counts.held++;
	if (h->bytes > CORDON_HOLD_BYTES)
		settle_by_policy(h, w);
	return 0;
}

void hold_take(struct hold *h)
{
	kern_ring_consume(h->ring);
}

void hold_verdict(struct hold *h, const struct verdict *v)
{
	struct waiting *w = place_of(h, v->ticket);

	if (!w->p || w->p->ticket != v->ticket) {
		kern_ring_consume(h->ring); /* the ring may be read later than the verdict on what is in it */
		if (!w->p || w->p->ticket != v->ticket)
			return; /* settled before */
	}
	settle(h, w, v->is_denied);
}

void hold_tick(struct hold *h, bool is_judged)
{
	uint64_t now = clock_now_ns(), expirations;

	if (read(h->timer, &expirations, sizeof(expirations)) < 0)
		return;
	if (is_judged)
		__atomic_store_n(&kern_state(h->kern)->hold_until_ns, now + 4 * CORDON_HOLD_BEAT_NS, __ATOMIC_RELAXED);
	kern_ring_consume(h->ring);
	for (size_t i = 0; h->n && i < CORDON_HOLD_PACKETS; i++)
		if (h->w[i].p && now - h->w[i].since_ns > h->wait_ns)
			settle_by_policy(h, &h->w[i]);
}

void hold_status(const struct hold *h, struct rpc_reply *ret)
{
	if (h)
		ret->hold = h->counts;
}

/* --- open and close --- */

/* receives nothing; sends past queueing disciplines and our own egress hook */
static int open_raw(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one))) {
		int e = -errno;

		closep_(&fd);
		return e;
	}
	return fd;
}

static int open_timer(void)
{
	struct itimerspec every = { .it_interval.tv_nsec = TICK_NS, .it_value.tv_nsec = 1 };
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timerfd_settime(fd, 0, &every, NULL);
	return fd < 0 ? -errno : fd;
}

int hold_new(struct kern *k, uint64_t wait_ns, bool strict, struct hold **ret, struct strbuf *err)
{
	struct hold *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->kern = k;
	h->wait_ns = wait_ns;
	h->strict = strict;
	h->raw = open_raw();
	h->timer = open_timer();
	r = h->raw < 0 ? h->raw : h->timer < 0 ? h->timer : kern_empty_new(&h->empty);
	r = r ? r : kern_held_new(k, on_held, h, &h->ring);
	if (r) {
		strbuf_addf(err, "mode hold: cannot prepare to send packets on: %s", strerror(-r));
		hold_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

int hold_ring_fd(const struct hold *h)
{
	return kern_ring_fd(h->ring);
}

int hold_timer_fd(const struct hold *h)
{
	return h->timer;
}

void hold_free(struct hold *h)
{
	if (!h)
		return;
	if (h->ring) {
		__atomic_store_n(&kern_state(h->kern)->hold_until_ns, 0, __ATOMIC_RELAXED);
		kern_ring_consume(h->ring);
	}
	for (size_t i = 0; h->n && i < CORDON_HOLD_PACKETS; i++)
		if (h->w[i].p)
			settle_by_policy(h, &h->w[i]);
	kern_ring_free(h->ring);
	kern_free(h->empty);
	closep_(&h->raw);
	closep_(&h->timer);
	free(h);
}
