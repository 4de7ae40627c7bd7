// SPDX-License-Identifier: BSD-2-Clause
/*
 * MQTT: each control packet is a message. Of one that is longer than
 * CORDON_MQTT_PACKET_MAX the first bytes are looked at, as far as they go. The
 * protocol's level is in the CONNECT and is needed on both sides. As in
 * Suricata an answer is of the side that asked: a CONNACK is the client's. Which
 * side that is follows from its type alone, so nothing depends on which
 * direction's bytes come first.
 */
#include <errno.h>
#include <stdlib.h>

#include "app/bytes.h"
#include "app/mqtt_events.h"
#include "app/rows.h"
#include "cordon_event.h"
#include "parse/mqtt.h"
#include "rule/events.h"

#define HEADER_MAX 5 /* type and remaining length */

struct mqtt_flow {
	uint8_t level; /* 0: no CONNECT was seen */
	bool is_broken; /* a packet was malformed: nothing of either direction is read any more, as in Suricata */
	struct mqtt_book book;
};

struct mqtt_stream {
	uint8_t dir;
	struct mqtt_flow *flow, alone; /* alone: until it is linked */
	uint8_t head[HEADER_MAX], head_len;
	bool has_head;
	uint32_t left; /* bytes of the packet not yet here */
	struct bytes body;
	uint64_t id;
	VEC(struct app_more) topics;
};

static void *mqtt_open(uint8_t dir)
{
	struct mqtt_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dir = dir;
	s->flow = &s->alone;
	return s;
}

static void *mqtt_flow_open(void)
{
	return calloc(1, sizeof(struct mqtt_flow));
}

static void mqtt_flow_close(void *flow)
{
	struct mqtt_flow *f = flow;

	if (f)
		vec_done(&f->book.open);
	free(f);
}

static void mqtt_link(void *state, void *flow)
{
	((struct mqtt_stream *)state)->flow = flow;
}

static void set_cur(struct app_msg *m, unsigned int buffer, const struct cur *c)
{
	app_set(m, buffer, c->pos, c->pos ? cur_left(c) : 0);
}

static int set_topics(struct mqtt_stream *s, struct app_msg *m, uint8_t type, struct cur list)
{
	bool is_subscribe = type == MQTT_SUBSCRIBE;
	uint8_t buffer = is_subscribe ? APP_BUFFER_MQTT_SUBSCRIBE_TOPIC : APP_BUFFER_MQTT_UNSUBSCRIBE_TOPIC;
	struct cur topic;

	s->topics.len = 0;
	while (!mqtt_next_topic(&list, is_subscribe, &topic)) {
		struct app_more more = { buffer, { topic.pos, cur_left(&topic) } };

		if (!app_has(m, buffer))
			app_set(m, buffer, more.buf.p, more.buf.len);
		else if (vec_push(&s->topics, more))
			return -ENOMEM;
	}
	m->more = s->topics.data;
	m->n_more = (uint16_t)s->topics.len;
	return 0;
}

static void set_fields(struct app_msg *m, uint8_t first, const struct mqtt_fields *f)
{
	set_cur(m, APP_BUFFER_MQTT_PROTOCOL_STRING, &f->protocol);
	set_cur(m, APP_BUFFER_MQTT_CONNECT_CLIENTID, &f->client_id);
	set_cur(m, APP_BUFFER_MQTT_CONNECT_USERNAME, &f->username);
	set_cur(m, APP_BUFFER_MQTT_CONNECT_PASSWORD, &f->password);
	set_cur(m, APP_BUFFER_MQTT_CONNECT_WILLTOPIC, &f->will_topic);
	set_cur(m, APP_BUFFER_MQTT_CONNECT_WILLMESSAGE, &f->will_message);
	set_cur(m, APP_BUFFER_MQTT_PUBLISH_TOPIC, &f->topic);
	set_cur(m, APP_BUFFER_MQTT_PUBLISH_MESSAGE, &f->message);
	app_set_number(m, APP_NUMBER_MQTT_TYPE, first >> 4);
	if (first >> 4 == MQTT_CONNECT)
		app_set_number(m, APP_NUMBER_MQTT_CONNECT_FLAGS, f->flags);
	if (f->has_reason)
		app_set_number(m, APP_NUMBER_MQTT_REASON_CODE, f->reason);
	if (f->has_session)
		app_set_number(m, APP_NUMBER_MQTT_SESSION, f->session_present);
}

/* acknowledges a packet that was a message of its own: what holds of both is said of that one only */
static bool is_ack(uint8_t type)
{
	return (type >= MQTT_PUBACK && type <= MQTT_PUBCOMP) || type == MQTT_SUBACK || type == MQTT_UNSUBACK;
}

/* the side that began the exchange a packet belongs to; a PUBREL is of the publisher's side itself (4.3.3) */
static uint8_t asker(uint8_t type, uint8_t dir)
{
	bool is_answer = type == MQTT_CONNACK || (is_ack(type) && type != MQTT_PUBREL);

	return is_answer ? !dir : dir;
}

