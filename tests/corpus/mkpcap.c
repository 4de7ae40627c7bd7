// SPDX-License-Identifier: BSD-2-Clause
/*
 * A capture from a script: mkpcap SCRIPT OUT.pcap. Two hosts talk, checksums
 * and sequence numbers are right, every packet is a millisecond after the one
 * before. What a script may say is in README.md. A mistake in it is an error
 * with its line.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "harness/quic.h"

#define HOSTS_MAX 16
#define FLOWS_MAX 2048
#define DATA_MAX 60000
#define PIECES_MAX 4096
#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10

struct host {
	char name[32];
	uint8_t mac[6];
	struct addr ip4, ip6;
};

struct flow {
	char name[32];
	struct host *end[2]; /* client, server */
	uint16_t port[2];
	uint32_t seq[2];
	uint16_t vlan[2];
	unsigned int vlans;
	uint8_t proto;
	bool v6;
};

/* options of one send or recv */
struct how {
	unsigned int seg, frag;
	unsigned int cut[PIECES_MAX], cuts;
	unsigned int order[PIECES_MAX], orders;
	int dup;	 /* segment sent again at the end; -1: none */
	bool zap;	 /* the repeated segment has other bytes */
};

static struct host hosts[HOSTS_MAX];
static struct flow flows[FLOWS_MAX];
static unsigned int n_hosts, n_flows, line_number;
static uint64_t now_ms = 1700000000000ULL; /* 2023-11-14 */
static uint16_t ip_id;
static FILE *out;
static const char *script;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", script, line_number);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* --- bytes on the wire --- */

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* RFC 1071 */
static uint32_t sum(uint32_t s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void write_frame(const uint8_t *frame, size_t n)
{
	uint32_t head[4] = { (uint32_t)(now_ms / 1000), (uint32_t)(now_ms % 1000) * 1000, (uint32_t)n, (uint32_t)n };

	now_ms++;
	fwrite(head, sizeof(head), 1, out);
	fwrite(frame, 1, n, out);
}

static size_t put_eth(uint8_t *p, const struct flow *f, int dir)
{
	size_t at = 12;

	memcpy(p, f->end[!dir]->mac, 6);
	memcpy(p + 6, f->end[dir]->mac, 6);
	for (unsigned int i = 0; i < f->vlans; i++, at += 4) {
		put16(p + at, i + 1 < f->vlans ? 0x88a8 : 0x8100);
		put16(p + at + 2, f->vlan[i]);
	}
	put16(p + at, f->v6 ? 0x86dd : 0x0800);
	return at + 2;
}

/* @off: bytes before this fragment, of @more to come */
static size_t put_ip4(uint8_t *p, const struct flow *f, int dir, size_t n, size_t off, bool more)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	put16(p + 2, (uint32_t)n + 20);
	put16(p + 4, ip_id);
	put16(p + 6, (uint32_t)(off / 8) | (more ? 0x2000u : 0));
	p[8] = 64;
	p[9] = f->proto;
	memcpy(p + 12, f->end[dir]->ip4.b + 12, 4);
	memcpy(p + 16, f->end[!dir]->ip4.b + 12, 4);
	put16(p + 10, fold(sum(0, p, 20)));
	return 20;
}

static size_t put_ip6(uint8_t *p, const struct flow *f, int dir, size_t n, size_t off, bool more)
{
	bool fragment = off || more;

	memset(p, 0, 48);
	p[0] = 0x60;
	put16(p + 4, (uint32_t)n + (fragment ? 8 : 0));
	p[6] = fragment ? 44 : f->proto;
	p[7] = 64;
	memcpy(p + 8, f->end[dir]->ip6.b, 16);
	memcpy(p + 24, f->end[!dir]->ip6.b, 16);
	if (!fragment)
		return 40;
	p[40] = f->proto;
	put16(p + 42, (uint32_t)off | (more ? 1 : 0));
	put32(p + 44, ip_id);
	return 48;
}

