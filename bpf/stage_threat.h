/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Is an end, or the name in this packet, listed? A packet sees one image: one
 * swapped in between is noticed by its generation, and all of it is asked again.
 * Filters answer "surely not" with one cache
 * line; the table is read only behind them. A flow is asked about again when
 * the image is a newer one.
 */
#ifndef BPF_STAGE_THREAT_H
#define BPF_STAGE_THREAT_H

#include "device.h"
#include "emit.h"
#include "flow.h"
#include "image.h"
#include "name_filter.h"
#include "stage_guard.h"

static __always_inline int threat_bit(void *inner, __u32 first, __u32 bit)
{
	const struct cordon_line *l = image_line(inner, first + (bit >> 9));

	return l && l->b[(bit & 511) >> 3] >> (bit & 7) & 1;
}

static __always_inline int threat_line(void *inner, __u32 line, __u64 fp,
				       struct cordon_threat_entry *ret)
{
	const struct cordon_line *l = image_line(inner, line);
	const struct cordon_threat_entry *e;

	if (!l)
		return 0;
	e = (const struct cordon_threat_entry *)l;
	for (int i = 0; i < CORDON_THREAT_WAYS; i++) {
		if (e[i].fp == fp) {
			*ret = e[i];
			return 1;
		}
	}
	return 0;
}

/* of the image; 0: there is none */
static __always_inline __u32 threat_generation(void *inner)
{
	const struct cordon_threat_head *h = image_head(inner);

	return h ? h->generation : 0;
}

/* the first @len bits of an address */
static __always_inline void threat_mask(__u64 *hi, __u64 *lo, __u32 len)
{
	if (len <= 64) {
		*lo = 0;
		*hi &= len ? ~0ULL << ((64 - len) & 63) : 0;
	} else if (len < 128) {
		*lo &= ~0ULL << ((128 - len) & 63);
	}
}

/* swapped since the head was read? then line numbers are another image's, and so are the answers so far */
static __always_inline int threat_is_torn(struct scratch *s, void *inner)
{
	if (threat_generation(inner) == ((const struct cordon_threat_head *)s->head)->generation)
		return 0;
	s->p.is_torn = 1;
	return 1;
}

/* an entry found goes to s->entry; on its own, or two ends times 64 lengths times two lines are
 * followed one by one */
__weak __noinline int threat_find(__u64 fp)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&threat);
	const struct cordon_threat_head *h;

	if (!s || !inner)
		return 0;
	h = (const struct cordon_threat_head *)s->head;
	if (threat_is_torn(s, inner))
		return 0;
	return threat_line(inner, h->table + cordon_threat_line1(fp, h->table_mask), fp,
			   &s->entry) ||
	       threat_line(inner, h->table + cordon_threat_line2(fp, h->table_mask), fp, &s->entry);
}

/* the address in s->hi and s->lo, cut to @len bits */
__weak __noinline int threat_prefix(__u32 len)
{
	struct scratch *s = scratch_get();
	__u64 hi, lo;

	if (!s)
		return 0;
	hi = s->hi;
	lo = s->lo;
	threat_mask(&hi, &lo, len);
	if (!threat_find(cordon_threat_hash(*(const __u64 *)s->head, hi, lo, len)))
		return 0;
	if (s->entry.flags & CORDON_THREAT_LOOK)
		s->p.look = 1;
	return s->entry.id != 0;
}

/* by the prefix lengths present, longest first */
__weak __noinline int threat_prefixes(__u32 v4)
{
	struct scratch *s = scratch_get();
	const struct cordon_threat_head *h;
	__u32 n;

	if (!s)
		return 0;
	h = (const struct cordon_threat_head *)s->head;
	n = v4 ? h->n_v4 : h->n_v6;
	for (__u32 i = 0; i < sizeof(h->v6_len); i++) {
		if (i >= n)
			break;
		if (threat_prefix(v4 ? h->v4_len[i < sizeof(h->v4_len) ? i : 0] : h->v6_len[i]))
			return 1;
	}
	return 0;
}

