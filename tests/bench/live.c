// SPDX-License-Identifier: BSD-2-Clause
/*
 * Cordon on a veth while none, one and ten of a hundred packets are suspects
 * and are read from the ring at the same time; and how much a ring can take
 * at all: records of the same size written by a program that does nothing else.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/bench.h"
#include "match/match.h"

#define DEVICES 1000
#define PAYLOAD 1400
#define RING_BYTES (8u << 20)
#define RECORDS 1000000
#define RECORD_BYTES 400 /* multiple of 8; more does not fit on a BPF program's stack beside the rest */

struct reader {
	int (*consume)(void *ring);
	void *ring;
	bool stop;
	pthread_t thread;
};

static void *read_on(void *ctx)
{
	struct reader *r = ctx;

	while (!__atomic_load_n(&r->stop, __ATOMIC_RELAXED))
		r->consume(r->ring);
	r->consume(r->ring);
	return NULL;
}

static void reader_start(struct reader *r, int cpu)
{
	cpu_set_t set;

	if (pthread_create(&r->thread, NULL, read_on, r))
		die("thread", strerror(errno));
	CPU_ZERO(&set);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) > 1 ? cpu : 0, &set);
	pthread_setaffinity_np(r->thread, sizeof(set), &set);
}

static void reader_stop(struct reader *r)
{
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
	pthread_join(r->thread, NULL);
}

static int consume_ours(void *ring)
{
	return kern_ring_consume(ring);
}

/* --- shares of suspects --- */

static void load_rule(struct subject *s)
{
	_cleanup_close_ int fd = memfd_create("rules", 0);
	struct ruleset *rules;
	struct match_engine *e;
	struct strbuf err = {};
	char path[64];
	const char *files[] = { path };

	dprintf(fd, "alert udp any any -> any any (msg:\"bench\"; content:\"qzneedlh\"; sid:1;)\n");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ruleset_load(files, 1, NULL, 0, NULL, &rules, &err) || match_build(rules, &e, &err))
		die("rules", err.s);
	scan_put_prefilter(s, e);
	match_free(e);
	ruleset_free(rules);
}

static void share(struct subject *s, int per_mille, double *ret_ns)
{
	uint64_t up = subject_count(s, CORDON_COUNTER_SUSPECT_PACKETS), lost = subject_count(s, CORDON_COUNTER_LOST);
	struct reader r = { .consume = consume_ours, .ring = s->ring };
	static uint8_t payload[PAYLOAD] = "qzneedl-" /* VETH_MARK is the last one */;
	struct flood got;
	char name[96];
	struct frame f;

	frame_udp(&f, 0x5db8d821, 7777, 9999, payload, sizeof(payload));
	reader_start(&r, 0); /* the other one is the receiver's */
	got = veth_flood(&f, DEVICES, per_mille);
	reader_stop(&r);
	up = subject_count(s, CORDON_COUNTER_SUSPECT_PACKETS) - up;
	lost = subject_count(s, CORDON_COUNTER_LOST) - lost;
	if (!!per_mille != !!up)
		die("live", "not the share of suspects that was sent");
	snprintf(name, sizeof(name), "live on veth, 1400 B, %g %% suspects: packets a second", per_mille / 10.0);
	figure(name, got.pps, "packets/s");
	snprintf(name, sizeof(name), "the same, %g %%: processor time a packet at the receiver, stack included", per_mille / 10.0);
	figure_cost(name, got.ns);
	snprintf(name, sizeof(name), "the same, %g %%: suspects for which the ring had no room", per_mille / 10.0);
	figure(name, up ? 100.0 * (double)lost / (double)up : 0, "%");
	*ret_ns = got.ns.min;
}

void bench_live(void)
{
	struct cordon_iface iface = { .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT };
	double none, one, ten;
	struct subject s;
	int r;

	veth_begin();
	iface.ifindex = iface.owner_ifindex = if_nametoindex(VETH_RECEIVER);
	subject_open(&s, false);
	if (kern_iface_put(s.k, &iface))
		die("interface", "refused");
	load_rule(&s);
	r = bpf_xdp_attach((int)iface.ifindex, kern_prog_fd(s.k, KERN_XDP), XDP_FLAGS_DRV_MODE, NULL);
	if (r)
		die("veth", strerror(-r));
	share(&s, 0, &none);
	share(&s, 10, &one);
	share(&s, 100, &ten);
	bpf_xdp_detach((int)iface.ifindex, XDP_FLAGS_DRV_MODE, NULL);
	subject_close(&s);
	figure("live on veth, 1 % suspects against none", one / none, "ratio");
	figure("live on veth, 10 % suspects against none", ten / none, "ratio");
}

/* --- the ring by itself --- */

static int count_one(void *ctx, void *data, size_t len)
{
	(void)data, (void)len;
	++*(uint64_t *)ctx;
	return 0;
}

static int consume_plain(void *ring)
{
	return ring_buffer__consume(ring);
}

/* writes RECORD_BYTES of its stack into the map; returns what the helper said */
static int load_writer(int map)
{
	struct bpf_insn insns[RECORD_BYTES / 8 + 10];
	size_t n = 0;

	for (int at = -RECORD_BYTES; at < 0; at += 8)
		insns[n++] = (struct bpf_insn){ .code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 10, .off = (int16_t)at };
	insns[n++] = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map };
	insns[n++] = (struct bpf_insn){ 0 };
	insns[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10 };
	insns[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -RECORD_BYTES };
	insns[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = RECORD_BYTES };
	insns[n++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 4, .imm = 0 };
	insns[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_ringbuf_output };
	insns[n++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return veth_load(insns, n);
}

void bench_ceiling(void)
{
	_cleanup_close_ int map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "bench", 0, 0, RING_BYTES, NULL);
	_cleanup_close_ int prog = map < 0 ? -1 : load_writer(map);
	uint8_t data[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = data, .data_size_in = sizeof(data), .repeat = RECORDS);
	struct reader r = { .consume = consume_plain };
	uint64_t taken = 0;
	double t;

	r.ring = map < 0 ? NULL : ring_buffer__new(map, count_one, &taken, NULL);
	if (!r.ring)
		die("ring", strerror(errno));
	reader_start(&r, 1);
	t = seconds_now();
	if (bpf_prog_test_run_opts(prog, &o))
		die("ring", strerror(errno));
	t = seconds_now() - t;
	reader_stop(&r);
	ring_buffer__free(r.ring);
	figure("ring's ceiling: records of 400 B written and read at once", (double)taken / t, "records/s");
	figure("the same: what found no room", 100.0 * (1 - (double)taken / RECORDS), "%");
	figure("the same: the writer's time a record", o.duration, "ns");
}
