/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The devices over a restart: <state_dir>/devices.json, one JSON object a line
 * and a sum in the last. Written when somebody is named, every few minutes and
 * at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/log.h"
#include "proc/verbs.h"

#define NAMES_MAX (64 << 20)
#define SUM_BYTES strlen("#sum 0123456789abcdef\n")

static char *names_path(const struct daemon *d, char *dst, size_t size)
{
	snprintf(dst, size, "%s/devices.json", d->conf.state_dir);
	return dst;
}

static void take_text(const struct jsonin *o, const char *key, char dst[DEVICE_NAME_MAX])
{
	const char *text = jsonin_str(o, key);

	str_copy(dst, DEVICE_NAME_MAX, text ? text : "");
}

static uint64_t take_time(const struct jsonin *o, const char *key, uint64_t now_ns)
{
	uint64_t wall = jsonin_u64(o, key), ns = wall ? clock_from_wall_ns(wall) : 0;

	return ns && ns < now_ns ? ns : now_ns; /* nobody was seen in the future */
}

static void take_habit(struct habit *h, const struct jsonin *o)
{
	const struct jsonin *top = o ? jsonin_get(o, "top") : NULL;

	if (!o)
		return;
	h->total = jsonin_u64(o, "total");
	h->learned_ns = jsonin_u64(o, "learned_ns");
	h->day = (uint32_t)jsonin_u64(o, "day");
	h->today = jsonin_u64(o, "today");
	for (size_t i = 0; i < jsonin_len(top) && i < HABIT_DAYS; i++)
		h->top[i] = jsonin_number(jsonin_at(top, i));
}

/* by name: numbers differ between versions. One that this version does not know is left out. */
static uint64_t take_apps(const struct jsonin *o, const char *key)
{
	const struct jsonin *list = jsonin_get(o, key);
	uint64_t apps = 0;

	for (size_t i = 0; i < jsonin_len(list); i++) {
		const char *name = jsonin_text(jsonin_at(list, i));
		int id = name ? app_from_name(name) : -EINVAL;

		if (id > CORDON_APP_NONE)
			apps |= CORDON_BIT(id);
	}
	return apps;
}

static void take_contract(struct contract *c, const struct jsonin *o)
{
	if (!o)
		return;
	c->uses = take_apps(o, "uses");
	c->serves = take_apps(o, "serves");
	c->may_use = take_apps(o, "may_use");
	c->may_serve = take_apps(o, "may_serve");
	c->in_force = jsonin_bool(o, "in_force");
	c->denied = (uint32_t)jsonin_u64(o, "denied");
}

static void take_seen(struct daemon *d, struct device *dev, const struct jsonin *o)
{
	const struct jsonin *addrs = jsonin_get(o, "addresses");
	uint64_t now_ns = clock_now_ns();
	struct addr a;

	if (!jsonin_u64(o, "first"))
		return; /* named, not seen */
	dev->first_ns = take_time(o, "first", now_ns);
	dev->last_ns = take_time(o, "last", now_ns);
	dev->flows = jsonin_u64(o, "flows");
	dev->alerts = jsonin_u64(o, "alerts");
	dev->apps = jsonin_u64(o, "apps");
	dev->flags = (uint8_t)jsonin_u64(o, "flags");
	take_habit(&dev->habit, jsonin_get(o, "sends"));
	take_text(o, "host", dev->host);
	take_text(o, "model", dev->model);
	take_text(o, "fingerprint", dev->fingerprint);
	for (size_t i = 0; i < jsonin_len(addrs) && i < DEVICE_ADDRS; i++) {
		const char *text = jsonin_text(jsonin_at(addrs, i));

		if (text && !addr_parse(text, &a))
			inventory_add_addr(d->inventory, dev, &a, dev->last_ns);
	}
}

static void take_line(struct daemon *d, const char *line)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	struct cordon_device_key key;
	struct strbuf err = { 0 };
	struct device *dev;
	const char *id;
	int r = jsonin_parse(line, strlen(line), &o, &err);

	strbuf_done(&err);
	id = r ? NULL : jsonin_str(o, "id");
	if (!id || device_key_parse(id, &key)) {
		log_error("a device in %s/devices.json cannot be read, left out", d->conf.state_dir);
		return;
	}
	dev = inventory_add(d->inventory, &key, clock_now_ns());
	if (!dev)
		return;
	take_text(o, "name", dev->name);
	take_text(o, "group", dev->group);
	take_contract(&dev->contract, jsonin_get(o, "contract"));
	take_seen(d, dev, o);
}

/* the last line is a sum of all before it; a file of a version that wrote none is taken as it is */
static bool check_sum(char *data, size_t len)
{
	char *last, want[32];

	if (len < SUM_BYTES)
		return true;
	last = data + len - SUM_BYTES;
	if (strncmp(last, "#sum ", 5))
		return true;
	snprintf(want, sizeof(want), "#sum %016" PRIx64 "\n", hash_fnv1a(data, len - SUM_BYTES));
	if (strcmp(last, want))
		return false;
	*last = 0;
	return true;
}

