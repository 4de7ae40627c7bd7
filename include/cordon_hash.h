/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hashes that both worlds must compute alike. Keyed by a random seed, so that
 * an outsider cannot choose collisions: each step is a bijection of 64 bits
 * (MurmurHash3's finaliser) and the seed goes in first.
 */
#ifndef CORDON_HASH_H
#define CORDON_HASH_H

#include "cordon_maps.h"

static inline __u64 cordon_mix(__u64 x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	x ^= x >> 33;
	return x;
}

static inline __u64 cordon_load64(const __u8 *p)
{
#ifdef __bpf__
	return *(const __u64 *)p; /* a copy from bytes becomes eight loads there */
#endif
	__u64 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

cordon_inline __u64 cordon_deny_hash(__u64 seed, const struct cordon_deny_key *k)
{
	__u64 head = (__u64)k->kind | (__u64)k->zone << 16 | (__u64)k->vlan << 32;

	head = cordon_mix(cordon_mix(seed ^ head) ^ cordon_load64(k->value));
	/* of an address only */
	return cordon_load64(k->value + 8) ? cordon_mix(head ^ cordon_load64(k->value + 8)) : head;
}

/* place of a device in the array of budgets */
static inline __u32 cordon_budget_of(__u64 seed, const struct cordon_device_key *k)
{
	const __u8 *b = (const __u8 *)k;
	__u64 h = cordon_mix(seed ^ cordon_load64(b) ^ cordon_load64(b + 8) << 1);

	h = cordon_mix(h ^ cordon_load64(b + 16) ^ cordon_load64(b + 24) << 1);
	return (__u32)h & (CORDON_BUDGETS - 1);
}

/* the two lines of the deny index that a key may be in; the first by bits that are not in its tag */
static inline __u32 cordon_deny_line1(__u64 fp, __u32 mask)
{
	return (__u32)fp & mask;
}

static inline __u32 cordon_deny_line2(__u64 fp, __u32 mask)
{
	return (__u32)(cordon_mix(fp) >> 32) & mask;
}

/* is @tag the one of the key with this hash? */
static inline int cordon_deny_is(__u64 tag, __u64 fp)
{
	return !((tag ^ fp) >> CORDON_DENY_TICK_BITS);
}

/* surely: the tick in which the lease ends has not begun */
static inline int cordon_deny_runs(__u64 tag, __u64 now_ns)
{
	return (tag & ((1U << CORDON_DENY_TICK_BITS) - 1)) > now_ns >> CORDON_DENY_TICK_SHIFT;
}

/* cordon_flow_hash() of two IPv4 addresses, in network order */
cordon_inline __u64 cordon_flow_hash4(__u64 seed, __u32 lo, __u32 hi, __u32 ports, __u64 link)
{
	__u64 h = cordon_mix(cordon_mix(seed ^ ((__u64)hi << 32 | lo)) ^ ports ^ link << 32) & ~1ULL;

	return h ? h : 2;
}

/* ::ffff:0:0/96, first byte in the lowest */
static inline int cordon_is_mapped(__u64 first, __u64 last)
{
	return !first && (__u32)last == 0xffff0000;
}

/*
 * cordon_flow_hash() - key of a flow, the same for both directions
 * @lo, @hi:     addresses, the end that is lower by (address, port) first; 16 bytes each
 * @ports:       lower end's port << 16 | higher end's, host order
 * @link:        proto | vlan << 8 | zone << 24
 * Never 0. The lowest bit is always 0 (struct cordon_shake uses it).
 */
cordon_inline __u64 cordon_flow_hash(__u64 seed, const __u8 *lo, const __u8 *hi, __u32 ports, __u64 link)
{
	__u64 l0 = cordon_load64(lo), l1 = cordon_load64(lo + 8), h0 = cordon_load64(hi), h1 = cordon_load64(hi + 8), h;

	if (cordon_is_mapped(l0, l1) && cordon_is_mapped(h0, h1))
		return cordon_flow_hash4(seed, (__u32)(l1 >> 32), (__u32)(h1 >> 32), ports, link);
	h = cordon_mix(cordon_mix(cordon_mix(cordon_mix(seed ^ l0) ^ l1) ^ h0) ^ h1);
	h = cordon_mix(h ^ ports ^ link << 32) & ~1ULL;
	return h ? h : 2;
}

/* the bucket of the flow table that @key is in */
static inline __u32 cordon_flow_bucket_of(__u64 key, __u32 mask)
{
	return (__u32)(key >> 32) & mask;
}

static inline __u64 cordon_flow_id(__u64 key, __u64 first_ns)
{
	__u64 id = cordon_mix(key ^ first_ns);

	return id ? id : 1;
}

/*
 * Key of an address prefix in a threat image. @hi, @lo: the address's first and
 * last 8 bytes as big-endian numbers (be64toh); @len in bits of the 16-byte address (IPv4 mapped: 96 ... 128);
 * bits beyond it are 0. v4_len and v6_len of the head hold the same @len.
 */
static inline __u64 cordon_threat_hash(__u64 seed, __u64 hi, __u64 lo, __u32 len)
{
	__u64 h = cordon_mix(cordon_mix(cordon_mix(seed ^ (len + 1)) ^ hi) ^ lo);

	return h ? h : 1;
}

/*
 * Names are hashed label by label, in lower case and in words of eight bytes, the first byte in the lowest:
 *   l = seed; for each of the label's len / 8 + 1 words, zeros behind its end: l = cordon_mix(l ^ word);
 *   l = cordon_label_done(l, len)
 * and suffixes from the last label to the first:
 *   h = seed; h = cordon_mix(h ^ l) is the hash of the suffix that begins with this label
 * So a parser that reads forward hashes each label as it comes, and chains them when it has seen the last.
 */
static inline __u64 cordon_label_done(__u64 l, __u32 len)
{
	return l + len * 0x9e3779b97f4a7c15ULL; /* a label and the same one with zeros behind it are two */
}

/* fingerprint of a suffix in the table; never 0 */
static inline __u64 cordon_name_fp(__u64 h)
{
	return h | 1ULL << 63;
}

/* the two lines of the table a fingerprint may be in */
static inline __u32 cordon_threat_line1(__u64 fp, __u32 mask)
{
	return (__u32)fp & mask;
}

static inline __u32 cordon_threat_line2(__u64 fp, __u32 mask)
{
	return (__u32)(cordon_mix(fp) >> 32) & mask;
}

/*
 * Name filter. A name's line is that of the hash of its last two labels, so that all suffixes of a name are asked of
 * one line. Where many names end alike the line is crowded (bit CORDON_NAME_CROWDED of it), and what has more labels is
 * in the line of its last three, and so on up to CORDON_NAME_LEVELS + 1 labels. What has one label is in its own line.
 * A listed name sets four bits there; they are never CORDON_NAME_CROWDED.
 */
#define CORDON_NAME_CROWDED 511
#define CORDON_NAME_LEVELS 4

/* @h: of the labels that the line is chosen by */
static inline __u32 cordon_name_line(__u64 h, __u32 mask)
{
	return (__u32)(h >> 32) & mask;
}

/* @i: 0 ... 3 */
static inline __u32 cordon_name_bit(__u64 h, __u32 i)
{
	__u32 n = (__u32)(h >> (i < 3 ? 9 * i : 54)) & 511;

	return n ^ (n + 1) >> 9;
}

/*
 * IPv4 filter: bit number addr >> 8, host order. Bit n of a filter is bit n & 7
 * of byte (n & 511) >> 3 of line n >> 9.
 */

/* IPv6 filter: bit number of a /48 or /32 (@hi_masked: the address's first 8 bytes as a big-endian number, bits beyond @len 0), in 0 ... lines * 512 - 1 */
static inline __u32 cordon_v6_bit(__u64 seed, __u64 hi_masked, __u32 len)
{
	return (__u32)(cordon_mix(seed ^ hi_masked ^ len) >> 32) & (CORDON_V6_FILTER_LINES * 512 - 1);
}

/*
 * Prefilter, the hash of a folded gram, first byte in the lowest. A 4-gram is
 * taken as it is, a 3-gram as gram | 0xff000000.
 *   long windows:  bit cordon_pf_long_bit() of long_bits (22 bits)
 *   short windows: bit cordon_pf_short_bit() of short_bits (20 bits)
 *   first entry:   cordon_pf_hash() & (CORDON_PF_ENTRIES - 1), then the next one (modulo), at
 *                  most CORDON_PF_PROBES; an entry with gram == 0 ends the run.
 * Bit n is bit n & 7 of byte n >> 3.
 */
static inline __u32 cordon_pf_long_bit(__u32 gram)
{
	return gram * 0x9e3779b1u >> 10;
}

/*
 * 6-grams of wide windows, first byte in the lowest; what is above the six does
 * not count. One bit of a word in wide[], and by another product two of a word in wide_check[].
 */
#define CORDON_PF_WIDE_WORD_SHIFT 48	       /* the word: bits of the hash from here on */
#define CORDON_PF_WIDE_BIT_SHIFT(i) (42 - 6 * (i)) /* the @i-th bit in it: six bits from here on; @i: 0 or 1 */

static inline __u64 cordon_pf_wide_hash(__u64 gram)
{
	return gram * (0x9e3779b97f4a7c15ULL << 16);
}

static inline __u64 cordon_pf_check_hash(__u64 gram)
{
	return gram * (0xc4ceb9fe1a85ec53ULL << 16);
}

static inline __u32 cordon_pf_wide_word(__u64 hash)
{
	return (__u32)(hash >> CORDON_PF_WIDE_WORD_SHIFT);
}

static inline __u32 cordon_pf_wide_bit(__u64 hash, unsigned int i)
{
	return hash >> CORDON_PF_WIDE_BIT_SHIFT(i) & 63;
}

static inline __u32 cordon_pf_short_bit(__u32 gram)
{
	return gram * 0x9e3779b1u >> 12;
}

/* the product's upper bits: its lower ones know only the gram's first two bytes */
static inline __u32 cordon_pf_hash(__u32 gram)
{
	return gram * 0x9e3779b1u >> 14;
}

#endif
