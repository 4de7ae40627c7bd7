/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Outputs: one row (outputs.h) and one file (out_*.c) each. An event is
 * rendered once as one line of EVE JSON and given to every output; a slow one
 * has a bounded queue and a thread of its own, and counts what it drops.
 */
#ifndef OUT_OUT_H
#define OUT_OUT_H

#include <stddef.h>

#include "act/act.h"
#include "base/json.h"
#include "conf/conf.h"
#include "feed/feed.h"
#include "pipeline.h"

struct out;

/* EVE JSON of a finding and the decision it led to (NULL: none); appended to @j as one object. @threats may be NULL. */
void eve_render(struct json *j, const struct finding *f, const struct decision *d, const struct device *dev,
		const char *iface, const struct indicators *threats);
/* a `cordon` event without a packet: quarantine begun, ended, feed swapped, ...: {"timestamp","event_type":"cordon","cordon":{"what":...}} */
void eve_notice(struct json *j, const char *what, const struct quarantine *q, const struct device *dev, const char *text);
/* a finding's pairs as members of the object that is open */
void eve_pairs(struct json *j, const char *pairs, size_t size);
/* the members "addresses", and name and group where there are any, of an object that is open */
void eve_device(struct json *j, const struct device *dev);

/* the same two in one line for a person, appended to @b: printable, whatever the bytes are about; see out_publish() */
void out_summary_alert(struct strbuf *b, const struct finding *f, const struct decision *d, const struct device *dev);
void out_summary_notice(struct strbuf *b, const char *what, const struct quarantine *q, const char *text);

/* how much an event matters; an output takes those of its row's weight and above */
enum out_weight {
	OUT_EVENT,  /* whatever is seen */
	OUT_ALERT,  /* a rule fired, a listed threat was met */
	OUT_URGENT, /* a person should know: a quarantine begun or ended, enforcement lost or back */
};

int out_new(const struct conf *c, struct out **ret, struct strbuf *err); /* opens every configured output */
/* @line: JSON, no newline; @summary: the same in one line for a person, terminated, printable; "" for OUT_EVENT */
void out_publish(struct out *o, const char *line, size_t len, enum out_weight weight, const char *summary);
/*
 * Outputs that enforce are told of all that is in force, now and then: what they missed they mend. Is one of them
 * there, with nothing waiting? Then a line {"cordon":{"what":"quarantine_active","sync":N,"age_s":..,"device_id":..,
 * "level":..,"addresses":[..]}} for each, and {"cordon":{"what":"quarantine_sync","sync":N,"count":..}} at the end.
 */
bool out_wants_sync(const struct out *o);
/* waits until they have done what they were told, @ns at most */
void out_wait_enforced(struct out *o, uint64_t ns);
void out_sync(struct out *o, const char *line, size_t len);
int out_reopen(struct out *o); /* SIGHUP: log rotation */
struct out_stat {
	const char *name;
	unsigned long long written, dropped, failed, queued;
};
size_t out_stats(const struct out *o, struct out_stat *ret, size_t max);
void out_free(struct out *o); /* drains for at most a second */

#endif
