// SPDX-License-Identifier: BSD-2-Clause
/*
 * The state file. A line is a letter and tab-separated fields; times are
 * wall-clock nanoseconds, since the boot clock starts anew with each boot;
 * "-" is no end. What the clocks showed stands first: in the same boot times are
 * taken back to the boot clock as they were, so that a step of the wall clock
 * moves no lease. The last line is an FNV-1a sum of all before it: it finds a
 * torn or edited file, it is no signature.
 *   cordon-state 1
 *   t BOOT_ID OFFSET SAVED              of the wall clock against the boot clock, and the time of saving
 *   q DEVICE LEVEL ORIGIN ACTIVE SINCE UNTIL HOLDOFF OFFENCE DECISION PACKETS BYTES REASON [TAGS]
 *   g WHAT UNTIL REASON
 *   p DEVICE LEVEL SINCE DECISION REASON
 *   b TRIPPED
 *   sum HEX
 */
#include "act/state.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/lists.h"

#define HEAD "cordon-state 1\n"
#define FILE_MAX (64u << 20)
#define FIELDS_MAX 13
#define PROGRESS_LINES 256 /* some milliseconds each; a hundred thousand may take longer than a watchdog waits */
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* what the clocks showed when the file was written; from files without it wall-clock times are all there is */
struct clocks {
	bool is_same_boot;
	uint64_t offset, saved;
};

static void add_time(struct strbuf *b, uint64_t boot_ns)
{
	if (boot_ns == UINT64_MAX)
		strbuf_adds(b, "\t-");
	else
		strbuf_addf(b, "\t%" PRIu64, boot_ns ? clock_to_wall_ns(boot_ns) : 0);
}

/* of this boot of the machine, "-" when it cannot be read */
static void boot_id(char *dst, size_t size)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	str_copy(dst, size, file_read(BOOT_ID, 256, &text, &len) ? "-" : text);
	dst[strcspn(dst, "\n")] = 0;
}

static void save_clocks(struct strbuf *b)
{
	char id[64];

	boot_id(id, sizeof(id));
	strbuf_addf(b, "t\t%s\t%" PRIu64 "\t%" PRIu64 "\n", id, clock_wall_offset_ns(), clock_wall_ns());
}

/* free text: what would end a field or a line becomes a space */
static void add_text(struct strbuf *b, const char *s)
{
	strbuf_adds(b, "\t");
	for (; *s; s++)
		strbuf_add(b, (unsigned char)*s < ' ' ? " " : s, 1);
}

static int save_record(const struct q_record *r, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "q\t%s\t%s\t%u\t%u", r->q.device, level_name(r->q.level), r->q.origin, r->active);
	add_time(b, r->q.since_ns);
	add_time(b, r->q.until_ns);
	add_time(b, r->hold_off_ns);
	strbuf_addf(b, "\t%u\t%u\t%" PRIu64 "\t%" PRIu64, r->q.offence, r->q.decision, r->q.packets, r->q.bytes);
	add_text(b, r->q.reason);
	strbuf_addf(b, "\t%u\n", r->covers_tags);
	return 0;
}

static int save_pending(const struct pending *p, void *ctx)
{
	struct strbuf *b = ctx;

	strbuf_addf(b, "p\t%s\t%s", p->device, level_name(p->level));
	add_time(b, p->since_ns);
	strbuf_addf(b, "\t%u", p->decision);
	add_text(b, p->reason);
	strbuf_adds(b, "\n");
	return 0;
}

