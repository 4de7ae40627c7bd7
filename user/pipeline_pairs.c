// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a message says, as pairs of a key and a text, named and ordered as in
 * Suricata's EVE: so that a further application needs a list here and no field
 * in struct finding. Pairs cross from the inspector to the daemon as text; a key
 * "a.b" is b in an object a, "#b" a number, "?b" true or false, "[b" an element of an array b, all of which stand together.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "parse/http.h"
#include "parse/modbus.h"
#include "parse/mqtt.h"
#include "parse/tls.h"
#include "pipeline_int.h"

/* an application's buffers; keys of the side that servers send may differ */
struct pair_row {
	const char *key;
	uint8_t buffer;
};

static bool has_key(const struct fields *f, const char *key)
{
	for (const char *p = f->pairs; p < f->pairs + f->pairs_len; p += strlen(p) + 1) {
		if (!strcmp(p, key))
			return true;
		p += strlen(p) + 1;
	}
	return false;
}

/* foreign bytes as text: a NUL inside would end it; what finds no room is left out. The last byte stays 0. */
static void put(struct fields *f, const char *key, const void *value, size_t len)
{
	size_t k = strlen(key) + 1;

	if (f->pairs_len + k + len + 1 >= sizeof(f->pairs) || (*key != '[' && has_key(f, key)))
		return;
	memcpy(f->pairs + f->pairs_len, key, k);
	for (size_t i = 0; i < len; i++)
		f->pairs[f->pairs_len + k + i] = ((const char *)value)[i] ? ((const char *)value)[i] : '?';
	f->pairs[f->pairs_len + k + len] = 0;
	f->pairs_len += k + len + 1;
}

static void put_text(struct fields *f, const char *key, const char *text)
{
	put(f, key, text, strlen(text));
}

static void put_rows(struct fields *f, const struct app_msg *msg, const char *prefix, const struct pair_row *row, size_t n)
{
	char key[48];

	for (size_t i = 0; i < n; i++) {
		if (!app_has(msg, row[i].buffer))
			continue;
		snprintf(key, sizeof(key), "%s%s", prefix, row[i].key);
		put(f, key, msg->buf[row[i].buffer].p, msg->buf[row[i].buffer].len);
	}
}

static bool number_of(const struct app_msg *msg, unsigned int number, uint64_t *ret)
{
	if (!(msg->has_number >> number & 1))
		return false;
	*ret = msg->number[number];
	return true;
}

static void put_time(struct fields *f, const struct app_msg *msg, const char *prefix, const char *name, unsigned int number)
{
	char key[48], text[32];
	struct tm tm;
	uint64_t v;
	time_t t;

	if (!number_of(msg, number, &v))
		return;
	t = (time_t)v;
	if (!gmtime_r(&t, &tm))
		return;
	snprintf(key, sizeof(key), "%s%s", prefix, name);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	put_text(f, key, text);
}

static const char *tls_version_text(uint64_t bit)
{
	return bit == TLS_IS_SSL2 ? "SSLv2" : bit == TLS_IS_SSL3 ? "SSLv3" : bit == TLS_IS_1_0 ? "TLSv1" :
	       bit == TLS_IS_1_1  ? "TLS 1.1" : bit == TLS_IS_1_2 ? "TLS 1.2" : bit == TLS_IS_1_3 ? "TLS 1.3" :
											    "UNDETERMINED";
}

