/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a device says of itself on its link: ARP (RFC 826), neighbour discovery
 * (RFC 4861), DHCP (RFC 2131, 2132), DHCPv6 (RFC 8415), names in mDNS (RFC
 * 6762) and SSDP (UPnP device architecture 1.3). Pure, see cursor.h. All of it
 * is a claim: nobody but the sender vouches for it.
 */
#ifndef PARSE_IDENTITY_H
#define PARSE_IDENTITY_H

#include "parse/cursor.h"
#include "parse/dns.h"

#define IDENTITY_TEXT 64
#define IDENTITY_ADDRS 4
#define IDENTITY_OPTIONS 64 /* of one DHCP message; more are not looked at */

enum { IDENTITY_NONE, IDENTITY_ARP, IDENTITY_ND, IDENTITY_DHCP4, IDENTITY_DHCP6, IDENTITY_MDNS, IDENTITY_SSDP };

#define IDENTITY_ROUTER (1 << 0)      /* sent a router advertisement */
#define IDENTITY_DHCP_SERVER (1 << 1) /* sent what only a DHCP server sends */

struct identity {
	__u8 source; /* IDENTITY_* */
	__u8 roles;  /* bits */
	__u8 n_addrs, has_hw;
	__u8 hw[6]; /* the MAC it says the addresses are at */
	__u8 pad[6];
	__u8 addrs[IDENTITY_ADDRS][16]; /* claimed, IPv4 mapped */
	char host[IDENTITY_TEXT];	 /* name of itself, "" */
	char vendor[IDENTITY_TEXT];	 /* class or server line, "" */
	char fingerprint[IDENTITY_TEXT]; /* DHCP: options asked for, as "1,3,6"; "" */
};

static inline void identity_addr4(struct identity *i, const __u8 *a)
{
	__u8 *dst = i->addrs[i->n_addrs];

	if (i->n_addrs >= IDENTITY_ADDRS || !(a[0] | a[1] | a[2] | a[3]))
		return;
	for (int k = 0; k < 10; k++)
		dst[k] = 0;
	dst[10] = dst[11] = 0xff;
	for (int k = 0; k < 4; k++)
		dst[12 + k] = a[k];
	i->n_addrs++;
}

static inline void identity_addr6(struct identity *i, const __u8 *a)
{
	__u8 any = 0;

	for (int k = 0; k < 16; k++)
		any |= a[k];
	if (i->n_addrs >= IDENTITY_ADDRS || !any)
		return;
	for (int k = 0; k < 16; k++)
		i->addrs[i->n_addrs][k] = a[k];
	i->n_addrs++;
}

/* foreign bytes as text: what is not printable ASCII becomes '?' */
static inline void identity_text(char dst[IDENTITY_TEXT], const __u8 *p, __u32 n)
{
	__u32 i;

	if (n > IDENTITY_TEXT - 1)
		n = IDENTITY_TEXT - 1;
	for (i = 0; i < n; i++)
		dst[i] = p[i] > 0x20 && p[i] < 0x7f ? (char)p[i] : p[i] == 0x20 ? ' ' : '?';
	dst[n] = 0;
}

static inline void identity_hw(struct identity *i, const __u8 *p)
{
	for (int k = 0; k < 6; k++)
		i->hw[k] = p[k];
	i->has_hw = 1;
}

/* RFC 826, for Ethernet and IPv4; a probe (RFC 5227) claims nothing */
static inline int identity_arp(struct cur *c, struct identity *i)
{
	const __u8 *p = cur_take(c, 28);

	if (!p)
		return PARSE_SHORT;
	if (p[0] || p[1] != 1 || p[2] != 8 || p[3] || p[4] != 6 || p[5] != 4 || p[6] || p[7] < 1 || p[7] > 2)
		return PARSE_BAD;
	i->source = IDENTITY_ARP;
	identity_hw(i, p + 8);
	identity_addr4(i, p + 14);
	return PARSE_OK;
}

/*
 * identity_nd() - an ICMPv6 message of neighbour discovery
 * @c: cursor at its type
 * Advertisement: the target is claimed; solicitation: only duplicate address
 * detection says an address, and that it is not in use yet.
 */
