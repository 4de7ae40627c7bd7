/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buffers rules may look at, and the numbers of a message they may test:
 * all that is known of one is its row here. The rule language names them,
 * app/ fills them (app_set(), app_set_number()), match/ searches them. A row
 * nobody fills yet is LATER: rules that name it are refused, never silent.
 */
#ifndef RULE_BUFFERS_H
#define RULE_BUFFERS_H

#include "cordon_lists.h"

/* which side sends it, bits 1 << CORDON_TO_SERVER, 1 << CORDON_TO_CLIENT */
#define APP_SIDE_TS 1
#define APP_SIDE_TC 2
#define APP_SIDE_BOTH 3

/* how its bytes stand on the wire: what the kernel may look for on its behalf (match/literal.c) */
enum {
	APP_WIRE_NONE,	/* not to be told: rules are followed for the application's sake, whatever the bytes */
	APP_WIRE_PLAIN, /* as they are */
	APP_WIRE_LINES, /* header lines: as they are between blanks, line ends, colons and commas (folds, joined fields) */
	APP_WIRE_URI,	/* LINES, and the sign of percent-encoding is watched for */
	APP_WIRE_NAME,	/* RFC 1035 labels where the text has dots */
	APP_WIRE_BODY,	/* as they are unless it comes in chunks or compressed, whose signs are watched for, or by mail */
};

/* flags */
#define APP_BUFFER_READY (1 << 0) /* app/ fills it */
#define APP_BUFFER_MULTI (1 << 1) /* a message may have several, each looked at by itself; naming it again asks for another */
#define APP_BUFFER_LOWER (1 << 2) /* never holds an upper-case letter */
#define APP_BUFFER_GROWS (1 << 3) /* told again as it grows: its end is known when the message is complete */
#define APP_BUFFER_PACKET (1 << 4) /* of a packet's headers, not of a message */
#define APP_BUFFER_FOLD (1 << 5)   /* digits in hex: rules may write them in either case */

/*
 * X(id, keyword, its old sticky name, old content modifier, pcre letter, applications, side, wire, flags)
 * Names and letters as in Suricata 7. "" and 0: it has none.
 */
