/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an operator says about rules without touching their files, one line
 * each: the directives of Suricata's threshold.config, and the lists of
 * suricata-update (enable, disable, drop, modify) with the verb before each
 * line or in the file's name (disable.conf). They hold for all files of the
 * load, whatever their order, so an update of the rules does not undo them.
 */
#ifndef RULE_EDIT_H
#define RULE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct edits;
struct draft;
struct loader;
struct rule;

/* the verb that each line of a file of this name stands for, or "" */
const char *edits_verb_of_file(const char *path);
/* is @line (@len bytes, then a line's end or a zero) one of these? @verb: of the file, "" when it has none */
bool edits_is_line(const char *line, size_t len, const char *verb);
/* @line may be changed; 0, -EINVAL with @reason, -ENOMEM */
int edits_add(struct loader *ld, const char *verb, char *line, struct strbuf *reason);
/* could a rule that is commented out be wanted? */
bool edits_enable_any(const struct loader *ld);

enum edit_fate { EDIT_KEEP, EDIT_DISABLED };
/*
 * edits_apply() - a rule's text before it is parsed
 * @text:       may be changed in place
 * @commented:  it stands behind a '#'
 * @ret_text:   @text, or a new one in the arena
 */
int edits_apply(struct loader *ld, const char *file, char *text, bool commented, char **ret_text, enum edit_fate *ret);
/* gid (1) and sid (0) as a rule's text has them */
void edits_number(const char *text, uint32_t *ret_gid, uint32_t *ret_sid);
/* thresholds, rate filters and suppressions for a parsed rule */
int edits_finish(struct loader *ld, struct rule *r);
/* see ruleset_last_edit() */
size_t edits_last(const struct edits *e);
void edits_free(struct edits *e);

#endif
