// SPDX-License-Identifier: BSD-2-Clause
/*
 * kern/: attach and detach on real interfaces, each test in namespaces of its
 * own, with raw frames sent from the peer. Sharing through the dispatcher needs
 * a kernel that lets programs be extended (freplace) and is skipped elsewhere.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <dirent.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "harness/own_ns.h"
#include "kern/kern.h"

#define PIN_DIR "/sys/fs/bpf/cordon/v1"
#define LOANS_MAX 128

/*
 * The verifier takes seconds for these programs on an emulated processor. So one
 * process loads and pins them; a test that is not about loading finds their pins in
 * the bpffs of its namespace, as after a restart, and open_kern() adopts them. The
 * dispatcher has them verified once more at every attach; hence without inspection,
 * less than half as many instructions. The whole ones are attached in tests/net.
 */
static struct loan {
	char path[96];
	int fd;
} loans[LOANS_MAX];
static unsigned int n_loans;

static struct kern *open_kern(uint32_t depth)
{
	struct kern_opts o = { .flow_buckets = 64, .rec_slots = 16, .ring_bytes = 1 << 20, .pin_dir = PIN_DIR,
			       .config = { .depth = depth } };
	struct strbuf err = {};
	struct kern *k = NULL;
	int r = kern_open(&o, &k, NULL, &err);

	CHECK_SAYING(!r, err.s);
	strbuf_done(&err);
	return k;
}

static void keep_pins(void)
{
	struct dirent *e;
	DIR *d = opendir(PIN_DIR);

	CHECK(d);
	while ((e = readdir(d))) {
		struct loan *l = &loans[n_loans];

		/* what is attached where is each test's own */
		if (e->d_name[0] == '.' || !strcmp(e->d_name, "attached"))
			continue;
		CHECK(n_loans < LOANS_MAX && strlen(e->d_name) < 64);
		snprintf(l->path, sizeof(l->path), "%s/%.63s", PIN_DIR, e->d_name);
		l->fd = bpf_obj_get(l->path);
		CHECK(l->fd >= 0);
		n_loans++;
	}
	closedir(d);
}

static void lend_pins(void)
{
	CHECK(!mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL) && sh("mkdir -p " PIN_DIR));
	for (unsigned int i = 0; i < n_loans; i++)
		CHECK(!bpf_obj_pin(loans[i].fd, loans[i].path));
}

static void veth(void)
{
	CHECK(sh("ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up"));
	/* nothing but what the test sends */
	sh("for i in v0 v1; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i arp off; done");
}

static struct kern_attach target(const char *name)
{
	struct kern_attach a = { .ifindex = (int)if_nametoindex(name), .iface = { .zone = 1, .mode = CORDON_MODE_REACT } };

	str_copy(a.ifname, sizeof(a.ifname), name);
	return a;
}

static struct kern_attach attach(struct kern *k, const char *name, bool generic)
{
	struct kern_attach a = target(name);
	struct strbuf err = {};

	a.xdp_generic = generic;
	CHECK_SAYING(!kern_attach_iface(k, &a, &err), err.s);
	CHECK(kern_attached(k, a.ifindex) == 1);
	return a;
}

static void detach(struct kern *k, int ifindex)
{
	struct strbuf err = {};

	CHECK_SAYING(!kern_detach_iface(k, ifindex, &err), err.s);
	CHECK(kern_attached(k, ifindex) == 0);
}

static uint32_t xdp_id(const char *name, bool *ret_generic)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);

	CHECK(!bpf_xdp_query((int)if_nametoindex(name), 0, &q));
	if (ret_generic)
		*ret_generic = q.skb_prog_id;
	return q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id;
}

/* ARP request, locally administered source */
static const uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1 };

static void send_on(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name) };
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW, 0);

	CHECK(fd >= 0);
	CHECK(sendto(fd, frame, sizeof(frame), 0, (void *)&to, sizeof(to)) == (ssize_t)sizeof(frame));
}

static void counted(struct kern *k, uint64_t *ret_packets, uint64_t *ret_bytes)
{
	struct cordon_counters c;

	CHECK(!kern_counters(k, &c, NULL));
	*ret_packets = c.n[CORDON_COUNTER_PACKETS];
	*ret_bytes = c.n[CORDON_COUNTER_BYTES];
}

/* packets counted after a frame was sent on @name; the softirq that receives it may run a moment later */
static uint64_t counts(struct kern *k, const char *name, uint64_t *ret_bytes)
{
	uint64_t p0, b0, p1, b1;

	counted(k, &p0, &b0);
	send_on(name);
	for (int i = 0; i < 100; i++) {
		counted(k, &p1, &b1);
		if (p1 != p0)
			break;
		usleep(2000);
	}
	usleep(2000);
	counted(k, &p1, &b1);
	if (ret_bytes)
		*ret_bytes = b1 - b0;
	return p1 - p0;
}

