// SPDX-License-Identifier: BSD-2-Clause
/* From a packet that the kernel marked as one that says who its sender is, to the parser that reads it. */
#include "dev/identity.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#define ETHERTYPE_ARP 0x0806

static int read_udp(const struct identity_packet *p, struct identity *i)
{
	struct cur c = cur_of(p->payload, p->payload_len);

	switch (p->port) {
	case 67:
	case 68:
		return identity_dhcp4(&c, i);
	case 546:
	case 547:
		return identity_dhcp6(&c, i);
	case 5353:
		return identity_mdns(&c, i);
	case 1900:
		return identity_ssdp(&c, i);
	default:
		return PARSE_BAD;
	}
}

int identity_read(const struct identity_packet *p, struct identity *ret)
{
	struct identity i;
	struct cur c;
	int r = PARSE_BAD;

	memset(&i, 0, sizeof(i));
	if (p->ethertype == ETHERTYPE_ARP && p->l3) {
		c = cur_of(p->l3, p->l3_len);
		r = identity_arp(&c, &i);
	} else if (p->proto == IPPROTO_ICMPV6 && p->l4) {
		c = cur_of(p->l4, p->l4_len);
		r = identity_nd(&c, &i);
	} else if (p->proto == IPPROTO_UDP && p->payload) {
		r = read_udp(p, &i);
	}
	if (r == PARSE_BAD || !i.source)
		return PARSE_BAD;
	*ret = i;
	return r;
}
