/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A datagram is a flat buffer and a bitmap of its 8-byte units, the grain of
 * fragment offsets: overlap is found unit by unit, and there is no list that an
 * attacker could make long. The key is that of RFC 791 3.2 and RFC 8200 4.5,
 * and the link the fragments came by.
 */
#include "stream/defrag.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/hash.h"
#include "parse/ip.h"
#include "parse/l4.h"

#define UNIT 8
#define DATA_MAX 65535
#define UNITS (DATA_MAX / UNIT + 1)
/* link header with two tags, IPv4 with options or IPv6 with the headers before its fragment header */
#define HEAD_MAX 512

struct defrag_key {
	uint8_t src[16], dst[16];
	uint32_t id;
	uint16_t vlan, zone;
	uint8_t version, proto; /* proto: IPv4 only */
	uint8_t pad[6];
};

/* one fragment as read from its headers */
struct piece {
	struct defrag_key key;
	const uint8_t *data;
	uint32_t off, len;
	bool more;
	uint32_t head_len; /* bytes of the frame before the fragment header (IPv6) or the data (IPv4) */
	uint32_t next_at;  /* IPv6: where in the frame the number of the fragment header stands */
	uint8_t next;	   /* IPv6: what follows it */
};

struct datagram {
	struct defrag_key key;
	uint64_t first_ns;
	uint8_t *data;
	uint32_t cap, total; /* total: 0 until the last fragment is there */
	uint32_t end;	     /* of the furthest byte */
	uint32_t units, fragments;
	uint32_t head_len, l3_off, next_at;
	uint8_t next;
	bool is_spoiled; /* contradicted itself: the rest of it is ignored */
	uint8_t head[HEAD_MAX];
	uint8_t have[UNITS / 8 + 1];
	struct datagram *prev, *newer;
	UT_hash_handle hh;
};

struct defrag {
	struct datagram *by_key, *oldest;
	uint32_t n;
	uint64_t bytes;
	struct defrag_stats stats;
	uint64_t room[(sizeof(struct cordon_event_pkt) + HEAD_MAX + DATA_MAX) / 8 + 1];
};

struct defrag *defrag_new(void)
{
	return calloc(1, sizeof(struct defrag));
}

static void datagram_free(struct defrag *d, struct datagram *g)
{
	HASH_DEL(d->by_key, g);
	DL_DELETE2(d->oldest, g, prev, newer);
	d->n--;
	d->bytes -= sizeof(*g) + g->cap;
	free(g->data);
	free(g);
}

/* what is incomplete when it goes counts as dropped */
static void give_up(struct defrag *d, struct datagram *g)
{
	d->stats.dropped += g->is_spoiled ? 0 : g->fragments;
	datagram_free(d, g);
}

static void make_room(struct defrag *d, uint64_t now_ns)
{
	while (d->oldest && (d->n >= CORDON_DEFRAG_DATAGRAMS || d->bytes > CORDON_DEFRAG_BYTES ||
			     (now_ns > d->oldest->first_ns && now_ns - d->oldest->first_ns > CORDON_DEFRAG_NS)))
		give_up(d, d->oldest);
}

static struct datagram *datagram_get(struct defrag *d, const struct piece *p, uint64_t now_ns)
{
	struct datagram *g = NULL;

	HASH_FIND(hh, d->by_key, &p->key, sizeof(p->key), g);
	if (g)
		return g;
	g = calloc(1, sizeof(*g));
	if (!g)
		return NULL;
	g->key = p->key;
	g->first_ns = now_ns;
	HASH_ADD(hh, d->by_key, key, sizeof(g->key), g);
	if (!g->hh.tbl) {
		free(g);
		return NULL;
	}
	DL_APPEND2(d->oldest, g, prev, newer);
	d->n++;
	d->bytes += sizeof(*g);
	return g;
}

/* 1: a fragment; 0: none; -1: does not add up */
static int piece4(const struct view *v, struct piece *ret)
{
	struct cur c = cur_of(v->l3, v->l3_len);
	const uint8_t *p = v->l3;
	struct ip_info ip;
	uint32_t frag;

	if (ip4_parse(&c, &ip))
		return -1;
	if (ip.frag == IP_WHOLE)
		return 0;
	if (!ip.total || ip.total > v->l3_len)
		return -1;
	frag = (uint32_t)p[6] << 8 | p[7];
	ret->more = frag & 0x2000;
	ret->off = (frag & 0x1fff) * UNIT;
	ret->data = p + ip.head;
	ret->len = ip.total - ip.head;
	ret->head_len = (uint32_t)(ret->data - v->frame);
	ret->key.id = (uint32_t)p[4] << 8 | p[5];
	ret->key.proto = p[9];
	memcpy(ret->key.src, p + 12, 4);
	memcpy(ret->key.dst, p + 16, 4);
	if (ret->more) /* as Linux: what is over a multiple of 8 is cut off */
		ret->len -= ret->len % UNIT;
	return 1;
}

