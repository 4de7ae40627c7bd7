/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about devices, quarantines and guards. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/lists.h"
#include "proc/verbs.h"

#define DEFAULT_LEASE_NS (3600ULL * 1000000000ULL)

/* --- devices --- */

static int mark_quarantined(const struct quarantine *q, void *ctx)
{
	const char **device = ctx;

	if (strcmp(q->device, *device))
		return 0;
	*device = NULL;
	return 1;
}

static bool is_quarantined(struct daemon *d, const struct device *dev)
{
	const char *device = dev->id;

	act_quarantine_each(d->act, mark_quarantined, &device);
	return !device;
}

static void json_device(struct daemon *d, struct json *j, const char *key, const struct device *dev)
{
	char text[ADDR_STR_MAX];

	json_begin(j, key, '{');
	json_str(j, "id", dev->id);
	json_str(j, "name", dev->name);
	json_str(j, "group", dev->group);
	json_str(j, "mac", mac_is_zero(dev->key.mac) ? "" : mac_str(text, sizeof(text), dev->key.mac));
	json_u64(j, "zone", dev->key.zone);
	json_u64(j, "vlan", dev->key.vlan);
	json_begin(j, "addresses", '[');
	for (unsigned int i = 0; i < dev->n_addrs; i++)
		json_str(j, NULL, addr_str(text, sizeof(text), &dev->addrs[i]));
	json_end(j, ']');
	json_begin(j, "apps", '[');
	for (unsigned int i = 1; i < CORDON_APPS; i++)
		if (dev->apps & CORDON_BIT(i))
			json_str(j, NULL, app_name(i));
	json_end(j, ']');
	json_instant(j, "first_seen", dev->first_ns);
	json_instant(j, "last_seen", dev->last_ns);
	json_u64(j, "flows", dev->flows);
	json_u64(j, "alerts", dev->alerts);
	json_bool(j, "quarantined", is_quarantined(d, dev));
	json_end(j, '}');
}

struct list {
	struct daemon *d;
	struct json j;
};

static int list_device(struct device *dev, void *ctx)
{
	struct list *l = ctx;

	json_device(l->d, &l->j, NULL, dev);
	return 0;
}

void verb_device_list(struct daemon *d, const struct ctl_request *r)
{
	struct list l = { .d = d };

	verb_begin(&l.j);
	json_begin(&l.j, "devices", '[');
	inventory_each(d->inventory, list_device, &l);
	json_end(&l.j, ']');
	json_end(&l.j, '}');
	verbs_reply(d, r->client, &l.j);
}

/* the device of the request; NULL after having answered */
static struct device *need_device(struct daemon *d, const struct ctl_request *r)
{
	const char *what = verb_need(d, r, "device");
	struct device *dev = what ? inventory_find(d->inventory, what) : NULL;

	if (what && !dev)
		verbs_fail(d, r->client, VERB_NOTHING, "no such device was seen; `cordon device list` shows those that were");
	return dev;
}

void verb_device_show(struct daemon *d, const struct ctl_request *r)
{
	struct device *dev = need_device(d, r);
	struct json j = { 0 };

	if (!dev)
		return;
	verb_begin(&j);
	json_device(d, &j, "device", dev);
	json_end(&j, '}');
	verbs_reply(d, r->client, &j);
}

void verb_device_name(struct daemon *d, const struct ctl_request *r)
{
	const char *name = jsonin_str(r->body, "name");
	const char *what = jsonin_str(r->body, "device");
	struct cordon_device_key key;
	struct device *dev, *other;
	struct strbuf err = { 0 };
	int rc;

	/* a device may have its name before it is seen */
	if (what && !inventory_find(d->inventory, what) && !device_key_parse(what, &key))
		inventory_add(d->inventory, &key, clock_now_ns());
	dev = need_device(d, r);
	if (!dev)
		return;
	if (!name || strlen(name) >= DEVICE_NAME_MAX) {
		verbs_fail(d, r->client, VERB_USAGE, "a name has at most 63 bytes");
		return;
	}
	other = name[0] ? inventory_find(d->inventory, name) : NULL;
	if (other && other != dev) {
		verbs_fail(d, r->client, VERB_FAILED, "another device is called so");
		return;
	}
	str_copy(dev->name, sizeof(dev->name), name);
	rc = names_save(d);
	if (rc)
		strbuf_addf(&err, "named, but %s/devices.json cannot be written: %s", d->conf.state_dir, strerror(-rc));
	verb_answer(d, r, rc, &err);
}

/* --- quarantine --- */

/* the id of a device that was seen or only named by its MAC or address; @what itself when it is neither */
static const char *device_id(struct daemon *d, const char *what, char dst[DEVICE_ID_MAX])
{
	struct device *dev = inventory_find(d->inventory, what);
	struct cordon_device_key key;

	if (dev)
		return dev->id;
	return device_key_parse(what, &key) ? what : device_key_str(dst, DEVICE_ID_MAX, &key);
}

