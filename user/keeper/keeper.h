/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper: the process of `cordon run`, the only one with rights. It loads
 * or adopts the kernel half, attaches it and keeps it attached, starts the
 * daemon and the inspector and starts them again when they end. It reads no
 * foreign bytes: a configuration its operator wrote, structs of fixed size
 * from the daemon, link messages of the kernel.
 */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include "conf/conf.h"

struct keeper_opts {
	/* the configuration as it is now (file and command line); for the start and for each reload */
	int (*read_conf)(struct conf *ret, void *ctx, struct strbuf *err);
	void *ctx;
	bool unload_on_exit; /* detach everything on a clean end */
};

/* runs until it is told to end; 0, or negative errno with one line in @err (what, where, the cure) */
int keeper_run(const struct keeper_opts *o, struct strbuf *err);

/* take the programs off when no daemon runs; name NULL: all interfaces. -ENOENT: nothing was attached there */
int keeper_detach_offline(const struct conf *c, const char *name, struct strbuf *err);

/* <run_dir>/ctl.sock, <bpffs>/cordon/v<ABI> */
char *keeper_ctl_path(const struct conf *c, char *dst, size_t size);
char *keeper_pin_dir(const struct conf *c, char *dst, size_t size);

#endif