static void tls_pairs(struct fields *f, const struct app_msg *msg)
{
	static const struct pair_row cert[] = { { "subject", APP_BUFFER_TLS_CERT_SUBJECT },
						{ "issuerdn", APP_BUFFER_TLS_CERT_ISSUER },
						{ "serial", APP_BUFFER_TLS_CERT_SERIAL },
						{ "fingerprint", APP_BUFFER_TLS_CERT_FINGERPRINT } },
				     hello[] = { { "sni", APP_BUFFER_TLS_SNI },
						 { "ja3.hash", APP_BUFFER_JA3_HASH },
						 { "ja3.string", APP_BUFFER_JA3_STRING },
						 { "ja3s.hash", APP_BUFFER_JA3S_HASH },
						 { "ja3s.string", APP_BUFFER_JA3S_STRING },
						 { "ja4", APP_BUFFER_JA4_HASH } };
	const char *prefix = msg->is_response ? "" : "client.";
	uint64_t v;

	put_rows(f, msg, prefix, cert, ARRAY_SIZE(cert));
	put_time(f, msg, prefix, "notbefore", APP_NUMBER_TLS_NOTBEFORE);
	put_time(f, msg, prefix, "notafter", APP_NUMBER_TLS_NOTAFTER);
	put_rows(f, msg, "", hello, ARRAY_SIZE(hello));
	if (msg->is_response && number_of(msg, APP_NUMBER_TLS_VERSION, &v)) /* the server chooses */
		put_text(f, "version", tls_version_text(v));
}

static void quic_pairs(struct fields *f, const struct app_msg *msg)
{
	static const struct pair_row rows[] = { { "sni", APP_BUFFER_QUIC_SNI },
						{ "ja3.hash", APP_BUFFER_JA3_HASH },
						{ "ja3.string", APP_BUFFER_JA3_STRING },
						{ "ja3s.hash", APP_BUFFER_JA3S_HASH },
						{ "ja3s.string", APP_BUFFER_JA3S_STRING },
						{ "ja4", APP_BUFFER_JA4_HASH } };
	const uint8_t *v = app_get(msg, APP_BUFFER_QUIC_VERSION).p;
	char text[16];
	uint32_t n;

	if (v) {
		n = (uint32_t)v[0] << 24 | (uint32_t)v[1] << 16 | (uint32_t)v[2] << 8 | v[3];
		if (v[0] == 'Q')
			snprintf(text, sizeof(text), "Q%c%c%c", v[1], v[2], v[3]);
		else if (n == 1 || n == 0x6b3343cf)
			snprintf(text, sizeof(text), "%s", n == 1 ? "1" : "v2");
		else
			snprintf(text, sizeof(text), "%08x", n);
		put_text(f, "version", text);
	}
	put_rows(f, msg, "", rows, ARRAY_SIZE(rows));
}

static void ssh_pairs(struct fields *f, const struct app_msg *msg)
{
	static const struct pair_row rows[] = { { "proto_version", APP_BUFFER_SSH_PROTO },
						{ "software_version", APP_BUFFER_SSH_SOFTWARE } };

	put_rows(f, msg, msg->is_response ? "server." : "client.", rows, ARRAY_SIZE(rows));
}

/* @object: the key's first part; @mark: '#', '?' */
static void put_number(struct fields *f, const char *object, char mark, const char *name, uint64_t v)
{
	char key[64], text[24];

	snprintf(key, sizeof(key), "%s.%c%s", object, mark, name);
	snprintf(text, sizeof(text), "%" PRIu64, v);
	put_text(f, key, text);
}

/* one control packet, under its type's name; passwords are not said */
static void mqtt_pairs(struct fields *f, const struct app_msg *msg)
{
	static const char *const types[] = { "", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp",
					     "subscribe", "suback", "unsubscribe", "unsuback", "pingreq", "pingresp",
					     "disconnect", "auth" };
	static const struct pair_row rows[] = { { ".protocol_string", APP_BUFFER_MQTT_PROTOCOL_STRING },
						{ ".client_id", APP_BUFFER_MQTT_CONNECT_CLIENTID },
						{ ".username", APP_BUFFER_MQTT_CONNECT_USERNAME },
						{ ".topic", APP_BUFFER_MQTT_PUBLISH_TOPIC },
						{ ".message", APP_BUFFER_MQTT_PUBLISH_MESSAGE } };
	uint64_t type = 0, flags = 0, v;
	const char *name;

	if (!number_of(msg, APP_NUMBER_MQTT_TYPE, &type) || !type) /* nobody's type has no fields */
		return;
	number_of(msg, APP_NUMBER_MQTT_FLAGS, &flags);
	name = types[type & 15];
	put_number(f, name, '#', "qos", flags >> 1 & 3);
	put_number(f, name, '?', "retain", flags & MQTT_RETAIN);
	put_number(f, name, '?', "dup", flags >> 3 & 1);
	if (type == MQTT_CONNECT && number_of(msg, APP_NUMBER_MQTT_PROTOCOL_VERSION, &v))
		put_number(f, name, '#', "protocol_version", v);
	if (number_of(msg, APP_NUMBER_MQTT_SESSION, &v))
		put_number(f, name, '?', "session_present", v);
	if (number_of(msg, APP_NUMBER_MQTT_REASON_CODE, &v))
		put_number(f, name, '#', type == MQTT_CONNACK ? "return_code" : "reason_code", v);
	put_rows(f, msg, name, rows, ARRAY_SIZE(rows));
}

