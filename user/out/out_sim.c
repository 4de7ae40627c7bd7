// SPDX-License-Identifier: BSD-2-Clause
/*
 * Quarantines enforced at the SIM, by its provider (sim.h): into a group with
 * restricted egress or deactivated, and back into what it was before when the
 * lease ends. An event begins or ends one; the daemon's sync, which names every
 * running quarantine, mends whatever was missed: a restart, a dead letter. Done
 * twice is done once. A SIM that somebody else has moved meanwhile is left alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/jsonin.h"
#include "base/lists.h"
#include "base/log.h"
#include "out/outputs.h"
#include "out/say.h"
#include "out/sim_book.h"
#include "out/sims.h"

#define KEY_FILE_MAX 4096
#define LOOK_UP_S 900 /* later an address may be another SIM's: nobody is looked up by it any more */

struct sim_out {
	const struct sim_provider *provider;
	void *state; /* the provider's */
	struct sim_book book;
	uint8_t action, level;
	char *group;
	uint64_t sync, n_seen; /* the running sync, and how many devices it has named */
};

#define X_PROVIDER(id, ...) [CONF_SIM_##id] = &sim_##id,
static const struct sim_provider *const providers[CONF_SIM_PROVIDERS] = { CONF_SIM_LIST(X_PROVIDER) };

bool sim_is_id(const char *s)
{
	size_t n = s ? strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") : 0;

	return n && n < SIM_ID_MAX && !s[n];
}

/* --- open --- */

static int open_provider(struct sim_out *s, const struct conf *c, struct strbuf *err)
{
	struct sim_account a = { .url = c->sim_url, .ca_file = c->sim_ca_file };
	_cleanup_free_ char *text = NULL;
	char *save = NULL;
	size_t len;
	int r = file_read(c->sim_key_file, KEY_FILE_MAX, &text, &len);

	if (r) {
		strbuf_addf(err, "sim.key_file %s: %s", c->sim_key_file, strerror(-r));
		return r;
	}
	a.key_id = strtok_r(text, "\r\n", &save);
	a.secret = strtok_r(NULL, "\r\n", &save);
	if (!a.key_id || !a.secret) {
		strbuf_addf(err, "sim.key_file %s: two lines are needed, the key's id and the key", c->sim_key_file);
		r = -EINVAL;
	} else {
		r = s->provider->open(&a, &s->state, err);
	}
	explicit_bzero(text, len);
	return r;
}

int out_sim_open(const struct conf *c, void **ret, struct strbuf *err)
{
	struct strbuf said = { 0 };
	struct sim_out *s;
	int r;

	if (c->sim_provider == CONF_SIM_NONE || !c->sim_key_file)
		return 0; /* conf_check(), and the keeper where it cannot read the key */
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->provider = providers[c->sim_provider];
	s->action = c->sim_action;
	s->level = c->sim_level;
	s->group = strdup(c->sim_group ? c->sim_group : "");
	r = s->group ? sim_book_open(&s->book, c->state_dir, &said) : -ENOMEM;
	if (said.len)
		log_error("sim: %s", said.s);
	strbuf_done(&said);
	if (!r || r == -EBADMSG)
		r = open_provider(s, c, err);
	if (r) {
		out_sim_close(s);
		return r;
	}
	*ret = s;
	return 0;
}

/* --- begin --- */

static void tell(const struct sim_out *s, const char *what, const char *device, const char *sim, const char *text)
{
	char line[240];

	if (sim)
		snprintf(line, sizeof(line), "%s %s at %s: %s", s->provider->noun, sim, s->provider->name, text);
	else
		snprintf(line, sizeof(line), "no %s found at %s: %s", s->provider->noun, s->provider->name, text);
	say(what, device, line);
}

