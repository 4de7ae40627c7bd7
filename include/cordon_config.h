/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings frozen into the programs' read-only data before load: the kernel
 * sees constants and removes dead branches. `const volatile` so that the
 * compiler does not assume zero.
 */
#ifndef CORDON_CONFIG_H
#define CORDON_CONFIG_H

#include "cordon_types.h"

struct cordon_config {
	__u32 depth;	/* stream.depth: bytes inspected of each direction */
	__u32 flow_buckets_mask;
	__u32 rec_slots_mask;
	__u32 ring_bytes; /* of the ring of events: kern_open() sets it */
	__u8 replay;	/* time and interface come from struct cordon_state */
	__u8 full;	/* every packet goes to user space */
	__u8 midstream; /* stream.midstream: pick up flows without a handshake */
	__u8 strict;	/* unknown EtherTypes are dropped */
	__u8 inspect;	/* 0: enforce only (no rules, no names): saves the rest */
	__u8 async_oneside; /* stream.async-oneside: the client's half is a stream, where the server's is not seen */
	__u8 exact_books; /* what passes is counted for each device, and nothing is passed by the short way */
	__u8 profile_every; /* of so many packets that the prefilter judges one is timed; 0: none */
};
cordon_static_assert(sizeof(struct cordon_config) == 24, "config");

#endif
