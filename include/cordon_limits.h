/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every number that sizes a map, a loop or a capture, with its reason.
 * Numbers a user may change are options in user/conf/schema.c, whose defaults
 * stand here.
 */
#ifndef CORDON_LIMITS_H
#define CORDON_LIMITS_H

/* Layout version of everything in include/; names the pin directory (vN). */
#ifndef CORDON_ABI_VERSION /* a test builds its neighbour */
#define CORDON_ABI_VERSION 25
#endif

/* link: more tags than this are strange (IEEE 802.1ad knows two). */
#define CORDON_MAX_VLAN 2
/* IPv6 extension headers walked; RFC 8200 lists eight kinds, once each. */
#define CORDON_MAX_EXT_HDRS 8
/* Bytes pulled linear in TC before headers are read: eth+2 tags+IPv6+extensions+TCP with options. */
#define CORDON_HEADER_BYTES 320

/* flow table: buckets of four ways, 128 bytes a flow; a power of two. 2^15 buckets = 131,072 flows = 16 MiB. */
#define CORDON_FLOW_WAYS 4
#define CORDON_FLOW_BUCKETS 32768
/* handshakes noted before a flow has a payload, direct mapped; a power of two */
#define CORDON_SHAKES 65536
/* A flow idle for longer is a new one: TCP as Linux keep-alive, others as Suricata's established UDP. */
#define CORDON_TCP_IDLE_NS (3600ULL * 1000000000ULL)
/* what is kept of a closed connection, for late segments: TCP's TIME-WAIT as Linux has it */
#define CORDON_CLOSED_NS (60ULL * 1000000000ULL)
#define CORDON_UDP_IDLE_NS (300ULL * 1000000000ULL)
/* the same before an answer: who speaks after it is the first again; Suricata's flow-timeouts.udp.new */
#define CORDON_UDP_NEW_NS (30ULL * 1000000000ULL)

/*
 * Recorder: the last CORDON_WINDOW stream bytes of each direction of a young TCP flow.
 * A raw stream rule never looks further back than this; an application that needs its
 * whole stream is handed over before the window is overwritten. A power of two.
 */
#define CORDON_WINDOW 4096
/* recorder slots of 2 * CORDON_WINDOW bytes: 4096 = 32 MiB; a power of two */
#define CORDON_REC_SLOTS 4096
/* default inspection depth in bytes, each direction (Suricata: stream.reassembly.depth 1 MiB) */
#define CORDON_STREAM_DEPTH (1 << 20)

/* payload bytes copied and scanned at a time; a GSO skb takes several rounds */
#define CORDON_SCAN_BYTES 2048
/* rounds: 64 KiB GSO skb / CORDON_SCAN_BYTES, and one for the rest */
#define CORDON_SCAN_ROUNDS 33
/* bytes of the previous segment kept for literals across a seam */
#define CORDON_CARRY 8
/* segments below CORDON_TINY_BYTES in a row that make a flow suspect (typed telnet does; right for devices) */
#define CORDON_TINY_BYTES 8
#define CORDON_TINY_RUN 16

/* longest frame taken whole into a ring record: 64 KiB GSO skb with headers */
#define CORDON_FRAME_MAX 65664
/* first payload of a flow for the recogniser, and the start of each HTTP request */
#define CORDON_FIRST_BYTES 512
/* a DNS name in text form without trailing dot is at most 253 bytes (RFC 1035 2.3.4) */
#define CORDON_NAME_MAX 255
/* labels of a name looked up from its end; a deeper name is suspect as it is */
#define CORDON_NAME_SUFFIXES 16
/* bytes of a TCP payload in which SNI or Host is looked for in the kernel */
#define CORDON_NAME_SCAN 1536

/*
 * user space: reassembly and applications
 */
