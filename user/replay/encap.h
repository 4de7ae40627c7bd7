/* SPDX-License-Identifier: BSD-2-Clause */
/* What a capture wraps packets in: link headers that the programs do not know, and tunnels. */
#ifndef REPLAY_ENCAP_H
#define REPLAY_ENCAP_H

#include <stdbool.h>
#include <stdint.h>

/* tunnels within tunnels that are looked into */
#define ENCAP_DEPTH_MAX 4

/*
 * encap_strip() - an Ethernet frame without PPPoE, MPLS and its third VLAN tag
 * @buf: room for @len bytes; used when something is taken off
 * Return: the frame, of *ret_len bytes: in @buf or @frame itself
 */
const uint8_t *encap_strip(const uint8_t *frame, uint32_t len, uint8_t *buf, uint32_t *ret_len);

/*
 * encap_inner() - the packet in an IPv4, IPv6, GRE, VXLAN, Geneve or Teredo tunnel as an Ethernet frame
 * @frame: as encap_strip() returns it
 * @buf: room for @len + 14 bytes, not @frame; an IP packet gets the MACs of @frame
 * Return: false: it is no tunnel, or does not add up
 */
bool encap_inner(const uint8_t *frame, uint32_t len, uint8_t *buf, uint32_t *ret_len);

#endif
