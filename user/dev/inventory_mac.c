// SPDX-License-Identifier: BSD-2-Clause
/* Which MACs are known, and on how many VLANs: asked of each device that is denied, so no walk over all of them. */
#include "dev/inventory_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

static struct mac_key key_of(const struct cordon_device_key *key)
{
	struct mac_key k = { .zone = key->zone };

	memcpy(k.mac, key->mac, sizeof(k.mac));
	return k;
}

static struct mac_use *find(const struct inventory *inv, const struct cordon_device_key *key)
{
	struct mac_key k = key_of(key);
	struct mac_use *u;

	HASH_FIND(hh, inv->macs, &k, sizeof(k), u);
	return u;
}

bool inv_use_mac(struct inventory *inv, const struct cordon_device_key *key)
{
	struct mac_use *u;

	if (mac_is_zero(key->mac))
		return true;
	u = find(inv, key);
	if (!u) {
		u = calloc(1, sizeof(*u));
		if (!u)
			return false;
		u->key = key_of(key);
		HASH_ADD(hh, inv->macs, key, sizeof(u->key), u);
		if (!u->hh.tbl) { /* uthash had no memory */
			free(u);
			return false;
		}
	}
	u->n++;
	return true;
}

void inv_drop_mac(struct inventory *inv, const struct cordon_device_key *key)
{
	struct mac_use *u = mac_is_zero(key->mac) ? NULL : find(inv, key);

	if (!u || --u->n)
		return;
	HASH_DEL(inv->macs, u);
	free(u);
}

bool inventory_is_alone(const struct inventory *inv, const struct cordon_device_key *key)
{
	const struct mac_use *u = mac_is_zero(key->mac) ? NULL : find(inv, key);
	const struct entry *e;

	if (!u)
		return true;
	HASH_FIND(hh, inv->table, key, sizeof(*key), e);
	return u->n == (e ? 1 : 0);
}
