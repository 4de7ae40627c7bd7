/* SPDX-License-Identifier: BSD-2-Clause */
/* A small MaxMind database (format 2.0), written from its specification: prefixes of IPv4 and IPv6 and their countries. */
#ifndef TESTS_HARNESS_MMDB_H
#define TESTS_HARNESS_MMDB_H

#include <stdint.h>
#include <string.h>

#define MMDB_NODES 2048

struct mmdb_maker {
	uint32_t record[MMDB_NODES][2]; /* 0: nothing; a node's number; or LEAF | offset in data */
	uint32_t nodes, bits;		/* bits: of a record */
	uint8_t data[4096];
	uint32_t len;
};

#define MMDB_LEAF (1u << 31)

static inline void mmdb_begin(struct mmdb_maker *m, uint32_t bits)
{
	memset(m, 0, sizeof(*m));
	m->nodes = 1;
	m->bits = bits;
}

static inline void mmdb_text(uint8_t *dst, uint32_t *at, const char *s)
{
	uint32_t n = (uint32_t)strlen(s);

	dst[(*at)++] = (uint8_t)(2 << 5 | n);
	memcpy(dst + *at, s, n);
	*at += n;
}

/* {"continent": {...}, "country": {"iso_code": CC}}; behind the first the key "country" is a pointer to that of the first */
static inline uint32_t mmdb_put_country(struct mmdb_maker *m, const char *cc)
{
	static uint32_t key;
	uint32_t at = m->len, first = !at;

	m->data[m->len++] = 7 << 5 | 2;
	mmdb_text(m->data, &m->len, "continent");
	m->data[m->len++] = 7 << 5 | 2;
	mmdb_text(m->data, &m->len, "code");
	mmdb_text(m->data, &m->len, "EU");
	mmdb_text(m->data, &m->len, "ids");
	m->data[m->len++] = 2;	/* extended type, two members */
	m->data[m->len++] = 11 - 7; /* array */
	m->data[m->len++] = 6 << 5 | 1; /* a number of one byte */
	m->data[m->len++] = 9;
	m->data[m->len++] = 1; /* true */
	m->data[m->len++] = 14 - 7;
	if (first) {
		key = m->len;
		mmdb_text(m->data, &m->len, "country");
	} else {
		m->data[m->len++] = (uint8_t)(1 << 5 | key >> 8);
		m->data[m->len++] = (uint8_t)key;
	}
	m->data[m->len++] = 7 << 5 | 1;
	mmdb_text(m->data, &m->len, "iso_code");
	mmdb_text(m->data, &m->len, cc);
	return at;
}

/* @addr: 16 bytes, IPv4 as ::a.b.c.d; @len: of 128 bits */
static inline void mmdb_add(struct mmdb_maker *m, const uint8_t addr[16], uint32_t len, const char *cc)
{
	uint32_t node = 0, i;

	for (i = 0; i < len; i++) {
		uint32_t bit = addr[i / 8] >> (7 - i % 8) & 1;

		if (i + 1 == len) {
			m->record[node][bit] = MMDB_LEAF | mmdb_put_country(m, cc);
			return;
		}
		if (!m->record[node][bit])
			m->record[node][bit] = m->nodes++;
		node = m->record[node][bit];
	}
}

static inline void mmdb_put_number(uint8_t *dst, uint32_t *at, uint32_t v)
{
	dst[(*at)++] = 6 << 5 | 4;
	for (int s = 24; s >= 0; s -= 8)
		dst[(*at)++] = (uint8_t)(v >> s);
}

static inline void mmdb_put_u16(uint8_t *dst, uint32_t *at, uint32_t v)
{
	dst[(*at)++] = 5 << 5 | 2;
	dst[(*at)++] = (uint8_t)(v >> 8);
	dst[(*at)++] = (uint8_t)v;
}

/* the file; its length. @dst: room for all of it */
static inline uint32_t mmdb_make(const struct mmdb_maker *m, uint8_t *dst)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < m->nodes; i++) {
		uint32_t v[2];

		for (int b = 0; b < 2; b++) {
			uint32_t r = m->record[i][b];

			v[b] = !r ? m->nodes : r & MMDB_LEAF ? m->nodes + 16 + (r & ~MMDB_LEAF) : r;
		}
		if (m->bits == 28) {
			uint8_t b[7] = { (uint8_t)(v[0] >> 16), (uint8_t)(v[0] >> 8), (uint8_t)v[0],
					 (uint8_t)(v[0] >> 24 << 4 | v[1] >> 24), (uint8_t)(v[1] >> 16), (uint8_t)(v[1] >> 8),
					 (uint8_t)v[1] };

			memcpy(dst + at, b, 7);
			at += 7;
			continue;
		}
		for (int b = 0; b < 2; b++)
			for (int s = (int)m->bits - 8; s >= 0; s -= 8)
				dst[at++] = (uint8_t)(v[b] >> s);
	}
	memset(dst + at, 0, 16);
	at += 16;
	memcpy(dst + at, m->data, m->len);
	at += m->len;
	memcpy(dst + at, "\xab\xcd\xefMaxMind.com", 14);
	at += 14;
	dst[at++] = 7 << 5 | 9;
	mmdb_text(dst, &at, "binary_format_major_version");
	mmdb_put_u16(dst, &at, 2);
	mmdb_text(dst, &at, "binary_format_minor_version");
	mmdb_put_u16(dst, &at, 0);
	mmdb_text(dst, &at, "build_epoch");
	dst[at++] = 1; /* one byte, extended type */
	dst[at++] = 9 - 7;
	dst[at++] = 1;
	mmdb_text(dst, &at, "database_type");
	mmdb_text(dst, &at, "Country");
	mmdb_text(dst, &at, "description");
	dst[at++] = 7 << 5;
	mmdb_text(dst, &at, "ip_version");
	mmdb_put_u16(dst, &at, 6);
	mmdb_text(dst, &at, "languages");
	dst[at++] = 0;
	dst[at++] = 11 - 7;
	mmdb_text(dst, &at, "node_count");
	mmdb_put_number(dst, &at, m->nodes);
	mmdb_text(dst, &at, "record_size");
	mmdb_put_u16(dst, &at, m->bits);
	return at;
}

#endif
