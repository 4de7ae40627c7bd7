/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What versions before the database kept of devices: <state_dir>/devices.json,
 * one JSON object a line and a sum in the last. Read once; it gets another name
 * when all of it is in the database (names.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/lists.h"
#include "base/log.h"
#include "daemon/verbs.h"

#define JSON_MAX (64 << 20)
#define SUM_BYTES strlen("#sum 0123456789abcdef\n")

static void take_text(const struct jsonin *o, const char *key, char dst[DEVICE_NAME_MAX])
{
	const char *text = jsonin_str(o, key);

	str_copy(dst, DEVICE_NAME_MAX, text ? text : "");
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

static void take_addresses(struct device *dev, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_len(list) && dev->n_addrs < DEVICE_ADDRS; i++) {
		const char *text = jsonin_text(jsonin_at(list, i));

		if (text && !addr_parse(text, &dev->addrs[dev->n_addrs]))
			dev->n_addrs++;
	}
}

static void take_device(struct device *dev, const struct jsonin *o)
{
	take_text(o, "name", dev->name);
	take_text(o, "group", dev->group);
	take_contract(&dev->contract, jsonin_get(o, "contract"));
	device_seen(jsonin_u64(o, "first"), &dev->first_ns, &dev->first_wall_ns);
	device_seen(jsonin_u64(o, "last"), &dev->last_ns, &dev->last_wall_ns);
	dev->flows = jsonin_u64(o, "flows");
	dev->alerts = jsonin_u64(o, "alerts");
	dev->apps = jsonin_u64(o, "apps");
	dev->flags = (uint8_t)jsonin_u64(o, "flags");
	take_habit(&dev->habit, jsonin_get(o, "sends"));
	take_text(o, "host", dev->host);
	take_text(o, "model", dev->model);
	take_text(o, "fingerprint", dev->fingerprint);
	take_addresses(dev, jsonin_get(o, "addresses"));
}

static bool take_line(const char *line, struct device *dev)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	struct strbuf err = { 0 };
	const char *id;
	int r = jsonin_parse(line, strlen(line), &o, &err);

	strbuf_done(&err);
	memset(dev, 0, sizeof(*dev));
	id = r ? NULL : jsonin_str(o, "id");
	if (!id || device_key_parse(id, &dev->key))
		return false;
	take_device(dev, o);
	return true;
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

int names_json_load(const char *path, void (*row)(const struct device *, void *), void *ctx)
{
	_cleanup_free_ char *data = NULL;
	char *save = NULL;
	struct device dev;
	size_t len;
	int r = file_read(path, JSON_MAX, &data, &len);

	if (r)
		return r;
	if (!check_sum(data, len))
		return -EBADMSG;
	for (char *line = strtok_r(data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (take_line(line, &dev))
			row(&dev, ctx);
		else
			log_error("%s: a device cannot be read, left out", path);
	}
	return 0;
}
