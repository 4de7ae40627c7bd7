/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys and values of every map that kernel and user space share. bpf/README.md
 * has the table of maps. Times are nanoseconds of the boot clock as pkt_now()
 * reads it; addresses and ports are in network order, all else in host order.
 */
#ifndef CORDON_MAPS_H
#define CORDON_MAPS_H

#include "cordon_event.h"
#include "cordon_limits.h"
#include "cordon_lists.h"
#include "cordon_types.h"

/*
 * --- deny: hash, struct cordon_deny_key -> struct cordon_deny; user space writes, both hooks read ---
 * Fields of deny and guard values are only ever added at the end, and 0 there means "as before": other versions read
 * them by the sizes of their maps (user/kern/inherit.c).
 */

/*
 * TAGGED, EVERY: beside the MAC key of a device that is known on one VLAN only, so that it does not escape by a tag:
 * TAGGED of one that is untagged speaks of its frames with a tag, EVERY of one with a tag, of all it sends and is sent.
 */
enum { CORDON_DENY_MAC, CORDON_DENY_ADDR, CORDON_DENY_FLOW, CORDON_DENY_TAGGED, CORDON_DENY_EVERY };

struct cordon_deny_key {
	__u8 kind; /* CORDON_DENY_* */
	__u8 pad;
	__u16 zone;
	__u16 vlan; /* 0: untagged; always 0 for FLOW, TAGGED, EVERY */
	__u16 pad2;
	__u8 value[16]; /* MAC in the first 6; address, IPv4 mapped; flow_id in the first 8, host order */
};
cordon_static_assert(sizeof(struct cordon_deny_key) == 24, "deny key");

enum { CORDON_ORIGIN_AUTO, CORDON_ORIGIN_MANUAL, CORDON_ORIGIN_POLICY };

struct cordon_deny {
	__u64 until_ns; /* absolute; ~0: no end. Judged by the kernel at each packet. */
	__u64 packets;	/* dropped by this entry, counted by the kernel */
	__u64 bytes;
	__u32 decision; /* user space's number of the decision */
	__u8 level;	/* CORDON_LEVEL_* */
	__u8 origin;	/* CORDON_ORIGIN_* */
	__u16 pad;
	__u64 passed;	/* packets that a level below cut let through, counted by the kernel */
	__u64 due_ns[2]; /* LIMIT, to and from the device: when what has passed is paid for at the rate; the kernel's */
	__u32 rate;	/* LIMIT: bytes a second, each direction */
	__u32 pad2;
};
cordon_static_assert(sizeof(struct cordon_deny) == 64, "deny entry");

/* Negative filter in front of the deny map: bit cordon_deny_hash(key) & (bits - 1) is set while such a key is in it. */
struct cordon_deny_filter {
	__u8 bits[CORDON_DENY_FILTER_BITS / 8];
	/* the same bits: an entry in the map has, or may soon have, counted something; of the others nobody need read it */
	__u64 counted[CORDON_DENY_FILTER_BITS / 64];
};

/*
 * --- deny_index: array of lines, mmap-ed by user space, direct mapped by hash ---
 * One cache line says that a MAC is cut, without doubt: level CUT, not guarded.
 * What is not here, for whatever reason, is asked of the deny map. Of the lines
 * the first cordon_state.deny_lines_mask + 1 are in use, as few as the entries
 * need: what a flood of many devices costs is the memory it touches.
 */
#define CORDON_DENY_TICK_SHIFT 33 /* nanoseconds to ticks of 8.6 s */
#define CORDON_DENY_TICK_BITS 24  /* 4.5 years of them since boot; behind those the deny map is asked */

struct cordon_deny_slot {
	/* above the ticks' bits those of cordon_deny_hash(); below the tick in which the lease ends, that tick left to
	 * the deny map, all ones: no end. 0: free */
	__u64 tag;
	/* dropped by this slot: packets << CORDON_DENY_BYTE_BITS | bytes; added to those of the deny entry by whoever reads it */
	__u64 dropped;
};

#define CORDON_DENY_BYTE_BITS 40
/* the highest bit of either count: the next packet walks, and the kernel hands the counts to the deny entry */
#define CORDON_DENY_FULL (1ULL << 63 | 1ULL << (CORDON_DENY_BYTE_BITS - 1))

