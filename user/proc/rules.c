/* SPDX-License-Identifier: BSD-2-Clause */
/* Rule files of the daemon; see rules.h. One request to the inspector at a time. */
#include "proc/rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "proc/daemon.h"
#include "proc/verbs.h"
#include "rule/rule.h"

#define ANSWER_MAX (60 << 20) /* bytes of JSON; below CTL_QUEUE_MAX */

/* --- sets of files --- */

static void files_done(struct rule_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->names[i]);
		if (f->fds[i] >= 0)
			close(f->fds[i]);
	}
	*f = (struct rule_files){ 0 };
}

/* @fd is taken over, also on failure */
static int files_add(struct rule_files *f, const char *name, int fd)
{
	char *copy = strdup(name);

	if (!copy || f->n >= MSG_FILES_MAX - 4) {
		free(copy);
		close(fd);
		return copy ? -E2BIG : -ENOMEM;
	}
	f->names[f->n] = copy;
	f->fds[f->n++] = fd;
	return 0;
}

static int files_copy(struct rule_files *to, const struct rule_files *from)
{
	int r = 0;

	files_done(to);
	for (size_t i = 0; i < from->n && !r; i++)
		r = files_add(to, from->names[i], fcntl(from->fds[i], F_DUPFD_CLOEXEC, 3));
	to->by_hand = from->by_hand;
	return r;
}

/* --- the files of `rules load`, kept: NNN-name --- */

static char *kept_dir(const struct daemon *d, char *dst, size_t size)
{
	snprintf(dst, size, "%s/rules", d->conf.state_dir);
	return dst;
}

static void forget_kept(const struct daemon *d)
{
	char dir[4096];
	DIR *p = opendir(kept_dir(d, dir, sizeof(dir)));
	const struct dirent *e;

	while (p && (e = readdir(p)))
		if (e->d_name[0] != '.')
			unlinkat(dirfd(p), e->d_name, 0);
	if (p)
		closedir(p);
}

static int is_kept(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* 1: there are some, and they are in *ret */
static int open_kept(const struct daemon *d, struct rule_files *ret)
{
	struct dirent **list = NULL;
	char dir[4096], path[4400];
	int n = scandir(kept_dir(d, dir, sizeof(dir)), &list, is_kept, alphasort);

	for (int i = 0; i < n; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd >= 0 && strlen(list[i]->d_name) > 4)
			files_add(ret, list[i]->d_name + 4, fd);
		else if (fd >= 0)
			close(fd);
		free(list[i]);
	}
	free(list);
	ret->by_hand = true;
	return ret->n > 0;
}

static int copy_file(int from, int to)
{
	char buf[65536];
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(from, buf, sizeof(buf), at);

		if (n <= 0)
			return n ? -errno : 0;
		if (write(to, buf, (size_t)n) != n)
			return errno ? -errno : -ENOSPC;
		at += n;
		if (at > CORDON_RULES_FILE_MAX)
			return -EFBIG;
	}
}

/* the copy that the set then consists of; opened for reading */
static int keep_file(const struct daemon *d, size_t i, const char *name, int from)
{
	char dir[4096], path[4400];
	const char *base = strrchr(name, '/');
	uint8_t kind;
	int prefix = (int)(rule_file_path(name, &kind) - name), to, r;

	kept_dir(d, dir, sizeof(dir));
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%03zu-%.*s%.200s", dir, i, base ? prefix : 0, name, base ? base + 1 : name);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (to < 0)
		return -errno;
	r = copy_file(from, to);
	close(to);
	to = r ? r : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return to < 0 && !r ? -errno : to;
}

/* the live set becomes what the next start begins with */
static void keep_live(struct daemon *d)
{
	struct rule_files *f = &d->rules.live;

	forget_kept(d);
	for (size_t i = 0; i < f->n; i++) {
		int fd = keep_file(d, i, f->names[i], f->fds[i]);

		if (fd < 0) {
			log_error("%s: cannot keep it in %s: %s; it is in force until the next start", f->names[i], d->conf.state_dir,
				  strerror(-fd));
			continue;
		}
		close(f->fds[i]);
		f->fds[i] = fd;
	}
}

