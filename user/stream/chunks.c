// SPDX-License-Identifier: BSD-2-Clause
#include "stream/chunks.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/vec.h"
#include "cordon_limits.h"
#include "parse/eth.h"
#include "parse/ip.h"
#include "cordon_lists.h"
#include "parse/l4.h"
#include "stream/seal.h"

/* the two ends, the higher one first: the same for both directions */
struct conn_key {
	uint8_t addr[2][16];
	uint16_t port[2], vlan, pad;
};

/* pieces missing in a direction that are known of at a time */
#define HOLES 8
/* of TLS's records under way that many ends are known; beyond, the last */
#define RECORDS 8
#define TLS_HEAD 5

/* chunks as they end without and with turns */
struct looks {
	uint32_t looked; /* offset from which Suricata looks the next time */
	bool has_message; /* one is complete: the other side has answered since, or TLS's record has ended */
	VEC(uint32_t) ends, next, by; /* as in struct chunk_list */
};

/* one direction */
struct half {
	uint32_t base; /* sequence number of its first byte */
	int64_t sent, acked; /* offsets behind the last byte that was */
	struct hole { int64_t begin, end; } holes[HOLES]; /* ascending, what was not seen before `sent` */
	uint8_t n_holes;
	/* TLS: offsets behind the record whose head was seen last, and behind those not looked at yet */
	int64_t record, records[RECORDS];
	uint8_t n_records;
	bool has_fin, is_tls;
	struct seal seal;
	struct looks of[CHUNKS_KINDS];
};

struct conn {
	struct conn_key key;
	struct half d[2]; /* [0]: what the client sends */
	uint32_t n_older;
	bool client_is_first; /* in the key */
	bool has_spoken;
	uint8_t speaker; /* who sent data last */
	bool is_other, is_sealed; /* not SSH; SSH that has become ciphertext */
	bool is_upgraded; /* HTTP became something else (RFC 9110 7.8): Suricata knows no messages there */
	bool is_closing; /* Suricata then waits for no full chunk */
	bool has_pieces; /* came in fragments, which are not put together here: nothing is known of its chunks */
	struct conn *older; /* of the same ends */
	UT_hash_handle hh;
};

struct chunks {
	struct conn *by_key;
	uint64_t dropped;
	uint32_t n_conns, n_ends;
	bool has_steps;
	void (*fill)(void *ctx); /* NULL: all frames have been given */
	void *ctx;
};

/* a segment */
struct seg {
	struct chunk_ends e;
	struct l4_info tcp;
	const uint8_t *payload;
	uint32_t len;
	bool is_piece; /* a first fragment: only its ends are known */
};

struct chunks *chunks_new(bool steps)
{
	struct chunks *c = calloc(1, sizeof(*c));

	if (c)
		c->has_steps = steps;
	return c;
}

void chunks_fill_by(struct chunks *c, void (*fill)(void *ctx), void *ctx)
{
	c->fill = fill;
	c->ctx = ctx;
}

static void fill_once(struct chunks *c)
{
	void (*fill)(void *ctx) = c->fill;

	c->fill = NULL;
	if (fill)
		fill(c->ctx);
}

static void mapped(uint8_t dst[16], const uint8_t *v4)
{
	memset(dst, 0, 10);
	dst[10] = dst[11] = 0xff;
	memcpy(dst + 12, v4, 4);
}

static bool ip_of(struct cur *c, uint16_t type, struct seg *ret, struct ip_info *ip)
{
	const uint8_t *p = c->pos;

	if (type == PARSE_ETH_IPV4 && ip4_parse(c, ip) == PARSE_OK) {
		mapped(ret->e.src, p + 12);
		mapped(ret->e.dst, p + 16);
		return true;
	}
	if (type != PARSE_ETH_IPV6 || ip6_parse(c, ip) != PARSE_OK || ip6_extensions(c, ip) != PARSE_OK)
		return false;
	memcpy(ret->e.src, p + 8, 16);
	memcpy(ret->e.dst, p + 24, 16);
	return true;
}

/* the ports are in a first fragment, however short it is (RFC 791: 8 bytes at least) */
static bool ports_of(struct cur *c, struct seg *ret)
{
	return !cur_be16(c, &ret->e.sport) && !cur_be16(c, &ret->e.dport);
}

