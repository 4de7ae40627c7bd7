/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A held packet as frames that a wire would carry. What a stack hands to an
 * interface that promised to finish it is finished here: checksums that hold
 * only the pseudo-header's sum, segments longer than the interface's MTU, a tag
 * kept beside the frame. All else goes as it came, wrong checksums too.
 */
#ifndef KEEPER_RESEND_H
#define KEEPER_RESEND_H

#include <stdint.h>

#include "cordon_event.h"

typedef int (*resend_fn)(void *ctx, const uint8_t *frame, uint32_t len); /* 0 or -errno, which ends it */

/*
 * resend_frames() - every frame of @e to @fn
 * @mtu: longest IP packet, bytes
 * Return: 0; -EMSGSIZE: too long and no TCP; -ENOMEM; what @fn returned
 */
int resend_frames(const struct cordon_event_pkt *e, uint32_t mtu, resend_fn fn, void *ctx);

#endif
