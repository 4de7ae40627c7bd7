// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bounded strings, text to numbers, and whole files. The conversions are
 * strict: no sign, no blanks around, no overflow, the whole string or nothing.
 */
#include "base/str.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

/* --- strbuf --- */

static bool strbuf_room(struct strbuf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	char *s;

	if (b->len + n + 1 <= b->cap)
		return true;
	while (cap < b->len + n + 1)
		cap *= 2;
	s = realloc(b->s, cap);
	if (!s) {
		b->failed = true;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void strbuf_add(struct strbuf *b, const void *p, size_t n)
{
	if (!strbuf_room(b, n))
		return;
	if (n)
		memcpy(b->s + b->len, p, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !strbuf_room(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->s)
		b->s[0] = '\0';
}

void strbuf_done(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){ 0 };
}

/* --- plain strings --- */

size_t str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size - 1);

	memcpy(dst, src, n);
	dst[n] = '\0';
	return n;
}

static char folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

void str_fold(char *s)
{
	for (; *s; s++)
		*s = folded(*s);
}

bool str_has_folded(const char *s, const char *needle)
{
	for (;; s++) {
		size_t n = 0;

		while (needle[n] && folded(s[n]) == needle[n])
			n++;
		if (!needle[n] || !*s)
			return !needle[n];
	}
}

char *str_escape(char *dst, size_t size, const void *src, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *p = src;
	size_t i, o = 0;

	for (i = 0; i < n; i++) {
		bool plain = p[i] >= 0x20 && p[i] < 0x7f && p[i] != '\\';

		if (o + (plain ? 1 : 4) >= size)
			break;
		if (plain) {
			dst[o++] = (char)p[i];
			continue;
		}
		dst[o++] = '\\';
		dst[o++] = 'x';
		dst[o++] = hex[p[i] >> 4];
		dst[o++] = hex[p[i] & 15];
	}
	dst[o] = '\0';
	return dst;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT_MAX;
}

/* digits of @base from *s on; *s is left behind the last one. -EINVAL when there is none, -ERANGE on overflow. */
static int read_digits(const char **s, int base, uint64_t *ret)
{
	const char *p = *s;
	uint64_t v = 0;
	bool over = false;

	for (; digit_value(*p) < base; p++)
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)digit_value(*p), &v))
			over = true;
	if (p == *s)
		return -EINVAL;
	*s = p;
	*ret = v;
	return over ? -ERANGE : 0;
}

int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	bool is_hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	uint64_t v;
	int r;

	if (is_hex)
		s += 2;
	r = read_digits(&s, is_hex ? 16 : 10, &v);
	if (r == -EINVAL || *s)
		return -EINVAL;
	if (r || v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

/* --- durations and sizes --- */

struct unit {
	const char *name;
	uint64_t value;
};

/* largest first: a duration names its units in this order, each once */
static const struct unit durations[] = {
	{ "w", 7 * 86400 * 1000000000ULL }, { "d", 86400 * 1000000000ULL },
	{ "h", 3600 * 1000000000ULL },	    { "m", 60 * 1000000000ULL },
	{ "s", 1000000000ULL },		    { "ms", 1000000ULL },
	{ "us", 1000ULL },		    { "ns", 1ULL },
};

static const struct unit sizes[] = {
	{ "", 1 },	       { "b", 1 },
	{ "kb", 1000 },	       { "mb", 1000000 },
	{ "gb", 1000000000 },  { "tb", 1000000000000 },
	{ "k", 1ULL << 10 },   { "m", 1ULL << 20 },   { "g", 1ULL << 30 },
	{ "kib", 1ULL << 10 }, { "mib", 1ULL << 20 }, { "gib", 1ULL << 30 },
	{ "tib", 1ULL << 40 },
};

/* the row whose name is the run of letters at *s; *s is left behind it */
static const struct unit *read_unit(const char **s, const struct unit *rows, size_t n)
{
	size_t len = 0, i;

	while (isalpha((unsigned char)(*s)[len]))
		len++;
	for (i = 0; i < n; i++) {
		if (strlen(rows[i].name) != len || strncasecmp(rows[i].name, *s, len))
			continue;
		*s += len;
		return &rows[i];
	}
	return NULL;
}

static int add_scaled(uint64_t *sum, uint64_t v, uint64_t unit)
{
	uint64_t x;

	if (__builtin_mul_overflow(v, unit, &x) || __builtin_add_overflow(*sum, x, sum))
		return -ERANGE;
	return 0;
}

int str_to_duration_ns(const char *s, uint64_t *ret_ns)
{
	const struct unit *u, *last = NULL;
	uint64_t v, sum = 0;
	int r;

	do {
		r = read_digits(&s, 10, &v);
		if (r)
			return r;
		if (!*s && !last) /* a bare number is seconds */
			u = &durations[4];
		else
			u = read_unit(&s, durations, ARRAY_SIZE(durations));
		if (!u || (last && u <= last))
			return -EINVAL;
		r = add_scaled(&sum, v, u->value);
		if (r)
			return r;
		last = u;
	} while (*s);
	*ret_ns = sum;
	return 0;
}

int str_to_size(const char *s, uint64_t *ret_bytes)
{
	const struct unit *u;
	uint64_t v, sum = 0;
	int r = read_digits(&s, 10, &v);

	if (r)
		return r;
	if (*s == ' ')
		s++;
	u = read_unit(&s, sizes, ARRAY_SIZE(sizes));
	if (!u || *s)
		return -EINVAL;
	r = add_scaled(&sum, v, u->value);
	if (r)
		return r;
	*ret_bytes = sum;
	return 0;
}

char *str_duration(char *dst, size_t size, uint64_t ns)
{
	unsigned int shown = 0;
	struct strbuf b = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(durations) && shown < 2; i++) {
		uint64_t n = ns / durations[i].value;

		if (!n && shown) /* 1d and 3 s is "1d", not "1d 3s" */
			break;
		if (!n || !strcmp(durations[i].name, "w"))
			continue;
		strbuf_addf(&b, "%s%llu%s", shown ? " " : "", (unsigned long long)n, durations[i].name);
		ns -= n * durations[i].value;
		shown++;
	}
	str_copy(dst, size, b.s ? b.s : "0s");
	strbuf_done(&b);
	return dst;
}

