// SPDX-License-Identifier: BSD-2-Clause
/*
 * Link types to Ethernet. The programs know Ethernet only, so what captures of
 * other links hold is given a header with zero MACs; the device is then known
 * by its address. Numbers and layouts: tcpdump.org/linktypes.html.
 */
#include "replay/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#define ETHERTYPE_NONE 0 /* nothing known has it: counted as unknown */

enum {
	LT_NULL = 0,
	LT_ETHERNET = 1,
	LT_PPP = 9,
	LT_RAW_BSD = 12,
	LT_RAW_OPENBSD = 14,
	LT_PPP_HDLC = 50,
	LT_PPP_ETHER = 51,
	LT_RAW = 101,
	LT_LOOP = 108,
	LT_SLL = 113,
	LT_IPV4 = 228,
	LT_IPV6 = 229,
	LT_SLL2 = 276,
};

/* names of links that captures of devices come in and that are not read */
static const struct {
	uint32_t linktype;
	const char *name;
} others[] = {
	{ 6, "Token Ring" },	     { 7, "ARCNET" },		{ 10, "FDDI" },
	{ 105, "IEEE 802.11" },	     { 119, "IEEE 802.11 Prism" }, { 127, "IEEE 802.11 radiotap" },
	{ 143, "DOCSIS" },	     { 187, "Bluetooth HCI H4" }, { 189, "USB (Linux)" },
	{ 192, "PPI" },		     { 195, "IEEE 802.15.4" },	{ 201, "Bluetooth HCI H4 with direction" },
	{ 220, "USB (Linux, padded)" }, { 227, "SocketCAN" },	{ 230, "IEEE 802.15.4 without FCS" },
	{ 239, "NFLOG" },	     { 249, "USBPcap" },	{ 251, "Bluetooth LE" },
	{ 252, "Wireshark upper PDU" }, { 253, "Netlink" },	{ 283, "IEEE 802.15.4 TAP" },
};

int link_supported(uint32_t linktype, char *ret_name, size_t size)
{
	switch (linktype) {
	case LT_NULL:
	case LT_ETHERNET:
	case LT_PPP:
	case LT_RAW_BSD:
	case LT_RAW_OPENBSD:
	case LT_PPP_HDLC:
	case LT_PPP_ETHER:
	case LT_RAW:
	case LT_LOOP:
	case LT_SLL:
	case LT_IPV4:
	case LT_IPV6:
	case LT_SLL2:
		return 0;
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (others[i].linktype == linktype) {
			snprintf(ret_name, size, "%s", others[i].name);
			return -EOPNOTSUPP;
		}
	snprintf(ret_name, size, "link type %u", linktype);
	return -EOPNOTSUPP;
}

static uint16_t be16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

/* BSD's AF_INET6 differs from system to system, and NULL is in the writer's byte order: only one byte is set */
static uint16_t of_family(const uint8_t *b)
{
	uint8_t af = b[0] | b[3];

	if (af == 2)
		return ETH_P_IP;
	return af == 10 || af == 23 || af == 24 || af == 28 || af == 30 ? ETH_P_IPV6 : ETHERTYPE_NONE;
}

static uint16_t of_version(const uint8_t *b)
{
	return b[0] >> 4 == 4 ? ETH_P_IP : b[0] >> 4 == 6 ? ETH_P_IPV6 : ETHERTYPE_NONE;
}

/* RFC 1661 section 2: address and control may be absent, the protocol field is compressed when its first byte is odd */
static uint16_t of_ppp(const uint8_t *b, uint32_t len, uint32_t *ret_skip)
{
	uint32_t at = len >= 2 && b[0] == 0xff && b[1] == 0x03 ? 2 : 0;
	uint16_t proto;

	if (len < at + 2)
		return ETHERTYPE_NONE;
	if (at == 0 && (b[0] == 0x0f || b[0] == 0x8f) && len >= 4) { /* Cisco HDLC: an EtherType follows */
		*ret_skip = 4;
		return be16(b + 2);
	}
	proto = b[at] & 1 ? b[at] : be16(b + at);
	*ret_skip = at + (b[at] & 1 ? 1 : 2);
	return proto == 0x0021 ? ETH_P_IP : proto == 0x0057 ? ETH_P_IPV6 : ETHERTYPE_NONE;
}

/* EtherType, and bytes of the packet's own link header */
static uint16_t strip(const struct pcap_packet *p, uint32_t *ret_skip)
{
	const uint8_t *b = p->data;
	uint32_t len = p->cap_len;

	*ret_skip = 0;
	switch (p->linktype) {
	case LT_IPV4:
		return ETH_P_IP;
	case LT_IPV6:
		return ETH_P_IPV6;
	case LT_PPP_ETHER:
		return ETH_P_PPP_SES;
	case LT_PPP:
	case LT_PPP_HDLC:
		return of_ppp(b, len, ret_skip);
	case LT_NULL:
	case LT_LOOP:
		*ret_skip = 4;
		return len >= 4 ? of_family(b) : ETHERTYPE_NONE;
	case LT_SLL:
		*ret_skip = 16;
		return len >= 16 ? be16(b + 14) : ETHERTYPE_NONE;
	case LT_SLL2:
		*ret_skip = 20;
		return len >= 20 ? be16(b) : ETHERTYPE_NONE;
	default:
		return len ? of_version(b) : ETHERTYPE_NONE;
	}
}

const uint8_t *link_frame(const struct pcap_packet *p, uint8_t *buf, uint32_t *ret_len)
{
	uint32_t skip;
	uint16_t type;

	if (p->linktype == LT_ETHERNET) {
		*ret_len = p->cap_len;
		return p->data;
	}
	type = strip(p, &skip);
	if (type == ETHERTYPE_NONE || skip > p->cap_len)
		skip = 0;
	memset(buf, 0, 12);
	buf[12] = (uint8_t)(type >> 8);
	buf[13] = (uint8_t)type;
	memcpy(buf + 14, p->data + skip, p->cap_len - skip);
	*ret_len = 14 + p->cap_len - skip;
	return buf;
}

static bool is_group(const struct addr *a)
{
	if (addr_is_v4(a))
		return (a->b[12] & 0xf0) == 0xe0 || (a->b[12] & a->b[13] & a->b[14] & a->b[15]) == 0xff;
	return a->b[0] == 0xff;
}

static void mapped(struct addr *a, const uint8_t *v4)
{
	memset(a->b, 0, 10);
	a->b[10] = a->b[11] = 0xff;
	memcpy(a->b + 12, v4, 4);
}

void link_ends(const uint8_t *f, uint32_t len, struct link_ends *ret)
{
	uint32_t at = 12;
	uint16_t type;

	*ret = (struct link_ends){ .is_group = len >= 6 && f[0] & 1 };
	while (at + 2 <= len && ((type = be16(f + at)) == ETH_P_8021Q || type == ETH_P_8021AD || type == ETH_P_QINQ1))
		at += 4;
	if (at + 2 > len)
		return;
	type = be16(f + at);
	at += 2;
	if (type == ETH_P_IP && at + 20 <= len) {
		mapped(&ret->src, f + at + 12);
		mapped(&ret->dst, f + at + 16);
	} else if (type == ETH_P_IPV6 && at + 40 <= len) {
		memcpy(ret->src.b, f + at + 8, 16);
		memcpy(ret->dst.b, f + at + 24, 16);
	} else {
		return;
	}
	ret->has_ip = true;
	ret->is_group |= is_group(&ret->dst);
}
