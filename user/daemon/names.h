/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices over a restart: <state_dir>/devices.db (dev/store.h). What an
 * operator said is given to the disk's thread at once, what was seen in a walk
 * every few minutes, a slice each second, and at the end.
 */
#ifndef DAEMON_NAMES_H
#define DAEMON_NAMES_H

#include "base/json.h"
#include "dev/store.h"

struct daemon;

struct names {
	struct store *store; /* of the disk's thread; NULL: nothing is kept */
	struct inventory_cursor walk;
	bool walking, is_whole; /* is_whole: every device was given to the store since the last failure */
	bool from_json;		/* devices.json was read, and still has its name */
	unsigned int due;	/* tick of the next walk */
	uint64_t failures, asides; /* of the store, as far as they are dealt with */
	uint64_t damaged, set_aside; /* at the start: rows left out, files */
};

void names_load(struct daemon *d);
/* everything that changed is given to the disk's thread; 0 or -errno */
int names_save(struct daemon *d);
/* an operator changed a device: given at once, on disk by the time verbs_done() answers */
int names_changed(struct daemon *d, struct device *dev);
/* each second: forgets who was not seen for long, and gives what was seen */
void names_tick(struct daemon *d);
/* members of an object */
void names_stats(const struct daemon *d, struct json *j);
void names_done(struct daemon *d); /* behind disk_free() */

/* each device of an old devices.json; 0, -ENOENT, -EBADMSG: its sum is wrong, -errno */
int names_json_load(const char *path, void (*row)(const struct device *, void *), void *ctx);

#endif
