/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets without data that a device sends in its connections. Who is sent data acknowledges it; who floods sends them
 * unasked. Pure: given the kernel's counts now and then.
 */
#ifndef DEV_BARE_H
#define DEV_BARE_H

#include <stdint.h>

/*
 * Received bytes that ask for one: the shortest frames there are, so that no receiver, however it acknowledges, sends more than
 * it was asked for.
 */
#define BARE_BYTES 60

struct bare {
	uint64_t looked_ns; /* 0: not yet, since this process began */
	uint64_t count;	    /* the kernel's then; less means that it began anew */
	uint64_t sent, asked; /* in about the last window: what is older fades */
	uint64_t fresh;	      /* asked for since then, which has not begun to */
};

/* the device was sent @bytes more */
void bare_received(struct bare *b, uint64_t bytes);
/*
 * bare_look() - goes on counting
 * @window_ns: so long ago a packet has faded
 * Return: packets sent unasked until the look before: what was received meanwhile is known by now, wherever it was counted
 */
uint64_t bare_look(struct bare *b, uint64_t count, uint64_t window_ns, uint64_t now_ns);

#endif
