/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring records, kernel to user space. Every record begins with struct
 * cordon_event_hdr; the reader rejects one whose size is not that of its kind
 * (for kinds with data: offset of data + length) and counts it. Ring memory is
 * not cleared: only data[0 ... length) means anything.
 *
 * The facts of a flow (struct cordon_facts) are the kernel's own and the same
 * with and without --full: user space takes direction, handshake, application
 * and depth from here and derives none of them again. That is what makes the
 * two runs equal by construction.
 */
#ifndef CORDON_EVENT_H
#define CORDON_EVENT_H

#include "cordon_limits.h"
#include "cordon_lists.h"
#include "cordon_types.h"

struct cordon_event_hdr {
	__u64 ts_ns; /* pkt_now(): boot clock, or the capture's time under replay */
	__u32 size;  /* of the whole record, this header included */
	__u16 kind;  /* CORDON_EVENT_* */
	__u16 abi;   /* CORDON_ABI_VERSION */
};
cordon_static_assert(sizeof(struct cordon_event_hdr) == 16, "event header");

/* direction within a flow */
#define CORDON_TO_SERVER 0
#define CORDON_TO_CLIENT 1

/* flow flags, in facts and in struct cordon_flow */
#define CORDON_FLOW_SYN (1 << 0)	 /* the initiator's SYN was seen */
#define CORDON_FLOW_SYNACK (1 << 1)	 /* and answered */
#define CORDON_FLOW_ESTABLISHED (1 << 2) /* TCP: handshake completed or picked up midstream; else: seen both ways */
#define CORDON_FLOW_MIDSTREAM (1 << 3)	 /* picked up without a handshake */
#define CORDON_FLOW_NO_STREAM (1 << 4)	 /* midstream and stream.midstream is off: packets are inspected alone */
#define CORDON_FLOW_FIN0 (1 << 5)	 /* FIN seen to the server */
#define CORDON_FLOW_FIN1 (1 << 6)	 /* FIN seen to the client */
#define CORDON_FLOW_RST (1 << 7)
#define CORDON_FLOW_STRANGE (1 << 8)   /* suspect for good: order, overlap, urgent, ... */
#define CORDON_FLOW_CLEARED (1 << 9)   /* nothing more to inspect in either direction */
#define CORDON_FLOW_DEPTH0 (1 << 10)   /* past the depth, to the server */
#define CORDON_FLOW_DEPTH1 (1 << 11)   /* past the depth, to the client */
#define CORDON_FLOW_FAILED0 (1 << 12)  /* no application recognised in the bytes to the server */
#define CORDON_FLOW_FAILED1 (1 << 13)  /* nor in those to the client */
#define CORDON_FLOW_FROM_DEVICE (1 << 14) /* the initiator is the device */
#define CORDON_FLOW_HIT (1 << 15)      /* an end is a listed threat (see indicator) */
#define CORDON_FLOW_SWAP (1 << 16)     /* the initiator is the higher end of the key */
#define CORDON_FLOW_FIRST0 (1 << 17)   /* first payload to the server was sent to the recogniser */
#define CORDON_FLOW_FIRST1 (1 << 18)
#define CORDON_FLOW_ALWAYS0 (1 << 19)  /* a stream rule without literal applies, to the server */
#define CORDON_FLOW_ALWAYS1 (1 << 20)
#define CORDON_FLOW_WATCH (1 << 21)    /* the device is watched */
#define CORDON_FLOW_SPLIT_NAME (1 << 22) /* a name did not fit in one packet: user space must read it from the stream */
#define CORDON_FLOW_APP_BOTH (1 << 23) /* both directions began as the application does */
#define CORDON_FLOW_REQUESTS (1 << 24) /* user space reads each request whole: an end or Host has listed URLs, or two hosts were named */
#define CORDON_FLOW_ASKED (1 << 25)    /* DNS over UDP: a listed name was asked for, so answers go up */
#define CORDON_FLOW_LED (1 << 26)      /* a listed name's answer led the device here: each packet asks whether that still holds */
#define CORDON_FLOW_BASE0 (1 << 27)    /* TCP: base_seq to the server is known */
#define CORDON_FLOW_BASE1 (1 << 28)
#define CORDON_FLOW_SEALED (1 << 29)    /* TLS: behind both hellos an end sent a record of data; what follows is no text for rules on bytes */