/* --- nearest name --- */

#define NEAREST_MAX 64

/* Levenshtein's distance; both at most NEAREST_MAX - 1 bytes */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int row[NEAREST_MAX], diag, up, i, j;

	for (j = 0; j <= strlen(b); j++)
		row[j] = j;
	for (i = 1; i <= strlen(a); i++) {
		diag = row[0];
		row[0] = i;
		for (j = 1; j <= strlen(b); j++) {
			unsigned int best = diag + (a[i - 1] != b[j - 1]);

			up = row[j];
			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diag = up;
		}
	}
	return row[strlen(b)];
}

const char *str_nearest(const char *s, const char *const *names)
{
	size_t len = strlen(s), best = 1 + len / 3;
	const char *ret = NULL;

	if (len >= NEAREST_MAX)
		return NULL;
	for (; *names; names++) {
		unsigned int d;

		if (strlen(*names) >= NEAREST_MAX)
			continue;
		d = edit_distance(s, *names);
		if (d <= best && d < strlen(*names)) {
			ret = *names;
			best = d ? d - 1 : 0;
			if (!d)
				break;
		}
	}
	return ret;
}

/* --- whole files --- */

static int read_all(int fd, size_t max, struct strbuf *b)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk)))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (b->len + (size_t)n > max)
			return -EFBIG;
		strbuf_add(b, chunk, (size_t)n);
		if (b->failed)
			return -ENOMEM;
	}
	strbuf_add(b, "", 0); /* an empty file is an empty string, not NULL */
	return b->failed ? -ENOMEM : 0;
}

int file_read_fd(int fd, size_t max, char **ret_data, size_t *ret_len)
{
	struct strbuf b = { 0 };
	int r = lseek(fd, 0, SEEK_SET) < 0 && errno != ESPIPE ? -errno : read_all(fd, max, &b);

	if (r) {
		strbuf_done(&b);
		return r;
	}
	*ret_data = b.s;
	*ret_len = b.len;
	return 0;
}

int file_read(const char *path, size_t max, char **ret_data, size_t *ret_len)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : file_read_fd(fd, max, ret_data, ret_len);
}

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* a rename is only safe on disk when its directory is */
static int sync_dir_of(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	_cleanup_close_ int fd = -1;
	char *slash;

	if (!dir)
		return -ENOMEM;
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) && errno != EINVAL ? -errno : 0;
}

static int fill_and_rename(int fd, const char *tmp, const char *path, const void *data, size_t len,
			   unsigned int mode)
{
	int r;

	if (fchmod(fd, mode))
		return -errno;
	r = write_all(fd, data, len);
	if (r)
		return r;
	if (fsync(fd) || rename(tmp, path))
		return -errno;
	return sync_dir_of(path);
}

int file_replace(const char *path, const void *data, size_t len, unsigned int mode)
{
	_cleanup_free_ char *tmp = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0) {
		tmp = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fill_and_rename(fd, tmp, path, data, len, mode);
	if (r)
		unlink(tmp); /* nothing to remove when the rename was done */
	return r;
}

/* as mkostemp() names them */
#define TMP_TAIL 7

void file_sweep(const char *path)
{
	_cleanup_free_ char *dir = strdup(path);
	char *name = dir ? strrchr(dir, '/') : NULL;
	size_t len = name ? strlen(name + 1) : 0;
	const struct dirent *e;
	DIR *d;

	if (!name || name == dir)
		return;
	*name++ = '\0';
	d = opendir(dir);
	while (d && (e = readdir(d)))
		if (strlen(e->d_name) == len + TMP_TAIL && !strncmp(e->d_name, name, len) && e->d_name[len] == '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}