struct cordon_deny_line {
	struct cordon_deny_slot s[4];
};
cordon_static_assert(sizeof(struct cordon_deny_line) == CORDON_LINE, "deny line");

/* --- guard: LPM trie; what must never be denied --- */

struct cordon_guard_key {
	__u32 prefixlen; /* of the bits below, in bits: 16 (kind, pad) + 0 ... 128 */
	__u8 kind;	 /* CORDON_DENY_MAC or CORDON_DENY_ADDR */
	__u8 pad;
	__u8 value[16]; /* as in cordon_deny_key */
	__u16 pad2;
};
cordon_static_assert(sizeof(struct cordon_guard_key) == 24, "guard key");

struct cordon_guard {
	__u64 until_ns;	 /* ~0: no end */
	__u32 ifindex;	 /* where the endpoint lives; 0: anywhere. Elsewhere it is a spoof. */
	__u32 reason_id; /* user space's */
};
cordon_static_assert(sizeof(struct cordon_guard) == 16, "guard entry");

/* --- ifaces: array, direct mapped by ifindex & (CORDON_IFACE_MAX - 1); user space refuses a collision --- */

struct cordon_iface {
	__u32 ifindex; /* 0: free */
	__u32 owner_ifindex; /* the attached interface this one (a VLAN device on it) belongs to */
	__u16 zone;
	__u8 role; /* CORDON_ROLE_* */
	__u8 mode; /* CORDON_MODE_* */
	__u32 pad;
};
cordon_static_assert(sizeof(struct cordon_iface) == 16, "iface");

/* --- home: LPM trie of home networks, address (IPv4 mapped) -> __u8 1; for mirror and replay --- */

struct cordon_home_key {
	__u32 prefixlen; /* 0 ... 128 */
	__u8 addr[16];
};

/* --- allow: LPM trie, address (IPv4 mapped) -> struct cordon_allow; whom a device at level update may talk to --- */

#define CORDON_ALLOW_ALL (1 << 0)   /* a listed update server: everything */
#define CORDON_ALLOW_INFRA (1 << 1) /* gateway, resolver: DHCP, DNS, NTP, ICMP */

struct cordon_allow {
	__u32 services; /* bits CORDON_ALLOW_* */
};

/* --- devices: LRU hash, observation only --- */

struct cordon_device_key {
	__u16 zone;
	__u16 vlan;
	__u8 mac[6];  /* zero where there is none in view */
	__u8 pad[6];
	__u8 addr[16]; /* zero when mac is not */
};
cordon_static_assert(sizeof(struct cordon_device_key) == 32, "device key");

#define CORDON_FAN_WORDS 4

struct cordon_device {
	__u64 first_ns, last_ns;
	__u64 flows;   /* begun by it */
	/* packets from or to it that were not passed, to the packet; what its lease drops is in its deny entry, until that goes */
	__u64 dropped, held;
	__u64 passed; /* those that were, when exact_books is set */
	__u64 why; /* reasons of those dropped or held: 1 << CORDON_REASON_* */
	/* bytes of frames it sent, to 8 bytes each, a second late at most; 0 again when it is seen on another port */
	__u64 sent_bytes;
	__u64 received_bytes; /* the same of frames to it, that came in by this hook first: not what a neighbour sends it */
	/* of the window of CORDON_FAN_NS that began at fan_ns */
	__u64 fan_ns;
	__u64 fan[CORDON_FAN_WORDS]; /* bits of the hashes of (address, port) it tried to connect to by TCP */
	__u32 syns;		     /* tries, repeated ones too */
	__u32 answered;		     /* of those, answered by SYN/ACK */
	__u32 begun;		     /* flows begun */
	__u32 ifindex;		     /* where it was seen last, sending */
	/*
	 * To whom it sent more than to all others, and how much more: a majority vote (Boyer and Moore 1981), so never too
	 * many. Packets; of flows that are answered one for each CORDON_SENT_PACKET bytes.
	 */
	__u8 to[16];
	__u32 to_packets;
	__u32 pad;
	__u64 bare; /* packets without data it sent in TCP flows that have a record: CORDON_BARE_SHARE for each that is looked at */
};
cordon_static_assert(sizeof(struct cordon_device) == 160, "device");
#define CORDON_SENT_PACKET 16384
#define CORDON_BARE_SHARE 256 /* one of so many such packets is looked at, a power of two */

