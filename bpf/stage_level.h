/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Levels below cut. `limit` is judged where the deny entry is found, by a
 * bucket in the entry; `local` and `update` need the other end's address and
 * are judged behind stage_net(). Both directions: a device must not be reached
 * from where it may not go either. What is not known to stay on the link (a
 * header that does not parse) does not pass. A clean packet pays one branch.
 */
#ifndef BPF_STAGE_LEVEL_H
#define BPF_STAGE_LEVEL_H

#include <linux/in.h>
#include <linux/in6.h>

#include "parse/eth.h"
#include "pkt.h"

/*
 * level_pay() - may this packet pass at the entry's rate?
 * Each direction has a bucket, kept as the time at which what has passed is
 * paid for (GCRA, ITU-T I.371): one word, so that two processors need no lock.
 * Return: 1 when it may
 */
static __always_inline int level_pay(struct pkt *p, struct cordon_deny *d)
{
	__u64 *due = &d->due_ns[p->facts.from_device & 1], now = pkt_now(p), was, from;

	if (!d->rate)
		return 0;
	for (int i = 0; i < 4; i++) {
		was = *(volatile __u64 *)due;
		from = was > now ? was : now;
		if (from - now > CORDON_LIMIT_BURST_NS)
			return 0;
		if (__sync_val_compare_and_swap(
			    due, was, from + p->wire_len * 1000000000ULL / d->rate) == was)
			return 1;
	}
	return 0; /* four processors at once on one device: it is over its rate */
}

/* the other end of this packet, as seen from the device */
static __always_inline const __u8 *level_peer(const struct pkt *p)
{
	return p->facts.from_device ? p->facts.daddr : p->facts.saddr;
}

static __always_inline __u16 level_peer_port(const struct pkt *p)
{
	return p->facts.from_device ? p->dport : p->sport;
}

static __always_inline int level_is_v4(const __u8 *a)
{
	return !*(const __u64 *)a && *(const __u32 *)(a + 8) == __builtin_bswap32(0xffff);
}

/* link-local and groups that no router passes on: RFC 1112, 2365, 3927, 4291 2.5.6 and 2.7 */
static __always_inline int level_is_link(const __u8 *a)
{
	if (level_is_v4(a)) {
		__u32 v4 = __builtin_bswap32(*(const __u32 *)(a + 12));

		return v4 >> 8 == 0xe00000 || v4 >> 24 == 239 || v4 == 0xffffffff ||
		       v4 >> 16 == 0xa9fe;
	}
	if (a[0] == 0xff)
		return (a[1] & 0xf) <= 8;
	return a[0] == 0xfe && (a[1] & 0xc0) == 0x80;
}

static __always_inline int level_is_local(const __u8 *a)
{
	struct cordon_home_key key = {.prefixlen = 128};

	if (level_is_link(a))
		return 1;
	__builtin_memcpy(key.addr, a, 16);
	return bpf_map_lookup_elem(&home, &key) != NULL;
}

/* what is no IP at all is not routed: it stays on the link */
static __always_inline int level_is_unrouted(const struct pkt *p)
{
	return p->l3_off && p->tags <= CORDON_MAX_VLAN && !eth_is_tag(p->ethertype) &&
	       p->ethertype != PARSE_ETH_IPV4 && p->ethertype != PARSE_ETH_IPV6;
}

/* DHCP (RFC 2131, RFC 8415), neighbour discovery and listener reports (RFC 4861, RFC 3810), which
 * must not be used to reach beyond the link */
static __always_inline int level_is_upkeep(const struct pkt *p)
{
	__u16 port = level_peer_port(p);
	__u8 type = *(const __u8 *)&p->facts.sport; /* of ICMP, see struct cordon_facts */

	if (p->is_fragment || !level_is_local(level_peer(p)))
		return 0;
	if (p->facts.proto == IPPROTO_ICMPV6)
		return (type >= 130 && type <= 137) || type == 143;
	return p->facts.proto == IPPROTO_UDP &&
	       (port == 67 || port == 68 || port == 546 || port == 547);
}

static __always_inline int level_may_update(const struct pkt *p)
{
	struct cordon_home_key key = {.prefixlen = 128};
	__u16 port = level_peer_port(p);
	__u8 proto = p->facts.proto;
	struct cordon_allow *a;

	if (p->ethertype == PARSE_ETH_ARP)
		return 1;
	if (!p->ip_version)
		return 0;
	if (level_is_upkeep(p))
		return 1;
	__builtin_memcpy(key.addr, level_peer(p), 16);
	a = bpf_map_lookup_elem(&allow, &key);
	if (!a)
		return 0;
	if (a->services & CORDON_ALLOW_ALL)
		return 1;
	if (!(a->services & CORDON_ALLOW_INFRA))
		return 0;
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		return 1;
	return (proto == IPPROTO_UDP && (port == 53 || port == 123)) ||
	       (proto == IPPROTO_TCP && port == 53);
}

static __always_inline int level_may_pass(const struct pkt *p)
{
	if (p->level == CORDON_LEVEL_UPDATE)
		return level_may_update(p);
	return level_is_unrouted(p) || (p->ip_version && level_is_local(level_peer(p)));
}

#endif