/* --- what is said by hand --- */

#define EDITS_BYTES (1 << 20)

static int edits_fd(const struct rules *r)
{
	return r->edits_next >= 0 ? r->edits_next : r->edits;
}

static char *edits_path(const struct daemon *d, char *dst, size_t size)
{
	snprintf(dst, size, "%s/rules.edits", d->conf.state_dir);
	return dst;
}

static void edits_open(struct daemon *d)
{
	char path[4400];
	int fd = open(edits_path(d, path, sizeof(path)), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno != ENOENT)
		log_error("%s: %s; what was said of rules by hand does not hold", path, strerror(errno));
	if (d->rules.edits >= 0)
		close(d->rules.edits);
	d->rules.edits = fd;
}

static void edits_drop(struct rules *r)
{
	if (r->edits_next >= 0)
		close(r->edits_next);
	r->edits_next = -1;
}

/* the load with the new line went well: it holds from now on, and after a restart */
static void edits_commit(struct daemon *d)
{
	struct rules *r = &d->rules;
	_cleanup_free_ char *text = NULL;
	struct strbuf copy = { 0 };
	char path[4400];
	size_t len;
	int rc;

	if (r->edits_next < 0)
		return;
	rc = file_read_fd(r->edits_next, EDITS_BYTES, &text, &len);
	strbuf_add(&copy, text ? text : "", rc ? 0 : len);
	rc = rc ? rc : disk_replace(d->disk, edits_path(d, path, sizeof(path)), &copy, 0600);
	if (rc)
		log_error("%s: %s; it is in force until the next start", path, strerror(-rc));
	if (r->edits >= 0)
		close(r->edits);
	r->edits = TAKE_FD(r->edits_next);
}

/* "VERB TARGET" at the begin of a line, and no more of a target */
static bool is_about(const char *line, size_t len, const char *target)
{
	const char *rest = memchr(line, ' ', len);
	size_t n = strlen(target);

	if (!rest || (size_t)(line + len - ++rest) < n || strncmp(rest, target, n))
		return false;
	return rest + n == line + len || rest[n] == ',';
}

/* the lines so far without those of the same target that the new one replaces */
static void edits_text(const char *old, const char *verb, const char *target, const char *where, struct strbuf *ret)
{
	bool is_suppress = !strcmp(verb, "suppress"), is_enable = !strcmp(verb, "enable");

	for (const char *next; *old; old = next) {
		const char *end = strchrnul(old, '\n');
		bool old_suppress = !strncmp(old, "suppress ", 9);

		next = *end ? end + 1 : end;
		/* enable takes back whatever was said; another suppress of other addresses stays */
		if (is_about(old, (size_t)(end - old), target) &&
		    (is_enable || (is_suppress == old_suppress && (!is_suppress || !*where))))
			continue;
		strbuf_add(ret, old, (size_t)(end - old));
		strbuf_adds(ret, "\n");
	}
	strbuf_addf(ret, "%s %s%s\n", verb, target, where);
}

static int edits_make(struct rules *r, const char *verb, const char *target, const char *where)
{
	_cleanup_free_ char *old = NULL;
	_cleanup_close_ int fd = memfd_create("rules.edits", MFD_CLOEXEC);
	struct strbuf text = { 0 };
	size_t len;
	int rc = fd < 0 ? -errno : r->edits >= 0 ? file_read_fd(r->edits, EDITS_BYTES, &old, &len) : 0;

	if (!rc)
		edits_text(old ? old : "", verb, target, where, &text);
	if (!rc && (text.failed || text.len >= EDITS_BYTES))
		rc = text.failed ? -ENOMEM : -EFBIG;
	if (!rc && write(fd, text.s, text.len) != (ssize_t)text.len)
		rc = -EIO;
	strbuf_done(&text);
	if (!rc)
		r->edits_next = TAKE_FD(fd);
	return rc;
}

/* --- requests to the inspector --- */