static void write_ip(const struct flow *f, int dir, const uint8_t *l4, size_t n, unsigned int frag)
{
	static uint8_t frame[DATA_MAX + 200];
	size_t step = frag ? frag & ~7u : n, off = 0;

	ip_id++;
	do {
		size_t here = n - off < step ? n - off : step, at = put_eth(frame, f, dir);
		bool more = off + here < n;

		at += f->v6 ? put_ip6(frame + at, f, dir, here, off, more) : put_ip4(frame + at, f, dir, here, off, more);
		memcpy(frame + at, l4 + off, here);
		write_frame(frame, at + here);
		off += here;
	} while (off < n);
}

/* pseudo-headers: RFC 9293 3.1, RFC 8200 8.1 */
static uint16_t l4_sum(const struct flow *f, int dir, const uint8_t *l4, size_t n)
{
	uint32_t s = f->proto + (uint32_t)n;

	if (f->v6) {
		s = sum(s, f->end[dir]->ip6.b, 16);
		s = sum(s, f->end[!dir]->ip6.b, 16);
	} else {
		s = sum(s, f->end[dir]->ip4.b + 12, 4);
		s = sum(s, f->end[!dir]->ip4.b + 12, 4);
	}
	return fold(sum(s, l4, n));
}

static void write_tcp(struct flow *f, int dir, uint32_t seq, uint8_t flags, const uint8_t *data, size_t n, unsigned int frag)
{
	static uint8_t l4[DATA_MAX + 20];

	memset(l4, 0, 20);
	put16(l4, f->port[dir]);
	put16(l4 + 2, f->port[!dir]);
	put32(l4 + 4, seq);
	put32(l4 + 8, flags & ACK ? f->seq[!dir] : 0);
	l4[12] = 5 << 4;
	l4[13] = flags;
	put16(l4 + 14, 65535);
	if (n)
		memcpy(l4 + 20, data, n);
	put16(l4 + 16, l4_sum(f, dir, l4, n + 20));
	write_ip(f, dir, l4, n + 20, frag);
}

static void write_udp(const struct flow *f, int dir, const uint8_t *data, size_t n, unsigned int frag)
{
	static uint8_t l4[DATA_MAX + 8];

	put16(l4, f->port[dir]);
	put16(l4 + 2, f->port[!dir]);
	put16(l4 + 4, (uint32_t)n + 8);
	put16(l4 + 6, 0);
	memcpy(l4 + 8, data, n);
	put16(l4 + 6, l4_sum(f, dir, l4, n + 8));
	write_ip(f, dir, l4, n + 8, frag);
}

/* echo request to the server, reply to the client */
static void write_icmp(const struct flow *f, int dir, const uint8_t *data, size_t n)
{
	static uint8_t l4[DATA_MAX + 8];

	memset(l4, 0, 8);
	l4[0] = dir ? 0 : 8;
	put16(l4 + 4, f->port[0]);
	memcpy(l4 + 8, data, n);
	put16(l4 + 2, fold(sum(0, l4, n + 8)));
	write_ip(f, dir, l4, n + 8, 0);
}

/* --- data of a send: "text", dns(NAME), hello(NAME), quic(NAME), mqtt(ID), fill(N,C) --- */

struct data {
	uint8_t b[DATA_MAX];
	size_t n;
};

static void add(struct data *d, const void *p, size_t n)
{
	if (n > DATA_MAX - d->n)
		die("more than %d bytes at once", DATA_MAX);
	memcpy(d->b + d->n, p, n);
	d->n += n;
}

static void add8(struct data *d, uint32_t v)
{
	uint8_t b = (uint8_t)v;

	add(d, &b, 1);
}

static void add16(struct data *d, uint32_t v)
{
	add8(d, v >> 8);
	add8(d, v);
}

static const char *add_text(struct data *d, const char *s)
{
	static const char letters[] = "rnt0\"\\", bytes[] = "\r\n\t\0\"\\";
	unsigned int hex;
	const char *l;

	for (s++; *s && *s != '"'; s++) {
		if (*s != '\\') {
			add8(d, (uint8_t)*s);
			continue;
		}
		s++;
		l = *s ? strchr(letters, *s) : NULL;
		if (l) {
			add8(d, (uint8_t)bytes[l - letters]);
		} else if (*s == 'x' && sscanf(s + 1, "%2x", &hex) == 1 && isxdigit((unsigned char)s[2])) {
			add8(d, hex);
			s += 2;
		} else {
			die("bad escape in text");
		}
	}
	if (*s != '"')
		die("text without its closing quote");
	return s + 1;
}

