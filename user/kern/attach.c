// SPDX-License-Identifier: BSD-2-Clause
/*
 * Attach and detach one interface: its row in `ifaces`, offloads, TC egress,
 * XDP; undone in the opposite order when a step fails. What has to be restored
 * or recognised later (by a keeper that was killed meanwhile) is in the pinned
 * map `attached`, ifindex -> struct attached. Doing it again is harmless:
 * what is in place and current stays, what is of another build is replaced.
 */
#include "kern/inherit.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* struct attached.flags */
#define ATTACHED_TCX (1u << 0)
#define ATTACHED_TC (1u << 1)	 /* TC egress too (not a mirror) */
#define ATTACHED_QDISC (1u << 2) /* the clsact qdisc is our doing */
#define ATTACHED_RXVLAN (1u << 3) /* to be turned on again */
#define ATTACHED_LRO (1u << 4)

static int record_get(const struct kern *k, int ifindex, struct attached *ret)
{
	uint32_t key = (uint32_t)ifindex;

	memset(ret, 0, sizeof(*ret));
	return bpf_map_lookup_elem(k->attached_fd, &key, ret) ? -errno : 0;
}

static int record_put(const struct kern *k, int ifindex, const struct attached *rec)
{
	uint32_t key = (uint32_t)ifindex;

	return bpf_map_update_elem(k->attached_fd, &key, rec, BPF_ANY) ? -errno : 0;
}

static void record_del(const struct kern *k, int ifindex)
{
	uint32_t key = (uint32_t)ifindex;

	bpf_map_delete_elem(k->attached_fd, &key);
}

static void note(struct kern_attach *a, const char *text)
{
	size_t n = strlen(a->note);

	snprintf(a->note + n, sizeof(a->note) - n, "%s%s", n ? "; " : "", text);
}

static int check_interface(const struct kern *k, struct kern_attach *a, struct strbuf *err)
{
	char name[IF_NAMESIZE];

	if (!k->own_pin_dir) {
		strbuf_addf(err, "%s: attaching needs a pin directory", a->ifname);
		return -EINVAL;
	}
	if (!if_indextoname((unsigned int)a->ifindex, name)) {
		strbuf_addf(err, "%s: no such interface (index %d)", a->ifname, a->ifindex);
		return -ENODEV;
	}
	str_copy(a->ifname, sizeof(a->ifname), name);
	a->note[0] = 0;
	a->iface.ifindex = (uint32_t)a->ifindex;
	if (!a->iface.owner_ifindex)
		a->iface.owner_ifindex = a->iface.ifindex;
	return 0;
}

static int put_iface(struct kern *k, const struct kern_attach *a, struct strbuf *err)
{
	int r = kern_iface_put(k, &a->iface);

	if (r == -EEXIST)
		strbuf_addf(err, "%s: its index %d shares a place with another attached interface's (modulo %d); "
			    "re-create one of the two", a->ifname, a->ifindex, CORDON_IFACE_MAX);
	else if (r)
		strbuf_addf(err, "%s: cannot enter it in the map of interfaces: %s", a->ifname, strerror(-r));
	return r;
}

/* what is off already stays on the list of what to restore */
static int put_offloads(const struct kern *k, struct kern_attach *a, struct attached *rec, struct strbuf *err)
{
	char driver[32];
	uint32_t off;
	int r = offload_off(a->ifname, &off, err);

	if (r)
		return r;
	rec->flags |= (off & OFFLOAD_RXVLAN ? ATTACHED_RXVLAN : 0) | (off & OFFLOAD_LRO ? ATTACHED_LRO : 0);
	offload_driver(a->ifname, driver);
	if (!strcmp(driver, "veth"))
		note(a, "veth: a VLAN tag is seen only if the peer has tx-vlan-offload off");
	return record_put(k, a->ifindex, rec);
}

static int put_tc(struct kern *k, struct kern_attach *a, struct attached *rec, struct strbuf *err)
{
	bool qdisc;
	int r;

	if (a->iface.role == CORDON_ROLE_MIRROR)
		return 0;
	r = tc_attach(k, a, &qdisc, err);
	if (r)
		return r;
	rec->flags |= ATTACHED_TC | (a->tcx ? ATTACHED_TCX : 0) | (qdisc ? ATTACHED_QDISC : 0);
	if (!a->tcx)
		note(a, "no tcx in this kernel, clsact in force");
	return record_put(k, a->ifindex, rec);
}

/* behind a dispatcher the new program joins before the old one leaves; alone it takes its place */
static int replace_xdp(struct kern *k, struct kern_attach *a, const struct xdp_there *old, struct strbuf *err)
{
	bool moves = a->xdp_generic && !old->generic;
	struct xdp_there now = *old;
	int r = 0;

	if (old->ours_id && moves) {
		r = xdp_detach(k, a->ifindex, old, err);
		if (!r)
			r = xdp_look(k, a->ifindex, &now);
	}
	a->xdp_generic |= now.ours_id && now.generic;
	if (!r)
		r = xdp_attach(k, a, &now, err);
	if (!r && now.ours_id && now.dispatcher)
		r = xdp_detach(k, a->ifindex, &now, err);
	return r;
}

