/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a device may talk: learned from the applications it was seen with, and in
 * force when its owner says so. Two sets, since a camera that serves HTTP need not
 * ask for any. Sets are bits of CORDON_APP_*. Pure.
 */
#ifndef DEV_CONTRACT_H
#define DEV_CONTRACT_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon_event.h"

struct contract {
	uint64_t uses, serves;	     /* seen: in flows it began; in flows begun by others, with an answer of it */
	uint64_t may_use, may_serve; /* in force: no other application */
	bool in_force;
	uint32_t denied; /* flows, since it is in force */
};

/* an application was recognised in a flow of the device; what a contract in force denies is seen as well */
void contract_learn(struct contract *c, const struct cordon_facts *f);
/* is the application of this flow none that the contract in force names? */
bool contract_forbids(const struct contract *c, const struct cordon_facts *f);
/*
 * contract_begin() - what was seen so far is all it may from now on; DHCP always, or it loses its address
 * Return: 0; -ENODATA: nothing was seen; -EEXIST: one is in force
 */
int contract_begin(struct contract *c);
/* one application more, or less, in both sets; -ENOENT: none is in force */
int contract_change(struct contract *c, unsigned int app, bool allow);
/* what it denied is forgotten, so that the next one does not allow it; -ENOENT: none is in force */
int contract_end(struct contract *c);
uint64_t contract_outside(const struct contract *c); /* seen, and not allowed; 0 while none is in force */

#endif
