/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is odd about traffic and seen here, by Suricata's names: told as
 * `anomaly` events, and what app-layer-event, stream-event and decode-event
 * rules wait for. A new one is a row here and the place that sees it
 * (app_msg.events, say_anomaly() of the pipeline, or match/decode.c).
 *
 * X(id, kind, application or 0, side that shows it, name)
 * Names of applications stand behind theirs and a dot in rules: http.missing_host_header.
 */
#ifndef RULE_EVENTS_H
#define RULE_EVENTS_H

#include <stdint.h>

#include "rule/buffers.h"

/*
 * X(id, keyword, type in EVE, layer in EVE)
 * DECODE and below: of the headers of one packet (match/decode.c), for rules alone. Which packets the kernel must send up
 * for them: none, what breaks comes by itself; all with IP options or extension headers; all ICMP; all that is neither
 * TCP, UDP nor ICMP. STATE and STATE_APP: of one TCP packet
 * in its connection's state (stream/state.c, stream/heard.c), for rules alone; all TCP, as for TCP's options.
 */
#define RULE_EVENT_KIND_LIST(X)                                                                   \
	X(APP, "app-layer-event", "applayer", "proto_parser")                                     \
	X(STREAM, "stream-event", "stream", "")                                                   \
	X(STATE, "stream-event", "", "")                                                          \
	X(STATE_APP, "app-layer-event", "", "")                                                   \
	X(FRAGMENT, "decode-event", "decode", "")                                                 \
	X(DECODE, "decode-event", "", "")                                                         \
	X(DECODE_OPTIONS, "decode-event", "", "")                                                 \
	X(DECODE_ICMP, "decode-event", "", "")                                                    \
	X(DECODE_OTHER, "decode-event", "", "")                                                   \
	X(DECODE_TCP, "decode-event", "", "")
#define RULE_X_EVENT_KIND(id, ...) RULE_EVENT_KIND_##id,
enum { RULE_EVENT_KIND_LIST(RULE_X_EVENT_KIND) RULE_EVENT_KINDS };

/*
 * Applications where Suricata's transaction is of both sides: their events are said of one side's message, and once more of
 * the other side, as Suricata asks for them with either side's packets.
 */
#define RULE_EVENT_TWO_SIDED                                                                                          \
	(1ULL << CORDON_APP_HTTP | 1ULL << CORDON_APP_TLS | 1ULL << CORDON_APP_SSH | 1ULL << CORDON_APP_SMTP |        \
	 1ULL << CORDON_APP_FTP | 1ULL << CORDON_APP_RFB)

