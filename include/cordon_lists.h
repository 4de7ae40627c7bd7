/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The X-lists: enum, name in events and metrics, and one-line help all come
 * from one row. Append only: a number is part of the ABI.
 */
#ifndef CORDON_LISTS_H
#define CORDON_LISTS_H

/* Why a packet was dropped, held, sent up or counted: X(id, name, help). At most 64, used as bits. */
#define CORDON_REASON_LIST(X)                                                                     \
	X(NONE, "none", "nothing to say")                                                         \
	X(QUARANTINE, "quarantine", "the device is denied")                                       \
	X(FLOW_DENIED, "flow_denied", "the flow has a drop verdict")                              \
	X(THREAT_ADDR, "threat_address", "an end is on a threat feed")                            \
	X(THREAT_NAME, "threat_name", "a name is on a threat feed")                               \
	X(GUARD, "guard", "would have been denied, but the end is guarded")                       \
	X(SPOOF, "spoof", "a guarded MAC or address seen where it does not live")                 \
	X(LITERAL, "literal", "a rule's literal was seen")                                        \
	X(ALWAYS, "always", "a loaded rule has no literal for this port group")                   \
	X(ENCODING, "encoding", "the sign of an encoding a rule looks through")                   \
	X(FULL, "full", "full inspection was asked for")                                          \
	X(WATCH, "watch", "the device is watched")                                                \
	X(FOLLOW, "follow", "the flow is already suspect")                                        \
	X(HANDOVER, "handover", "recorder full, an application needs the whole stream")           \
	X(GAP, "gap", "a TCP segment is missing or early")                                        \
	X(OLD, "old", "TCP bytes seen before: retransmission or overlap")                         \
	X(URGENT, "urgent", "TCP urgent data")                                                    \
	X(TINY, "tiny", "a run of tiny TCP segments")                                             \
	X(MIDSTREAM, "midstream", "data without a handshake")                                     \
	X(ONE_SIDED, "one_sided", "data of a connection whose server was not seen to answer")     \
	X(EVICTED, "evicted", "the flow record was lost in mid-flow")                             \
	X(SYN_DATA, "syn_data", "a TCP SYN with payload")                                         \
	X(REUSE, "reuse", "a SYN for a flow that is alive")                                       \
	X(RECORDER, "recorder", "no recorder slot, or it was taken over")                         \
	X(RACE, "race", "two processors had the same flow at once")                               \
	X(FRAGMENT, "fragment", "an IP fragment")                                                 \
	X(SHORT_L2, "short_l2", "frame shorter than its link header")                             \
	X(VLAN_DEPTH, "vlan_depth", "more VLAN tags than two")                                    \
	X(UNKNOWN_L3, "unknown_ethertype", "not IPv4, IPv6 or ARP")                               \
	X(BAD_IP, "bad_ip", "an IP header that does not add up")                                  \
	X(BAD_EXT, "bad_ext", "an IPv6 extension header chain that does not add up or end")       \
	X(BAD_L4, "bad_l4", "a TCP, UDP or ICMP header that does not add up")                     \
	X(BAD_NAME, "bad_name", "a DNS question that does not parse")                             \
	X(SPLIT_NAME, "split_name", "a name that does not fit in its packet")                     \
	X(DEEP_NAME, "deep_name", "a name with more labels than are looked up")                   \
	X(TRUNCATED, "truncated", "the capture cut the packet short")                             \
	X(RING_FULL, "ring_full", "the ring had no room: not inspected")                          \
	X(COPY_FAILED, "copy_failed", "a packet load helper failed: not inspected")               \
	X(BAD_CSUM, "bad_checksum", "a checksum is wrong")                                        \
	X(OTHER_HOOK, "other_hook", "already inspected at the interface it came in by")           \
	X(DEPTH, "depth", "past the inspection depth")                                            \
	X(CLEARED, "cleared", "cleared: encrypted from here on, or by user space")                \
	X(LIMITED, "rate_limited", "the device is at level limit and over its rate")              \
	X(RESTRICTED, "restricted", "a destination that the device's level does not allow")       \
	X(HELD, "held", "mode hold: not passed before its verdict")                               \
	X(HOLD_FULL, "hold_full", "mode hold: no room to hold it, dropped; TCP sends it again")   \
	X(UNHELD, "unheld", "mode hold: nobody judges in time; passed, under strict dropped")     \
	X(SHED, "shed", "the ring fills: not inspected, so that quieter devices are")             \
	X(THREAT_URL, "threat_url", "a URL is on a threat feed")                                  \
	X(URL_HOST, "url_host", "a host of listed URLs: its requests are read whole")             \
	X(TWO_HOSTS, "two_hosts", "a request that names its host more than once, or in its first line") \
	X(SWAPPED, "swapped", "threat images were swapped all the time it was looked up: the flow's next packet is asked about") \
	X(LISTED_ANSWER, "listed_answer", "a DNS answer in a flow that asked for a listed name")  \
	X(THREAT_LEARNED, "threat_learned", "the answer of a listed name led this device to this address") \
	X(ANSWER_CHAIN, "answer_chain", "a DNS answer that leads to another name, while names are listed") \
	X(IP_OPTIONS, "ip_options", "an IPv4 header with options, or IPv6 with extension headers, and a rule that waits for such")

