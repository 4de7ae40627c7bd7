/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interfaces of the keeper; see ports.h. rtnetlink says when a link comes, goes,
 * is renamed, or loses its XDP program; when the socket overflows (ENOBUFS)
 * everything is looked at once. It also says when a qdisc or a filter of TC
 * comes or goes. What nobody announces (a link of tcx, a map written to) is
 * looked for once a second.
 */
#include "keeper/ports.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/lists.h"
#include "base/log.h"

#define NETLINK_BUFFER (1 << 20)
#define TRY_AGAIN 5 /* looks, a second each, between attempts to attach where it failed */

static struct port *by_name(struct ports *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].conf.name, name) || (p->v[i].ifindex && !strcmp(p->v[i].ifname, name)))
			return &p->v[i];
	return NULL;
}

static struct port *by_index(struct ports *p, int ifindex)
{
	for (size_t i = 0; i < p->n; i++)
		if (ifindex && p->v[i].ifindex == ifindex)
			return &p->v[i];
	return NULL;
}

static void tell(struct ports *p, struct port *port, bool is_lost, const char *why)
{
	if (port->is_lost == is_lost)
		return;
	port->is_lost = is_lost;
	snprintf(port->said, sizeof(port->said), "%s: %s", port->conf.name, why);
	port->is_unheard = p->changed && !p->changed(is_lost, port->said, p->ctx);
}

/* nobody was there to hear it: the daemon is being started again */
static void tell_again(struct ports *p, struct port *port)
{
	if (port->is_unheard)
		port->is_unheard = !p->changed(port->is_lost, port->said, p->ctx);
}

/* what the map of interfaces should say */
static struct cordon_iface row_of(const struct port *port)
{
	return (struct cordon_iface){
		.ifindex = (uint32_t)port->ifindex,
		.owner_ifindex = (uint32_t)port->ifindex,
		.zone = port->conf.zone,
		.role = port->conf.role,
		.mode = port->conf.mode,
	};
}

/* what is sent on would meet generic XDP, and so our own program, again */
static int no_driver_xdp(const struct port *port, struct strbuf *err)
{
	strbuf_addf(err, "%s: mode hold needs XDP in the driver, and it is generic here; use react", port->ifname);
	return -EOPNOTSUPP;
}

static int can_hold(const struct port *port, struct strbuf *err)
{
	if (port->conf.mode != CORDON_MODE_HOLD)
		return 0;
	if (port->conf.role != CORDON_ROLE_MIRROR)
		return port->conf.generic ? no_driver_xdp(port, err) : 0;
	strbuf_addf(err, "%s: a mirror sees copies, there is nothing to hold; use observe or react", port->ifname);
	return -EINVAL;
}

/* where addresses are translated (RFC 3022) all devices have one here, and it is this host's own: guarded */
static void note_uplink(struct port *port)
{
	size_t n = strlen(port->note);

	if (port->conf.role == CORDON_ROLE_UPLINK)
		snprintf(port->note + n, sizeof(port->note) - n, "%san uplink: behind NAT it names no devices", n ? "; " : "");
}

static struct kern_attach attach_of(const struct port *port)
{
	struct kern_attach a = { .ifindex = port->ifindex, .xdp_generic = port->conf.generic, .iface = row_of(port) };

	str_copy(a.ifname, sizeof(a.ifname), port->ifname);
	return a;
}

static int attach(struct ports *p, struct port *port, struct strbuf *err)
{
	struct kern_attach a = attach_of(port);
	int r;

	wire_begin(&port->wire);
	port->passed_by = 0;
	r = can_hold(port, err);
	r = r ? r : kern_attach_iface(p->kern, &a, err);
	if (!r && port->conf.mode == CORDON_MODE_HOLD && a.xdp_generic) {
		kern_detach_iface(p->kern, port->ifindex, err);
		strbuf_clear(err);
		r = no_driver_xdp(port, err);
	}
	port->enforcing = !r;
	port->is_taken = r == -EBUSY && kern_xdp_is_taken(p->kern, port->ifindex);
	port->attempts = 0;
	if (r) {
		str_copy(port->note, sizeof(port->note), err->s ? err->s : strerror(-r));
		return r;
	}
	port->generic = a.xdp_generic;
	port->dispatcher = a.dispatcher;
	port->tcx = a.tcx;
	str_copy(port->note, sizeof(port->note), a.note);
	note_uplink(port);
	log_info("%s: attached as %s (%s%s, %s, %s)%s%s", port->ifname, role_name(port->conf.role),
		 port->generic ? "generic XDP" : "native XDP", port->dispatcher ? " through the dispatcher" : "",
		 port->tcx ? "tcx" : "clsact", mode_name(port->conf.mode), port->note[0] ? ": " : "", port->note);
	tell(p, port, false, "attached again, enforcing");
	return 0;
}

