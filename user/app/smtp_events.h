/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is odd about the order of SMTP's commands and replies, by the names and in the sense of Suricata 7
 * (src/app-layer-smtp.c): both directions' lines, up to TLS. Transactions are counted as there: a mail, and what led to it.
 */
#ifndef APP_SMTP_EVENTS_H
#define APP_SMTP_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define SMTP_LINE_HELD 16  /* of a line's begin */
#define SMTP_COMMANDS_MAX 128 /* not answered yet; with more nothing is looked at any more */

/* what both directions know of each other */
struct smtp_odd_flow {
	uint64_t tx;	/* number of the transaction; 0: none yet */
	uint64_t said;	/* RULE_EVENT_BIT(SMTP_*)s of it */
	uint64_t found; /* those not told yet */
	uint64_t chunk; /* bytes of BDAT's chunk still to come */
	uint8_t command[SMTP_COMMANDS_MAX], n, at; /* those sent; the one that is answered next */
	uint8_t current;
	bool is_done, is_data, has_sender; /* of the transaction */
	bool has_helo, is_greeted, is_multiline, is_pipelining, in_data;
	bool is_over; /* TLS, an error, or too much of something */
};

/* of one direction */
struct smtp_odd {
	uint8_t line[SMTP_LINE_HELD];
	uint32_t len;	/* of the line so far */
	uint8_t last;	/* its last byte */
};

/*
 * smtp_odd_feed() - a direction's bytes, up to the first event
 * Returns how many were taken; then smtp_odd_take() has what was found.
 */
uint32_t smtp_odd_feed(struct smtp_odd_flow *f, struct smtp_odd *o, bool is_reply, const uint8_t *p, uint32_t len);
/* bits that were not said of this transaction; they count as said then */
uint64_t smtp_odd_take(struct smtp_odd_flow *f);

#endif
