/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyword rows: name, function, flags, help. A new keyword is one row and one kw_*.c file; buffers are rows of buffers.h. */
#ifndef RULE_KEYWORDS_H
#define RULE_KEYWORDS_H

#include "rule/draft.h"

int kw_msg(struct draft *d, char *v);
int kw_sid(struct draft *d, char *v);
int kw_gid(struct draft *d, char *v);
int kw_rev(struct draft *d, char *v);
int kw_classtype(struct draft *d, char *v);
int kw_priority(struct draft *d, char *v);
int kw_note(struct draft *d, char *v);
int kw_mark(struct draft *d, char *v);
int kw_target(struct draft *d, char *v);
int kw_requires(struct draft *d, char *v);
int kw_noalert(struct draft *d, char *v);
int kw_bypass(struct draft *d, char *v);

int kw_content(struct draft *d, char *v);
int kw_uricontent(struct draft *d, char *v);
int kw_nocase(struct draft *d, char *v);
int kw_depth(struct draft *d, char *v);
int kw_offset(struct draft *d, char *v);
int kw_distance(struct draft *d, char *v);
int kw_within(struct draft *d, char *v);
int kw_startswith(struct draft *d, char *v);
int kw_endswith(struct draft *d, char *v);
int kw_fast_pattern(struct draft *d, char *v);
int kw_rawbytes(struct draft *d, char *v);

int kw_isdataat(struct draft *d, char *v);
int kw_bsize(struct draft *d, char *v);
int kw_pcre(struct draft *d, char *v);

int kw_urilen(struct draft *d, char *v);
int kw_transform(struct draft *d, char *v);

int kw_byte_test(struct draft *d, char *v);
int kw_byte_jump(struct draft *d, char *v);
int kw_byte_extract(struct draft *d, char *v);
int kw_byte_math(struct draft *d, char *v);

int kw_flowbits(struct draft *d, char *v);
int kw_xbits(struct draft *d, char *v);
int kw_hostbits(struct draft *d, char *v);
int kw_flowint(struct draft *d, char *v);

int kw_tls_version(struct draft *d, char *v);
int kw_ssl_version(struct draft *d, char *v);
int kw_ssl_state(struct draft *d, char *v);
int kw_tls_date(struct draft *d, char *v);
int kw_tls_validity(struct draft *d, char *v);
int kw_tls_store(struct draft *d, char *v);
int kw_tls_text(struct draft *d, char *v);

int kw_file_store(struct draft *d, char *v);
int kw_file_size(struct draft *d, char *v);
int kw_file_name(struct draft *d, char *v);
int kw_ssh_version(struct draft *d, char *v);

int kw_rfb_secresult(struct draft *d, char *v);
int kw_mqtt_type(struct draft *d, char *v);
int kw_mqtt_flags(struct draft *d, char *v);
int kw_mqtt_connect_flags(struct draft *d, char *v);
int kw_mqtt_qos(struct draft *d, char *v);
int kw_mqtt_session(struct draft *d, char *v);
int kw_mqtt_reason(struct draft *d, char *v);

int kw_geoip(struct draft *d, char *v);
int kw_modbus(struct draft *d, char *v);
int kw_cip_service(struct draft *d, char *v);

int kw_flow(struct draft *d, char *v);
int kw_threshold(struct draft *d, char *v);
int kw_detection_filter(struct draft *d, char *v);

int kw_tos(struct draft *d, char *v);
int kw_ipopts(struct draft *d, char *v);
int kw_fragbits(struct draft *d, char *v);
int kw_stream_size(struct draft *d, char *v);
int kw_app_layer_protocol(struct draft *d, char *v);
int kw_base64_decode(struct draft *d, char *v);

int kw_dataset(struct draft *d, char *v);
int kw_datarep(struct draft *d, char *v);
int kw_event(struct draft *d, char *v);
int kw_iprep(struct draft *d, char *v);

int kw_number(struct draft *d, char *v);
int kw_l3_proto(struct draft *d, char *v);
int kw_ip_proto(struct draft *d, char *v);
int kw_flags(struct draft *d, char *v);
int kw_sameip(struct draft *d, char *v);
int kw_csum(struct draft *d, char *v);

