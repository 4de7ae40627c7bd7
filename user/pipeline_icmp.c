/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An ICMP error is of the flow whose datagram it quotes, as in Suricata: of
 * ICMP over IPv4 "destination unreachable" about TCP and UDP (RFC 792; RFC 1122
 * 3.2.2). Its direction is told by the flow's initiator: who sent it?
 */
#include <netinet/in.h>
#include <string.h>

#include "pipeline_int.h"

#define ICMP_HEADER 8
#define ICMP_UNREACHABLE 3
#define IPV4_HEADER 20

/* ends of the quoted datagram; false: it quotes none that has ports */
static bool quoted(const struct view *v, struct cordon_facts *ret)
{
	const uint8_t *q = v->l4 + ICMP_HEADER;
	uint32_t len;

	if (v->facts->proto != IPPROTO_ICMP || !v->l4 || v->l4_len < ICMP_HEADER + IPV4_HEADER || v->l4[0] != ICMP_UNREACHABLE ||
	    q[0] >> 4 != 4)
		return false;
	len = (q[0] & 15) * 4u;
	if (len < IPV4_HEADER || v->l4_len < ICMP_HEADER + len + 4 || (q[9] != IPPROTO_TCP && q[9] != IPPROTO_UDP))
		return false;
	*ret = *v->facts;
	ret->proto = q[9];
	memcpy(ret->saddr + 12, q + 12, 4);
	memcpy(ret->daddr + 12, q + 16, 4);
	memcpy(&ret->sport, q + len, 2);
	memcpy(&ret->dport, q + len + 2, 2);
	return true;
}

const struct view *icmp_error(struct pipeline *p, const struct view *v)
{
	struct cordon_facts q, *f = &p->icmp_facts;
	const struct cordon_flow *k;
	const uint8_t *initiator;
	uint32_t slot;
	bool is_high;

	if (!p->o.kern || !quoted(v, &q))
		return v;
	k = pipe_find_flow(p, &q, &slot, &is_high);
	if (!k)
		return v;
	initiator = is_high == !!(k->flags & CORDON_FLOW_SWAP) ? q.saddr : q.daddr;
	*f = *v->facts;
	f->flow_id = cordon_flow_id(k->key, k->first_ns);
	f->flow_slot = slot;
	f->flow_flags = k->flags;
	f->dir = memcmp(f->saddr, initiator, sizeof(f->saddr)) ? CORDON_TO_CLIENT : CORDON_TO_SERVER;
	p->icmp_view = *v;
	p->icmp_view.facts = f;
	return &p->icmp_view;
}
