/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user-space half of the walk: ring record -> view -> device facts ->
 * stream -> application -> match -> finding. The same code serves the
 * inspector of the daemon and `cordon replay`. What it finds goes to a
 * callback; what it wants of the kernel (relax, clear) goes through kern/.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "cordon_event.h"
#include "dev/identity.h"
#include "kern/kern.h"
#include "match/match.h"

/* what was found: X(id, EVE event_type or "" when no event) */
#define FINDING_LIST(X)                                                                           \
	X(ALERT, "alert")   /* a rule fired */                                                    \
	X(THREAT, "alert")  /* a listed address or name */                                        \
	X(APP, "")	    /* the flow's application is known */                                 \
	X(DNS, "dns") X(TLS, "tls") X(HTTP, "http")                                               \
	X(QUIC, "quic") X(SSH, "ssh") X(MQTT, "mqtt") X(MODBUS, "modbus") X(SIP, "sip") X(FTP, "ftp") \
	X(SEEN, "")	    /* a flow of this device began */ \
	X(HELD, "")	    /* mode hold: nothing more will be found on this packet; what was came before */ \
	X(IDENTITY, "")	    /* a device said who it is */ \
	X(HOST, "")	    /* name: a request names this host too */ \
	X(ANOMALY, "anomaly") /* msg: its name, category: type, classtype: layer */ \
	X(REQUEST, "")	    /* pairs: the URL asked for, canonical, one of those that may be meant */ \
	X(FLOW, "flow")	    /* a flow has ended; pairs */ \
	X(ANSWER, "")	    /* answer: an address that the names of the CHAINs before it lead to */ \
	X(CHAIN, "")	    /* name: of a DNS answer, first the one asked for, then those it leads on to (led) */ \
	X(LEARNED, "")	    /* the kernel: an answer of a listed name led this device here */
#define FINDING_X(id, ...) FINDING_##id,
enum { FINDING_LIST(FINDING_X) FINDINGS };

#define FINDING_PAIRS 1536

/* what a reject rule wants its ends to be told with: the packet it met */
struct finding_reject {
	uint8_t ends;		 /* RULE_REJECT_* of this packet's ends; 0: nothing to say, or no packet is at hand */
	uint8_t proto, tcp_flags;
	uint8_t is_dropped;	 /* it did not go on */
	uint8_t has_link;	 /* link holds its MACs: destination, source */
	uint8_t is_ingress;	 /* it came in at ifindex; else it went out there */
	uint8_t link[12];
	uint8_t saddr[16], daddr[16];
	uint16_t sport, dport;	 /* network order */
	uint32_t seq, ack, payload_len, ifindex;
};

/* Fixed size, no pointers: crosses from the inspector to the daemon over a socket. Text is foreign bytes, terminated. */
struct finding {
	uint32_t kind;
	uint32_t wire_len;
	uint64_t ts_ns;
	struct cordon_facts facts;
	uint64_t reasons;
	uint32_t ticket; /* HELD */
	uint32_t evidence; /* ALERT, THREAT: bytes of the capture that is kept as its evidence; 0: none */
	/* ALERT */
	uint32_t sid, gid, rev;
	uint8_t severity, action; /* RULE_ACTION_*; THREAT: CORDON_ACTION_* */
	uint8_t target;		  /* 0 not said, 1 source, 2 destination */
	uint8_t verdict;	  /* of the packet in the kernel: 0 passed, 1 dropped, 2 held */
	char msg[256], category[128], classtype[64];
	struct finding_reject reject;
	/* THREAT */
	uint32_t indicator, generation;
	/* application fields, "" where absent */
	uint16_t dns_type, dns_id, http_status;
	uint8_t is_response;
	uint8_t learned; /* THREAT: the address is no entry, an answer of the listed name led to it */
	char name[256]; /* rrname, SNI or Host */
	char http_method[16], http_uri[512], http_agent[256], http_protocol[16];
	/* ANSWER */
	struct addr answer;
	uint32_t ttl_s;
	/* IDENTITY; texts are terminated by the receiver */
	struct identity identity;
	uint8_t response; /* of a behaviour: CONF_RESPONSE_* unless the configuration says otherwise */
	uint8_t led; /* CHAIN: not the name asked for; THREAT: found by such a name, which the device did not ask for */
	uint8_t is_ambiguous; /* ANOMALY: bytes that contradict others at their place; mode hold lets none of them through */
	uint8_t pad2[5];
	/* fields of other applications: "key" 0 "value" 0 ... 0; a '.' in a key opens an object, '#' before it: a number,
	 * '?' true or false, '[' an element of an array */
	char pairs[FINDING_PAIRS];
};

