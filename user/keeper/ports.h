/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interfaces the keeper serves: attached, watched through rtnetlink, and
 * attached again when they come back. An interface is known by the name the
 * configuration gives it; while it is there, by its number, so that a rename
 * does not lose it.
 */
#ifndef KEEPER_PORTS_H
#define KEEPER_PORTS_H

#include "conf/conf.h"
#include "keeper/wire.h"
#include "kern/kern.h"
#include "proc/msg.h"

struct port {
	struct conf_iface conf;
	int ifindex; /* 0: not there */
	bool enforcing, generic, dispatcher, tcx;
	bool is_lost;	      /* said so, and not yet that it is back */
	bool is_taken;	      /* by somebody's XDP program: attached again as soon as that has gone */
	unsigned int passed_by; /* 1 << KERN_XDP, KERN_TC: attached, but packets go by without it */
	bool is_tc_new;	       /* a qdisc or filter of TC came or went there, and was not looked at yet */
	unsigned int attempts; /* looks since it was last tried to attach again */
	struct wire wire;
	bool is_unheard; /* what was said last */
	char said[240];
	char ifname[16]; /* as it is called now */
	char note[160];
};

struct ports {
	struct kern *kern; /* borrowed */
	int netlink;
	struct wires wires;
	/* enforcement on an interface was lost, or is back; @text names it and says why. False: nobody heard it. */
	bool (*changed)(bool is_lost, const char *text, void *ctx);
	void *ctx;
	size_t n;
	struct port v[PORTS_MAX];
};

int ports_init(struct ports *p, struct kern *k, struct strbuf *err);
void ports_done(struct ports *p); /* what is attached stays */
/* attach; -ENODEV: no such interface; -EALREADY: served with the same settings; else as kern_attach_iface() */
int ports_add(struct ports *p, const struct conf_iface *c, struct strbuf *err);
/* detach; -ENOENT: not served */
int ports_remove(struct ports *p, const char *name, struct strbuf *err);
/* attach what is new in @c, detach what is gone; errors are logged, the rest is done */
void ports_apply(struct ports *p, const struct conf *c);
/* netlink has something: follow it. true: addresses or routes changed */
bool ports_netlink(struct ports *p);
/*
 * Once a second: is what should be in force in force? Programs attached, and packets going by them (wire.h), the map
 * saying of each interface what it should: what somebody else changed is put back, and said. True: all of it is.
 */
bool ports_attest(struct ports *p);
void ports_status(const struct ports *p, struct rpc_reply *ret);
void ports_detach_all(struct ports *p);

#endif
