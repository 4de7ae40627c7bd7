/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The YAML subset as a row of events, for read.c: at any time there is one
 * current event. Anchors, aliases, tags and a second document are errors here,
 * so that nobody above meets them.
 */
#ifndef CONF_EVENTS_H
#define CONF_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum events_kind { EVENTS_SCALAR, EVENTS_MAPPING, EVENTS_MAPPING_END, EVENTS_LIST, EVENTS_LIST_END, EVENTS_OTHER };

struct events;

/* @path is for messages, which go to @err; all are borrowed. -ENOMEM */
int events_new(const char *path, const char *text, size_t len, struct strbuf *err, struct events **ret);
void events_free(struct events *y);

/* 1: the root of the document is the current event; 0: there is none (an empty file); -EINVAL */
int events_begin(struct events *y);
/* after the root: 0 when nothing follows */
int events_end(struct events *y);

int events_next(struct events *y);
enum events_kind events_kind(const struct events *y);
size_t events_line(const struct events *y); /* of the current event, 1 ... */

/* the text of the current scalar, valid until events_next(); -EINVAL: no scalar, or a zero byte in it */
int events_scalar(struct events *y, const char *name, const char **ret);
/* -EINVAL "'NAME' must be WHAT" when the current event is of another kind */
int events_expect(struct events *y, enum events_kind kind, const char *what, const char *name);
/* within a mapping: 1 and the next key, valid until events_next(); 0: it ended */
int events_key(struct events *y, const char **ret);

/* "PATH:LINE: ..." into the text of errors; -EINVAL */
int events_fail(struct events *y, size_t line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
