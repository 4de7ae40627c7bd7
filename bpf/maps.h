/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every map, in one place; README.md has the table. All are __weak because both
 * hooks include this file and are linked into one object. Sizes that an option
 * may change are set again at load: flows, lost_ns, recorder, events. The
 * programs never use a map's size but the masks of cordon_config.
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "cordon_config.h"
#include "cordon_event.h"
#include "cordon_maps.h"

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";

/* frozen at load; volatile, so that the compiler does not fold the zeros in */
const volatile struct cordon_config cordon_config SEC(".rodata") __weak = {};

/* --- decisions: what is denied, and what must never be --- */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CORDON_DENY_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cordon_deny_key);
	__type(value, struct cordon_deny);
} deny SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cordon_deny_filter);
} deny_filter SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_DENY_LINES);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cordon_deny_line);
} deny_index SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, CORDON_GUARD_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cordon_guard_key);
	__type(value, struct cordon_guard);
} guard SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CORDON_LEARNED_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cordon_learned_key);
	__type(value, struct cordon_learned);
} learned SEC(".maps") __weak;

/* --- where the hooks are, and what is home --- */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_IFACE_MAX);
	__type(key, __u32);
	__type(value, struct cordon_iface);
} ifaces SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * CORDON_IFACE_MAX);
	__type(key, __u32);
	__type(value, struct cordon_canary);
} canaries SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, CORDON_HOME_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cordon_home_key);
	__type(value, __u8);
} home SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, CORDON_ALLOW_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct cordon_home_key);
	__type(value, struct cordon_allow);
} allow SEC(".maps") __weak;

/* --- observation: what an outsider may fill, and nothing depends on --- */

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CORDON_DEVICE_MAX);
	__type(key, struct cordon_device_key);
	__type(value, struct cordon_device);
} devices SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CORDON_ROUTERS_MAX);
	__type(key, struct cordon_device_key);
	__type(value, __u32);
} routers SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_BUDGETS);
	__type(key, __u32);
	__type(value, struct cordon_budget);
} budgets SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_FLOW_BUCKETS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cordon_flow_bucket);
} flows SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_FLOW_BUCKETS);
	__type(key, __u32);
	__type(value, __u64);
} lost_ns SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_SHAKES);
	__type(key, __u32);
	__type(value, struct cordon_shake);
} shakes SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CORDON_REC_SLOTS);
	__type(key, __u32);
	__type(value, struct cordon_slot);
} recorder SEC(".maps") __weak;

/*
 * --- images: built aside by user space, swapped with one update ---
 * Sizes in bytes, not types: clang leaves a type that only an inner map names
 * as a forward declaration, and libbpf then finds no size.
 */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(max_entries, 4);
			__uint(map_flags, BPF_F_INNER_MAP | BPF_F_MMAPABLE);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct cordon_line));
		});
} threat SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(max_entries, CORDON_PF_PARTS);
			__uint(map_flags, BPF_F_MMAPABLE);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct cordon_pf_part));
		});
} prefilter SEC(".maps") __weak;

/* --- what user space reads --- */

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cordon_counters);
} counters SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cordon_reasons);
} reasons SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct cordon_state);
} state SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CORDON_RING_BYTES);
} events SEC(".maps") __weak;

/* mode hold: whole packets that are not passed before their verdict; the keeper's */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, CORDON_HOLD_RING_BYTES);
} held SEC(".maps") __weak;

#endif
