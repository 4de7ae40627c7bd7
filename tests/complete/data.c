// SPDX-License-Identifier: BSD-2-Clause
/* Real rules and captures, from the folder that CORDON_DATA names: all its rules in one text, its captures one by one. */
#include <err.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "complete/complete.h"

#define FILE_BYTES_MAX (32u << 20)

static struct data *filled; /* nftw() has no context */

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && !strcmp(s + n - k, end);
}

static void add_rules(struct strbuf *rules, const char *path)
{
	char *text;
	size_t n;

	if (file_read(path, FILE_BYTES_MAX, &text, &n))
		return;
	strbuf_add(rules, text, n);
	strbuf_adds(rules, "\n");
	free(text);
}

static int take(const char *path, const struct stat *st, int type, struct FTW *where)
{
	char *copy;

	(void)where;
	if (type != FTW_F || st->st_size > FILE_BYTES_MAX)
		return 0;
	if (ends_with(path, ".rules")) {
		add_rules(&filled->rules, path);
	} else if (ends_with(path, ".pcap") || ends_with(path, ".pcapng") || ends_with(path, ".cap")) {
		copy = strdup(path);
		if (!copy || vec_push(&filled->captures, copy))
			errx(1, "out of memory");
	}
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool real_data_open(struct data *d, const char *dir)
{
	*d = (struct data){ 0 };
	filled = d;
	if (nftw(dir, take, 16, FTW_PHYS) || !d->rules.len || !d->captures.len)
		return false;
	qsort(d->captures.data, d->captures.len, sizeof(*d->captures.data), by_path);
	return true;
}

void real_data_done(struct data *d)
{
	for (size_t i = 0; i < d->captures.len; i++)
		free(d->captures.data[i]);
	vec_done(&d->captures);
	strbuf_done(&d->rules);
}