/* attach what was found again; a failure is logged and shown in the status */
static void attach_again(struct ports *p, struct port *port)
{
	struct strbuf err = { 0 };

	if (attach(p, port, &err)) {
		log_error("%s: not enforcing: %s", port->ifname, port->note);
		tell(p, port, true, port->note);
	}
	strbuf_done(&err);
}

static void lose(struct ports *p, struct port *port, const char *why)
{
	log_warn("%s: %s, not enforcing until it is back", port->conf.name, why);
	kern_iface_del(p->kern, (uint32_t)port->ifindex);
	port->ifindex = 0;
	port->enforcing = port->is_taken = false;
	str_copy(port->note, sizeof(port->note), why);
	tell(p, port, true, why);
}

static void put_back(struct ports *p, struct port *port, const char *what)
{
	log_warn("%s: %s, putting it back", port->ifname, what);
	tell(p, port, true, what);
	attach_again(p, port);
}

static const char *const hook_names[KERN_HOOKS] = { [KERN_XDP] = "XDP", [KERN_TC] = "TC egress" };

/* the program is there, yet packets do not meet it: so somebody's stands before it */
static void put_first(struct ports *p, struct port *port, int hook)
{
	struct kern_attach a = attach_of(port);
	struct strbuf err = { 0 };

	log_warn("%s: packets go by our program at %s: putting it first again", port->ifname, hook_names[hook]);
	if (kern_attach_again(p->kern, &a, hook, &err))
		log_error("%s: %s", port->ifname, err.s ? err.s : "cannot attach again");
	wire_rebase(&port->wire);
	strbuf_done(&err);
}

static void tell_passed_by(struct ports *p, struct port *port)
{
	char why[160];

	snprintf(why, sizeof(why), "packets go by our program at %s; `bpftool net show dev %s` and `tc filter show dev %s egress` say what is before it",
		 port->passed_by & 1U << KERN_TC ? hook_names[KERN_TC] : hook_names[KERN_XDP], port->ifname, port->ifname);
	tell(p, port, true, why);
}

/* said at once, put right at once, and then every few seconds until it is */
static void prove(struct ports *p, struct port *port)
{
	unsigned int was = port->passed_by;

	port->passed_by = wire_look(&p->wires, &port->wire, (uint32_t)port->ifindex, port->conf.role != CORDON_ROLE_MIRROR,
				    port->generic);
	if (!port->passed_by) {
		tell(p, port, false, "packets meet our programs, enforcing");
		return;
	}
	tell_passed_by(p, port);
	if (port->passed_by == was && ++port->attempts < TRY_AGAIN)
		return;
	port->attempts = 0;
	for (int hook = 0; hook < KERN_HOOKS; hook++)
		if (port->passed_by & 1U << hook)
			put_first(p, port, hook);
}

/* what it is called now; false: it is not there any more. Whoever sees a new name first says so: a look or a message. */
static bool follow_name(struct port *port)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname((unsigned int)port->ifindex, name))
		return false;
	if (strcmp(name, port->ifname))
		log_warn("%s: renamed to %s, still enforcing there; correct the configuration", port->ifname, name);
	str_copy(port->ifname, sizeof(port->ifname), name);
	return true;
}

/* bring one port in line with what the kernel says about its interface */
static void check(struct ports *p, struct port *port)
{
	int ifindex = (int)if_nametoindex(port->conf.name);

	if (port->ifindex && !follow_name(port))
		lose(p, port, "the interface is gone");
	if (!port->ifindex && !ifindex)
		return;
	if (!port->ifindex) {
		port->ifindex = ifindex;
		str_copy(port->ifname, sizeof(port->ifname), port->conf.name);
		attach_again(p, port);
	} else if (port->enforcing && kern_attached(p->kern, port->ifindex) == 0) {
		put_back(p, port, "somebody took our programs off");
	} else if (port->is_taken && !kern_xdp_is_taken(p->kern, port->ifindex)) {
		attach_again(p, port);
	}
}

