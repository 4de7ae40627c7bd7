// SPDX-License-Identifier: BSD-2-Clause
/*
 * Applications are kept by name, since their numbers differ between versions,
 * and times by the wall clock, since the boot clock begins anew. A file may
 * have been made by anybody: whatever stands in a cell, the record stays one
 * that could have been seen.
 */
#include "dev/store_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/str.h"

enum kind { TEXT, TIME, U64, U32, U8, FLAG, APPS, NUMBERS, ADDRS, PEERS };

static const struct column {
	const char *name;
	enum kind kind;
	unsigned int at, size; /* in struct device */
	unsigned int wall_at;  /* TIME: of the same by the wall clock */
} columns[] = {
#define COLUMN(name, kind, member) { name, kind, offsetof(struct device, member), sizeof(((struct device *)0)->member), 0 }
#define TIMES(name, ns, wall) { name, TIME, offsetof(struct device, ns), sizeof(uint64_t), offsetof(struct device, wall) }
	COLUMN("name", TEXT, name),
	COLUMN("group", TEXT, group),
	TIMES("first", first_ns, first_wall_ns),
	TIMES("last", last_ns, last_wall_ns),
	COLUMN("flows", U64, flows),
	COLUMN("alerts", U64, alerts),
	COLUMN("apps", APPS, apps),
	COLUMN("flags", U8, flags),
	COLUMN("host", TEXT, host),
	COLUMN("model", TEXT, model),
	COLUMN("fingerprint", TEXT, fingerprint),
	COLUMN("addresses", ADDRS, addrs),
	COLUMN("sent", U64, habit.total),
	COLUMN("habit_learned_ns", U64, habit.learned_ns),
	COLUMN("habit_day", U32, habit.day),
	COLUMN("habit_today", U64, habit.today),
	COLUMN("habit_top", NUMBERS, habit.top),
	COLUMN("contract_uses", APPS, contract.uses),
	COLUMN("contract_serves", APPS, contract.serves),
	COLUMN("contract_may_use", APPS, contract.may_use),
	COLUMN("contract_may_serve", APPS, contract.may_serve),
	COLUMN("contract_in_force", FLAG, contract.in_force),
	COLUMN("contract_denied", U32, contract.denied),
	COLUMN("received", U64, received),
	COLUMN("peers", PEERS, peers),
	COLUMN("lease_dropped", U64, lease_dropped),
	COLUMN("lease_levels", U8, lease_levels),
#undef TIMES
#undef COLUMN
};

unsigned int store_columns(void)
{
	return ARRAY_SIZE(columns);
}

const char *store_column_name(unsigned int column)
{
	return columns[column].name;
}

static bool is_text(enum kind kind)
{
	return kind == TEXT || kind == APPS || kind == NUMBERS || kind == ADDRS || kind == PEERS;
}

const char *store_column_type(unsigned int column)
{
	return is_text(columns[column].kind) ? "TEXT" : "INTEGER";
}

/* --- record to cell --- */

struct text {
	char *s;
	size_t len;
};

/* words with a space between; what does not fit is left out */
static void add_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if (t->len + n + 2 > STORE_CELL_MAX)
		return;
	if (t->len)
		t->s[t->len++] = ' ';
	memcpy(t->s + t->len, word, n + 1);
	t->len += n;
}

static void add_apps(struct text *t, uint64_t apps)
{
	for (unsigned int i = CORDON_APP_NONE + 1; i < CORDON_APPS; i++)
		if (apps & CORDON_BIT(i))
			add_word(t, app_name(i));
}

static void add_numbers(struct text *t, const uint64_t *v, unsigned int n)
{
	char word[24];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "%llu", (unsigned long long)v[i]);
		add_word(t, word);
	}
}

static void add_addrs(struct text *t, const struct device *d)
{
	char word[ADDR_STR_MAX];

	for (unsigned int i = 0; i < d->n_addrs; i++)
		add_word(t, addr_str(word, sizeof(word), &d->addrs[i]));
}

/* protocol,port,application,flows,time,address: a word each, "-" where no application is known */
#define PEER_WORD_MAX 128

static void add_peers(struct text *t, const struct device *d)
{
	char word[PEER_WORD_MAX], a[ADDR_STR_MAX];

	for (unsigned int i = 0; i < DEVICE_PEERS; i++) {
		const struct device_peer *p = &d->peers[i];

		if (!p->flows)
			continue;
		snprintf(word, sizeof(word), "%u,%u,%s,%u,%" PRIu64 ",%s", p->proto, p->port, p->app ? app_name(p->app) : "-", p->flows,
			 device_seen_wall_ns(p->last_ns, p->last_wall_ns), addr_str(a, sizeof(a), &p->addr));
		add_word(t, word);
	}
}

void store_get(const struct device *d, unsigned int column, char buf[STORE_CELL_MAX], struct store_cell *ret)
{
	const struct column *c = &columns[column];
	const void *at = (const char *)d + c->at;
	struct text t = { .s = buf };

	*ret = (struct store_cell){ .is_text = is_text(c->kind) };
	buf[0] = 0;
	switch (c->kind) {
	case TEXT:
		ret->text = at;
		ret->len = strnlen(at, c->size);
		return;
	case TIME:
		ret->number = (int64_t)device_seen_wall_ns(*(const uint64_t *)at, *(const uint64_t *)((const char *)d + c->wall_at));
		return;
	case U64:
		ret->number = (int64_t) * (const uint64_t *)at;
		return;
	case U32:
		ret->number = *(const uint32_t *)at;
		return;
	case U8:
		ret->number = *(const uint8_t *)at;
		return;
	case FLAG:
		ret->number = *(const bool *)at;
		return;
	case APPS:
		add_apps(&t, *(const uint64_t *)at);
		break;
	case NUMBERS:
		add_numbers(&t, at, c->size / sizeof(uint64_t));
		break;
	case ADDRS:
		add_addrs(&t, d);
		break;
	case PEERS:
		add_peers(&t, d);
		break;
	}
	ret->text = t.s;
	ret->len = t.len;
}