static int piece6(const struct view *v, struct piece *ret)
{
	const uint8_t *p = v->l3;
	uint32_t at = 40, next_at = 6, total, frag, len;
	uint8_t proto;

	if (v->l3_len < 40)
		return -1;
	total = ((uint32_t)p[4] << 8 | p[5]) + 40;
	if (total > v->l3_len)
		return -1;
	proto = p[6];
	for (int i = 0; proto != 44; i++) {
		if (!ip6_is_extension(proto))
			return 0;
		if (at + 8 > total || i == CORDON_MAX_EXT_HDRS)
			return -1;
		len = ip6_extension_len(proto, p[at + 1]);
		proto = p[at];
		next_at = at;
		at += len;
	}
	if (at + 8 > total)
		return -1;
	frag = (uint32_t)p[at + 2] << 8 | p[at + 3];
	if (!(frag & 0xfff9))
		return 0; /* RFC 6946: atomic, a whole packet */
	ret->more = frag & 1;
	ret->off = frag & 0xfff8;
	ret->data = p + at + 8;
	ret->len = total - at - 8;
	ret->head_len = (uint32_t)(p + at - v->frame);
	ret->next_at = (uint32_t)(p + next_at - v->frame);
	ret->next = p[at];
	ret->key.id = (uint32_t)p[at + 4] << 24 | (uint32_t)p[at + 5] << 16 | (uint32_t)p[at + 6] << 8 | p[at + 7];
	memcpy(ret->key.src, p + 8, 16);
	memcpy(ret->key.dst, p + 24, 16);
	return ret->more && ret->len % UNIT ? -1 : 1; /* RFC 8200 4.5 */
}

static int piece_of(const struct view *v, struct piece *ret)
{
	*ret = (struct piece){ .key = { .vlan = v->facts->vlan, .zone = v->facts->zone } };
	if (!v->l3 || !v->l3_len)
		return 0;
	ret->key.version = v->l3[0] >> 4;
	if (ret->key.version == 4)
		return piece4(v, ret);
	return ret->key.version == 6 ? piece6(v, ret) : 0;
}

static int grow(struct defrag *d, struct datagram *g, uint32_t end)
{
	uint32_t cap = g->cap ? g->cap : 2048;
	uint8_t *p;

	while (cap < end)
		cap *= 2;
	if (cap == g->cap)
		return 0;
	p = realloc(g->data, cap);
	if (!p)
		return -1;
	d->bytes += cap - g->cap;
	g->data = p;
	g->cap = cap;
	return 0;
}

static bool is_all_there(const struct datagram *g, const struct piece *p)
{
	for (uint32_t u = p->off / UNIT; u < (p->off + p->len + UNIT - 1) / UNIT; u++)
		if (!(g->have[u / 8] & 1u << u % 8))
			return false;
	return true;
}

/*
 * Units that are new are copied; those that are there must be the same. false: contradiction. A fragment that brings
 * nothing new is passed over whatever it says, as by Linux (inet_frag_queue_insert() calls it a duplicate).
 */
static bool put_units(struct datagram *g, const struct piece *p)
{
	if (is_all_there(g, p))
		return true;
	for (uint32_t i = 0; i < p->len; i += UNIT) {
		uint32_t u = (p->off + i) / UNIT, n = p->len - i < UNIT ? p->len - i : UNIT;

		if (g->have[u / 8] & 1u << u % 8) {
			if (memcmp(g->data + p->off + i, p->data + i, n))
				return false;
			continue;
		}
		g->have[u / 8] |= (uint8_t)(1u << u % 8);
		g->units++;
		memcpy(g->data + p->off + i, p->data + i, n);
	}
	return true;
}

/* false: the fragment spoils its datagram */
static bool put(struct defrag *d, struct datagram *g, const struct piece *p)
{
	uint32_t end = p->off + p->len;

	if (++g->fragments > CORDON_DEFRAG_FRAGMENTS || !p->len || end > DATA_MAX || p->head_len > HEAD_MAX)
		return false;
	if (g->total ? end > g->total || (!p->more && end != g->total) : !p->more && end < g->end)
		return false;
	if (grow(d, g, end))
		return false;
	if (!put_units(g, p)) {
		d->stats.overlaps++;
		return false;
	}
	if (end > g->end)
		g->end = end;
	if (!p->more)
		g->total = end;
	return true;
}

static void put_head(struct datagram *g, const struct piece *p, const struct view *v)
{
	memcpy(g->head, v->frame, p->head_len);
	g->head_len = p->head_len;
	g->l3_off = (uint32_t)(v->l3 - v->frame);
	g->next_at = p->next_at;
	g->next = p->next;
}