static bool tc_is_empty(void)
{
	return sh("test -z \"$(tc qdisc show dev v0 clsact; tc filter show dev v0 egress 2>/dev/null; bpftool net show dev v0 | grep -E 'xdp|tcx|clsact' | grep -v :)\"");
}

static void sees_both_ways(void)
{
	struct kern *k = open_kern(1);
	bool generic;

	veth();
	attach(k, "v0", false);
	CHECK(xdp_id("v0", &generic) && !generic);
	CHECK(counts(k, "v1", NULL) == 1); /* arrives at v0: XDP */
	CHECK(counts(k, "v0", NULL) == 1); /* leaves by v0: TC */
}

static void generic_mode(void)
{
	struct kern *k = open_kern(1);
	bool generic;

	veth();
	CHECK(attach(k, "v0", true).xdp_generic);
	CHECK(xdp_id("v0", &generic) && generic);
	CHECK(counts(k, "v1", NULL) == 1);
}

static void native_then_generic(void)
{
	struct kern *k = open_kern(1);
	bool generic;

	veth();
	attach(k, "v0", false);
	attach(k, "v0", true);
	CHECK(xdp_id("v0", &generic) && generic);
	CHECK(counts(k, "v1", NULL) == 1);
}

static void no_native(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;

	CHECK(sh("ip link set lo up"));
	a = attach(k, "lo", false);
	CHECK(a.xdp_generic);
	CHECK(strstr(a.note, "native XDP refused"));
}

static void twice(void)
{
	struct kern *k = open_kern(1);
	uint32_t id;

	veth();
	attach(k, "v0", false);
	id = xdp_id("v0", NULL);
	attach(k, "v0", false);
	CHECK(xdp_id("v0", NULL) == id);
	CHECK(counts(k, "v1", NULL) == 1);
	CHECK(counts(k, "v0", NULL) == 1);
}

static void leaves_nothing(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;
	struct cordon_iface row;
	uint32_t slot;

	veth();
	a = attach(k, "v0", false);
	detach(k, a.ifindex);
	CHECK(!xdp_id("v0", NULL));
	CHECK(tc_is_empty());
	slot = (uint32_t)a.ifindex % CORDON_IFACE_MAX;
	CHECK(!bpf_map_lookup_elem(kern_map_fd(k, KERN_MAP_ifaces), &slot, &row) && !row.ifindex);
	CHECK(counts(k, "v1", NULL) == 0);
	CHECK(sh("test -z \"$(ls /sys/fs/bpf/cordon/v1 | grep tcx_)\""));
	CHECK(sh("test -z \"$(ls /sys/fs/bpf/xdp 2>/dev/null | grep dispatch)\""));
}

static void detach_unknown(void)
{
	struct kern *k = open_kern(1);
	struct strbuf err = {};

	CHECK(kern_detach_iface(k, 1, &err) == -ENOENT);
	CHECK(strstr(err.s, "not attached"));
}

static void offloads(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;

	veth();
	CHECK(sh("ethtool -K v0 rxvlan on"));
	a = attach(k, "v0", false);
	CHECK(sh("ethtool -k v0 | grep -q 'rx-vlan-offload: off'"));
	attach(k, "v0", false); /* must not forget that it was on */
	detach(k, a.ifindex);
	CHECK(sh("ethtool -k v0 | grep -q 'rx-vlan-offload: on'"));
	CHECK(sh("ethtool -K v0 rxvlan off"));
	attach(k, "v0", false);
	detach(k, a.ifindex);
	CHECK(sh("ethtool -k v0 | grep -q 'rx-vlan-offload: off'"));
}

static void vlan_tag(void)
{
	struct kern *k = open_kern(1);
	uint64_t bytes;

	veth();
	CHECK(sh("ethtool -K v1 txvlan off && ip link add link v1 name v1.10 type vlan id 10 && ip link set v1.10 up"));
	sh("echo 1 >/proc/sys/net/ipv6/conf/v1.10/disable_ipv6");
	attach(k, "v0", false);
	CHECK(counts(k, "v1.10", &bytes) == 1);
	CHECK(bytes == sizeof(frame) + 4);
}

static void mtu_9000(void)
{
	struct kern *k = open_kern(1);
	bool generic;

	veth();
	CHECK(sh("ip link set v0 mtu 9000 && ip link set v1 mtu 9000"));
	attach(k, "v0", false);
	CHECK(xdp_id("v0", &generic) && !generic);
	CHECK(counts(k, "v1", NULL) == 1);
}

/* a program that does nothing, loaded and attached without libxdp */
static uint32_t stranger(const char *name)
{
	struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS }, { .code = BPF_JMP | BPF_EXIT } };
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "stranger", "GPL", insns, 2, NULL);

	CHECK(fd >= 0);
	CHECK(!bpf_xdp_attach((int)if_nametoindex(name), fd, 0, NULL));
	return xdp_id(name, NULL);
}

