/* SPDX-License-Identifier: BSD-2-Clause */
/* The checksums in a packet's headers (RFC 1071), for rules that ask. */
#ifndef MATCH_CHECKSUM_H
#define MATCH_CHECKSUM_H

#include "view/view.h"

/* @which: RULE_CSUM_*. 1: right; 0: wrong; -1: the packet has none of it, or not all of its bytes are here */
int checksum_of(const struct view *v, uint8_t which);

#endif