static bool put_text(struct control_request *q, const char *s)
{
	size_t n = strlen(s) + 1;

	if (q->text_len + n > sizeof(q->text))
		return false;
	memcpy(q->text + q->text_len, s, n);
	q->text_len += (uint32_t)n;
	return true;
}

static void close_request(struct rules *r)
{
	if (r->answer >= 0)
		close(r->answer);
	if (r->prefilter >= 0)
		close(r->prefilter);
	r->answer = r->prefilter = -1;
	r->loading = r->listing = false;
}

static int new_prefilter(struct daemon *d)
{
	struct rpc_request q = { .op = RPC_NEW_PREFILTER };
	struct rpc_reply a;
	int r = rpc_call(d, &q, &a, &d->rules.prefilter);

	if (r)
		log_error("rules: no map for the kernel's part: %s", a.text);
	return r;
}

/* HOME_NET is what `home` names, unless `vars` says otherwise; without either it is Suricata's default */
static bool put_home_net(const struct daemon *d, struct control_request *q)
{
	struct strbuf list = { 0 };
	bool fits = true;

	for (size_t i = 0; i < d->conf.vars.len; i++)
		if (!strcmp(d->conf.vars.data[i].name, "HOME_NET"))
			return true;
	if (!d->conf.home.len)
		return true;
	for (size_t i = 0; i < d->conf.home.len; i++) {
		char text[ADDR_STR_MAX];

		strbuf_addf(&list, "%s%s", i ? "," : "[", prefix_str(text, sizeof(text), &d->conf.home.data[i]));
	}
	strbuf_adds(&list, "]");
	fits = !list.failed && put_text(q, "HOME_NET") && put_text(q, list.s);
	q->n_vars++;
	strbuf_done(&list);
	return fits;
}

static int fill_request(const struct daemon *d, struct control_request *q)
{
	const struct rules *r = &d->rules;
	bool fits = true;

	*q = (struct control_request){ .type = CONTROL_LOAD, .token = r->token, .generation = r->generation + 1 };
	q->n_files = (uint32_t)r->candidate.n + (edits_fd(r) >= 0);
	q->is_edit = r->edits_next >= 0;
	q->has_classification = r->classification >= 0;
	for (size_t i = 0; i < r->candidate.n; i++)
		fits = fits && put_text(q, r->candidate.names[i]);
	if (edits_fd(r) >= 0)
		fits = fits && put_text(q, RULE_FILE_BY_HAND);
	for (size_t i = 0; i < d->conf.vars.len; i++, q->n_vars++)
		fits = fits && put_text(q, d->conf.vars.data[i].name) && put_text(q, d->conf.vars.data[i].value);
	fits = fits && put_home_net(d, q);
	return fits ? 0 : -E2BIG;
}

static int send_load(struct daemon *d)
{
	static struct control_request q;
	struct rules *r = &d->rules;
	int files[MSG_FILES_MAX], rc;
	size_t n = 0;

	r->token++;
	r->answer = memfd_create("answer", MFD_CLOEXEC);
	rc = r->answer < 0 ? -errno : new_prefilter(d);
	if (!rc)
		rc = fill_request(d, &q);
	if (rc)
		return rc;
	files[n++] = r->answer;
	files[n++] = r->prefilter;
	if (r->classification >= 0)
		files[n++] = r->classification;
	for (size_t i = 0; i < r->candidate.n; i++)
		files[n++] = r->candidate.fds[i];
	if (edits_fd(r) >= 0)
		files[n++] = edits_fd(r);
	return msg_send(d->control, &q, offsetof(struct control_request, text) + q.text_len, files, n);
}

static void failed(struct daemon *d, const char *why, int code)
{
	struct rules *r = &d->rules;
	uint64_t client = r->client;

	str_copy(r->error, sizeof(r->error), why);
	log_error("rules: %s; the rules in force stay", why);
	close_request(r);
	edits_drop(r);
	files_done(&r->candidate);
	r->client = 0;
	verbs_fail(d, client, code, why);
	daemon_maybe_ready(d); /* with the rules it had, or none, and the error in the status */
}

