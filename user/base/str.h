/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounded strings and text to numbers. No function here logs. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* growable text; always terminated once anything was added; failed: an allocation failed, text is what fitted */
struct strbuf {
	char *s;
	size_t len, cap;
	bool failed;
};

void strbuf_add(struct strbuf *b, const void *p, size_t n);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_clear(struct strbuf *b);
void strbuf_done(struct strbuf *b);

/* copy with truncation, always terminated; returns bytes written without the 0 */
size_t str_copy(char *dst, size_t size, const char *src);

/* is @needle, in lower case, in @s, in whatever case? ASCII; short texts: strcasestr() prepares for long ones at each call */
bool str_has_folded(const char *s, const char *needle);
/* @s in lower case, ASCII only */
void str_fold(char *s);

/* printable form of foreign bytes: others as \xNN; always terminated; returns dst */
char *str_escape(char *dst, size_t size, const void *src, size_t n);

/* Whole string must be a number in [min, max], decimal or 0x; 0, -EINVAL (no number), -ERANGE. Untouched on failure. */
int str_to_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* "10m", "1h30m", "500ms", "7d", "90" (seconds) -> nanoseconds */
int str_to_duration_ns(const char *s, uint64_t *ret_ns);
/* "64KiB", "16 MiB", "1GB", "4096" -> bytes */
int str_to_size(const char *s, uint64_t *ret_bytes);
/* nanoseconds -> "1h 3m", two units at most */
char *str_duration(char *dst, size_t size, uint64_t ns);

/* the entry of @names (NULL-terminated) nearest to @s by edit distance, or NULL when none is near */
const char *str_nearest(const char *s, const char *const *names);

/* read a whole file of at most @max bytes; data is terminated; 0, -EFBIG, -errno. Caller frees. */
int file_read(const char *path, size_t max, char **ret_data, size_t *ret_len);
/* the same of an open file, from its start */
int file_read_fd(int fd, size_t max, char **ret_data, size_t *ret_len);
/* write aside, fsync, rename; 0 or -errno */
int file_replace(const char *path, const void *data, size_t len, unsigned int mode);
/* takes away what file_replace() of this path left when it was killed; for the only writer, at its start */
void file_sweep(const char *path);

#endif