void state_text(const struct state *st, struct strbuf *ret)
{
	const struct guard_entry *e;

	strbuf_adds(ret, HEAD);
	save_clocks(ret);
	(void)q_each(st->quarantines, save_record, ret);
	for (size_t i = 0; (e = guard_get(st->guards, i)); i++) {
		if (e->origin != GUARD_ADDED)
			continue;
		strbuf_addf(ret, "g\t%s", e->what);
		add_time(ret, e->until_ns);
		add_text(ret, e->reason);
		strbuf_adds(ret, "\n");
	}
	(void)pending_each(st->pending, save_pending, ret);
	if (st->breaker_tripped)
		strbuf_adds(ret, "b\t1\n");
	strbuf_addf(ret, "sum\t%016" PRIx64 "\n", ret->s ? hash_fnv1a(ret->s, ret->len) : 0);
}

int state_save(const char *path, const struct state *st)
{
	struct strbuf b = { 0 };
	int r;

	state_text(st, &b);
	r = b.failed ? -ENOMEM : file_replace(path, b.s, b.len, 0600);
	strbuf_done(&b);
	return r;
}

/*
 * In another boot only the wall clock can tell what has gone by. Set before the time of saving (a machine that does
 * not keep it) it is wrong for sure: nothing has gone by then, and no lease becomes longer than it was.
 */
static uint64_t to_boot(const struct clocks *c, uint64_t wall)
{
	uint64_t now = clock_wall_ns(), ahead;

	if (c->is_same_boot)
		return wall > c->offset ? wall - c->offset : 0;
	if (now >= c->saved)
		return clock_from_wall_ns(wall);
	ahead = c->saved - now;
	return wall > ahead ? clock_from_wall_ns(wall - ahead) : 0;
}

static int get_time(const struct clocks *c, const char *s, uint64_t *ret)
{
	uint64_t wall;

	if (!strcmp(s, "-")) {
		*ret = UINT64_MAX;
		return 0;
	}
	if (str_to_u64(s, 0, UINT64_MAX, &wall))
		return -EBADMSG;
	*ret = wall ? to_boot(c, wall) : 0;
	return 0;
}

static int get_u64(const char *s, uint64_t max, uint64_t *ret)
{
	return str_to_u64(s, 0, max, ret) ? -EBADMSG : 0;
}

static int load_clocks(struct clocks *c, char **f, unsigned int n)
{
	char id[64];

	if (n != 3 || get_u64(f[1], UINT64_MAX, &c->offset) || get_u64(f[2], UINT64_MAX, &c->saved))
		return -EBADMSG;
	boot_id(id, sizeof(id));
	c->is_same_boot = strcmp(id, "-") && !strcmp(id, f[0]);
	return 0;
}

static int load_record(struct q_table *t, const struct clocks *c, char **f, unsigned int n)
{
	struct q_record r = { 0 };
	uint64_t origin, active, offence, decision;
	int level = n == 12 || n == 13 ? level_from_name(f[1]) : -1;

	if (level < 0 || device_key_parse(f[0], &r.key) || get_u64(f[2], UINT8_MAX, &origin) ||
	    get_u64(f[3], 1, &active) || get_time(c, f[4], &r.q.since_ns) || get_time(c, f[5], &r.q.until_ns) ||
	    get_time(c, f[6], &r.hold_off_ns) || get_u64(f[7], UINT32_MAX, &offence) ||
	    get_u64(f[8], UINT32_MAX, &decision) || get_u64(f[9], UINT64_MAX, &r.q.packets) ||
	    get_u64(f[10], UINT64_MAX, &r.q.bytes))
		return -EBADMSG;
	str_copy(r.q.device, sizeof(r.q.device), f[0]);
	str_copy(r.q.reason, sizeof(r.q.reason), f[11]);
	r.q.level = (uint8_t)level;
	r.q.origin = (uint8_t)origin;
	r.q.offence = (uint32_t)offence;
	r.q.decision = (uint32_t)decision;
	r.covers_tags = n == 13 && !strcmp(f[12], "1");
	r.active = active && r.q.until_ns > clock_now_ns();
	return q_restore(t, &r);
}

