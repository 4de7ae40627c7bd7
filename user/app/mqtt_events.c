// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is odd about MQTT: which exchange a packet begins or goes on with.
 * Suricata 7 (rust/src/mqtt/mqtt.rs) says each of these of the packet that has
 * no place; a packet that goes on with an exchange is never said anything of.
 */
#include "app/mqtt_events.h"

#include <string.h>

#include "rule/events.h"

#define QOS(first) ((first) >> 1 & 3)

bool mqtt_is_sound(struct cur c, uint8_t first, uint8_t level)
{
	struct mqtt_fields f = { .level = 0 };
	struct cur topic;
	uint32_t len = cur_left(&c);

	switch (first >> 4) {
	case MQTT_CONNECT:
		return !mqtt_connect_body(&c, &f);
	case MQTT_PUBLISH:
		return !mqtt_publish_body(&c, first, level, &f);
	case MQTT_CONNACK:
	case MQTT_UNSUBSCRIBE:
	case MQTT_SUBACK:
	case MQTT_UNSUBACK:
		return !cur_skip(&c, 2) && !mqtt_skip_properties(&c, level);
	case MQTT_SUBSCRIBE:
		return !cur_skip(&c, 2) && !mqtt_skip_properties(&c, level) && !mqtt_next_topic(&c, 1, &topic);
	case MQTT_DISCONNECT: /* what is left out at the end stands for success (5.0, 3.14.2) */
		return level < 5 || len < 2 || (!cur_skip(&c, 1) && !mqtt_skip_properties(&c, level));
	case MQTT_AUTH:
		return !cur_skip(&c, 1) && !mqtt_skip_properties(&c, 5);
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		return len > 1 && (level < 5 || len < 4 || (!cur_skip(&c, 3) && !mqtt_skip_properties(&c, level)));
	default:
		return true;
	}
}

static uint32_t identifier(struct cur c, uint8_t first)
{
	struct cur topic;
	uint16_t id = 0;

	if (first >> 4 == MQTT_PUBLISH && mqtt_string(&c, &topic))
		return 0;
	(void)cur_be16(&c, &id);
	return id;
}

static void book_open(struct mqtt_book *b, uint32_t id)
{
	if (b->open.len == MQTT_OPEN_MAX)
		memmove(b->open.data, b->open.data + 1, --b->open.len * sizeof(id));
	(void)vec_push(&b->open, id);
}

/* is the exchange open? @ends: it is not any more */
static bool book_find(struct mqtt_book *b, uint32_t id, bool ends)
{
	for (size_t i = 0; i < b->open.len; i++) {
		if (b->open.data[i] != id)
			continue;
		if (ends) {
			b->open.len--;
			memmove(b->open.data + i, b->open.data + i + 1, (b->open.len - i) * sizeof(id));
		}
		return true;
	}
	return false;
}

static uint64_t unless_connected(const struct mqtt_book *b)
{
	return b->is_connected ? 0 : RULE_EVENT_BIT(MQTT_UNINTRODUCED);
}

/* PUBLISH, SUBSCRIBE, UNSUBSCRIBE: with quality of service 1 or 2 an answer follows */
static uint64_t begins(struct mqtt_book *b, struct cur c, uint8_t first)
{
	if (QOS(first) == 3)
		return unless_connected(b) | RULE_EVENT_BIT(MQTT_QOS);
	if (QOS(first))
		book_open(b, identifier(c, first));
	return unless_connected(b);
}

static uint64_t goes_on(struct mqtt_book *b, struct cur c, uint8_t first, bool ends, uint64_t missing)
{
	return book_find(b, identifier(c, first), ends) ? 0 : missing | unless_connected(b);
}

uint64_t mqtt_events(struct mqtt_book *b, struct cur c, uint8_t first)
{
	switch (first >> 4) {
	case MQTT_CONNECT:
		book_open(b, MQTT_OPEN_CONNECT);
		return b->is_connected ? RULE_EVENT_BIT(MQTT_TWO_CONNECTS) : 0;
	case MQTT_CONNACK:
		if (!book_find(b, MQTT_OPEN_CONNECT, true))
			return RULE_EVENT_BIT(MQTT_NO_CONNECT);
		b->is_connected = true;
		return 0;
	case MQTT_PUBLISH:
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		return begins(b, c, first);
	case MQTT_PUBREC:
	case MQTT_PUBREL:
		return goes_on(b, c, first, false, RULE_EVENT_BIT(MQTT_NO_PUBLISH));
	case MQTT_PUBACK:
	case MQTT_PUBCOMP:
		return goes_on(b, c, first, true, RULE_EVENT_BIT(MQTT_NO_PUBLISH));
	case MQTT_SUBACK:
		return goes_on(b, c, first, true, RULE_EVENT_BIT(MQTT_NO_SUBSCRIBE));
	case MQTT_UNSUBACK:
		return goes_on(b, c, first, true, RULE_EVENT_BIT(MQTT_NO_UNSUBSCRIBE));
	case 0:
		return RULE_EVENT_BIT(MQTT_TYPE);
	default:
		return unless_connected(b);
	}
}