/* loads the candidate; without an inspector it waits for the next one */
static void start_load(struct daemon *d)
{
	struct rules *r = &d->rules;
	int rc;

	if (r->loading || r->listing) {
		r->again = true;
		return;
	}
	if (d->control < 0)
		return;
	r->loading = true;
	rc = send_load(d);
	if (rc)
		failed(d, strerror(-rc), VERB_FAILED);
}

int rules_load(struct daemon *d, uint64_t client, const char *const *names, const int *fds, size_t n, struct strbuf *err)
{
	struct rules *r = &d->rules;
	int rc = 0;

	if (r->loading || r->listing || r->candidate.n || d->control < 0) {
		strbuf_adds(err, d->control < 0 ? "the inspector is being started again: try again in a moment"
						: "rules are being loaded just now: try again in a moment");
		return -EBUSY;
	}
	for (size_t i = 0; i < n && !rc; i++)
		rc = files_add(&r->candidate, names[i], fcntl(fds[i], F_DUPFD_CLOEXEC, 3));
	if (rc) {
		files_done(&r->candidate);
		strbuf_addf(err, "rules: %s", strerror(-rc));
		return rc;
	}
	r->candidate.by_hand = true;
	r->client = client;
	start_load(d);
	return 0;
}

static const char busy[] = "rules are being loaded just now: try again in a moment";

int rules_edit(struct daemon *d, uint64_t client, const char *verb, const char *target, const char *where, struct strbuf *err)
{
	struct rules *r = &d->rules;
	int rc = 0;

	if (r->loading || r->listing || r->candidate.n || d->control < 0 || !r->live.n) {
		strbuf_adds(err, r->live.n ? busy : "no rules are in force");
		return -EBUSY;
	}
	rc = files_copy(&r->candidate, &r->live) ?: edits_make(r, verb, target, where);
	if (rc) {
		files_done(&r->candidate);
		strbuf_addf(err, "rules: %s", strerror(-rc));
		return rc;
	}
	r->client = client;
	start_load(d);
	return 0;
}

int rules_ask(struct daemon *d, uint64_t client, uint32_t what, uint32_t gid, uint32_t sid, struct strbuf *err)
{
	static struct control_request q;
	struct rules *r = &d->rules;
	int rc;

	if (r->loading || r->listing || d->control < 0) {
		strbuf_adds(err, busy);
		return -EBUSY;
	}
	q = (struct control_request){ .type = what, .token = ++r->token, .gid = gid, .sid = sid };
	r->answer = memfd_create("answer", MFD_CLOEXEC);
	rc = r->answer < 0 ? -errno : msg_send(d->control, &q, offsetof(struct control_request, text), &r->answer, 1);
	if (rc) {
		close_request(r);
		strbuf_addf(err, "rules: %s", strerror(-rc));
		return rc;
	}
	r->listing = true;
	r->client = client;
	return 0;
}

/* --- answers --- */

/* the JSON the inspector wrote goes to the client as it is: one line */
static void pass_answer(struct daemon *d, uint32_t len)
{
	struct rules *r = &d->rules;
	_cleanup_free_ char *text = len <= ANSWER_MAX ? malloc((size_t)len + 1) : NULL;

	if (!r->client)
		return;
	if (!text || pread(r->answer, text, len, 0) != (ssize_t)len || memchr(text, '\n', len))
		verbs_fail(d, r->client, 1, "the inspector's answer cannot be read");
	else
		ctl_reply(d->ctl, r->client, text, len);
	r->client = 0;
}

static void loaded(struct daemon *d, const struct control_reply *a)
{
	struct rules *r = &d->rules;
	bool was_edit = r->edits_next >= 0; /* the same files */
	char text[160];
	int rc = kern_prefilter_swap(d->kern, r->prefilter);

	if (rc) {
		snprintf(text, sizeof(text), "cannot swap the prefilter: %s", strerror(-rc));
		failed(d, text, VERB_FAILED);
		return;
	}
	r->generation = a->generation;
	r->loaded = a->loaded;
	r->refused = a->refused;
	r->error[0] = 0;
	pass_answer(d, a->len);
	edits_commit(d);
	files_done(&r->live);
	r->live = r->candidate;
	r->candidate = (struct rule_files){ 0 };
	close_request(r);
	if (r->live.by_hand && !was_edit)
		keep_live(d);
	snprintf(text, sizeof(text), "generation %u: %u rules loaded, %u refused", r->generation, r->loaded, r->refused);
	log_info("rules: %s%s", text, r->live.by_hand ? " (by hand; `cordon reload` goes back to the configuration)" : "");
	events_notice(d, "rules_loaded", NULL, text, false);
	daemon_maybe_ready(d);
}