/* the SIM of a device by the addresses it has; an address that no SIM holds is not its fault */
static int find_sim(struct sim_out *s, const struct jsonin *cordon, struct sim *ret)
{
	const struct jsonin *list = jsonin_get(cordon, "addresses");
	const char *mac = jsonin_str(cordon, "mac");
	int r = -ENOENT;

	if (s->provider->by_mac)
		return mac ? s->provider->find(s->state, mac, ret) : -ENOENT;
	for (size_t i = 0; i < jsonin_len(list) && r == -ENOENT; i++) {
		const char *addr = jsonin_text(jsonin_at(list, i));

		r = addr ? s->provider->find(s->state, addr, ret) : -ENOENT;
	}
	return r;
}

static bool is_there(const struct sim_entry *e, const struct sim *now)
{
	return e->action == CONF_SIM_DEACTIVATE ? !now->is_active : !strcmp(now->group, e->to);
}

static int move(struct sim_out *s, const struct sim_entry *e)
{
	if (e->action == CONF_SIM_DEACTIVATE)
		return s->provider->set_active(s->state, e->sim, false);
	return s->provider->set_group(s->state, e->sim, e->to);
}

/* a new entry of the book, saved; NULL with *ret_error 0: nothing to do */
static struct sim_entry *enter(struct sim_out *s, const struct jsonin *cordon, const char *device, int *ret_error)
{
	struct sim_entry e = { .action = s->action }, *other;
	struct sim sim;
	int r = find_sim(s, cordon, &sim);

	*ret_error = r;
	if (r == -ENOENT && !jsonin_u64(cordon, "sync")) /* a device without a SIM, or one that is not online */
		tell(s, "enforcement_elsewhere_none", device, NULL, s->provider->why(s->state));
	if (r)
		return NULL;
	str_copy(e.device, sizeof(e.device), device);
	str_copy(e.sim, sizeof(e.sim), sim.id);
	str_copy(e.group, sizeof(e.group), sim.group);
	str_copy(e.to, sizeof(e.to), s->group);
	other = sim_book_other(&s->book, &e);
	if (other) {
		e.action = other->action;
		str_copy(e.group, sizeof(e.group), other->group);
		str_copy(e.to, sizeof(e.to), other->to);
	} else if (is_there(&e, &sim)) {
		tell(s, "enforced_elsewhere", device, sim.id, "somebody else has put it there already, and takes it back");
		return NULL;
	}
	*ret_error = sim_book_add(&s->book, &e);
	if (*ret_error)
		return NULL;
	*ret_error = sim_book_save(&s->book);
	if (*ret_error) { /* without the way back nothing is done */
		log_error("sim: sims.json cannot be written: %s", strerror(-*ret_error));
		*ret_error = -EAGAIN;
		sim_book_remove(&s->book, &s->book.v.data[s->book.v.len - 1]);
		return NULL;
	}
	return &s->book.v.data[s->book.v.len - 1];
}

static int begin(struct sim_out *s, const struct jsonin *cordon, const char *device)
{
	struct sim_entry *e = sim_book_get(&s->book, device);
	int r = 0;

	if (e ? e->is_done : jsonin_u64(cordon, "age_s") > LOOK_UP_S)
		return 0;
	if (!e)
		e = enter(s, cordon, device, &r);
	if (!e) {
		if (r && r != -ENOENT && r != -EAGAIN)
			tell(s, "enforcement_elsewhere_failed", device, NULL, s->provider->why(s->state));
		return r == -ENOENT ? 0 : r;
	}
	r = move(s, e);
	if (r == -EAGAIN)
		return r;
	if (r) {
		tell(s, "enforcement_elsewhere_failed", device, e->sim, s->provider->why(s->state));
		sim_book_remove(&s->book, e);
		(void)sim_book_save(&s->book);
		return r;
	}
	e->is_done = true;
	(void)sim_book_save(&s->book); /* as it stands on disk it would be done again */
	tell(s, "enforced_elsewhere", device, e->sim, e->action == CONF_SIM_DEACTIVATE ? "deactivated" : "moved to the quarantine group");
	return 0;
}

/* --- end --- */

