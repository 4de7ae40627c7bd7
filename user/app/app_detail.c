/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line about a flow of an application that is recognised but not followed: who the MQTT client says it is, what SSH
 * software, which camera URL, which file. A function and a line of the table each.
 */
#include <stdio.h>

#include "app/app.h"
#include "base/cleanup.h"
#include "base/str.h"
#include "parse/coap.h"
#include "parse/dns.h"
#include "parse/modbus.h"
#include "parse/mqtt.h"
#include "parse/ntp.h"
#include "parse/rtsp.h"
#include "parse/ssdp.h"
#include "parse/ssh.h"
#include "parse/telnet.h"
#include "parse/tftp.h"

static void of_mqtt(struct cur *c, char *dst, size_t size)
{
	struct mqtt_connect m;

	if (!mqtt_connect_parse(c, &m))
		str_escape(dst, size, m.client_id.pos, cur_left(&m.client_id));
}

static void of_ssh(struct cur *c, char *dst, size_t size)
{
	struct ssh_banner b;

	if (!ssh_banner_parse(c, &b))
		str_escape(dst, size, b.software.pos, cur_left(&b.software));
}

static void of_rtsp(struct cur *c, char *dst, size_t size)
{
	struct rtsp_request r;

	if (!rtsp_request_parse(c, &r))
		str_escape(dst, size, r.url.p, r.url.len);
}

static void of_modbus(struct cur *c, char *dst, size_t size)
{
	struct modbus_adu m;

	if (!modbus_parse(c, &m))
		snprintf(dst, size, "unit %u function %u", m.unit, m.function);
}

static void of_telnet(struct cur *c, char *dst, size_t size)
{
	struct telnet_option o;

	if (!telnet_option_parse(c, &o))
		snprintf(dst, size, "option %u", o.option);
}

static void of_tftp(struct cur *c, char *dst, size_t size)
{
	struct tftp_request r;
	char file[256];

	if (!tftp_request_parse(c, &r))
		snprintf(dst, size, "%s %s", r.op == TFTP_READ ? "read" : "write",
			 str_escape(file, sizeof(file), r.file.pos, cur_left(&r.file)));
}

/* "GET /sensors/temp", "2.05" */
static void of_coap(struct cur *c, char *dst, size_t size)
{
	static const char *const methods[] = { "", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH" };
	struct coap_option o = { 0 };
	struct coap_header h;
	size_t at;

	if (coap_header_parse(c, &h))
		return;
	if (h.class || h.code >= ARRAY_SIZE(methods)) {
		snprintf(dst, size, "%u.%02u", h.class, h.code);
		return;
	}
	at = str_copy(dst, size, methods[h.code]);
	at += str_copy(dst + at, size - at, h.code ? " " : "empty");
	while (coap_option_next(c, &o) > 0) {
		if (o.number != COAP_URI_PATH || at + 2 > size)
			continue;
		at += str_copy(dst + at, size - at, "/");
		at += strlen(str_escape(dst + at, size - at, o.value.pos, cur_left(&o.value)));
	}
}

static void of_ntp(struct cur *c, char *dst, size_t size)
{
	static const char *const modes[] = { "", "active", "passive", "client", "server", "broadcast", "control", "private" };
	struct ntp_info i;

	if (ntp_parse(c, &i))
		return;
	if (i.mode < NTP_CONTROL)
		snprintf(dst, size, "version %u %s", i.version, modes[i.mode]);
	else
		snprintf(dst, size, "version %u %s %u", i.version, modes[i.mode], i.op);
}

static void of_ssdp(struct cur *c, char *dst, size_t size)
{
	static const char *const kinds[] = { [SSDP_SEARCH] = "search", [SSDP_NOTIFY] = "notify", [SSDP_ANSWER] = "answer" };
	struct ssdp_message m;
	char target[160];

	if (!ssdp_parse(c, &m))
		snprintf(dst, size, "%s %s", kinds[m.kind], str_escape(target, sizeof(target), m.target.p, m.target.len));
}

/* the first name that is asked for; an answer asks for none (RFC 6762 6) */
static void of_mdns(struct cur *c, char *dst, size_t size)
{
	const uint8_t *msg = c->pos;
	struct dns_question q;
	struct dns_header h;

	if (!dns_header_parse(c, &h) && h.questions && !dns_question(msg, c, &q))
		str_escape(dst, size, q.name, q.name_len);
}

static void (*const details[CORDON_APPS])(struct cur *c, char *dst, size_t size) = {
	[CORDON_APP_MQTT] = of_mqtt, [CORDON_APP_SSH] = of_ssh,	      [CORDON_APP_RTSP] = of_rtsp, [CORDON_APP_MODBUS] = of_modbus,
	[CORDON_APP_TELNET] = of_telnet, [CORDON_APP_TFTP] = of_tftp, [CORDON_APP_COAP] = of_coap, [CORDON_APP_NTP] = of_ntp,
	[CORDON_APP_SSDP] = of_ssdp, [CORDON_APP_MDNS] = of_mdns,
};

void app_detail(uint8_t app, const uint8_t *p, uint32_t len, char *dst, size_t size)
{
	struct cur c;

	*dst = 0;
	if (!len || app >= CORDON_APPS || !details[app])
		return;
	c = cur_of(p, len);
	details[app](&c, dst, size);
}
