/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of any length as an answer: made a part at a time as the client reads
 * them, so that neither the daemon's loop nor its memory is held by them. What
 * is filtered is filtered here.
 */
#ifndef DAEMON_LISTING_H
#define DAEMON_LISTING_H

#include "daemon/verbs.h"
#include "dev/namebook.h"

struct listing {
	struct daemon *d;
	struct json j;
	/* looks at one more and adds it when it fits; false: there is none */
	bool (*step)(struct listing *l);
	void (*close)(struct listing *l);
	uint64_t left; /* rows it may still have */
	bool table;    /* only what a table shows, as rows of it */
	uint64_t now_ns, wall_offset_ns; /* as this part was begun */
	/* filters; "" and NONE: all; match in lower case */
	char match[DEVICE_NAME_MAX], group[DEVICE_NAME_MAX];
	uint8_t level;
	bool quarantined;
	/* whose of it is what */
	struct inventory_cursor devices;
	struct act_walk *walk;
	uint64_t *sheds; /* by place of the device in the budgets; NULL: none */
	struct cordon_device_key *named; /* sorted: devices that have what is looked for in their name */
	size_t n_named;
	unsigned int asked; /* for names, one by one */
	struct namebook *book; /* then of all; NULL: not yet */
};

/* a new one with the filters of the request; NULL after having answered */
struct listing *listing_new(struct daemon *d, const struct ctl_request *r);
/*
 * answers with it, @l taken over; {"ok":true,"NAME":[ is begun here, rows come from step, close ends the array
 * @columns: NULL-terminated: what the rows of a table are called, which are arrays then
 */
void listing_reply(struct listing *l, const struct ctl_request *r, const char *name, const char *const *columns);
/* a time of the boot clock as text; "" for UINT64_MAX: no end */
void listing_instant(struct listing *l, const char *key, uint64_t boot_ns);
/* has any of @texts (NULL-terminated) what is looked for? */
bool listing_matches(const struct listing *l, const char *const *texts);
/*
 * listing_find_names() - looks which devices have it in their names, now; for listing_names(). There are fewer devices than
 * quarantines may be asked about, most of which are of none.
 * Return: 0, -ENOMEM
 */
int listing_find_names(struct listing *l);
/* the name of a device, "" when it has none; valid until the next part */
const char *listing_name(struct listing *l, const struct cordon_device_key *key);
/* has this device's name what is looked for? */
bool listing_names(const struct listing *l, const struct cordon_device_key *key);

#endif
