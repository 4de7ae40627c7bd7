// SPDX-License-Identifier: BSD-2-Clause
/* Frames of one device and its servers, checksums right. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"

#define DEVICE 0xc0a8010a /* 192.168.1.10 */
#define SERVER 0x5db8d821 /* 93.184.216.33 */

static const uint8_t device_mac[6] = { 2, 0, 0, 0, 0, 1 }, gateway_mac[6] = { 2, 0, 0, 0, 0, 2 };

static uint32_t add_words(uint32_t sum, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? b[i] : (uint32_t)b[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* RFC 9293 3.1, RFC 768: over the pseudo-header, the header and the payload */
static uint16_t l4_sum(const struct iphdr *ip, const void *l4, size_t n)
{
	uint32_t sum = add_words(0, &ip->saddr, 8);

	return fold(add_words(sum + ip->protocol + (uint32_t)n, l4, n));
}

/* Ethernet and IPv4 before @l4_len bytes; the transport header's place */
static void *lower(struct frame *f, bool to_server, uint32_t server, uint8_t proto, size_t l4_len)
{
	struct ethhdr *eth = (void *)f->b;
	struct iphdr *ip = (void *)(eth + 1);

	memset(f->b, 0, 64);
	memcpy(eth->h_dest, to_server ? gateway_mac : device_mac, 6);
	memcpy(eth->h_source, to_server ? device_mac : gateway_mac, 6);
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons((uint16_t)(sizeof(*ip) + l4_len));
	ip->ttl = 64;
	ip->protocol = proto;
	ip->saddr = htonl(to_server ? DEVICE : server);
	ip->daddr = htonl(to_server ? server : DEVICE);
	ip->check = fold(add_words(0, ip, sizeof(*ip)));
	f->len = sizeof(*eth) + sizeof(*ip) + l4_len;
	if (f->len < 60)
		f->len = 60;
	return ip + 1;
}

void frame_tcp(struct frame *f, bool to_server, uint16_t device_port, uint8_t flags, uint32_t seq, uint32_t ack,
	       const void *payload, size_t len)
{
	struct tcphdr *t = lower(f, to_server, SERVER, IPPROTO_TCP, sizeof(*t) + len);

	t->source = htons(to_server ? device_port : 8080);
	t->dest = htons(to_server ? 8080 : device_port);
	t->seq = htonl(seq);
	t->ack_seq = htonl(ack);
	t->doff = 5;
	((uint8_t *)t)[13] = flags;
	t->window = htons(64000);
	memcpy(t + 1, payload, len);
	t->check = l4_sum((void *)(f->b + sizeof(struct ethhdr)), t, sizeof(*t) + len);
}

void frame_udp(struct frame *f, uint32_t server, uint16_t device_port, uint16_t server_port, const void *payload, size_t len)
{
	struct udphdr *u = lower(f, true, server, IPPROTO_UDP, sizeof(*u) + len);

	u->source = htons(device_port);
	u->dest = htons(server_port);
	u->len = htons((uint16_t)(sizeof(*u) + len));
	memcpy(u + 1, payload, len);
	u->check = l4_sum((void *)(f->b + sizeof(struct ethhdr)), u, sizeof(*u) + len);
}

static size_t add_label(uint8_t *p, const char *s)
{
	p[0] = (uint8_t)strlen(s);
	memcpy(p + 1, s, p[0]);
	return p[0] + 1U;
}

void frame_dns(struct frame *f, uint32_t n)
{
	/* RFC 1035 4.1.1: id, RD, one question */
	uint8_t q[128] = { (uint8_t)(n >> 8), (uint8_t)n, 1, 0, 0, 1 };
	char host[16];
	size_t len = 12;

	snprintf(host, sizeof(host), "h%08x", n * 2654435761U);
	len += add_label(q + len, host);
	len += add_label(q + len, "device-cloud");
	len += add_label(q + len, "example");
	len += add_label(q + len, "com");
	q[len++] = 0;
	memcpy(q + len, "\0\1\0\1", 4);
	frame_udp(f, 0x09090909, 5000, 53, q, len + 4);
}
