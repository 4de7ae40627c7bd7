/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files written by a thread of their own, so that whoever decides never waits
 * for a disk. Each file has one place: what waits there is replaced by newer
 * content, so that a slow disk costs neither memory nor order. A file is
 * replaced atomically (file_replace()): a crash leaves its old or its new
 * content. What is no whole file is added to what waits, up to a bound, and
 * written by a function of its owner. Tickets count what was handed over.
 */
#ifndef BASE_DISK_H
#define BASE_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define DISK_FILES 8 /* different paths at most */
#define DISK_WAIT_MAX (96U << 20) /* bytes that wait for one file, of what is added to */

struct disk;

/* 0 or -errno; starts the thread */
int disk_new(struct disk **ret);
/* readable when something has been written, or could not be; disk_heard() makes it silent again */
int disk_fd(const struct disk *d);
void disk_heard(struct disk *d);

/*
 * disk_replace() - hands a file's new content over
 * @text: taken over, and empty afterwards, also on failure
 * Return: 0; -ENOMEM also for a text that failed; -ENOSPC: too many different files
 */
int disk_replace(struct disk *d, const char *path, struct strbuf *text, unsigned int mode);

/*
 * disk_append() - more for a file that is not replaced; a path is used with this or with disk_replace(), never both
 * @write: called in the thread with all that waits, in order; 0 or -errno
 * @ctx: for @write alone until disk_free()
 * Return: 0; -ENOMEM; -ENOSPC: too many different files; -ENOBUFS: too much waits. Then nothing of @data was taken.
 */
typedef int (*disk_write)(void *ctx, const char *path, const void *data, size_t len);
int disk_append(struct disk *d, const char *path, const void *data, size_t len, disk_write write, void *ctx);

/* the ticket of what was handed over last; 0: nothing yet */
uint64_t disk_ticket(struct disk *d);
/*
 * disk_result() - what became of everything handed over from ticket @from to @to
 * @ret_path: the file that could not be written; may be NULL; valid as long as @d
 * Return: 0 all of it, or something newer, is on disk; -EINPROGRESS; or the -errno of a file's last attempt
 */
int disk_result(struct disk *d, uint64_t from, uint64_t to, const char **ret_path);
/* the same of one file and all that was ever handed over for it; 0 for one that never was */
int disk_state(struct disk *d, const char *path);

/* writes all that waits, however long it takes, and ends the thread */
void disk_free(struct disk *d);

#endif