/* RFC 1035 4.1: one question, type A */
static void add_dns(struct data *d, const char *name)
{
	static uint16_t id = 0x1000;
	static const uint8_t head[] = { 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, tail[] = { 0, 0, 1, 0, 1 };
	const char *dot;

	add16(d, id++);
	add(d, head, sizeof(head));
	for (; *name; name = *dot ? dot + 1 : dot) {
		dot = strchrnul(name, '.');
		add8(d, (uint32_t)(dot - name));
		add(d, name, (size_t)(dot - name));
	}
	add(d, tail, sizeof(tail));
}

/* RFC 8446 4.1.2, RFC 6066 3: a ClientHello with server_name alone */
static void add_hello(struct data *d, const char *name)
{
	uint32_t n = (uint32_t)strlen(name), ext = n + 9, body = 2 + 32 + 1 + 4 + 2 + 2 + ext;

	add(d, "\x16\x03\x01", 3);
	add16(d, body + 4);
	add8(d, 1);
	add8(d, 0);
	add16(d, body);
	add16(d, 0x0303);
	for (int i = 0; i < 32; i++)
		add8(d, 0xa0u + (uint32_t)i);
	add8(d, 0);
	add(d, "\x00\x02\x13\x01\x01\x00", 6);
	add16(d, ext);
	add16(d, 0);
	add16(d, n + 5);
	add16(d, n + 3);
	add8(d, 0);
	add16(d, n);
	add(d, name, n);
}

/* RFC 9000 17.2.2: an Initial with part PART (from 0) of PARTS of a ClientHello, which is what is behind a record header */
static void add_quic(struct data *d, const char *arg)
{
	static const uint8_t cid[] = "\x83\x94\xc8\xf0\x3e\x51\x57\x08";
	static struct data hello;
	unsigned int part = 0, parts = 1;
	uint8_t frames[2000], wire[2100];
	char name[256];
	uint32_t each, from;

	if (sscanf(arg, "%255[^,],%u,%u", name, &part, &parts) < 1 || part >= parts)
		die("quic(NAME[,PART,PARTS])");
	hello.n = 0;
	add_hello(&hello, name);
	each = (uint32_t)(hello.n - 5) / parts + 1;
	from = part * each;
	if (from + each > hello.n - 5)
		each = (uint32_t)(hello.n - 5) - from;
	add(d, wire,
	    quic_seal(wire, QUIC_V1, cid, cid, 0, (uint8_t)part, frames, quic_put_crypto(frames, from, hello.b + 5 + from, each)));
}

/* MQTT 3.1.1, section 3.1 */
static void add_mqtt(struct data *d, const char *id)
{
	uint32_t n = (uint32_t)strlen(id);

	add8(d, 0x10);
	add8(d, n + 12);
	add16(d, 4);
	add(d, "MQTT\x04\x02\x00\x3c", 8);
	add16(d, n);
	add(d, id, n);
}

static void add_fill(struct data *d, const char *arg)
{
	unsigned int n;
	char c;

	if (sscanf(arg, "%u,%c", &n, &c) != 2)
		die("fill(COUNT,CHARACTER)");
	while (n--)
		add8(d, (uint8_t)c);
}

static const char *add_call(struct data *d, const char *s)
{
	static const struct {
		const char *name;
		void (*fn)(struct data *, const char *);
	} calls[] = { { "dns", add_dns }, { "hello", add_hello }, { "quic", add_quic }, { "mqtt", add_mqtt }, { "fill", add_fill } };
	const char *open = strchr(s, '('), *close = open ? strchr(open, ')') : NULL;
	char arg[300];

	if (!close || close - open > 299)
		die("expected \"text\" or name(...) at '%s'", s);
	memcpy(arg, open + 1, (size_t)(close - open) - 1);
	arg[close - open - 1] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strlen(calls[i].name) == (size_t)(open - s) && !strncmp(calls[i].name, s, (size_t)(open - s))) {
			calls[i].fn(d, arg);
			return close + 1;
		}
	die("no such data: '%s'", s);
}

static void read_data(struct data *d, const char *s)
{
	d->n = 0;
	for (; *s; s += strspn(s, " \t"))
		s = *s == '"' ? add_text(d, s) : add_call(d, s);
}

