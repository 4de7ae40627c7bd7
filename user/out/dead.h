/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dead letters: alarms that no receiver took in the end, kept for whoever looks
 * later. One file for all outputs, <state_dir>/dead-letters.json, a JSON object a
 * line: {"output","id","event"}. At most DEAD_LETTERS_MAX bytes; then they are only
 * counted in the output's `failed`. Any thread may add.
 */
#ifndef OUT_DEAD_H
#define OUT_DEAD_H

#include "out/outputs.h"

#define DEAD_LETTERS_MAX (16 << 20)

struct dead_letters;

/* @state_dir NULL: nothing is kept and *ret is NULL. 0 or -ENOMEM; the file is made with the first letter */
int dead_letters_new(const char *state_dir, struct dead_letters **ret);
/* an output whose peer holds it up may outlive the rest: counted, the last one frees */
struct dead_letters *dead_letters_ref(struct dead_letters *d);
void dead_letters_unref(struct dead_letters *d);
void dead_letters_add(struct dead_letters *d, const char *output, const struct out_line *l);

#endif
