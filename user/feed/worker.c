// SPDX-License-Identifier: BSD-2-Clause
/*
 * feed_parse_file(): the file is opened here, read and parsed in a child that
 * holds nothing but it and a memory file for the result (base/sandbox.h,
 * PARSER). What comes back goes through result.c, which believes nothing. A
 * large file is parsed in pieces, one child and one thread that waits for it
 * and looks at its result for each.
 */
#include "feed/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/sandbox.h"
#include "feed/parts.h"

#define WORKER_CPU_S 60
#define PIECE_BYTES (4u << 20) /* less is parsed sooner than a process is started */
#define PIECES_MAX 4

struct job {
	const char *format;
	const struct feed_opts *opts;
	const char *data;
	size_t len;
	struct feed_piece piece;
	int out; /* the memory file */
	pid_t pid;
	/* what became of it: as run_worker() says; @in and @rep when r is 0 */
	int r, status;
	struct indicators in;
	struct feed_report rep;
	struct strbuf err;
};

static int worker(const struct job *j, pid_t parent)
{
	const int keep[] = {j->out, STDERR_FILENO};
	const struct sandbox s = {
		.profile = SANDBOX_PARSER,
		.keep = keep,
		.n_keep = ARRAY_SIZE(keep),
		.parent = parent,
		.memory_bytes = CORDON_FEED_MEMORY,
		.file_bytes = FEED_RESULT_BYTES,
		.cpu_s = WORKER_CPU_S,
		.no_new_fds = true,
	};
	struct indicators in = {0};
	struct feed_report rep = {0};
	struct strbuf err = {0};
	int r;

	if (sandbox_enter(&s, &err)) {
		dprintf(STDERR_FILENO, "%s\n", err.s);
		return 1;
	}
	r = feed_parse_piece(j->format, j->data, j->len, j->piece, j->opts, &in, &rep);
	return result_write(j->out, r, &in, &rep) ? 1 : 0;
}

/* --- the parent --- */

/* waits for the worker, ends it at the time limit; 0, -ETIMEDOUT or -EPROTO with @err */
static int wait_for(pid_t pid, struct strbuf *err)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	bool late = fd >= 0 && poll(&pfd, 1, CORDON_FEED_TIMEOUT_MS) == 0;
	int status = 0;

	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0; /* somebody else took its status: the result speaks for itself */
	if (late) {
		strbuf_addf(err, "not parsed within %d s: split the feed",
			    CORDON_FEED_TIMEOUT_MS / 1000);
		return -ETIMEDOUT;
	}
	if (!status)
		return 0;
	strbuf_adds(err, "the parser ");
	sandbox_explain(status, err);
	return -EPROTO;
}

