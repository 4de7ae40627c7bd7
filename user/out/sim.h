/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who manages SIMs, or the ports of a switch: one file sim_<id>.c with a `struct sim_provider sim_<id>`
 * and a name in CONF_SIM_LIST. Between out_sim.c and the providers. Calls block
 * for at most SIM_TIMEOUT_MS each; ids are checked to be plain by sim_is_id().
 * Deleting a session is no quarantine (the SIM comes back by itself), suspending
 * costs a fee, terminating cannot be undone: none of the three is here.
 */
#ifndef OUT_SIM_H
#define OUT_SIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

#define SIM_ID_MAX 64
#define SIM_TIMEOUT_MS 5000

struct sim {
	char id[SIM_ID_MAX], group[SIM_ID_MAX]; /* group "": none */
	bool is_active;
};

struct sim_account {
	const char *url, *ca_file;   /* NULL: the provider's own, the system's */
	const char *key_id, *secret; /* copied */
};

/*
 * Functions return 0; -ENOENT no such SIM; -ENOTUNIQ more than one has the
 * address now; -EAGAIN worth another try; another errno: refused for good.
 * why(): the last failure in words.
 */
struct sim_provider {
	const char *name, *noun; /* "soracom", "SIM" */
	bool by_mac; /* find() is given the device's MAC, not its addresses */
	int (*open)(const struct sim_account *a, void **ret, struct strbuf *err);
	int (*find)(void *state, const char *addr, struct sim *ret); /* the one SIM that holds the address in a session now; the MAC's port */
	int (*get)(void *state, const char *id, struct sim *ret);
	int (*set_group)(void *state, const char *id, const char *group); /* "": out of any */
	int (*set_active)(void *state, const char *id, bool active);
	const char *(*why)(const void *state);
	void (*close)(void *state);
};

/* letters, digits, - and _: what may stand in a path as it is */
bool sim_is_id(const char *s);

#endif
