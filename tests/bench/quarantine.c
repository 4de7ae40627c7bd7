// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the packets of quarantined devices cost on a veth (veth.c), sources
 * drawn from the set. Beside it a program that only drops, nftables' netdev ingress hook, and a set of ipset.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "bench/bench.h"
#include "harness/own_ns.h"

#define RECEIVER VETH_RECEIVER
#define NO_NFT "nft is not installed, or this kernel has no netdev ingress hook"

static int load_drop(void)
{
	const struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP }, { .code = BPF_JMP | BPF_EXIT } };

	return veth_load(insns, ARRAY_SIZE(insns));
}

/* drops too, but reads the source first: the line comes from the sender's processor */
static int load_read_and_drop(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 7, .src_reg = 1, .off = 0 },
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 3, .src_reg = 1, .off = 4 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_DROP },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 7 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 4, .imm = 14 },
		{ .code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 3 },
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 5, .src_reg = 7, .off = 6 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 5, .imm = 0x01020304, .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return veth_load(insns, ARRAY_SIZE(insns));
}

static struct cost flood(uint32_t sources)
{
	struct frame f;

	frame_udp(&f, 0x5db8d821, 7777, 9999, "0123456789abcdef", 16);
	return veth_flood(&f, sources, -1).ns;
}

/* nanoseconds a run of the program as the kernel counts them; in a flood of its own, since counting costs */
static double own_time(int prog, uint32_t sources)
{
	_cleanup_close_ int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_prog_info a = {}, b = {};
	__u32 len = sizeof(a);

	if (stats < 0 || bpf_obj_get_info_by_fd(prog, &a, &len))
		return 0;
	flood(sources);
	len = sizeof(b);
	if (bpf_obj_get_info_by_fd(prog, &b, &len) || b.run_cnt == a.run_cnt)
		return 0;
	return (double)(b.run_time_ns - a.run_time_ns) / (double)(b.run_cnt - a.run_cnt);
}

/* *@ret_own, unless NULL: the program's part of it */
static struct cost flood_through(int prog, uint32_t sources, double *ret_own)
{
	int ifindex = (int)if_nametoindex(RECEIVER), r = bpf_xdp_attach(ifindex, prog, XDP_FLAGS_DRV_MODE, NULL);
	struct cost ns;

	if (r)
		die("veth", strerror(-r));
	ns = flood(sources);
	if (ret_own)
		*ret_own = own_time(prog, sources);
	bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
	return ns;
}

static void deny(struct subject *s, uint32_t n)
{
	struct cordon_deny v = { .until_ns = ~0ULL, .level = CORDON_LEVEL_CUT };

	for (uint32_t i = 1; i <= n; i++) {
		struct cordon_deny_key key = { .kind = CORDON_DENY_MAC, .value = { 2, 0 } };
		uint32_t be = htonl(i);

		memcpy(key.value + 2, &be, sizeof(be));
		if (kern_deny_put(s->k, &key, &v))
			die("deny", "refused");
	}
}

static struct cost flood_cordon(uint32_t entries, double *ret_own)
{
	struct cordon_iface iface = { .ifindex = if_nametoindex(RECEIVER), .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT };
	struct subject s;
	struct cost ns;

	iface.owner_ifindex = iface.ifindex;
	subject_open(&s, false);
	if (kern_iface_put(s.k, &iface))
		die("interface", "refused");
	deny(&s, entries);
	ns = flood_through(kern_prog_fd(s.k, KERN_XDP), entries, ret_own);
	/* the namespace's own neighbour discovery is not denied */
	if (subject_count(&s, CORDON_COUNTER_PASSED) > subject_count(&s, CORDON_COUNTER_DROPPED) / 1000)
		die("quarantine", "a device's packets were not dropped");
	subject_close(&s);
	return ns;
}

/* 0 when nft or the kernel cannot do it */
static struct cost flood_nft(uint32_t entries)
{
	_cleanup_close_ int fd = memfd_create("bench.nft", 0);
	char command[64];
	struct cost ns;

	if (fd < 0)
		return (struct cost){};
	dprintf(fd, "table netdev bench {\n set s { type ether_addr; elements = {");
	for (uint32_t i = 1; i <= entries; i++)
		dprintf(fd, "02:00:%02x:%02x:%02x:%02x,", i >> 24, i >> 16 & 255, i >> 8 & 255, i & 255);
	dprintf(fd, "} }\n chain c { type filter hook ingress device " RECEIVER " priority -500; ether saddr @s drop; }\n}\n");
	snprintf(command, sizeof(command), "nft -f /proc/self/fd/%d 2>/dev/null", fd);
	if (!sh(command))
		return (struct cost){};
	ns = flood(entries);
	return sh("nft delete table netdev bench") ? ns : (struct cost){};
}

/* as flood_nft(): dropped at the first hook of iptables, since ipset has none of its own */
static struct cost flood_ipset(uint32_t entries)
{
	_cleanup_close_ int fd = memfd_create("bench.ipset", 0);
	char command[64];
	struct cost ns = {};

	if (fd < 0)
		return ns;
	dprintf(fd, "create bench hash:mac maxelem %u\n", entries);
	for (uint32_t i = 1; i <= entries; i++)
		dprintf(fd, "add bench 02:00:%02x:%02x:%02x:%02x\n", i >> 24, i >> 16 & 255, i >> 8 & 255, i & 255);
	snprintf(command, sizeof(command), "ipset restore -f /proc/self/fd/%d 2>/dev/null", fd);
	if (!sh(command))
		return ns;
	if (sh("iptables -t raw -A PREROUTING -i " RECEIVER " -m set --match-set bench src -j DROP 2>/dev/null"))
		ns = flood(entries);
	return sh("iptables -t raw -F PREROUTING && ipset destroy bench") ? ns : (struct cost){};
}

static void peer(const char *what, uint32_t entries, struct cost ns, const char *why)
{
	char name[96];

	snprintf(name, sizeof(name), "frame on veth, %s, %u sources", what, entries);
	if (ns.min > 0)
		figure_cost(name, ns);
	else
		figure_unmeasured(name, "ns", why);
}

static void row(uint32_t entries, double against_nft)
{
	double own, own_reader;
	struct cost drop = flood_through(load_drop(), entries, NULL),
		    reader = flood_through(load_read_and_drop(), entries, &own_reader), cordon = flood_cordon(entries, &own),
		    nft = flood_nft(entries);
	char name[96];

	peer("source read and XDP_DROP", entries, reader, "");
	peer("XDP_DROP and no more", entries, drop, "");
	peer("quarantined", entries, cordon, "");
	snprintf(name, sizeof(name), "of it in the program, less that of one which reads the source and drops, %u sources", entries);
	figure(name, own - own_reader, "ns");
	snprintf(name, sizeof(name), "packet of a quarantined device on veth, %u entries, against XDP_DROP", entries);
	goal(name, 1.4, cordon.min / drop.min, "ratio");
	peer("nftables netdev ingress set", entries, nft, NO_NFT);
	peer("ipset hash:mac in iptables' raw table", entries, flood_ipset(entries),
	     "ipset or iptables is not installed, or this kernel has no ip_set_hash_mac");
	snprintf(name, sizeof(name), "the same against an nftables netdev ingress set of %u", entries);
	if (nft.min > 0)
		goal(name, against_nft, cordon.min / nft.min, "ratio");
	else
		goal_unmeasured(name, against_nft, "ratio", NO_NFT);
}

void bench_quarantine(void)
{
	veth_begin();
	row(10000, 1 / 5.0);
	row(100000, 1 / 6.0);
}
