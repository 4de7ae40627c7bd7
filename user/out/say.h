/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an output has to tell its own daemon: that it enforced something
 * elsewhere, or could not. Any thread adds, the daemon's loop takes. One list
 * for the process, since an output whose peer hangs may outlive the rest.
 */
#ifndef OUT_SAY_H
#define OUT_SAY_H

#include <stdbool.h>

#include "dev/inventory.h"

#define SAY_MAX 256 /* waiting; more are dropped, the log has them */

struct saying {
	const char *what; /* of the event: static */
	char device[DEVICE_ID_MAX], text[240];
};

void say(const char *what, const char *device, const char *text);
bool say_take(struct saying *ret); /* the oldest; false: none */

#endif