static int put_xdp(struct kern *k, struct kern_attach *a, struct attached *rec, struct strbuf *err)
{
	struct xdp_there there;
	int r = xdp_look(k, a->ifindex, &there);
	bool current = there.ours_id && there.ours_id == rec->xdp_id && rec->build == k->state->build;

	if (!r && !(current && (there.generic || !a->xdp_generic)))
		r = replace_xdp(k, a, &there, err);
	if (!r)
		r = xdp_look(k, a->ifindex, &there);
	if (r) {
		if (!err->len)
			strbuf_addf(err, "%s: cannot look at its XDP programs: %s", a->ifname, strerror(-r));
		return r;
	}
	xdp_keep(k, a->ifindex, &there);
	a->xdp_generic = there.generic;
	a->dispatcher = there.dispatcher;
	if (!a->dispatcher)
		note(a, kern_probe()->freplace ? "no dispatcher: XDP is not shared" :
						 "this kernel refuses freplace: no dispatcher, XDP is not shared");
	rec->xdp_id = there.ours_id;
	rec->build = k->state->build;
	return record_put(k, a->ifindex, rec);
}

int kern_attach_iface(struct kern *k, struct kern_attach *a, struct strbuf *err)
{
	struct attached rec;
	struct strbuf ignored = {};
	bool is_new;
	int r = check_interface(k, a, err);

	if (r)
		return r;
	is_new = record_get(k, a->ifindex, &rec) == -ENOENT && kern_inherit_record(k, a->ifindex, &rec) == -ENOENT;
	r = put_iface(k, a, err);
	if (r)
		return r;
	r = record_put(k, a->ifindex, &rec);
	if (!r)
		r = put_offloads(k, a, &rec, err);
	if (!r)
		r = put_tc(k, a, &rec, err);
	if (!r)
		r = put_xdp(k, a, &rec, err);
	if (r && !err->len)
		strbuf_addf(err, "%s: cannot attach: %s", a->ifname, strerror(-r));
	if (r && is_new)
		kern_detach_iface(k, a->ifindex, &ignored);
	if (!r)
		kern_inherit_taken(k, a->ifindex);
	strbuf_done(&ignored);
	return r;
}

int kern_attach_again(struct kern *k, struct kern_attach *a, int hook, struct strbuf *err)
{
	struct xdp_there there;
	struct attached rec;
	int r = check_interface(k, a, err);

	r = r ? r : record_get(k, a->ifindex, &rec);
	if (r)
		return r;
	if (hook == KERN_TC) {
		a->first = true;
		r = tc_detach(k, a->ifindex, rec.flags & ATTACHED_TCX, false, err);
		return r ? r : put_tc(k, a, &rec, err);
	}
	r = xdp_look(k, a->ifindex, &there);
	r = r ? r : xdp_detach(k, a->ifindex, &there, err);
	return r ? r : put_xdp(k, a, &rec, err);
}

static void restore_offloads(int ifindex, const struct attached *rec)
{
	uint32_t off = (rec->flags & ATTACHED_RXVLAN ? OFFLOAD_RXVLAN : 0) | (rec->flags & ATTACHED_LRO ? OFFLOAD_LRO : 0);
	char name[IF_NAMESIZE];

	if (if_indextoname((unsigned int)ifindex, name))
		offload_restore(name, off);
}

int kern_detach_iface(struct kern *k, int ifindex, struct strbuf *err)
{
	struct xdp_there there = {};
	struct attached rec;
	int r = record_get(k, ifindex, &rec), r2;

	if (r) {
		strbuf_addf(err, "interface %d: not attached", ifindex);
		return r;
	}
	r = xdp_look(k, ifindex, &there);
	/* an interface that has gone took its programs with it */
	r = r == -ENODEV ? 0 : r ? r : xdp_detach(k, ifindex, &there, err);
	r2 = rec.flags & ATTACHED_TC ? tc_detach(k, ifindex, rec.flags & ATTACHED_TCX, rec.flags & ATTACHED_QDISC, err) : 0;
	restore_offloads(ifindex, &rec);
	kern_iface_del(k, (uint32_t)ifindex);
	if (!r && !r2)
		record_del(k, ifindex);
	if ((r || r2) && !err->len)
		strbuf_addf(err, "interface %d: cannot detach: %s", ifindex, strerror(r ? -r : -r2));
	return r ? r : r2;
}

bool kern_xdp_is_shared(struct kern *k, int ifindex)
{
	struct xdp_there there;

	return !xdp_look(k, ifindex, &there) && there.ours_id && there.others;
}

bool kern_xdp_is_taken(struct kern *k, int ifindex)
{
	struct xdp_there there;

	return !xdp_look(k, ifindex, &there) && xdp_is_taken(&there);
}

int kern_attached(struct kern *k, int ifindex)
{
	struct xdp_there there;
	struct attached rec;
	int r = record_get(k, ifindex, &rec);

	if (r)
		return r == -ENOENT ? 0 : r;
	r = xdp_look(k, ifindex, &there);
	if (r || !there.ours_id)
		return r == -ENODEV ? 0 : r;
	if (!(rec.flags & ATTACHED_TC))
		return 1;
	r = tc_look(k, ifindex, rec.flags & ATTACHED_TCX);
	return r < 0 ? r : r > 0;
}
