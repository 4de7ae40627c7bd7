/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames for act/attest.c: the least that makes the stages look at what is asked about. */
#ifndef ACT_ATTEST_FRAME_H
#define ACT_ATTEST_FRAME_H

#include "act/attest.h"
#include "base/addr.h"

/* @vlan: 0: untagged. The other end is a MAC that is nobody's. */
void attest_frame_from(struct attest_question *q, const uint8_t mac[6], uint16_t vlan);
void attest_frame_to(struct attest_question *q, const uint8_t mac[6], uint16_t vlan);
/* both ends are @a: whichever is asked about */
void attest_frame_addr(struct attest_question *q, const struct addr *a, uint16_t vlan);
/* a DNS question; -EINVAL: no name of the wire */
int attest_frame_name(struct attest_question *q, const char *name);

#endif
