// SPDX-License-Identifier: BSD-2-Clause
/* Files of a load that are no rules; see data.h. */
#include "rule/data.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cordon_limits.h"
#include "rule/geoip.h"
#include "rule/iprep.h"

static const char *const kinds[] = {
	[RULE_FILE_DATASET] = "dataset:",
	[RULE_FILE_IPREP_CATEGORIES] = "iprep-categories:",
	[RULE_FILE_IPREP] = "iprep:",
	[RULE_FILE_GEOIP] = "geoip:",
};

const char *rule_file_path(const char *name, uint8_t *ret_kind)
{
	for (uint8_t i = RULE_FILE_DATASET; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i]);

		if (strncmp(name, kinds[i], n))
			continue;
		*ret_kind = i;
		return name + n;
	}
	*ret_kind = RULE_FILE_RULES;
	return name;
}

/* is @path the file that a rule calls @name? */
static bool is_called(const char *path, const char *name)
{
	size_t p = strlen(path), n = strlen(name);

	return p >= n && !strcmp(path + p - n, name) && (p == n || path[p - n - 1] == '/');
}

/* below the folder of the rules and nowhere else, whatever the name and the links say */
static int open_beside(const char *rules, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	const char *slash = strrchr(rules, '/');
	_cleanup_free_ char *dir = slash ? strndup(rules, (size_t)(slash - rules) + 1) : strdup(".");
	_cleanup_close_ int at = dir ? open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	long fd;

	if (!dir)
		return -ENOMEM;
	if (at < 0)
		return -errno;
	fd = syscall(SYS_openat2, at, name, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

int data_open(struct draft *d, const char *name, char **ret)
{
	const struct loader *ld = d->ld;
	_cleanup_close_ int fd = -1;
	size_t len;
	int r;

	for (size_t i = 0; i < ld->n_files; i++) {
		if (ld->files[i].kind != RULE_FILE_DATASET || !is_called(ld->files[i].path, name))
			continue;
		*ret = strndup(ld->files[i].data, ld->files[i].len);
		return *ret ? 0 : -ENOMEM;
	}
	if (!ld->may_open)
		return draft_fail(d, "'%.64s' is not among the files loaded: name it beside the rules, as dataset:%.64s", name, name);
	fd = open_beside(d->r->info.file, name);
	r = fd < 0 ? fd : file_read_fd(fd, CORDON_DATASET_BYTES, ret, &len);
	return r == -ENOMEM ? r : r ? draft_fail(d, "'%.64s': %s", name, strerror(-r)) : 0;
}

static int read_lines(struct loader *ld, const struct rule_file *f, data_refuse_fn refuse, void *ctx)
{
	bool is_list = f->kind == RULE_FILE_IPREP;
	char *line = f->data, *next;
	uint32_t n = 0;
	int r = 0;

	for (; !r && line; line = next) {
		const char *why = "";

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		n++;
		line = text_trim(line);
		if (!*line || *line == '#')
			continue;
		r = is_list ? iprep_line(ld->iprep, line, &why) : iprep_category_line(ld->iprep, line, &why);
		if (r == -EINVAL)
			r = refuse(ctx, f->path, n, is_list ? "iprep" : "iprep-categories", why);
	}
	return r;
}

int data_iprep(struct loader *ld, data_refuse_fn refuse, void *ctx)
{
	int r = 0;

	for (size_t i = 0; !r && i < ld->n_files; i++) {
		const struct rule_file *f = &ld->files[i];

		if (f->kind != RULE_FILE_IPREP && f->kind != RULE_FILE_IPREP_CATEGORIES)
			continue;
		ld->iprep = ld->iprep ?: calloc(1, sizeof(*ld->iprep));
		r = ld->iprep ? read_lines(ld, f, refuse, ctx) : -ENOMEM;
	}
	return r ?: ld->iprep ? iprep_finish(ld->iprep) : 0;
}

int data_geoip(struct loader *ld, struct rule_file *files, size_t n, struct strbuf *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		if (files[i].kind != RULE_FILE_GEOIP)
			continue;
		geoip_free(ld->geoip); /* the last one counts */
		ld->geoip = NULL;
		r = geoip_open(files[i].data, files[i].len, &ld->geoip);
		files[i].data = NULL;
		if (r == -EINVAL)
			strbuf_addf(err, "%s: no MaxMind database", files[i].path);
	}
	return r;
}
