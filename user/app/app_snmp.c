// SPDX-License-Identifier: BSD-2-Clause
/* SNMP: a datagram is a message. What does not parse tells nothing. */
#include <errno.h>

#include "app/rows.h"
#include "cordon_event.h"
#include "parse/snmp.h"

static void set_cur(struct app_msg *m, unsigned int buffer, const struct cur *c)
{
	app_set(m, buffer, c->pos, c->pos ? cur_left(c) : 0);
}

static int snmp_datagram(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx)
{
	struct cur c = cur_of(p, len);
	struct snmp_info i;
	struct app_msg m;

	if (snmp_parse(&c, &i))
		return -EBADMSG;
	app_msg_init(&m, CORDON_APP_SNMP, dir);
	m.is_response = dir == CORDON_TO_CLIENT;
	m.complete = true;
	/* as people count them: 1, 2 (2c), 3 */
	app_set_number(&m, APP_NUMBER_SNMP_VERSION, i.version == SNMP_V3 ? 3 : i.version + 1u);
	if (i.has_pdu)
		app_set_number(&m, APP_NUMBER_SNMP_PDU_TYPE, i.pdu_type);
	set_cur(&m, APP_BUFFER_SNMP_COMMUNITY, &i.community);
	set_cur(&m, APP_BUFFER_SNMP_USM, &i.user);
	return cb(&m, ctx);
}

const struct app_row app_snmp = {
	.app = CORDON_APP_SNMP,
	.name = "snmp",
	.datagram = snmp_datagram,
};
