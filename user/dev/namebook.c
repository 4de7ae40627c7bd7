/* SPDX-License-Identifier: BSD-2-Clause */
#include "dev/namebook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"

struct slot {
	uint64_t id; /* 0: free */
	uint32_t at; /* in texts */
};

struct namebook {
	struct slot *slots; /* open addressing, at most half full */
	size_t mask;
	struct strbuf texts;
};

/* 64 bits with a seed nobody knows stand for the key: among a hundred thousand, two are alike once in a billion books */
static uint64_t id_of(const struct cordon_device_key *key)
{
	uint64_t id = hash_seeded(key, sizeof(*key));

	return id ? id : 1;
}

static struct slot *slot_of(const struct namebook *b, uint64_t id)
{
	size_t i = id & b->mask;

	while (b->slots[i].id && b->slots[i].id != id)
		i = (i + 1) & b->mask;
	return &b->slots[i];
}

static int count(struct device *dev, void *ctx)
{
	size_t *n = ctx;

	*n += !!dev->name[0];
	return 0;
}

static int take(struct device *dev, void *ctx)
{
	struct namebook *b = ctx;
	struct slot *s;

	if (!dev->name[0])
		return 0;
	s = slot_of(b, id_of(&dev->key));
	*s = (struct slot){ id_of(&dev->key), (uint32_t)b->texts.len };
	strbuf_add(&b->texts, dev->name, strlen(dev->name) + 1);
	return b->texts.failed ? -ENOMEM : 0;
}

int namebook_new(struct inventory *inv, struct namebook **ret)
{
	struct namebook *b = calloc(1, sizeof(*b));
	size_t named = 0, slots = 2;
	int r;

	if (!b)
		return -ENOMEM;
	inventory_each(inv, count, &named);
	while (slots < 2 * named)
		slots *= 2;
	b->mask = slots - 1;
	b->slots = calloc(slots, sizeof(*b->slots));
	r = b->slots ? inventory_each(inv, take, b) : -ENOMEM;
	if (r) {
		namebook_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

const char *namebook_get(const struct namebook *b, const struct cordon_device_key *key)
{
	const struct slot *s = slot_of(b, id_of(key));

	return s->id ? b->texts.s + s->at : "";
}

void namebook_free(struct namebook *b)
{
	if (!b)
		return;
	free(b->slots);
	strbuf_done(&b->texts);
	free(b);
}
