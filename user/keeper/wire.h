/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do packets really go by our programs? A test run proves the program, a query what is attached; neither proves that
 * nobody stands before it. So once a second, on each interface:
 *
 *   TC egress      a canary (struct cordon_canary) is sent out of the interface; our program takes it
 *   XDP, generic   a canary goes up the stack as if just received; our program takes it
 *   XDP, native    a frame cannot be put before the driver without the other end's help: what the driver says has come
 *                  in is held against what the program saw. An interface on which nothing comes in is not proven.
 *
 * A canary that nobody takes is lost, and leaves for the nearest bridge, which does not send it on.
 */
#ifndef KEEPER_WIRE_H
#define KEEPER_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "kern/kern.h"

#define WIRE_LAG 4 /* seconds by which a driver's counters may come late */

/* one hook of one interface: a bit a second, the last one lowest */
struct wire_hook {
	uint64_t asked, proven;
	bool is_lost;
	bool is_pending; /* generic XDP: the stack may hand it to another processor first */
};

struct wire {
	struct wire_hook hook[KERN_HOOKS];
	uint64_t rx, seen;	/* counters at the last look */
	bool has_base;
	int64_t unseen;		/* came in and was not seen; negative: the driver's counter comes late */
	uint64_t lag[WIRE_LAG]; /* seen in the last seconds */
	unsigned int at;
	uint64_t unseen_total;
};

/* what all interfaces share */
struct wires {
	struct kern *kern, *empty; /* borrowed; a program that passes, made when it is first needed */
	int raw, netlink;	   /* -1: cannot be had */
	uint32_t seq;
};

void wires_init(struct wires *w, struct kern *k);
void wires_done(struct wires *w);
/*
 * wire_look() - once a second
 * @has_tc: not on a mirror
 * Return: 1 << KERN_XDP, 1 << KERN_TC: packets go by without that program
 */
unsigned int wire_look(struct wires *s, struct wire *w, uint32_t ifindex, bool has_tc, bool is_generic);
/* TC egress alone, between two of those, in the second of the last one. True: packets go by without our program */
bool wire_look_egress(struct wires *s, struct wire *w, uint32_t ifindex);
void wire_begin(struct wire *w);  /* programs were attached: all that was known is of others */
void wire_rebase(struct wire *w); /* one was put in its place again: it proves itself before it is believed */
/* of the last minute: seconds in which it was asked and in which it was proven */
unsigned int wire_seconds(uint64_t bits);

/*
 * wire_count() - the books of native XDP; pure
 * @rx, @seen: counters of driver and program, read in this order
 * Return: 1 proven, 0 nothing came in, -1 what came in was not seen
 */
int wire_count(struct wire *w, uint64_t rx, uint64_t seen);

#endif
