/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * MQTT 3.1, 3.1.1 and 5.0: the fixed header and the bodies of the packets that
 * carry text. Sections are those of the 3.1.1 and 5.0 specifications alike.
 */
#ifndef PARSE_MQTT_H
#define PARSE_MQTT_H

#include "parse/cursor.h"

#define MQTT_CONNECT 1
#define MQTT_CONNACK 2
#define MQTT_PUBLISH 3
#define MQTT_PUBACK 4
#define MQTT_PUBREC 5
#define MQTT_PUBREL 6
#define MQTT_PUBCOMP 7
#define MQTT_SUBSCRIBE 8
#define MQTT_SUBACK 9
#define MQTT_UNSUBSCRIBE 10
#define MQTT_UNSUBACK 11
#define MQTT_PINGREQ 12
#define MQTT_PINGRESP 13
#define MQTT_DISCONNECT 14
#define MQTT_AUTH 15
/* flags of the fixed header (2.2.2) */
#define MQTT_RETAIN 0x01
#define MQTT_QOS 0x06
#define MQTT_DUP 0x08
/* flags of a CONNECT (3.1.2.3) */
#define MQTT_CLEAN 0x02
#define MQTT_WILL 0x04
#define MQTT_WILL_RETAIN 0x20
#define MQTT_PASSWORD 0x40
#define MQTT_USERNAME 0x80

/* contents; pos NULL: absent */
struct mqtt_fields {
	struct cur protocol, client_id, username, password, will_topic, will_message;
	struct cur topic, message; /* PUBLISH */
	struct cur topics;	   /* SUBSCRIBE, UNSUBSCRIBE: see mqtt_next_topic() */
	__u8 level, flags;	   /* CONNECT */
	__u8 reason;		   /* CONNACK and others of 5.0; has_reason */
	__u8 has_reason, has_session, session_present;
};

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

/* properties of 5.0 (2.2.2): passed over */
static inline int mqtt_skip_properties(struct cur *c, __u8 level)
{
	__u32 n = 0;
	int r;

	if (level < 5)
		return PARSE_OK;
	r = mqtt_varint(c, &n);
	return r ? r : cur_skip(c, n);
}

/* variable header and payload of a CONNECT (3.1.2, 3.1.3); @c at its begin */
static inline int mqtt_connect_body(struct cur *c, struct mqtt_fields *f)
{
	__u16 keep_alive;

	if (mqtt_string(c, &f->protocol) || cur_u8(c, &f->level) || cur_u8(c, &f->flags) || cur_be16(c, &keep_alive) ||
	    mqtt_skip_properties(c, f->level) || mqtt_string(c, &f->client_id))
		return PARSE_BAD;
	if (f->flags & MQTT_WILL && (mqtt_skip_properties(c, f->level) || mqtt_string(c, &f->will_topic) ||
				     mqtt_string(c, &f->will_message)))
		return PARSE_BAD;
	if (f->flags & MQTT_USERNAME && mqtt_string(c, &f->username))
		return PARSE_BAD;
	if (f->flags & MQTT_PASSWORD && mqtt_string(c, &f->password))
		return PARSE_BAD;
	return PARSE_OK;
}

/* @flags: of the fixed header; the message is what is left (3.3.2, 3.3.3) */
static inline int mqtt_publish_body(struct cur *c, __u8 flags, __u8 level, struct mqtt_fields *f)
{
	if (mqtt_string(c, &f->topic) || (flags & MQTT_QOS && cur_skip(c, 2)) || mqtt_skip_properties(c, level))
		return PARSE_BAD;
	f->message = *c;
	return PARSE_OK;
}

/*
 * Reason codes: of a CONNACK always (3.2.2); of other packets of 5.0 behind the packet identifier or at once, and 0
 * when it is left out (3.4.2.1, 3.14.2.1); of an UNSUBACK the first of its list (3.11.3)
 */
static inline int mqtt_reason_body(struct cur *c, __u8 type, __u8 level, struct mqtt_fields *f)
{
	__u8 session;

	if (type == MQTT_CONNACK) {
		if (cur_u8(c, &session))
			return PARSE_BAD;
		f->has_session = 1;
		f->session_present = session & 1;
	} else if (level < 5) {
		return PARSE_OK;
	} else if (type < MQTT_DISCONNECT && cur_skip(c, 2)) {
		return PARSE_BAD;
	}
	if (type == MQTT_UNSUBACK && mqtt_skip_properties(c, level))
		return PARSE_BAD;
	f->has_reason = !cur_u8(c, &f->reason) || (type != MQTT_CONNACK && type != MQTT_UNSUBACK);
	return PARSE_OK;
}

/**
 * mqtt_body() - what a control packet carries behind its fixed header
 * @c:     the packet's remaining length, no more
 * @first: first byte of the fixed header: type and flags
 * @level: protocol level of the connection, 4 when it is not known
 * @f:     zero; filled as far as the type has fields
 * Return: PARSE_OK; PARSE_BAD when a field does not end in the packet
 */
static inline int mqtt_body(struct cur *c, __u8 first, __u8 level, struct mqtt_fields *f)
{
	switch (first >> 4) {
	case MQTT_CONNECT:
		return mqtt_connect_body(c, f);
	case MQTT_PUBLISH:
		return mqtt_publish_body(c, first, level, f);
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		if (cur_skip(c, 2) || mqtt_skip_properties(c, level))
			return PARSE_BAD;
		f->topics = *c;
		return PARSE_OK;
	case MQTT_SUBACK: /* one code for each topic: not looked at */
	case MQTT_PINGREQ:
	case MQTT_PINGRESP:
		return PARSE_OK;
	default:
		return mqtt_reason_body(c, first >> 4, level, f);
	}
}

/* the next topic filter; with its options byte in a SUBSCRIBE; PARSE_SHORT at the end */
static inline int mqtt_next_topic(struct cur *c, int is_subscribe, struct cur *ret)
{
	if (mqtt_string(c, ret) || (is_subscribe && cur_skip(c, 1)))
		return PARSE_SHORT;
	return PARSE_OK;
}

#endif