void verb_quarantine_add(struct daemon *d, const struct ctl_request *r)
{
	const char *device = verb_need(d, r, "device"), *level = jsonin_str(r->body, "level"), *reason = jsonin_str(r->body, "reason");
	uint64_t lease = jsonin_u64(r->body, "for_ns");
	int id = level ? level_from_name(level) : CORDON_LEVEL_CUT, rc;
	struct strbuf err = { 0 };
	char text[DEVICE_ID_MAX];

	if (!device)
		return;
	if (id < 0 || id == CORDON_LEVEL_NONE) {
		verbs_fail(d, r->client, VERB_USAGE, "level: watch, limit, local, update or cut");
		return;
	}
	rc = act_quarantine_add(d->act, device, (uint8_t)id, lease ? lease : DEFAULT_LEASE_NS, reason ? reason : "by hand", &err);
	if (!rc)
		events_quarantine(d, device_id(d, device, text), "quarantine_begin");
	if (rc == -ENOENT)
		rc = -EINVAL; /* adding is not looking up: exit code 1 */
	verb_answer(d, r, rc, &err);
}

void verb_quarantine_release(struct daemon *d, const struct ctl_request *r)
{
	const char *device = verb_need(d, r, "device");
	char text[DEVICE_ID_MAX];
	struct strbuf err = { 0 };
	struct quarantine q = { 0 };
	int rc;

	if (!device)
		return;
	events_get_quarantine(d, device_id(d, device, text), &q);
	rc = act_quarantine_release(d->act, device, jsonin_u64(r->body, "hold_off_ns"), &err);
	if (!rc)
		events_notice(d, "quarantine_end", &q, "released by hand", true);
	verb_answer(d, r, rc, &err);
}

static int list_quarantine(const struct quarantine *q, void *ctx)
{
	static const char *const origins[] = { "auto", "manual", "policy" };
	struct list *l = ctx;
	struct device *dev = inventory_find(l->d->inventory, q->device);
	uint64_t now = clock_now_ns();

	json_begin(&l->j, NULL, '{');
	json_str(&l->j, "device", q->device);
	json_str(&l->j, "name", dev ? dev->name : "");
	json_str(&l->j, "level", level_name(q->level));
	json_str(&l->j, "origin", q->origin < ARRAY_SIZE(origins) ? origins[q->origin] : "?");
	json_str(&l->j, "reason", q->reason);
	json_instant(&l->j, "since", q->since_ns);
	json_instant(&l->j, "until", q->until_ns);
	json_u64(&l->j, "left_s", q->until_ns == UINT64_MAX ? 0 : q->until_ns > now ? (q->until_ns - now) / 1000000000ULL : 0);
	json_u64(&l->j, "decision_id", q->decision);
	json_u64(&l->j, "offence", q->offence);
	json_u64(&l->j, "packets", q->packets);
	json_u64(&l->j, "bytes", q->bytes);
	json_u64(&l->j, "passed", q->passed);
	json_end(&l->j, '}');
	return 0;
}

void verb_quarantine_list(struct daemon *d, const struct ctl_request *r)
{
	struct list l = { .d = d };

	verb_begin(&l.j);
	json_begin(&l.j, "quarantines", '[');
	act_quarantine_each(d->act, list_quarantine, &l);
	json_end(&l.j, ']');
	json_end(&l.j, '}');
	verbs_reply(d, r->client, &l.j);
}

/* --- guard --- */

void verb_guard_add(struct daemon *d, const struct ctl_request *r)
{
	const char *what = verb_need(d, r, "what"), *reason = jsonin_str(r->body, "reason");
	struct strbuf err = { 0 };
	int rc;

	if (!what)
		return;
	rc = act_guard_add(d->act, what, reason ? reason : "by hand", jsonin_u64(r->body, "for_ns"), &err);
	verb_answer(d, r, rc, &err);
}

void verb_guard_remove(struct daemon *d, const struct ctl_request *r)
{
	const char *what = verb_need(d, r, "what");
	struct strbuf err = { 0 };
	int rc;

	if (!what)
		return;
	rc = act_guard_remove(d->act, what, &err);
	verb_answer(d, r, rc, &err);
}

static int list_guard(const char *what, const char *reason, uint64_t until_ns, void *ctx)
{
	struct list *l = ctx;

	json_begin(&l->j, NULL, '{');
	json_str(&l->j, "what", what);
	json_str(&l->j, "reason", reason);
	json_instant(&l->j, "until", until_ns);
	json_end(&l->j, '}');
	return 0;
}

void verb_guard_list(struct daemon *d, const struct ctl_request *r)
{
	struct list l = { .d = d };

	verb_begin(&l.j);
	json_begin(&l.j, "guards", '[');
	act_guard_each(d->act, list_guard, &l);
	json_end(&l.j, ']');
	json_end(&l.j, '}');
	verbs_reply(d, r->client, &l.j);
}
