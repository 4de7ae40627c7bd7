/* SPDX-License-Identifier: BSD-2-Clause */
/* What `rules enable`, `disable` and `suppress` said: one line each in <state_dir>/rules.edits; see rules_int.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/rules_int.h"

#define EDITS_BYTES (1 << 20)

int rules_edits_fd(const struct rules *r)
{
	return r->edits_next >= 0 ? r->edits_next : r->edits;
}

static char *edits_path(const struct daemon *d, char *dst, size_t size)
{
	snprintf(dst, size, "%s/rules.edits", d->conf.state_dir);
	return dst;
}

void rules_edits_open(struct daemon *d)
{
	char path[4400];
	int fd = open(edits_path(d, path, sizeof(path)), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno != ENOENT)
		log_error("%s: %s; what was said of rules by hand does not hold", path, strerror(errno));
	if (d->rules.edits >= 0)
		close(d->rules.edits);
	d->rules.edits = fd;
}

void rules_edits_drop(struct rules *r)
{
	if (r->edits_next >= 0)
		close(r->edits_next);
	r->edits_next = -1;
}

void rules_edits_commit(struct daemon *d)
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

int rules_edits_make(struct rules *r, const char *verb, const char *target, const char *where)
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
