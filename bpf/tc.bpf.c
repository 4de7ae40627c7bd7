// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Egress hook: what an interface is about to send. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "count.h"

SEC("tc")
int tc_egress(struct __sk_buff *skb)
{
	count(CORDON_COUNTER_PACKETS, 1);
	count(CORDON_COUNTER_BYTES, skb->len);
	count(CORDON_COUNTER_PASSED, 1);
	return TC_ACT_UNSPEC;
}