/* false: no begin of a TCP segment */
static bool seg_of(const uint8_t *frame, uint32_t len, struct seg *ret)
{
	struct cur c = cur_of(frame, len);
	const uint8_t *ip_at;
	struct ip_info ip;
	struct eth_info eth;
	uint32_t left, head;

	if (eth_parse(&c, &eth) != PARSE_OK)
		return false;
	left = cur_left(&c);
	ip_at = c.pos;
	if (!ip_of(&c, eth.ethertype, ret, &ip) || ip.proto != IPPROTO_TCP || ip.frag == IP_LATER_FRAGMENT)
		return false;
	ret->e.vlan = eth.vlan;
	ret->is_piece = ip.frag == IP_FIRST_FRAGMENT;
	if (ret->is_piece)
		return ports_of(&c, ret);
	if (tcp_parse(&c, &ret->tcp) != PARSE_OK)
		return false;
	/* a frame may be padded */
	if (ip.total && ip.total < left)
		left = ip.total;
	head = ip.head + (uint32_t)ret->tcp.head;
	ret->len = left > head ? left - head : 0;
	ret->payload = ret->len ? ip_at + head : NULL;
	ret->e.sport = ret->tcp.sport;
	ret->e.dport = ret->tcp.dport;
	return true;
}

/* Return: is the source the key's first end? */
static bool key_of(const struct chunk_ends *e, struct conn_key *ret)
{
	int c = memcmp(e->src, e->dst, sizeof(e->src));
	bool is_first = c > 0 || (!c && e->sport > e->dport);

	memcpy(ret->addr[!is_first], e->src, sizeof(e->src));
	memcpy(ret->addr[is_first], e->dst, sizeof(e->dst));
	ret->port[!is_first] = e->sport;
	ret->port[is_first] = e->dport;
	ret->vlan = e->vlan;
	ret->pad = 0;
	return is_first;
}

static struct conn *newest(const struct chunks *c, const struct conn_key *key)
{
	struct conn *found;

	HASH_FIND(hh, c->by_key, key, sizeof(*key), found);
	return found;
}

/* a SYN-ACK: the connection it answers, unless it was seen before */
static void begin(struct chunks *c, const struct seg *s, const struct conn_key *key, bool is_first)
{
	struct conn *old = newest(c, key), *n = NULL;

	if (old && old->d[0].base == s->tcp.ack && old->d[1].base == s->tcp.seq + 1)
		return;
	if (c->n_conns < CHUNKS_FLOWS_MAX && (!old || old->n_older < CHUNKS_SAME_MAX - 1))
		n = calloc(1, sizeof(*n));
	if (!n) {
		c->dropped++;
		return;
	}
	c->n_conns++;
	n->key = *key;
	n->client_is_first = !is_first;
	n->d[0].base = s->tcp.ack;
	n->d[1].base = s->tcp.seq + 1;
	n->older = old;
	if (old) {
		n->n_older = old->n_older + 1;
		HASH_DEL(c->by_key, old);
	}
	HASH_ADD(hh, c->by_key, key, sizeof(n->key), n);
}

/* stream offset of a sequence number near what was sent */
static int64_t offset(const struct half *h, uint32_t seq)
{
	return h->sent + (int32_t)(seq - (h->base + (uint32_t)h->sent));
}

static void drop_hole(struct half *h, unsigned int i)
{
	memmove(&h->holes[i], &h->holes[i + 1], (--h->n_holes - i) * sizeof(h->holes[0]));
}

static void add_hole(struct half *h, unsigned int at, struct hole hole)
{
	if (h->n_holes == HOLES) {
		drop_hole(h, 0);
		at -= at > 0;
	}
	memmove(&h->holes[at + 1], &h->holes[at], (h->n_holes++ - at) * sizeof(h->holes[0]));
	h->holes[at] = hole;
}

/* what comes late, or again */
static void fill(struct half *h, int64_t at, int64_t end)
{
	for (unsigned int i = 0; i < h->n_holes; i++) {
		struct hole hole = h->holes[i];

		if (end <= hole.begin || at >= hole.end)
			continue;
		drop_hole(h, i);
		if (end < hole.end)
			add_hole(h, i, (struct hole){ end, hole.end });
		if (at > hole.begin)
			add_hole(h, i, (struct hole){ hole.begin, at });
	}
}

static void note_sent(struct conn *n, unsigned int dir, const struct seg *s)
{
	struct half *h = &n->d[dir];
	int64_t at = offset(h, s->tcp.seq), end = at + s->len;

	if (s->len && at < h->sent)
		fill(h, at, end);
	if (s->len && end > h->sent && at <= h->sent + CORDON_STREAM_AHEAD) {
		if (at > h->sent)
			add_hole(h, h->n_holes, (struct hole){ h->sent, at });
		h->sent = end;
	}
	if (s->tcp.flags & L4_FIN)
		h->has_fin = true;
}