/* Counters kept in the kernel, each where it happens: X(id, name, help). */
#define CORDON_COUNTER_LIST(X)                                                                    \
	X(PACKETS, "packets", "packets seen")                                                     \
	X(BYTES, "bytes", "bytes seen")                                                           \
	X(PASSED, "passed", "packets passed")                                                     \
	X(DROPPED, "dropped", "packets dropped")                                                  \
	X(HELD, "held", "packets held for a verdict")                                             \
	X(WOULD_DROP, "would_drop", "packets passed in observe mode that react would drop")       \
	X(SUSPECT_PACKETS, "suspect_packets", "packets whose bytes went to user space")           \
	X(SUSPECT_BYTES, "suspect_bytes", "bytes that went to user space as suspect")             \
	X(RECOGNISED, "recognised", "first payloads sent to the recogniser")                      \
	X(NAMES, "names", "names sent to user space")                                             \
	X(LOST, "lost", "records lost because the ring was full")                                 \
	X(FLOWS_NEW, "flows_new", "flow records begun")                                           \
	X(FLOWS_EVICTED, "flows_evicted", "flow records taken over while inspected")              \
	X(SLOTS_STOLEN, "slots_stolen", "recorder slots taken over while in use")                 \
	X(ENFORCE_ONLY, "enforce_only", "packets of a flow that another hook inspects")                 \
	X(SHED, "shed", "records not written so that quieter devices are heard")                  \
	X(IDENTITIES, "identities", "what devices say of themselves, sent to user space")             \
	X(PREFILTER_TIMED, "prefilter_timed", "packets whose way through the prefilter was timed")  \
	X(PREFILTER_NS, "prefilter_ns", "nanoseconds these took there, for all rules together")

/* Records in the ring: X(id, name). */
#define CORDON_EVENT_LIST(X)                                                                      \
	X(PKT, "packet")     /* a whole packet: struct cordon_event_pkt */                        \
	X(FIRST, "first")    /* first payload of a direction, capped: struct cordon_event_pkt */  \
	X(NAME, "name")      /* a name in plain sight: struct cordon_event_name */                \
	X(HIST, "history")   /* stream bytes before the suspicion: struct cordon_event_hist */                   \
	X(IDENTITY, "identity") /* a device says who it is: struct cordon_event_pkt */

/* Applications told apart by content: X(id, name as in EVE app_proto, transport). */
#define CORDON_APP_LIST(X)                                                                        \
	X(UNDECIDED, "unknown", 0)                                                                \
	X(NONE, "failed", 0)                                                                      \
	X(HTTP, "http", 6)                                                                        \
	X(TLS, "tls", 6)                                                                          \
	X(DNS, "dns", 0)                                                                          \
	X(SSH, "ssh", 6)                                                                          \
	X(MQTT, "mqtt", 6)                                                                        \
	X(MODBUS, "modbus", 6)                                                                    \
	X(RTSP, "rtsp", 6)                                                                        \
	X(TELNET, "telnet", 6)                                                                    \
	X(SMTP, "smtp", 6)                                                                        \
	X(FTP, "ftp", 6)                                                                          \
	X(FTP_DATA, "ftp-data", 6)                                                                \
	X(POP3, "pop3", 6)                                                                        \
	X(IMAP, "imap", 6)                                                                        \
	X(QUIC, "quic", 17)                                                                       \
	X(SNMP, "snmp", 17)                                                                       \
	X(SIP, "sip", 0)                                                                          \
	X(RDP, "rdp", 6)                                                                          \
	X(DHCP, "dhcp", 17)                                                                       \
	X(NTP, "ntp", 17)                                                                         \
	X(TFTP, "tftp", 17)                                                                       \
	X(COAP, "coap", 17)                                                                       \
	X(SSDP, "ssdp", 17)                                                                       \
	X(MDNS, "mdns", 17)                                                                       \
	X(HTTP2, "http2", 6)                                                                      \
	X(DTLS, "dtls", 17)                                                                       \
	X(RFB, "rfb", 6)                                                                          \
	X(ENIP, "enip", 0)                                                                        \
	X(DNP3, "dnp3", 6)

