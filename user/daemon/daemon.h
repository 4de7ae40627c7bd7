/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon: decides. Unprivileged; it has the descriptors of the maps, the
 * control socket, its state directory. What needs rights it asks of the keeper,
 * what reads foreign bytes it leaves to the inspector and to feed workers.
 * One thread serves all of it and waits for no disk: others build threat images
 * (threats.c), write its files (base/disk.h), evidence and outputs.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <pthread.h>

#include "act/act.h"
#include "api/ctl.h"
#include "base/disk.h"
#include "daemon/names.h"
#include "daemon/rules.h"
#include "daemon/sheds.h"
#include "dev/inventory.h"
#include "dev/oui.h"
#include "out/evidence.h"
#include "out/out.h"
#include "proc/child.h"
#include "proc/handover.h"
#include "proc/msg.h"

#define RECENT_EVENTS 512
#define IFACE_NAMES 64
#define LATENCY_BUCKETS 24 /* the last one: 8 s and more */

/* flows remembered as stopped, for those of their packets that are held already */
#define HOLD_DENIED 64

struct threats;

struct daemon {
	const struct child_start *start;
	struct conf conf;
	bool is_configured, ending, failed, was_ready;
	struct kern *kern;
	struct inventory *inventory;
	struct oui *oui; /* NULL: no list of vendors */
	unsigned int ticks; /* seconds */
	struct names names; /* devices over a restart */
	struct act *act;
	struct out *out;
	struct disk *disk; /* the files of the state directory, but for the content of feeds */
	bool disk_failing; /* said */
	struct {
		uint64_t client, from, to; /* tickets */
	} waiting[CTL_CLIENTS_MAX];	   /* who is answered when what was changed is on disk */
	size_t n_waiting;
	uint64_t ticket; /* of what had been handed over when the request at hand came */
	struct evidence_dir *evidence; /* NULL: none is kept */
	struct {
		const uint8_t *pcap;
		size_t len;
	} at_hand; /* the evidence of the finding at hand */
	struct ctl *ctl;
	struct threats *threats;
	struct sheds sheds;
	struct rules rules;
	int epfd, signals, timer;
	int findings, control; /* of the inspector; -1 while there is none */
	int state_dir, eve; /* opened by who could: a directory above may be closed to the daemon's user; -1 */
	int secret[SECRETS];   /* memory files; -1 */
	pthread_mutex_t rpc_lock;
	struct {
		uint64_t flow_id[HOLD_DENIED], ts_ns; /* flows that decisions have stopped, and the packet of the last one */
		uint64_t ambiguous_ns;		      /* the last packet that contradicts others */
		uint32_t next;
	} denied;
	uint64_t started_ns, n_findings, n_alerts, n_bad_findings;
	uint64_t latency[LATENCY_BUCKETS]; /* packet seen to decision enforced: [i] below 2^i microseconds */
	struct {
		char *line[RECENT_EVENTS]; /* the last events, oldest at next */
		char type[RECENT_EVENTS][16];
		size_t next;
	} recent;
	struct {
		uint32_t ifindex;
		uint64_t at_ns;
		char name[16];
	} ifaces[IFACE_NAMES];
};

/*
 * rpc_call() - one request to the keeper; from any thread
 * @ret_fd: descriptor that came with the reply, -1 when none; NULL: none expected
 * Return: the keeper's result; -EIO when it does not answer
 */
int rpc_call(struct daemon *d, const struct rpc_request *q, struct rpc_reply *a, int *ret_fd);

/* tells the keeper, once, when the first threat image and the first rules are in force */
void daemon_maybe_ready(struct daemon *d);

/* --- events.c --- */

/* decide, enforce, publish; clears f->evidence when it is not kept */
void events_finding(struct daemon *d, struct finding *f);
/* an event without a packet: quarantine begun or ended, feed swapped, ...; urgent ones go to the webhook too */
void events_notice(struct daemon *d, const char *what, const struct quarantine *q, const char *text, bool urgent);
/* the same of a device; NULL: not known which */
void events_notice_device(struct daemon *d, const char *what, const struct device *dev, const char *text);
/* the last events whose type fits (NULL: all), oldest first, as a JSON array member @key */
void events_recent(const struct daemon *d, const char *type, struct json *j, const char *key);
/* those of them whose line has @needle, at most @max, the latest, oldest first */
void events_mentioning(const struct daemon *d, const char *needle, size_t max, struct json *j, const char *key);
/* leases that ended by themselves leave, and that is said */
void events_tick(struct daemon *d);
/* at the end: waits a little for what outputs that enforce are at, and tells what came of it */
void events_last(struct daemon *d);
/* the running quarantine of a device by its id; false: there is none */
bool events_get_quarantine(struct daemon *d, const char *device, struct quarantine *ret);
/* begin of a quarantine that an operator asked for */
void events_quarantine(struct daemon *d, const char *device, const char *what);
/* what leases of it have dropped is kept now, since the kernel has forgotten it */
void events_keep_books(struct daemon *d, const char *device);
void events_done(struct daemon *d);

/* --- verbs.c --- */

void verbs_request(const struct ctl_request *r, void *daemon);
/* once what is being written is written: {"ok":true} or {"ok":false,"code":C,"error":TEXT}; C is the exit code of the command line */
void verbs_done(struct daemon *d, uint64_t client);
void verbs_written(struct daemon *d); /* answers those whose changes are on disk by now */
void verbs_fail(struct daemon *d, uint64_t client, int code, const char *text);
void verbs_reply(struct daemon *d, uint64_t client, struct json *j); /* sends and frees */

#endif