/* heads of TLS's records as far as they lie in segments that follow each other */
static void note_records(struct half *h, const struct seg *s)
{
	int64_t at = offset(h, s->tcp.seq);

	if (!at && s->len > 1 && s->payload[0] == 0x16 && s->payload[1] == 3)
		h->is_tls = true;
	while (h->is_tls && h->record >= at && h->record + TLS_HEAD <= at + s->len) {
		const uint8_t *head = s->payload + (h->record - at);

		h->record += TLS_HEAD + (head[3] << 8 | head[4]);
		if (h->n_records < RECORDS)
			h->n_records++;
		h->records[h->n_records - 1] = h->record;
	}
}

static bool begins(const struct seg *s, const char *text)
{
	size_t n = strlen(text);

	return s->len >= n && !memcmp(s->payload, text, n);
}

/* who speaks when the other one has spoken ends its message */
static void note_turn(struct conn *n, unsigned int dir, const struct seg *s)
{
	/* in the midst of a request (RFC 9110 15.2.1) */
	if (!s->len || (dir && begins(s, "HTTP/1.1 100 ")))
		return;
	if (n->has_spoken && n->speaker != dir && !n->is_upgraded)
		n->d[!dir].of[CHUNKS_TURNS].has_message = true;
	n->has_spoken = true;
	n->speaker = (uint8_t)dir;
	n->is_upgraded |= dir && begins(s, "HTTP/1.1 101 ");
}

static void note_acked(struct half *h, uint32_t ack)
{
	int64_t at = offset(h, ack);

	/* of a FIN, or what nobody saw */
	if (at > h->sent)
		at = h->sent;
	if (at > h->acked)
		h->acked = at;
}

/* Suricata's TCP states: a client's FIN, a second one or a reset lead to those in which it looks at whatever there is */
static void note_end(struct conn *n, unsigned int dir, uint8_t flags)
{
	if (flags & L4_RST || (flags & L4_FIN && (!dir || n->d[0].has_fin)))
		n->is_closing = true;
}

static bool acknowledges(const struct seg *s, uint32_t end)
{
	return s->tcp.flags & L4_ACK && (int32_t)(s->tcp.ack - end) >= 0;
}

/* SSH is ciphertext once both sides have acknowledged each other's new keys: then Suricata looks for the last time */
static void note_seal(struct conn *n, unsigned int dir, const struct seg *s)
{
	struct half *h = &n->d[dir], *other = &n->d[!dir];

	if (n->is_other || n->is_sealed)
		return;
	if (other->seal.state == SEAL_DONE && acknowledges(s, other->seal.end))
		other->seal.state = SEAL_ACKED;
	n->is_sealed = h->seal.state == SEAL_ACKED && other->seal.state == SEAL_ACKED;
	if (!s->len)
		return;
	if (h->seal.state == SEAL_NEW && !h->seal.at && (s->len < 4 || memcmp(s->payload, "SSH-", 4)))
		n->is_other = true;
	else
		seal_walk(&h->seal, CORDON_APP_SSH, h->base, s->tcp.seq, s->payload, s->len);
}

static bool note_end_of(struct chunks *c, struct looks *l, int64_t end)
{
	if (c->n_ends >= CHUNKS_ENDS_MAX || vec_push(&l->ends, (uint32_t)end)) {
		c->dropped++;
		return false;
	}
	c->n_ends++;
	return true;
}

/* a piece behind missing bytes is looked at once more: Suricata goes on from where it begins */
static int64_t next_look(const struct half *h, int64_t from)
{
	int64_t next = h->acked;

	for (unsigned int i = 0; i < h->n_holes; i++)
		if (h->holes[i].begin >= from && h->holes[i].begin < h->acked)
			next = h->holes[i].end < h->acked ? h->holes[i].end : h->holes[i].begin;
	return next;
}

static void look_at(struct chunks *c, const struct conn *n, const struct half *h, struct looks *l, uint32_t by)
{
	int64_t next;

	if (h->acked <= l->looked || h->acked > UINT32_MAX ||
	    !(n->is_closing || n->is_sealed || l->has_message || h->acked - l->looked >= CORDON_STREAM_CHUNK))
		return;
	next = next_look(h, l->looked);
	if (next == l->looked)
		return;
	l->looked = (uint32_t)next;
	l->has_message = false;
	if (note_end_of(c, l, h->acked) && (vec_push(&l->next, (uint32_t)next) || vec_push(&l->by, by)))
		l->next.len = --l->ends.len; /* of each as many */
}