#define A(app) (1ULL << CORDON_APP_##app)
#define READY APP_BUFFER_READY
#define LATER 0
#define MULTI APP_BUFFER_MULTI
#define GROWS APP_BUFFER_GROWS
#define LOWER APP_BUFFER_LOWER
#define PACKET APP_BUFFER_PACKET
#define FOLD APP_BUFFER_FOLD
#define FILES (A(HTTP) | A(SMTP) | A(FTP_DATA))
/* clang-format off */
#define APP_BUFFER_LIST(X) \
	X(PAYLOAD, "pkt_data", "", "", 0, 0, BOTH, PLAIN, READY) /* packet or stream bytes: no sticky buffer */ \
	X(HTTP_METHOD, "http.method", "", "http_method", 'M', A(HTTP), TS, LINES, READY) \
	X(HTTP_URI, "http.uri", "", "http_uri", 'U', A(HTTP), TS, URI, READY) \
	X(HTTP_URI_RAW, "http.uri.raw", "", "http_raw_uri", 'I', A(HTTP), TS, LINES, READY) \
	X(HTTP_HOST, "http.host", "", "http_host", 'W', A(HTTP), TS, LINES, READY | LOWER) \
	X(HTTP_HOST_RAW, "http.host.raw", "", "http_raw_host", 'Z', A(HTTP), TS, LINES, READY) \
	X(HTTP_USER_AGENT, "http.user_agent", "", "http_user_agent", 'V', A(HTTP), TS, LINES, READY) \
	X(HTTP_HEADER, "http.header", "", "http_header", 'H', A(HTTP), BOTH, LINES, READY) \
	X(HTTP_HEADER_RAW, "http.header.raw", "", "http_raw_header", 'D', A(HTTP), BOTH, LINES, READY) \
	X(HTTP_REQUEST_HEADER, "http.request_header", "http_request_header", "", 0, A(HTTP), TS, LINES, READY | MULTI) \
	X(HTTP_RESPONSE_HEADER, "http.response_header", "http_response_header", "", 0, A(HTTP), TC, LINES, READY | MULTI) \
	X(HTTP_HEADER_NAMES, "http.header_names", "http_header_names", "", 0, A(HTTP), BOTH, NONE, READY) \
	X(HTTP_COOKIE, "http.cookie", "", "http_cookie", 'C', A(HTTP), BOTH, LINES, READY) \
	X(HTTP_ACCEPT, "http.accept", "http_accept", "", 0, A(HTTP), TS, LINES, READY) \
	X(HTTP_ACCEPT_ENC, "http.accept_enc", "http_accept_enc", "", 0, A(HTTP), TS, LINES, READY) \
	X(HTTP_ACCEPT_LANG, "http.accept_lang", "http_accept_lang", "", 0, A(HTTP), TS, LINES, READY) \
	X(HTTP_CONNECTION, "http.connection", "http_connection", "", 0, A(HTTP), BOTH, LINES, READY) \
	X(HTTP_CONTENT_TYPE, "http.content_type", "http_content_type", "", 0, A(HTTP), BOTH, LINES, READY) \
	X(HTTP_CONTENT_LEN, "http.content_len", "http_content_len", "", 0, A(HTTP), BOTH, LINES, READY) \
	X(HTTP_REFERER, "http.referer", "http_referer", "", 0, A(HTTP), TS, LINES, READY) \
	X(HTTP_PROTOCOL, "http.protocol", "http_protocol", "", 0, A(HTTP), BOTH, LINES, READY) \
	X(HTTP_START, "http.start", "http_start", "", 0, A(HTTP), BOTH, LINES, READY) \
	X(HTTP_REQUEST_LINE, "http.request_line", "http_request_line", "", 0, A(HTTP), TS, LINES, READY) \
	X(HTTP_RESPONSE_LINE, "http.response_line", "http_response_line", "", 0, A(HTTP), TC, LINES, READY) \
	X(HTTP_REQUEST_BODY, "http.request_body", "", "http_client_body", 'P', A(HTTP), TS, BODY, READY | GROWS) \
	X(HTTP_RESPONSE_BODY, "http.response_body", "", "http_server_body", 'Q', A(HTTP), TC, BODY, READY | GROWS) \
	X(HTTP_STAT_CODE, "http.stat_code", "", "http_stat_code", 'S', A(HTTP), TC, LINES, READY) \
	X(HTTP_STAT_MSG, "http.stat_msg", "", "http_stat_msg", 'Y', A(HTTP), TC, LINES, READY) \
	X(HTTP_LOCATION, "http.location", "", "", 0, A(HTTP), TC, LINES, READY) \
	X(HTTP_SERVER, "http.server", "", "", 0, A(HTTP), TC, LINES, READY) \
	X(FILE_DATA, "file.data", "file_data", "", 0, FILES, BOTH, BODY, READY | MULTI | GROWS) \
	X(FILE_NAME, "file.name", "", "", 0, FILES, BOTH, NONE, READY | MULTI) \
	X(DNS_QUERY, "dns.query", "dns_query", "", 0, A(DNS), TS, NAME, READY | MULTI) \
	X(DNS_ANSWER_NAME, "dns.answer.name", "", "", 0, A(DNS), BOTH, NONE, READY | MULTI) \
	X(DNS_QUERY_NAME, "dns.query.name", "", "", 0, A(DNS), BOTH, NONE, READY | MULTI) \
	X(TLS_SNI, "tls.sni", "tls_sni", "", 0, A(TLS), TS, PLAIN, READY) \
	X(TLS_CERT_SUBJECT, "tls.cert_subject", "tls_cert_subject", "", 0, A(TLS), BOTH, NONE, READY) \
	X(TLS_CERT_ISSUER, "tls.cert_issuer", "tls_cert_issuer", "", 0, A(TLS), BOTH, NONE, READY) \
	X(TLS_CERT_SERIAL, "tls.cert_serial", "tls_cert_serial", "", 0, A(TLS), BOTH, NONE, READY | FOLD) \
	X(TLS_CERT_FINGERPRINT, "tls.cert_fingerprint", "tls_cert_fingerprint", "", 0, A(TLS), BOTH, NONE, READY | FOLD) \
	X(TLS_CERTS, "tls.certs", "", "", 0, A(TLS), BOTH, NONE, READY | MULTI) \
	X(TLS_RANDOM, "tls.random", "", "", 0, A(TLS), BOTH, NONE, READY) \
	X(TLS_RANDOM_TIME, "tls.random_time", "", "", 0, A(TLS), BOTH, NONE, READY) \
	X(TLS_RANDOM_BYTES, "tls.random_bytes", "", "", 0, A(TLS), BOTH, NONE, READY) \
	X(JA3_HASH, "ja3.hash", "ja3_hash", "", 0, A(TLS) | A(QUIC), TS, NONE, READY | FOLD) \
	X(JA3_STRING, "ja3.string", "ja3_string", "", 0, A(TLS) | A(QUIC), TS, NONE, READY) \
	X(JA3S_HASH, "ja3s.hash", "", "", 0, A(TLS) | A(QUIC), TC, NONE, READY | FOLD) \
	X(JA3S_STRING, "ja3s.string", "", "", 0, A(TLS) | A(QUIC), TC, NONE, READY) \
	X(JA4_HASH, "ja4.hash", "", "", 0, A(TLS) | A(QUIC), TS, NONE, READY | FOLD) \
	X(QUIC_SNI, "quic.sni", "", "", 0, A(QUIC), TS, NONE, READY) \
	X(QUIC_UA, "quic.ua", "", "", 0, A(QUIC), TS, NONE, LATER) \
	X(QUIC_VERSION, "quic.version", "", "", 0, A(QUIC), BOTH, NONE, READY) \
	X(QUIC_CYU_HASH, "quic.cyu.hash", "", "", 0, A(QUIC), TS, NONE, LATER | MULTI | FOLD) \
	X(QUIC_CYU_STRING, "quic.cyu.string", "", "", 0, A(QUIC), TS, NONE, LATER | MULTI) \
	X(SSH_PROTO, "ssh.proto", "ssh_proto", "", 0, A(SSH), BOTH, PLAIN, READY) \
	X(SSH_SOFTWARE, "ssh.software", "ssh_software", "", 0, A(SSH), BOTH, PLAIN, READY) \
	X(SSH_HASSH, "ssh.hassh", "", "", 0, A(SSH), TS, NONE, READY | FOLD) \
	X(SSH_HASSH_STRING, "ssh.hassh.string", "", "", 0, A(SSH), TS, NONE, READY) \
	X(SSH_HASSH_SERVER, "ssh.hassh.server", "", "", 0, A(SSH), TC, NONE, READY | FOLD) \
	X(SSH_HASSH_SERVER_STRING, "ssh.hassh.server.string", "", "", 0, A(SSH), TC, NONE, READY) \
	X(MQTT_PROTOCOL_STRING, "mqtt.connect.protocol_string", "", "", 0, A(MQTT), TS, PLAIN, READY) \
	X(MQTT_CONNECT_CLIENTID, "mqtt.connect.clientid", "", "", 0, A(MQTT), TS, PLAIN, READY) \
	X(MQTT_CONNECT_USERNAME, "mqtt.connect.username", "", "", 0, A(MQTT), TS, PLAIN, READY) \
	X(MQTT_CONNECT_PASSWORD, "mqtt.connect.password", "", "", 0, A(MQTT), TS, PLAIN, READY) \
	X(MQTT_CONNECT_WILLTOPIC, "mqtt.connect.willtopic", "", "", 0, A(MQTT), TS, PLAIN, READY) \
	X(MQTT_CONNECT_WILLMESSAGE, "mqtt.connect.willmessage", "", "", 0, A(MQTT), TS, PLAIN, READY) \
	X(MQTT_PUBLISH_TOPIC, "mqtt.publish.topic", "", "", 0, A(MQTT), BOTH, PLAIN, READY) \
	X(MQTT_PUBLISH_MESSAGE, "mqtt.publish.message", "", "", 0, A(MQTT), BOTH, PLAIN, READY) \
	X(MQTT_SUBSCRIBE_TOPIC, "mqtt.subscribe.topic", "", "", 0, A(MQTT), TS, PLAIN, READY | MULTI) \
	X(MQTT_UNSUBSCRIBE_TOPIC, "mqtt.unsubscribe.topic", "", "", 0, A(MQTT), TS, PLAIN, READY | MULTI) \
	X(SNMP_COMMUNITY, "snmp.community", "", "", 0, A(SNMP), BOTH, PLAIN, READY) \
	X(SNMP_USM, "snmp.usm", "", "", 0, A(SNMP), BOTH, PLAIN, READY) \
	X(SIP_METHOD, "sip.method", "", "", 0, A(SIP), TS, PLAIN, READY) \
	X(SIP_URI, "sip.uri", "", "", 0, A(SIP), TS, PLAIN, READY) \
	X(SIP_PROTOCOL, "sip.protocol", "", "", 0, A(SIP), BOTH, PLAIN, READY) \
	X(SIP_STAT_CODE, "sip.stat_code", "", "", 0, A(SIP), TC, PLAIN, READY) \
	X(SIP_STAT_MSG, "sip.stat_msg", "", "", 0, A(SIP), TC, PLAIN, READY) \
	X(SIP_REQUEST_LINE, "sip.request_line", "", "", 0, A(SIP), TS, PLAIN, READY) \
	X(SIP_RESPONSE_LINE, "sip.response_line", "", "", 0, A(SIP), TC, PLAIN, READY) \
	X(MODBUS_WRITTEN, "", "", "", 0, A(MODBUS), TS, NONE, READY) /* what a request writes: for the keyword `modbus` alone */ \
	X(CIP_REQUEST, "", "", "", 0, A(ENIP), BOTH, NONE, READY | MULTI) /* struct cip_fact: for the keyword cip_service alone */ \
	X(RFB_NAME, "rfb.name", "", "", 0, A(RFB), TC, NONE, READY) \
	X(FTP_COMMAND, "", "", "", 0, A(FTP), TC, NONE, READY) /* for events alone: Suricata 7 has no keywords for these */ \
	X(FTP_COMMAND_DATA, "", "", "", 0, A(FTP), TC, NONE, READY) \
	X(FTP_CODE, "", "", "", 0, A(FTP), TC, NONE, READY | MULTI) \
	X(FTP_REPLY, "", "", "", 0, A(FTP), TC, NONE, READY | MULTI) \
	X(FTP_RECEIVED_DATA, "ftpdata_command", "", "", 0, A(FTP_DATA), BOTH, NONE, LATER) \
	X(BASE64_DATA, "base64_data", "", "", 0, 0, BOTH, NONE, READY) /* what base64_decode gave */ \
	X(IP_SRC, "ip.src", "", "", 0, 0, BOTH, NONE, READY | PACKET) /* 4 or 16 bytes */ \
	X(IP_DST, "ip.dst", "", "", 0, 0, BOTH, NONE, READY | PACKET) \
	X(IPV4_HDR, "ipv4.hdr", "", "", 0, 0, BOTH, NONE, READY | PACKET) \
	X(IPV6_HDR, "ipv6.hdr", "", "", 0, 0, BOTH, NONE, READY | PACKET) \
	X(TCP_HDR, "tcp.hdr", "", "", 0, 0, BOTH, NONE, READY | PACKET) \
	X(UDP_HDR, "udp.hdr", "", "", 0, 0, BOTH, NONE, READY | PACKET) \
	X(ICMPV4_HDR, "icmpv4.hdr", "", "", 0, 0, BOTH, NONE, READY | PACKET) \
	X(ICMPV6_HDR, "icmpv6.hdr", "", "", 0, 0, BOTH, NONE, READY | PACKET)