/* bytes a segment may lie ahead of the stream; a receiver's window on device links is far smaller */
#define CORDON_STREAM_AHEAD (1 << 20)
/* out of order bytes and segments kept for a direction; beyond, the gap before them is given up */
#define CORDON_STREAM_OOO_BYTES (256 << 10)
#define CORDON_STREAM_OOO_SEGMENTS 64
/* Suricata's toserver-chunk-size and toclient-chunk-size; it adds up to a twentieth at random, or takes it off */
#define CORDON_STREAM_CHUNK 2560
/* datagrams being put together, fragments and bytes of each (RFC 791: 65,535), and for how long (RFC 8200 4.5: 60 s; Linux: 30 s) */
#define CORDON_DEFRAG_DATAGRAMS 1024
#define CORDON_DEFRAG_FRAGMENTS 1024
#define CORDON_DEFRAG_BYTES (8 << 20)
#define CORDON_DEFRAG_NS (30ULL * 1000000000ULL)
/* HTTP: a longer head is parsed as far as it is here (servers take 8 to 64 KiB); body as Suricata's request-body-limit */
#define CORDON_HTTP_HEAD_MAX (64 << 10)
#define CORDON_HTTP_BODY_MAX (100 << 10)
/* answers read of one DNS message; a datagram without EDNS has room for some 30 */
#define CORDON_DNS_ANSWERS 64
/* fields of one head (Suricata: headers-limit); requests of one connection that wait for their response */
#define CORDON_HTTP_FIELDS 1024
#define CORDON_HTTP_PIPELINE 1024
/* a mail held to read its files from; of a longer one only the begin is looked at */
#define CORDON_MAIL_MAX (256 << 10)
/* files of one message, and bytes of a compressed layer inside another */
#define CORDON_FILES_MAX 32
#define CORDON_INFLATE_INNER (1 << 20)
/* compressed bodies under way at a time: about 45 KiB each */
#define CORDON_INFLATE_MAX 1024
/* a handshake message joined from records: a ClientHello is below 4 KiB, chains of certificates below 20 KiB */
#define CORDON_TLS_HELLO_MAX (64 << 10)
/* certificates of a chain that are looked at; OpenSSL verifies 100 */
#define CORDON_TLS_CHAIN_MAX 100
/* bytes of an MQTT packet that are looked at: bounds its topics too, of which each takes three at least */
#define CORDON_MQTT_PACKET_MAX (64 << 10)
/* bytes of a QUIC handshake in which the hello is looked for: with post-quantum key shares 2 KiB */
#define CORDON_QUIC_HELLO_MAX (16 << 10)

#define CORDON_RING_BYTES (16 << 20)
/* mode hold: ring of held packets; packets and bytes that wait in user space for their verdict */
#define CORDON_HOLD_RING_BYTES (2 << 20)
#define CORDON_HOLD_PACKETS 4096
#define CORDON_HOLD_BYTES (32 << 20)
/* the keeper says this often that it judges; after four times as long without a word nothing is held any more */
#define CORDON_HOLD_BEAT_NS (250ULL * 1000000ULL)

/* deny map: entries, of which CORDON_DENY_RESERVED are kept for manual ones */
#define CORDON_DENY_MAX 131072
#define CORDON_DENY_RESERVED 1024
/* negative filter before the deny map: bits, a power of two */
#define CORDON_DENY_FILTER_BITS (1 << 20)
/* index of the cut MACs among them: lines of four slots; a power of two, at most, so that a full deny map finds room in it */
#define CORDON_DENY_LINES 65536
#define CORDON_GUARD_MAX 4096
#define CORDON_IFACE_MAX 256
/* level update: servers of the configuration, gateways and resolvers of this host */
#define CORDON_ALLOW_MAX 1024
/* level limit: what may pass at once after a pause, in time at the rate */
#define CORDON_LIMIT_BURST_NS 1000000000ULL
/* home networks: the private ranges and what --home names */
#define CORDON_HOME_MAX 1024
#define CORDON_DEVICE_MAX 32768
/* MACs of routers; what has gone is told again within a second */
#define CORDON_ROUTERS_MAX 1024
/* behaviour: endpoints tried, flows begun, in windows of this length */
#define CORDON_FAN_NS (10ULL * 1000000000ULL)
/* what a device sends is counted in a flow's record first, in units of so many bytes (log 2): 1 MiB fits */
#define CORDON_SENT_SHIFT 4
/* ring budgets, direct mapped by device; a power of two */
#define CORDON_BUDGETS 16384
/* identity records of one device: this far apart, so many at once after a pause */
#define CORDON_IDENTITY_NS 200000000ULL
#define CORDON_IDENTITY_BURST 20

