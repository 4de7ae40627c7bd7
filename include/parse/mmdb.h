/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * MaxMind DB, format 2.0: a binary tree over the bits of addresses, and data that its leaves point to. Only what answers
 * "which country is this address in" is read. The file is foreign: every offset is checked, every walk is bounded.
 */
#ifndef PARSE_MMDB_H
#define PARSE_MMDB_H

#include "parse/cursor.h"

#define MMDB_METADATA_MAX (128 << 10) /* the metadata begins this near the end */
#define MMDB_SEPARATOR 16	       /* zero bytes between tree and data */
#define MMDB_STEPS 4096	       /* values passed over in search of one */

enum { MMDB_POINTER = 1, MMDB_TEXT = 2, MMDB_U16 = 5, MMDB_U32 = 6, MMDB_MAP = 7, MMDB_U64 = 9, MMDB_ARRAY = 11, MMDB_BOOL = 14 };

struct mmdb {
	const __u8 *p;
	__u32 len;	 /* up to the metadata's marker */
	__u32 nodes, data; /* nodes of the tree; where the data section begins */
	__u32 record_bits; /* 24, 28 or 32: half of a node */
	__u32 v4;	 /* node or record under which IPv4 addresses are */
};

struct mmdb_value {
	__u32 type, size; /* size: bytes, or how many members */
	struct cur at;	  /* behind the control bytes, up to the end of the section */
};

