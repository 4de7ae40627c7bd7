/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* MQTT: the CONNECT packet (MQTT 3.1.1 and 5.0, section 3.1), which is the first a client sends. */
#ifndef PARSE_MQTT_H
#define PARSE_MQTT_H

#include "parse/cursor.h"

#define MQTT_CONNECT 1

struct mqtt_connect {
	struct cur client_id; /* UTF-8 as sent; may be empty */
	__u8 level;	      /* 3: 3.1, 4: 3.1.1, 5: 5.0 */
	__u8 flags;
	__u16 keep_alive_s;
};

/* variable byte integer (2.2.3): at most four bytes, 0 ... 268,435,455 */
static inline int mqtt_varint(struct cur *c, __u32 *ret)
{
	__u32 v = 0, i;
	__u8 b;

	for (i = 0; i < 4; i++) {
		if (cur_u8(c, &b))
			return PARSE_SHORT;
		v |= (__u32)(b & 0x7f) << 7 * i;
		if (!(b & 0x80)) {
			*ret = v;
			return PARSE_OK;
		}
	}
	return PARSE_BAD;
}

/* UTF-8 string (1.5.3): two bytes of length before it */
static inline int mqtt_string(struct cur *c, struct cur *ret)
{
	const __u8 *p;
	__u16 n;

	if (cur_be16(c, &n))
		return PARSE_SHORT;
	p = cur_take(c, n);
	if (!p)
		return PARSE_SHORT;
	*ret = cur_of(p, n);
	return PARSE_OK;
}

/* protocol name (3.1.2.1): "MQTT", or "MQIsdp" of version 3.1 */
static inline int mqtt_is_name(const struct cur *s)
{
	const __u8 *p = s->pos;

	if (cur_left(s) == 4)
		return p[0] == 'M' && p[1] == 'Q' && p[2] == 'T' && p[3] == 'T';
	return cur_left(s) == 6 && p[0] == 'M' && p[1] == 'Q' && p[2] == 'I' && p[3] == 's' && p[4] == 'd' &&
	       p[5] == 'p';
}

/**
 * mqtt_connect_parse() - read a CONNECT packet up to its client identifier
 * @c:   cursor at the fixed header; behind the client identifier on success
 * @ret: untouched on error
 *
 * Return: PARSE_OK; PARSE_SHORT when cut; PARSE_BAD: not a CONNECT.
 */
static inline int mqtt_connect_parse(struct cur *c, struct mqtt_connect *ret)
{
	struct mqtt_connect m;
	struct cur name;
	__u32 left, props;
	__u8 type;
	int r;

	if (cur_u8(c, &type))
		return PARSE_SHORT;
	if (type >> 4 != MQTT_CONNECT)
		return PARSE_BAD;
	r = mqtt_varint(c, &left);
	if (r)
		return r;
	if (mqtt_string(c, &name))
		return PARSE_SHORT;
	if (!mqtt_is_name(&name))
		return PARSE_BAD;
	if (cur_u8(c, &m.level) || cur_u8(c, &m.flags) || cur_be16(c, &m.keep_alive_s))
		return PARSE_SHORT;
	if (m.level >= 5) { /* 5.0, 3.1.2.11: properties */
		r = mqtt_varint(c, &props);
		if (r)
			return r;
		if (cur_skip(c, props))
			return PARSE_SHORT;
	}
	if (mqtt_string(c, &m.client_id))
		return PARSE_SHORT;
	*ret = m;
	return PARSE_OK;
}

#endif
