// SPDX-License-Identifier: BSD-2-Clause
/*
 * The guard list: one array, searched before a deny entry is written, and the
 * same entries in the kernel's trie, asked again at each packet that would be
 * dropped. An endpoint that lives on a known interface is guarded only there:
 * a device that borrows the gateway's address on its own link is a spoof.
 */
#include "act/guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/vec.h"

#define KEY_HEAD_BITS 16 /* kind and pad, before the value */

struct guard_list {
	struct kern *kern;
	VEC(struct guard_entry) v;
	uint64_t digest; /* of the addresses, in any order */
	bool changed;	 /* since the digest was made */
};

/* never one host, or this host itself: RFC 1122 3.2.1.3, RFC 4291 2.5.2, 2.5.3, 2.7 */
static const struct {
	const char *what, *reason;
} compiled[] = {
	{ "0.0.0.0", "unspecified address" },
	{ "127.0.0.0/8", "loopback" },
	{ "224.0.0.0/4", "multicast" },
	{ "255.255.255.255", "broadcast" },
	{ "::", "unspecified address" },
	{ "::1", "loopback" },
	{ "ff00::/8", "multicast" },
	{ "ff:ff:ff:ff:ff:ff", "broadcast" },
};

static int key_of(const char *what, struct cordon_guard_key *ret)
{
	struct cordon_guard_key k = { 0 };
	struct prefix p;

	if (!mac_parse(what, k.value)) {
		k.kind = CORDON_DENY_MAC;
		k.prefixlen = KEY_HEAD_BITS + 48;
	} else if (prefix_parse(what, &p) >= 0) {
		k.kind = CORDON_DENY_ADDR;
		k.prefixlen = KEY_HEAD_BITS + p.len;
		memcpy(k.value, p.addr.b, sizeof(k.value));
	} else {
		return -EINVAL;
	}
	*ret = k;
	return 0;
}

/* the kernel's entry of a key is that of the first in the list that has it */
static int sync_key(struct guard_list *g, const struct cordon_guard_key *key)
{
	struct cordon_guard val;

	if (!g->kern)
		return 0;
	for (size_t i = 0; i < g->v.len; i++) {
		const struct guard_entry *e = &g->v.data[i];

		if (memcmp(&e->key, key, sizeof(*key)))
			continue;
		val = (struct cordon_guard){ .until_ns = e->until_ns, .ifindex = e->ifindex, .reason_id = e->origin };
		return kern_guard_put(g->kern, key, &val);
	}
	return kern_guard_del(g->kern, key);
}

static void remove_at(struct guard_list *g, size_t i)
{
	struct cordon_guard_key key = g->v.data[i].key;

	memmove(&g->v.data[i], &g->v.data[i + 1], (g->v.len - i - 1) * sizeof(g->v.data[0]));
	g->v.len--;
	g->changed = true;
	(void)sync_key(g, &key);
}

static int append(struct guard_list *g, const struct guard_entry *e)
{
	int r;

	if (g->v.len >= CORDON_GUARD_MAX)
		return -E2BIG;
	r = vec_push(&g->v, *e);
	if (r)
		return r;
	r = sync_key(g, &e->key);
	if (r)
		g->v.len--;
	g->changed = true;
	return r;
}

static int say(struct strbuf *err, int code, const char *what)
{
	if (!err)
		return code;
	if (code == -EINVAL)
		strbuf_addf(err, "'%s' is no MAC, address or prefix", what);
	else if (code == -EEXIST)
		strbuf_addf(err, "'%s' is guarded already", what);
	else if (code == -ENOENT)
		strbuf_addf(err, "'%s' is not in the guard list", what);
	else if (code == -EPERM)
		strbuf_addf(err, "'%s' was not added by hand: it is compiled in, discovered, or in the configuration file", what);
	else if (code == -E2BIG)
		strbuf_addf(err, "the guard list is full (%d entries): guard a prefix instead of its addresses", CORDON_GUARD_MAX);
	else
		strbuf_addf(err, "guarding '%s': %s", what, strerror(-code));
	return code;
}

static int add_entry(struct guard_list *g, const char *what, const char *reason, uint64_t until_ns, uint32_t ifindex,
		     uint8_t origin)
{
	struct guard_entry e = { .ifindex = ifindex, .until_ns = until_ns, .origin = origin };

	if (key_of(what, &e.key))
		return -EINVAL;
	for (size_t i = 0; i < g->v.len; i++)
		if (g->v.data[i].origin == origin && !memcmp(&g->v.data[i].key, &e.key, sizeof(e.key)))
			return -EEXIST;
	str_copy(e.what, sizeof(e.what), what);
	str_copy(e.reason, sizeof(e.reason), reason ? reason : "");
	return append(g, &e);
}

