/* SPDX-License-Identifier: BSD-2-Clause */
/* Between rules.c, rules_kept.c and rules_edits.c. */
#ifndef DAEMON_RULES_INT_H
#define DAEMON_RULES_INT_H

#include "daemon/rules.h"

/* --- rules_kept.c --- */

/* @fd is taken over, also on failure; @name is copied. -E2BIG: more than a request holds */
int rule_files_add(struct rule_files *f, const char *name, int fd);
/* *to becomes a copy of *from with descriptors of its own */
int rule_files_copy(struct rule_files *to, const struct rule_files *from);
void rule_files_done(struct rule_files *f);

/* 1: there are kept files, and they are in *ret */
int rules_kept_open(const struct daemon *d, struct rule_files *ret);
/* the live set becomes what the next start begins with */
void rules_kept_live(struct daemon *d);
void rules_kept_forget(const struct daemon *d);

/* --- rules_edits.c --- */

/* what the load under way is to keep to, else what is in force; borrowed, -1: nothing was said */
int rules_edits_fd(const struct rules *r);
void rules_edits_open(struct daemon *d); /* those of the last run */
/* one line more, for the next load; arguments as of rules_edit(). 0 or -errno, -EFBIG: too many */
int rules_edits_make(struct rules *r, const char *verb, const char *target, const char *where);
/* the load with the new line went well: it holds from now on, and after a restart */
void rules_edits_commit(struct daemon *d);
void rules_edits_drop(struct rules *r); /* it did not */

#endif