/* --- commands --- */

static struct host *host_of(const char *name)
{
	for (unsigned int i = 0; i < n_hosts; i++)
		if (!strcmp(hosts[i].name, name))
			return &hosts[i];
	die("no host '%s'", name);
}

static struct flow *flow_of(const char *name)
{
	for (unsigned int i = 0; i < n_flows; i++)
		if (!strcmp(flows[i].name, name))
			return &flows[i];
	die("no flow '%s'", name);
}

/* host NAME MAC IPV4 IPV6 */
static void cmd_host(char *rest)
{
	struct host *h = &hosts[n_hosts++];
	char name[32], mac[32], ip4[64], ip6[64];

	if (n_hosts > HOSTS_MAX || sscanf(rest, "%31s %31s %63s %63s", name, mac, ip4, ip6) != 4 || mac_parse(mac, h->mac) ||
	    addr_parse(ip4, &h->ip4) || addr_parse(ip6, &h->ip6))
		die("host NAME MAC IPV4 IPV6");
	str_copy(h->name, sizeof(h->name), name);
}

/* tcp|udp|icmp NAME CLIENT PORT SERVER PORT [vlan=N]... [v6] */
static void cmd_flow(uint8_t proto, char *rest)
{
	struct flow *f = &flows[n_flows++];
	char name[32], a[32], b[32], *word;
	int used = 0;

	if (n_flows > FLOWS_MAX || sscanf(rest, "%31s %31s %hu %31s %hu%n", name, a, &f->port[0], b, &f->port[1], &used) != 5)
		die("FLOW NAME CLIENT PORT SERVER PORT [vlan=N] [v6]");
	str_copy(f->name, sizeof(f->name), name);
	f->end[0] = host_of(a);
	f->end[1] = host_of(b);
	f->proto = proto;
	f->seq[0] = 1000 * n_flows;
	f->seq[1] = 5000 * n_flows;
	for (rest += used; (word = strsep(&rest, " ")); )
		if (!strncmp(word, "vlan=", 5) && f->vlans < 2)
			f->vlan[f->vlans++] = (uint16_t)strtoul(word + 5, NULL, 10);
		else if (!strcmp(word, "v6"))
			f->v6 = true;
		else if (*word)
			die("unknown option '%s'", word);
}

static void cmd_open(struct flow *f)
{
	write_tcp(f, 0, f->seq[0]++, SYN, NULL, 0, 0);
	write_tcp(f, 1, f->seq[1]++, SYN | ACK, NULL, 0, 0);
	write_tcp(f, 0, f->seq[0], ACK, NULL, 0, 0);
}

static void cmd_close(struct flow *f)
{
	write_tcp(f, 0, f->seq[0]++, FIN | ACK, NULL, 0, 0);
	write_tcp(f, 1, f->seq[1]++, FIN | ACK, NULL, 0, 0);
	write_tcp(f, 0, f->seq[0], ACK, NULL, 0, 0);
}

static unsigned int numbers(const char *s, unsigned int *ret)
{
	unsigned int n = 0;
	char *end;

	for (; *s && n < PIECES_MAX; s = *end == ',' ? end + 1 : end) {
		ret[n++] = (unsigned int)strtoul(s, &end, 10);
		if (end == s)
			die("numbers with commas, not '%s'", s);
	}
	return n;
}

/* options up to the data, which is returned */
static char *read_how(struct how *h, char *s)
{
	char *end;

	for (s += strspn(s, " "); *s && *s != '"' && !strchr("(", s[strcspn(s, " (\"")]); s = end + strspn(end, " ")) {
		end = s + strcspn(s, " ");
		if (*end)
			*end++ = 0;
		if (!strncmp(s, "seg=", 4))
			h->seg = (unsigned int)strtoul(s + 4, NULL, 10);
		else if (!strncmp(s, "frag=", 5))
			h->frag = (unsigned int)strtoul(s + 5, NULL, 10);
		else if (!strncmp(s, "cut=", 4))
			h->cuts = numbers(s + 4, h->cut);
		else if (!strncmp(s, "order=", 6))
			h->orders = numbers(s + 6, h->order);
		else if (!strncmp(s, "dup=", 4))
			h->dup = (int)strtol(s + 4, NULL, 10);
		else if (!strcmp(s, "zap"))
			h->zap = true;
		else
			die("unknown option '%s'", s);
	}
	return s;
}