/*
 * --- routers: LRU hash, struct cordon_device_key of a MAC -> __u32 1; user space says so ---
 * What comes from and goes to such a MAC is counted for the addresses. A map of its own: whoever writes the record of a
 * device writes its counts too, and loses those that are added meanwhile.
 */

/*
 * --- budgets: array, direct mapped by a keyed hash of the device; what it may put into the ring ---
 * Devices that fall on one entry share it: with a seed nobody can choose whom.
 */
struct cordon_budget {
	__u64 identity_due_ns; /* records of kind IDENTITY are paid for until then */
	__u64 window;	       /* eighth of the ring, by its number, that bytes is of */
	__u64 shed;	       /* records not written so that others find room */
	__u32 bytes;	       /* put into the ring in that window, counted when it fills */
	__u32 pad;
};
cordon_static_assert(sizeof(struct cordon_budget) == 32, "budget");

/*
 * --- marked frames: how the keeper asks the loaded programs what they decide ---
 * A test run without a context comes from the loopback device, where no program of ours is. Such a frame that ends with
 * a cordon_mark is judged as if the interface named there had it, changes no map and no counter, and the answer is the
 * program's return code.
 */
#define CORDON_MARK_IFINDEX 1
#define CORDON_MARK_KEY 0x6d61726b65640001ULL /* token: cordon_mix(state.seed ^ this) */

struct cordon_mark {
	__u64 token;
	__u32 ifindex;
	__u32 pad;
};
cordon_static_assert(sizeof(struct cordon_mark) == 16, "mark");

#define CORDON_MARK_ANSWER (1u << 30)
#define CORDON_MARK_TORN (1u << 29) /* another packet came in between (kernels before 6.10 allow it): ask again */
#define CORDON_MARK_DROP (1u << 0)
#define CORDON_MARK_DENIED (1u << 1)  /* by a deny entry; also where that is only said */
#define CORDON_MARK_GUARD (1u << 2)   /* the device, or an end of a listed pair, is guarded */
#define CORDON_MARK_SPOOF (1u << 3)   /* ... but does not live there */
#define CORDON_MARK_ADDRESS (1u << 4) /* an end is listed */
#define CORDON_MARK_NAME (1u << 5)    /* the name asked for is listed */
#define CORDON_MARK_LEVEL_SHIFT 8     /* CORDON_LEVEL_* of a deny entry in force */
#define CORDON_MARK_LEVEL 0xf00u

/*
 * --- canaries: array, ((ifindex & (CORDON_IFACE_MAX - 1)) * 2 + hook) -> struct cordon_canary ---
 * Is a program there at all, where packets go by? The keeper awaits a frame with a nonce that nobody can guess, and has
 * it take the way of packets past one hook. The program there notes that it came and drops it; it is in no counter.
 */
struct cordon_canary {
	__u64 nonce[2]; /* of the frame that is awaited; 0: none */
	__u32 ifindex;
	__u32 answered; /* the kernel: it came */
};
cordon_static_assert(sizeof(struct cordon_canary) == 24, "canary");

#define CORDON_CANARY_TYPE 0x88b5 /* IEEE 802: for local experiments */

struct cordon_canary_frame {
	__u8 dst[6], src[6];
	__u8 type[2]; /* network order */
	__u8 pad[2];
	__u64 nonce[2];
	__u8 pad2[32]; /* beyond the least frame of Ethernet */
};
cordon_static_assert(sizeof(struct cordon_canary_frame) == 64, "canary frame");

/* --- flows: array of buckets, mmap-ed by user space --- */

#define CORDON_RECORD_SEALED (~0U - 1) /* a record of application data was seen */
#define CORDON_RECORD_LOST (~0U)       /* where records begin is not known any more */

struct cordon_dir {
	__u64 carry;	/* last CORDON_CARRY stream bytes, folded, the last one in the highest byte */
	__u32 base_seq; /* of stream byte 0; valid with CORDON_FLOW_BASE0 or 1 */
	__u32 next_seq; /* expected */
	__u32 off;	/* stream bytes seen in order */
	__u32 synced;	/* of those, given to user space */
	__u16 pkts;	/* packets with bytes in [synced, off) */
	__u16 sent;	/* not in the record of the device, whose or to whom it is, yet: units of 1 << CORDON_SENT_SHIFT bytes */
	__u32 record; /* TLS: stream offset of the next record's header, or CORDON_RECORD_* */
};
cordon_static_assert(sizeof(struct cordon_dir) == 32, "direction");

