/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of a load that are no rules: values of datasets, IP reputation, a database of countries. They
 * are told by the word before the colon of their name ("dataset:bad.lst",
 * see rule_file_path()); a dataset's file may also just lie beside its rules,
 * where the load may open files itself.
 */
#ifndef RULE_DATA_H
#define RULE_DATA_H

#include "rule/draft.h"

/* a file of the load, read */
struct rule_file {
	const char *name, *path;
	uint8_t kind; /* RULE_FILE_* */
	char *data;   /* terminated */
	size_t len;
};

/*
 * data_open() - the text of the file a rule names
 * Return: 0 and a copy the caller frees; -EINVAL with the reason set; -ENOMEM
 */
int data_open(struct draft *d, const char *name, char **ret);

typedef int (*data_refuse_fn)(void *ctx, const char *file, uint32_t line, const char *keyword, const char *reason);
/* IP reputation from all files of the load that hold some; lines that mean nothing are refused one by one. 0 or -errno */
int data_iprep(struct loader *ld, data_refuse_fn refuse, void *ctx);
/* the database of countries, whose data it takes out of @files. 0; -EINVAL with @err; -ENOMEM */
int data_geoip(struct loader *ld, struct rule_file *files, size_t n, struct strbuf *err);

#endif