/* the first @lines of the head into scratch: a line is all a lookup gives */
static __always_inline const struct cordon_threat_head *threat_head(void *inner, struct scratch *s, __u32 lines)
{
	for (__u32 i = 0; i < lines; i++) {
		const struct cordon_line *l = image_line(inner, i);

		if (!l)
			return NULL;
		for (__u32 j = 0; j < CORDON_LINE; j += 8)
			*(__u64 *)(s->head + i * CORDON_LINE + j) = *(const __u64 *)(l->b + j);
	}
	return (const struct cordon_threat_head *)s->head;
}

/* what the kernel does for an entry */
static __always_inline __u8 threat_action(const struct cordon_threat_entry *e)
{
	return e->flags & CORDON_THREAT_OBSERVE ? CORDON_ACTION_OBSERVE : e->action;
}

/* may this address be listed? one bit for its /24; for IPv6 one for its /48 and one for its /32 */
static __always_inline int threat_addr_filter(void *inner, const struct cordon_threat_head *h, __u64 hi,
					      __u64 lo, int v4)
{
	if (v4)
		return threat_bit(inner, h->v4_filter, (__u32)lo >> 8);
	return threat_bit(inner, h->v6_filter, cordon_v6_bit(h->seed, hi & ~0ULL << 16, 48)) ||
	       threat_bit(inner, h->v6_filter, cordon_v6_bit(h->seed, hi & ~0ULL << 32, 32));
}

/* an IPv4 address within an IPv6 one, mapped (RFC 4291 2.5.5.2) or behind NAT64 (RFC 6052 2.1), is looked up as what it is */
static __always_inline int threat_is_v4(struct scratch *s)
{
	if (s->hi == 0x0064ff9b00000000ULL && !(s->lo >> 32)) {
		s->hi = 0;
		s->lo |= 0xffffULL << 32;
	}
	return !s->hi && s->lo >> 32 == 0xffff;
}

static __always_inline int threat_addr(void *inner, struct scratch *s, __u32 is_dst)
{
	const struct cordon_threat_head *h = image_head(inner);
	int v4;

	if (!h)
		return 0;
	if (is_dst) {
		s->hi = flow_be64(s->p.facts.daddr);
		s->lo = flow_be64(s->p.facts.daddr + 8);
	} else {
		s->hi = flow_be64(s->p.facts.saddr);
		s->lo = flow_be64(s->p.facts.saddr + 8);
	}
	v4 = threat_is_v4(s);
	s->p.generation = h->generation;
	if (!threat_addr_filter(inner, h, s->hi, s->lo, v4))
		return 0;
	if (!threat_head(inner, s, 4) || !threat_prefixes(v4))
		return 0;
	s->p.indicator = s->entry.id;
	s->p.action = threat_action(&s->entry);
	return 1;
}

/* one suffix; one that is not the whole name counts only when its entry takes subdomains */
__weak __noinline int threat_suffix(__u32 i)
{
	struct scratch *s = scratch_get();

	if (!s || i >= CORDON_NAME_SUFFIXES)
		return 0;
	hide(i);
	i &= CORDON_NAME_SUFFIXES - 1;
	if (!threat_find(cordon_name_fp(s->name.hash[i])))
		return 0;
	if (i + 1 != s->name.labels && !(s->entry.flags & CORDON_THREAT_SUBDOMAINS))
		return 0;
	if (i + 1 == s->name.labels && s->entry.flags & CORDON_THREAT_LOOK)
		s->p.look = 1;
	if (!s->entry.id)
		return 0;
	s->p.name_indicator = s->entry.id;
	s->p.name_action = threat_action(&s->entry);
	return 1;
}

/* the hashes of s->name's suffixes, unless the parser made those of its labels for this image */
__weak __noinline int threat_hash_name(__u64 seed)
{
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	if (s->name.seed != seed)
		name_hash(seed, &s->name);
	name_chain(&s->name);
	return 0;
}

/* the longest listed suffix; behind the filter, which has said "perhaps" */
__weak __noinline int threat_suffixes(void)
{
	struct scratch *s = scratch_get();
	int hit = 0;

	if (!s)
		return 0;
	for (__u32 i = 0; i < CORDON_NAME_SUFFIXES; i++) {
		if (i >= s->name.labels)
			break;
		hit |= threat_suffix(i);
	}
	return hit;
}