struct cordon_flow {
	__u64 key;	/* keyed hash of the five-tuple, VLAN and zone: cordon_flow_hash(); 0: free */
	__u64 last_ns;	/* of the last packet */
	__u64 first_ns; /* flow_id = cordon_flow_id(key, first_ns) */
	__u64 slot;	/* recorder: ticket + 1; slot number is ticket & (slots - 1); 0: none */
	__u32 flags;	/* CORDON_FLOW_* */
	__u32 threat_gen; /* state.threat_swaps when this flow was last looked up */
	__u8 app;	/* CORDON_APP_* */
	__u8 proto;
	__u8 tiny[2];	/* run of tiny segments, each direction */
	__u16 triggers; /* literals seen, and payloads of a rule without one: the kernel counts up, the event carries it ... */
	__u16 relaxed;	/* ... and user space writes it back when nothing is pending: followed while they differ */
	__u32 indicator; /* CORDON_FLOW_HIT: the entry; else the generation of the image that had none */
	__u16 sent_pkts; /* by the device without an answer, and not in its record yet */
	__u8 sent_tick[2]; /* lowest byte of the tick since which d[].sent has been added up */
	__u8 action;	/* CORDON_FLOW_HIT: what the kernel does, CORDON_ACTION_* (OBSERVE when the feed is in observe) */
	__u8 held;	/* mode hold: packets held, the kernel counts up, the record carries it ... */
	__u8 let_go;	/* ... and the keeper writes it back when that one is gone: while they differ what follows is held */
	__u8 ends;	/* CORDON_END_* of a packet to the server, and the tag of the image that says so, times CORDON_PF_ENDS */
	__u32 tick;	/* flow_tick() at last_ns */
	struct cordon_dir d[2];
};
cordon_static_assert(sizeof(struct cordon_flow) == 128, "flow");

struct cordon_flow_bucket {
	struct cordon_flow way[CORDON_FLOW_WAYS];
};

/* lost_ns[bucket]: when a flow still inspected was last evicted from the bucket; a flow that then begins without handshake is suspect */

/* --- shakes: array, direct mapped by the flow key --- */

struct cordon_shake {
	__u64 key;   /* flow key; its lowest bit replaced by the direction (SWAP) of the initiator */
	__u32 isn;   /* sequence number after the SYN */
	__u32 isn_r; /* after the SYN/ACK, when answered */
	__u32 flags; /* CORDON_FLOW_SYN, _SYNACK, _ESTABLISHED; 0: no handshake, the first sender is noted */
	__u32 owner;
};
cordon_static_assert(sizeof(struct cordon_shake) == 24, "handshake");

/* --- recorder: array of slots --- */

struct cordon_slot {
	__u64 owner; /* ticket + 1 of the flow that has it */
	struct cordon_facts facts; /* of that flow when it took the slot: whoever takes it over tells its history */
	__u8 pad[24];
	/* direction d's stream byte x at d * CORDON_WINDOW + x % CORDON_WINDOW; the rest is room for the verifier */
	__u8 ring[2 * CORDON_WINDOW + CORDON_SCAN_BYTES];
};

/* --- threat: array of maps with one slot; the inner map is an array of 64-byte lines --- */

struct cordon_line {
	__u8 b[CORDON_LINE];
};

/* lines 0 ... 3 of a threat image */
struct cordon_threat_head {
	__u64 seed;	  /* of every hash in this image */
	__u32 generation; /* never 0 */
	__u32 entries;
	__u32 v4_filter; /* first line of the IPv4 filter, CORDON_V4_FILTER_LINES lines: bit addr >> 8 */
	__u32 v6_filter; /* CORDON_V6_FILTER_LINES lines: bits of the hashes of /48 and /32 */
	__u32 name_filter; /* name_mask + 1 lines, see cordon_name_line() */
	__u32 name_mask;
	__u32 table; /* table_mask + 1 lines of four entries; a key is in one of two */
	__u32 table_mask;
	__u8 n_v4, n_v6; /* prefix lengths present, longest first */
	__u8 has_names, has_tlds; /* has_tlds: a name of one label */
	__u8 pad[4];
	/* behind the first line */
	__u8 v4_len[40];
	__u8 v6_len[64];
	__u8 pad2[104];
};
cordon_static_assert(sizeof(struct cordon_threat_head) == 4 * CORDON_LINE, "threat head");

