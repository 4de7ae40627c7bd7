/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet of any supported link type as an Ethernet frame, and which way it goes. */
#ifndef REPLAY_LINK_H
#define REPLAY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "replay/pcap.h"

#define LINK_FRAME_MAX (PCAP_PACKET_MAX + 64)

/* 0; -EOPNOTSUPP: *ret_name is what it is called ("IEEE 802.11") or "link type 4242" */
int link_supported(uint32_t linktype, char *ret_name, size_t size);

/*
 * link_frame() - the Ethernet frame of a packet
 * @buf: LINK_FRAME_MAX bytes; used when a header must be put before the packet
 * What is not Ethernet gets a header with zero MACs. A packet too short for
 * its own link header becomes such a frame of EtherType 0, which the kernel
 * half counts as unknown.
 * Return: the frame, of *ret_len bytes: in @buf or the packet itself
 */
const uint8_t *link_frame(const struct pcap_packet *p, uint8_t *buf, uint32_t *ret_len);

struct link_ends {
	bool has_ip;
	bool is_group; /* broadcast or multicast, by MAC or address */
	struct addr src, dst;
};
/* addresses of a frame behind any number of tags; a frame that ends too early has none */
void link_ends(const uint8_t *frame, uint32_t len, struct link_ends *ret);

#endif
