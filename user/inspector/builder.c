/* SPDX-License-Identifier: BSD-2-Clause */
/* Building rules in a thread of the inspector; see builder.h. One build at a time. */
#include "inspector/builder.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define FILES_MAX (MSG_FILES_MAX - 3)

DEFINE_CLEANUP(struct ruleset, ruleset_free)
DEFINE_CLEANUP(struct match_engine, match_free)

struct builder {
	int wake, done; /* event descriptors: to the thread, from it */
	bool busy;
	struct control_request q;
	int files[MSG_FILES_MAX];
	size_t n_files;
	struct built built;
};

struct load {
	const struct control_request *q;
	const char *names[FILES_MAX];
	struct rule_var vars[FILES_MAX];
	int answer, prefilter, classification;
	const int *rules;
};

/* the terminated strings of a request, in order; false: fewer than it promised */
static bool take_text(struct load *l)
{
	const char *p = l->q->text, *end = p + l->q->text_len;
	size_t total = l->q->n_files + 2ul * l->q->n_vars;

	for (size_t i = 0; i < total; i++) {
		const char *zero = memchr(p, 0, (size_t)(end - p));
		size_t v = i - l->q->n_files;

		if (!zero)
			return false;
		if (i < l->q->n_files)
			l->names[i] = p;
		else if (v % 2)
			l->vars[v / 2].value = p;
		else
			l->vars[v / 2].name = p;
		p = zero + 1;
	}
	return true;
}

static bool take_load(struct load *l, const struct control_request *q, const int *files, size_t n_files)
{
	*l = (struct load){ .q = q, .classification = -1 };
	if (q->n_files > FILES_MAX || q->n_vars > FILES_MAX || n_files != 2u + q->has_classification + q->n_files)
		return false;
	l->answer = *files++;
	l->prefilter = *files++;
	if (q->has_classification)
		l->classification = *files++;
	l->rules = files;
	return take_text(l);
}

static int fill_prefilter(const struct match_engine *e, uint32_t generation, int fd)
{
	struct cordon_prefilter *mem = mmap(NULL, sizeof(*mem), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int r;

	if (mem == MAP_FAILED)
		return -errno;
	r = match_prefilter(e, generation, mem);
	munmap(mem, sizeof(*mem));
	return r;
}

static void json_refusals(struct json *j, const struct ruleset *rs)
{
	const struct rule_refusal *v;
	size_t n = ruleset_refusals(rs, &v);

	json_begin(j, "refusals", '[');
	for (size_t i = 0; i < n; i++) {
		json_begin(j, NULL, '{');
		json_str(j, "file", v[i].file);
		json_u64(j, "line", v[i].line);
		json_u64(j, "sid", v[i].sid);
		json_str(j, "keyword", v[i].keyword);
		json_str(j, "reason", v[i].reason);
		json_end(j, '}');
	}
	json_end(j, ']');
}

/* the answer's text goes into its file; the message only says how long it is */
int builder_answer(int fd, struct json *j, struct control_reply *a)
{
	int r = j->b.failed ? -ENOMEM : 0;

	for (size_t done = 0; !r && done < j->b.len;) {
		ssize_t n = write(fd, j->b.s + done, j->b.len - done);

		if (n < 0)
			r = -errno;
		else
			done += (size_t)n;
	}
	a->len = (uint32_t)j->b.len;
	json_done(j);
	return r;
}

/* a new line by hand that is not understood, or fits no rule, is not kept */
static int check_edit(const struct ruleset *rs, struct strbuf *err)
{
	const struct rule_refusal *v;
	size_t n = ruleset_refusals(rs, &v);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].file, RULE_FILE_BY_HAND))
			continue;
		strbuf_addf(err, "%s: %s", v[i].keyword, v[i].reason);
		return -EINVAL;
	}
	if (ruleset_last_edit(rs))
		return 0;
	strbuf_adds(err, "no rule of the set is meant by this; nothing is changed");
	return -ENOENT;
}

static int answer_load(const struct ruleset *rs, int fd, struct control_reply *a)
{
	const struct rule_refusal *v;
	struct json j = { 0 };

	a->loaded = (uint32_t)ruleset_count(rs);
	a->refused = (uint32_t)ruleset_refusals(rs, &v);
	json_begin(&j, NULL, '{');
	json_bool(&j, "ok", true);
	json_u64(&j, "loaded", a->loaded);
	json_u64(&j, "refused", a->refused);
	json_u64(&j, "generation", a->generation);
	json_u64(&j, "disabled", ruleset_disabled(rs, NULL));
	json_u64(&j, "matched", ruleset_last_edit(rs));
	json_refusals(&j, rs);
	json_end(&j, '}');
	return builder_answer(fd, &j, a);
}

