// SPDX-License-Identifier: BSD-2-Clause
/* Frames of attestation; see attest_frame.h. Ports and addresses lead nowhere: no such frame is ever sent. */
#include "act/attest_frame.h"

#include <errno.h>
#include <string.h>

#define FRAME_MIN 60
#define ETHERTYPE 0x88b5 /* IEEE 802: for local experiments */
#define IPV4 0x0800
#define IPV6 0x86dd
#define VLAN 0x8100
#define UDP 17
#define DISCARD 9
#define DNS 53
#define EPHEMERAL 49152
#define LABEL_MAX 63
#define DNS_HEAD 12

static const uint8_t nobody[6] = { 0x02, 0x43, 0x6f, 0x72, 0x64, 0x6e };

static void add(struct attest_question *q, const void *p, size_t n)
{
	memcpy(q->frame + q->len, p, n);
	q->len = (uint16_t)(q->len + n);
}

static void add16(struct attest_question *q, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	add(q, b, sizeof(b));
}

static void begin(struct attest_question *q, const uint8_t dst[6], const uint8_t src[6], uint16_t vlan, uint16_t type)
{
	memset(q->frame, 0, sizeof(q->frame));
	q->len = 0;
	add(q, dst, 6);
	add(q, src, 6);
	if (vlan) {
		add16(q, VLAN);
		add16(q, vlan);
	}
	add16(q, type);
}

static void pad(struct attest_question *q)
{
	if (q->len < FRAME_MIN)
		q->len = FRAME_MIN;
}

void attest_frame_from(struct attest_question *q, const uint8_t mac[6], uint16_t vlan)
{
	begin(q, nobody, mac, vlan, ETHERTYPE);
	pad(q);
}

void attest_frame_to(struct attest_question *q, const uint8_t mac[6], uint16_t vlan)
{
	begin(q, mac, nobody, vlan, ETHERTYPE);
	pad(q);
}

/* a datagram of @n bytes from and to @a; they are added by the caller */
static void datagram(struct attest_question *q, const struct addr *a, uint16_t vlan, uint16_t port, size_t n)
{
	static const uint8_t head4[] = { 0x45, 0 }, rest4[] = { 0, 0, 0, 0, 64, UDP, 0, 0 };
	static const uint8_t head6[] = { 0x60, 0, 0, 0 }, rest6[] = { UDP, 64 };
	bool v4 = addr_is_v4(a);
	uint16_t udp = (uint16_t)(8 + n);

	begin(q, nobody, nobody, vlan, v4 ? IPV4 : IPV6);
	if (v4) {
		add(q, head4, sizeof(head4));
		add16(q, (uint16_t)(20 + udp));
		add(q, rest4, sizeof(rest4));
		add(q, a->b + 12, 4);
		add(q, a->b + 12, 4);
	} else {
		add(q, head6, sizeof(head6));
		add16(q, udp);
		add(q, rest6, sizeof(rest6));
		add(q, a->b, 16);
		add(q, a->b, 16);
	}
	add16(q, EPHEMERAL);
	add16(q, port);
	add16(q, udp);
	add16(q, 0);
}

void attest_frame_addr(struct attest_question *q, const struct addr *a, uint16_t vlan)
{
	datagram(q, a, vlan, DISCARD, 4);
	add16(q, 0);
	add16(q, 0);
	pad(q);
}

/* RFC 1035 4.1.2; bytes at @dst, or -EINVAL */
static int wire_name(const char *name, uint8_t dst[256])
{
	int n = 0;

	for (const char *p = name; *p;) {
		size_t len = strcspn(p, ".");

		if (!len || len > LABEL_MAX || (size_t)n + len + 2 > 255)
			return -EINVAL;
		dst[n++] = (uint8_t)len;
		memcpy(dst + n, p, len);
		n += (int)len;
		p += len;
		p += *p == '.';
	}
	dst[n++] = 0;
	return n > 1 ? n : -EINVAL;
}

int attest_frame_name(struct attest_question *q, const char *name)
{
	static const struct addr doc = { { [10] = 0xff, 0xff, 192, 0, 2, 1 } }; /* RFC 5737: for documentation */
	uint8_t wire[256];
	int n = wire_name(name, wire);

	if (n < 0)
		return n;
	datagram(q, &doc, 0, DNS, DNS_HEAD + (size_t)n + 4);
	add16(q, 0);
	add16(q, 0x0100); /* a query, recursion desired */
	add16(q, 1);
	add16(q, 0);
	add16(q, 0);
	add16(q, 0);
	add(q, wire, (size_t)n);
	add16(q, 1); /* A, IN */
	add16(q, 1);
	pad(q);
	return 0;
}