static const struct keyword keywords[] = {
	{ "msg", kw_msg, KW_VALUE | KW_QUOTED, "text of the alert" },
	{ "sid", kw_sid, KW_VALUE, "number of the rule" },
	{ "gid", kw_gid, KW_VALUE, "group of the number; default 1" },
	{ "rev", kw_rev, KW_VALUE, "revision" },
	{ "classtype", kw_classtype, KW_VALUE, "class: priority and category" },
	{ "priority", kw_priority, KW_VALUE, "1 (worst) ... 255; overrides the class" },
	{ "reference", kw_note, KW_VALUE, "kept in the rule's text" },
	{ "metadata", kw_note, KW_VALUE, "kept in the rule's text" },
	{ "target", kw_target, KW_VALUE, "src_ip or dest_ip: who is the victim" },
	{ "tag", kw_note, KW_VALUE, "kept in the rule's text: packets after an alert are not marked" },
	{ "prefilter", kw_note, KW_NO_VALUE, "kept in the rule's text" },
	{ "requires", kw_requires, KW_VALUE, "features, version and keywords without which the rule is not for this engine" },
	{ "replace", kw_note, KW_VALUE, "kept in the rule's text: bytes are not changed" },
	{ "nfq_set_mark", kw_mark, KW_VALUE, "kept in the rule's text: packets are not marked" },
	{ "noalert", kw_noalert, KW_NO_VALUE, "matches in silence" },
	{ "bypass", kw_bypass, KW_NO_VALUE, "what comes of the flow after a match is not looked at" },
	{ "content", kw_content, KW_VALUE, "bytes that must (!: must not) be there" },
	{ "uricontent", kw_uricontent, KW_VALUE, "content in http.uri" },
	{ "nocase", kw_nocase, KW_NO_VALUE, "content: letters of either case" },
	{ "depth", kw_depth, KW_VALUE, "content: within so many bytes from offset on" },
	{ "offset", kw_offset, KW_VALUE, "content: not before this byte" },
	{ "distance", kw_distance, KW_VALUE, "content: so many bytes after the match before" },
	{ "within", kw_within, KW_VALUE, "content: ends within so many bytes of the match before" },
	{ "startswith", kw_startswith, KW_NO_VALUE, "content: at the buffer's begin" },
	{ "endswith", kw_endswith, KW_NO_VALUE, "content: at the buffer's end" },
	{ "fast_pattern", kw_fast_pattern, 0, "content: look for this one first" },
	{ "rawbytes", kw_rawbytes, KW_NO_VALUE, "content: no meaning here, as in Suricata" },
	{ "isdataat", kw_isdataat, KW_VALUE, "so many bytes are (!: are not) there" },
	{ "byte_test", kw_byte_test, KW_VALUE, "compares a number in the buffer" },
	{ "byte_jump", kw_byte_jump, KW_VALUE, "goes as far as a number in the buffer says" },
	{ "byte_extract", kw_byte_extract, KW_VALUE, "gives a number in the buffer a name" },
	{ "byte_math", kw_byte_math, KW_VALUE, "the same after a calculation" },
	{ "flowbits", kw_flowbits, KW_VALUE, "bits of a flow: set, unset, toggle, isset, isnotset" },
	{ "xbits", kw_xbits, KW_VALUE, "bits of an address, for a time" },
	{ "hostbits", kw_hostbits, KW_VALUE, "bits of a host" },
	{ "flowint", kw_flowint, KW_VALUE, "numbers of a flow" },
	{ "bsize", kw_bsize, KW_VALUE, "length of the buffer" },
	{ "pcre", kw_pcre, KW_VALUE | KW_QUOTED, "Perl expression" },
	{ "urilen", kw_urilen, KW_VALUE, "length of http.uri, or of http.uri.raw" },
	{ "dotprefix", kw_transform, KW_NO_VALUE, "the buffer is looked at with a dot before it" },
	{ "to_lowercase", kw_transform, KW_NO_VALUE, "the buffer in lower case" },
	{ "to_uppercase", kw_transform, KW_NO_VALUE, "the buffer in upper case" },
	{ "strip_whitespace", kw_transform, KW_NO_VALUE, "the buffer without blanks" },
	{ "compress_whitespace", kw_transform, KW_NO_VALUE, "the buffer with one blank for each run of them" },
	{ "url_decode", kw_transform, KW_NO_VALUE, "the buffer percent-decoded, + for a blank" },
	{ "xor", kw_transform, KW_VALUE | KW_QUOTED, "the buffer xor-ed with a key in hex" },
	{ "to_md5", kw_transform, KW_NO_VALUE, "the buffer's MD5" },
	{ "to_sha1", kw_transform, KW_NO_VALUE, "the buffer's SHA-1" },
	{ "to_sha256", kw_transform, KW_NO_VALUE, "the buffer's SHA-256" },
	{ "header_lowercase", kw_transform, KW_NO_VALUE, "header names in lower case" },
	{ "strip_pseudo_headers", kw_transform, KW_NO_VALUE, "the buffer without lines that begin with a colon" },
	{ "pcrexform", kw_transform, KW_VALUE | KW_QUOTED, "what the one group of an expression holds; the buffer where it does not match" },
	{ "filestore", kw_file_store, 0, "there is a file; it is not stored" },
	{ "filesize", kw_file_size, KW_VALUE, "bytes of a whole file; kb, mb, gb" },
	{ "base64_decode", kw_base64_decode, 0, "decodes what follows for base64_data" },
	{ "tls.version", kw_tls_version, KW_VALUE, "version of the handshake: 1.0 ... 1.3" },
	{ "ssl_version", kw_ssl_version, KW_VALUE, "one of several versions" },
	{ "ssl_state", kw_ssl_state, KW_VALUE, "refused, with the reason" },
	{ "tls_cert_notbefore", kw_tls_date, KW_VALUE, "begin of the certificate's validity" },
	{ "tls_cert_notafter", kw_tls_date, KW_VALUE, "its end" },
	{ "tls_cert_expired", kw_tls_validity, KW_NO_VALUE, "the certificate's validity is over" },
	{ "tls_cert_valid", kw_tls_validity, KW_NO_VALUE, "the certificate is within its validity" },
	{ "tls.store", kw_tls_store, KW_NO_VALUE, "of TLS; certificates are not stored" },
	{ "tls_store", kw_tls_store, KW_NO_VALUE, "the same" },
	{ "tls.subject", kw_tls_text, KW_VALUE, "text in tls.cert_subject" },
	{ "tls.issuerdn", kw_tls_text, KW_VALUE, "text in tls.cert_issuer" },
	{ "tls.fingerprint", kw_tls_text, KW_VALUE, "text in tls.cert_fingerprint" },
	{ "filename", kw_file_name, KW_VALUE, "text in file.name, in either case" },
	{ "fileext", kw_file_name, KW_VALUE, "file.name ends in a dot and this" },
	{ "ssh.protoversion", kw_ssh_version, KW_VALUE, "the whole of ssh.proto; 2_compat: 2 or 1.99" },
	{ "ssh.softwareversion", kw_ssh_version, KW_VALUE, "ssh.software" },
	{ "mqtt.type", kw_mqtt_type, KW_VALUE, "type of the packet: CONNECT ..." },
	{ "mqtt.flags", kw_mqtt_flags, KW_VALUE, "dup and retain, !: not" },
	{ "mqtt.connect.flags", kw_mqtt_connect_flags, KW_VALUE, "username, password, will, will_retain, clean_session" },
	{ "mqtt.qos", kw_mqtt_qos, KW_VALUE, "quality of service, 0 to 2" },
	{ "mqtt.connack.return_code", kw_mqtt_reason, KW_VALUE, "the same as mqtt.reason_code" },
	{ "mqtt.connack.session_present", kw_mqtt_session, KW_VALUE, "yes or no" },
	{ "modbus", kw_modbus, KW_VALUE | KW_QUOTED, "unit, function, access, address and value of a request" },
	{ "rfb.secresult", kw_rfb_secresult, KW_VALUE, "how VNC's authentication ended: ok" },
	{ "cip_service", kw_cip_service, KW_VALUE, "what a request of CIP asks for: service, class, attribute" },
	{ "dataset", kw_dataset, KW_VALUE, "the buffer is (not) in a set of values; puts it in, takes it out" },
	{ "datarep", kw_datarep, KW_VALUE, "the buffer's reputation in a set of values" },
	{ "app-layer-event", kw_event, KW_VALUE, "a message is odd: http.missing_host_header" },
	{ "stream-event", kw_event, KW_VALUE, "a TCP stream is odd: reassembly_overlap_different_data" },
	{ "decode-event", kw_event, KW_VALUE, "a packet is odd: ipv4.frag_overlap" },
	{ "geoip", kw_geoip, KW_VALUE, "the country of an end" },
	{ "iprep", kw_iprep, KW_VALUE, "an address's reputation" },
	{ "flow", kw_flow, KW_VALUE, "direction and state of the flow" },
	{ "threshold", kw_threshold, KW_VALUE, "how often it alerts" },
	{ "detection_filter", kw_detection_filter, KW_VALUE, "how often it must match before it alerts" },
	{ "dsize", kw_number, KW_VALUE, "bytes of payload" },
	{ "ttl", kw_number, KW_VALUE, "time to live, hop limit" },
	{ "id", kw_number, KW_VALUE, "IPv4 identification" },
	{ "seq", kw_number, KW_VALUE, "TCP sequence number" },
	{ "ack", kw_number, KW_VALUE, "TCP acknowledgement number" },
	{ "window", kw_number, KW_VALUE, "TCP window" },
	{ "tcp.seq", kw_number, KW_VALUE, "the same as seq" },
	{ "tcp.ack", kw_number, KW_VALUE, "the same as ack" },
	{ "tcp.window", kw_number, KW_VALUE, "the same as window" },
	{ "itype", kw_number, KW_VALUE, "ICMP type" },
	{ "icode", kw_number, KW_VALUE, "ICMP code" },
	{ "fragoffset", kw_number, KW_VALUE, "IPv4 fragment offset, in units of 8 bytes" },
	{ "icmp_id", kw_number, KW_VALUE, "ICMP echo identifier" },
	{ "icmp_seq", kw_number, KW_VALUE, "ICMP echo sequence number" },
	{ "icmpv6.mtu", kw_number, KW_VALUE, "MTU of a Packet Too Big" },
	{ "tcp.mss", kw_number, KW_VALUE, "maximum segment size option" },
	{ "tos", kw_tos, KW_VALUE, "IPv4 type of service" },
	{ "ipopts", kw_ipopts, KW_VALUE, "an IPv4 option is there" },
	{ "fragbits", kw_fragbits, KW_VALUE, "IPv4 flags: M, D, R" },
	{ "stream_size", kw_stream_size, KW_VALUE, "bytes seen of client, server, both or either" },
	{ "flow.age", kw_number, KW_VALUE, "seconds since the flow began" },
	{ "app-layer-protocol", kw_app_layer_protocol, KW_VALUE, "the flow's application" },
	{ "l3_proto", kw_l3_proto, KW_VALUE, "ip4 or ip6" },
	{ "ip_proto", kw_ip_proto, KW_VALUE, "IP protocol" },
	{ "flags", kw_flags, KW_VALUE, "TCP flags" },
	{ "tcp.flags", kw_flags, KW_VALUE, "the same as flags" },
	{ "ipv4-csum", kw_csum, KW_VALUE, "the IPv4 header's checksum: valid or invalid" },
	{ "tcpv4-csum", kw_csum, KW_VALUE, "TCP's checksum over IPv4: valid or invalid" },
	{ "udpv4-csum", kw_csum, KW_VALUE, "UDP's checksum over IPv4: valid or invalid" },
	{ "icmpv4-csum", kw_csum, KW_VALUE, "ICMP's checksum: valid or invalid" },
	{ "tcpv6-csum", kw_csum, KW_VALUE, "TCP's checksum over IPv6: valid or invalid" },
	{ "udpv6-csum", kw_csum, KW_VALUE, "UDP's checksum over IPv6: valid or invalid" },
	{ "icmpv6-csum", kw_csum, KW_VALUE, "ICMPv6's checksum: valid or invalid" },
	{ "sameip", kw_sameip, KW_NO_VALUE, "source is destination" },
};

#endif
