/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line about a flow of an application that is recognised but not followed:
 * who the MQTT client says it is, what SSH software, which camera URL.
 */
#include <stdio.h>

#include "app/app.h"
#include "base/str.h"
#include "parse/modbus.h"
#include "parse/mqtt.h"
#include "parse/rtsp.h"
#include "parse/ssh.h"
#include "parse/telnet.h"

void app_detail(uint8_t app, const uint8_t *p, uint32_t len, char *dst, size_t size)
{
	struct cur c;
	union {
		struct mqtt_connect mqtt;
		struct modbus_adu modbus;
		struct rtsp_request rtsp;
		struct telnet_option telnet;
		struct ssh_banner ssh;
	} u;

	*dst = 0;
	if (!len)
		return;
	c = cur_of(p, len);
	if (app == CORDON_APP_MQTT && !mqtt_connect_parse(&c, &u.mqtt))
		str_escape(dst, size, u.mqtt.client_id.pos, cur_left(&u.mqtt.client_id));
	else if (app == CORDON_APP_SSH && !ssh_banner_parse(&c, &u.ssh))
		str_escape(dst, size, u.ssh.software.pos, cur_left(&u.ssh.software));
	else if (app == CORDON_APP_RTSP && !rtsp_request_parse(&c, &u.rtsp))
		str_escape(dst, size, u.rtsp.url.p, u.rtsp.url.len);
	else if (app == CORDON_APP_MODBUS && !modbus_parse(&c, &u.modbus))
		snprintf(dst, size, "unit %u function %u", u.modbus.unit, u.modbus.function);
	else if (app == CORDON_APP_TELNET && !telnet_option_parse(&c, &u.telnet))
		snprintf(dst, size, "option %u", u.telnet.option);
}
