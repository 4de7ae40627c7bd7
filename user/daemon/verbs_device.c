/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about devices and guards. */
#include <errno.h>
#include <string.h>

#include "act/behaviour.h"
#include "base/clock.h"
#include "base/lists.h"
#include "daemon/listing.h"

/* --- devices --- */

static void json_peers(struct json *j, const struct device *dev)
{
	char text[ADDR_STR_MAX];

	json_begin(j, "peers", '[');
	for (unsigned int i = 0; i < DEVICE_PEERS; i++) {
		const struct device_peer *p = &dev->peers[i];

		if (!p->flows)
			continue;
		json_begin(j, NULL, '{');
		json_str(j, "address", addr_str(text, sizeof(text), &p->addr));
		json_u64(j, "port", p->port);
		json_u64(j, "proto", p->proto);
		json_str(j, "app", p->app ? app_name(p->app) : "");
		json_u64(j, "flows", p->flows);
		json_seen(j, "last", p->last_ns, p->last_wall_ns);
		json_end(j, '}');
	}
	json_end(j, ']');
}

/* what it says of itself, and what follows from its MAC */
static void json_identity(struct daemon *d, struct json *j, const struct device *dev, uint64_t shed)
{
	const char *vendor = mac_is_zero(dev->key.mac) ? NULL : oui_vendor(d->oui, dev->key.mac);

	json_str(j, "vendor", vendor ? vendor : "");
	json_bool(j, "random_mac", device_mac_is_random(dev));
	json_str(j, "host", dev->host);
	json_str(j, "model", dev->model);
	json_str(j, "fingerprint", dev->fingerprint);
	json_bool(j, "router", dev->flags & DEVICE_ROUTER);
	json_u64(j, "conflicts", dev->conflicts);
	json_u64(j, "shed", shed);
}

static void json_addresses(struct json *j, const char *key, const struct device *dev)
{
	char text[ADDR_STR_MAX];

	json_begin(j, key, '[');
	for (unsigned int i = 0; i < dev->n_addrs; i++)
		json_str(j, NULL, addr_str(text, sizeof(text), &dev->addrs[i]));
	json_end(j, ']');
}

static void json_apps(struct json *j, const char *key, const struct device *dev)
{
	json_begin(j, key, '[');
	for (unsigned int i = 1; i < CORDON_APPS; i++)
		if (dev->apps & CORDON_BIT(i))
			json_str(j, NULL, app_name(i));
	json_end(j, ']');
}

/* what it sends, and from where on that is remarkable; bytes */
static void json_sends(struct daemon *d, struct json *j, const struct habit *h)
{
	struct habit_rule rule = behaviour_habit_rule(&d->conf);
	uint64_t limit = habit_limit(h, &rule);

	json_begin(j, "sends", '{');
	json_u64(j, "total", h->total);
	json_u64(j, "minute", h->minute);
	json_u64(j, "usual", habit_usual(h));
	json_bool(j, "learned", habit_is_learned(h, &rule));
	json_u64(j, "limit", limit == UINT64_MAX ? 0 : limit);
	json_end(j, '}');
}

static void json_device(struct daemon *d, struct json *j, const char *key, const struct device *dev, uint64_t shed)
{
	char text[ADDR_STR_MAX];

	json_begin(j, key, '{');
	json_str(j, "id", dev->id);
	json_str(j, "name", dev->name);
	json_str(j, "group", dev->group);
	json_str(j, "mac", mac_is_zero(dev->key.mac) ? "" : mac_str(text, sizeof(text), dev->key.mac));
	json_u64(j, "zone", dev->key.zone);
	json_u64(j, "vlan", dev->key.vlan);
	json_addresses(j, "addresses", dev);
	json_identity(d, j, dev, shed);
	json_apps(j, "apps", dev);
	json_seen(j, "first_seen", dev->first_ns, dev->first_wall_ns);
	json_seen(j, "last_seen", dev->last_ns, dev->last_wall_ns);
	json_u64(j, "flows", dev->flows);
	json_u64(j, "alerts", dev->alerts);
	json_sends(d, j, &dev->habit);
	json_u64(j, "received", dev->received);
	json_bool(j, "quarantined", act_is_quarantined(d->act, dev->id));
	json_end(j, '}');
}

static bool fits(const struct listing *l, const struct device *dev)
{
	char addrs[DEVICE_ADDRS][ADDR_STR_MAX];
	const char *texts[DEVICE_ADDRS + 5] = { dev->id, dev->name, dev->group, dev->host };

	if (l->group[0] && strcmp(l->group, dev->group))
		return false;
	if (l->quarantined && !act_is_quarantined(l->d->act, dev->id))
		return false;
	for (unsigned int i = 0; l->match[0] && i < dev->n_addrs; i++)
		texts[4 + i] = addr_str(addrs[i], sizeof(addrs[i]), &dev->addrs[i]);
	return listing_matches(l, texts);
}

