/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices over a restart; see names.h. */
#include "daemon/names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/verbs.h"
#include "dev/store_row.h"

#define SAVE_S 300	/* what was seen is kept that often */
#define FIRST_S 5	/* and looked through that soon after the start: some may be forgotten by now */
#define RETRY_S 30	/* after a failure */
#define SLICE 1000	/* devices looked at in one second of a walk */
#define BATCH_ITEMS 4096

static char *names_path(const struct daemon *d, char dst[4200], const char *name)
{
	snprintf(dst, 4200, "%s/%s", d->conf.state_dir, name);
	return dst;
}

/* --- giving --- */

struct batch {
	struct daemon *d;
	struct strbuf items; /* struct store_item */
};

/* all of it is given anew: what was given may not be there */
static int forget_stored(struct device *dev, void *ctx)
{
	(void)ctx;
	dev->stored = 0;
	return 0;
}

static void give_again(struct daemon *d)
{
	inventory_each(d->inventory, forget_stored, NULL);
	d->names.is_whole = false;
	d->names.due = d->ticks + RETRY_S;
	if (d->names.walking)
		inventory_cursor_close(d->inventory, &d->names.walk);
	d->names.walking = false;
}

static int batch_hand(struct batch *b)
{
	struct daemon *d = b->d;
	char path[4200];
	int r = b->items.failed ? -ENOMEM : 0;

	if (!r && b->items.len)
		r = disk_append(d->disk, names_path(d, path, "devices.db"), b->items.s, b->items.len, store_write, d->names.store);
	strbuf_done(&b->items);
	if (r)
		give_again(d);
	return r;
}

static void batch_add(struct batch *b, const struct device *dev, bool is_gone)
{
	struct store_item it = { .d = *dev, .is_gone = is_gone };

	strbuf_add(&b->items, &it, sizeof(it));
}

static void add_changed(struct batch *b, struct device *dev)
{
	uint64_t hash = store_hash(dev);

	if (hash == dev->stored)
		return;
	dev->stored = hash;
	batch_add(b, dev, false);
}

static int save_one(struct device *dev, void *ctx)
{
	struct batch *b = ctx;

	add_changed(b, dev);
	return b->items.len >= BATCH_ITEMS * sizeof(struct store_item) ? batch_hand(b) : 0;
}

int names_save(struct daemon *d)
{
	struct batch b = { .d = d };
	int r;

	if (!d->names.store)
		return -EROFS;
	r = inventory_each(d->inventory, save_one, &b);
	if (!r)
		r = batch_hand(&b);
	strbuf_done(&b.items);
	d->names.is_whole = !r;
	return r;
}

int names_changed(struct daemon *d, struct device *dev)
{
	struct batch b = { .d = d };

	if (!d->names.store)
		return -EROFS;
	add_changed(&b, dev);
	return batch_hand(&b);
}

/* --- at the start --- */

static void load_row(const struct device *row, void *ctx)
{
	struct daemon *d = ctx;
	struct device *dev = inventory_restore(d->inventory, row);

	if (dev)
		dev->stored = store_hash(dev);
	child_beat(d->start); /* there may be many */
}

static void load_row_of_json(const struct device *row, void *ctx)
{
	struct daemon *d = ctx;

	inventory_restore(d->inventory, row);
	child_beat(d->start);
}

static void load_row_not_known(const struct device *row, void *ctx)
{
	struct daemon *d = ctx;

	if (!inventory_by_key(d->inventory, &row->key))
		load_row_of_json(row, ctx);
}

/* a version from before the database has run meanwhile */
static bool is_newer(const char *path, const char *than)
{
	struct stat a, b;

	if (stat(path, &a) || stat(than, &b))
		return false;
	return a.st_mtim.tv_sec > b.st_mtim.tv_sec;
}

static void load_json(struct daemon *d, bool is_first)
{
	char path[4200], bad[4210];
	int r = names_json_load(names_path(d, path, "devices.json"), is_first ? load_row_of_json : load_row_not_known, d);

	if (r == -ENOENT)
		return;
	file_sweep(path);
	if (r) {
		snprintf(bad, sizeof(bad), "%s.bad", path);
		log_error("%s %s and is not used: kept as %s", path, r == -EBADMSG ? "does not add up" : "cannot be read",
			  rename(path, bad) ? path : bad);
		return;
	}
	d->names.from_json = true;
	log_info("%s is taken into the database", path);
}

static void tell_damaged(struct daemon *d, const char *path, const char *why, uint32_t rows)
{
	int r = store_set_aside(path);

	d->names.set_aside++;
	log_error("%s: %s: %s; %u devices could be read from it, a new one is begun", path, why,
		  r ? "it cannot be renamed" : "kept with .bad at its end", rows);
}