/* What a deny entry does: X(id, name, help). */
#define CORDON_LEVEL_LIST(X)                                                                      \
	X(NONE, "none", "nothing")                                                                \
	X(WATCH, "watch", "everything goes to user space")                                        \
	X(LIMIT, "limit", "rate limited")                                                         \
	X(LOCAL, "local", "no uplink")                                                            \
	X(UPDATE, "update", "listed destinations only")                                           \
	X(CUT, "cut", "nothing passes")

#define CORDON_MODE_LIST(X)                                                                       \
	X(OBSERVE, "observe", "say what would have been done")                                    \
	X(REACT, "react", "alert and quarantine")                                                 \
	X(HOLD, "hold", "nothing suspect is delivered before the verdict")

#define CORDON_ROLE_LIST(X)                                                                       \
	X(DEVICE, "device", "faces the devices")                                                  \
	X(UPLINK, "uplink", "faces the network")                                                  \
	X(MIRROR, "mirror", "sees both directions, drops nothing")

/* What a threat entry asks for: X(id, name, help), weakest first. */
#define CORDON_ACTION_LIST(X)                                                                     \
	X(OBSERVE, "observe", "event only, marked as observed")                                   \
	X(ALERT, "alert", "alert")                                                                \
	X(DROP, "drop", "alert and drop the flow's packets")                                      \
	X(QUARANTINE, "quarantine", "alert, drop and quarantine the device")

/* Kinds of indicator: X(id, name). */
#define CORDON_INDICATOR_LIST(X)                                                                  \
	X(IPV4, "ip")                                                                             \
	X(IPV6, "ip6")                                                                            \
	X(DOMAIN, "domain")                                                                       \
	X(URL, "url")

/* generators */
#define CORDON_X_REASON(id, ...) CORDON_REASON_##id,
#define CORDON_X_COUNTER(id, ...) CORDON_COUNTER_##id,
#define CORDON_X_EVENT(id, ...) CORDON_EVENT_##id,
#define CORDON_X_APP(id, ...) CORDON_APP_##id,
#define CORDON_X_LEVEL(id, ...) CORDON_LEVEL_##id,
#define CORDON_X_MODE(id, ...) CORDON_MODE_##id,
#define CORDON_X_ROLE(id, ...) CORDON_ROLE_##id,
#define CORDON_X_ACTION(id, ...) CORDON_ACTION_##id,
#define CORDON_X_INDICATOR(id, ...) CORDON_INDICATOR_##id,

enum { CORDON_REASON_LIST(CORDON_X_REASON) CORDON_REASONS };
enum { CORDON_COUNTER_LIST(CORDON_X_COUNTER) CORDON_COUNTERS };
enum { CORDON_EVENT_LIST(CORDON_X_EVENT) CORDON_EVENTS };
enum { CORDON_APP_LIST(CORDON_X_APP) CORDON_APPS };
enum { CORDON_LEVEL_LIST(CORDON_X_LEVEL) CORDON_LEVELS };
enum { CORDON_MODE_LIST(CORDON_X_MODE) CORDON_MODES };
enum { CORDON_ROLE_LIST(CORDON_X_ROLE) CORDON_ROLES };
enum { CORDON_ACTION_LIST(CORDON_X_ACTION) CORDON_ACTIONS };
enum { CORDON_INDICATOR_LIST(CORDON_X_INDICATOR) CORDON_INDICATORS };

#endif
