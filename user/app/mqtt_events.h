/* SPDX-License-Identifier: BSD-2-Clause */
/* What is odd about an MQTT packet and the packets before it, by the names and in the sense of Suricata 7. */
#ifndef APP_MQTT_EVENTS_H
#define APP_MQTT_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "parse/mqtt.h"

/* exchanges begun and not ended, oldest first; of both directions of a flow */
struct mqtt_book {
	VEC(uint32_t) open; /* packet identifiers; MQTT_OPEN_CONNECT */
	bool is_connected;  /* a CONNACK came behind a CONNECT */
};

#define MQTT_OPEN_CONNECT UINT32_MAX
#define MQTT_OPEN_MAX 1024 /* exchanges; the oldest is forgotten then */

/*
 * mqtt_is_sound() - does a body have what its type must have?
 * @c: all of the remaining length
 * @level: of the protocol; 0: no CONNECT was seen
 */
bool mqtt_is_sound(struct cur c, uint8_t first, uint8_t level);

/*
 * mqtt_events() - enter a packet whose body is sound, or not known to be other
 * @c: its body, as far as it is held
 * Returns RULE_EVENT_BIT(MQTT_*)s; without memory the exchange is not entered.
 */
uint64_t mqtt_events(struct mqtt_book *b, struct cur c, uint8_t first);

#endif