/* clang-format on */
#define APP_X_BUFFER(id, ...) APP_BUFFER_##id,
enum { APP_BUFFER_LIST(APP_X_BUFFER) APP_BUFFERS };

/* X(id, keyword, applications, side, largest value, READY or LATER): tested as "5", ">5", "2-7", "!3" and so on */
/* clang-format off */
#define APP_NUMBER_LIST(X) \
	X(DNS_OPCODE, "dns.opcode", A(DNS), BOTH, 15, READY) \
	X(DNS_RCODE, "dns.rcode", A(DNS), TC, 65535, READY) \
	X(DNS_RRTYPE, "dns.rrtype", A(DNS), BOTH, 65535, READY) \
	X(MQTT_PROTOCOL_VERSION, "mqtt.protocol_version", A(MQTT), TS, 255, READY) \
	X(MQTT_REASON_CODE, "mqtt.reason_code", A(MQTT), BOTH, 255, READY) \
	X(SNMP_VERSION, "snmp.version", A(SNMP), BOTH, 255, READY) \
	X(SNMP_PDU_TYPE, "snmp.pdu_type", A(SNMP), BOTH, 255, READY) \
	X(ENIP_COMMAND, "enip_command", A(ENIP), BOTH, 0xffff, READY) \
	X(DHCP_LEASE_TIME, "dhcp.leasetime", A(DHCP), BOTH, 0xffffffff, READY) \
	X(DHCP_RENEWAL_TIME, "dhcp.renewal_time", A(DHCP), BOTH, 0xffffffff, READY) \
	X(DHCP_REBINDING_TIME, "dhcp.rebinding_time", A(DHCP), BOTH, 0xffffffff, READY) \
	X(RFB_SECTYPE, "rfb.sectype", A(RFB), TS, 0xffffffff, READY) \
	X(TLS_CHAIN_LEN, "tls.cert_chain_len", A(TLS), TC, 0xffffffff, READY) \
	/* below: app/ fills them, keyword files of their own read the value (no keyword of this name) */ \
	X(TLS_VERSION, "", A(TLS), BOTH, 0xffff, READY) \
	X(TLS_STATE, "", A(TLS), BOTH, 0xffff, LATER) \
	X(TLS_NOTBEFORE, "", A(TLS), TC, 0xffffffff, READY) \
	X(TLS_NOTAFTER, "", A(TLS), TC, 0xffffffff, READY) \
	X(MQTT_TYPE, "", A(MQTT), BOTH, 255, READY) \
	X(MQTT_FLAGS, "", A(MQTT), TS, 255, READY) \
	X(MQTT_CONNECT_FLAGS, "", A(MQTT), TS, 255, READY) \
	X(MQTT_SESSION, "", A(MQTT), TS, 1, READY) \
	X(MODBUS_FUNCTION, "", A(MODBUS), TS, 255, READY) \
	X(MODBUS_UNIT, "", A(MODBUS), TS, 255, READY) \
	X(MODBUS_ACCESS, "", A(MODBUS), TS, 255, READY) /* bits of parse/modbus.h, as is the next */ \
	X(MODBUS_CATEGORY, "", A(MODBUS), TS, 255, READY) \
	X(MODBUS_SUBFUNCTION, "", A(MODBUS), TS, 0xffff, READY) \
	X(MODBUS_ADDRESS, "", A(MODBUS), TS, 0x10000, READY) /* the first and the last that a request reads or writes, from 1 */ \
	X(MODBUS_LAST, "", A(MODBUS), TS, 0x1ffff, READY) \
	X(MODBUS_TRANSACTION, "", A(MODBUS), TS, 0xffff, READY) \
	X(MODBUS_PROTOCOL, "", A(MODBUS), TS, 0xffff, READY) \
	X(FILE_SIZE, "", A(HTTP), BOTH, 0xffffffff, READY) /* of a body that is one file and was there to its end */ \
	X(RFB_SECRESULT, "", A(RFB), TC, 0xffffffff, READY) \
	X(FTP_PORT, "", A(FTP), TC, 0xffff, READY) \
	X(FTP_ACTIVE, "", A(FTP), TC, 1, READY)
/* clang-format on */
#define APP_X_NUMBER(id, ...) APP_NUMBER_##id,
enum { APP_NUMBER_LIST(APP_X_NUMBER) APP_NUMBERS };

struct app_buffer_row {
	const char *name, *sticky, *modifier;
	char letter;
	unsigned long long apps; /* bits CORDON_APP_* */
	unsigned char side, wire, flags;
};

struct app_number_row {
	const char *name;
	unsigned long long apps;
	unsigned char side, flags;
	unsigned long long max;
};

extern const struct app_buffer_row app_buffers[APP_BUFFERS];
extern const struct app_number_row app_numbers[APP_NUMBERS];

#ifndef RULE_BUFFERS_ROWS /* the short words are for the rows only */
#undef A
#undef READY
#undef LATER
#undef MULTI
#undef GROWS
#undef LOWER
#undef PACKET
#undef FOLD
#undef FILES
#endif

#endif