static void refused_by_stranger(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;
	struct strbuf err = {};
	char want[64];
	uint32_t id;

	veth();
	id = stranger("v0");
	a = target("v0");
	CHECK(kern_attach_iface(k, &a, &err) == -EBUSY);
	snprintf(want, sizeof(want), "v0: XDP program %u (stranger)", id);
	CHECK_SAYING(strstr(err.s, want), err.s);
	CHECK(xdp_id("v0", NULL) == id);
	CHECK(tc_is_empty() && kern_attached(k, a.ifindex) == 0);
}

static void other_maps(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;
	struct strbuf err = {};

	veth();
	attach(k, "v0", false);
	kern_free(k);
	CHECK(sh("rm -r /sys/fs/bpf/cordon/v1"));
	k = open_kern(1);
	a = target("v0");
	CHECK(kern_attach_iface(k, &a, &err) == -EBUSY);
	CHECK_SAYING(strstr(err.s, "another Cordon"), err.s);
}

static void adopted(void)
{
	struct kern *k = open_kern(1);
	int ifindex;
	uint32_t id;

	veth();
	ifindex = attach(k, "v0", false).ifindex;
	id = xdp_id("v0", NULL);
	kern_free(k);
	CHECK(xdp_id("v0", NULL) == id);
	k = open_kern(1);
	CHECK(kern_attached(k, ifindex) == 1);
	attach(k, "v0", false);
	CHECK(xdp_id("v0", NULL) == id);
	CHECK(counts(k, "v1", NULL) == 1);
	detach(k, ifindex);
	CHECK(!xdp_id("v0", NULL) && tc_is_empty());
}

static void replaced(void)
{
	struct kern *k = open_kern(1);
	int ifindex;
	uint32_t id;

	veth();
	ifindex = attach(k, "v0", false).ifindex;
	id = xdp_id("v0", NULL);
	kern_free(k);
	k = open_kern(2);
	CHECK(kern_attached(k, ifindex) == 1);
	attach(k, "v0", false);
	CHECK(xdp_id("v0", NULL) != id);
	CHECK(counts(k, "v1", NULL) == 1);
	CHECK(counts(k, "v0", NULL) == 1);
	detach(k, ifindex);
	CHECK(!xdp_id("v0", NULL) && tc_is_empty());
}

static void repaired(void)
{
	struct kern *k = open_kern(1);
	int ifindex;

	veth();
	ifindex = attach(k, "v0", false).ifindex;
	CHECK(sh("ip link set v0 xdp off"));
	CHECK(kern_attached(k, ifindex) == 0);
	attach(k, "v0", false);
	CHECK(counts(k, "v1", NULL) == 1);
}

static void mirror(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;
	struct strbuf err = {};

	veth();
	a = target("v0");
	a.iface.role = CORDON_ROLE_MIRROR;
	CHECK_SAYING(!kern_attach_iface(k, &a, &err), err.s);
	CHECK(kern_attached(k, a.ifindex) == 1 && tc_is_empty());
	CHECK(counts(k, "v1", NULL) == 1);
	CHECK(counts(k, "v0", NULL) == 0);
}

static void gone(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;
	struct strbuf err = {};

	veth();
	a = attach(k, "v0", false);
	CHECK(sh("ip link del v0"));
	CHECK(kern_attached(k, a.ifindex) == 0);
	CHECK(kern_attach_iface(k, &a, &err) == -ENODEV);
	CHECK(strstr(err.s, "v0: no such interface"));
	strbuf_clear(&err);
	CHECK_SAYING(!kern_detach_iface(k, a.ifindex, &err), err.s);
}

/* --- clsact, also where the kernel has tcx --- */

static void without_tcx(void)
{
	((struct kern_probe *)kern_probe())->tcx = false;
}

static void clsact_sees_and_leaves(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;

	without_tcx();
	veth();
	a = attach(k, "v0", false);
	CHECK(!a.tcx && strstr(a.note, "clsact"));
	attach(k, "v0", false);
	CHECK(counts(k, "v0", NULL) == 1);
	CHECK(sh("tc qdisc del dev v0 clsact"));
	CHECK(kern_attached(k, a.ifindex) == 0);
	attach(k, "v0", false);
	CHECK(counts(k, "v0", NULL) == 1);
	detach(k, a.ifindex);
	CHECK(tc_is_empty());
}

static void filter_of_another(int ifindex)
{
	struct bpf_insn insns[] = { { .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 }, { .code = BPF_JMP | BPF_EXIT } };
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "stranger", "GPL", insns, 2, NULL);
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, o, .handle = 1, .priority = 9, .prog_fd = fd);

	CHECK(fd >= 0 && !bpf_tc_attach(&hook, &o));
}