static inline int identity_nd(struct cur *c, struct identity *i)
{
	const __u8 *p = cur_take(c, 8);
	__u8 type, len;

	if (!p)
		return PARSE_SHORT;
	type = p[0];
	if (type < 133 || type > 137 || p[1])
		return PARSE_BAD;
	i->source = IDENTITY_ND;
	if (type == 134)
		i->roles |= IDENTITY_ROUTER;
	if (type == 134 && cur_skip(c, 8))
		return PARSE_SHORT;
	if (type == 135 || type == 136) {
		p = cur_take(c, 16);
		if (!p)
			return PARSE_SHORT;
		if (type == 136)
			identity_addr6(i, p);
	}
	if (type == 137 && cur_skip(c, 32))
		return PARSE_SHORT;
	/* link-layer address options (RFC 4861 4.6.1): source in the others, target in an advertisement */
	for (int n = 0; n < 16 && cur_left(c) >= 8; n++) {
		p = c->pos;
		len = p[1];
		if (!len)
			return PARSE_BAD;
		if (p[0] == (type == 136 ? 2 : 1) && len == 1)
			identity_hw(i, p + 2);
		if (cur_skip(c, len * 8u))
			return PARSE_SHORT;
	}
	return PARSE_OK;
}

static inline void identity_list(char dst[IDENTITY_TEXT], const __u8 *p, __u32 n)
{
	__u32 at = 0;

	for (__u32 k = 0; k < n && at + 4 < IDENTITY_TEXT; k++) {
		if (k)
			dst[at++] = ',';
		if (p[k] >= 100)
			dst[at++] = (char)('0' + p[k] / 100);
		if (p[k] >= 10)
			dst[at++] = (char)('0' + p[k] / 10 % 10);
		dst[at++] = (char)('0' + p[k] % 10);
	}
	dst[at] = 0;
}

static inline void identity_dhcp4_option(struct identity *i, __u8 code, const __u8 *p, __u8 len, __u8 *type)
{
	switch (code) {
	case 12:
		identity_text(i->host, p, len);
		break;
	case 50: /* what it asks for is an intention, no address yet */
		break;
	case 53:
		*type = len == 1 ? p[0] : 0;
		break;
	case 55:
		identity_list(i->fingerprint, p, len);
		break;
	case 60:
		identity_text(i->vendor, p, len);
		break;
	}
}

/* RFC 2131 section 2: 236 bytes, the magic, options; overloaded fields (option 52) are not looked into */
static inline int identity_dhcp4(struct cur *c, struct identity *i)
{
	const __u8 *h = cur_take(c, 240), *p;
	__u8 type = 0, code, len;

	if (!h)
		return PARSE_SHORT;
	if (h[0] < 1 || h[0] > 2 || h[1] != 1 || h[2] != 6 || h[236] != 0x63 || h[237] != 0x82 || h[238] != 0x53 ||
	    h[239] != 0x63)
		return PARSE_BAD;
	i->source = IDENTITY_DHCP4;
	for (int n = 0; n < IDENTITY_OPTIONS; n++) {
		if (cur_u8(c, &code))
			return PARSE_SHORT;
		if (code == 255)
			break;
		if (!code)
			continue;
		if (cur_u8(c, &len))
			return PARSE_SHORT;
		p = cur_take(c, len);
		if (!p)
			return PARSE_SHORT;
		identity_dhcp4_option(i, code, p, len, &type);
	}
	if (h[0] == 2 || type == 2 || type == 5 || type == 6) {
		i->roles |= IDENTITY_DHCP_SERVER;
		i->host[0] = i->vendor[0] = i->fingerprint[0] = 0; /* those of the client it answers */
		return PARSE_OK;
	}
	identity_hw(i, h + 28);
	identity_addr4(i, h + 12); /* ciaddr: in use, and it answers ARP for it */
	return PARSE_OK;
}

