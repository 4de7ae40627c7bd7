// SPDX-License-Identifier: BSD-2-Clause
/* Canaries and books of the hooks; see wire.h. */
#include "keeper/wire.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define MINUTE ((1ULL << 60) - 1) /* bits, a second each */
#define UNSEEN_SOME 8	/* packets that came in while none was seen */
#define UNSEEN_MANY 256 /* that came in beside those that were seen, and more than were */

void wires_init(struct wires *w, struct kern *k)
{
	struct timeval patience = { .tv_sec = 1 };

	*w = (struct wires){ .kern = k };
	w->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (w->raw < 0)
		log_warn("canaries cannot be sent (%s; the cure: CAP_NET_RAW): that packets go by TC egress is not proven", strerror(errno));
	w->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (w->netlink >= 0)
		setsockopt(w->netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

void wires_done(struct wires *w)
{
	closep_(&w->raw);
	closep_(&w->netlink);
	kern_free(w->empty);
	*w = (struct wires){ .raw = -1, .netlink = -1 };
}

unsigned int wire_seconds(uint64_t bits)
{
	return (unsigned int)__builtin_popcountll(bits & MINUTE);
}

void wire_rebase(struct wire *w)
{
	w->has_base = false;
	w->hook[KERN_XDP].is_pending = false;
}

void wire_begin(struct wire *w)
{
	*w = (struct wire){ .unseen_total = w->unseen_total };
}

/* --- native XDP --- */

/* the packets that a driver's counter is late by were seen in the last seconds: more than those it cannot owe */
static void bound(struct wire *w)
{
	int64_t owed = 0;

	for (unsigned int i = 0; i < WIRE_LAG; i++)
		owed += (int64_t)w->lag[i];
	if (w->unseen < -owed)
		w->unseen = -owed;
}

int wire_count(struct wire *w, uint64_t rx, uint64_t seen)
{
	uint64_t came = rx - w->rx, saw = seen - w->seen;
	bool has_base = w->has_base && rx >= w->rx && seen >= w->seen;

	w->rx = rx;
	w->seen = seen;
	w->has_base = true;
	if (!has_base) {
		memset(w->lag, 0, sizeof(w->lag));
		w->unseen = 0;
		return 0;
	}
	w->lag[w->at++ % WIRE_LAG] = saw;
	w->unseen -= w->unseen > 0 ? w->unseen / 8 : 0; /* a frame here and there that a driver does not show its program */
	w->unseen += (int64_t)(came - saw);
	bound(w);
	w->unseen_total += came > saw ? came - saw : 0;
	if ((!saw && came && w->unseen >= UNSEEN_SOME) || (w->unseen >= UNSEEN_MANY && (uint64_t)w->unseen > saw))
		return -1;
	return saw > 0;
}

/* RTM_GETSTATS (Linux 4.7): by number, whatever it is called, and not through a /sys of another namespace */
static int ask_rx(struct wires *s, uint32_t ifindex)
{
	struct {
		struct nlmsghdr h;
		struct if_stats_msg m;
	} req = { .h = { .nlmsg_len = sizeof(req), .nlmsg_type = RTM_GETSTATS, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = ++s->seq },
		  .m = { .ifindex = ifindex, .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64) } };

	return s->netlink < 0 || send(s->netlink, &req, sizeof(req), 0) < 0 ? -EIO : 0;
}

/* *ret_rx: what its driver says has come in */
static int rx_of(struct wires *s, uint32_t ifindex, uint64_t *ret_rx)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct nlmsghdr *h = (const void *)buf;
	const struct rtattr *a;
	struct rtnl_link_stats64 st;
	ssize_t n;

	if (ask_rx(s, ifindex))
		return -EIO;
	do { /* what came too late for the one before is not the answer */
		n = recv(s->netlink, buf, sizeof(buf), 0);
	} while (n >= (ssize_t)sizeof(*h) && h->nlmsg_seq != s->seq);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct if_stats_msg) + RTA_LENGTH(sizeof(st))) || h->nlmsg_type != RTM_NEWSTATS)
		return -EIO;
	a = (const void *)((const char *)NLMSG_DATA(h) + NLMSG_ALIGN(sizeof(struct if_stats_msg)));
	if (a->rta_type != IFLA_STATS_LINK_64 || RTA_PAYLOAD(a) < offsetof(struct rtnl_link_stats64, tx_packets))
		return -EIO;
	memcpy(ret_rx, RTA_DATA(a), sizeof(*ret_rx)); /* its first member */
	return 0;
}