void names_load(struct daemon *d)
{
	_cleanup_free_ char *data = NULL;
	char path[4200], bad[4300], *save = NULL;
	size_t len;
	int r = file_read(names_path(d, path, sizeof(path)), NAMES_MAX, &data, &len);

	file_sweep(path);
	if (r) {
		if (r != -ENOENT)
			log_error("%s: cannot read it: %s; devices have no names", path, strerror(-r));
		return;
	}
	if (!check_sum(data, len)) {
		snprintf(bad, sizeof(bad), "%s.bad", path);
		log_error("%s does not add up and is not used: kept as %s", path, rename(path, bad) ? path : bad);
		return;
	}
	for (char *line = strtok_r(data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		take_line(d, line);
		child_beat(d->start); /* there may be many */
	}
}

static void add_text(struct json *j, const char *key, const char *text)
{
	if (text[0])
		json_str(j, key, text);
}

static void add_habit(struct json *j, const struct habit *h)
{
	if (!h->learned_ns)
		return;
	json_begin(j, "sends", '{');
	json_u64(j, "total", h->total);
	json_u64(j, "learned_ns", h->learned_ns);
	json_u64(j, "day", h->day);
	json_u64(j, "today", h->today);
	json_begin(j, "top", '[');
	for (unsigned int i = 0; i < HABIT_DAYS; i++)
		json_u64(j, NULL, h->top[i]);
	json_end(j, ']');
	json_end(j, '}');
}

static void add_contract(struct json *j, const struct contract *c)
{
	if (!c->uses && !c->serves && !c->in_force)
		return;
	json_begin(j, "contract", '{');
	json_app_set(j, "uses", c->uses);
	json_app_set(j, "serves", c->serves);
	if (c->in_force) {
		json_bool(j, "in_force", true);
		json_app_set(j, "may_use", c->may_use);
		json_app_set(j, "may_serve", c->may_serve);
		json_u64(j, "denied", c->denied);
	}
	json_end(j, '}');
}

static int add_line(struct device *dev, void *ctx)
{
	struct strbuf *text = ctx;
	char addr[ADDR_STR_MAX];
	struct json j = { 0 };

	json_begin(&j, NULL, '{');
	json_str(&j, "id", dev->id);
	add_text(&j, "name", dev->name);
	add_text(&j, "group", dev->group);
	json_u64(&j, "first", clock_to_wall_ns(dev->first_ns));
	json_u64(&j, "last", clock_to_wall_ns(dev->last_ns));
	json_u64(&j, "flows", dev->flows);
	json_u64(&j, "alerts", dev->alerts);
	json_u64(&j, "apps", dev->apps);
	json_u64(&j, "flags", dev->flags);
	add_habit(&j, &dev->habit);
	add_contract(&j, &dev->contract);
	add_text(&j, "host", dev->host);
	add_text(&j, "model", dev->model);
	add_text(&j, "fingerprint", dev->fingerprint);
	json_begin(&j, "addresses", '[');
	for (unsigned int i = 0; i < dev->n_addrs; i++)
		json_str(&j, NULL, addr_str(addr, sizeof(addr), &dev->addrs[i]));
	json_end(&j, ']');
	json_end(&j, '}');
	strbuf_addf(text, "%s\n", j.b.failed ? "" : j.b.s);
	json_done(&j);
	return 0;
}

int names_save(struct daemon *d)
{
	struct strbuf text = { 0 };
	char path[4200];

	inventory_each(d->inventory, add_line, &text);
	strbuf_addf(&text, "#sum %016" PRIx64 "\n", hash_fnv1a(text.s ? text.s : "", text.len));
	return disk_replace(d->disk, names_path(d, path, sizeof(path)), &text, 0600);
}

#define SAVE_AT_ONCE 2000 /* devices, of some 300 bytes each */

int names_changed(struct daemon *d)
{
	d->names_dirty = inventory_count(d->inventory) > SAVE_AT_ONCE;
	return d->names_dirty ? 0 : names_save(d);
}

static bool is_quarantined(const struct device *dev, void *daemon)
{
	return act_is_quarantined(((struct daemon *)daemon)->act, dev->id);
}

void names_tick(struct daemon *d)
{
	uint32_t n = inventory_age(d->inventory, d->conf.inventory_forget_ns, clock_now_ns(), is_quarantined, d);
	int r = names_save(d);

	d->names_dirty = false;
	if (n)
		log_info("%u devices were not seen for long and are forgotten", n);
	if (r)
		log_error("%s/devices.json cannot be written: %s", d->conf.state_dir, strerror(-r));
}
