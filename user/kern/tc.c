// SPDX-License-Identifier: BSD-2-Clause
/*
 * The egress hook. tcx (Linux 6.6): a pinned link, which no `tc` command takes
 * away and a new program replaces in one step. Else clsact with a handle and a
 * priority of our own. We go first in both: a program before us that answers
 * "pass" would hide the packet from us.
 */
#include "kern/inherit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "kern/tcx.h"

#define TC_HANDLE 0xc0
#define TC_PRIORITY 3
#define TC_FIRST 1 /* where somebody else has come to stand before us */

static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

/* --- tcx --- */

static char *tcx_name(int ifindex, char ret[32])
{
	snprintf(ret, 32, "tcx_%d", ifindex);
	return ret;
}

static bool link_is_on(int fd, int ifindex, uint32_t *ret_prog)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	uint32_t at;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	/* info.tcx.ifindex, for headers that do not know it yet; 0: the interface has gone */
	memcpy(&at, &info.cgroup, sizeof(at));
	*ret_prog = info.prog_id;
	return at == (uint32_t)ifindex;
}

/* our pinned link, if it is still on that interface; else -ENOENT */
static int tcx_open(const struct kern *k, int ifindex, uint32_t *ret_prog)
{
	char name[32];
	_cleanup_close_ int fd = kern_pin_open(k, tcx_name(ifindex, name));

	if (fd < 0)
		return fd;
	return link_is_on(fd, ifindex, ret_prog) ? TAKE_FD(fd) : -ENOENT;
}

static int tcx_attach(struct kern *k, int ifindex)
{
	LIBBPF_OPTS(bpf_link_create_opts, o, .flags = CORDON_F_BEFORE);
	uint32_t prog;
	char name[32];
	_cleanup_close_ int fd = tcx_open(k, ifindex, &prog);

	if (fd >= 0)
		return bpf_link_update(fd, k->tc_fd, NULL) ? -errno : 0;
	/* another version's link becomes ours, in one step */
	fd = kern_inherit_link(k, tcx_name(ifindex, name));
	if (fd >= 0 && link_is_on(fd, ifindex, &prog) && !bpf_link_update(fd, k->tc_fd, NULL))
		return kern_pin_replace(k, name, fd);
	closep_(&fd);
	fd = bpf_link_create(k->tc_fd, ifindex, CORDON_TCX_EGRESS, &o);
	if (fd < 0)
		return -errno;
	return kern_pin_replace(k, tcx_name(ifindex, name), fd);
}

/* --- clsact --- */

/* does the egress hook of the clsact qdisc have any filter? 1, 0 or negative errno */
static int has_filters(int ifindex, uint32_t parent)
{
	struct {
		struct nlmsghdr h;
		struct tcmsg t;
	} req = { .h = { .nlmsg_len = sizeof(req), .nlmsg_type = RTM_GETTFILTER, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		  .t = { .tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent } };
	_Alignas(struct nlmsghdr) char buf[8192];
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	const struct nlmsghdr *h = (const void *)buf;
	ssize_t n;

	if (fd < 0 || send(fd, &req, sizeof(req), 0) < 0)
		return -errno;
	n = recv(fd, buf, sizeof(buf), 0);
	if (n < (ssize_t)sizeof(*h))
		return n < 0 ? -errno : -EBADMSG;
	return h->nlmsg_type == RTM_NEWTFILTER;
}

/* only a qdisc that we made, and that nobody else has come to use */
static void remove_qdisc(int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, both, .ifindex = ifindex, .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (!has_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) &&
	    !has_filters(ifindex, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)))
		bpf_tc_hook_destroy(&both);
}

/* the program with our handle, and the priority it has; 0: none */
static uint32_t clsact_prog(int ifindex, uint32_t *ret_priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	static const uint32_t priorities[] = { TC_PRIORITY, TC_FIRST };
	uint32_t id = 0;

	kern_capture_begin();
	for (size_t i = 0; !id && i < ARRAY_SIZE(priorities); i++) {
		LIBBPF_OPTS(bpf_tc_opts, o, .handle = TC_HANDLE, .priority = priorities[i]);

		id = bpf_tc_query(&hook, &o) ? 0 : o.prog_id;
		*ret_priority = priorities[i];
	}
	kern_capture_end();
	return id;
}

static int clsact_put(const struct kern *k, int ifindex, uint32_t priority)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, o, .handle = TC_HANDLE, .priority = priority, .prog_fd = k->tc_fd, .flags = BPF_TC_F_REPLACE);

	return bpf_tc_attach(&hook, &o);
}

/* in the place it has; @first: before all others, if the kernel has room there (one kind of classifier a priority) */
static int clsact_attach(struct kern *k, int ifindex, bool first, bool *ret_qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	uint32_t priority;
	int r = bpf_tc_hook_create(&hook);

	if (r && r != -EEXIST)
		return r;
	*ret_qdisc = !r;
	if (first && !clsact_put(k, ifindex, TC_FIRST))
		return 0;
	return clsact_put(k, ifindex, clsact_prog(ifindex, &priority) ? priority : TC_PRIORITY);
}

static int clsact_detach(int ifindex, bool qdisc)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, o, .handle = TC_HANDLE);
	int r;

	kern_capture_begin();
	r = clsact_prog(ifindex, &o.priority) ? bpf_tc_detach(&hook, &o) : 0;
	if (!r && qdisc)
		remove_qdisc(ifindex);
	kern_capture_end();
	return r;
}

/* --- both --- */

int tc_look(const struct kern *k, int ifindex, bool tcx)
{
	uint32_t there = 0, priority;

	if (tcx)
		closep_(&(int){ tcx_open(k, ifindex, &there) });
	else
		there = clsact_prog(ifindex, &priority);
	if (!there)
		return 0;
	return there == prog_id(k->tc_fd) ? 2 : 1;
}

int tc_attach(struct kern *k, struct kern_attach *a, bool *ret_qdisc, struct strbuf *err)
{
	int r;

	*ret_qdisc = false;
	a->tcx = kern_probe()->tcx;
	kern_capture_begin();
	r = a->tcx ? tcx_attach(k, a->ifindex) : clsact_attach(k, a->ifindex, a->first, ret_qdisc);
	if (r) {
		strbuf_addf(err, "%s: ", a->ifname);
		kern_explain(err, "attach to TC egress", -r);
	}
	kern_capture_end();
	return r;
}

int tc_detach(struct kern *k, int ifindex, bool tcx, bool qdisc, struct strbuf *err)
{
	char name[32];
	int r = 0;

	if (tcx)
		kern_pin_remove(k, tcx_name(ifindex, name)); /* the link goes with its last reference */
	else
		r = clsact_detach(ifindex, qdisc);
	if (r)
		strbuf_addf(err, "interface %d: cannot detach from TC egress: %s", ifindex, strerror(-r));
	return r;
}