int guard_add(struct guard_list *g, const char *what, const char *reason, uint64_t until_ns, uint8_t origin,
	      struct strbuf *err)
{
	int r = add_entry(g, what, reason, until_ns, 0, origin);

	return r ? say(err, r, what) : 0;
}

int guard_remove(struct guard_list *g, const char *what, struct strbuf *err)
{
	struct cordon_guard_key key;
	bool other = false;

	if (key_of(what, &key))
		return say(err, -EINVAL, what);
	for (size_t i = 0; i < g->v.len; i++) {
		if (memcmp(&g->v.data[i].key, &key, sizeof(key)))
			continue;
		if (g->v.data[i].origin == GUARD_ADDED) {
			remove_at(g, i);
			return 0;
		}
		other = true;
	}
	return say(err, other ? -EPERM : -ENOENT, what);
}

int guard_rewrite(struct guard_list *g)
{
	int r = 0, err;

	for (size_t i = 0; i < g->v.len; i++) {
		err = sync_key(g, &g->v.data[i].key);
		r = r ? r : err;
	}
	return r;
}

const struct guard_entry *guard_get(const struct guard_list *g, size_t i)
{
	return i < g->v.len ? &g->v.data[i] : NULL;
}

const struct guard_entry *guard_find(const struct guard_list *g, const uint8_t *mac, const struct addr *a,
				     uint32_t ifindex, uint64_t now_ns)
{
	for (size_t i = 0; i < g->v.len; i++) {
		const struct guard_entry *e = &g->v.data[i];
		struct prefix p = { .len = (uint8_t)(e->key.prefixlen - KEY_HEAD_BITS) };

		if (e->until_ns <= now_ns || (e->ifindex && ifindex != GUARD_ANYWHERE && e->ifindex != ifindex))
			continue;
		/* a device known by its MAC does not hide behind an address that is nobody's */
		if (mac && e->origin == GUARD_COMPILED && e->key.kind == CORDON_DENY_ADDR)
			continue;
		memcpy(p.addr.b, e->key.value, sizeof(p.addr.b));
		if (e->key.kind == CORDON_DENY_MAC ? mac && !memcmp(mac, e->key.value, 6) : a && prefix_has(&p, a))
			return e;
	}
	return NULL;
}

uint64_t guard_digest(struct guard_list *g)
{
	if (!g->changed)
		return g->digest;
	g->digest = 0;
	for (size_t i = 0; i < g->v.len; i++)
		if (g->v.data[i].key.kind == CORDON_DENY_ADDR)
			g->digest += hash_seeded(&g->v.data[i].key, sizeof(g->v.data[i].key));
	g->changed = false;
	return g->digest;
}

bool guard_expire(struct guard_list *g, uint64_t now_ns)
{
	bool any = false;

	for (size_t i = g->v.len; i-- > 0;)
		if (g->v.data[i].until_ns <= now_ns) {
			remove_at(g, i);
			any = true;
		}
	return any;
}

/* --- discovery: what this host depends on --- */

#define NEXT_HOPS_MAX 256 /* looked at, of the routes that are no default */

struct found {
	struct guard_list *g;
	unsigned int hops;
	int result;
};

static void found_add(struct found *f, const char *what, const char *reason, uint32_t ifindex)
{
	int r = add_entry(f->g, what, reason, UINT64_MAX, ifindex, GUARD_DISCOVERED);

	if (r && r != -EEXIST && !f->result)
		f->result = r;
}

static void found_sockaddr(struct found *f, const struct sockaddr *sa, uint32_t ifindex)
{
	char text[ADDR_STR_MAX];
	const struct sockaddr_ll *ll;

	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, text, sizeof(text));
		found_add(f, text, "address of this host", ifindex);
	} else if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, text, sizeof(text));
		found_add(f, text, "address of this host", ifindex);
	} else if (sa->sa_family == AF_PACKET) {
		ll = (const struct sockaddr_ll *)sa;
		if (ll->sll_halen == 6 && !mac_is_zero(ll->sll_addr))
			found_add(f, mac_str(text, sizeof(text), ll->sll_addr), "MAC of this host", ifindex);
	}
}

static void discover_own(struct found *f)
{
	struct ifaddrs *list = NULL;

	if (getifaddrs(&list)) {
		f->result = -errno;
		return;
	}
	for (struct ifaddrs *i = list; i; i = i->ifa_next)
		if (i->ifa_addr && !(i->ifa_flags & IFF_LOOPBACK))
			found_sockaddr(f, i->ifa_addr, if_nametoindex(i->ifa_name));
	freeifaddrs(list);
}

