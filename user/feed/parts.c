// SPDX-License-Identifier: BSD-2-Clause
/* Several files as one content; see parts.h. Nothing here looks into a file but for its frame. */
#include "feed/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/vec.h"
#include "cordon_limits.h"

/* --- writing --- */

static int write_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t w = write(fd, s, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

int feed_parts_begin(int fd)
{
	return write_all(fd, FEED_PARTS_MAGIC, strlen(FEED_PARTS_MAGIC));
}

int feed_part_begin(int fd, const char *name, int64_t *ret_at)
{
	char head[300];
	int n = snprintf(head, sizeof(head), "file %0*d %.255s\n", FEED_PART_DIGITS, 0, name);

	*ret_at = lseek(fd, 0, SEEK_CUR);
	return *ret_at < 0 ? -errno : write_all(fd, head, (size_t)n);
}

int feed_part_end(int fd, int64_t at)
{
	char head[300], digits[FEED_PART_DIGITS + 9];
	off_t end = lseek(fd, 0, SEEK_CUR);
	ssize_t n = pread(fd, head, sizeof(head), at);
	const char *line = n > 0 ? memchr(head, '\n', (size_t)n) : NULL;
	int64_t len = line && end >= 0 ? end - at - (line + 1 - head) : -1;

	if (len < 0 || len >= 1000000000000)
		return len < 0 ? -EIO : -EFBIG;
	snprintf(digits, sizeof(digits), "%0*lld", FEED_PART_DIGITS, (long long)len);
	return pwrite(fd, digits, FEED_PART_DIGITS, at + 5) == FEED_PART_DIGITS ? 0 : -EIO;
}

/* a regular file, without waiting for what is none */
static int open_regular(int dir, const char *path)
{
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return (uint64_t)st.st_size > CORDON_FEED_BYTES ? -EFBIG : TAKE_FD(fd);
}

/* the file's bytes as a part; *left: how many more the whole may have */
static int add_part(int to, const char *name, int from, uint64_t *left)
{
	char buf[65536];
	int64_t at;
	ssize_t n;
	int r = feed_part_begin(to, name, &at);

	while (!r && (n = read(from, buf, sizeof(buf)))) {
		if (n < 0)
			return -errno;
		if ((uint64_t)n > *left)
			return -EFBIG;
		*left -= (uint64_t)n;
		r = write_all(to, buf, (size_t)n);
	}
	return r ? r : feed_part_end(to, at);
}

static int new_content(void)
{
	_cleanup_close_ int fd = memfd_create("feed", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : feed_parts_begin(fd);

	return r ? r : TAKE_FD(fd);
}

static int open_signed(const char *path, int file)
{
	_cleanup_close_ int fd = new_content(), sig = -1;
	const char *base = strrchr(path, '/');
	uint64_t left = CORDON_FEED_BYTES, few = FEED_SIGNATURE_BYTES;
	char sig_path[4100];
	int r = fd < 0 ? fd : 0;

	if (snprintf(sig_path, sizeof(sig_path), "%s.sig", path) >= (int)sizeof(sig_path))
		return -ENAMETOOLONG;
	sig = open_regular(AT_FDCWD, sig_path);
	if (sig < 0)
		return sig == -ENOENT ? -ENOKEY : sig;
	if (!r)
		r = add_part(fd, base ? base + 1 : path, file, &left);
	if (!r)
		r = add_part(fd, "signature.sig", sig, &few);
	return r ? r : TAKE_FD(fd);
}

/* what stands in a directory of lists and is none itself */
static bool is_left_out(const char *name)
{
	static const char *const begins[] = {".", "README", "LICENSE", "LICENCE", "COPYING"};
	static const char *const is[] = {"manifest.json", "hashes.csv"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (!strncasecmp(name, begins[i], strlen(begins[i])))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(is); i++)
		if (!strcmp(name, is[i]))
			return true;
	return dot && (!strcmp(dot, ".sig") || !strcmp(dot, ".asc") || !strcmp(dot, ".md"));
}

static int wanted(const struct dirent *e)
{
	return !is_left_out(e->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* the same order in every locale */
}

static int open_directory(const char *path)
{
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = new_content();
	uint64_t left = CORDON_FEED_BYTES;
	struct dirent **list = NULL;
	int n = dir < 0 ? -1 : scandir(path, &list, wanted, by_name), r = n < 0 ? -errno : fd < 0 ? fd : 0;

	if (!r && n > FEED_PARTS_MAX)
		r = -EFBIG;
	for (int i = 0; i < n; i++) {
		_cleanup_close_ int from = r ? -1 : open_regular(dir, list[i]->d_name);

		if (!r && from < 0 && from != -EISDIR && from != -EINVAL)
			r = from;
		if (!r && from >= 0)
			r = add_part(fd, list[i]->d_name, from, &left);
		free(list[i]);
	}
	free(list);
	return r ? r : TAKE_FD(fd);
}

int feed_open(const char *path, bool is_signed)
{
	_cleanup_close_ int fd = open_regular(AT_FDCWD, path);

	if (fd == -EISDIR)
		return is_signed ? -EINVAL : open_directory(path);
	if (fd < 0)
		return fd;
	return is_signed ? open_signed(path, fd) : TAKE_FD(fd);
}

/* --- reading --- */

bool feed_parts_is(const char *data, size_t len)
{
	size_t n = strlen(FEED_PARTS_MAGIC);

	return len >= n && !memcmp(data, FEED_PARTS_MAGIC, n);
}

int feed_parts_next(const char *data, size_t len, size_t *at, struct feed_part *ret)
{
	const size_t fixed = 5 + FEED_PART_DIGITS + 1;
	const char *line, *end;
	uint64_t n = 0;

	if (!*at)
		*at = strlen(FEED_PARTS_MAGIC);
	if (*at == len)
		return 0;
	line = data + *at;
	end = memchr(line, '\n', len - *at < 300 ? len - *at : 300);
	if (!end || (size_t)(end - line) <= fixed || (size_t)(end - line) - fixed >= sizeof(ret->name) ||
	    memcmp(line, "file ", 5) || line[fixed - 1] != ' ')
		return -EINVAL;
	for (size_t i = 5; i < 5 + FEED_PART_DIGITS; i++) {
		if (line[i] < '0' || line[i] > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(line[i] - '0');
	}
	if (n > (uint64_t)(data + len - (end + 1)))
		return -EINVAL;
	memcpy(ret->name, line + fixed, (size_t)(end - line) - fixed);
	ret->name[(size_t)(end - line) - fixed] = '\0';
	ret->data = end + 1;
	ret->len = (size_t)n;
	*at = (size_t)(ret->data + ret->len - data);
	return 1;
}

/* two parts, of which the second is the signature of the first; nothing else */
static int verify(const char *data, size_t len, const char *key, struct strbuf *err)
{
	struct feed_part file, sig, more;
	size_t at = 0;
	int r;

	if (!feed_parts_is(data, len) || feed_parts_next(data, len, &at, &file) != 1 ||
	    feed_parts_next(data, len, &at, &sig) != 1 || strcmp(sig.name, "signature.sig") ||
	    feed_parts_next(data, len, &at, &more)) {
		strbuf_adds(err, "signature_missing: this feed has a key, and its content came without a signature");
		return -ENOKEY;
	}
	r = ed25519_verify(key, file.data, file.len, sig.data, sig.len);
	if (r == -EPROTO)
		strbuf_adds(err, "signature_malformed: neither 64 bytes nor base64 of them");
	else if (r == -EBADMSG)
		strbuf_addf(err, "signature_wrong: not signed by %s, or changed since", key);
	else if (r == -EINVAL)
		strbuf_addf(err, "key_malformed: '%s' is not 32 bytes in base64", key);
	else if (r)
		strbuf_adds(err, strerror(-r));
	return r;
}

int feed_verify(int fd, const char *key, struct strbuf *err)
{
	struct stat st;
	char *data;
	int r;

	if (fstat(fd, &st))
		return -errno;
	if (!st.st_size)
		return verify("", 0, key, err);
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	r = verify(data, (size_t)st.st_size, key, err);
	munmap(data, (size_t)st.st_size);
	return r;
}
