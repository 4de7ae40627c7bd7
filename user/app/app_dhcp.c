// SPDX-License-Identifier: BSD-2-Clause
/* DHCP: a datagram is a message. What does not parse tells nothing. */
#include <errno.h>

#include "app/rows.h"
#include "cordon_event.h"
#include "parse/dhcp.h"
#include "rule/events.h"

static int dhcp_datagram(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	static const uint8_t numbers[DHCP_TIMES] = { [DHCP_LEASE] = APP_NUMBER_DHCP_LEASE_TIME,
						     [DHCP_RENEWAL] = APP_NUMBER_DHCP_RENEWAL_TIME,
						     [DHCP_REBINDING] = APP_NUMBER_DHCP_REBINDING_TIME };
	struct cur c = cur_of(p, len);
	struct dhcp_info i;
	struct app_msg m;

	if (dhcp_parse(&c, &i))
		return -EBADMSG;
	app_msg_init(&m, CORDON_APP_DHCP, dir);
	m.is_response = dir == CORDON_TO_CLIENT;
	m.complete = true;
	if (i.is_truncated)
		m.events = RULE_EVENT_BIT(DHCP_TRUNCATED);
	for (unsigned int t = 0; t < DHCP_TIMES; t++)
		if (i.has >> t & 1)
			app_set_number(&m, numbers[t], i.time_s[t]);
	return cb(&m, ctx);
}

const struct app_row app_dhcp = {
	.app = CORDON_APP_DHCP,
	.name = "dhcp",
	.datagram = dhcp_datagram,
};
