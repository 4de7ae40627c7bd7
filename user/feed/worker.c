// SPDX-License-Identifier: BSD-2-Clause
/*
 * feed_parse_file(): the file is opened here, read and parsed in a child that
 * holds nothing but it and a memory file for the result (base/sandbox.h,
 * PARSER). The child may be taken over by what it reads: nothing of its result
 * is believed before check_result() has looked at every field, and addresses
 * and names are checked again by the rules the parser obeys.
 */
#include "feed/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/sandbox.h"

#define RESULT_MAGIC 0x6665656472657331ULL
#define RESULT_BYTES (2ULL << 30)
#define WORKER_CPU_S 60

/* the memory file: this head, then indicators, text, refusals */
struct result {
	uint64_t magic;
	int64_t status; /* of feed_parse() */
	uint64_t n_indicators, n_text, n_refusals;
	uint64_t lines, accepted, refused;
	char format[32];
};

struct job {
	const char *format;
	const struct feed_opts *opts;
	const char *data;
	size_t len;
	int out;
};

/* --- the worker --- */

static int write_all(int fd, const void *p, size_t n)
{
	const char *s = p;

	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0)
			return -errno;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

static int write_result(int fd, int status, const struct indicators *in, const struct feed_report *rep)
{
	struct result r = {
		.magic = RESULT_MAGIC, .status = status,
		.n_indicators = in->v.len, .n_text = in->text.len, .n_refusals = rep->refusals.len,
		.lines = rep->lines, .accepted = rep->accepted, .refused = rep->refused,
	};

	memcpy(r.format, rep->format, sizeof(r.format));
	return write_all(fd, &r, sizeof(r)) || write_all(fd, in->v.data, in->v.len * sizeof(*in->v.data)) ||
	       write_all(fd, in->text.data, in->text.len) ||
	       write_all(fd, rep->refusals.data, rep->refusals.len * sizeof(*rep->refusals.data));
}

static int worker(const struct job *j, pid_t parent)
{
	const int keep[] = { j->out, STDERR_FILENO };
	const struct sandbox s = {
		.profile = SANDBOX_PARSER, .keep = keep, .n_keep = ARRAY_SIZE(keep), .parent = parent,
		.memory_bytes = CORDON_FEED_MEMORY + RESULT_BYTES, .file_bytes = RESULT_BYTES, .cpu_s = WORKER_CPU_S,
		.no_new_fds = true,
	};
	struct indicators in = { 0 };
	struct feed_report rep = { 0 };
	struct strbuf err = { 0 };
	int r;

	if (sandbox_enter(&s, &err)) {
		write_all(STDERR_FILENO, err.s, err.len);
		write_all(STDERR_FILENO, "\n", 1);
		return 1;
	}
	r = feed_parse(j->format, j->data, j->len, j->opts, &in, &rep);
	return write_result(j->out, r, &in, &rep) ? 1 : 0;
}

/* --- what comes back --- */

static int read_all(int fd, void *p, size_t n)
{
	char *s = p;

	while (n) {
		ssize_t r = read(fd, s, n);

		if (r <= 0)
			return r ? -errno : -EPROTO;
		s += r;
		n -= (size_t)r;
	}
	return 0;
}

static bool head_ok(const struct result *h, uint64_t size)
{
	return h->magic == RESULT_MAGIC && h->status <= 0 && h->status > -4096 &&
	       h->n_indicators <= CORDON_FEED_ENTRIES && h->n_text <= UINT32_MAX && h->n_refusals <= CORDON_FEED_REFUSALS &&
	       (h->n_refusals <= h->refused) && memchr(h->format, '\0', sizeof(h->format)) &&
	       (!h->format[0] || feed_format_find(h->format)) &&
	       size == sizeof(*h) + h->n_indicators * sizeof(struct indicator) + h->n_text +
			       h->n_refusals * sizeof(struct feed_refusal);
}

static bool prefix_ok(const struct indicator *e)
{
	bool is_v4 = addr_is_v4(&e->prefix.addr) && e->prefix.len >= 96;

	if (e->prefix.len > 128 || is_v4 != (e->kind == CORDON_INDICATOR_IPV4))
		return false;
	for (unsigned int bit = e->prefix.len; bit < 128; bit++)
		if (bit % 8 == 0 ? e->prefix.addr.b[bit / 8] != 0 : e->prefix.addr.b[bit / 8] >> (7 - bit % 8) & 1)
			return false;
	return !space_refused(&e->prefix);
}