static inline __u32 mmdb_number(const __u8 *p, __u32 n)
{
	__u32 v = 0, i;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* the control bytes of one value; a pointer's size is where it points to. @c: behind them on success */
static inline int mmdb_control(struct cur *c, __u32 *ret_type, __u32 *ret_size)
{
	static const __u32 base[] = { 29, 285, 65821 }, pointer[] = { 0, 2048, 526336, 0 };
	__u8 b, more, ss;
	const __u8 *p;
	__u32 n;

	if (cur_u8(c, &b))
		return PARSE_BAD;
	*ret_type = b >> 5;
	if (*ret_type == MMDB_POINTER) {
		ss = b >> 3 & 3;
		p = cur_take(c, ss + 1u);
		if (!p)
			return PARSE_BAD;
		*ret_size = mmdb_number(p, ss + 1u) + (ss < 3 ? (__u32)(b & 7) << (8 * (ss + 1)) : 0) + pointer[ss];
		return PARSE_OK;
	}
	if (!*ret_type) {
		if (cur_u8(c, &more))
			return PARSE_BAD;
		*ret_type = more + 7u;
	}
	*ret_size = b & 31;
	if (*ret_size < 29)
		return PARSE_OK;
	n = *ret_size - 28;
	p = cur_take(c, n);
	if (!p)
		return PARSE_BAD;
	*ret_size = base[n - 1] + mmdb_number(p, n);
	return PARSE_OK;
}

/* the value at @c, which steps over its control bytes; through a pointer, which must not lead to another. @section: where pointers count from */
static inline int mmdb_value(struct cur *c, const struct cur *section, struct mmdb_value *ret)
{
	__u32 at;

	if (mmdb_control(c, &ret->type, &ret->size))
		return PARSE_BAD;
	ret->at = *c;
	if (ret->type != MMDB_POINTER)
		return PARSE_OK;
	at = ret->size;
	if (at >= cur_left(section))
		return PARSE_BAD;
	ret->at = cur_of(section->pos + at, cur_left(section) - at);
	return mmdb_control(&ret->at, &ret->type, &ret->size) || ret->type == MMDB_POINTER ? PARSE_BAD : PARSE_OK;
}

/* over one value and all in it */
static inline int mmdb_skip(struct cur *c, __u32 *steps)
{
	__u32 todo = 1, type, size;

	while (todo) {
		if (!*steps || mmdb_control(c, &type, &size))
			return PARSE_BAD;
		--*steps;
		todo--;
		if (type == MMDB_POINTER || type == MMDB_BOOL)
			continue;
		if (type == MMDB_MAP || type == MMDB_ARRAY) {
			if (size > MMDB_STEPS)
				return PARSE_BAD;
			todo += type == MMDB_MAP ? 2 * size : size;
			continue;
		}
		if (cur_left(c) < size)
			return PARSE_BAD;
		c->pos += size;
	}
	return PARSE_OK;
}

static inline int mmdb_is(const struct mmdb_value *v, const char *text)
{
	__u32 i;

	if (v->type != MMDB_TEXT || v->size > cur_left(&v->at))
		return 0;
	for (i = 0; i < v->size; i++)
		if (!text[i] || v->at.pos[i] != (__u8)text[i])
			return 0;
	return !text[i];
}

/* the member @key of a map; PARSE_BAD: none, or no map */
static inline int mmdb_member(const struct mmdb_value *map, const struct cur *section, const char *key, struct mmdb_value *ret)
{
	__u32 steps = MMDB_STEPS, i;
	struct cur c = map->at;
	struct mmdb_value k;

	if (map->type != MMDB_MAP)
		return PARSE_BAD;
	for (i = 0; i < map->size && steps; i++, steps--) {
		if (mmdb_value(&c, section, &k))
			return PARSE_BAD;
		if (k.at.pos == c.pos) { /* the key stands here, no pointer */
			if (k.size > cur_left(&c))
				return PARSE_BAD;
			c.pos += k.size;
		}
		if (mmdb_is(&k, key))
			return mmdb_value(&c, section, ret);
		if (mmdb_skip(&c, &steps))
			return PARSE_BAD;
	}
	return PARSE_BAD;
}

static inline int mmdb_u32(const struct mmdb_value *map, const struct cur *section, const char *key, __u32 *ret)
{
	struct mmdb_value v;

	if (mmdb_member(map, section, key, &v) || (v.type != MMDB_U16 && v.type != MMDB_U32 && v.type != MMDB_U64) || v.size > 4 ||
	    v.size > cur_left(&v.at))
		return PARSE_BAD;
	*ret = mmdb_number(v.at.pos, v.size);
	return PARSE_OK;
}

/* half @bit of a node: another node, or what lies beyond them */
static inline __u32 mmdb_record(const struct mmdb *db, __u32 node, __u32 bit)
{
	const __u8 *p = db->p + (__u64)node * (db->record_bits / 4);

	if (db->record_bits == 24)
		return mmdb_number(p + 3 * bit, 3);
	if (db->record_bits == 32)
		return mmdb_number(p + 4 * bit, 4);
	return bit ? (__u32)(p[3] & 15) << 24 | mmdb_number(p + 4, 3) : (__u32)(p[3] >> 4) << 24 | mmdb_number(p, 3);
}

/* behind the last marker; NULL: there is none */
static inline const __u8 *mmdb_metadata(const __u8 *p, __u32 len)
{
	static const char marker[] = "\xab\xcd\xefMaxMind.com";
	const __u32 n = sizeof(marker) - 1;
	__u32 i, k;

	for (i = 0; i + n <= len && i < MMDB_METADATA_MAX; i++) {
		const __u8 *at = p + len - n - i;

		for (k = 0; k < n && at[k] == (__u8)marker[k]; k++)
			;
		if (k == n)
			return at + n;
	}
	return (void *)0;
}

/**
 * mmdb_open() - is it a database, and how is it laid out?
 * @p, @len: all of the file; must outlive @ret
 * Return: PARSE_OK or PARSE_BAD
 */
static inline int mmdb_open(const __u8 *p, __u32 len, struct mmdb *ret)
{
	const __u8 *meta = mmdb_metadata(p, len);
	struct cur section, c;
	struct mmdb_value map;
	__u32 ip_version, i;
	__u64 tree;

	if (!meta)
		return PARSE_BAD;
	section = c = cur_of(meta, (__u32)(p + len - meta));
	*ret = (struct mmdb){ .p = p, .len = (__u32)(meta - p) - 14 };
	if (mmdb_value(&c, &section, &map) || mmdb_u32(&map, &section, "node_count", &ret->nodes) ||
	    mmdb_u32(&map, &section, "record_size", &ret->record_bits) || mmdb_u32(&map, &section, "ip_version", &ip_version))
		return PARSE_BAD;
	if ((ret->record_bits != 24 && ret->record_bits != 28 && ret->record_bits != 32) || (ip_version != 4 && ip_version != 6))
		return PARSE_BAD;
	tree = (__u64)ret->nodes * (ret->record_bits / 4);
	if (tree + MMDB_SEPARATOR > ret->len)
		return PARSE_BAD;
	ret->data = (__u32)tree + MMDB_SEPARATOR;
	for (i = 0; ip_version == 6 && i < 96 && ret->v4 < ret->nodes; i++)
		ret->v4 = mmdb_record(ret, ret->v4, 0);
	return PARSE_OK;
}

/* "country", "iso_code" of an address (IPv4 mapped); PARSE_OK, or PARSE_BAD: it has none */
static inline int mmdb_country(const struct mmdb *db, const __u8 addr[16], __u8 ret[2])
{
	struct cur section = cur_of(db->p + db->data, db->len - db->data), c;
	__u32 bit = 0, node = 0, i, v4 = addr[10] == 0xff && addr[11] == 0xff;
	struct mmdb_value v, country, code;

	for (i = 0; v4 && i < 10; i++)
		v4 &= !addr[i];
	if (v4) {
		node = db->v4;
		bit = 96;
	}
	for (; bit < 128 && node < db->nodes; bit++)
		node = mmdb_record(db, node, addr[bit / 8] >> (7 - bit % 8) & 1);
	if (node <= db->nodes + MMDB_SEPARATOR - 1 || node - db->nodes - MMDB_SEPARATOR >= cur_left(&section))
		return PARSE_BAD;
	c = cur_of(section.pos + (node - db->nodes - MMDB_SEPARATOR), cur_left(&section) - (node - db->nodes - MMDB_SEPARATOR));
	if (mmdb_value(&c, &section, &v) || mmdb_member(&v, &section, "country", &country) ||
	    mmdb_member(&country, &section, "iso_code", &code) || code.type != MMDB_TEXT || code.size != 2 || cur_left(&code.at) < 2)
		return PARSE_BAD;
	ret[0] = code.at.pos[0];
	ret[1] = code.at.pos[1];
	return PARSE_OK;
}

#endif