/* --- cell to record --- */

/* the next word of a list, into @dst; false: there is none */
static bool take_word(const struct store_cell *c, size_t *at, char *dst, size_t size)
{
	size_t n = 0;

	while (*at < c->len && c->text[*at] == ' ')
		(*at)++;
	for (; *at < c->len && c->text[*at] != ' '; (*at)++)
		if (n < size - 1)
			dst[n++] = c->text[*at];
	dst[n] = 0;
	return n;
}

/* one that this version does not know is left out */
static uint64_t take_apps(const struct store_cell *c)
{
	char word[ADDR_STR_MAX];
	uint64_t apps = 0;

	for (size_t at = 0; take_word(c, &at, word, sizeof(word));) {
		int id = app_from_name(word);

		if (id > CORDON_APP_NONE)
			apps |= CORDON_BIT(id);
	}
	return apps;
}

static void take_numbers(const struct store_cell *c, uint64_t *v, unsigned int n)
{
	char word[ADDR_STR_MAX];
	unsigned int i = 0;

	memset(v, 0, n * sizeof(*v));
	for (size_t at = 0; i < n && take_word(c, &at, word, sizeof(word)); i++)
		(void)str_to_u64(word, 0, UINT64_MAX, &v[i]);
}

static void take_addrs(const struct store_cell *c, struct device *d)
{
	char word[ADDR_STR_MAX];

	d->n_addrs = 0;
	for (size_t at = 0; d->n_addrs < DEVICE_ADDRS && take_word(c, &at, word, sizeof(word));)
		if (!addr_parse(word, &d->addrs[d->n_addrs]))
			d->n_addrs++;
}

static bool take_peer(char *word, struct device_peer *ret)
{
	static const uint64_t most[] = { UINT8_MAX, UINT16_MAX, 0, UINT32_MAX, INT64_MAX };
	uint64_t v[ARRAY_SIZE(most)] = { 0 };
	char *next = word, *app = NULL;
	int id;

	for (unsigned int i = 0; i < ARRAY_SIZE(most); i++) {
		char *field = strsep(&next, ",");

		if (!next)
			return false;
		if (!most[i])
			app = field;
		else if (str_to_u64(field, 0, most[i], &v[i]))
			return false;
	}
	*ret = (struct device_peer){ .proto = (uint8_t)v[0], .port = (uint16_t)v[1], .flows = (uint32_t)v[3] };
	device_seen(v[4], &ret->last_ns, &ret->last_wall_ns);
	id = app_from_name(app);
	if (id > CORDON_APP_NONE)
		ret->app = (uint8_t)id;
	return ret->flows && !addr_parse(next, &ret->addr);
}

static void take_peers(const struct store_cell *c, struct device *d)
{
	char word[PEER_WORD_MAX];
	unsigned int n = 0;

	memset(d->peers, 0, sizeof(d->peers));
	for (size_t at = 0; n < DEVICE_PEERS && take_word(c, &at, word, sizeof(word));)
		if (take_peer(word, &d->peers[n]))
			n++;
		else
			d->peers[n] = (struct device_peer){ 0 };
}

void store_set(struct device *d, unsigned int column, const struct store_cell *cell)
{
	static const struct store_cell none = { .text = "" };
	const struct column *c = &columns[column];
	void *at = (char *)d + c->at;

	if (cell->is_text != is_text(c->kind))
		cell = &none;
	switch (c->kind) {
	case TEXT:
		memset(at, 0, c->size);
		memcpy(at, cell->text, strnlen(cell->text, cell->len < c->size - 1 ? cell->len : c->size - 1));
		break;
	case TIME:
		device_seen(cell->number < 0 ? 0 : (uint64_t)cell->number, at, (uint64_t *)((char *)d + c->wall_at));
		break;
	case U64:
		*(uint64_t *)at = cell->number < 0 ? 0 : (uint64_t)cell->number;
		break;
	case U32:
		*(uint32_t *)at = cell->number < 0 || cell->number > UINT32_MAX ? 0 : (uint32_t)cell->number;
		break;
	case U8:
		*(uint8_t *)at = (uint8_t)cell->number;
		break;
	case FLAG:
		*(bool *)at = cell->number == 1;
		break;
	case APPS:
		*(uint64_t *)at = take_apps(cell);
		break;
	case NUMBERS:
		take_numbers(cell, at, c->size / sizeof(uint64_t));
		break;
	case ADDRS:
		take_addrs(cell, d);
		break;
	case PEERS:
		take_peers(cell, d);
		break;
	}
}

void store_copy(struct device *dst, const struct device *src)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(columns); i++) {
		const struct column *c = &columns[i];

		if (c->kind != ADDRS)
			memcpy((char *)dst + c->at, (const char *)src + c->at, c->size);
		if (c->kind == TIME)
			memcpy((char *)dst + c->wall_at, (const char *)src + c->wall_at, sizeof(uint64_t));
	}
}

/* of the bytes a text has, not of what stands behind its end */
uint64_t store_hash(const struct device *d)
{
	uint64_t h = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(columns); i++) {
		const char *at = (const char *)d + columns[i].at;
		size_t n = columns[i].size;

		if (columns[i].kind == TEXT)
			n = strnlen(at, n);
		else if (columns[i].kind == ADDRS)
			n = d->n_addrs * sizeof(d->addrs[0]);
		h = (h ^ hash_fnv1a(at, n)) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
	}
	return h ? h : 1;
}