static int load_db(struct daemon *d, const char *path)
{
	struct store_report report;
	struct strbuf err = { 0 };
	int r = store_load(path, CORDON_DEVICE_MAX, load_row, d, &report, &err);

	if (r == -EBADMSG || r == -ENOTSUP) {
		tell_damaged(d, path, err.s ? err.s : strerror(-r), report.rows);
		d->names.damaged += report.damaged;
		give_again(d);
		r = 1;
	} else if (r) {
		log_error("%s: cannot read it: %s; devices have no names, and it is not written", path, err.s ? err.s : strerror(-r));
	}
	if (report.over)
		log_warn("%s: %u devices more than there is room for, those not seen for longest are forgotten", path, report.over);
	strbuf_done(&err);
	return r;
}

void names_load(struct daemon *d)
{
	char path[4200], json[4200];
	bool newer = is_newer(names_path(d, json, "devices.json"), names_path(d, path, "devices.db"));
	int r = load_db(d, path);

	if (r < 0)
		return;
	d->names.store = store_new(CORDON_DEVICE_MAX);
	if (!d->names.store) {
		log_error("no memory: devices are not kept");
		return;
	}
	load_json(d, newer || !inventory_count(d->inventory));
	d->names.due = FIRST_S;
	if (r || d->names.from_json)
		(void)names_save(d);
}

/* --- each second --- */

static bool is_kept(const struct device *dev, void *batch)
{
	struct batch *b = batch;

	if (act_is_quarantined(b->d->act, dev->id))
		return true;
	batch_add(b, dev, true);
	return false;
}

static void begin_walk(struct daemon *d)
{
	struct batch b = { .d = d };
	uint32_t n = inventory_age(d->inventory, d->conf.inventory_forget_ns, clock_now_ns(), is_kept, &b);

	if (n)
		log_info("%u devices were not seen for long and are forgotten", n);
	d->names.due = d->ticks + SAVE_S;
	if (batch_hand(&b))
		return;
	inventory_cursor_open(d->inventory, &d->names.walk);
	d->names.walking = true;
}

static void walk_on(struct daemon *d)
{
	struct batch b = { .d = d };
	struct device *dev = NULL;

	for (unsigned int i = 0; i < SLICE && (dev = inventory_cursor_next(&d->names.walk)); i++)
		add_changed(&b, dev);
	if (!dev) {
		inventory_cursor_close(d->inventory, &d->names.walk);
		d->names.walking = false;
		d->names.is_whole = true;
	}
	(void)batch_hand(&b);
}

/* what the disk's thread came upon */
static void look_at_failures(struct daemon *d, const char *path)
{
	uint64_t failures = store_failures(d->names.store), asides = store_asides(d->names.store);

	if (asides != d->names.asides)
		log_error("%s: damaged: kept with .bad at its end, a new one is begun", path);
	d->names.asides = asides;
	if (failures != d->names.failures)
		give_again(d);
	d->names.failures = failures;
}

static void json_is_done(struct daemon *d)
{
	char path[4200], old[4210];

	snprintf(old, sizeof(old), "%s.old", names_path(d, path, "devices.json"));
	if (rename(path, old))
		log_error("%s: cannot rename it: %s; it is read again at the next start", path, strerror(errno));
	else
		log_info("%s is in the database and not read any more: kept as %s", path, old);
	d->names.from_json = false;
}

void names_tick(struct daemon *d)
{
	char path[4200];
	int r;

	if (!d->names.store)
		return;
	r = disk_state(d->disk, names_path(d, path, "devices.db"));
	look_at_failures(d, path);
	if (r == -EINPROGRESS)
		return; /* a slow disk is not given more */
	if (d->names.walking)
		walk_on(d);
	else if (d->ticks >= d->names.due)
		begin_walk(d);
	else if (d->names.from_json && d->names.is_whole && !r)
		json_is_done(d);
}

void names_stats(const struct daemon *d, struct json *j)
{
	const struct store *s = d->names.store;

	json_begin(j, "inventory", '{');
	json_bool(j, "kept", s);
	json_u64(j, "written", s ? store_rows_written(s) : 0);
	json_u64(j, "failures", s ? store_failures(s) : 0);
	json_u64(j, "damaged", d->names.damaged);
	json_u64(j, "set_aside", d->names.set_aside + (s ? store_asides(s) : 0));
	json_end(j, '}');
}

void names_done(struct daemon *d)
{
	store_free(d->names.store);
	d->names.store = NULL;
}