/* where each segment begins; the last entry is the end */
static unsigned int pieces(const struct how *h, size_t n, unsigned int *ret)
{
	unsigned int k = 0;

	ret[k++] = 0;
	if (h->seg)
		for (size_t at = h->seg; at < n && k < PIECES_MAX - 1; at += h->seg)
			ret[k++] = (unsigned int)at;
	for (unsigned int i = 0; i < h->cuts && h->cut[i] < n; i++)
		ret[k++] = h->cut[i];
	ret[k] = (unsigned int)n;
	return k;
}

static void send_tcp(struct flow *f, int dir, struct data *d, const struct how *h)
{
	static unsigned int at[PIECES_MAX + 1];
	unsigned int k = pieces(h, d->n, at), i, p;
	uint32_t base = f->seq[dir];

	f->seq[dir] += (uint32_t)d->n;
	for (i = 0; i < k; i++) {
		p = i < h->orders && h->order[i] < k ? h->order[i] : i;
		write_tcp(f, dir, base + at[p], PSH | ACK, d->b + at[p], at[p + 1] - at[p], h->frag);
	}
	if (h->dup < 0 || (unsigned int)h->dup >= k)
		return;
	p = (unsigned int)h->dup;
	if (h->zap)
		memset(d->b + at[p], 'X', at[p + 1] - at[p]);
	write_tcp(f, dir, base + at[p], PSH | ACK, d->b + at[p], at[p + 1] - at[p], h->frag);
}

static void cmd_send(int dir, char *rest)
{
	static struct data d;
	static struct how h;
	char *name = strsep(&rest, " ");
	struct flow *f = flow_of(name);

	memset(&h, 0, sizeof(h));
	h.dup = -1;
	read_data(&d, read_how(&h, rest ? rest : (char *)""));
	if (f->proto == IPPROTO_TCP)
		send_tcp(f, dir, &d, &h);
	else if (f->proto == IPPROTO_UDP)
		write_udp(f, dir, d.b, d.n, h.frag);
	else
		write_icmp(f, dir, d.b, d.n);
}

static void command(char *line)
{
	char *word = strsep(&line, " ");

	if (!*word || *word == '#')
		return;
	if (!line)
		die("'%s' wants more", word);
	if (!strcmp(word, "host"))
		cmd_host(line);
	else if (!strcmp(word, "tcp") || !strcmp(word, "udp") || !strcmp(word, "icmp"))
		cmd_flow(*word == 't' ? IPPROTO_TCP : *word == 'u' ? IPPROTO_UDP : IPPROTO_ICMP, line);
	else if (!strcmp(word, "open"))
		cmd_open(flow_of(line));
	else if (!strcmp(word, "close"))
		cmd_close(flow_of(line));
	else if (!strcmp(word, "rst"))
		write_tcp(flow_of(line), 0, flow_of(line)->seq[0], RST, NULL, 0, 0);
	else if (!strcmp(word, "skip")) /* bytes that the capture missed */
		flow_of(line)->seq[0] += 10;
	else if (!strcmp(word, "wait"))
		now_ms += strtoull(line, NULL, 10);
	else if (!strcmp(word, "send") || !strcmp(word, "recv"))
		cmd_send(*word == 'r', line);
	else
		die("unknown command '%s'", word);
}

int main(int argc, char **argv)
{
	static const uint32_t head[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1 };
	static char line[DATA_MAX];
	_cleanup_fclose_ FILE *in = argc == 3 ? fopen(argv[1], "re") : NULL;

	out = in ? fopen(argv[2], "we") : NULL;
	if (!out) {
		fprintf(stderr, "usage: mkpcap SCRIPT OUT.pcap%s%s\n", errno ? ": " : "", errno ? strerror(errno) : "");
		return 2;
	}
	script = argv[1];
	fwrite(head, sizeof(head), 1, out);
	while (fgets(line, sizeof(line), in)) {
		line_number++;
		line[strcspn(line, "\n")] = 0;
		command(line);
	}
	return fclose(out) ? 1 : 0;
}
