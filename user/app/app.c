/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of application rows. A protocol that is recognised but not parsed
 * (SSH, MQTT, ...) has no row: its flows get raw rules only.
 */
#include "app/app.h"

#include "app/rows.h"
#include "base/cleanup.h"

static const struct app_row *const rows[] = { &app_http, &app_tls,  &app_dns,	&app_quic,  &app_smtp,
					      &app_ssh,	 &app_mqtt, &app_snmp, &app_modbus, &app_sip, &app_ftp,
					      &app_enip, &app_dhcp, &app_rfb };

const struct app_row *app_row(uint8_t app)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i]->app == app)
			return rows[i];
	return NULL;
}

const char *app_buffer_name(unsigned int id)
{
	return id < APP_BUFFERS ? app_buffers[id].name : NULL;
}