/* bits as Suricata writes them: "READ | COILS"; none: "NONE". @tail stands behind them, or NULL */
static void put_bits(struct fields *f, const char *key, uint64_t bits, const char *const *names, size_t n, const char *tail)
{
	char text[80];
	size_t at = 0;

	for (size_t i = 0; i < n && at < sizeof(text); i++)
		if (bits >> i & 1)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at ? " | " : "", names[i]);
	if (tail && at < sizeof(text))
		snprintf(text + at, sizeof(text) - at, "%s", tail);
	put_text(f, key, at ? text : "NONE");
}

static const char *modbus_function(uint64_t function)
{
	static const char *const names[] = {
		[1] = "RdCoils", [2] = "RdDiscreteInputs", [3] = "RdHoldRegs", [4] = "RdInputRegs", [5] = "WrSingleCoil",
		[6] = "WrSingleReg", [7] = "RdExcStatus", [8] = "Diagnostic", [9] = "Program484", [10] = "Poll484",
		[11] = "GetCommEventCtr", [12] = "GetCommEventLog", [13] = "ProgramController", [14] = "PollController",
		[15] = "WrMultCoils", [16] = "WrMultRegs", [17] = "ReportServerID", [18] = "Program884", [19] = "ResetCommLink",
		[20] = "RdFileRec", [21] = "WrFileRec", [22] = "MaskWrReg", [23] = "RdWrMultRegs", [24] = "RdFIFOQueue",
		[43] = "MEI",
	};
	uint64_t i = function & 0x7f;

	return i < ARRAY_SIZE(names) && names[i] ? names[i] : "Unknown";
}

/* Suricata has names for both bits together, and writes them beside those of each */
static const char *modbus_both(uint64_t access)
{
	if (!(access & MODBUS_WRITE))
		return NULL;
	return access & MODBUS_SINGLE ? " | WRITE_SINGLE" : access & MODBUS_MULTIPLE ? " | WRITE_MULTIPLE" : NULL;
}

static void modbus_pairs(struct fields *f, const struct app_msg *msg)
{
	static const char *const access[] = { "READ", "WRITE", "DISCRETES", "COILS", "INPUT", "HOLDING", "SINGLE", "MULTIPLE" },
				 *const category[] = { "PUBLIC_UNASSIGNED", "PUBLIC_ASSIGNED", "USER_DEFINED", "RESERVED" };
	const char *side = msg->is_response ? "response" : "request";
	uint64_t function = 0, what, v = 0, last = 0;
	uint8_t known;
	char key[40];

	number_of(msg, APP_NUMBER_MODBUS_FUNCTION, &function);
	known = function & MODBUS_EXCEPTION ? 0 : (uint8_t)function;
	what = modbus_access(known);
	put_number(f, side, '#', "transaction_id", number_of(msg, APP_NUMBER_MODBUS_TRANSACTION, &v) ? v : 0);
	put_number(f, side, '#', "protocol_id", number_of(msg, APP_NUMBER_MODBUS_PROTOCOL, &v) ? v : 0);
	put_number(f, side, '#', "unit_id", number_of(msg, APP_NUMBER_MODBUS_UNIT, &v) ? v : 0);
	put_number(f, side, '#', "function_raw", function);
	snprintf(key, sizeof(key), "%s.function_code", side);
	put_text(f, key, modbus_function(function));
	snprintf(key, sizeof(key), "%s.access_type", side);
	put_bits(f, key, what, access, ARRAY_SIZE(access), modbus_both(what));
	snprintf(key, sizeof(key), "%s.category", side);
	put_bits(f, key, number_of(msg, APP_NUMBER_MODBUS_CATEGORY, &v) ? v : modbus_category(known), category,
		 ARRAY_SIZE(category), NULL);
	if (!number_of(msg, APP_NUMBER_MODBUS_ADDRESS, &v) || !number_of(msg, APP_NUMBER_MODBUS_LAST, &last))
		return;
	snprintf(key, sizeof(key), "%s.%s", side, what & MODBUS_WRITE ? "write" : "read");
	put_number(f, key, '#', "address", v - 1);
	if (what & (MODBUS_READ | MODBUS_MULTIPLE))
		put_number(f, key, '#', "quantity", last + 1 - v);
}