static void set_be16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* RFC 791 3.1: the header checksum, so that the datagram looks as if it had come whole */
static void ip4_checksum(uint8_t *h, uint32_t len)
{
	uint32_t sum = 0;

	set_be16(h + 10, 0);
	for (uint32_t i = 0; i < len; i += 2)
		sum += (uint32_t)h[i] << 8 | h[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	set_be16(h + 10, ~sum);
}

/* transport header and payload of the whole datagram; offsets stay 0 where they do not add up */
static void find_l4(struct cordon_event_pkt *e, uint32_t l3_off)
{
	struct cur c = cur_of(e->data + l3_off, e->cap_len - l3_off);
	struct l4_info l4 = { .seq = 0 };
	struct ip_info ip;
	uint32_t at, left;
	int r;

	r = e->ip_version == 4 ? ip4_parse(&c, &ip) : ip6_parse(&c, &ip) ?: ip6_extensions(&c, &ip);
	if (r || ip.frag != IP_WHOLE)
		return;
	at = l3_off + ip.head;
	left = e->cap_len - at;
	e->facts.proto = ip.proto;
	e->l4_off = (uint16_t)at;
	if (ip.proto == 6)
		r = tcp_parse(&c, &l4);
	else if (ip.proto == 17)
		r = udp_parse(&c, &l4);
	else if (ip.proto == 1 || ip.proto == 58)
		r = icmp_parse(&c, &l4);
	if (r || l4.head > left) {
		e->l4_off = 0;
		return;
	}
	e->payload_off = (uint16_t)(at + l4.head);
	e->payload_len = left - l4.head;
	if (ip.proto == 17 && (uint32_t)(l4.len - 8) < e->payload_len)
		e->payload_len = (uint32_t)(l4.len - 8);
	set_be16((uint8_t *)&e->facts.sport, l4.sport);
	set_be16((uint8_t *)&e->facts.dport, l4.dport);
	e->seq = l4.seq;
	e->ack = l4.ack;
	e->window = l4.window;
	e->tcp_flags = l4.flags;
}

static const struct cordon_event_hdr *whole(struct defrag *d, const struct datagram *g, const struct view *v)
{
	struct cordon_event_pkt *e = (void *)d->room;
	uint8_t *l3 = e->data + g->l3_off;
	uint32_t len = g->head_len + g->total, l3_len = len - g->l3_off;

	*e = (struct cordon_event_pkt){ .hdr = *v->hdr, .facts = *v->facts, .reasons = v->reasons };
	if (l3_len > DATA_MAX)
		return NULL;
	memcpy(e->data, g->head, g->head_len);
	memcpy(e->data + g->head_len, g->data, g->total);
	if (g->key.version == 4) {
		set_be16(l3 + 2, l3_len);
		set_be16(l3 + 6, 0);
		ip4_checksum(l3, (uint32_t)(l3[0] & 15) * 4);
	} else {
		e->data[g->next_at] = g->next;
		set_be16(l3 + 4, l3_len - 40);
	}
	e->hdr.size = (uint32_t)sizeof(*e) + len;
	e->wire_len = e->cap_len = len;
	e->ip_version = g->key.version;
	e->l3_off = (uint16_t)g->l3_off;
	e->flags = CORDON_PKT_INSPECT | CORDON_PKT_STREAM;
	e->verdict = v->pkt->verdict;
	e->facts.flow_id = 0;
	e->facts.flow_slot = ~0U;
	e->facts.sport = e->facts.dport = 0;
	find_l4(e, g->l3_off);
	return &e->hdr;
}

const struct cordon_event_hdr *defrag_add(struct defrag *d, const struct view *v)
{
	const struct cordon_event_hdr *ret = NULL;
	struct datagram *g;
	struct piece p;
	int r = piece_of(v, &p);

	if (!r)
		return NULL;
	d->stats.fragments++;
	make_room(d, v->ts_ns);
	g = r > 0 ? datagram_get(d, &p, v->ts_ns) : NULL;
	if (!g || g->is_spoiled) {
		d->stats.dropped++;
		return NULL;
	}
	if (!put(d, g, &p)) {
		d->stats.dropped += g->fragments;
		g->is_spoiled = true;
		return NULL;
	}
	if (!p.off)
		put_head(g, &p, v);
	if (g->total && g->units == (g->total + UNIT - 1) / UNIT && g->head_len) {
		ret = whole(d, g, v);
		datagram_free(d, g);
	}
	return ret;
}

const struct defrag_stats *defrag_stats(const struct defrag *d)
{
	return &d->stats;
}

void defrag_free(struct defrag *d)
{
	if (!d)
		return;
	while (d->oldest)
		datagram_free(d, d->oldest);
	free(d);
}