/* clang-format off */
#define RULE_EVENT_HTTP_LIST(X) \
	X(HTTP_NO_HOST, APP, HTTP, TS, "missing_host_header") \
	X(HTTP_HOST_AMBIGUOUS, APP, HTTP, TS, "host_header_ambiguous") \
	X(HTTP_HOST_INVALID, APP, HTTP, TS, "request_header_host_invalid") \
	X(HTTP_REQUEST_LENGTH, APP, HTTP, TS, "invalid_content_length_field_in_request") \
	X(HTTP_RESPONSE_LENGTH, APP, HTTP, TC, "invalid_content_length_field_in_response") \
	X(HTTP_REQUEST_LENGTHS, APP, HTTP, TS, "duplicate_content_length_field_in_request") \
	X(HTTP_RESPONSE_LENGTHS, APP, HTTP, TC, "duplicate_content_length_field_in_response") \
	X(HTTP_REQUEST_CODING, APP, HTTP, TS, "invalid_transfer_encoding_value_in_request") \
	X(HTTP_REQUEST_NO_COLON, APP, HTTP, TS, "request_field_missing_colon") \
	X(HTTP_RESPONSE_NO_COLON, APP, HTTP, TC, "response_field_missing_colon") \
	X(HTTP_LENGTH_AND_CHUNKS, APP, HTTP, BOTH, "length_and_chunks") /* ours: Suricata is silent */ \
	X(HTTP_ENCODING, APP, HTTP, TC, "abnormal_ce_header") \
	X(HTTP_LAYERS, APP, HTTP, TC, "too_many_encoding_layers") \
	X(HTTP_BOMB, APP, HTTP, BOTH, "compression_bomb") \
	X(HTTP_URI_HOST_INVALID, APP, HTTP, TS, "request_uri_host_invalid") \
	X(HTTP_AUTH_UNKNOWN, APP, HTTP, TS, "request_auth_unrecognized") \
	X(HTTP_OLD_CHUNKS, APP, HTTP, TC, "response_chunked_old_proto") \
	X(HTTP_REQUEST_FIELD, APP, HTTP, TS, "request_header_invalid") \
	X(HTTP_RESPONSE_FIELD, APP, HTTP, TC, "response_header_invalid") \
	X(HTTP_REQUEST_FOLDING, APP, HTTP, TS, "invalid_request_field_folding") \
	X(HTTP_RESPONSE_FOLDING, APP, HTTP, TC, "invalid_response_field_folding") \
	X(HTTP_LEADING_BLANK, APP, HTTP, TS, "request_line_leading_whitespace") \
	X(HTTP_METHOD_BLANK, APP, HTTP, TS, "method_delim_non_compliant") \
	X(HTTP_URI_BLANK, APP, HTTP, TS, "uri_delim_non_compliant") \
	X(HTTP_RESPONSE_VERSION, APP, HTTP, TC, "response_invalid_protocol") \
	X(HTTP_RESPONSE_STATUS, APP, HTTP, TC, "response_invalid_status") \
	X(HTTP_RESPONSE_CODING, APP, HTTP, TC, "response_abnormal_transfer_encoding") \
	X(HTTP_REQUEST_CHUNK, APP, HTTP, TS, "invalid_request_chunk_len") \
	X(HTTP_RESPONSE_CHUNK, APP, HTTP, TC, "invalid_response_chunk_len") \
	X(HTTP_CONTINUE_TWICE, APP, HTTP, TC, "100_continue_already_seen") \
	X(HTTP_UNASKED, APP, HTTP, TC, "unable_to_match_response_to_request") \
	X(HTTP_INFLATE, APP, HTTP, BOTH, "gzip_decompression_failed")
#define RULE_EVENT_MODBUS_LIST(X) \
	X(MODBUS_PROTOCOL, APP, MODBUS, BOTH, "invalid_protocol_id") \
	X(MODBUS_LENGTH, APP, MODBUS, BOTH, "invalid_length") \
	X(MODBUS_FUNCTION, APP, MODBUS, TS, "invalid_function_code") \
	X(MODBUS_VALUE, APP, MODBUS, TS, "invalid_value") \
	X(MODBUS_EXCEPTION, APP, MODBUS, TC, "invalid_exception_code")
#define RULE_EVENT_DNS_LIST(X) \
	X(DNS_Z_FLAG, APP, DNS, BOTH, "z_flag_set") \
	X(DNS_OPCODE, APP, DNS, BOTH, "invalid_opcode")
#define RULE_EVENT_MQTT_LIST(X) \
	X(MQTT_QOS, APP, MQTT, BOTH, "invalid_qos_level") \
	X(MQTT_NO_CONNECT, APP, MQTT, BOTH, "missing_connect") \
	X(MQTT_NO_PUBLISH, APP, MQTT, BOTH, "missing_publish") \
	X(MQTT_NO_SUBSCRIBE, APP, MQTT, BOTH, "missing_subscribe") \
	X(MQTT_NO_UNSUBSCRIBE, APP, MQTT, BOTH, "missing_unsubscribe") \
	X(MQTT_TWO_CONNECTS, APP, MQTT, BOTH, "double_connect") \
	X(MQTT_UNINTRODUCED, APP, MQTT, BOTH, "unintroduced_message") \
	X(MQTT_TYPE, APP, MQTT, BOTH, "unassigned_msg_type") \
	X(MQTT_MALFORMED, APP, MQTT, BOTH, "malformed_traffic")
#define RULE_EVENT_SSH_LIST(X) \
	X(SSH_BANNER, APP, SSH, BOTH, "invalid_banner") \
	X(SSH_LONG_BANNER, APP, SSH, BOTH, "long_banner") \
	X(SSH_RECORD, APP, SSH, BOTH, "invalid_record")
