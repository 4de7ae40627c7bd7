/* SPDX-License-Identifier: BSD-2-Clause */
/* What a replay says at its end: statistics as JSON, and a summary to read. */
#ifndef REPLAY_REPORT_H
#define REPLAY_REPORT_H

#include <stdio.h>

#include "base/json.h"
#include "replay/run.h"

/* alerts by rule, in the order they first fired */
struct report_alert {
	uint32_t gid, sid;
	uint64_t count;
	char msg[256];
};
struct report {
	VEC(struct report_alert) alerts; /* sorted by nothing; few */
	uint64_t n_alerts;
};

/* is it an alert, and not only an event? An application that a policy denies is one. */
bool report_is_alert(const struct finding *f, const struct decision *d);
int report_note(struct report *r, const struct finding *f, const struct decision *d);
void report_done(struct report *r);

/* the members of the contract into an open object: packets ... cpu_seconds; @total_s: CPU of the process so far */
void report_json(struct json *j, const struct replay_stats *s, const struct report *r, double total_s);
/* "alerts": [{gid, sid, msg, count}] */
void report_json_alerts(struct json *j, const struct report *r);
void report_text(FILE *out, const char *name, const struct replay_stats *s, const struct report *r);

#endif
