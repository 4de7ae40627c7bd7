// SPDX-License-Identifier: BSD-2-Clause
/* Dead letters; see dead.h. A letter is one write with O_APPEND, so that threads do not mix. */
#include "out/dead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"

struct dead_letters {
	atomic_uint refs;
	atomic_bool said_full;
	char path[];
};

int dead_letters_new(const char *state_dir, struct dead_letters **ret)
{
	static const char name[] = "/dead-letters.json";
	struct dead_letters *d;
	size_t n;

	*ret = NULL;
	if (!state_dir)
		return 0;
	n = strlen(state_dir) + sizeof(name);
	d = calloc(1, sizeof(*d) + n);
	if (!d)
		return -ENOMEM;
	atomic_init(&d->refs, 1);
	snprintf(d->path, n, "%s%s", state_dir, name);
	*ret = d;
	return 0;
}

struct dead_letters *dead_letters_ref(struct dead_letters *d)
{
	atomic_fetch_add(&d->refs, 1);
	return d;
}

void dead_letters_unref(struct dead_letters *d)
{
	if (d && atomic_fetch_sub(&d->refs, 1) == 1)
		free(d);
}

static void append(struct dead_letters *d, const char *text, size_t len)
{
	_cleanup_close_ int fd = open(d->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		log_error("%s: %s; a dead letter is lost", d->path, strerror(errno));
	} else if (st.st_size + (off_t)len > DEAD_LETTERS_MAX) {
		if (!atomic_exchange(&d->said_full, true))
			log_error("%s: is full; look at it and move it away, further dead letters are only counted", d->path);
	} else if (write(fd, text, len) != (ssize_t)len) {
		log_error("%s: %s; a dead letter is lost", d->path, strerror(errno));
	}
}

void dead_letters_add(struct dead_letters *d, const char *output, const struct out_line *l)
{
	struct json j = { 0 };
	char id[33];

	snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)l->id[0], (unsigned long long)l->id[1]);
	json_begin(&j, NULL, '{');
	json_str(&j, "output", output);
	json_str(&j, "id", id);
	json_raw(&j, "event", l->text);
	json_end(&j, '}');
	strbuf_adds(&j.b, "\n");
	if (!j.b.failed)
		append(d, j.b.s, j.b.len);
	json_done(&j);
}