/* a file, or the files of a directory, mapped read-only; a file that shrinks meanwhile kills the worker, not us */
static int map_file(const char *path, char **ret, size_t *ret_len, struct strbuf *err)
{
	_cleanup_close_ int fd = feed_open(path, false);
	struct stat st;
	int r = fd < 0 ? fd : 0;

	if (!r && fstat(fd, &st))
		r = -errno;
	else if (!r && (uint64_t)st.st_size > CORDON_FEED_BYTES)
		r = -EFBIG;
	if (r) {
		strbuf_adds(err, r == -ENOENT   ? "missing: no such file"
				 : r == -EINVAL ? "unreadable: not a regular file"
				 : r == -EFBIG  ? "larger than 512 MiB: split it"
						: "unreadable: ");
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

static int start_worker(struct job *j)
{
	pid_t self = getpid();

	j->out = memfd_create("cordon-feed", MFD_CLOEXEC);
	if (j->out < 0)
		return -errno;
	j->pid = fork();
	if (j->pid < 0)
		return -errno;
	if (!j->pid)
		_exit(worker(j, self));
	return 0;
}

static void *end_worker(void *ctx)
{
	struct job *j = ctx;

	j->r = wait_for(j->pid, &j->err);
	if (j->r)
		return NULL;
	j->r = result_read(j->out, j->opts, &j->in, &j->rep, &j->status);
	closep_(&j->out); /* its memory is wanted for what comes next */
	j->out = -1;
	if (j->r)
		strbuf_adds(&j->err, j->r == -ENOMEM ? "out of memory" : "the parser's result is not sound: nothing of it is used");
	return NULL;
}

/* all of them begun before the first is waited for */
static void run_workers(struct job *jobs, uint32_t n)
{
	pthread_t thread[PIECES_MAX];
	bool is_running[PIECES_MAX] = {false};
	uint32_t begun = 0;

	name_prepare();
	while (begun < n && !(jobs[begun].r = start_worker(&jobs[begun])))
		begun++;
	for (uint32_t i = 1; i < begun; i++)
		is_running[i] = !pthread_create(&thread[i], NULL, end_worker, &jobs[i]);
	for (uint32_t i = 0; i < begun; i++) {
		if (is_running[i])
			pthread_join(thread[i], NULL);
		else
			end_worker(&jobs[i]);
	}
}

static uint32_t pieces_of(size_t len)
{
	cpu_set_t set;
	size_t n = sched_getaffinity(0, sizeof(set), &set) ? 1 : (size_t)CPU_COUNT(&set);

	if (n > len / PIECE_BYTES)
		n = len / PIECE_BYTES;
	return n < 1 ? 1 : n > PIECES_MAX ? PIECES_MAX : (uint32_t)n;
}

/* in pieces, joined in the order of the file; 0, and *ret_status is feed_parse()'s, or a negative errno with @err */
static int parse_in_workers(const struct job *whole, struct indicators *in, struct feed_report *rep, int *ret_status, struct strbuf *err)
{
	struct job jobs[PIECES_MAX];
	uint32_t n = pieces_of(whole->len);
	int r = 0;

	for (uint32_t i = 0; i < n; i++) {
		jobs[i] = *whole;
		jobs[i].piece = (struct feed_piece){i, n};
		jobs[i].out = -1;
	}
	run_workers(jobs, n);
	*ret_status = -ENODATA;
	for (uint32_t i = 0; i < n; i++) {
		struct job *j = &jobs[i];

		if (!r && j->r) {
			r = j->r;
			strbuf_adds(err, j->err.s ? j->err.s : "");
		}
		if (!r)
			r = result_join(in, rep, ret_status, &j->in, &j->rep, j->status);
		indicators_done(&j->in);
		feed_report_done(&j->rep);
		strbuf_done(&j->err);
		closep_(&j->out);
	}
	return r;
}

static void explain_status(int r, const char *format, const struct feed_report *rep,
			   struct strbuf *err)
{
	if (r == -ENODATA)
		strbuf_adds(err, "empty: no entry in it");
	else if (r == -ENOTSUP) {
		strbuf_addf(err, "no format '%s' (known: ", format);
		feed_format_names(err);
		strbuf_adds(err, ")");
	} else if (r == -EINVAL && rep->refusals.len)
		strbuf_addf(err, "line %u: %s%s", rep->refusals.data[0].line,
			    rep->refusals.data[0].reason,
			    rep->refused > 1 ? "; no line is good" : "");
	else if (r == -EFBIG)
		strbuf_addf(err, "more than %d entries: split it", CORDON_FEED_ENTRIES);
	else
		strbuf_adds(err, strerror(-r));
}

int feed_parse_file(const char *format, const char *path, const struct feed_opts *opts,
		    struct indicators *into, struct feed_report *report, struct strbuf *err)
{
	struct job j = {.format = format, .opts = opts};
	struct indicators in = {0};
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
	r = parse_in_workers(&j, &in, report, &status, err);
	if (data)
		munmap(data, j.len);
	/* a warning list names on purpose what the built-in lists protect */
	if (!r && !status && !(in.v.len && in.v.data[0].mark == FEED_MARK_GUARD))
		status = feed_guard(&in, report);
	if (!r && !status)
		r = result_take(into, &in, opts);
	if (!r && status) {
		r = status;
		explain_status(r, format, report, err);
	}
	indicators_done(&in);
	if (!r && err->s)
		err->s[err->len = before] = '\0';
	return r;
}
