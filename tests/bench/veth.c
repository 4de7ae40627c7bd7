// SPDX-License-Identifier: BSD-2-Clause
/*
 * Floods over a veth: generated on one processor (live frames of a test run,
 * redirected into the pair), taken on another by a threaded NAPI. The cost is
 * the run time of that thread divided by the packets it took: other load does
 * not enter.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bench/bench.h"
#include "harness/own_ns.h"

#define ROUNDS 7
#define PACKETS 300000
#define RECEIVER VETH_RECEIVER
#define SENDER "cbench1"
#define MARK_AT (14 + 20 + 8 + VETH_MARK)

void veth_begin(void)
{
	static bool begun;

	if (begun)
		return;
	begun = true;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL) ||
	    !sh("ip link set lo up && ip link add " RECEIVER " type veth peer name " SENDER " && ip link set " RECEIVER
		" up && ip link set " SENDER " up && ethtool -K " RECEIVER " gro on && echo 1 >/sys/class/net/" RECEIVER
		"/threaded"))
		die("namespace", "cannot be made");
}

int veth_load(const void *insns, size_t n)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "bench", "GPL", insns, n, NULL);

	if (fd < 0)
		die("load", strerror(errno));
	return fd;
}

/* source 02:00:<1 ... n>, the mark, then out by @ifindex */
static int load_generator(uint32_t n, int marked, uint32_t ifindex)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 7, .src_reg = 1, .off = 0 },	 /* r7 = data */
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 3, .src_reg = 1, .off = 4 },	 /* r3 = data_end */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 7 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 4, .imm = MARK_AT + 1 },
		{ .code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 16 },	 /* short: drop */
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32 },
		{ .code = BPF_ALU | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 0 },
		{ .code = BPF_ALU | BPF_MOD | BPF_K, .dst_reg = 0, .imm = (int)n },
		{ .code = BPF_ALU | BPF_ADD | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_ALU | BPF_END | BPF_TO_BE, .dst_reg = 0, .imm = 32 },
		{ .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = 7, .src_reg = 0, .off = 8 },	 /* last four bytes of the source */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 8, .imm = marked < 0 },
		{ .code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 8, .imm = 0, .off = 5 },
		{ .code = BPF_ALU | BPF_RSH | BPF_K, .dst_reg = 6, .imm = 8 }, /* the lowest bits chose the source */
		{ .code = BPF_ALU | BPF_MOD | BPF_K, .dst_reg = 6, .imm = 1000 },
		{ .code = BPF_ST | BPF_MEM | BPF_B, .dst_reg = 7, .off = MARK_AT, .imm = '-' },
		{ .code = BPF_JMP | BPF_JGE | BPF_K, .dst_reg = 6, .imm = marked < 0 ? 0 : marked, .off = 1 },
		{ .code = BPF_ST | BPF_MEM | BPF_B, .dst_reg = 7, .off = MARK_AT, .imm = 'h' },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = (int)ifindex },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0 },
		{ .code = BPF_JMP | BPF_JA, .off = 2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return veth_load(insns, ARRAY_SIZE(insns));
}

static uint64_t read_number(const char *path)
{
	unsigned long long v = 0;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%llu", &v) != 1)
		die(path, "cannot be read");
	fclose(f);
	return v;
}

/* the receiver's NAPI thread, moved to the other processor */
static int napi_thread(void)
{
	char path[300], comm[32] = "";
	const struct dirent *e;
	DIR *d = opendir("/proc");
	cpu_set_t set;
	int tid = 0;

	while (d && !tid && (e = readdir(d))) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		f = fopen(path, "r");
		if (f && fgets(comm, sizeof(comm), f) && !strncmp(comm, "napi/" RECEIVER "-", strlen("napi/" RECEIVER "-")))
			tid = atoi(e->d_name);
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	if (!tid)
		die("veth", "its NAPI has no thread");
	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 1 : 0, &set);
	sched_setaffinity(tid, sizeof(set), &set);
	return tid;
}

static void generate(int generator, const struct frame *f)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->b, .data_size_in = (uint32_t)f->len, .repeat = PACKETS,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);

	if (bpf_prog_test_run_opts(generator, &o))
		die("generator", strerror(errno));
}

struct flood veth_flood(const struct frame *f, uint32_t sources, int marked)
{
	static const char received[] = "/sys/class/net/" RECEIVER "/statistics/rx_packets";
	_cleanup_close_ int generator = load_generator(sources, marked, if_nametoindex(SENDER));
	double v[ROUNDS];
	struct flood best = {};
	char schedstat[64];
	size_t n = 0;

	snprintf(schedstat, sizeof(schedstat), "/proc/%d/schedstat", napi_thread());
	generate(generator, f);
	for (size_t i = 0; i < ROUNDS; i++) {
		uint64_t packets = read_number(received), ns = read_number(schedstat);
		double t = seconds_now();

		generate(generator, f);
		t = seconds_now() - t;
		usleep(20000); /* the queue runs dry */
		packets = read_number(received) - packets;
		ns = read_number(schedstat) - ns;
		best.packets += packets;
		if (packets <= PACKETS / 100)
			continue;
		v[n++] = (double)ns / (double)packets;
		best.pps = (double)packets / t > best.pps ? (double)packets / t : best.pps;
	}
	best.ns = n ? cost_of(v, n) : (struct cost){ 1e9, 1e9, 1e9 };
	return best;
}
