// SPDX-License-Identifier: BSD-2-Clause
/* See reject.h. */
#include "keeper/reject.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/wire.h"
#include "rule/rule.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TTL 64
#define NS_PER_S 1000000000ULL

void reject_init(struct rejecter *r)
{
	*r = (struct rejecter){ .raw4 = -1, .raw6 = -1, .link = -1 };
}

void reject_done(struct rejecter *r)
{
	int *fds[] = { &r->raw4, &r->raw6, &r->link };

	for (size_t i = 0; i < 3; i++)
		if (*fds[i] >= 0)
			close(*fds[i]);
	reject_init(r);
}

/* --- the packet --- */

/* who is told, and in whose name */
struct ends {
	const uint8_t *from, *to; /* 16 bytes */
	uint16_t sport, dport;	  /* network order */
	bool v4;
};

static size_t ip_header(const struct ends *e, uint8_t proto, size_t n, uint8_t *b)
{
	if (!e->v4) {
		memset(b, 0, 8);
		b[0] = 0x60;
		wire_put16(b + 4, (uint32_t)n);
		b[6] = proto;
		b[7] = TTL;
		memcpy(b + 8, e->from, 16);
		memcpy(b + 24, e->to, 16);
		return 40;
	}
	memset(b, 0, 12);
	b[0] = 0x45;
	wire_put16(b + 2, (uint32_t)n + 20);
	b[8] = TTL;
	b[9] = proto;
	memcpy(b + 12, e->from + 12, 4);
	memcpy(b + 16, e->to + 12, 4);
	wire_put16(b + 10, ~wire_fold(wire_sum(0, b, 20)));
	return 20;
}

/* the checksum at @at of the @n bytes behind the header, with the pseudo-header but for ICMP of IPv4 */
static void checksum(const struct ends *e, uint8_t proto, uint8_t *ip, size_t head, size_t n, size_t at)
{
	uint32_t sum = 0;

	if (proto != IPPROTO_ICMP)
		sum = wire_sum(proto + (uint32_t)n, ip + (e->v4 ? 12 : 8), e->v4 ? 8 : 32);
	wire_put16(ip + head + at, ~wire_fold(wire_sum(sum, ip + head, n)));
}

static size_t reset(const struct finding_reject *f, const struct ends *e, bool to_src, uint8_t *b)
{
	size_t head = ip_header(e, IPPROTO_TCP, 20, b);
	uint32_t end = f->seq + f->payload_len + !!(f->tcp_flags & TCP_SYN) + !!(f->tcp_flags & TCP_FIN);
	uint8_t *t = b + head;

	memset(t, 0, 20);
	memcpy(t, &e->sport, 2);
	memcpy(t + 2, &e->dport, 2);
	/* who sent it expects what it acknowledged; who got it, what comes next, or the packet itself if that was dropped */
	wire_put32(t + 4, to_src ? (f->tcp_flags & TCP_ACK ? f->ack : 0) : f->is_dropped ? f->seq : end);
	wire_put32(t + 8, to_src ? end : f->ack);
	t[12] = 5 << 4;
	t[13] = TCP_RST | TCP_ACK;
	checksum(e, IPPROTO_TCP, b, head, 20, 16);
	return head + 20;
}

/* RFC 792 type 3 code 13, RFC 4443 3.1 code 1, with the header the end sent (or would have) */
static size_t prohibited(const struct finding_reject *f, const struct ends *e, uint8_t *b)
{
	struct ends sent = { .from = e->to, .to = e->from, .sport = e->dport, .dport = e->sport, .v4 = e->v4 };
	size_t inner = (e->v4 ? 20u : 40u) + 8, n = 8 + inner, head;
	uint8_t proto = e->v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, *t, *u;

	head = ip_header(e, proto, n, b);
	t = b + head;
	memset(t, 0, 8);
	t[0] = e->v4 ? 3 : 1;
	t[1] = e->v4 ? 13 : 1;
	u = t + 8 + ip_header(&sent, IPPROTO_UDP, 8 + f->payload_len, t + 8);
	memcpy(u, &sent.sport, 2);
	memcpy(u + 2, &sent.dport, 2);
	wire_put16(u + 4, 8 + f->payload_len);
	wire_put16(u + 6, 0);
	checksum(e, proto, b, head, n, 2);
	return head + n;
}

