/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets by hand: a description, and pkt_build() turns it into a frame with
 * right lengths and checksums. Names of members say units; ports in host order.
 */
#ifndef TESTS_PKT_H
#define TESTS_PKT_H

#include <stddef.h>
#include <stdint.h>

#define PKT_FRAME_MAX 66000

struct pkt_spec {
	const char *src, *dst; /* addresses as text, both of one family */
	uint8_t smac[6], dmac[6];
	uint16_t vlan[3];   /* 0 ends the list */
	uint16_t ethertype; /* 0: by the addresses; else nothing is built behind the tags but the
			       payload */
	uint8_t proto; /* IPPROTO_TCP, _UDP, _ICMP, _ICMPV6; others: payload follows the IP header
			*/
	uint16_t sport, dport; /* ICMP: type, code */
	uint32_t seq, ack;
	uint8_t flags; /* TCP; 0: PSH and ACK */
	uint16_t urgent;
	uint16_t id;	     /* of the datagram: IPv4 identification, IPv6 fragment header */
	uint8_t ip_options;  /* bytes, a multiple of 4 */
	uint8_t ext_headers; /* IPv6: destination options headers of 8 bytes in front */
	uint16_t frag_off;   /* in bytes, a multiple of 8 */
	uint8_t frag_more;   /* IPv4 MF, IPv6 M */
	uint8_t frag_atomic; /* IPv6: a fragment header that says nothing */
	const void *payload;
	size_t len;
	size_t padding; /* bytes behind the IP packet */
	int total_bias; /* added to the IP length: a lie */
};

/* into @frame (PKT_FRAME_MAX bytes); its length */
size_t pkt_build(const struct pkt_spec *s, uint8_t *frame);

#endif
