// SPDX-License-Identifier: BSD-2-Clause
/* MQTT keywords with words for numbers: types and flags. */
#include <string.h>

#include "base/cleanup.h"
#include "parse/mqtt.h"
#include "rule/keywords.h"

struct word {
	const char *name;
	uint8_t bits;
};

/* mqtt.type:PUBLISH */
int kw_mqtt_type(struct draft *d, char *v)
{
	static const char *const types[] = { "UNASSIGNED", "CONNECT",	  "CONNACK",  "PUBLISH", "PUBACK",  "PUBREC",
					     "PUBREL",	   "PUBCOMP",	  "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK",
					     "PINGREQ",	   "PINGRESP", "DISCONNECT", "AUTH" };

	for (uint32_t i = 1; i < ARRAY_SIZE(types); i++)
		if (!strcasecmp(v, types[i]))
			return number_use(d, &(struct rule_test){ .field = APP_NUMBER_MQTT_TYPE, .lo = i, .hi = i });
	return draft_fail(d, "'%.32s' is not a type of MQTT packet", v);
}

/* "dup,!retain": each bit set, or not */
static int flags(struct draft *d, char *v, uint8_t number, const struct word *w, size_t n)
{
	char *part[8];
	int k = text_split(v, ',', part, ARRAY_SIZE(part)), r = k > 0 ? 0 : draft_fail(d, "too many flags");

	for (int i = 0; !r && i < k; i++) {
		bool negated = *part[i] == '!';
		const char *name = text_trim(part[i] + negated);
		struct rule_test t = { .field = number, .how = RULE_NUMBER_ANY_BIT, .negated = negated };

		for (size_t m = 0; m < n; m++)
			if (!strcasecmp(name, w[m].name))
				t.lo = w[m].bits;
		r = t.lo ? number_use(d, &t) : draft_fail(d, "'%.32s' is not a flag", name);
	}
	return r;
}

int kw_mqtt_flags(struct draft *d, char *v)
{
	static const struct word words[] = { { "dup", MQTT_DUP }, { "retain", MQTT_RETAIN } };

	return flags(d, v, APP_NUMBER_MQTT_FLAGS, words, ARRAY_SIZE(words));
}

int kw_mqtt_connect_flags(struct draft *d, char *v)
{
	static const struct word words[] = { { "username", MQTT_USERNAME }, { "password", MQTT_PASSWORD },
					     { "will", MQTT_WILL },	    { "will_retain", MQTT_WILL_RETAIN },
					     { "clean_session", MQTT_CLEAN } };

	return flags(d, v, APP_NUMBER_MQTT_CONNECT_FLAGS, words, ARRAY_SIZE(words));
}

/* mqtt.qos:1 */
int kw_mqtt_qos(struct draft *d, char *v)
{
	struct rule_test t = { .field = APP_NUMBER_MQTT_FLAGS, .how = RULE_NUMBER_ANY_BIT };
	int r = 0;

	if (strlen(v) != 1 || *v < '0' || *v > '2')
		return draft_fail(d, "'%.32s' is none of 0, 1 and 2", v);
	for (uint8_t bit = 1; !r && bit <= 2; bit++) {
		t.lo = bit << 1u;
		t.negated = !((*v - '0') & bit);
		r = number_use(d, &t);
	}
	return r;
}

/* mqtt.connack.session_present:yes */
int kw_mqtt_session(struct draft *d, char *v)
{
	bool yes = !strcasecmp(v, "yes") || !strcasecmp(v, "true");

	if (!yes && strcasecmp(v, "no") && strcasecmp(v, "false"))
		return draft_fail(d, "neither yes nor no");
	return number_use(d, &(struct rule_test){ .field = APP_NUMBER_MQTT_SESSION, .lo = yes, .hi = yes });
}

/* mqtt.connack.return_code:5 */
int kw_mqtt_reason(struct draft *d, char *v)
{
	struct rule_test t = { .field = APP_NUMBER_MQTT_REASON_CODE };

	return number_range(d, v, 255, &t.lo, &t.hi, &t.negated) ?: number_use(d, &t);
}