/* the text at @at is a whole name; the blob's bytes were checked before and end with a 0 */
static bool name_ok(const struct indicators *in, uint32_t at)
{
	const char *name;

	if (at >= in->text.len)
		return false;
	name = in->text.data + at;
	return (!at || !name[-1]) && *name && *name != '.' && strnlen(name, 254) <= 253 && !name_refused(name);
}

static bool entry_ok(const struct indicators *in, const struct indicator *e, const struct feed_opts *o)
{
	uint8_t flags = e->flags & (uint8_t)~CORDON_THREAT_SUBDOMAINS;

	if (e->action != o->action || e->confidence != o->confidence || e->feed || e->expires_ns ||
	    flags != (o->observe ? CORDON_THREAT_OBSERVE : 0))
		return false;
	if (e->kind == CORDON_INDICATOR_DOMAIN)
		return name_ok(in, e->text);
	return e->kind <= CORDON_INDICATOR_IPV6 && flags == e->flags && prefix_ok(e);
}

static bool result_ok(const struct indicators *in, struct feed_report *rep, const struct feed_opts *o)
{
	for (size_t i = 0; i < in->text.len; i++)
		if (in->text.data[i] && !name_byte_ok((unsigned char)in->text.data[i]))
			return false;
	if (in->text.len && in->text.data[in->text.len - 1])
		return false;
	for (size_t i = 0; i < in->v.len; i++)
		if (!entry_ok(in, &in->v.data[i], o))
			return false;
	for (size_t i = 0; i < rep->refusals.len; i++) {
		char *s = rep->refusals.data[i].reason;

		s[sizeof(rep->refusals.data[i].reason) - 1] = '\0';
		for (; *s; s++)
			if (*s < 0x20 || *s > 0x7e)
				*s = '?';
	}
	return true;
}

/* the memory file into @in and @rep, both empty; -EPROTO: not what a worker writes */
static int read_result(int fd, const struct feed_opts *o, struct indicators *in, struct feed_report *rep, int *ret_status)
{
	struct result h;
	struct stat st;

	if (fstat(fd, &st) || lseek(fd, 0, SEEK_SET) || read_all(fd, &h, sizeof(h)) || !head_ok(&h, (uint64_t)st.st_size))
		return -EPROTO;
	if (vec_reserve(&in->v, h.n_indicators) || vec_reserve(&in->text, h.n_text) ||
	    vec_reserve(&rep->refusals, h.n_refusals))
		return -ENOMEM;
	if (read_all(fd, in->v.data, h.n_indicators * sizeof(*in->v.data)) || read_all(fd, in->text.data, h.n_text) ||
	    read_all(fd, rep->refusals.data, h.n_refusals * sizeof(*rep->refusals.data)))
		return -EPROTO;
	in->v.len = h.n_indicators;
	in->text.len = h.n_text;
	rep->refusals.len = h.n_refusals;
	memcpy(rep->format, h.format, sizeof(rep->format));
	rep->lines = h.lines;
	rep->accepted = h.accepted;
	rep->refused = h.refused;
	*ret_status = (int)h.status;
	return result_ok(in, rep, o) ? 0 : -EPROTO;
}

/* a checked result goes behind what the caller has */
static int append(struct indicators *into, const struct indicators *in, const struct feed_opts *o)
{
	size_t text = into->text.len, n = into->v.len;
	int feed;

	if (text + in->text.len > UINT32_MAX || n + in->v.len >= UINT32_MAX)
		return -EFBIG;
	if (vec_reserve(&into->v, n + in->v.len) || vec_reserve(&into->text, text + in->text.len))
		return -ENOMEM;
	feed = indicators_feed(into, o->name, o->category);
	if (feed < 0)
		return feed;
	if (in->v.len)
		memcpy(into->v.data + n, in->v.data, in->v.len * sizeof(*in->v.data));
	if (in->text.len)
		memcpy(into->text.data + text, in->text.data, in->text.len);
	into->v.len += in->v.len;
	into->text.len += in->text.len;
	for (size_t i = n; i < into->v.len; i++) {
		into->v.data[i].feed = (uint16_t)feed;
		into->v.data[i].text += (uint32_t)text;
	}
	return 0;
}