static void sip_pairs(struct fields *f, const struct app_msg *msg)
{
	static const struct pair_row rows[] = { { "method", APP_BUFFER_SIP_METHOD },
						{ "uri", APP_BUFFER_SIP_URI },
						{ "version", APP_BUFFER_SIP_PROTOCOL },
						{ "request_line", APP_BUFFER_SIP_REQUEST_LINE },
						{ "code", APP_BUFFER_SIP_STAT_CODE },
						{ "reason", APP_BUFFER_SIP_STAT_MSG },
						{ "response_line", APP_BUFFER_SIP_RESPONSE_LINE } };

	put_rows(f, msg, "", rows, ARRAY_SIZE(rows));
}

/* all instances of a buffer, as an array */
static void put_all(struct fields *f, const struct app_msg *msg, const char *key, uint8_t buffer)
{
	if (app_has(msg, buffer))
		put(f, key, msg->buf[buffer].p, msg->buf[buffer].len);
	for (uint16_t i = 0; i < msg->n_more; i++)
		if (msg->more[i].buffer == buffer)
			put(f, key, msg->more[i].buf.p, msg->more[i].buf.len);
}

/* passwords are not said */
static void ftp_pairs(struct fields *f, const struct app_msg *msg)
{
	struct app_buf c = app_get(msg, APP_BUFFER_FTP_COMMAND), arg = app_get(msg, APP_BUFFER_FTP_COMMAND_DATA);
	char text[8];
	uint64_t v;

	if (c.p)
		put(f, "command", c.p, c.len);
	if (arg.p && !http_is(c.p, c.len, "pass"))
		put(f, "command_data", arg.p, arg.len);
	put_all(f, msg, "[completion_code", APP_BUFFER_FTP_CODE);
	put_all(f, msg, "[reply", APP_BUFFER_FTP_REPLY);
	if (number_of(msg, APP_NUMBER_FTP_PORT, &v)) {
		snprintf(text, sizeof(text), "%u", (unsigned int)v);
		put_text(f, "#dynamic_port", text);
		if (number_of(msg, APP_NUMBER_FTP_ACTIVE, &v) && v)
			put_text(f, "mode", "active");
	}
	put_text(f, "reply_received", "yes");
}

void pairs_from_msg(struct fields *f, const struct app_msg *msg)
{
	/* both sides of a handshake are one record; what was spoken before STARTTLS is no part of it */
	if (f->pairs_app != msg->app || (msg->app != CORDON_APP_TLS && msg->app != CORDON_APP_SSH)) {
		memset(f->pairs, 0, sizeof(f->pairs));
		f->pairs_len = 0;
	}
	f->pairs_app = msg->app;
	if (msg->app == CORDON_APP_TLS)
		tls_pairs(f, msg);
	else if (msg->app == CORDON_APP_QUIC)
		quic_pairs(f, msg);
	else if (msg->app == CORDON_APP_SSH)
		ssh_pairs(f, msg);
	else if (msg->app == CORDON_APP_MQTT)
		mqtt_pairs(f, msg);
	else if (msg->app == CORDON_APP_MODBUS)
		modbus_pairs(f, msg);
	else if (msg->app == CORDON_APP_SIP)
		sip_pairs(f, msg);
	else if (msg->app == CORDON_APP_FTP)
		ftp_pairs(f, msg);
}
