// SPDX-License-Identifier: BSD-2-Clause
/* libFuzzer target: link, network and transport headers of a frame; the cursor never leaves it. */
#include "fuzz/fuzz.h"
#include "parse/eth.h"
#include "parse/ip.h"
#include "parse/l4.h"

static void transport(struct cur c, uint8_t proto)
{
	struct l4_info l4 = {0};
	uint32_t left = cur_left(&c);
	int r = proto == 6    ? tcp_parse(&c, &l4)
		: proto == 17 ? udp_parse(&c, &l4)
			      : icmp_parse(&c, &l4);

	must(r != PARSE_OK || (l4.head >= 8 && cur_left(&c) < left));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cur c = cur_of(data, (uint32_t)size);
	struct eth_info e;
	struct ip_info ip = {0};
	int r;

	if (eth_parse(&c, &e) != PARSE_OK)
		return 0;
	must(e.tags <= CORDON_MAX_VLAN && e.vlan < 4096);
	if (e.ethertype == PARSE_ETH_IPV4) {
		r = ip4_parse(&c, &ip);
	} else {
		r = ip6_parse(&c, &ip);
		if (r == PARSE_OK)
			r = ip6_extensions(&c, &ip);
	}
	must(c.pos >= data && c.pos <= data + size);
	if (r != PARSE_OK)
		return 0;
	/* what was stepped over is what the headers say */
	must(c.pos == data + 14 + 4 * e.tags + ip.head);
	if (ip.frag != IP_LATER_FRAGMENT)
		transport(c, ip.proto);
	return 0;
}
