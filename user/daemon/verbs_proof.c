/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in force, and how much of it is proven: the part of `status` and `stats` that says so. */
#include "act/attest.h"
#include "base/clock.h"
#include "daemon/verbs.h"

/* seconds of the last minute */
static void json_hook(struct json *j, const char *key, const struct port_status *p, int hook)
{
	json_begin(j, key, '{');
	json_u64(j, "asked", p->asked[hook]);
	json_u64(j, "proven", p->proven[hook]);
	json_bool(j, "passed_by", p->passed_by >> hook & 1);
	json_end(j, '}');
}

void verb_proof(struct json *j, const struct port_status *p)
{
	json_begin(j, "proof", '{');
	json_hook(j, "xdp", p, KERN_XDP);
	if (p->role != CORDON_ROLE_MIRROR)
		json_hook(j, "tc", p, KERN_TC);
	json_u64(j, "unseen", p->unseen);
	json_end(j, '}');
}

#define ATTESTED_NS (5 * 1000000000ULL) /* a proof older than this is none */

/* every interface attached, and what was asked of the programs last answered right */
static bool is_enforcing(const struct rpc_reply *a, const struct attest_stats *st)
{
	bool all = a->n_ports && !st->is_lost && st->last_ns && clock_now_ns() - st->last_ns < ATTESTED_NS;

	for (uint32_t i = 0; i < a->n_ports; i++)
		all = all && a->ports[i].enforcing;
	return all;
}

/* programs on interfaces, and of those how many met a packet in the last minute */
static void count_hooks(const struct rpc_reply *a, uint64_t *ret_entries, uint64_t *ret_proven)
{
	*ret_entries = *ret_proven = 0;
	for (uint32_t i = 0; i < a->n_ports; i++) {
		const struct port_status *p = &a->ports[i];

		for (int hook = 0; hook < (p->role == CORDON_ROLE_MIRROR ? KERN_TC : KERN_HOOKS); hook++) {
			++*ret_entries;
			*ret_proven += p->proven[hook] && !(p->passed_by >> hook & 1);
		}
	}
}

static void json_entries(struct json *j, const char *key, uint64_t entries, uint64_t proven)
{
	json_begin(j, key, '{');
	json_u64(j, "entries", entries);
	json_u64(j, "proven", proven);
	json_end(j, '}');
}

/* what is in force, and how much of it was proven in the last minute */
void verb_attestation(const struct daemon *d, struct json *j, const struct rpc_reply *a)
{
	struct attest_stats st;
	uint64_t entries, proven;

	act_attest_stats(d->act, &st);
	count_hooks(a, &entries, &proven);
	json_bool(j, "enforcing", is_enforcing(a, &st));
	json_begin(j, "attestation", '{');
	json_entries(j, "hooks", entries, proven);
	for (int k = 0; k < ATTEST_KINDS; k++) {
		entries += st.entries[k];
		proven += st.proven[k];
		json_entries(j, attest_names[k], st.entries[k], st.proven[k]);
	}
	json_u64(j, "entries", entries);
	json_u64(j, "proven", proven);
	json_u64(j, "proven_percent", entries ? proven * 100 / entries : 100);
	json_u64(j, "asked", st.asked);
	json_u64(j, "failed", st.failed);
	json_u64(j, "foreign", st.foreign);
	json_u64(j, "repairs", st.repairs);
	json_end(j, '}');
}