/* refusals and not one rule: what is no rule file takes no rule away */
static int check_any(const struct ruleset *rs, struct strbuf *err)
{
	const struct rule_refusal *v;
	size_t n = ruleset_refusals(rs, &v);

	if (!n || ruleset_count(rs))
		return 0;
	strbuf_addf(err, "not one rule to load, %zu refused; the first: %s:%u: %s%s%s", n, v->file, v->line, v->keyword,
		    v->keyword[0] ? ": " : "", v->reason);
	return -EINVAL;
}

/* build aside; what is in force stays until the loop swaps */
static int build(struct builder *b, struct strbuf *err)
{
	_cleanup_(ruleset_free) struct ruleset *rs = NULL;
	_cleanup_(match_free) struct match_engine *engine = NULL;
	struct load l;
	int r = take_load(&l, &b->q, b->files, b->n_files) ? 0 : -EINVAL;

	if (!r)
		r = ruleset_load_fds(l.names, l.rules, l.q->n_files, l.vars, l.q->n_vars, l.classification, &rs, err);
	if (!r)
		r = l.q->is_edit ? check_edit(rs, err) : check_any(rs, err);
	if (!r)
		r = match_build(rs, &engine, err);
	if (!r)
		r = fill_prefilter(engine, l.q->generation, l.prefilter);
	if (!r)
		r = answer_load(rs, l.answer, &b->built.reply);
	if (r)
		return r;
	b->built.rules = TAKE_PTR(rs);
	b->built.engine = TAKE_PTR(engine);
	return 0;
}

/* Capabilities are each thread's own. Root's go when the process becomes another user; others are dropped here. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct h = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[2] = { 0 };

	if (geteuid() && syscall(SYS_capset, &h, none))
		log_warn("builder: cannot drop capabilities: %s", strerror(errno));
}

static void *run(void *arg)
{
	struct builder *b = arg;
	uint64_t n, one = 1;

	drop_capabilities();
	if (write(b->done, &one, sizeof(one)) < 0) /* builder_new() waits for it */
		return NULL;
	while (read(b->wake, &n, sizeof(n)) == sizeof(n)) {
		struct control_reply *a = &b->built.reply;
		struct strbuf err = { 0 };

		a->result = build(b, &err);
		if (a->result)
			str_copy(a->text, sizeof(a->text), err.len ? err.s : strerror(-a->result));
		strbuf_done(&err);
		if (write(b->done, &one, sizeof(one)) < 0)
			break;
	}
	return NULL;
}

int builder_new(struct builder **ret)
{
	struct builder *b = calloc(1, sizeof(*b));
	pthread_t thread;
	uint64_t n;
	int r;

	if (!b)
		return -ENOMEM;
	/* glibc asks /proc before it shrinks a thread's own arena: in the sandbox that would be the end */
	mallopt(M_ARENA_MAX, 1);
	b->wake = eventfd(0, EFD_CLOEXEC);
	b->done = eventfd(0, EFD_CLOEXEC);
	r = b->wake < 0 || b->done < 0 ? -errno : -pthread_create(&thread, NULL, run, b);
	if (!r && read(b->done, &n, sizeof(n)) != sizeof(n))
		r = -errno;
	if (r)
		free(b);
	else
		*ret = b;
	return r;
}

size_t builder_fds(const struct builder *b, int ret[2])
{
	ret[0] = b->wake;
	ret[1] = b->done;
	return 2;
}

int builder_fd(const struct builder *b)
{
	return b->done;
}

int builder_start(struct builder *b, const struct control_request *q, size_t len, const int *files, size_t n_files)
{
	uint64_t one = 1;
	struct load l;

	if (b->busy)
		return -EBUSY;
	if (!take_load(&l, q, files, n_files))
		return -EINVAL;
	memcpy(&b->q, q, len);
	memcpy(b->files, files, n_files * sizeof(*files));
	b->n_files = n_files;
	b->built = (struct built){ .reply = { .type = q->type, .token = q->token, .generation = q->generation } };
	b->busy = true;
	return write(b->wake, &one, sizeof(one)) < 0 ? -errno : 0;
}

void builder_take(struct builder *b, struct built *ret)
{
	uint64_t n;

	if (read(b->done, &n, sizeof(n)) < 0)
		log_error("builder: %s", strerror(errno));
	*ret = b->built;
	b->built = (struct built){ 0 };
	msg_close_files(b->files, b->n_files);
	b->n_files = 0;
	b->busy = false;
}