__weak __noinline int threat_name(void)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&threat);
	const struct cordon_threat_head *h = image_head(inner);

	if (!s || !inner || !h)
		return 0;
	s->p.name_generation = h->generation;
	threat_hash_name(h->seed);
	if (s->name.labels > CORDON_NAME_SUFFIXES)
		suspect(&s->p, CORDON_REASON_DEEP_NAME);
	if (!h->has_names || !name_filter_maybe(inner, h, &s->name))
		return 0;
	threat_head(inner, s, 1);
	return threat_suffixes();
}

#define THREAT_ADDR (1 << 0)
#define THREAT_NAME (1 << 1)

/* which ends are asked about: the one that is not the device; on a mirror both */
__weak __noinline int threat_look(__u32 want)
{
	struct scratch *s = scratch_get();
	void *inner = image_inner(&threat);
	int hit = 0;

	if (!s || !inner)
		return 0;
	if (want & THREAT_ADDR) {
		int mirror = s->p.facts.role == CORDON_ROLE_MIRROR;

		if (!s->p.facts.from_device || mirror)
			hit |= threat_addr(inner, s, 0);
		if (!hit && (s->p.facts.from_device || mirror))
			hit |= threat_addr(inner, s, 1);
	}
	if (want & THREAT_NAME && threat_name())
		hit |= THREAT_NAME;
	if (want & THREAT_NAME && want & THREAT_ADDR && s->p.name_generation != s->p.generation)
		s->p.is_torn = 1;
	return hit;
}

/* how often a packet is asked about anew when images are swapped under it */
#define THREAT_TRIES 4

/* both questions, of one image. Swapped each time: neither is answered, and the flow's next packet is asked about. */
static __always_inline int threat_ask(struct pkt *p, __u32 want)
{
	int hit = 0;

	for (int i = 0; i < THREAT_TRIES; i++) {
		p->is_torn = p->look = 0;
		hit = threat_look(want);
		if (!p->is_torn)
			return hit;
		p->indicator = p->name_indicator = 0;
	}
	because(p, CORDON_REASON_SWAPPED);
	return 0;
}

/* the remote end, unless it is guarded */
__weak __noinline int threat_is_guarded(void)
{
	struct scratch *s = scratch_get();

	if (!s)
		return 0;
	return guard_check(&s->p, CORDON_DENY_ADDR,
			   s->p.facts.from_device ? s->p.facts.daddr : s->p.facts.saddr);
}

static __always_inline void threat_drop(struct pkt *p, __u8 action, __u32 reason)
{
	if (action >= CORDON_ACTION_DROP && !threat_is_guarded())
		drop_for(p, reason);
}

/* the end that is not the device, in the form of struct cordon_learned_key */
static __always_inline void threat_remote(struct scratch *s, __u8 *ret)
{
	const __u8 *a = s->p.facts.from_device ? s->p.facts.daddr : s->p.facts.saddr;

	s->hi = flow_be64(a);
	s->lo = flow_be64(a + 8);
	(void)threat_is_v4(s);
	*(__u64 *)ret = __builtin_bswap64(s->hi);
	*(__u64 *)(ret + 8) = __builtin_bswap64(s->lo);
}

static __always_inline int threat_learned_of(struct pkt *p, const struct cordon_learned_key *key)
{
	const struct cordon_learned *e = bpf_map_lookup_elem(&learned, key);

	return e && e->until_ns > pkt_now(p) ? (e->action & 7) + 1 : 0;
}

/*
 * Did the answer of a listed name lead this device to this end? By its MAC; one behind a router,
 * which user space knows, by its address. Return: the action + 1, 0: no.
 */
__weak __noinline int threat_learned(void)
{
	struct scratch *s = scratch_get();
	struct cordon_learned_key key __attribute__((aligned(8))) = {};
	int r;

	if (!s || !device_key(&s->p, &key.device))
		return 0;
	threat_remote(s, key.addr);
	r = threat_learned_of(&s->p, &key);
	if (r || !(*(const __u64 *)s->p.facts.mac << 16 >> 16))
		return r;
	__builtin_memset(key.device.mac, 0, sizeof(key.device.mac));
	__builtin_memcpy(key.device.addr,
			 s->p.facts.from_device ? s->p.facts.saddr : s->p.facts.daddr, 16);
	return threat_learned_of(&s->p, &key);
}