/* the first feed of an empty set needs no copy */
static int take(struct indicators *into, struct indicators *in, const struct feed_opts *o)
{
	int r;

	if (into->v.len || into->text.len || into->feeds.len || into->v.data || into->text.data)
		return append(into, in, o);
	r = indicators_feed(into, o->name, o->category);
	if (r < 0)
		return r;
	into->v.data = in->v.data;
	into->v.len = in->v.len;
	into->v.cap = in->v.cap;
	into->text.data = in->text.data;
	into->text.len = in->text.len;
	into->text.cap = in->text.cap;
	in->v.data = NULL;
	in->text.data = NULL;
	return 0;
}

/* --- the parent --- */

/* waits for the worker, ends it at the time limit; 0, -ETIMEDOUT or -EPROTO with @err */
static int wait_for(pid_t pid, struct strbuf *err)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	bool late = fd >= 0 && poll(&pfd, 1, CORDON_FEED_TIMEOUT_MS) == 0;
	int status = 0;

	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0; /* somebody else took its status: the result speaks for itself */
	if (late) {
		strbuf_addf(err, "not parsed within %d s: split the feed", CORDON_FEED_TIMEOUT_MS / 1000);
		return -ETIMEDOUT;
	}
	if (!status)
		return 0;
	strbuf_adds(err, "the parser ");
	sandbox_explain(status, err);
	return -EPROTO;
}

/* a regular file mapped read-only; a file that shrinks meanwhile kills the worker, not us */
static int map_file(const char *path, char **ret, size_t *ret_len, struct strbuf *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st))
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if ((uint64_t)st.st_size > CORDON_FEED_BYTES)
		r = -EFBIG;
	if (r) {
		strbuf_adds(err, r == -ENOENT ? "missing: no such file" : r == -EINVAL ? "unreadable: not a regular file" :
				 r == -EFBIG ? "larger than 512 MiB: split it" : "unreadable: ");
		if (r != -ENOENT && r != -EINVAL && r != -EFBIG)
			strbuf_adds(err, strerror(-r));
		return r;
	}
	*ret_len = (size_t)st.st_size;
	*ret = NULL;
	if (!st.st_size)
		return 0;
	*ret = mmap(NULL, *ret_len, PROT_READ, MAP_PRIVATE, fd, 0);
	return *ret == MAP_FAILED ? -errno : 0;
}

static int run_worker(struct job *j, struct indicators *in, struct feed_report *rep, int *ret_status, struct strbuf *err)
{
	_cleanup_close_ int out = memfd_create("cordon-feed", MFD_CLOEXEC);
	pid_t self = getpid(), pid;
	int r;

	if (out < 0)
		return -errno;
	j->out = out;
	name_prepare();
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(worker(j, self));
	r = wait_for(pid, err);
	if (r)
		return r;
	r = read_result(out, j->opts, in, rep, ret_status);
	if (r)
		strbuf_adds(err, r == -ENOMEM ? "out of memory" : "the parser's result is not sound: nothing of it is used");
	return r;
}

static void explain_status(int r, const char *format, const struct feed_report *rep, struct strbuf *err)
{
	if (r == -ENODATA)
		strbuf_adds(err, "empty: nothing but comments and blank lines");
	else if (r == -ENOTSUP) {
		strbuf_addf(err, "no format '%s' (known: ", format);
		feed_format_names(err);
		strbuf_adds(err, ")");
	} else if (r == -EINVAL && rep->refusals.len)
		strbuf_addf(err, "line %u: %s%s", rep->refusals.data[0].line, rep->refusals.data[0].reason,
			    rep->refused > 1 ? "; no line is good" : "");
	else if (r == -EFBIG)
		strbuf_addf(err, "more than %d entries: split it", CORDON_FEED_ENTRIES);
	else
		strbuf_adds(err, strerror(-r));
}

int feed_parse_file(const char *format, const char *path, const struct feed_opts *opts, struct indicators *into,
		    struct feed_report *report, struct strbuf *err)
{
	struct job j = { .format = format, .opts = opts };
	struct indicators in = { 0 };
	size_t before = err->len;
	char *data = NULL;
	int r, status = 0;

	strbuf_addf(err, "feed '%s': ", opts->name);
	if (strcmp(opts->name, path))
		strbuf_addf(err, "%s: ", path);
	r = map_file(path, &data, &j.len, err);
	if (r)
		return r;
	j.data = data ? data : "";
	r = run_worker(&j, &in, report, &status, err);
	if (data)
		munmap(data, j.len);
	if (!r && !status)
		r = take(into, &in, opts);
	if (!r && status) {
		r = status;
		explain_status(r, format, report, err);
	}
	indicators_done(&in);
	if (!r && err->s)
		err->s[err->len = before] = '\0';
	return r;
}
