// SPDX-License-Identifier: BSD-2-Clause
/*
 * Test runs: one frame through a loaded program, as live packets go, nothing
 * sent. One run a call: with more, an XDP test run costs 18 ms for patching
 * the dispatcher. What is refused: XDP frames under 14 bytes; TC frames under
 * 34 (IPv4) or 54 (IPv6) bytes, or above one page less the skb's own part.
 */
#include "kern/internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <string.h>

static int run(int fd, const void *frame, size_t len, uint32_t *ret_code, uint32_t *ret_ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = frame, .data_size_in = (uint32_t)len, .repeat = 1);

	if (len > UINT32_MAX || bpf_prog_test_run_opts(fd, &o))
		return len > UINT32_MAX ? -EINVAL : -errno;
	*ret_code = o.retval;
	*ret_ns = o.duration;
	return 0;
}

int kern_prog_fd(const struct kern *k, int hook)
{
	return hook == KERN_XDP ? k->xdp_fd : k->tc_fd;
}

int kern_test_run(struct kern *k, int hook, const void *frame, size_t len, bool *ret_drop, uint32_t *ret_ns)
{
	uint32_t code = 0, ns = 0;
	int r = run(kern_prog_fd(k, hook), frame, len, &code, &ns);

	if (r == -ENOMEM || r == -E2BIG)
		r = -EINVAL;
	if (r)
		return r;
	if (ret_drop)
		*ret_drop = code == (hook == KERN_XDP ? (uint32_t)XDP_DROP : (uint32_t)TC_ACT_SHOT);
	if (ret_ns)
		*ret_ns = ns;
	return 0;
}

/* a packet that comes in between is rare, and several in a row are a flood that leaves no processor to anybody */
#define MARK_TRIES 8

int kern_mark_run(struct kern *k, int hook, uint32_t ifindex, const void *frame, size_t len, uint32_t *ret_answer)
{
	struct cordon_mark m = { .token = cordon_mix(k->state->seed ^ CORDON_MARK_KEY), .ifindex = ifindex };
	uint8_t data[KERN_MARK_FRAME_MAX + sizeof(m)];
	uint32_t code = 0, ns;
	int r = 0;

	if (len < 14 || len > KERN_MARK_FRAME_MAX)
		return -EINVAL;
	memcpy(data, frame, len);
	memcpy(data + len, &m, sizeof(m));
	for (int i = 0; !r && i < MARK_TRIES; i++) {
		r = run(kern_prog_fd(k, hook), data, len + sizeof(m), &code, &ns);
		if (!(code & CORDON_MARK_ANSWER) || !(code & CORDON_MARK_TORN))
			break;
	}
	if (!r)
		*ret_answer = code & CORDON_MARK_ANSWER ? code : 0;
	return r;
}
