/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon keeps proving that what it shows is in force (act/attest.h): it asks the keeper, who has the programs. */
#ifndef DAEMON_PROOF_H
#define DAEMON_PROOF_H

struct daemon;

/* once a second: ask, judge, put right, tell */
void proof_tick(struct daemon *d);

#endif