/* said when the flow was asked about last: a packet with a name asks again */
static __always_inline int threat_is_known(const struct pkt *p, const struct cordon_flow *f, __u32 swaps)
{
	return f && f->flags & CORDON_FLOW_HIT && f->threat_gen == swaps && f->indicator == p->indicator;
}

static __always_inline void threat_remember(struct pkt *p, struct cordon_flow *f, int hit,
					    __u32 swaps)
{
	if (hit) {
		f->indicator = p->indicator;
		f->action = p->action;
		flow_set(f, CORDON_FLOW_HIT);
	} else {
		if (f->flags & CORDON_FLOW_HIT)
			__sync_fetch_and_and(&f->flags, ~CORDON_FLOW_HIT);
		f->indicator = p->generation;
	}
	f->threat_gen = swaps;
}

/* whose URLs are listed is followed to its end: only the whole request tells which is asked for */
static __always_inline void threat_follow(struct pkt *p, struct cordon_flow *f)
{
	because(p, CORDON_REASON_URL_HOST);
	if (f->flags & CORDON_FLOW_REQUESTS)
		return;
	flow_set(f, CORDON_FLOW_REQUESTS);
	f->triggers++;
}

/*
 * A flow to a learned address, and all that follows in it while the entry lives: a deadline ends
 * it, not a swap. One that was there before is asked about once a second. Nothing is looked up while
 * nothing is learned.
 */
static __always_inline void threat_led(struct pkt *p, struct cordon_flow *f, __u32 asks)
{
	struct cordon_state *st = state_get();
	__u32 known = f ? f->flags & CORDON_FLOW_LED : 0;
	int action;

	if (!known && !(asks && st && st->learned))
		return;
	action = threat_learned();
	if (!action) {
		if (known)
			__sync_fetch_and_and(&f->flags, ~CORDON_FLOW_LED);
		return;
	}
	if (!known) {
		suspect(p, CORDON_REASON_THREAT_LEARNED);
		p->is_led = 1;
	}
	if (f)
		flow_set(f, CORDON_FLOW_LED);
	threat_drop(p, (__u8)(action - 1), CORDON_REASON_THREAT_LEARNED);
}

static __always_inline int stage_threat(struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);
	struct cordon_state *st = state_get();
	/* read before the look-up: a swap in between is noticed at the next packet */
	__u32 want = p->has_name ? THREAT_NAME | THREAT_ADDR : 0, swaps = st ? st->threat_swaps : 0;
	int hit = 0;

	if (!p->ip_version || !swaps)
		return 0;
	if (!f || f->threat_gen != swaps)
		want |= THREAT_ADDR;
	if (want)
		hit = threat_ask(p, want);
	if (want & THREAT_ADDR && !p->is_torn) {
		if (hit & THREAT_ADDR && !threat_is_known(p, f, swaps))
			suspect(p, CORDON_REASON_THREAT_ADDR);
		if (f)
			threat_remember(p, f, hit & THREAT_ADDR, swaps);
	}
	threat_led(p, f, want & THREAT_ADDR || p->is_tick);
	if (p->look && f && p->cls == CORDON_CLASS_TCP)
		threat_follow(p, f);
	if (hit & THREAT_NAME) {
		because(p, CORDON_REASON_THREAT_NAME);
		if (f && p->cls == CORDON_CLASS_UDP && p->name_source == CORDON_NAME_DNS)
			flow_set(f, CORDON_FLOW_ASKED);
		/* a question is denied, not who would answer it: a guarded resolver opens no listed name */
		if (p->name_action >= CORDON_ACTION_DROP &&
		    (p->name_source == CORDON_NAME_DNS || !threat_is_guarded()))
			drop_for(p, CORDON_REASON_THREAT_NAME);
	}
	if (f && f->flags & CORDON_FLOW_HIT)
		threat_drop(p, f->action, CORDON_REASON_THREAT_ADDR);
	else if (hit & THREAT_ADDR)
		threat_drop(p, p->action, CORDON_REASON_THREAT_ADDR);
	return 0;
}

#endif