static const char *const device_columns[] = { "id", "name", "addresses", "apps", "last_seen", "quarantined", NULL };

static void device_row(struct listing *l, const struct device *dev)
{
	struct json *j = &l->j;

	json_begin(j, NULL, '[');
	json_str(j, NULL, dev->id);
	json_str(j, NULL, dev->name);
	json_addresses(j, NULL, dev);
	json_apps(j, NULL, dev);
	json_seen(j, NULL, dev->last_ns, dev->last_wall_ns);
	json_bool(j, NULL, act_is_quarantined(l->d->act, dev->id));
	json_end(j, ']');
}

static bool list_device(struct listing *l)
{
	const struct device *dev = inventory_cursor_next(&l->devices);

	if (!dev)
		return false;
	if (!fits(l, dev))
		return true;
	l->left--;
	if (l->table)
		device_row(l, dev);
	else
		json_device(l->d, &l->j, NULL, dev, l->sheds ? l->sheds[cordon_budget_of(kern_state(l->d->kern)->seed, &dev->key)] : 0);
	return true;
}

static void close_devices(struct listing *l)
{
	inventory_cursor_close(l->d->inventory, &l->devices);
	json_end(&l->j, ']');
}

void verb_device_list(struct daemon *d, const struct ctl_request *r)
{
	struct listing *l = listing_new(d, r);

	if (!l)
		return;
	if (!l->table)
		(void)kern_budget_sheds(d->kern, &l->sheds); /* else shown as 0 */
	l->step = list_device;
	l->close = close_devices;
	inventory_cursor_open(d->inventory, &l->devices);
	listing_reply(l, r, "devices", device_columns);
}

/* packets from or to it that the kernel did not pass, by a lease or else, and why, and, with exact_books, that it did */
static void json_books(struct daemon *d, struct json *j, const struct device *dev)
{
	struct cordon_device v = { 0 };
	struct act_books leases;

	act_books(d->act, dev, &leases);
	(void)kern_device_get(d->kern, &dev->key, &v); /* none: nothing was stopped */
	json_begin(j, "books", '{');
	if (d->conf.exact_books)
		json_u64(j, "passed", v.passed);
	json_u64(j, "dropped", v.dropped + leases.dropped);
	json_u64(j, "held", v.held);
	json_begin(j, "reasons", '[');
	for (unsigned int i = 1; i < CORDON_REASONS; i++)
		if ((v.why | leases.why) >> i & 1)
			json_str(j, NULL, reason_name(i));
	json_end(j, ']');
	json_end(j, '}');
}

void verb_device_show(struct daemon *d, const struct ctl_request *r)
{
	struct device *dev = verb_device(d, r), *other;
	struct json j = { 0 };

	if (!dev)
		return;
	verb_begin(&j);
	json_device(d, &j, "device", dev, kern_budget_shed(d->kern, &dev->key));
	json_books(d, &j, dev);
	json_peers(&j, dev);
	other = inventory_lookalike(d->inventory, dev, clock_now_ns());
	json_str(&j, "maybe", other ? other->id : "");
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
	dev = verb_device(d, r);
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
	rc = names_changed(d, dev);
	if (rc)
		strbuf_addf(&err, "named, but %s/devices.db cannot be written: %s", d->conf.state_dir, strerror(-rc));
	verb_answer(d, r, rc, &err);
}

void verb_device_group(struct daemon *d, const struct ctl_request *r)
{
	const char *group = jsonin_str(r->body, "group");
	struct device *dev = verb_device(d, r);
	struct strbuf err = { 0 };
	int rc;

	if (!dev)
		return;
	if (!group || strlen(group) >= DEVICE_NAME_MAX) {
		verbs_fail(d, r->client, VERB_USAGE, "a group has at most 63 bytes; an empty one takes the device out");
		return;
	}
	str_copy(dev->group, sizeof(dev->group), group);
	rc = names_changed(d, dev);
	if (rc)
		strbuf_addf(&err, "done, but %s/devices.db cannot be written: %s", d->conf.state_dir, strerror(-rc));
	verb_answer(d, r, rc, &err);
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

struct list {
	struct json j;
};

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
	struct list l = { 0 };

	verb_begin(&l.j);
	json_begin(&l.j, "guards", '[');
	act_guard_each(d->act, list_guard, &l);
	json_end(&l.j, ']');
	json_end(&l.j, '}');
	verbs_reply(d, r->client, &l.j);
}
