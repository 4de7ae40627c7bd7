/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is odd about TLS in the clear, by the names and in the sense of Suricata 7 (src/app-layer-ssl.c): its records, the
 * heads of its handshake messages, hellos, heartbeats. Up to a direction's first record of data.
 */
#ifndef APP_TLS_EVENTS_H
#define APP_TLS_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "parse/tls.h"

/* what both directions know of each other */
struct tls_odd_flow {
	uint64_t events;      /* RULE_EVENT_BIT(TLS_*)s said of either */
	uint16_t version[2];  /* of a direction's hello, before it of its last record; 0: none yet */
	uint16_t hb_length;   /* of the encrypted heartbeat that is not answered; 0: none */
	uint8_t hellos;	      /* bits: 1 ClientHello, 2 ServerHello, whoever sent them */
	uint8_t keys_changed; /* bits: directions whose ChangeCipherSpec was seen */
	uint8_t hb_from;      /* 1 + the direction that sent the heartbeat in flight; 0: none */
	bool has_chain[2], has_sni[2];
	bool is_short_hello; /* a ServerHello of an early draft of TLS 1.3: no session, no compression */
	bool is_broken;	     /* an error: nothing of either direction is read any more */
};

struct tls_odd {
	uint64_t found; /* events not said yet; taken by tls_odd_take() */
	uint16_t record_len, left; /* of the record being read */
	uint32_t message_left;	   /* bytes of a message that goes on in the next record */
	uint8_t type, message_type;
	uint8_t head[TLS_HANDSHAKE_HEADER], head_len; /* of a message or a heartbeat */
	bool is_read;	/* the record's contents are looked at */
	bool is_fatal;	/* what was found in this record ends the connection's parsing */
	bool is_over;	/* a record of data came */
};

/* a record begins; its header, which may be of any bytes */
void tls_odd_record(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, const uint8_t head[TLS_RECORD_HEADER]);
/* contents of that record, in pieces of any size, no more than it has */
void tls_odd_body(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, const uint8_t *p, uint32_t len);
/* the body of a hello, after its header, before the next record */
void tls_odd_hello(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, bool is_server, struct cur body);
/* the body of a Certificate message */
void tls_odd_certificates(struct tls_odd_flow *f, struct tls_odd *o, uint8_t dir, struct cur body);
/* what was found and not said in this connection; it counts as said then. While a record is not whole: 0 */
uint64_t tls_odd_take(struct tls_odd_flow *f, struct tls_odd *o);

#endif
