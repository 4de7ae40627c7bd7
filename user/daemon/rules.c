/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of rules in force and its change; see rules.h. One request to the inspector at a time. */
#include "daemon/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/rules_int.h"
#include "daemon/verbs.h"
#include "rule/rule.h"

#define ANSWER_MAX (60 << 20) /* bytes of JSON; below CTL_QUEUE_MAX */

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
	q->n_files = (uint32_t)r->candidate.n + (rules_edits_fd(r) >= 0);
	q->is_edit = r->edits_next >= 0;
	q->has_classification = r->classification >= 0;
	for (size_t i = 0; i < r->candidate.n; i++)
		fits = fits && put_text(q, r->candidate.names[i]);
	if (rules_edits_fd(r) >= 0)
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
	if (rules_edits_fd(r) >= 0)
		files[n++] = rules_edits_fd(r);
	return msg_send(d->control, &q, offsetof(struct control_request, text) + q.text_len, files, n);
}

static void failed(struct daemon *d, const char *why, int code)
{
	struct rules *r = &d->rules;
	uint64_t client = r->client;

	str_copy(r->error, sizeof(r->error), why);
	log_error("rules: %s; the rules in force stay", why);
	close_request(r);
	rules_edits_drop(r);
	rule_files_done(&r->candidate);
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
		rc = rule_files_add(&r->candidate, names[i], fcntl(fds[i], F_DUPFD_CLOEXEC, 3));
	if (rc) {
		rule_files_done(&r->candidate);
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
	rc = rule_files_copy(&r->candidate, &r->live) ?: rules_edits_make(r, verb, target, where);
	if (rc) {
		rule_files_done(&r->candidate);
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
	rules_edits_commit(d);
	rule_files_done(&r->live);
	r->live = r->candidate;
	r->candidate = (struct rule_files){ 0 };
	close_request(r);
	if (r->live.by_hand && !was_edit)
		rules_kept_live(d);
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
	if (!rule_files_copy(&r->candidate, r->configured.n || !r->live.n ? &r->configured : &r->live))
		start_load(d);
}

void rules_inspector(struct daemon *d)
{
	struct rules *r = &d->rules;

	close_request(r);
	if (!r->candidate.n && rule_files_copy(&r->candidate, &r->live))
		log_error("rules: out of descriptors; none is loaded");
	start_load(d);
}

void rules_inspector_gone(struct daemon *d)
{
	struct rules *r = &d->rules;
	uint64_t client = r->client;

	rules_edits_drop(r);
	if (r->loading)
		rule_files_done(&r->candidate); /* what ended one inspector is not given to the next */
	close_request(r);
	r->client = 0;
	verbs_fail(d, client, 1, "the inspector ended while it was asked; see the log");
}

/* --- configuration --- */

void rules_configure(struct daemon *d, struct handover *h)
{
	struct rules *r = &d->rules;
	struct rule_files kept = { 0 };

	rule_files_done(&r->configured);
	for (size_t i = 0; i < h->n_rules; i++) {
		if (h->rules[i] < 0) {
			log_error("%s: %s; its rules are not loaded", d->conf.rules.data[i], strerror(h->rule_err[i]));
			continue;
		}
		rule_files_add(&r->configured, d->conf.rules.data[i], h->rules[i]);
		h->rules[i] = -1;
	}
	if (r->classification >= 0)
		close(r->classification);
	r->classification = h->classification;
	h->classification = -1;
	if (r->edits < 0)
		rules_edits_open(d);
	if (!h->is_reload && rules_kept_open(d, &kept)) {
		log_info("rules: %zu files loaded by hand before; `cordon reload` goes back to the configuration", kept.n);
		rule_files_copy(&r->live, &kept);
		r->live.by_hand = true;
	} else {
		if (h->is_reload && r->configured.n)
			rules_kept_forget(d);
		if (r->configured.n || !r->live.by_hand)
			rule_files_copy(&r->live, &r->configured);
	}
	rule_files_done(&kept);
	if (d->control < 0)
		return; /* the inspector's message follows */
	if (!r->loading && !r->listing && rule_files_copy(&r->candidate, &r->live))
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
	rule_files_done(&r->live);
	rule_files_done(&r->configured);
	rule_files_done(&r->candidate);
	rules_edits_drop(r);
	if (r->edits >= 0)
		close(r->edits);
	if (r->classification >= 0)
		close(r->classification);
}