/* the driver's counter first: what it has counted, the program has seen */
static void look_native(struct wires *s, struct wire *w, uint32_t ifindex)
{
	struct wire_hook *h = &w->hook[KERN_XDP];
	struct cordon_counters c;
	uint64_t rx = 0;
	int r;

	if (rx_of(s, ifindex, &rx) || kern_counters(s->kern, &c, NULL))
		return;
	r = wire_count(w, rx, c.arrived[ifindex & (CORDON_IFACE_MAX - 1)]);
	if (r < 0 && kern_xdp_is_shared(s->kern, (int)ifindex))
		r = 0; /* another program of the dispatcher may have dropped them: no proof, and no alarm */
	h->asked |= r != 0;
	h->proven |= r > 0;
	h->is_lost = r < 0 || (h->is_lost && !r);
}

/* --- canaries --- */

static void took(struct wire_hook *h)
{
	h->proven |= 1;
	h->is_lost = h->is_pending = false;
}

/* 0: it went by; 1: it could not be said, since the interface is down or somebody else dropped it */
static int send_out(const struct wires *s, uint32_t ifindex, const struct cordon_canary_frame *f)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)ifindex, .sll_halen = 6 };

	memcpy(to.sll_addr, f->dst, sizeof(f->dst));
	memcpy(&to.sll_protocol, f->type, sizeof(f->type));
	return sendto(s->raw, f, sizeof(*f), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0;
}

/* the program runs before sendto() returns, which then says ENOBUFS: dropped */
static void look_egress(struct wires *s, struct wire *w, uint32_t ifindex)
{
	struct wire_hook *h = &w->hook[KERN_TC];
	struct cordon_canary_frame f;
	int dropped;

	if (s->raw < 0 || kern_canary_await(s->kern, KERN_TC, ifindex, &f))
		return;
	dropped = send_out(s, ifindex, &f);
	if (kern_canary_came(s->kern, KERN_TC, ifindex)) {
		h->asked |= 1;
		took(h);
	} else if (!dropped) {
		h->asked |= 1;
		h->is_lost = true;
	}
}

static void look_generic(struct wires *s, struct wire *w, uint32_t ifindex)
{
	struct wire_hook *h = &w->hook[KERN_XDP];
	struct cordon_canary_frame f;

	if (h->is_pending && kern_canary_came(s->kern, KERN_XDP, ifindex))
		took(h);
	h->is_lost = h->is_lost || h->is_pending;
	h->is_pending = false;
	if ((!s->empty && kern_empty_new(&s->empty)) || kern_canary_await(s->kern, KERN_XDP, ifindex, &f))
		return;
	if (kern_live_frame(s->empty, (int)ifindex, &f, sizeof(f)))
		return;
	h->asked |= 1;
	if (kern_canary_came(s->kern, KERN_XDP, ifindex))
		took(h);
	else
		h->is_pending = true;
}

bool wire_look_egress(struct wires *s, struct wire *w, uint32_t ifindex)
{
	look_egress(s, w, ifindex);
	return w->hook[KERN_TC].is_lost;
}

unsigned int wire_look(struct wires *s, struct wire *w, uint32_t ifindex, bool has_tc, bool is_generic)
{
	unsigned int lost = 0;

	for (int i = 0; i < KERN_HOOKS; i++) {
		w->hook[i].asked <<= 1;
		w->hook[i].proven <<= 1;
	}
	if (is_generic)
		look_generic(s, w, ifindex);
	else
		look_native(s, w, ifindex);
	if (has_tc)
		look_egress(s, w, ifindex);
	for (int i = 0; i < KERN_HOOKS; i++)
		lost |= w->hook[i].is_lost ? 1U << i : 0;
	return lost;
}
