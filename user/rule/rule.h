/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule of the Suricata language, parsed. Text -> struct rule by lex.c and
 * parse.c; each keyword is one file and one row in keywords.h.
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/str.h"
#include "base/vec.h"
#include "cordon_event.h"
#include "cordon_lists.h"

enum { RULE_ACTION_ALERT, RULE_ACTION_PASS, RULE_ACTION_DROP, RULE_ACTION_REJECT };
/* who is told of a rejected packet, bits */
#define RULE_REJECT_SRC 1
#define RULE_REJECT_DST 2

struct rule;
struct ruleset;

/* what a file of a load is; the word before the colon of its name says so ("iprep:bad.list"), without one it holds rules */
enum { RULE_FILE_RULES, RULE_FILE_DATASET, RULE_FILE_IPREP_CATEGORIES, RULE_FILE_IPREP, RULE_FILE_GEOIP };
/* the file of this name holds what the operator said by command: the last line that fits a rule decides */
#define RULE_FILE_BY_HAND "by hand"
/* the path in the name of such a file */
const char *rule_file_path(const char *name, uint8_t *ret_kind);

/* name=value for $HOME_NET and the like; value in rule syntax */
struct rule_var {
	const char *name, *value;
};

struct rule_refusal {
	char *file;
	uint32_t line; /* 1 ... */
	uint32_t sid;  /* 0: not read */
	char *keyword; /* "" when the header or the syntax is at fault */
	char *reason;
};

/*
 * ruleset_load() - parse rule files; what is not supported is refused, the rest loads
 * @vars: override the defaults, which are those of Suricata's shipped configuration
 * @classification: classification.config or NULL (built-in priorities then)
 * Return: 0 also when rules were refused; -errno when a file cannot be read (with @err). *ret owned by the caller.
 */
int ruleset_load(const char *const *files, size_t n_files, const struct rule_var *vars, size_t n_vars,
		 const char *classification, struct ruleset **ret, struct strbuf *err);
/* the same from open files, for a process that may open none; @names are what messages say; @classification_fd -1: none */
int ruleset_load_fds(const char *const *names, const int *fds, size_t n_files, const struct rule_var *vars, size_t n_vars,
		     int classification_fd, struct ruleset **ret, struct strbuf *err);
/* the same of one text in memory; @name stands for the file in refusals */
int ruleset_load_text(const char *name, const char *text, size_t len, const struct rule_var *vars, size_t n_vars,
		      struct ruleset **ret, struct strbuf *err);
void ruleset_free(struct ruleset *rs);

size_t ruleset_count(const struct ruleset *rs);
/* rules left out because a list says so */
struct rule_disabled {
	uint32_t gid, sid, line;
	const char *file, *text;
};
size_t ruleset_disabled(const struct ruleset *rs, const struct rule_disabled **ret); /* @ret may be NULL */
/* how many rules the last line of RULE_FILE_BY_HAND fits */
size_t ruleset_last_edit(const struct ruleset *rs);
const struct rule *ruleset_get(const struct ruleset *rs, size_t i);
size_t ruleset_refusals(const struct ruleset *rs, const struct rule_refusal **ret);

/* what an alert needs to say */
struct rule_info {
	uint32_t sid, gid, rev;
	uint8_t severity; /* 1 (worst) ... 255 */
	uint8_t action;
	uint8_t reject; /* RULE_REJECT_* */
	const char *msg, *classtype, *category, *text, *file;
	uint32_t line;
	bool is_target_src, is_target_dst; /* `target` keyword: who is the victim */
};
void rule_info(const struct rule *r, struct rule_info *ret);
uint32_t rule_order(const struct rule *r); /* in the order of rules: which comes first when not all are told */
/* "active", "suppressed" (always), "suppressed for some" */
const char *rule_state_name(const struct rule *r);

#endif
