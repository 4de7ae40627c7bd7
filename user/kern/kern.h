/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel half as the rest of user space sees it: load or adopt, attach,
 * typed access to the maps, the ring, test runs. The only folder that knows
 * libbpf, libxdp and the skeleton; descriptors go out, no foreign types.
 */
#ifndef KERN_KERN_H
#define KERN_KERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"
#include "cordon_config.h"
#include "cordon_event.h"
#include "cordon_hash.h"
#include "cordon_maps.h"

/* every shared map, in the order their descriptors are handed to another process: X(name) */
#define KERN_MAP_LIST(X)                                                                          \
	X(deny) X(deny_filter) X(deny_index) X(guard) X(ifaces) X(home) X(allow) X(devices) X(routers) X(budgets) X(flows) X(lost_ns)         \
	X(shakes) X(recorder) X(threat) X(prefilter) X(counters) X(reasons) X(state) X(events) X(held) X(learned) X(canaries)
#define KERN_X_MAP(n) KERN_MAP_##n,
enum { KERN_MAP_LIST(KERN_X_MAP) KERN_MAPS };

enum { KERN_XDP, KERN_TC, KERN_HOOKS };

struct kern; /* programs (only in the process that loaded them) and maps */

struct kern_opts {
	struct cordon_config config;
	uint32_t flow_buckets, rec_slots, ring_bytes; /* powers of two */
	const char *pin_dir; /* NULL: nothing is pinned (replay, tests) */
};

/* --- load --- */

/* Loads programs and maps; with pin_dir: adopts pinned maps (and programs, when of the same build and settings). *ret_adopted says so. */
int kern_open(const struct kern_opts *opts, struct kern **ret, bool *ret_adopted, struct strbuf *err);
/* maps only, from descriptors received (KERN_MAPS of them, owned by the result) */
int kern_from_fds(const int fds[KERN_MAPS], struct kern **ret);
int kern_map_fd(const struct kern *k, unsigned int map);
/* one line for the operator about what kern_open() found; "" */
const char *kern_note(const struct kern *k);
/*
 * For a process that reads foreign bytes: of what is mmap-ed only the flow table stays writable; the deny filter is
 * gone (kern_deny_*() must not be called any more), the state can only be read. 0 or -errno.
 */
int kern_give_up_decisions(struct kern *k);
void kern_free(struct kern *k); /* what is pinned stays in force */

/* --- attach (keeper only) --- */

struct kern_attach {
	int ifindex;
	char ifname[16];
	struct cordon_iface iface;
	bool first;	  /* TC by clsact: before filters of others, at the highest priority */
	bool xdp_generic; /* asked for, or in force after the call */
	bool dispatcher;  /* XDP through libxdp's dispatcher */
	bool tcx;	  /* TC through tcx; else clsact */
	char note[160];	  /* one line: what fell back and why; "" */
};
int kern_attach_iface(struct kern *k, struct kern_attach *a, struct strbuf *err);
int kern_detach_iface(struct kern *k, int ifindex, struct strbuf *err);
/* every interface to be served is attached: what other layout versions left behind, and nobody uses, goes */
void kern_inherit_done(struct kern *k);
/* is our program still attached there? 1 yes, 0 no, negative errno */
int kern_attached(struct kern *k, int ifindex);

/*
 * kern_attach_again() - one hook's program off and on again, so that it comes before what others put there meanwhile
 * @hook: KERN_XDP or KERN_TC; @a: as for kern_attach_iface()
 */
int kern_attach_again(struct kern *k, struct kern_attach *a, int hook, struct strbuf *err);
/* programs of others run beside ours, and what they drop ours does not see */
bool kern_xdp_is_shared(struct kern *k, int ifindex);
/* somebody's program is there and leaves no place: kern_attach_iface() would say -EBUSY */
bool kern_xdp_is_taken(struct kern *k, int ifindex);
/*
 * kern_canary_await() - *ret is a frame that the program at @hook (KERN_XDP, KERN_TC) of an interface, and nobody else,
 * will take; the one awaited before is not any more. 0 or -errno
 */
int kern_canary_await(struct kern *k, int hook, uint32_t ifindex, struct cordon_canary_frame *ret);
bool kern_canary_came(struct kern *k, int hook, uint32_t ifindex); /* true once */

/* --- maps --- */

