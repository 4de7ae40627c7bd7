// SPDX-License-Identifier: BSD-2-Clause
/* What a device is called, whose a packet is, and when something was seen. */
#include "dev/inventory_int.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

bool inv_is_host_addr(const struct addr *a)
{
	static const struct addr zero;
	static const uint8_t mapped_any[16] = { [10] = 0xff, [11] = 0xff };

	if (!memcmp(a, &zero, sizeof(zero)) || !memcmp(a->b, mapped_any, sizeof(mapped_any)))
		return false;
	if (addr_is_v4(a))
		return a->b[12] < 224; /* RFC 1112 multicast, RFC 919 broadcast and what lies between */
	return a->b[0] != 0xff;	       /* RFC 4291 2.7 */
}

/* false: the facts name no device */
bool inv_key_of_facts(const struct cordon_facts *f, struct cordon_device_key *ret)
{
	struct addr addr;

	*ret = (struct cordon_device_key){ .zone = f->zone, .vlan = f->vlan };
	if (!mac_is_zero(f->mac)) {
		memcpy(ret->mac, f->mac, sizeof(ret->mac));
		return !(f->mac[0] & 1); /* IEEE 802: a group address is not a device */
	}
	memcpy(addr.b, f->from_device ? f->saddr : f->daddr, sizeof(addr.b));
	memcpy(ret->addr, addr.b, sizeof(ret->addr));
	return inv_is_host_addr(&addr);
}

/* behind a router the address is the key, and the MAC says nothing */
bool inv_key_behind_router(const struct cordon_facts *f, struct cordon_device_key *ret)
{
	struct cordon_facts g = *f;

	memset(g.mac, 0, sizeof(g.mac));
	return inv_key_of_facts(&g, ret);
}

char *device_key_str(char *dst, size_t size, const struct cordon_device_key *key)
{
	char value[ADDR_STR_MAX];
	struct addr a;

	if (!mac_is_zero(key->mac)) {
		snprintf(dst, size, "z%u-v%u-%s", key->zone, key->vlan, mac_str(value, sizeof(value), key->mac));
		return dst;
	}
	memcpy(a.b, key->addr, sizeof(a.b));
	addr_str(value, sizeof(value), &a);
	if (key->vlan)
		snprintf(dst, size, "z%u-v%u-%s", key->zone, key->vlan, value);
	else
		snprintf(dst, size, "z%u-%s", key->zone, value);
	return dst;
}

/* "z1-" or "v5-" at *s: its number; *s goes behind it. Anything else: 0, untouched. -EINVAL when out of range. */
static int take_part(const char **s, char letter, unsigned int max)
{
	char *end;
	unsigned long n;

	if ((*s)[0] != letter || (*s)[1] < '0' || (*s)[1] > '9')
		return 0;
	n = strtoul(*s + 1, &end, 10);
	if (*end != '-' || n > max)
		return -EINVAL;
	*s = end + 1;
	return (int)n;
}

int device_key_parse(const char *what, struct cordon_device_key *ret)
{
	struct cordon_device_key key = { 0 };
	int zone = take_part(&what, 'z', UINT16_MAX), vlan = take_part(&what, 'v', 4095);
	struct addr a;

	if (zone < 0 || vlan < 0)
		return -EINVAL;
	key.zone = (uint16_t)zone;
	key.vlan = (uint16_t)vlan;
	if (!mac_parse(what, key.mac)) {
		if (mac_is_zero(key.mac) || key.mac[0] & 1)
			return -EINVAL;
	} else if (!addr_parse(what, &a) && inv_is_host_addr(&a)) {
		memset(key.mac, 0, sizeof(key.mac));
		memcpy(key.addr, a.b, sizeof(key.addr));
	} else {
		return -EINVAL;
	}
	*ret = key;
	return 0;
}

void device_seen(uint64_t wall_ns, uint64_t *ret_ns, uint64_t *ret_wall_ns)
{
	uint64_t now_ns = clock_now_ns(), ns = wall_ns ? clock_from_wall_ns(wall_ns) : now_ns;

	*ret_ns = ns < now_ns ? ns : now_ns;
	*ret_wall_ns = 0;
	if (ns > DEVICE_BEFORE_BOOT)
		return;
	*ret_ns = DEVICE_BEFORE_BOOT;
	*ret_wall_ns = wall_ns;
}

uint64_t device_seen_wall_ns(uint64_t ns, uint64_t wall_ns)
{
	return ns == DEVICE_BEFORE_BOOT && wall_ns ? wall_ns : clock_to_wall_ns(ns);
}

unsigned int device_deny_keys(const struct device *d, struct cordon_deny_key *ret, unsigned int max)
{
	struct cordon_deny_key k = { .zone = d->key.zone, .vlan = d->key.vlan };

	if (!max)
		return 0;
	if (!mac_is_zero(d->key.mac)) {
		k.kind = CORDON_DENY_MAC;
		memcpy(k.value, d->key.mac, sizeof(d->key.mac));
	} else {
		k.kind = CORDON_DENY_ADDR;
		memcpy(k.value, d->key.addr, sizeof(d->key.addr));
	}
	ret[0] = k;
	return 1;
}
