/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP connection's state from its headers alone, and what each packet has
 * that does not fit: the stream-events of Suricata 7, with its meaning of a
 * window, a retransmission and a reset that counts. It decides nothing: streams
 * are put together in tcp.c, whatever is odd here.
 */
#ifndef STREAM_STATE_H
#define STREAM_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define STATE_SACKS 4	/* of a segment: as many as its options hold */
#define STATE_HOLES 8	/* ranges beyond what is acknowledged that are kept of a direction */
#define STATE_QUEUE 10	/* SYNs (SYN-ACKs: half as many) that differ and wait for the one that is answered */
#define STATE_ODDS 8	/* events of one packet */

struct state_range {
	uint32_t from, to; /* sequence numbers */
};

/* a segment's header */
struct state_seg {
	uint64_t ts_ns;
	uint32_t seq, ack, len; /* len: bytes of payload */
	uint32_t ts, echo;	/* timestamps option (RFC 7323) */
	uint16_t window;
	uint8_t flags, scale, n_sacks;
	bool has_ts, has_scale, sack_ok, has_fastopen, is_signed; /* is_signed: RFC 2385, RFC 5925 */
	bool is_nobodys; /* its connection is of no known application */
	struct state_range sack[STATE_SACKS];
};

struct state_odds {
	uint8_t event[STATE_ODDS]; /* RULE_EVENT_*, each once */
	uint8_t n;
};

enum { STATE_NONE, STATE_SYN_SENT, STATE_SYN_RECV, STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_TIME_WAIT,
       STATE_LAST_ACK, STATE_CLOSE_WAIT, STATE_CLOSING, STATE_CLOSED };

/* what one end has sent, and how far it may go: all of it as the other end says */
struct state_half {
	uint32_t isn, next;   /* its first sequence number; the one behind what it sent */
	uint32_t acked, edge; /* what the other end has acknowledged; the end of its window */
	uint32_t window;      /* bytes, scaled */
	uint32_t ts, ts_sec;  /* its latest timestamp, and when it came */
	uint8_t scale, seen;  /* seen: flags of all its packets */
	bool has_ts, is_ts_zero, is_probing, is_reset, has_depth; /* is_probing: it has sent a keep-alive */
	uint8_t n_holes;
	struct state_range hole[STATE_HOLES];
};

struct state_shake {
	uint32_t seq, ack, ts, ts_sec;
	uint16_t window;
	uint8_t scale;
	bool has_ts, has_scale, sack_ok;
};

struct state {
	uint8_t at, before; /* STATE_*; before: that it came from */
	uint8_t policy;	    /* TCP_POLICY_*, of both ends */
	uint8_t n_queued;
	bool is_async, is_midstream, is_midstream_new, is_four_way, has_ts, has_scale, is_sack, is_client_sack, is_confirmed, is_fastopen,
		is_fastopen_refused;
	bool zero_probe[2]; /* that end has probed a window of 0 */
	struct state_half h[2]; /* [0]: client */
	struct state_shake queue[STATE_QUEUE]; /* the oldest first */
};

struct state_opts {
	uint8_t policy; /* TCP_POLICY_* */
	bool midstream, async_oneside;
	uint32_t depth; /* bytes of a direction; 0: no end */
};

/* @head: a TCP header of @len bytes with its options, 20 at least; all but ts_ns and the payload's length */
void state_parse(const uint8_t *head, uint32_t len, struct state_seg *ret);
/* does the segment begin another connection of the same ends? @s NULL: there is none yet; @dir: of the segment in it */
bool state_begins(const struct state *s, const struct state_seg *k, const struct state_opts *o, unsigned int dir);
/*
 * state_step() - one segment
 * @s:   zeros before the first one
 * @dir: 0: from who sent the first
 * Writes all of *ret.
 */
void state_step(struct state *s, const struct state_opts *o, const struct state_seg *k, unsigned int dir, struct state_odds *ret);
/* seconds without a packet after which Suricata has given the connection up */
uint32_t state_idle_s(const struct state *s);

#endif