bool ports_attest(struct ports *p)
{
	bool all = true;

	for (size_t i = 0; i < p->n; i++) {
		struct port *port = &p->v[i];
		struct cordon_iface row = row_of(port);

		tell_again(p, port);
		check(p, port);
		if (port->enforcing && !kern_iface_is(p->kern, &row))
			put_back(p, port, "somebody changed what the map of interfaces says of it");
		else if (port->ifindex && !port->enforcing && !port->is_taken && ++port->attempts >= TRY_AGAIN)
			attach_again(p, port);
		if (port->enforcing)
			prove(p, port);
		all = all && port->enforcing && !port->passed_by;
	}
	return all;
}

static void link_changed(struct ports *p, const struct nlmsghdr *h)
{
	const struct ifinfomsg *m = NLMSG_DATA(h);
	struct port *port = by_index(p, m->ifi_index);

	if (h->nlmsg_type == RTM_DELLINK && m->ifi_family == AF_UNSPEC) {
		if (port)
			lose(p, port, "the interface is gone");
		return;
	}
	if (h->nlmsg_type != RTM_NEWLINK || m->ifi_family != AF_UNSPEC)
		return;
	for (size_t i = 0; i < p->n; i++)
		if (&p->v[i] == port || !p->v[i].ifindex)
			check(p, &p->v[i]);
}

/*
 * A qdisc or filter came or went there: are we, and first? Only what is new is put right here, or somebody who puts himself
 * first again and again would have us at it without a pause; the rest is left to the look of each second.
 */
static void tc_changed(struct ports *p, struct port *port)
{
	const unsigned int egress = 1U << KERN_TC;

	port->is_tc_new = false;
	check(p, port);
	if (!port->enforcing || port->passed_by & egress || port->conf.role == CORDON_ROLE_MIRROR ||
	    !wire_look_egress(&p->wires, &port->wire, (uint32_t)port->ifindex))
		return;
	port->passed_by |= egress;
	port->attempts = 0;
	tell_passed_by(p, port);
	put_first(p, port, KERN_TC);
}

/* a change of a whole set of filters is many messages: it is looked at once, behind them */
static void note_tc(struct ports *p, const struct nlmsghdr *h)
{
	const struct tcmsg *m = NLMSG_DATA(h);
	struct port *port = h->nlmsg_len >= NLMSG_LENGTH(sizeof(*m)) ? by_index(p, m->tcm_ifindex) : NULL;

	if (port)
		port->is_tc_new = true;
}

static bool is_tc(const struct nlmsghdr *h)
{
	return h->nlmsg_type >= RTM_NEWQDISC && h->nlmsg_type <= RTM_GETTFILTER;
}

static void look_at_tc(struct ports *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].is_tc_new)
			tc_changed(p, &p->v[i]);
}

/* true: addresses or routes changed */
static bool follow(struct ports *p)
{
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool addresses = false;

	for (;;) {
		ssize_t n = recv(p->netlink, buf, sizeof(buf), MSG_DONTWAIT);
		unsigned int left;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) {
			log_warn("rtnetlink overflowed: looking at every interface");
			for (size_t i = 0; i < p->n; i++)
				check(p, &p->v[i]);
			addresses = true;
			continue;
		}
		if (n <= 0)
			return addresses;
		left = (unsigned int)n;
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			if (h->nlmsg_type == RTM_NEWLINK || h->nlmsg_type == RTM_DELLINK)
				link_changed(p, h);
			else if (is_tc(h))
				note_tc(p, h);
			else
				addresses = true;
		}
	}
}

bool ports_netlink(struct ports *p)
{
	bool addresses = follow(p);

	look_at_tc(p);
	return addresses;
}

int ports_init(struct ports *p, struct kern *k, struct strbuf *err)
{
	struct sockaddr_nl sa = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_TC | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
	};
	int size = NETLINK_BUFFER;

	*p = (struct ports){ .kern = k };
	wires_init(&p->wires, k);
	p->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (p->netlink < 0 || bind(p->netlink, (struct sockaddr *)&sa, sizeof(sa))) {
		int r = -errno;

		strbuf_addf(err, "cannot watch the interfaces: rtnetlink: %s", strerror(-r));
		return r;
	}
	setsockopt(p->netlink, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return 0;
}