/* RFC 8415 sections 8 and 21: type, transaction, options of 16-bit code and length */
static inline int identity_dhcp6(struct cur *c, struct identity *i)
{
	const __u8 *h = cur_take(c, 4), *p;
	__u16 code, len;

	if (!h)
		return PARSE_SHORT;
	if (!h[0] || h[0] > 13)
		return PARSE_BAD;
	i->source = IDENTITY_DHCP6;
	if (h[0] == 2 || h[0] == 7 || h[0] == 10 || h[0] == 13)
		i->roles |= IDENTITY_DHCP_SERVER;
	if (h[0] >= 12)
		return PARSE_OK; /* relays wrap others' messages */
	for (int n = 0; n < IDENTITY_OPTIONS && cur_left(c); n++) {
		if (cur_be16(c, &code) || cur_be16(c, &len))
			return PARSE_SHORT;
		p = cur_take(c, len);
		if (!p)
			return PARSE_SHORT;
		if (i->roles)
			continue;
		if (code == 6 && len <= 128) {
			__u8 low[64];
			__u32 k;

			for (k = 0; k < len / 2u && k < sizeof(low); k++)
				low[k] = p[2 * k + 1];
			identity_list(i->fingerprint, low, k);
		} else if (code == 16 && len > 6) {
			identity_text(i->vendor, p + 6, len - 6u);
		} else if (code == 39 && len > 2) { /* RFC 4704: flags, then a name on the wire */
			struct cur name = cur_of(p + 1, len - 1u);
			__u8 text[CORDON_NAME_MAX], m = 0;

			if (!dns_name(p + 1, &name, text, &m))
				identity_text(i->host, text, m);
		}
	}
	return PARSE_OK;
}

/* a response names its host in an address record: NAME.local A or AAAA (RFC 6762 section 10) */
static inline int identity_mdns(struct cur *c, struct identity *i)
{
	const __u8 *msg = c->pos, *p;
	struct dns_header h;
	__u8 text[CORDON_NAME_MAX], n;
	__u16 type, class, len;

	if (dns_header_parse(c, &h))
		return PARSE_SHORT;
	i->source = IDENTITY_MDNS;
	if (!dns_is_response(&h))
		return PARSE_OK;
	for (int k = 0; k < h.questions && k < DNS_MAX_QUESTIONS; k++)
		if (dns_name(msg, c, text, &n) || cur_skip(c, 4))
			return PARSE_SHORT;
	for (int k = 0; k < h.answers + h.authorities + h.additionals && k < 32; k++) {
		if (dns_name(msg, c, text, &n) || cur_be16(c, &type) || cur_be16(c, &class) || cur_skip(c, 4) ||
		    cur_be16(c, &len))
			return PARSE_SHORT;
		p = cur_take(c, len);
		if (!p)
			return PARSE_SHORT;
		if ((type != 1 || len != 4) && (type != 28 || len != 16))
			continue;
		if (n > 6 && !i->host[0] && text[n - 6] == '.' && (text[n - 5] | 0x20) == 'l' &&
		    (text[n - 1] | 0x20) == 'l')
			identity_text(i->host, text, n - 6u);
	}
	return PARSE_OK;
}

/* the SERVER or USER-AGENT line: "Linux/3.14 UPnP/1.0 IpCamera/2.1" */
static inline int identity_ssdp(struct cur *c, struct identity *i)
{
	const __u8 *p = c->pos, *end = c->end, *eol;

	if (cur_left(c) < 8)
		return PARSE_SHORT;
	if (p[0] != 'N' && p[0] != 'H' && p[0] != 'M')
		return PARSE_BAD;
	i->source = IDENTITY_SSDP;
	for (int n = 0; n < 64 && p < end; n++, p = eol + 1) {
		static const char name[] = "server:";
		__u32 k;

		for (eol = p; eol < end && *eol != '\n'; eol++)
			;
		for (k = 0; k < 7 && p + k < eol && (p[k] | 0x20) == (name[k] | 0x20); k++)
			;
		if (k < 7)
			continue;
		for (p += 7; p < eol && *p == ' '; p++)
			;
		identity_text(i->vendor, p, (__u32)(eol - p) - (eol > p && eol[-1] == '\r'));
		break;
	}
	return PARSE_OK;
}

#endif