/* threat image: an array of 64-byte lines, see struct cordon_threat_head */
#define CORDON_LINE 64
#define CORDON_THREAT_WAYS 4
/* IPv4 filter: one bit for each /24; IPv6 filter: one bit for a hash of each /48 and /32 */
#define CORDON_V4_FILTER_LINES (1 << 15)
#define CORDON_V6_FILTER_LINES (1 << 15)
#define CORDON_MAX_SHORT_PREFIXES 10000
/* names of one filter line before it is crowded: 192 of 512 bits, one answer in a hundred is a wrong "perhaps" */
#define CORDON_NAME_CROWD 48

/* feeds: one file, one line, entries of one file, refusals kept with their line, worker's time and memory */
#define CORDON_FEED_BYTES (512U << 20)
#define CORDON_FEED_LINE 65536
#define CORDON_FEED_ENTRIES 8000000
#define CORDON_FEED_REFUSALS 1000
#define CORDON_CATEGORY_ROWS 256 /* of `categories:` in the configuration */
#define CORDON_LEARNED_MAX 8192		     /* addresses learned from answers of listed names, of all devices */
#define CORDON_LEARNED_OF_NAME 32	     /* ... of one device from one name */
#define CORDON_LEARNED_OF_DEVICE 512	     /* ... of one device */
#define CORDON_LEARNED_MIN_NS 60000000000ULL /* an answer's time to live counts as at least ... */
#define CORDON_LEARNED_MAX_NS 3600000000000ULL /* ... and at most this */
#define CORDON_FEED_TIMEOUT_MS 60000
#define CORDON_FEED_MEMORY (1ULL << 30)
/* an entry may not cover more than this: IPv4 /8; IPv6 /19, the largest blocks registries give out */
#define CORDON_FEED_MIN_V4 8
#define CORDON_FEED_MIN_V6 19

/* prefilter image */
#define CORDON_PF_LONG_BITS (1 << 22)	/* 4-grams, stride 4: 512 KiB, 1 % full with 10,000 literals */
#define CORDON_PF_WIDE_WORDS 65536	/* 6-grams, stride 6: 512 KiB, 1.4 % full with 10,000 literals */
#define CORDON_PF_SHORT_BITS (1 << 20)	/* 3-grams, stride 2 */
#define CORDON_PF_ENTRIES (1 << 18)	/* exact entries, open addressing: 4 MiB; 40,000 long windows fill 61 % */
#define CORDON_PF_PROBES 16		/* longest run of full entries the builder leaves */
#define CORDON_PF_GROUPS 128		/* pairs of (source port set, destination port set); group 0 is any, any */

/* rules: files and conditions an operator may load; steps and regex limits an outsider may push (then: a match, counted) */
#define CORDON_RULES_MAX 200000
#define CORDON_RULES_FILE_MAX (256 << 20) /* bytes */
#define CORDON_DATASETS 1000		  /* of one ruleset */
#define CORDON_DATASET_VALUES 4000000	  /* of one file */
#define CORDON_DATASET_BYTES (100U << 20) /* of values, of one set; also its file's */
#define CORDON_IPREP_ENTRIES 1000000	  /* addresses and prefixes with a reputation */
#define CORDON_RULE_MATCHES 128		  /* conditions of one rule on one buffer */
#define CORDON_RULE_LISTS 32		  /* buffers one rule may name */
#define CORDON_MATCH_STEPS 10000	  /* searches for one rule and one buffer (Suricata: recursion limit 3000) */
#define CORDON_REGEX_MATCH_LIMIT 100000
#define CORDON_REGEX_DEPTH_LIMIT 1500
#define CORDON_REGEX_HEAP_KIB 1024
#define CORDON_REGEX_STACK (512 << 10) /* bytes */
/* pairs of (rule, address) whose rate is counted; the oldest goes, counted */
#define CORDON_RATE_TRACKS 131072
/* flowbits, xbits and the like that are set; the oldest goes, counted */
#define CORDON_MARKS_MAX 131072
/* of so many checks of a rule one is timed (`cordon rules profile`) */
#define CORDON_PROFILE_EVERY 64
/* RST and ICMP packets of reject rules, a second */
#define CORDON_REJECTS_S 200
/* values that matches added to or took from datasets, and their bytes; then no more is taken, counted */
#define CORDON_MEMBERS_MAX 262144
#define CORDON_MEMBERS_BYTES (64U << 20)
/* (flow, direction, rule) that have fired and fire once only; the oldest goes, counted */
#define CORDON_FIRED_MAX 65536

#endif
