/* SPDX-License-Identifier: BSD-2-Clause */
/* Attestation between the two: the daemon asks (act/attest.h), the keeper has the programs and runs the frames. */
#ifndef PROC_MARKS_H
#define PROC_MARKS_H

#include <stddef.h>

#include "act/attest.h"
#include "kern/kern.h"
#include "proc/msg.h"

/*
 * marks_pack() - as many questions from @from on as fit into one message
 * Return: how many; *ret_len: of the message
 */
size_t marks_pack(const struct attest_round *r, size_t from, struct rpc_marks *m, size_t *ret_len);
/* keeper: runs what @m of @len bytes asks for; -EBADMSG: it does not add up, nothing was run behind that */
int marks_run(struct kern *k, const struct rpc_marks *m, size_t len, struct rpc_marks_reply *ret);

#endif
