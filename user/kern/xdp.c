// SPDX-License-Identifier: BSD-2-Clause
/*
 * The XDP hook, shared with others through libxdp's dispatcher. libxdp wants a
 * program that is not loaded yet, since behind a dispatcher it is loaded as an
 * extension of it (freplace): so each interface gets its own copy of
 * xdp_ingress around the common maps. Where the kernel refuses extensions the
 * one loaded program is attached alone. A program is ours when it uses our
 * map of counters, and ours to replace when it uses another version's.
 */
#include "kern/inherit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

#define PROG_MAPS_MAX 64

static void close_xdp_program(struct xdp_program *p)
{
	xdp_program__close(p);
}
DEFINE_CLEANUP(struct xdp_program, close_xdp_program)

static void close_multiprog(struct xdp_multiprog *m)
{
	xdp_multiprog__close(m);
}
DEFINE_CLEANUP(struct xdp_multiprog, close_multiprog)

static uint32_t own_map_id(const struct kern *k)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(k->fds[KERN_MAP_counters], &info, &len) ? 0 : info.id;
}

/* name of a program; does it use our counters, or those of another version? */
static bool prog_is_ours(const struct kern *k, int fd, char ret_name[16])
{
	__u32 maps[PROG_MAPS_MAX];
	struct bpf_prog_info info = { .nr_map_ids = PROG_MAPS_MAX, .map_ids = (uintptr_t)maps };
	__u32 len = sizeof(info), own = own_map_id(k);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	str_copy(ret_name, 16, info.name);
	for (uint32_t i = 0; i < info.nr_map_ids && i < PROG_MAPS_MAX; i++) {
		if (maps[i] == own || kern_inherit_is_elder(k, maps[i]))
			return true;
	}
	return false;
}

static void look_at(const struct kern *k, const struct xdp_program *p, struct xdp_there *ret)
{
	char name[16] = "";

	if (prog_is_ours(k, xdp_program__fd(p), name))
		ret->ours_id = xdp_program__id(p);
	else if (!strcmp(name, "xdp_ingress"))
		ret->other_cordon = true;
	else
		ret->others = true;
	if (!ret->name[0])
		str_copy(ret->name, sizeof(ret->name), name);
}

/* an error to look is not "nothing there" */
static int look_inside(const struct kern *k, int ifindex, struct xdp_there *ret)
{
	_cleanup_(close_multiprog) struct xdp_multiprog *m = NULL;
	struct xdp_multiprog *got = xdp_multiprog__get_from_ifindex(ifindex);
	struct xdp_program *p = NULL;
	long e = libxdp_get_error(got);

	if (e)
		return (int)e;
	m = got;
	ret->dispatcher = !xdp_multiprog__is_legacy(m);
	if (!ret->dispatcher) {
		look_at(k, xdp_multiprog__main_prog(m), ret);
		return 0;
	}
	while ((p = xdp_multiprog__next_prog(p, m)))
		look_at(k, p, ret);
	return 0;
}

int xdp_look(const struct kern *k, int ifindex, struct xdp_there *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	int r;

	memset(ret, 0, sizeof(*ret));
	kern_capture_begin();
	r = bpf_xdp_query(ifindex, 0, &q);
	if (!r && (q.drv_prog_id || q.skb_prog_id)) {
		ret->prog_id = q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id;
		ret->generic = !q.drv_prog_id;
		r = look_inside(k, ifindex, ret);
	}
	kern_capture_end();
	return r;
}

/* through libxdp, with a copy of the program of its own; needs a dispatcher */
static int attach_shared(struct kern *k, int ifindex, bool generic, struct strbuf *err)
{
	_cleanup_(kern_skel_free) struct cordon_bpf *s = NULL;
	_cleanup_(close_xdp_program) struct xdp_program *p = NULL;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, o, .prog_name = "xdp_ingress");
	struct xdp_program *got;
	int r = kern_skel_open(k, &s, err);

	if (r)
		return r;
	kern_capture_begin();
	/* libxdp keeps its dispatchers under /sys/fs/bpf, wherever our pins are */
	setenv("LIBXDP_BPFFS_AUTOMOUNT", "1", 0);
	kern_skel_xdp_only(s);
	o.obj = kern_skel_object(s);
	got = xdp_program__create(&o);
	r = (int)libxdp_get_error(got);
	if (r)
		return r;
	p = got;
	/* said by the section's name, which libxdp 1.3 does not read */
	r = xdp_program__set_xdp_frags_support(p, true);
	return r ? r : xdp_program__attach(p, ifindex, generic ? XDP_MODE_SKB : XDP_MODE_NATIVE, 0);
}

/* alone: in place of our own old program, or where there is none */
static int attach_alone(struct kern *k, int ifindex, bool generic, uint32_t old_id)
{
	uint32_t flags = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	_cleanup_close_ int old = old_id ? bpf_prog_get_fd_by_id(old_id) : -1;
	LIBBPF_OPTS(bpf_xdp_attach_opts, o, .old_prog_fd = old);

	if (old_id && old < 0)
		return -errno;
	kern_capture_begin();
	return bpf_xdp_attach(ifindex, k->xdp_fd, flags | (old_id ? XDP_FLAGS_REPLACE : XDP_FLAGS_UPDATE_IF_NOEXIST),
			      old_id ? &o : NULL);
}

/* --- a dispatcher that is still there --- */

void xdp_keep(struct kern *k, int ifindex, const struct xdp_there *there)
{
	unsigned int at = (unsigned int)ifindex & (CORDON_IFACE_MAX - 1);
	bool is_whole = there->dispatcher && there->ours_id && !there->others && !there->other_cordon;

	k->kept[at].ifindex = is_whole ? ifindex : 0;
	k->kept[at].prog_id = there->prog_id;
}