/* 0; -E2BIG when full (automatic entries leave CORDON_DENY_RESERVED); -errno. Counts of an entry that is there go on. */
int kern_deny_put(struct kern *k, const struct cordon_deny_key *key, const struct cordon_deny *val);
int kern_deny_del(struct kern *k, const struct cordon_deny_key *key); /* -ENOENT */
int kern_deny_get(struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *ret);
int kern_deny_each(struct kern *k, int (*cb)(const struct cordon_deny_key *, const struct cordon_deny *, void *), void *ctx);
/*
 * kern_deny_counts() - what was counted for devices in the deny map, by kern_deny_ids() of the key: for who wants the
 * counts of very many. Of one key it may be said several times and by either id: the sum is meant. What counted nothing is
 * not said.
 * @few: when no more entries than that may have counted something in the map, it is not read, but only the index of cut
 *       devices: who lists then adds what kern_deny_entry() has of the keys for which kern_deny_counted() is true
 * Return: 0; 1: the map was not read, and has something to say; -errno, or what @cb returned, other than 0
 */
struct kern_deny_count {
	uint64_t id, packets, bytes, passed;
};
int kern_deny_counts(struct kern *k, uint32_t few, int (*cb)(const struct kern_deny_count *, void *), void *ctx);
bool kern_deny_counted(const struct kern *k, const struct cordon_deny_key *key); /* no call into the kernel */
int kern_deny_entry(const struct kern *k, const struct cordon_deny_key *key, struct cordon_deny *ret); /* without the index's */
/*
 * kern_deny_ids() - the two ids of a key, which may be one; none is 0. As many bits as the kernel knows a cut device by.
 * @seed, @mask: seed and deny_lines_mask of kern_state() when the counts were read
 */
void kern_deny_ids(uint64_t seed, uint32_t mask, const struct cordon_deny_key *key, uint64_t ret[2]);
/*
 * kern_deny_from() - at most @most entries of the map behind @key, as they are there
 * @key: all zero: from the first; where the next call goes on, all zero behind the last one. Entries must not be taken out meanwhile.
 * Return: 0, what @cb returned, -errno
 */
int kern_deny_from(struct kern *k, struct cordon_deny_key *key, unsigned int most,
		   int (*cb)(const struct cordon_deny_key *, const struct cordon_deny *, void *), void *ctx);
/* somebody else has written to the deny map: filter and counts are made to agree with it again at the next change */
void kern_deny_relearn(struct kern *k);
/*
 * Addresses that listed names led devices to. put: 0, also over one that is there; -E2BIG when full; each: what @cb
 * returned when not 0, and @cb may delete what it is shown
 */
int kern_learned_put(struct kern *k, const struct cordon_learned_key *key, const struct cordon_learned *val);
int kern_learned_del(struct kern *k, const struct cordon_learned_key *key); /* -ENOENT */
int kern_learned_each(struct kern *k, int (*cb)(const struct cordon_learned_key *, const struct cordon_learned *, void *), void *ctx);
int kern_guard_put(struct kern *k, const struct cordon_guard_key *key, const struct cordon_guard *val);
int kern_guard_del(struct kern *k, const struct cordon_guard_key *key);
int kern_home_put(struct kern *k, const struct prefix *p);
/* a destination of level update; services: CORDON_ALLOW_*, 0 takes it out */
int kern_allow_put(struct kern *k, const struct prefix *p, uint32_t services);
int kern_allow_each(struct kern *k, int (*cb)(const struct prefix *, uint32_t services, void *), void *ctx);
int kern_iface_put(struct kern *k, const struct cordon_iface *val); /* -EEXIST: another ifindex has its place */
int kern_iface_get(struct kern *k, uint32_t ifindex, struct cordon_iface *ret); /* -ENOENT: none of ours */
int kern_iface_del(struct kern *k, uint32_t ifindex);
int kern_iface_at(struct kern *k, uint32_t slot, struct cordon_iface *ret); /* slot: below CORDON_IFACE_MAX; -ENOENT: free */
bool kern_iface_is(struct kern *k, const struct cordon_iface *val); /* does the map say just this of it? */
/* ring records of a device not written so that others find room; of all that share its budget */
uint64_t kern_budget_shed(struct kern *k, const struct cordon_device_key *key);
/* the same of all, by cordon_budget_of(): CORDON_BUDGETS numbers, the caller frees. 0 or -errno */
int kern_budget_sheds(struct kern *k, uint64_t **ret);
/* what the kernel has of a device; -ENOENT: nothing, or no more */
int kern_device_get(struct kern *k, const struct cordon_device_key *key, struct cordon_device *ret);
int kern_device_each(struct kern *k, int (*cb)(const struct cordon_device_key *, const struct cordon_device *, void *), void *ctx);
/* what comes from and goes to this MAC is counted for the addresses from now on; doing it again is harmless */
int kern_device_set_router(struct kern *k, const struct cordon_device_key *key);
int kern_counters(struct kern *k, struct cordon_counters *ret, struct cordon_reasons *ret_reasons); /* summed over CPUs */