/* gid of what Cordon itself finds by counting, without a rule; sid is its number, classtype its name */
#define FINDING_GID_BEHAVIOUR 900

/* is @kind an application's record, told once a message? */
static inline bool finding_is_app(uint32_t kind)
{
	return kind == FINDING_DNS || kind == FINDING_TLS || kind == FINDING_HTTP ||
	       (kind >= FINDING_QUIC && kind <= FINDING_FTP);
}

/*
 * What the inspector says is not trusted: text is terminated here, what is an index is looked at; other numbers are checked
 * where they are used. false: it is none that could be.
 */
bool finding_check(struct finding *f);

/* told for the look-up among what is listed alone: nobody decides about it, or shows it */
static inline bool finding_is_question(uint32_t kind)
{
	return kind == FINDING_HOST || kind == FINDING_REQUEST || kind == FINDING_ANSWER || kind == FINDING_CHAIN ||
	       kind == FINDING_LEARNED;
}

typedef void (*finding_fn)(const struct finding *f, void *ctx);

struct pipeline;

/* HTTP requests that wait for their answers, 4 KiB each; beyond, the oldest is said without */
#define PIPELINE_HTTP_WAITING 512

/* flows whose end is told, at a time, when that is asked for: 200 bytes each */
#define PIPELINE_FLOW_EVENTS 32768
/* TCP flows that rules without contents ask about, at a time: 400 bytes each */
#define PIPELINE_TRACKED 32768
/* TCP connections whose states are kept for stream-event rules: 900 bytes each */
#define PIPELINE_STATES 65536
/* alerts told of one packet, the first in the order of rules: Suricata's packet-alert-max */
#define PIPELINE_PACKET_ALERTS 15

struct chunks; /* stream/chunks.h */

struct pipeline_opts {
	struct kern *kern;	     /* borrowed; relax and clear */
	struct match_engine *engine; /* borrowed; NULL: no rules */
	finding_fn on_finding;
	void *ctx;
	uint32_t max_flows;	 /* flows with state in user space; oldest goes, counted */
	uint64_t max_stream_bytes; /* reassembly memory */
	uint32_t depth;
	uint32_t max_flow_events; /* flows whose end is told; 0: none is */
	bool checksums;
	bool midstream, async_oneside; /* as the kernel has them */
	uint8_t policy; /* TCP_POLICY_*: whose bytes count in an overlap */
	struct chunks *chunks; /* borrowed; of the capture that the records are of. NULL: there is none */
	uint32_t packet_alerts; /* alerts of one packet; 0: PIPELINE_PACKET_ALERTS */
};

struct pipeline_stats {
	uint64_t records, bad_views, flows, flows_dropped, segments_dropped, fragments, fragments_dropped;
	uint64_t alerts_over_limit; /* of packets that had enough of them */
	uint64_t tracks_dropped; /* flows beyond PIPELINE_TRACKED, and connections beyond PIPELINE_STATES */
};

int pipeline_new(const struct pipeline_opts *o, struct pipeline **ret);
/* the most that one finding's evidence takes: both windows in segments, and a packet */
#define PIPELINE_EVIDENCE_MAX (20 << 10)
/* during on_finding: a capture of what led to it, at most @size bytes; its length, 0: nothing to show */
size_t pipeline_evidence(const struct pipeline *p, uint64_t wall_ns, void *buf, size_t size);
/* one checked ring record; never fails: what cannot be looked at is counted */
int pipeline_event(const struct cordon_event_hdr *ev, void *pipeline);
/* what comes next is of packets around others, which come by themselves: nobody looks at their payload */
void pipeline_wraps(struct pipeline *p, bool wraps);
void pipeline_set_engine(struct pipeline *p, struct match_engine *engine); /* between records; streams' candidates are dropped */
/* no record came for a while: what waits for one is said without */
void pipeline_idle(struct pipeline *p);
/* no more records will come: what flows have begun is told as far as it goes */
void pipeline_end(struct pipeline *p);
void pipeline_stats(const struct pipeline *p, struct pipeline_stats *ret);
void pipeline_free(struct pipeline *p);

#endif