static int put_back(struct sim_out *s, const struct sim_entry *e)
{
	struct sim now;
	int r;

	if (sim_book_other(&s->book, e))
		return 0; /* another device behind it is still quarantined */
	r = s->provider->get(s->state, e->sim, &now);
	if (r == -ENOENT)
		return 0;
	if (r)
		return r;
	if (!is_there(e, &now))
		tell(s, "released_elsewhere", e->device, e->sim, "somebody else has moved it meanwhile; left alone");
	else if (e->action == CONF_SIM_DEACTIVATE)
		r = s->provider->set_active(s->state, e->sim, true);
	else
		r = s->provider->set_group(s->state, e->sim, e->group);
	if (!r && is_there(e, &now))
		tell(s, "released_elsewhere", e->device, e->sim, "is what it was before");
	return r;
}

static int finish(struct sim_out *s, struct sim_entry *e)
{
	int r = e ? put_back(s, e) : 0;

	if (!e)
		return 0;
	if (r) {
		if (r != -EAGAIN)
			tell(s, "enforcement_elsewhere_failed", e->device, e->sim, s->provider->why(s->state));
		return r; /* stays in the book: the sync tries again */
	}
	sim_book_remove(&s->book, e);
	r = sim_book_save(&s->book);
	if (r)
		log_error("sim: sims.json cannot be written: %s", strerror(-r));
	return 0;
}

/* --- sync --- */

/* after on_quarantine(), which may have made the entry */
static void seen(struct sim_out *s, uint64_t sync, const char *device)
{
	struct sim_entry *e = sim_book_get(&s->book, device);

	if (s->sync != sync)
		s->n_seen = 0;
	s->sync = sync;
	s->n_seen++;
	if (e)
		e->seen = sync;
}

/* what is in the book and in no running quarantine goes back; only when the whole list has arrived */
static void sync_end(struct sim_out *s, uint64_t sync, uint64_t count)
{
	if (count && (s->sync != sync || s->n_seen != count))
		return;
	for (size_t i = s->book.v.len; i-- > 0;) /* removal fills the gap with the last, which was looked at */
		if (s->book.v.data[i].seen != sync)
			(void)finish(s, &s->book.v.data[i]);
}

static bool is_enough(const struct sim_out *s, const struct jsonin *cordon)
{
	const char *level = jsonin_str(cordon, "level");
	int id = level ? level_from_name(level) : -1;

	return id >= s->level;
}

static int on_quarantine(struct sim_out *s, const struct jsonin *cordon, const char *device)
{
	if (is_enough(s, cordon))
		return begin(s, cordon, device);
	return finish(s, sim_book_get(&s->book, device));
}

int out_sim_write(void *state, const struct out_line *l)
{
	_cleanup_(jsonin_free) struct jsonin *root = NULL;
	struct strbuf err = { 0 };
	struct sim_out *s = state;
	const struct jsonin *cordon;
	const char *what, *device;
	int r = jsonin_parse(l->text, l->len, &root, &err);

	strbuf_done(&err);
	if (r)
		return r;
	cordon = jsonin_get(root, "cordon");
	what = jsonin_str(cordon, "what");
	device = jsonin_str(cordon, "device_id");
	if (what && !strcmp(what, "quarantine_sync")) {
		sync_end(s, jsonin_u64(cordon, "sync"), jsonin_u64(cordon, "count"));
	} else if (what && device && !strcmp(what, "quarantine_active")) {
		(void)on_quarantine(s, cordon, device); /* the next sync tries again */
		seen(s, jsonin_u64(cordon, "sync"), device);
	} else if (what && device && !strcmp(what, "quarantine_begin")) {
		return on_quarantine(s, cordon, device);
	} else if (what && device && !strcmp(what, "quarantine_end")) {
		return finish(s, sim_book_get(&s->book, device));
	}
	return 0;
}

int out_sim_reopen(void *state)
{
	(void)state;
	return 0;
}

void out_sim_close(void *state)
{
	struct sim_out *s = state;

	if (s->state)
		s->provider->close(s->state);
	sim_book_done(&s->book);
	free(s->group);
	free(s);
}
