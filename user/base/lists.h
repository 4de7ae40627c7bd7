/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of everything in include/cordon_lists.h, both ways. */
#ifndef BASE_LISTS_H
#define BASE_LISTS_H

#include "cordon_lists.h"

/* NULL when @id is out of range */
const char *reason_name(unsigned int id);
const char *reason_help(unsigned int id);
const char *counter_name(unsigned int id);
const char *app_name(unsigned int id);
const char *level_name(unsigned int id);
const char *mode_name(unsigned int id);
const char *role_name(unsigned int id);
const char *action_name(unsigned int id);
const char *indicator_name(unsigned int id);

/* the number of a name, or -EINVAL */
int level_from_name(const char *s);
int mode_from_name(const char *s);
int role_from_name(const char *s);
int action_from_name(const char *s);
int app_from_name(const char *s);

#endif
