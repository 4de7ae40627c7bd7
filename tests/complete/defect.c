// SPDX-License-Identifier: BSD-2-Clause
/*
 * Defects put in on purpose: what the fuzzer must find, or it proves nothing.
 * They are put in from outside, between the replay and the kernel (the linker
 * wraps two calls, see the Makefile), so that no program has a switch for them.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "complete/complete.h"
#include "kern/kern.h"
#include "pipeline.h"

int __real_kern_test_run(struct kern *k, int hook, const void *frame, size_t len, bool *ret_drop, uint32_t *ret_ns);
int __wrap_kern_test_run(struct kern *k, int hook, const void *frame, size_t len, bool *ret_drop, uint32_t *ret_ns);
int __real_pipeline_event(const struct cordon_event_hdr *ev, void *pipeline);
int __wrap_pipeline_event(const struct cordon_event_hdr *ev, void *pipeline);

/* the last bytes of the previous segment are forgotten */
static void no_carry(struct cordon_flow *f)
{
	f->d[0].carry = f->d[1].carry = 0;
}

/* what was strange is clean again */
static void no_strange(struct cordon_flow *f)
{
	f->flags &= ~CORDON_FLOW_STRANGE;
}

/* a literal marks its packet, not its flow */
static void no_follow(struct cordon_flow *f)
{
	f->relaxed = f->triggers;
}

static const struct {
	const char *name;
	void (*before)(struct cordon_flow *f); /* each packet, on each flow record */
	int drops;			       /* kind of record that does not arrive; -1: none */
} defects[] = {
	{ "carry", no_carry, -1 },
	{ "strange", no_strange, -1 },
	{ "follow", no_follow, -1 },
	{ "history", NULL, CORDON_EVENT_HIST },
};
static size_t chosen = ARRAY_SIZE(defects);

int defect_choose(const char *name)
{
	for (chosen = 0; chosen < ARRAY_SIZE(defects); chosen++)
		if (!strcmp(defects[chosen].name, name))
			return 0;
	return -EINVAL;
}

const char *defect_names(void)
{
	return "carry strange follow history";
}

int __wrap_kern_test_run(struct kern *k, int hook, const void *frame, size_t len, bool *ret_drop, uint32_t *ret_ns)
{
	struct cordon_flow *f;

	if (chosen < ARRAY_SIZE(defects) && defects[chosen].before)
		for (uint32_t i = 0; (f = kern_flow(k, i)); i++)
			if (f->key)
				defects[chosen].before(f);
	return __real_kern_test_run(k, hook, frame, len, ret_drop, ret_ns);
}

int __wrap_pipeline_event(const struct cordon_event_hdr *ev, void *pipeline)
{
	if (chosen < ARRAY_SIZE(defects) && ev->kind == defects[chosen].drops)
		return 0;
	return __real_pipeline_event(ev, pipeline);
}
