// SPDX-License-Identifier: BSD-2-Clause
/* What devices say of themselves, and whom they talk to. */
#include "dev/inventory_int.h"

#include <string.h>

#include "base/str.h"

static void copy_claim(char *dst, const char *src)
{
	if (src[0])
		str_copy(dst, DEVICE_NAME_MAX, src);
}

struct device *inventory_claim(struct inventory *inv, const struct cordon_facts *f, const struct identity *i, uint64_t now_ns,
			       struct device **ret_other)
{
	struct cordon_facts link = *f;
	struct device *d;
	struct addr a;

	*ret_other = NULL;
	/* the sender of the frame claims, whatever source the packet in it has */
	if (mac_is_zero(f->mac))
		return NULL;
	memset(link.saddr, 0, sizeof(link.saddr));
	d = inventory_touch(inv, &link, now_ns);
	if (!d || (d->ifindex && d->ifindex != f->ifindex))
		return NULL; /* somebody else under its MAC */
	for (unsigned int k = 0; k < i->n_addrs && k < IDENTITY_ADDRS; k++) {
		struct device *other;

		memcpy(a.b, i->addrs[k], sizeof(a.b));
		other = inv_take_addr(inv, d, &a, now_ns);
		if (other)
			*ret_other = other;
	}
	d->conflicts += *ret_other != NULL;
	copy_claim(d->host, i->host);
	copy_claim(d->model, i->vendor);
	copy_claim(d->fingerprint, i->fingerprint);
	d->flags |= (i->roles & IDENTITY_DHCP_SERVER ? DEVICE_DHCP_SERVER : 0) | (i->roles & IDENTITY_ROUTER ? DEVICE_RA : 0);
	return d;
}

/* of two from before this boot the wall clock tells */
static bool is_older(const struct device_peer *a, const struct device_peer *b)
{
	return a->last_ns != b->last_ns ? a->last_ns < b->last_ns : a->last_wall_ns < b->last_wall_ns;
}

void inventory_note_peer(struct device *d, const struct cordon_facts *f, uint64_t now_ns)
{
	struct device_peer *p = &d->peers[0];
	struct addr a;
	uint16_t port = (uint16_t)(f->dport << 8 | f->dport >> 8); /* network order */

	if (!f->from_device || f->dir != CORDON_TO_SERVER)
		return;
	memcpy(a.b, f->daddr, sizeof(a.b));
	for (unsigned int i = 0; i < DEVICE_PEERS; i++) {
		struct device_peer *q = &d->peers[i];

		if (q->flows && !memcmp(&q->addr, &a, sizeof(a)) && q->port == port && q->proto == f->proto) {
			p = q;
			break;
		}
		if (is_older(q, p))
			p = q;
	}
	if (!p->flows || memcmp(&p->addr, &a, sizeof(a)) || p->port != port || p->proto != f->proto)
		*p = (struct device_peer){ .addr = a, .port = port, .proto = f->proto };
	p->flows++;
	p->last_ns = now_ns;
	p->last_wall_ns = 0;
	if (f->app > CORDON_APP_NONE)
		p->app = f->app;
}

struct device *inventory_lookalike(struct inventory *inv, const struct device *d, uint64_t now_ns)
{
	struct entry *e, *tmp;

	if (!device_mac_is_random(d) || !d->host[0] || !d->fingerprint[0])
		return NULL;
	HASH_ITER(hh, inv->table, e, tmp)
		if (&e->d != d && e->d.key.zone == d->key.zone && !strcmp(e->d.host, d->host) &&
		    !strcmp(e->d.fingerprint, d->fingerprint) && now_ns > e->d.last_ns + OWNED_NS && e->d.last_ns <= d->first_ns)
			return &e->d;
	return NULL;
}