#define RULE_EVENT_TLS_LIST(X) \
	X(TLS_RECORD_TYPE, APP, TLS, BOTH, "invalid_record_type") \
	X(TLS_RECORD_LENGTH, APP, TLS, BOTH, "invalid_record_length") \
	X(TLS_RECORD_VERSION, APP, TLS, BOTH, "invalid_record_version") \
	X(TLS_RECORD, APP, TLS, BOTH, "invalid_ssl_record") \
	X(TLS_MESSAGE, APP, TLS, BOTH, "invalid_handshake_message") \
	X(TLS_HELLO_LENGTH, APP, TLS, BOTH, "handshake_invalid_length") \
	X(TLS_SNI_TYPE, APP, TLS, BOTH, "invalid_sni_type") \
	X(TLS_SNI_LENGTH, APP, TLS, BOTH, "invalid_sni_length") \
	X(TLS_SNI_TWICE, APP, TLS, BOTH, "multiple_sni_extensions") \
	X(TLS_CERTIFICATE, APP, TLS, BOTH, "invalid_certificate") \
	X(TLS_HEARTBEAT, APP, TLS, BOTH, "invalid_heartbeat_message") \
	X(TLS_HEARTBEAT_OVERFLOW, APP, TLS, BOTH, "overflow_heartbeat_message") \
	X(TLS_HEARTBEAT_LEAK, APP, TLS, BOTH, "dataleak_heartbeat_mismatch")
#define RULE_EVENT_SMTP_LIST(X) \
	X(SMTP_REPLY, APP, SMTP, BOTH, "invalid_reply") \
	X(SMTP_NO_WELCOME, APP, SMTP, BOTH, "no_server_welcome_message") \
	X(SMTP_PIPELINE, APP, SMTP, BOTH, "invalid_pipelined_sequence") \
	X(SMTP_TLS_REJECTED, APP, SMTP, BOTH, "tls_rejected") \
	X(SMTP_DATA_REJECTED, APP, SMTP, BOTH, "data_command_rejected") \
	X(SMTP_TWICE, APP, SMTP, BOTH, "duplicate_fields") \
	X(SMTP_UNPARSABLE, APP, SMTP, BOTH, "unparsable_content")
#define RULE_EVENT_RFB_LIST(X) \
	X(RFB_TYPE, APP, RFB, BOTH, "unimplemented_security_type") \
	X(RFB_RESULT, APP, RFB, BOTH, "unknown_security_result") \
	X(RFB_TURN, APP, RFB, BOTH, "confused_state")
#define RULE_EVENT_DHCP_LIST(X) \
	X(DHCP_TRUNCATED, APP, DHCP, BOTH, "truncated_options")