/* What is known of the flow when the packet was judged. */
struct cordon_facts {
	__u64 flow_id;	   /* of this life of the five-tuple; 0: no flow (fragment, not TCP/UDP/ICMP, does not parse) */
	__u32 flow_slot;   /* index into the flows map (bucket * ways + way); ~0: none */
	__u32 flow_flags;  /* CORDON_FLOW_* */
	__u32 base_seq[2]; /* TCP: sequence number of stream byte 0 of each direction; 0 until known */
	__u32 synced[2];   /* stream bytes of each direction user space has been given before this record */
	__u8 saddr[16];	   /* of this packet; IPv4 mapped (RFC 4291 2.5.5.2) */
	__u8 daddr[16];
	__be16 sport; /* ICMP: type << 8 | code in sport, 0 in dport */
	__be16 dport;
	__u8 proto; /* IPPROTO_*; 0: none */
	__u8 dir;   /* CORDON_TO_SERVER or CORDON_TO_CLIENT, from the initiator */
	__u8 app;   /* CORDON_APP_* */
	__u8 from_device; /* 1: sent by the device; 0: to the device */
	__u8 mac[6];	  /* the device's MAC as seen at a device interface; zero: none in view */
	__u16 zone;
	__u16 vlan; /* outermost VLAN id of the device key, 0: untagged */
	__u8 role;  /* CORDON_ROLE_* of the interface */
	__u8 mode;  /* CORDON_MODE_* */
	__u32 ifindex;
	__u16 triggers; /* times a literal made this flow suspect, see struct cordon_flow */
	__u8 pad[6];
};
cordon_static_assert(sizeof(struct cordon_facts) == 96, "flow facts");

/* how user space must take the packet */
#define CORDON_PKT_INSPECT (1 << 0) /* packet rules apply (not given before) */
#define CORDON_PKT_STREAM (1 << 1)  /* its payload belongs to the stream: feed it; always set when the flow is followed */
#define CORDON_PKT_PROBE (1 << 3)   /* TCP: a keep-alive, or a byte that came before: nobody looks at its payload */
#define CORDON_PKT_SHORT (1 << 2)   /* snaplen cut: wire_len > cap_len */

struct cordon_event_pkt {
	struct cordon_event_hdr hdr;
	struct cordon_facts facts;
	__u64 reasons;	  /* bits CORDON_BIT(CORDON_REASON_*) */
	__u64 literal;	  /* LITERAL: struct cordon_pf_entry.val of the window that was seen first; 0: none, or a place */
	__u32 indicator;  /* THREAT_*: id of the entry in the threat image; else 0 */
	__u32 generation; /* of that image */
	__u32 wire_len;	  /* bytes of the frame */
	__u32 cap_len;	  /* bytes of data[] */
	__u32 seq, ack;	  /* TCP, host order */
	__u32 payload_len; /* transport payload on the wire, bytes; padding excluded */
	__u16 l3_off;	   /* of the IP header in data[]; 0: none */
	__u16 l4_off;	   /* of the transport header; 0: none (later fragment, unknown) */
	__u16 payload_off; /* of the transport payload; 0: none */
	__u16 window;
	__u8 tcp_flags;
	__u8 ip_version; /* 4, 6 or 0 */
	__u8 flags;	 /* CORDON_PKT_* */
	__u8 verdict;	 /* 0 passed, 1 dropped, 2 held */
	__u8 action;	 /* THREAT_*: CORDON_ACTION_* of the entry */
	__u8 held;	 /* held: how many of this flow so far, see struct cordon_flow */
	__u8 led;	 /* 1: a flow to a learned address begins, or is found to be one (THREAT_LEARNED) */
	__u8 pad[1];
	__u32 ticket;	 /* held: names the packet in the ring of held ones */
	__u32 spent_ns;	 /* from the begin of the prefilter until this record was ready; 0: not timed, see cordon_config */
	__u32 pad2;
	__u8 data[]; /* the frame from its Ethernet header */
};
cordon_static_assert(sizeof(struct cordon_event_pkt) == 184, "packet event");

/*
 * Stream bytes kept by the recorder, sent once before the packet that made the flow suspect, or when another flow
 * takes the slot over (reason RECORDER): then the flow is not suspect, but what came before is safe.
 */
struct cordon_event_hist {
	struct cordon_event_hdr hdr;
	struct cordon_facts facts;
	__u64 reasons;
	__u32 start[2]; /* stream offset of the first byte here; > facts.synced: older bytes were overwritten */
	__u32 len[2];	/* bytes, 0 ... CORDON_WINDOW */
	__u32 pkts[2];	/* packets these bytes came in */
	__u8 data[2][CORDON_WINDOW]; /* a ring: stream byte x at x % CORDON_WINDOW */
};
cordon_static_assert(sizeof(struct cordon_event_hist) == 144 + 2 * CORDON_WINDOW, "history event");

/* where a name was seen */
enum { CORDON_NAME_DNS, CORDON_NAME_SNI, CORDON_NAME_HOST };

struct cordon_event_name {
	struct cordon_event_hdr hdr;
	struct cordon_facts facts;
	__u32 indicator; /* 0: not listed */
	__u32 generation;
	__u16 qtype; /* DNS; host order */
	__u16 txid;  /* DNS; host order */
	__u8 source; /* CORDON_NAME_* */
	__u8 len;
	__u8 action;
	__u8 pad[1];
	__u8 name[CORDON_NAME_MAX + 1]; /* lower case, dots between labels, not terminated; the record ends behind it */
};
#define CORDON_EVENT_NAME_BYTES(len) (__builtin_offsetof(struct cordon_event_name, name) + (len))
cordon_static_assert(sizeof(struct cordon_event_name) == 384, "name event");

#endif
