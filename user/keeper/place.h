/* SPDX-License-Identifier: BSD-2-Clause */
/* Where Cordon lives: its directories, its lock, the rights it needs. Keeper only. */
#ifndef KEEPER_PLACE_H
#define KEEPER_PLACE_H

#include <sys/types.h>

#include "conf/conf.h"

/* run_dir, state_dir and the directory of the event file are there and belong to whom they must */
int place_prepare(const struct conf *c, uid_t uid, gid_t gid, struct strbuf *err);
/* the event file is there and the daemon may append; again after a log rotation */
int place_eve_file(const struct conf *c, uid_t uid, gid_t gid, struct strbuf *err);
/*
 * place_rotate() - the event file has the size it may have: it becomes FILE.1, and another one is begun
 * @ret_fd: the new file, for the daemon
 * Return: 1; 0: it has not; negative errno with @err, and all stays
 */
int place_rotate(const struct conf *c, uid_t uid, gid_t gid, int *ret_fd, struct strbuf *err);
/* one daemon at a time: the descriptor that holds the lock, or -EBUSY ("already running as pid N"), -errno */
int place_lock(const struct conf *c, struct strbuf *err);
/* unlink every pin: maps and programs live on only where they are attached or open */
void place_remove_pins(const char *pin_dir);
/* 0; -EPERM naming what is missing */
int place_rights(struct strbuf *err);

#endif