static void clsact_of_others(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;

	without_tcx();
	veth();
	a = attach(k, "v0", false);
	filter_of_another(a.ifindex);
	detach(k, a.ifindex);
	CHECK(sh("tc filter show dev v0 egress | grep -q stranger"));
	CHECK(!sh("tc filter show dev v0 egress | grep -q tc_egress"));
}

/* --- the dispatcher --- */

static void joins_xdp_filter(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;

	veth();
	CHECK(sh("xdp-filter load -m native -f ethernet v0"));
	a = attach(k, "v0", false);
	CHECK(a.dispatcher);
	CHECK(counts(k, "v1", NULL) == 1);
	CHECK(sh("xdp-loader status v0 | grep -q xdpfilt && xdp-loader status v0 | grep -q xdp_ingress"));
	detach(k, a.ifindex);
	CHECK(sh("xdp-loader status v0 | grep -q xdpfilt"));
	CHECK(!sh("xdp-loader status v0 | grep -q xdp_ingress"));
}

static void xdp_filter_joins(void)
{
	struct kern *k = open_kern(1);
	struct kern_attach a;

	veth();
	a = attach(k, "v0", false);
	CHECK(a.dispatcher);
	CHECK(sh("xdp-filter load -m native -f ethernet v0"));
	CHECK(counts(k, "v1", NULL) == 1);
	/* its priority is 10, ours 20: what it drops we do not see */
	CHECK(sh("xdp-filter ether -m src 02:00:00:00:00:01"));
	CHECK(counts(k, "v1", NULL) == 0);
	CHECK(kern_attached(k, a.ifindex) == 1);
	attach(k, "v0", false);
	detach(k, a.ifindex);
	CHECK(sh("xdp-loader status v0 | grep -q xdpfilt"));
}

struct row {
	const char *name;
	void (*body)(void);
	const char *needs; /* shell command that succeeds where the test can run; "dispatcher"; NULL */
};

static const struct row rows[] = {
	{ "attached_interface_sees_packets_both_ways", sees_both_ways, NULL },
	{ "generic_mode_when_asked_for", generic_mode, NULL },
	{ "generic_replaces_native_when_asked_for", native_then_generic, NULL },
	{ "driver_without_native_xdp_gets_generic_and_says_so", no_native, NULL },
	{ "attaching_twice_changes_nothing", twice, NULL },
	{ "detach_leaves_nothing", leaves_nothing, NULL },
	{ "detaching_what_is_not_attached_says_so", detach_unknown, NULL },
	{ "vlan_offload_is_off_while_attached_and_restored", offloads, NULL },
	{ "vlan_tag_of_a_vlan_device_is_in_the_frame", vlan_tag, "ip link add d0 type veth && ip link add d0.9 link d0 type vlan id 9 2>/dev/null" },
	{ "native_at_mtu_9000", mtu_9000, NULL },
	{ "program_without_dispatcher_is_refused_by_name", refused_by_stranger, NULL },
	{ "program_of_another_cordon_is_refused", other_maps, NULL },
	{ "restarted_process_adopts_what_is_attached", adopted, NULL },
	{ "new_settings_replace_the_attached_programs", replaced, NULL },
	{ "removed_program_is_noticed_and_put_back", repaired, NULL },
	{ "mirror_has_no_egress_hook", mirror, NULL },
	{ "interface_that_has_gone_is_an_error_with_its_name", gone, NULL },
	{ "clsact_is_used_repaired_and_removed_without_tcx", clsact_sees_and_leaves, NULL },
	{ "filters_of_others_on_clsact_stay", clsact_of_others, NULL },
	{ "joins_the_dispatcher_of_xdp_filter", joins_xdp_filter, "dispatcher" },
	{ "xdp_filter_joins_our_dispatcher", xdp_filter_joins, "dispatcher" },
};

static const char *asked;
static const struct row *running;

static void ask(void)
{
	_exit(!sh(asked));
}

static bool can_run(const char *needs)
{
	if (!needs)
		return true;
	if (!strcmp(needs, "dispatcher"))
		return kern_probe()->freplace && sh("command -v xdp-filter >/dev/null");
	asked = needs;
	return !in_own_ns(ask);
}

static void lent_body(void)
{
	if (running->body != replaced) /* is about loading, and would load into what all have */
		lend_pins();
	running->body();
}

static void run_row(void **state)
{
	running = *state;
	if (!can_run(running->needs))
		skip(); /* refused: freplace, no xdp-tools, no VLAN devices */
	assert_int_equal(in_own_ns(lent_body), 0);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows)] = {};

	own_mounts();
	kern_free(open_kern(1));
	keep_pins();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name, .test_func = run_row, .initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