#define CORDON_THREAT_SUBDOMAINS (1 << 0) /* a name: all below it too */
#define CORDON_THREAT_OBSERVE (1 << 1)	  /* the feed is in observe */
#define CORDON_THREAT_LOOK (1 << 2)	  /* this host, and no other, has listed URLs: user space reads requests to it */

struct cordon_threat_entry {
	__u64 fp; /* cordon_threat_hash() of kind, prefix length and value; 0: free */
	__u32 id; /* index + 1 into user space's table of indicators; 0: only CORDON_THREAT_LOOK */
	__u8 action;
	__u8 flags;
	__u16 feed;
};
cordon_static_assert(sizeof(struct cordon_threat_entry) * CORDON_THREAT_WAYS == CORDON_LINE, "threat line");

/*
 * --- learned: hash; an address that the answer of a listed name led a device to. User space writes, both hooks read ---
 * A plain hash: a live one is never evicted. What finds no room is counted by who would have written it.
 */

struct cordon_learned_key {
	struct cordon_device_key device;
	__u8 addr[16]; /* IPv4 mapped, also of one behind NAT64 */
};
cordon_static_assert(sizeof(struct cordon_learned_key) == 48, "learned key");

struct cordon_learned {
	__u64 until_ns; /* absolute; judged by the kernel at each packet */
	__u8 action;	/* what the kernel does, CORDON_ACTION_* (OBSERVE when the feed is in observe) */
	__u8 led;	/* user space's: 1 when the name that was asked for is not the listed one but leads to it */
	__u8 pad[6];
	__u8 name[CORDON_NAME_MAX + 1]; /* user space's: the listed name, canonical, terminated */
};
cordon_static_assert(sizeof(struct cordon_learned) == 272, "learned address");

/*
 * --- prefilter: array of maps with one slot; the inner map is an array of CORDON_PF_PARTS struct cordon_pf_part ---
 * In memory (mmap) the parts are one struct cordon_prefilter. Three parts, since
 * Linux 6.1 refuses array values above 4 MiB.
 */
#define CORDON_PF_PARTS 3
#define CORDON_PF_PART_BYTES 4194304

struct cordon_pf_part {
	__u8 b[CORDON_PF_PART_BYTES];
};

/* what kind of packet a gate speaks of */
enum { CORDON_CLASS_TCP, CORDON_CLASS_TCP_SYN, CORDON_CLASS_TCP_CTL, CORDON_CLASS_UDP, CORDON_CLASS_ICMP, CORDON_CLASS_OTHER, CORDON_CLASSES = 8 };

/*
 * The addresses that most rules speak of (HOME_NET and what is not HOME_NET) cut the address space in two. Ends: is the
 * packet's source inside, is its destination? One of four, as a bit of a gate, or the index of a table.
 */
enum { CORDON_END_SRC = 1, CORDON_END_DST = 2, CORDON_PF_ENDS = 4 };
#define CORDON_PF_ALL_ENDS 15
#define CORDON_PF_NETS 16
#define CORDON_PF_NET_TAGS 63 /* numbers of images in flow records, from 1 on; then again from 1 */

struct cordon_pf_net {
	__u64 addr[2], mask[2]; /* as 16 bytes in memory; IPv4 mapped */
};
cordon_static_assert(sizeof(struct cordon_pf_net) == 32, "net");

/* A literal counts only where its gate is open: all of this must fit. */
struct cordon_pf_gate {
	__u64 apps;	 /* bits CORDON_APP_*; UNDECIDED is always among them */
	__u64 groups[2]; /* bits of port groups */
	__u16 classes;	 /* bit class * 2 + direction */
	__u8 ends;	 /* bits CORDON_PF_ENDS */
	__u8 pad;
	__u16 min, max;	 /* payload, bytes; max 65535: no bound */
	__u16 sport, dport; /* where the groups are shared by others; host order, 0: any */
	__u8 pad2[4];
};
cordon_static_assert(sizeof(struct cordon_pf_gate) == 40, "gate");