size_t reject_packet(const struct finding_reject *f, bool to_src, uint8_t *b)
{
	struct addr a;
	struct ends e = { .from = to_src ? f->daddr : f->saddr, .to = to_src ? f->saddr : f->daddr,
			  .sport = to_src ? f->dport : f->sport, .dport = to_src ? f->sport : f->dport };

	memcpy(a.b, f->saddr, 16);
	e.v4 = addr_is_v4(&a);
	if (f->proto == IPPROTO_TCP)
		return f->tcp_flags & TCP_RST ? 0 : reset(f, &e, to_src, b);
	return f->proto == IPPROTO_UDP && f->payload_len < 65000 ? prohibited(f, &e, b) : 0;
}

/* --- its way --- */

static int open_once(int *fd, int domain, int type, int protocol)
{
	if (*fd < 0)
		*fd = socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	return *fd < 0 ? -errno : 0;
}

static int send_routed(struct rejecter *r, const uint8_t *b, size_t n)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6 };
	bool v4 = b[0] >> 4 == 4;
	int *fd = v4 ? &r->raw4 : &r->raw6, e = open_once(fd, v4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);

	if (e)
		return e;
	memcpy(&to4.sin_addr, b + 16, 4);
	memcpy(&to6.sin6_addr, b + 24, v4 ? 0 : 16);
	return sendto(*fd, b, n, MSG_DONTWAIT, v4 ? (struct sockaddr *)&to4 : (struct sockaddr *)&to6,
		      v4 ? sizeof(to4) : sizeof(to6)) < 0 ? -errno : 0;
}

/* out of the interface that saw the packet, without its hooks */
static int send_link(struct rejecter *r, const struct finding_reject *f, bool to_src, const uint8_t *b, size_t n)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)f->ifindex, .sll_halen = 6 };
	const int one = 1;
	uint8_t frame[14 + REJECT_MAX];
	bool is_new = r->link < 0;
	int e = open_once(&r->link, AF_PACKET, SOCK_RAW, 0);

	if (!e && is_new && setsockopt(r->link, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))
		e = -errno;
	if (e)
		return e;
	memcpy(frame, f->link + (to_src ? 6 : 0), 6);
	memcpy(frame + 6, f->link + (to_src ? 0 : 6), 6);
	wire_put16(frame + 12, b[0] >> 4 == 4 ? 0x0800 : 0x86dd);
	memcpy(frame + 14, b, n);
	memcpy(to.sll_addr, frame, 6);
	to.sll_protocol = htons(b[0] >> 4 == 4 ? 0x0800 : 0x86dd);
	return sendto(r->link, frame, n + 14, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

static bool is_allowed(struct rejecter *r)
{
	uint64_t now = clock_now_ns();

	if (now - r->second_ns >= NS_PER_S) {
		r->second_ns = now;
		r->in_second = 0;
	}
	return r->in_second++ < CORDON_REJECTS_S;
}

static void tell(struct rejecter *r, const struct finding_reject *f, bool to_src)
{
	uint8_t b[REJECT_MAX];
	size_t n = reject_packet(f, to_src, b);
	bool is_here = f->has_link && to_src == f->is_ingress;
	int e;

	if (!n)
		return;
	if (!is_allowed(r)) {
		r->counts.limited++;
		return;
	}
	e = is_here ? send_link(r, f, to_src, b, n) : send_routed(r, b, n);
	r->counts.sent += !e;
	r->counts.failed += !!e;
	if (e && r->counts.failed == 1)
		log_warn("reject: an end could not be told: %s; counted from now on", strerror(-e));
}

void reject_tell(struct rejecter *r, const struct finding_reject *f)
{
	if (f->ends & RULE_REJECT_SRC)
		tell(r, f, true);
	if (f->ends & RULE_REJECT_DST)
		tell(r, f, false);
}