#define RULE_EVENT_APP_LIST(X) RULE_EVENT_HTTP_LIST(X) RULE_EVENT_MODBUS_LIST(X) RULE_EVENT_DNS_LIST(X) RULE_EVENT_MQTT_LIST(X) RULE_EVENT_SSH_LIST(X) RULE_EVENT_TLS_LIST(X) RULE_EVENT_SMTP_LIST(X) RULE_EVENT_RFB_LIST(X) RULE_EVENT_DHCP_LIST(X)
#define RULE_EVENT_STATE_LIST(X) \
	X(STREAM_INVALID_ACK, STATE, UNDECIDED, BOTH, "pkt_invalid_ack") \
	X(STREAM_RESENT, STATE, UNDECIDED, BOTH, "pkt_retransmission") \
	X(STREAM_SPURIOUS, STATE, UNDECIDED, BOTH, "pkt_spurious_retransmission") \
	X(STREAM_INVALID_TIMESTAMP, STATE, UNDECIDED, BOTH, "pkt_invalid_timestamp") \
	X(STREAM_BROKEN_ACK, STATE, UNDECIDED, BOTH, "pkt_broken_ack") \
	X(STREAM_BAD_WINDOW_UPDATE, STATE, UNDECIDED, BOTH, "pkt_bad_window_update") \
	X(STREAM_RST_WITH_DATA, STATE, UNDECIDED, BOTH, "rst_with_data") \
	X(STREAM_RST_INVALID_ACK, STATE, UNDECIDED, BOTH, "rst_invalid_ack") \
	X(STREAM_RST_INJECTED, STATE, UNDECIDED, BOTH, "suspected_rst_inject") \
	X(STREAM_RST_NO_SESSION, STATE, UNDECIDED, BOTH, "rst_but_no_session") \
	X(STREAM_FIN_NO_SESSION, STATE, UNDECIDED, BOTH, "fin_but_no_session") \
	X(STREAM_SYN_FLOOD, STATE, UNDECIDED, BOTH, "3whs_syn_flood") \
	X(STREAM_SYNACK_FLOOD, STATE, UNDECIDED, BOTH, "3whs_synack_flood") \
	X(STREAM_FASTOPEN_IGNORED, STATE, UNDECIDED, BOTH, "3whs_synack_tfo_data_ignored") \
	X(STREAM_SYNACK_WRONG_ACK, STATE, UNDECIDED, BOTH, "3whs_synack_with_wrong_ack") \
	X(STREAM_SYNACK_WRONG_DIRECTION, STATE, UNDECIDED, BOTH, "3whs_synack_in_wrong_direction") \
	X(STREAM_SYNACK_TO_SERVER, STATE, UNDECIDED, BOTH, "3whs_synack_toserver_on_syn_recv") \
	X(STREAM_SYNACK_OTHER_ACK, STATE, UNDECIDED, BOTH, "3whs_synack_resend_with_different_ack") \
	X(STREAM_SYN_TO_CLIENT, STATE, UNDECIDED, BOTH, "3whs_syn_toclient_on_syn_recv") \
	X(STREAM_SYN_OTHER_SEQ, STATE, UNDECIDED, BOTH, "3whs_syn_resend_diff_seq_on_syn_recv") \
	X(STREAM_RIGHT_SEQ_WRONG_ACK, STATE, UNDECIDED, BOTH, "3whs_right_seq_wrong_ack_evasion") \
	X(STREAM_WRONG_SEQ_WRONG_ACK, STATE, UNDECIDED, BOTH, "3whs_wrong_seq_wrong_ack") \
	X(STREAM_ASYNC_WRONG_SEQ, STATE, UNDECIDED, BOTH, "3whs_async_wrong_seq") \
	X(STREAM_FOUR_WAY_WRONG_ACK, STATE, UNDECIDED, BOTH, "4whs_synack_with_wrong_ack") \
	X(STREAM_FOUR_WAY_WRONG_SYN, STATE, UNDECIDED, BOTH, "4whs_synack_with_wrong_syn") \
	X(STREAM_FOUR_WAY_WRONG_SEQ, STATE, UNDECIDED, BOTH, "4whs_wrong_seq") \
	X(STREAM_FOUR_WAY_INVALID_ACK, STATE, UNDECIDED, BOTH, "4whs_invalid_ack") \
	X(STREAM_EST_OUT_OF_WINDOW, STATE, UNDECIDED, BOTH, "est_packet_out_of_window") \
	X(STREAM_EST_BEFORE_LAST_ACK, STATE, UNDECIDED, BOTH, "est_pkt_before_last_ack") \
	X(STREAM_EST_INVALID_ACK, STATE, UNDECIDED, BOTH, "est_invalid_ack") \
	X(STREAM_EST_SYNACK_AGAIN, STATE, UNDECIDED, BOTH, "est_synack_resend") \
	X(STREAM_EST_SYNACK_OTHER_ACK, STATE, UNDECIDED, BOTH, "est_synack_resend_with_different_ack") \
	X(STREAM_EST_SYNACK_OTHER_SEQ, STATE, UNDECIDED, BOTH, "est_synack_resend_with_diff_seq") \
	X(STREAM_EST_SYNACK_TO_SERVER, STATE, UNDECIDED, BOTH, "est_synack_toserver") \
	X(STREAM_EST_SYN_AGAIN, STATE, UNDECIDED, BOTH, "est_syn_resend") \
	X(STREAM_EST_SYN_OTHER_SEQ, STATE, UNDECIDED, BOTH, "est_syn_resend_diff_seq") \
	X(STREAM_EST_SYN_TO_CLIENT, STATE, UNDECIDED, BOTH, "est_syn_toclient") \
	X(STREAM_FIN_INVALID_ACK, STATE, UNDECIDED, BOTH, "fin_invalid_ack") \
	X(STREAM_FIN_OUT_OF_WINDOW, STATE, UNDECIDED, BOTH, "fin_out_of_window") \
	X(STREAM_FIN_SYN, STATE, UNDECIDED, BOTH, "fin_syn") \
	X(STREAM_FIN1_FIN_WRONG_SEQ, STATE, UNDECIDED, BOTH, "fin1_fin_wrong_seq") \
	X(STREAM_FIN1_ACK_WRONG_SEQ, STATE, UNDECIDED, BOTH, "fin1_ack_wrong_seq") \
	X(STREAM_FIN1_INVALID_ACK, STATE, UNDECIDED, BOTH, "fin1_invalid_ack") \
	X(STREAM_FIN2_FIN_WRONG_SEQ, STATE, UNDECIDED, BOTH, "fin2_fin_wrong_seq") \
	X(STREAM_FIN2_ACK_WRONG_SEQ, STATE, UNDECIDED, BOTH, "fin2_ack_wrong_seq") \
	X(STREAM_FIN2_INVALID_ACK, STATE, UNDECIDED, BOTH, "fin2_invalid_ack") \
	X(STREAM_CLOSEWAIT_FIN_OUT_OF_WINDOW, STATE, UNDECIDED, BOTH, "closewait_fin_out_of_window") \
	X(STREAM_CLOSEWAIT_ACK_OUT_OF_WINDOW, STATE, UNDECIDED, BOTH, "closewait_ack_out_of_window") \
	X(STREAM_CLOSEWAIT_BEFORE_LAST_ACK, STATE, UNDECIDED, BOTH, "closewait_pkt_before_last_ack") \
	X(STREAM_CLOSEWAIT_INVALID_ACK, STATE, UNDECIDED, BOTH, "closewait_invalid_ack") \
	X(STREAM_CLOSING_ACK_WRONG_SEQ, STATE, UNDECIDED, BOTH, "closing_ack_wrong_seq") \
	X(STREAM_CLOSING_INVALID_ACK, STATE, UNDECIDED, BOTH, "closing_invalid_ack") \
	X(STREAM_LASTACK_ACK_WRONG_SEQ, STATE, UNDECIDED, BOTH, "lastack_ack_wrong_seq") \
	X(STREAM_LASTACK_INVALID_ACK, STATE, UNDECIDED, BOTH, "lastack_invalid_ack") \
	X(STREAM_TIMEWAIT_ACK_WRONG_SEQ, STATE, UNDECIDED, BOTH, "timewait_ack_wrong_seq") \
	X(STREAM_TIMEWAIT_INVALID_ACK, STATE, UNDECIDED, BOTH, "timewait_invalid_ack") \
	X(STREAM_SHUTDOWN_SYN, STATE, UNDECIDED, BOTH, "shutdown_syn_resend") \
	X(STREAM_GAP, STATE, UNDECIDED, BOTH, "reassembly_seq_gap") \
	X(FLOW_APPS_DIFFER, STATE_APP, UNDECIDED, BOTH, "applayer_mismatch_protocol_both_directions") \
	X(FLOW_APP_ONE_SIDE, STATE_APP, UNDECIDED, BOTH, "applayer_detect_protocol_only_one_direction") \
	X(FLOW_APP_SKIPPED, STATE_APP, UNDECIDED, BOTH, "applayer_proto_detection_skipped")