/* answers to nothing */
#define LONE                                                                                                          \
	(RULE_EVENT_BIT(MQTT_NO_CONNECT) | RULE_EVENT_BIT(MQTT_NO_PUBLISH) | RULE_EVENT_BIT(MQTT_NO_SUBSCRIBE) |      \
	 RULE_EVENT_BIT(MQTT_NO_UNSUBSCRIBE))

static void begin(struct mqtt_stream *s, struct app_msg *m, uint8_t first, uint8_t level, uint64_t events)
{
	uint8_t type = first >> 4;
	bool is_lone = events & LONE; /* an exchange of its own */

	app_msg_init(m, CORDON_APP_MQTT, is_lone ? s->dir : asker(type, s->dir));
	m->is_response = m->dir == CORDON_TO_CLIENT;
	m->complete = true;
	m->events = events;
	/* the only exchange whose packets tell each other's number; the others' never meet in one rule */
	m->again = type == MQTT_CONNECT || (type == MQTT_CONNACK && !is_lone);
	m->id = m->again ? 0 : ++s->id;
	if (is_ack(type) && !is_lone) {
		m->id |= (uint64_t)(1 + s->dir) << 62; /* of this stream, whichever side it is told of */
		return;
	}
	if (level)
		app_set_number(m, APP_NUMBER_MQTT_PROTOCOL_VERSION, level);
	if (type != MQTT_CONNACK)
		app_set_number(m, APP_NUMBER_MQTT_FLAGS, first & 15);
}

static int tell_malformed(struct mqtt_stream *s, app_msg_fn cb, void *ctx)
{
	struct app_msg m;

	app_msg_init(&m, CORDON_APP_MQTT, s->dir);
	m.is_response = s->dir == CORDON_TO_CLIENT;
	m.complete = true;
	m.id = ++s->id;
	m.events = RULE_EVENT_BIT(MQTT_MALFORMED);
	s->flow->is_broken = true;
	return cb(&m, ctx) ?: -EBADMSG;
}

static int tell(struct mqtt_stream *s, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(s->body.v.len ? (const void *)s->body.v.data : "", (uint32_t)s->body.v.len);
	uint8_t first = s->head[0], level = s->flow->level;
	struct mqtt_fields f = { .level = 0 };
	struct cur body = c;
	struct app_msg m;
	int r = 0;

	if (s->body.v.len < CORDON_MQTT_PACKET_MAX && !mqtt_is_sound(body, first, level))
		return tell_malformed(s, cb, ctx);
	/* a field that is cut leaves those before it */
	(void)mqtt_body(&c, first, level ? level : 4, &f);
	if (first >> 4 == MQTT_CONNECT && f.level)
		s->flow->level = level = f.level;
	begin(s, &m, first, level, mqtt_events(&s->flow->book, body, first));
	set_fields(&m, first, &f);
	if (f.topics.pos)
		r = set_topics(s, &m, first >> 4, f.topics);
	return r ? r : cb(&m, ctx);
}

/* 1: the fixed header is whole; 0: not yet; -EBADMSG */
static int take_head(struct mqtt_stream *s, const uint8_t **p, uint32_t *len)
{
	while (*len) {
		struct cur c;
		int r;

		s->head[s->head_len++] = *(*p)++;
		(*len)--;
		c = cur_of(s->head + 1, s->head_len - 1u);
		r = s->head_len > 1 ? mqtt_varint(&c, &s->left) : PARSE_SHORT;
		if (!r)
			return 1;
		if (r == PARSE_BAD)
			return -EBADMSG;
	}
	return 0;
}

static int mqtt_feed(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx)
{
	struct mqtt_stream *s = state;

	while (len || (s->has_head && !s->left)) {
		uint32_t part;
		int r;

		if (!s->has_head) {
			r = s->flow->is_broken ? -EBADMSG : take_head(s, &p, &len);
			if (r == -EBADMSG && !s->flow->is_broken)
				return tell_malformed(s, cb, ctx);
			if (r <= 0)
				return r;
			s->has_head = true;
		}
		part = len < s->left ? len : s->left;
		r = bytes_add(&s->body, p, part, CORDON_MQTT_PACKET_MAX);
		if (r < 0)
			return r;
		p += part;
		len -= part;
		s->left -= part;
		if (s->left)
			continue;
		r = tell(s, cb, ctx);
		s->body.v.len = 0;
		s->head_len = 0;
		s->has_head = false;
		if (r)
			return r;
	}
	return 0;
}

static bool mqtt_pending(const void *state)
{
	return ((const struct mqtt_stream *)state)->head_len != 0;
}

static void mqtt_close(void *state)
{
	struct mqtt_stream *s = state;

	if (!s)
		return;
	vec_done(&s->body.v);
	vec_done(&s->topics);
	vec_done(&s->alone.book.open);
	free(s);
}

const struct app_row app_mqtt = {
	.app = CORDON_APP_MQTT,
	.name = "mqtt",
	.open = mqtt_open,
	.feed = mqtt_feed,
	.pending = mqtt_pending,
	.close = mqtt_close,
	.flow_open = mqtt_flow_open,
	.flow_close = mqtt_flow_close,
	.link = mqtt_link,
};