/*
 * One gram of one literal window. A window is 4 ... 8 bytes, folded (| 0x20).
 * Long windows (7, 8): stored under the 4-gram at each of the offsets 0 ... 3,
 * probed at stride 4. Short ones (4 ... 6): under the 3-gram at offsets 0 and 1,
 * probed at stride 2. Both are probed from 4 bytes before the payload on, in
 * the carry: a window that ends in this payload has a gram there or later.
 */
struct cordon_pf_entry {
	__u64 val;  /* the window's bytes, first in the lowest; bytes above len are 0 */
	__u32 gram; /* the folded gram, little endian; short ones have 0xff in the top byte; 0: free entry */
	__u8 off;   /* of the gram in the window */
	__u8 len;   /* of the window */
	__u16 gate;
};
cordon_static_assert(sizeof(struct cordon_pf_entry) == 16, "prefilter entry");

/*
 * A window is WIDE when CORDON_PF_WIDE bytes that end with it are known. Six
 * 6-grams begin in those; each has a bit in wide and two in wide_check. A payload in
 * which nothing else is looked for is probed at stride 6, where it lies, from 6
 * bytes before it on; only when all bits of a gram are set is it looked at in the
 * way of the others. NARROW: the rest of the long ones.
 */
#define CORDON_PF_WIDE 11
enum { CORDON_PF_WIDE_KIND, CORDON_PF_NARROW_KIND, CORDON_PF_SHORT_KIND, CORDON_PF_KINDS };

/* where windows of a kind are looked for at all */
struct cordon_pf_need {
	__u64 apps;
	__u64 groups[2];
};
cordon_static_assert(sizeof(struct cordon_pf_need) == 24, "need");

/*
 * Bytes compared at one place: of each packet's payload (is_packet), of a
 * stream's first bytes (is_stream). Gated as literals are.
 */
struct cordon_pf_head {
	__u64 val, mask; /* ((payload at off) ^ val) & mask is 0; first byte in the lowest */
	__u64 apps;
	__u64 groups[2];
	__u16 classes;
	__u8 off, len; /* bytes; len 0: none from here on */
	__u8 is_packet, is_stream;
	__u8 ends;
	__u8 pad;
};
cordon_static_assert(sizeof(struct cordon_pf_head) == 48, "head");

#define CORDON_PF_HEADS 64
#define CORDON_PF_HEAD_OFF_MAX 56 /* bytes; the kernel looks at the first 64 */

#define CORDON_PF_GATES 2048
#define CORDON_PF_APPS 64
/* as gates see it: no application was recognised in either direction, so the flow never gets one; only rules of any application concern it */
#define CORDON_APP_NEVER (CORDON_PF_APPS - 1)
cordon_static_assert(CORDON_APPS < CORDON_APP_NEVER, "applications");