#define RULE_EVENT_MOMENT_LIST(X) RULE_EVENT_STATE_LIST(X) \
	X(STREAM_OTHER_DATA, STREAM, UNDECIDED, BOTH, "reassembly_overlap_different_data") \
	X(IPV4_FRAG_OVERLAP, FRAGMENT, UNDECIDED, BOTH, "ipv4.frag_overlap") \
	X(IPV6_FRAG_OVERLAP, FRAGMENT, UNDECIDED, BOTH, "ipv6.frag_overlap") \
	X(IPV4_SHORT, DECODE, UNDECIDED, BOTH, "ipv4.pkt_too_small") \
	X(IPV4_HEADER, DECODE, UNDECIDED, BOTH, "ipv4.hlen_too_small") \
	X(IPV4_LENGTH, DECODE, UNDECIDED, BOTH, "ipv4.iplen_smaller_than_hlen") \
	X(IPV4_CUT, DECODE, UNDECIDED, BOTH, "ipv4.trunc_pkt") \
	X(IPV4_VERSION, DECODE, UNDECIDED, BOTH, "ipv4.wrong_ip_version") \
	X(IPV4_FRAG_LARGE, DECODE, UNDECIDED, BOTH, "ipv4.frag_pkt_too_large") \
	X(IPV4_ICMPV6, DECODE_OTHER, UNDECIDED, BOTH, "ipv4.icmpv6") \
	X(IPV6_CUT, DECODE, UNDECIDED, BOTH, "ipv6.trunc_pkt") \
	X(IPV6_EXT_CUT, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.trunc_exthdr") \
	X(IPV6_VERSION, DECODE, UNDECIDED, BOTH, "ipv6.wrong_ip_version") \
	X(IPV6_FRAG_LARGE, DECODE, UNDECIDED, BOTH, "ipv6.frag_pkt_too_large") \
	X(IPV6_FRAG_LENGTH, DECODE, UNDECIDED, BOTH, "ipv6.frag_invalid_length") \
	X(IPV6_ICMPV4, DECODE_OTHER, UNDECIDED, BOTH, "ipv6.icmpv4") \
	X(IPV4_OPT_UNKNOWN, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv4.opt_invalid") \
	X(IPV4_OPT_LENGTH, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv4.opt_invalid_len") \
	X(IPV4_OPT_MALFORMED, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv4.opt_malformed") \
	X(IPV4_OPT_END, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv4.opt_eol_required") \
	X(IPV4_OPT_TWICE, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv4.opt_duplicate") \
	X(IPV6_TWO_FRAGMENT, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_dupl_fh") \
	X(IPV6_FRAG_USELESS, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_useless_fh") \
	X(IPV6_TWO_ROUTING, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_dupl_rh") \
	X(IPV6_TWO_HOP, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_dupl_hh") \
	X(IPV6_TWO_DST, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_dupl_dh") \
	X(IPV6_TWO_AUTH, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_dupl_ah") \
	X(IPV6_OPT_LENGTH, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_invalid_optlen") \
	X(IPV6_AUTH_RESERVED, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.exthdr_ah_res_not_null") \
	X(IPV6_HOP_UNKNOWN, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.hopopts_unknown_opt") \
	X(IPV6_HOP_PADDING, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.hopopts_only_padding") \
	X(IPV6_DST_UNKNOWN, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.dstopts_unknown_opt") \
	X(IPV6_DST_PADDING, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.dstopts_only_padding") \
	X(IPV6_ROUTING_0, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.rh_type_0") \
	X(IPV6_FRAG_RESERVED, DECODE_OPTIONS, UNDECIDED, BOTH, "ipv6.fh_non_zero_reserved_field") \
	X(IPV6_NONE_DATA, DECODE_OTHER, UNDECIDED, BOTH, "ipv6.data_after_none_header") \
	X(IPV6_IPV4_SHORT, DECODE_OTHER, UNDECIDED, BOTH, "ipv6.ipv4_in_ipv6_too_small") \
	X(IPV6_IPV4_VERSION, DECODE_OTHER, UNDECIDED, BOTH, "ipv6.ipv4_in_ipv6_wrong_version") \
	X(IPV6_IPV6_SHORT, DECODE_OTHER, UNDECIDED, BOTH, "ipv6.ipv6_in_ipv6_too_small") \
	X(IPV6_IPV6_VERSION, DECODE_OTHER, UNDECIDED, BOTH, "ipv6.ipv6_in_ipv6_wrong_version") \
	X(ICMPV4_SHORT, DECODE, UNDECIDED, BOTH, "icmpv4.pkt_too_small") \
	X(ICMPV4_TYPE, DECODE_ICMP, UNDECIDED, BOTH, "icmpv4.unknown_type") \
	X(ICMPV4_CODE, DECODE_ICMP, UNDECIDED, BOTH, "icmpv4.unknown_code") \
	X(ICMPV4_QUOTE_CUT, DECODE_ICMP, UNDECIDED, BOTH, "icmpv4.ipv4_trunc_pkt") \
	X(ICMPV4_QUOTE_VERSION, DECODE_ICMP, UNDECIDED, BOTH, "icmpv4.ipv4_unknown_ver") \
	X(ICMPV6_SHORT, DECODE, UNDECIDED, BOTH, "icmpv6.pkt_too_small") \
	X(ICMPV6_CODE, DECODE_ICMP, UNDECIDED, BOTH, "icmpv6.unknown_code") \
	X(ICMPV6_UNASSIGNED, DECODE_ICMP, UNDECIDED, BOTH, "icmpv6.unassigned_type") \
	X(ICMPV6_EXPERIMENT, DECODE_ICMP, UNDECIDED, BOTH, "icmpv6.experimentation_type") \
	X(ICMPV6_HOPS, DECODE_ICMP, UNDECIDED, BOTH, "icmpv6.mld_message_with_invalid_hl") \
	X(ICMPV6_QUOTE_CUT, DECODE_ICMP, UNDECIDED, BOTH, "icmpv6.ipv6_trunc_pkt") \
	X(ICMPV6_QUOTE_VERSION, DECODE_ICMP, UNDECIDED, BOTH, "icmpv6.ipv6_unknown_version") \
	X(TCP_SHORT, DECODE, UNDECIDED, BOTH, "tcp.pkt_too_small") \
	X(TCP_CUT, DECODE, UNDECIDED, BOTH, "tcp.hlen_too_small") \
	X(TCP_OPTIONS, DECODE, UNDECIDED, BOTH, "tcp.invalid_optlen") \
	X(TCP_OPT_LENGTH, DECODE_TCP, UNDECIDED, BOTH, "tcp.opt_invalid_len") \
	X(TCP_OPT_TWICE, DECODE_TCP, UNDECIDED, BOTH, "tcp.opt_duplicate") \
	X(UDP_SHORT, DECODE, UNDECIDED, BOTH, "udp.hlen_too_small") \
	X(UDP_CUT, DECODE, UNDECIDED, BOTH, "udp.pkt_too_small") \
	X(UDP_LENGTH, DECODE, UNDECIDED, BOTH, "udp.len_invalid")
#define RULE_EVENT_LIST(X) RULE_EVENT_MOMENT_LIST(X) RULE_EVENT_APP_LIST(X)
/* clang-format on */
#define RULE_X_EVENT(id, ...) RULE_EVENT_##id,
enum { RULE_EVENT_LIST(RULE_X_EVENT) RULE_EVENTS };
#define RULE_X_EVENT_MOMENT(id, ...) RULE_MOMENT_##id,
enum { RULE_EVENT_MOMENT_LIST(RULE_X_EVENT_MOMENT) RULE_MOMENTS };
_Static_assert(RULE_MOMENTS < 255, "moments stand first: they are bytes");

/* a message is of one application: its events are bits of a 64-bit set by their number among those of that application */
#define RULE_X_EVENT_AT(id, ...) RULE_EVENT_AT_##id,
#define RULE_X_EVENTS_OF(app) \
	enum { RULE_EVENT_##app##_LIST(RULE_X_EVENT_AT) RULE_EVENTS_OF_##app }; \
	_Static_assert(RULE_EVENTS_OF_##app <= 64, "bits of a 64-bit set")
RULE_X_EVENTS_OF(HTTP);
RULE_X_EVENTS_OF(MODBUS);
RULE_X_EVENTS_OF(DNS);
RULE_X_EVENTS_OF(MQTT);
RULE_X_EVENTS_OF(SSH);
RULE_X_EVENTS_OF(TLS);
RULE_X_EVENTS_OF(SMTP);
RULE_X_EVENTS_OF(RFB);
RULE_X_EVENTS_OF(DHCP);
#define RULE_EVENT_BIT(id) (1ULL << RULE_EVENT_AT_##id)

struct rule_event_row {
	const char *name;
	unsigned char kind, app, side;
	unsigned char at; /* of an application's: its bit in app_msg.events */
};

extern const struct rule_event_row rule_events[RULE_EVENTS];

/* RULE_EVENT_* of that bit of a message of the application; RULE_EVENTS: none */
unsigned int rule_event_of(unsigned char app, unsigned int at);
/* bits of those that messages of these applications (bits CORDON_APP_*) may show after they were told first */
uint64_t rule_events_late(uint64_t apps);

#endif
