/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What operators call devices: <state_dir>/devices.json, one JSON object a
 * line. Only devices with a name or group are kept; the rest is seen again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "proc/daemon.h"

#define NAMES_MAX (8 << 20)

static char *names_path(const struct daemon *d, char *dst, size_t size)
{
	snprintf(dst, size, "%s/devices.json", d->conf.state_dir);
	return dst;
}

static void take_line(struct daemon *d, const char *line)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	struct cordon_device_key key;
	struct strbuf err = { 0 };
	struct device *dev;
	const char *id, *text;
	int r = jsonin_parse(line, strlen(line), &o, &err);

	strbuf_done(&err);
	id = r ? NULL : jsonin_str(o, "id");
	if (!id || device_key_parse(id, &key)) {
		log_error("a device's name in %s/devices.json cannot be read, left out", d->conf.state_dir);
		return;
	}
	dev = inventory_add(d->inventory, &key, clock_now_ns());
	if (!dev)
		return;
	text = jsonin_str(o, "name");
	str_copy(dev->name, sizeof(dev->name), text ? text : "");
	text = jsonin_str(o, "group");
	str_copy(dev->group, sizeof(dev->group), text ? text : "");
}

void names_load(struct daemon *d)
{
	_cleanup_free_ char *data = NULL;
	char path[4200], *save = NULL;
	size_t len;
	int r = file_read(names_path(d, path, sizeof(path)), NAMES_MAX, &data, &len);

	if (r) {
		if (r != -ENOENT)
			log_error("%s: cannot read it: %s; devices have no names", path, strerror(-r));
		return;
	}
	for (char *line = strtok_r(data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_line(d, line);
}

static int add_line(struct device *dev, void *ctx)
{
	struct strbuf *text = ctx;
	struct json j = { 0 };

	if (!dev->name[0] && !dev->group[0])
		return 0;
	json_begin(&j, NULL, '{');
	json_str(&j, "id", dev->id);
	json_str(&j, "name", dev->name);
	json_str(&j, "group", dev->group);
	json_end(&j, '}');
	strbuf_addf(text, "%s\n", j.b.failed ? "" : j.b.s);
	json_done(&j);
	return 0;
}

int names_save(struct daemon *d)
{
	struct strbuf text = { 0 };
	char path[4200];
	int r;

	inventory_each(d->inventory, add_line, &text);
	r = text.failed ? -ENOMEM : file_replace(names_path(d, path, sizeof(path)), text.s ? text.s : "", text.len, 0600);
	strbuf_done(&text);
	return r;
}