void ports_done(struct ports *p)
{
	closep_(&p->netlink);
	wires_done(&p->wires);
}

static bool same(const struct conf_iface *a, const struct conf_iface *b)
{
	return !strcmp(a->name, b->name) && a->role == b->role && a->mode == b->mode && a->zone == b->zone &&
	       a->generic == b->generic;
}

int ports_add(struct ports *p, const struct conf_iface *c, struct strbuf *err)
{
	struct port *port = by_name(p, c->name), before = { 0 };
	bool is_new = !port;
	int r, ifindex = (int)if_nametoindex(c->name);

	if (port && port->enforcing && same(&port->conf, c))
		return -EALREADY;
	if (!ifindex) {
		strbuf_addf(err, "%s: no such interface; `ip link` lists them", c->name);
		return -ENODEV;
	}
	if (is_new && p->n == PORTS_MAX) {
		strbuf_addf(err, "%s: %d interfaces are served already", c->name, PORTS_MAX);
		return -E2BIG;
	}
	if (is_new)
		port = &p->v[p->n++];
	before = *port;
	*port = (struct port){ .conf = *c, .ifindex = ifindex };
	str_copy(port->ifname, sizeof(port->ifname), c->name);
	r = attach(p, port, err);
	if (r && is_new)
		p->n--;
	else if (r)
		*port = before;
	return r;
}

int ports_remove(struct ports *p, const char *name, struct strbuf *err)
{
	struct port *port = by_name(p, name);
	int r = 0;

	if (!port) {
		strbuf_addf(err, "%s: not attached; `cordon status` lists what is", name);
		return -ENOENT;
	}
	if (port->ifindex)
		r = kern_detach_iface(p->kern, port->ifindex, err);
	if (r && r != -ENOENT)
		return r;
	log_info("%s: detached", name);
	*port = p->v[--p->n];
	return 0;
}

static bool is_in(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->ifaces.len; i++)
		if (!strcmp(c->ifaces.data[i].name, name))
			return true;
	return false;
}

void ports_apply(struct ports *p, const struct conf *c)
{
	for (size_t i = p->n; i-- > 0;) {
		struct strbuf err = { 0 };
		char name[16];

		str_copy(name, sizeof(name), p->v[i].conf.name);
		if (!is_in(c, name) && ports_remove(p, name, &err))
			log_error("%s: cannot detach: %s", name, err.s ? err.s : "out of memory");
		strbuf_done(&err);
	}
	for (size_t i = 0; i < c->ifaces.len; i++) {
		struct strbuf err = { 0 };
		int r = ports_add(p, &c->ifaces.data[i], &err);

		if (r && r != -EALREADY)
			log_error("%s", err.s ? err.s : strerror(-r));
		strbuf_done(&err);
	}
}

void ports_status(const struct ports *p, struct rpc_reply *ret)
{
	ret->n_ports = (uint32_t)p->n;
	for (size_t i = 0; i < p->n; i++) {
		const struct port *port = &p->v[i];
		struct port_status *s = &ret->ports[i];

		*s = (struct port_status){
			.ifindex = port->ifindex,
			.zone = port->conf.zone,
			.role = port->conf.role,
			.mode = port->conf.mode,
			.enforcing = port->enforcing && !port->passed_by,
			.passed_by = (uint8_t)port->passed_by,
			.generic = port->generic,
			.dispatcher = port->dispatcher,
			.tcx = port->tcx,
			.unseen = port->wire.unseen_total,
		};
		for (int hook = 0; port->enforcing && hook < KERN_HOOKS; hook++) {
			s->asked[hook] = (uint8_t)wire_seconds(port->wire.hook[hook].asked);
			s->proven[hook] = (uint8_t)wire_seconds(port->wire.hook[hook].proven);
		}
		str_copy(s->ifname, sizeof(s->ifname), port->ifindex ? port->ifname : port->conf.name);
		str_copy(s->note, sizeof(s->note), port->note);
	}
}

void ports_detach_all(struct ports *p)
{
	while (p->n) {
		struct strbuf err = { 0 };
		char name[16];

		str_copy(name, sizeof(name), p->v[p->n - 1].conf.name);
		if (ports_remove(p, name, &err)) {
			log_error("%s: cannot detach: %s", name, err.s ? err.s : "out of memory");
			p->n--;
		}
		strbuf_done(&err);
	}
}
