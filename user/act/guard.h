/* SPDX-License-Identifier: BSD-2-Clause */
/* What must never be denied: compiled in, discovered, configured, added by hand. */
#ifndef ACT_GUARD_H
#define ACT_GUARD_H

#include "base/addr.h"
#include "base/str.h"
#include "kern/kern.h"

enum { GUARD_COMPILED, GUARD_CONFIGURED, GUARD_ADDED, GUARD_DISCOVERED };

struct guard_entry {
	struct cordon_guard_key key; /* as the kernel has it */
	uint32_t ifindex;	     /* where it lives; 0: anywhere */
	uint64_t until_ns;
	uint8_t origin;
	char what[ADDR_STR_MAX];
	char reason[96];
};

/* reasons of what was discovered of routers */
#define GUARD_DEFAULT_ROUTE "default route"
#define GUARD_NEXT_HOP "next hop of a route"

struct guard_list;

/* the compiled-in entries are there; @kern may be NULL */
int guard_new(struct kern *kern, struct guard_list **ret);
/* @what: MAC, address or prefix. -EINVAL, -E2BIG, -EEXIST with @err */
int guard_add(struct guard_list *g, const char *what, const char *reason, uint64_t until_ns, uint8_t origin,
	      struct strbuf *err);
int guard_remove(struct guard_list *g, const char *what, struct strbuf *err); /* only what was added; -ENOENT, -EPERM */
const struct guard_entry *guard_get(const struct guard_list *g, size_t i); /* NULL: no more */
int guard_rewrite(struct guard_list *g); /* somebody else has changed the kernel's list: every entry is written again */
#define GUARD_ANYWHERE UINT32_MAX
/* does an entry in force speak of this MAC (may be NULL) or address, living at @ifindex or GUARD_ANYWHERE? NULL: none */
const struct guard_entry *guard_find(const struct guard_list *g, const uint8_t *mac, const struct addr *a,
				     uint32_t ifindex, uint64_t now_ns);
/* other addresses are guarded when it is another number; kept, so asking costs nothing while none changes */
uint64_t guard_digest(struct guard_list *g);
int guard_discover(struct guard_list *g); /* replaces what was discovered before */
bool guard_expire(struct guard_list *g, uint64_t now_ns); /* true: something ended */
void guard_free(struct guard_list *g);

#endif