static int load_guard(struct guard_list *g, const struct clocks *c, char **f, unsigned int n)
{
	uint64_t until_ns;
	int r;

	if (n != 3 || get_time(c, f[1], &until_ns))
		return -EBADMSG;
	if (until_ns <= clock_now_ns())
		return 0;
	r = guard_add(g, f[0], f[2], until_ns, GUARD_ADDED, NULL);
	return r == -EEXIST ? 0 : r;
}

static int load_pending(struct pending_list *p, const struct clocks *c, char **f, unsigned int n)
{
	int level = n == 5 ? level_from_name(f[1]) : -1;
	struct cordon_device_key key;
	struct pending e = { 0 };
	uint64_t decision;

	if (level <= CORDON_LEVEL_NONE || device_key_parse(f[0], &key) || get_time(c, f[2], &e.since_ns) ||
	    get_u64(f[3], UINT32_MAX, &decision))
		return -EBADMSG;
	str_copy(e.device, sizeof(e.device), f[0]);
	str_copy(e.reason, sizeof(e.reason), f[4]);
	e.decision = (uint32_t)decision;
	e.level = (uint8_t)level;
	return pending_put(p, &e);
}

static int load_line(char *line, struct clocks *c, struct state *st)
{
	char *fields[FIELDS_MAX], *kind = strsep(&line, "\t");
	unsigned int n = 0;

	while (line && n < FIELDS_MAX)
		fields[n++] = strsep(&line, "\t");
	if (line)
		return -EBADMSG;
	if (!strcmp(kind, "t"))
		return load_clocks(c, fields, n);
	if (!strcmp(kind, "q"))
		return load_record(st->quarantines, c, fields, n);
	if (!strcmp(kind, "g"))
		return load_guard(st->guards, c, fields, n);
	if (!strcmp(kind, "p"))
		return load_pending(st->pending, c, fields, n);
	if (!strcmp(kind, "b") && n == 1) {
		st->breaker_tripped = !strcmp(fields[0], "1");
		return 0;
	}
	return -EBADMSG;
}

/* cuts the sum line off; false: the text does not add up */
static bool check_sum(char *text, size_t len)
{
	const size_t tail = strlen("sum\t0123456789abcdef\n");
	char want[32];

	if (len < strlen(HEAD) + tail || memcmp(text, HEAD, strlen(HEAD)) || memchr(text, 0, len))
		return false;
	snprintf(want, sizeof(want), "sum\t%016" PRIx64 "\n", hash_fnv1a(text, len - tail));
	if (strcmp(text + len - tail, want))
		return false;
	text[len - tail] = 0;
	return true;
}

static int set_aside(const char *path, struct strbuf *err)
{
	char bad[PATH_MAX];

	snprintf(bad, sizeof(bad), "%s.bad", path);
	if (rename(path, bad))
		strbuf_addf(err, "%s does not add up and is not used", path);
	else
		strbuf_addf(err, "%s does not add up and is not used: kept as %s", path, bad);
	return -EBADMSG;
}

int state_load(const char *path, struct state *st, struct strbuf *err)
{
	_cleanup_free_ char *text = NULL;
	struct clocks clocks = { 0 };
	char *rest, *line;
	size_t len = 0;
	int r = file_read(path, FILE_MAX, &text, &len), first = 0;

	file_sweep(path);
	if (r == -ENOENT)
		return 0;
	if (r) {
		strbuf_addf(err, "%s: %s", path, strerror(-r));
		return r;
	}
	if (!check_sum(text, len))
		return set_aside(path, err);
	rest = text + strlen(HEAD);
	for (size_t n = 1; (line = strsep(&rest, "\n")) && !first; n++) {
		if (*line)
			first = load_line(line, &clocks, st);
		if (st->progress && n % PROGRESS_LINES == 0)
			st->progress(st->progress_ctx);
	}
	if (first == -EBADMSG)
		return set_aside(path, err);
	if (first)
		strbuf_addf(err, "%s: restoring: %s", path, strerror(-first));
	return first;
}