/* the neighbour's MAC, where the host knows it (proc_net(5), arp) */
static void discover_neighbour(struct found *f, const char *addr, const char *reason, uint32_t ifindex)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/net/arp", "re");
	char line[256], ip[64], mac[32], dev[32];
	uint8_t bytes[6];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %*s %*s %31s %*s %31s", ip, mac, dev) == 3 && !strcmp(ip, addr) &&
		    !mac_parse(mac, bytes) && !mac_is_zero(bytes))
			found_add(f, mac, reason, ifindex);
}

/* a router of this host; a routing protocol may have thousands of routes, through a few of them */
static void found_hop(struct found *f, const char *addr, bool is_default, uint32_t ifindex)
{
	const char *reason = is_default ? GUARD_DEFAULT_ROUTE : GUARD_NEXT_HOP;

	if (!is_default && ++f->hops > NEXT_HOPS_MAX)
		return;
	found_add(f, addr, reason, ifindex);
	discover_neighbour(f, addr, reason, ifindex);
}

/* the default routes first: the others have a limit, and a MAC keeps its first reason */
static void discover_routes4(struct found *f, bool is_default)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/net/route", "re");
	char line[256], dev[32], text[ADDR_STR_MAX], last[ADDR_STR_MAX] = "";
	unsigned int dst, mask;
	struct in_addr gw;

	while (file && fgets(line, sizeof(line), file)) {
		/* addresses as one hexadecimal word in the host's order of the wire's bytes */
		if (sscanf(line, "%31s %x %x %*x %*d %*d %*d %x", dev, &dst, &gw.s_addr, &mask) != 4 || !gw.s_addr ||
		    is_default != (!dst && !mask))
			continue;
		inet_ntop(AF_INET, &gw, text, sizeof(text));
		if (strcmp(text, last))
			found_hop(f, text, is_default, if_nametoindex(dev));
		str_copy(last, sizeof(last), text);
	}
}

static void discover_routes6(struct found *f, bool is_default)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/net/ipv6_route", "re");
	char line[256], dst[33], len[3], hop[33], dev[32], text[ADDR_STR_MAX], last[ADDR_STR_MAX] = "";
	struct in6_addr gw;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%32s %2s %*s %*s %32s %*s %*s %*s %*s %31s", dst, len, hop, dev) != 4 ||
		    strspn(hop, "0") == 32 || strlen(hop) != 32 ||
		    is_default != (!strcmp(len, "00") && strspn(dst, "0") == 32))
			continue;
		for (int i = 0; i < 16; i++)
			sscanf(hop + 2 * i, "%2hhx", &gw.s6_addr[i]);
		inet_ntop(AF_INET6, &gw, text, sizeof(text));
		if (strcmp(text, last))
			found_hop(f, text, is_default, if_nametoindex(dev));
		str_copy(last, sizeof(last), text);
	}
}

static void discover_resolvers(struct found *f)
{
	_cleanup_fclose_ FILE *file = fopen("/etc/resolv.conf", "re");
	char line[256], addr[ADDR_STR_MAX];
	struct addr parsed;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " nameserver %63[^ \t\n%%]", addr) == 1 && !addr_parse(addr, &parsed))
			found_add(f, addr, "resolver", 0);
}

int guard_discover(struct guard_list *g)
{
	struct found f = { .g = g };

	for (size_t i = g->v.len; i-- > 0;)
		if (g->v.data[i].origin == GUARD_DISCOVERED)
			remove_at(g, i);
	discover_own(&f);
	discover_routes4(&f, true);
	discover_routes6(&f, true);
	discover_resolvers(&f);
	discover_routes4(&f, false);
	discover_routes6(&f, false);
	return f.result;
}

int guard_new(struct kern *kern, struct guard_list **ret)
{
	struct guard_list *g = calloc(1, sizeof(*g));
	int r = 0;

	if (!g)
		return -ENOMEM;
	g->kern = kern;
	for (size_t i = 0; i < ARRAY_SIZE(compiled) && !r; i++)
		r = add_entry(g, compiled[i].what, compiled[i].reason, UINT64_MAX, 0, GUARD_COMPILED);
	if (r) {
		guard_free(g);
		return r;
	}
	*ret = g;
	return 0;
}

void guard_free(struct guard_list *g)
{
	if (!g)
		return;
	vec_done(&g->v);
	free(g);
}