/* a load that failed, or a question that has no answer */
static void refused(struct daemon *d, const struct control_reply *a)
{
	const char *why = a->text[0] ? a->text : strerror(-a->result);
	uint64_t client = d->rules.client;

	if (d->rules.loading) {
		failed(d, why, verb_code(a->result));
		return;
	}
	close_request(&d->rules);
	d->rules.client = 0;
	verbs_fail(d, client, verb_code(a->result), a->result == -ENOENT ? "there is no such rule" : why);
}

void rules_answer(struct daemon *d, const struct control_reply *a)
{
	struct rules *r = &d->rules;

	if (a->token != r->token || (!r->loading && !r->listing))
		return;
	if (a->result) {
		refused(d, a);
	} else if (r->listing) {
		pass_answer(d, a->len);
		close_request(r);
	} else {
		loaded(d, a);
	}
	if (!r->again)
		return;
	r->again = false;
	if (!files_copy(&r->candidate, r->configured.n || !r->live.n ? &r->configured : &r->live))
		start_load(d);
}

void rules_inspector(struct daemon *d)
{
	struct rules *r = &d->rules;

	close_request(r);
	if (!r->candidate.n && files_copy(&r->candidate, &r->live))
		log_error("rules: out of descriptors; none is loaded");
	start_load(d);
}

void rules_inspector_gone(struct daemon *d)
{
	struct rules *r = &d->rules;
	uint64_t client = r->client;

	edits_drop(r);
	if (r->loading)
		files_done(&r->candidate); /* what ended one inspector is not given to the next */
	close_request(r);
	r->client = 0;
	verbs_fail(d, client, 1, "the inspector ended while it was asked; see the log");
}

/* --- configuration --- */

void rules_configure(struct daemon *d, struct handover *h)
{
	struct rules *r = &d->rules;
	struct rule_files kept = { 0 };

	files_done(&r->configured);
	for (size_t i = 0; i < h->n_rules; i++) {
		if (h->rules[i] < 0) {
			log_error("%s: %s; its rules are not loaded", d->conf.rules.data[i], strerror(h->rule_err[i]));
			continue;
		}
		files_add(&r->configured, d->conf.rules.data[i], h->rules[i]);
		h->rules[i] = -1;
	}
	if (r->classification >= 0)
		close(r->classification);
	r->classification = h->classification;
	h->classification = -1;
	if (r->edits < 0)
		edits_open(d);
	if (!h->is_reload && open_kept(d, &kept)) {
		log_info("rules: %zu files loaded by hand before; `cordon reload` goes back to the configuration", kept.n);
		files_copy(&r->live, &kept);
		r->live.by_hand = true;
	} else {
		if (h->is_reload && r->configured.n)
			forget_kept(d);
		if (r->configured.n || !r->live.by_hand)
			files_copy(&r->live, &r->configured);
	}
	files_done(&kept);
	if (d->control < 0)
		return; /* the inspector's message follows */
	if (!r->loading && !r->listing && files_copy(&r->candidate, &r->live))
		return;
	start_load(d);
}

void rules_init(struct rules *r)
{
	*r = (struct rules){ .classification = -1, .prefilter = -1, .answer = -1, .edits = -1, .edits_next = -1 };
}

void rules_done(struct rules *r)
{
	close_request(r);
	files_done(&r->live);
	files_done(&r->configured);
	files_done(&r->candidate);
	edits_drop(r);
	if (r->edits >= 0)
		close(r->edits);
	if (r->classification >= 0)
		close(r->classification);
}
