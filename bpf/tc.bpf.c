// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Egress hook: what an interface is about to send. */
#define HOOK_TC
#include "walk.h"

#include <linux/pkt_cls.h>

SEC("tc")
int tc_egress(struct __sk_buff *skb)
{
	int r = walk(skb);

	if (r & CORDON_MARK_ANSWER) /* of a test run, never of a packet */
		return r;
	return r ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}