struct cordon_state *kern_state(struct kern *k);		    /* mmap-ed, shared with the programs */
struct cordon_flow *kern_flow(struct kern *k, uint32_t flow_slot); /* mmap-ed; NULL when out of range */
/* user space has nothing pending for this flow after an event that carried @triggers; no-op when @flow_id is no longer there */
void kern_flow_relax(struct kern *k, uint64_t flow_id, uint32_t flow_slot, uint16_t triggers);
void kern_flow_clear(struct kern *k, uint64_t flow_id, uint32_t flow_slot);

/* --- images --- */

/*
 * A new inner map, mmap-ed for filling; keeper or loader only, since it creates a map. Fill *ret_mem, unmap it, swap,
 * close the descriptor: both are the caller's.
 */
int kern_threat_new(uint32_t lines, int *ret_fd, struct cordon_line **ret_mem);
void kern_threat_unmap(struct cordon_line *mem, uint32_t lines);
int kern_threat_swap(struct kern *k, int fd); /* one map-in-map update */
int kern_prefilter_new(int *ret_fd, struct cordon_prefilter **ret_mem);
void kern_prefilter_unmap(struct cordon_prefilter *mem);
int kern_prefilter_swap(struct kern *k, int fd);

/* --- ring --- */

struct kern_ring;
/* cb: a checked record (size, kind, ABI), valid during the call; negative return ends the round */
typedef int (*kern_ring_fn)(const struct cordon_event_hdr *ev, void *ctx);
int kern_ring_new(struct kern *k, kern_ring_fn cb, void *ctx, struct kern_ring **ret);
/* the ring of held packets, see bpf/hold.h; records are whole struct cordon_event_pkt */
int kern_held_new(struct kern *k, kern_ring_fn cb, void *ctx, struct kern_ring **ret);
int kern_ring_fd(const struct kern_ring *r);	/* for epoll */
int kern_ring_consume(struct kern_ring *r);	/* all that is there; records handed on, or what cb returned */
uint64_t kern_ring_rejected(const struct kern_ring *r); /* records of wrong size, kind or version */
void kern_ring_free(struct kern_ring *r);

/* --- test runs (replay, tests) --- */

/* one packet through a program; *ret_drop: 1 dropped; *ret_ns: its run time. -EINVAL: the kernel refuses such a frame. */
int kern_test_run(struct kern *k, int hook, const void *frame, size_t len, bool *ret_drop, uint32_t *ret_ns);
/*
 * kern_mark_run() - what does a loaded program decide about this frame at @ifindex? See struct cordon_mark.
 * Return: 0 with CORDON_MARK_* in *ret_answer, 0 of them when the interface is none of ours; -EINVAL; -errno of the run
 */
#define KERN_MARK_FRAME_MAX 512
int kern_mark_run(struct kern *k, int hook, uint32_t ifindex, const void *frame, size_t len, uint32_t *ret_answer);
/* the program's descriptor, for measurements; borrowed */
int kern_prog_fd(const struct kern *k, int hook);

/* --- mode hold --- */

#define KERN_LIVE_MAX 3400 /* bytes: a page less what the kernel keeps of it for itself */
/* a frame goes up the stack as if @ifindex, in the network namespace of the caller, had received it; @empty: from kern_empty_new() */
int kern_live_frame(struct kern *empty, int ifindex, const void *frame, size_t len);
/* the held packet of this flow with this number is gone, one way or the other */
void kern_flow_let_go(struct kern *k, uint64_t flow_id, uint32_t flow_slot, uint8_t held);

/* flows, handshakes, devices, deny and guard entries as after loading; counters and images stay */
int kern_reset(struct kern *k);
/* two programs that only pass, no maps: what a test run costs by itself; for kern_test_run(), kern_live_frame() and kern_free() alone */
int kern_empty_new(struct kern **ret);

/* what this kernel can do, one line each, asked once */
struct kern_probe {
	bool tcx, freplace, xdp_frags;
	char release[65];
};
const struct kern_probe *kern_probe(void);

#endif