struct cordon_prefilter {
	__u32 generation;
	__u32 literals;
	__u64 apps_complete[2]; /* applications whose whole stream a loaded rule needs, each direction */
	__u64 apps_encoding;	/* applications in which the signs of an encoding make a packet suspect (HTTP: to the server) */
	__u8 any[CORDON_CLASSES][2];   /* 1: always_pkt has something for this class and direction */
	__u8 any_stream[2];	       /* 1: always_stream has something */
	__u8 any_header[2];	       /* 1: always_header has something */
	__u32 n_nets;
	__u32 net_tag; /* names this image in flow records; 0: not in force yet */
	__u8 any_options; /* 1: a rule waits for what is odd about IP options or extension headers */
	__u8 any_state;	  /* 1: a rule waits for what does not fit a TCP connection's state: all TCP packets go up */
	__u8 pad[2];
	struct cordon_pf_net nets[CORDON_PF_NETS];
	struct cordon_pf_need need[2 * CORDON_CLASSES][CORDON_PF_KINDS]; /* by class * 2 + direction */
	__u64 always_pkt[CORDON_CLASSES][2][CORDON_PF_ENDS][CORDON_PF_APPS][2]; /* port groups whose every packet goes up */
	__u64 always_stream[2][CORDON_PF_ENDS][CORDON_PF_APPS][2]; /* port groups whose TCP flows are followed whole */
	__u64 always_alone[2][CORDON_PF_ENDS][CORDON_PF_APPS][2]; /* the same without rules on messages: segments of flows without a stream */
	/* TCP data of flows that are cleared or past their depth: rules that ask nothing of the payload */
	__u64 always_header[2][CORDON_PF_ENDS][CORDON_PF_APPS][2];
	__u64 heads_used;      /* bits of the heads there are */
	__u64 head_first[256]; /* by a payload's first byte: bits of the heads at offset 0 that can be there */
	__u64 heads_deep;      /* bits of the heads at other offsets, looked at only in ... */
	__u64 heads_deep_groups[2]; /* ... these port groups */
	struct cordon_pf_head heads[CORDON_PF_HEADS];
	struct cordon_pf_gate gates[CORDON_PF_GATES];
	__u64 sport_groups[65536][2]; /* groups whose source port set has this port (host order) */
	__u64 dport_groups[65536][2];
	__u64 wide_check[CORDON_PF_WIDE_WORDS];
	__u8 pad2[1393952]; /* to the end of part 0 */
	/* part 1 */
	__u8 long_bits[CORDON_PF_LONG_BITS / 8];
	__u8 short_bits[CORDON_PF_SHORT_BITS / 8];
	__u64 wide[CORDON_PF_WIDE_WORDS];
	__u8 pad3[3014656]; /* to the end of part 1 */
	/* part 2 */
	struct cordon_pf_entry entries[CORDON_PF_ENTRIES];
};
cordon_static_assert(__builtin_offsetof(struct cordon_prefilter, long_bits) == CORDON_PF_PART_BYTES, "prefilter part 1");
cordon_static_assert(__builtin_offsetof(struct cordon_prefilter, entries) == 2 * CORDON_PF_PART_BYTES, "prefilter part 2");
cordon_static_assert(sizeof(struct cordon_prefilter) == CORDON_PF_PARTS * CORDON_PF_PART_BYTES, "prefilter parts");

/* --- counters: per-CPU arrays of one --- */

struct cordon_counters {
	__u64 n[CORDON_COUNTERS];
	__u64 arrived[CORDON_IFACE_MAX]; /* packets that the XDP program saw, by ifindex & (CORDON_IFACE_MAX - 1) */
};

struct cordon_reasons {
	struct {
		__u64 packets, bytes;
	} r[CORDON_REASONS];
};

/* --- state: array of one, mmap-ed --- */

#define CORDON_PF_ANY_HEADER 16 /* pf_any: the lower of its bits for any_header[] */
#define CORDON_PF_ANY_DNS 18	/* pf_any: something is looked for in DNS datagrams to the server */
#define CORDON_PF_ANY_OPTIONS 19 /* pf_any: any_options */
#define CORDON_PF_ANY_STATE 20	/* pf_any: any_state; then the bits are set that keep TCP packets from the short way */

struct cordon_state {
	__u64 now_ns;	/* replay: the capture's time */
	__u32 ifindex;	/* replay: the interface of this packet */
	__u32 to_device; /* replay: 1 when the XDP program stands in for TC, which refuses such a frame in a test run */
	__u64 seed;	/* of flow and deny hashes; set before the programs are attached */
	__u32 deny_addrs; /* deny entries keyed by address: 0 saves the second lookup */
	__u32 deny_flows;
	__u64 ticket;	/* recorder tickets handed out */
	__u64 build;	/* hash of the loaded object: decides whether a restarted daemon adopts it */
	__u32 threat_swaps; /* times a threat image was swapped in: a flow that saw another number is looked up again */
	/* bit class * 2 + direction: the prefilter in force has packet rules without literal there (any[][]); above: CORDON_PF_ANY_* */
	__u32 pf_any;
	__u32 deny_tagged, deny_every; /* deny entries of those kinds */
	__u64 hold_until_ns; /* mode hold: somebody judges what is held, until then; written on and on by the keeper */
	__u32 hold_ticket;   /* held packets numbered */
	__u32 learned;	     /* entries of the learned map: 0 saves the look-up */
	__u32 net_tag;	     /* of the prefilter image in force */
	__u32 routers;	     /* there are some in the map of them: 0 saves the look-up */
	__u32 deny_lines_mask; /* lines of deny_index in use, less one */
	__u8 pad3[36];
};
cordon_static_assert(sizeof(struct cordon_state) == 128, "state");

#endif
