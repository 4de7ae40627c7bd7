// SPDX-License-Identifier: BSD-2-Clause
/*
 * The keeper's half of struct cordon_canary: what is awaited, and whether it came. A nonce is random, used once, and
 * awaited only until the answer is read, so a frame that did leave for want of a program tells nobody anything.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/hash.h"

/* IEEE 802.1Q table 8-1: the nearest bridge; no bridge sends it on */
static const uint8_t nearest[6] = { 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e };
static const uint8_t nobody[6] = { 0x02, 0x43, 0x6f, 0x72, 0x64, 0x6e };

static uint32_t place(int hook, uint32_t ifindex)
{
	return (ifindex & (CORDON_IFACE_MAX - 1)) * 2 + (hook == KERN_TC);
}

int kern_canary_await(struct kern *k, int hook, uint32_t ifindex, struct cordon_canary_frame *ret)
{
	struct cordon_canary c = { .nonce = { random_u64() | 1, random_u64() }, .ifindex = ifindex };
	uint32_t at = place(hook, ifindex);

	if (bpf_map_update_elem(k->fds[KERN_MAP_canaries], &at, &c, BPF_ANY))
		return -errno;
	*ret = (struct cordon_canary_frame){ .type = { CORDON_CANARY_TYPE >> 8, CORDON_CANARY_TYPE & 0xff } };
	memcpy(ret->dst, nearest, sizeof(nearest));
	memcpy(ret->src, nobody, sizeof(nobody));
	memcpy(ret->nonce, c.nonce, sizeof(c.nonce));
	return 0;
}

bool kern_canary_came(struct kern *k, int hook, uint32_t ifindex)
{
	const struct cordon_canary none = { 0 };
	uint32_t at = place(hook, ifindex);
	struct cordon_canary c;

	if (bpf_map_lookup_elem(k->fds[KERN_MAP_canaries], &at, &c) || c.ifindex != ifindex || !c.answered)
		return false;
	bpf_map_update_elem(k->fds[KERN_MAP_canaries], &at, &none, BPF_ANY);
	return true;
}
