/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's side of rules: which files make up the set, the request to the
 * inspector, the swap of the kernel's part. Rule text is never looked at here.
 *
 * `cordon rules load` replaces the configuration's files by those it names;
 * copies are kept in <state_dir>/rules and win at the next start, until
 * `cordon reload` goes back to the configuration. What `rules enable`,
 * `disable` and `suppress` said stands in <state_dir>/rules.edits, one line
 * each, and holds for whatever files are loaded.
 */
#ifndef DAEMON_RULES_H
#define DAEMON_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/vec.h"
#include "proc/msg.h"

struct daemon;
struct handover;

struct rule_files {
	size_t n;
	char *names[MSG_FILES_MAX];
	int fds[MSG_FILES_MAX];
	bool by_hand; /* of `rules load` */
};

struct rules {
	struct rule_files live;	     /* as last loaded, for an inspector that begins anew */
	struct rule_files configured;
	struct rule_files candidate; /* being loaded */
	int classification;	     /* -1 */
	bool loading, listing, again; /* again: once more when this load is done */
	uint32_t token, generation, loaded, refused;
	int prefilter, answer;	     /* of the request under way; -1 */
	int edits, edits_next;	     /* what was said by hand; what it becomes if this load succeeds; -1: nothing */
	uint64_t client;	     /* who waits; 0: nobody */
	char error[256];	     /* of the last load that failed */
};

void rules_init(struct rules *r);
/* the configuration's files; hand-loaded ones in the state directory win unless @h is a reload */
void rules_configure(struct daemon *d, struct handover *h);
/* `rules load`: copies of @fds become the set. 0: the reply follows; else *err */
int rules_load(struct daemon *d, uint64_t client, const char *const *names, const int *fds, size_t n, struct strbuf *err);
/* CONTROL_LIST, CONTROL_PROFILE, or CONTROL_SHOW of a rule; the reply follows, or *err */
int rules_ask(struct daemon *d, uint64_t client, uint32_t what, uint32_t gid, uint32_t sid, struct strbuf *err);
/*
 * rules_edit() - `rules enable|disable|suppress`
 * @target: sid, gid:sid, re:, group: or filename:; @where: ", track by_src, ip 192.0.2.1" or ""
 * Return: 0: the reply follows; else *err
 */
int rules_edit(struct daemon *d, uint64_t client, const char *verb, const char *target, const char *where, struct strbuf *err);
/* there is an inspector, and it knows nothing yet */
void rules_inspector(struct daemon *d);
void rules_inspector_gone(struct daemon *d);
void rules_answer(struct daemon *d, const struct control_reply *a);
void rules_done(struct rules *r);

#endif
