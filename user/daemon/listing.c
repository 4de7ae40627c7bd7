/* SPDX-License-Identifier: BSD-2-Clause */
/* Long answers in parts; see listing.h. */
#include "daemon/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lists.h"

#define PART_BYTES (192 << 10) /* about what a socket takes at once */
#define ONE_BY_ONE 1024	       /* names looked up, about what a book of all costs */
#define PART_ROWS 4096	       /* looked at for one part, though none of them fits */

static int take_level(const char *text, uint8_t *ret)
{
	int id = text ? level_from_name(text) : CORDON_LEVEL_NONE;

	if (id < 0)
		return -EINVAL;
	*ret = (uint8_t)id;
	return 0;
}

struct listing *listing_new(struct daemon *d, const struct ctl_request *r)
{
	const char *match = jsonin_str(r->body, "match"), *group = jsonin_str(r->body, "group");
	struct listing *l = calloc(1, sizeof(*l));

	if (!l) {
		verbs_fail(d, r->client, VERB_FAILED, "out of memory");
		return NULL;
	}
	if (take_level(jsonin_str(r->body, "level"), &l->level)) {
		verbs_fail(d, r->client, VERB_USAGE, "level: watch, limit, local, update or cut");
		free(l);
		return NULL;
	}
	l->d = d;
	l->left = jsonin_u64(r->body, "limit");
	l->left = l->left ? l->left : UINT64_MAX;
	l->table = jsonin_bool(r->body, "table");
	l->quarantined = jsonin_bool(r->body, "quarantined");
	str_copy(l->match, sizeof(l->match), match ? match : "");
	str_fold(l->match);
	str_copy(l->group, sizeof(l->group), group ? group : "");
	return l;
}

bool listing_matches(const struct listing *l, const char *const *texts)
{
	if (!l->match[0])
		return true;
	for (; *texts; texts++)
		if (str_has_folded(*texts, l->match))
			return true;
	return false;
}

static int take_named(struct device *dev, void *ctx)
{
	struct listing *l = ctx;

	if (dev->name[0] && str_has_folded(dev->name, l->match))
		l->named[l->n_named++] = dev->key;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct cordon_device_key));
}

int listing_find_names(struct listing *l)
{
	if (!l->match[0])
		return 0;
	l->named = calloc((size_t)inventory_count(l->d->inventory) + 1, sizeof(*l->named));
	if (!l->named)
		return -ENOMEM;
	inventory_each(l->d->inventory, take_named, l);
	qsort(l->named, l->n_named, sizeof(*l->named), compare_keys);
	return 0;
}

bool listing_names(const struct listing *l, const struct cordon_device_key *key)
{
	return l->n_named && bsearch(key, l->named, l->n_named, sizeof(*l->named), compare_keys);
}

const char *listing_name(struct listing *l, const struct cordon_device_key *key)
{
	const struct device *dev;

	if (l->asked < ONE_BY_ONE && ++l->asked == ONE_BY_ONE)
		(void)namebook_new(l->d->inventory, &l->book); /* without memory one by one, as before */
	if (l->book)
		return namebook_get(l->book, key);
	dev = inventory_by_key(l->d->inventory, key);
	return dev ? dev->name : "";
}

static bool more(void *ctx, struct strbuf *out)
{
	struct listing *l = ctx;
	struct strbuf empty = *out;
	bool goes_on = true;

	l->now_ns = clock_now_ns();
	l->wall_offset_ns = clock_to_wall_ns(l->now_ns) - l->now_ns;
	for (unsigned int i = 0; goes_on && i < PART_ROWS && l->j.b.len < PART_BYTES; i++)
		goes_on = l->left && l->step(l);
	if (!goes_on) {
		l->close(l);
		l->close = NULL;
		json_end(&l->j, '}');
	}
	*out = l->j.b;
	l->j.b = empty;
	return goes_on;
}

static void done(void *ctx)
{
	struct listing *l = ctx;

	if (l->close)
		l->close(l);
	json_done(&l->j);
	free(l->sheds);
	free(l->named);
	namebook_free(l->book);
	free(l);
}

void listing_instant(struct listing *l, const char *key, uint64_t boot_ns)
{
	char text[40] = "";

	if (boot_ns != UINT64_MAX)
		clock_iso8601(text, sizeof(text), boot_ns + l->wall_offset_ns);
	json_str(&l->j, key, text);
}

void listing_reply(struct listing *l, const struct ctl_request *r, const char *name, const char *const *columns)
{
	const struct ctl_stream s = { more, done, l };

	verb_begin(&l->j);
	if (l->table) {
		json_begin(&l->j, "columns", '[');
		for (; *columns; columns++)
			json_str(&l->j, NULL, *columns);
		json_end(&l->j, ']');
	}
	json_begin(&l->j, name, '[');
	ctl_reply_stream(l->d->ctl, r->client, &s);
}