/* messages are looked at with each packet of their direction that finds more of them read; what ends the connection ends them */
static void step(struct chunks *c, const struct conn *n, struct half *h, uint8_t flags)
{
	bool is_closed = flags & L4_RST || (n->d[0].has_fin && n->d[1].has_fin && !(flags & L4_FIN));
	struct looks *l = &h->of[CHUNKS_STEPS];

	if (!c->has_steps || is_closed || h->acked <= l->looked || h->acked > UINT32_MAX)
		return;
	l->looked = (uint32_t)h->acked;
	note_end_of(c, l, h->acked);
}

/* what is done with the next packet of a direction; @by: where its payload begins */
static void look(struct chunks *c, const struct conn *n, struct half *h, uint32_t by)
{
	if (h->n_records && h->records[0] <= h->acked)
		h->of[CHUNKS_TURNS].has_message = true;
	look_at(c, n, h, &h->of[CHUNKS_PLAIN], by);
	look_at(c, n, h, &h->of[CHUNKS_TURNS], by);
	while (h->n_records && h->records[0] <= h->of[CHUNKS_TURNS].looked)
		memmove(h->records, h->records + 1, --h->n_records * sizeof(h->records[0]));
}

void chunks_frame(struct chunks *c, const uint8_t *frame, uint32_t len)
{
	struct conn_key key;
	struct conn *n;
	unsigned int dir;
	struct seg s;
	bool is_first;

	if (!seg_of(frame, len, &s))
		return;
	is_first = key_of(&s.e, &key);
	if (s.is_piece) {
		n = newest(c, &key);
		if (n)
			n->has_pieces = true;
		return;
	}
	if (s.tcp.flags & L4_SYN) {
		if (s.tcp.flags & L4_ACK)
			begin(c, &s, &key, is_first);
		return;
	}
	n = newest(c, &key);
	if (!n)
		return;
	dir = is_first != n->client_is_first;
	note_records(&n->d[dir], &s);
	note_sent(n, dir, &s);
	note_turn(n, dir, &s);
	if (s.tcp.flags & L4_ACK)
		note_acked(&n->d[!dir], s.tcp.ack);
	note_end(n, dir, s.tcp.flags);
	if (n->is_sealed)
		return;
	note_seal(n, dir, &s);
	step(c, n, &n->d[dir], s.tcp.flags);
	look(c, n, &n->d[dir], s.len ? (uint32_t)offset(&n->d[dir], s.tcp.seq) : UINT32_MAX);
	/* with a packet of its own */
	if (n->is_sealed)
		look(c, n, &n->d[!dir], UINT32_MAX);
}

bool chunks_find(struct chunks *c, const struct chunk_ends *e, unsigned int kind, struct chunk_list *ret)
{
	struct conn_key key;
	bool is_first = key_of(e, &key);
	const struct half *h = NULL;
	const struct conn *n;

	fill_once(c);
	for (n = newest(c, &key); n; n = n->older) {
		h = &n->d[is_first != n->client_is_first];
		if (h->base == e->base)
			break;
	}
	if (!n || n->has_pieces)
		return false;
	ret->end = h->of[kind].ends.data;
	ret->next = h->of[kind].next.data;
	ret->by = h->of[kind].by.data;
	ret->n = (uint32_t)h->of[kind].ends.len;
	ret->is_cut = n->is_sealed;
	return true;
}

uint64_t chunks_dropped(const struct chunks *c)
{
	return c->dropped;
}

void chunks_free(struct chunks *c)
{
	struct conn *n, *next, *older;

	if (!c)
		return;
	HASH_ITER(hh, c->by_key, n, next) {
		HASH_DEL(c->by_key, n);
		for (; n; n = older) {
			older = n->older;
			for (int i = 0; i < 2 * CHUNKS_KINDS; i++) {
				vec_done(&n->d[i / CHUNKS_KINDS].of[i % CHUNKS_KINDS].ends);
				vec_done(&n->d[i / CHUNKS_KINDS].of[i % CHUNKS_KINDS].next);
				vec_done(&n->d[i / CHUNKS_KINDS].of[i % CHUNKS_KINDS].by);
			}
			free(n);
		}
	}
	free(c);
}