static int kept_open(const struct kern *k, int ifindex)
{
	unsigned int at = (unsigned int)ifindex & (CORDON_IFACE_MAX - 1);

	return k->kept[at].ifindex == ifindex ? bpf_prog_get_fd_by_id(k->kept[at].prog_id) : -ENOENT;
}

/* 0: it is in its place again, and our program in it; without its pins it would be an empty shell */
static int attach_kept(struct kern *k, int ifindex, bool generic)
{
	uint32_t mode = generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	_cleanup_close_ int fd = kept_open(k, ifindex);
	LIBBPF_OPTS(bpf_xdp_attach_opts, o, .old_prog_fd = fd);
	struct xdp_there now;

	if (fd < 0)
		return -ENOENT;
	kern_capture_begin();
	if (bpf_xdp_attach(ifindex, fd, mode | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL))
		return -ENOENT;
	if (!xdp_look(k, ifindex, &now) && now.ours_id)
		return 0;
	bpf_xdp_detach(ifindex, mode | XDP_FLAGS_REPLACE, &o);
	return -ENOENT;
}

static bool can_share(const struct xdp_there *there)
{
	return kern_probe()->freplace && (there->dispatcher || !there->prog_id);
}

static int attach_mode(struct kern *k, struct kern_attach *a, const struct xdp_there *there, struct strbuf *err)
{
	if (!there->prog_id && !attach_kept(k, a->ifindex, a->xdp_generic))
		return 0;
	return can_share(there) ? attach_shared(k, a->ifindex, a->xdp_generic, err) :
				  attach_alone(k, a->ifindex, a->xdp_generic, there->ours_id);
}

/* may generic mode help? not when the place is taken, the rights are missing or the interface has gone */
static bool is_driver_refusal(int r)
{
	return r == -EOPNOTSUPP || r == -ERANGE || r == -EINVAL || r == -ENOMEM || r == -E2BIG;
}

bool xdp_is_taken(const struct xdp_there *there)
{
	return there->other_cordon || (there->prog_id && !there->ours_id && !can_share(there));
}

static int refuse_other(const struct kern_attach *a, const struct xdp_there *there, struct strbuf *err)
{
	if (there->other_cordon)
		strbuf_addf(err, "%s: another Cordon is attached as XDP program %u, with maps that are not those of this pin directory; "
			    "detach it with that Cordon, or by `ip link set dev %s xdp off`", a->ifname, there->prog_id, a->ifname);
	else if (there->dispatcher)
		strbuf_addf(err, "%s: XDP program %u is a dispatcher, but this kernel refuses to extend it (freplace); "
			    "detach what is there first", a->ifname, there->prog_id);
	else
		strbuf_addf(err, "%s: XDP program %u (%s) is attached without a dispatcher and leaves no place; "
			    "detach it, or load it through libxdp (xdp-loader)", a->ifname, there->prog_id, there->name);
	return -EBUSY;
}

static void say_fallback(struct kern_attach *a, int r)
{
	size_t n = strlen(a->note);

	snprintf(a->note + n, sizeof(a->note) - n, "%snative XDP refused (%s%s), generic in force", n ? "; " : "", strerror(-r),
		 r == -ERANGE ? ": MTU too large for this driver" : "");
}

int xdp_attach(struct kern *k, struct kern_attach *a, const struct xdp_there *there, struct strbuf *err)
{
	struct strbuf why = {};
	int r;

	if (xdp_is_taken(there))
		return refuse_other(a, there, err);
	r = attach_mode(k, a, there, &why);
	if (r && !a->xdp_generic && is_driver_refusal(r)) {
		say_fallback(a, r);
		a->xdp_generic = true;
		strbuf_clear(&why);
		r = attach_mode(k, a, there, &why);
	}
	if (r == -EBUSY || r == -EEXIST) {
		strbuf_addf(err, "%s: another XDP program came in between; try again", a->ifname);
	} else if (r) {
		strbuf_addf(err, "%s: %s", a->ifname, why.len ? why.s : "");
		kern_explain(err, "attach to XDP", -r);
	}
	kern_capture_end();
	strbuf_done(&why);
	return r;
}

/* take our program out of a dispatcher; others stay */
static int detach_shared(int ifindex, uint32_t id)
{
	_cleanup_(close_xdp_program) struct xdp_program *p = NULL;
	struct xdp_program *got = xdp_program__from_id(id);
	long e = libxdp_get_error(got);

	if (e)
		return (int)e;
	p = got;
	return xdp_program__detach(p, ifindex, XDP_MODE_UNSPEC, 0);
}

static int detach_alone(int ifindex, uint32_t id, bool generic)
{
	_cleanup_close_ int old = bpf_prog_get_fd_by_id(id);
	LIBBPF_OPTS(bpf_xdp_attach_opts, o, .old_prog_fd = old);

	if (old < 0)
		return -errno;
	return bpf_xdp_detach(ifindex, XDP_FLAGS_REPLACE | (generic ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE), &o);
}

int xdp_detach(struct kern *k, int ifindex, const struct xdp_there *there, struct strbuf *err)
{
	int r;

	if (!there->ours_id)
		return 0;
	xdp_keep(k, ifindex, &(struct xdp_there){}); /* it is taken apart */
	kern_capture_begin();
	r = there->dispatcher ? detach_shared(ifindex, there->ours_id) : detach_alone(ifindex, there->ours_id, there->generic);
	if (r) {
		strbuf_addf(err, "interface %d: ", ifindex);
		kern_explain(err, "detach from XDP", -r);
	}
	kern_capture_end();
	return r;
}
