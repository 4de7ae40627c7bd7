/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `why`: what acts on a device, a flow, a name or an address, asked of the
 * tables that act and not of a log; then the recent events that speak of it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lists.h"
#include "daemon/threats.h"
#include "daemon/verbs.h"

#define HISTORY_MAX 50
#define SECOND_NS ((uint64_t)1000000000)

struct answer {
	struct json j;
	const char *verdict;
};

static void __attribute__((format(printf, 3, 4))) because(struct answer *w, const char *map, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_begin(&w->j, NULL, '{');
	json_str(&w->j, "map", map);
	json_str(&w->j, "says", text);
	json_end(&w->j, '}');
}

static char *left_str(char *dst, size_t size, uint64_t until_ns)
{
	uint64_t now = clock_now_ns();

	if (until_ns == UINT64_MAX)
		snprintf(dst, size, "no end");
	else
		snprintf(dst, size, "%" PRIu64 " s left", until_ns > now ? (until_ns - now) / SECOND_NS : 0);
	return dst;
}

static void begin(struct answer *w, const char *kind, const char *subject)
{
	verb_begin(&w->j);
	json_str(&w->j, "kind", kind);
	json_str(&w->j, "subject", subject);
	json_begin(&w->j, "because", '[');
}

static void finish(struct daemon *d, const struct ctl_request *r, struct answer *w, const char *needle)
{
	json_end(&w->j, ']');
	json_str(&w->j, "verdict", w->verdict);
	events_mentioning(d, needle, HISTORY_MAX, &w->j, "history");
	json_end(&w->j, '}');
	verbs_reply(d, r->client, &w->j);
}

/* --- a device --- */

static void why_quarantined(struct daemon *d, struct answer *w, const struct device *dev)
{
	struct quarantine q;
	char left[40];

	if (!act_quarantine_get(d->act, dev->id, &q))
		return;
	w->verdict = level_name(q.level);
	because(w, "deny", "level %s, %s, offence %u, decision %u: %s", level_name(q.level), left_str(left, sizeof(left), q.until_ns),
		q.offence, q.decision, q.reason);
	because(w, "deny", "%" PRIu64 " packets dropped, %" PRIu64 " let through at this level", q.packets, q.passed);
}

static void why_device(struct daemon *d, const struct ctl_request *r, const struct device *dev)
{
	struct answer w = { .verdict = "passes" };
	const struct pending *p = act_pending_get(d->act, dev->id);
	char text[256];

	begin(&w, "device", dev->id);
	why_quarantined(d, &w, dev);
	if (act_guard_of(d->act, dev, text, sizeof(text))) {
		w.verdict = "guarded";
		because(&w, "guard", "never denied: %s", text);
	}
	if (p)
		because(&w, "waiting", "level %s waits for confirm or refuse: %s", level_name(p->level), p->reason);
	if (act_hold_off(d->act, dev->id))
		because(&w, "hold-off", "nothing automatic, %s", left_str(text, sizeof(text), act_hold_off(d->act, dev->id)));
	if (!act_is_quarantined(d->act, dev->id) && act_offences(d->act, dev->id))
		because(&w, "leases", "free again after %u offences; the next lease is longer", act_offences(d->act, dev->id));
	if (dev->ifindex_elsewhere)
		because(&w, "inventory", "its MAC was seen on interface %u while it lives on %u: what comes from there is no evidence",
			dev->ifindex_elsewhere, dev->ifindex);
	finish(d, r, &w, dev->id);
}

/* --- a flow --- */

static void why_flow(struct daemon *d, const struct ctl_request *r, uint64_t id)
{
	struct answer w = { .verdict = "passes" };
	struct cordon_deny val;
	char needle[64], left[40];

	snprintf(needle, sizeof(needle), "%" PRIu64, id);
	begin(&w, "flow", needle);
	if (act_flow_get(d->act, id, &val)) {
		w.verdict = "dropped";
		because(&w, "deny", "drop verdict of decision %u, %s, %" PRIu64 " packets dropped", val.decision,
			left_str(left, sizeof(left), val.until_ns), (uint64_t)val.packets);
	}
	snprintf(needle, sizeof(needle), "\"flow_id\":%" PRIu64, id);
	finish(d, r, &w, needle);
}

/* --- a name or an address --- */

static void why_name(struct daemon *d, const struct ctl_request *r, const char *what)
{
	struct answer w = { .verdict = "not listed" };
	struct json j = { 0 };
	char text[256];
	int n = threats_lookup_json(d->threats, what, &j);

	json_done(&j);
	begin(&w, "name", what);
	if (n > 0) {
		w.verdict = "listed";
		because(&w, "threat", "%d entr%s in force; `cordon threat lookup` shows the feeds", n, n == 1 ? "y" : "ies");
	}
	if (act_guard_of_addr(d->act, what, text, sizeof(text)))
		because(&w, "guard", "never denied: %s", text);
	finish(d, r, &w, what);
}

/* a MAC or address that has an entry although it was never seen */
static bool is_denied_unseen(struct daemon *d, const char *what, struct device *ret)
{
	*ret = (struct device){ 0 };
	if (device_key_parse(what, &ret->key))
		return false;
	device_key_str(ret->id, sizeof(ret->id), &ret->key);
	return !mac_is_zero(ret->key.mac) || act_is_quarantined(d->act, ret->id);
}

void verb_why(struct daemon *d, const struct ctl_request *r)
{
	const char *what = verb_need(d, r, "what");
	struct device *dev = what ? inventory_find(d->inventory, what) : NULL, unseen;
	uint64_t flow;

	if (!what)
		return;
	if (dev)
		why_device(d, r, dev);
	else if (is_denied_unseen(d, what, &unseen))
		why_device(d, r, &unseen);
	else if (!str_to_u64(what, 1, UINT64_MAX, &flow))
		why_flow(d, r, flow);
	else
		why_name(d, r, what);
}
