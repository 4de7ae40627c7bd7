/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address and port fields of a rule header: any, single values, prefixes,
 * ranges, [lists], !negation and $variables, nested. A list is the union of
 * what it names (anything, when it only excludes) without what it excludes.
 * Equal sets of a ruleset share one struct rset.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "rule/draft.h"

#define NEST_MAX 16	  /* lists and variables inside each other */
#define RANGES_MAX 262144 /* of one field: variables that name each other must not eat the memory */

/* ::ffff:0.0.0.0 ... ::ffff:255.255.255.255 */
#define V4_FIRST ((rset_key)0xffff << 32)
#define V4_LAST (V4_FIRST | 0xffffffff)

struct memo {
	char *text; /* "A" or "P" and the field */
	const struct rset *set;
	bool excludes; /* there is a '!' in it, or in a variable it names */
	UT_hash_handle hh;
};

/* a set by its ranges, after a byte that tells ports from addresses; in the arena */
struct interned {
	struct rset set;
	uint8_t *key;
	UT_hash_handle hh;
};

struct rule_sets {
	struct memo *memos;
	struct interned *all;
};

struct eval {
	struct loader *ld;
	struct strbuf *err;
	bool is_port;
	bool excludes; /* a '!' was met */
};

/* Suricata's shipped configuration; EXTERNAL_NET is any where HOME_NET is */
static const struct rule_var defaults[] = {
	{ "HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]" },
	{ "EXTERNAL_NET", "!$HOME_NET" },
	{ "HTTP_SERVERS", "$HOME_NET" },
	{ "SMTP_SERVERS", "$HOME_NET" },
	{ "SQL_SERVERS", "$HOME_NET" },
	{ "DNS_SERVERS", "$HOME_NET" },
	{ "TELNET_SERVERS", "$HOME_NET" },
	{ "AIM_SERVERS", "$EXTERNAL_NET" },
	{ "DC_SERVERS", "$HOME_NET" },
	{ "DNP3_SERVER", "$HOME_NET" },
	{ "DNP3_CLIENT", "$HOME_NET" },
	{ "MODBUS_CLIENT", "$HOME_NET" },
	{ "MODBUS_SERVER", "$HOME_NET" },
	{ "ENIP_CLIENT", "$HOME_NET" },
	{ "ENIP_SERVER", "$HOME_NET" },
	{ "HTTP_PORTS", "80" },
	{ "SHELLCODE_PORTS", "!80" },
	{ "ORACLE_PORTS", "1521" },
	{ "SSH_PORTS", "22" },
	{ "DNP3_PORTS", "20000" },
	{ "MODBUS_PORTS", "502" },
	{ "FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]" },
	{ "FTP_PORTS", "21" },
	{ "GENEVE_PORTS", "6081" },
	{ "VXLAN_PORTS", "4789" },
	{ "TEREDO_PORTS", "3544" },
	{ "SIP_PORTS", "[5060,5061]" },
};

static const char *var_value(const struct loader *ld, const char *name)
{
	for (size_t i = 0; i < ld->n_vars; i++)
		if (!strcmp(ld->vars[i].name, name))
			return ld->vars[i].value;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strcmp(defaults[i].name, name))
			return defaults[i].value;
	return NULL;
}

static int bad(struct eval *e, const char *what, const char *text)
{
	char shown[64];

	strbuf_addf(e->err, "%s '%s'", what, str_escape(shown, sizeof(shown), text, strlen(text)));
	return -EINVAL;
}

static rset_key key_max(const struct eval *e)
{
	return e->is_port ? RSET_PORT_MAX : RSET_ADDR_MAX;
}

static int push_range(struct eval *e, rset_vec *out, rset_key lo, rset_key hi, const char *text)
{
	if (lo > hi)
		return bad(e, "a range that ends before it begins", text);
	if (out->len >= RANGES_MAX)
		return bad(e, "too many ranges", text);
	return vec_push(out, ((struct rset_range){ lo, hi }));
}

static int eval_port(struct eval *e, char *text, rset_vec *out)
{
	uint64_t lo = 0, hi = RSET_PORT_MAX;
	char *colon = strchr(text, ':'), *first = text, *second = text;

	if (colon) {
		*colon = 0;
		first = text_trim(text);
		second = text_trim(colon + 1);
	}
	if (*first && str_to_u64(first, 0, 65535, &lo))
		return bad(e, "not a port:", first);
	if (*second && str_to_u64(second, 0, 65535, &hi))
		return bad(e, "not a port:", second);
	if (!*first && !*second)
		return bad(e, "not a port:", "");
	return push_range(e, out, lo, hi, text);
}

static int addr_key(const char *s, rset_key *ret)
{
	struct addr a;
	int r = addr_parse(s, &a);

	if (!r)
		*ret = rset_addr(a.b);
	return r;
}

/* "10.0.0.0/255.0.0.0" */
static int netmask_range(const char *addr, const char *mask, rset_key *lo, rset_key *hi)
{
	rset_key a, m;

	if (!strchr(mask, '.') || addr_key(addr, &a) || addr_key(mask, &m))
		return -EINVAL;
	m |= ~(rset_key)0 << 32;
	if (~m & (~m + 1))
		return -EINVAL;
	*lo = a & m;
	*hi = a | ~m;
	return 0;
}

static int prefix_range(const char *text, rset_key *lo, rset_key *hi)
{
	struct prefix p;
	rset_key mask;

	if (prefix_parse(text, &p) < 0)
		return -EINVAL;
	mask = p.len ? ~(rset_key)0 << (128 - p.len) : 0;
	*lo = rset_addr(p.addr.b) & mask;
	*hi = *lo | ~mask;
	return 0;
}

static int eval_addr(struct eval *e, char *text, rset_vec *out)
{
	char *dash = strchr(text, '-'), *slash = strchr(text, '/');
	rset_key lo, hi;
	int r;

	if (dash) {
		*dash = 0;
		r = addr_key(text_trim(text), &lo) || addr_key(text_trim(dash + 1), &hi);
	} else if (slash && strchr(slash, '.')) {
		*slash = 0;
		r = netmask_range(text, slash + 1, &lo, &hi);
	} else {
		r = prefix_range(text, &lo, &hi);
	}
	return r ? bad(e, "not an address:", text) : push_range(e, out, lo, hi, text);
}

static int eval_list(struct eval *e, const char **pos, int nest, rset_vec *out);

static int eval_text(struct eval *e, const char *text, int nest, rset_vec *out)
{
	const char *pos = text;
	int r = eval_list(e, &pos, nest, out);

	if (!r && *pos)
		return bad(e, "a bracket too many in", text);
	return r;
}

static int eval_var(struct eval *e, const char *name, int nest, rset_vec *out)
{
	const char *value = var_value(e->ld, name);
	rset_vec home = { 0 };
	int r;

	if (!value)
		return bad(e, "unknown variable", name);
	if (!strcmp(name, "EXTERNAL_NET") && !strcmp(value, "!$HOME_NET")) {
		r = eval_text(e, "$HOME_NET", nest, &home);
		if (!r && home.len == 1 && home.data[0].lo == 0 && home.data[0].hi == RSET_ADDR_MAX)
			value = "any";
		vec_done(&home);
		if (r)
			return r;
	}
	return eval_text(e, value, nest, out);
}

/* one item without its '!': a [list], a $VARIABLE, any, or a value */
static int eval_item(struct eval *e, const char **pos, int nest, rset_vec *out)
{
	size_t n;
	char word[128], *w;
	int r;

	if (nest > NEST_MAX)
		return bad(e, "nested too deeply:", *pos);
	if (**pos == '[') {
		(*pos)++;
		r = eval_list(e, pos, nest + 1, out);
		if (!r && **pos != ']')
			return bad(e, "a bracket is not closed:", *pos);
		(*pos) += !r;
		return r;
	}
	n = strcspn(*pos, ",]");
	if (n >= sizeof(word))
		return bad(e, "too long:", *pos);
	memcpy(word, *pos, n);
	word[n] = 0;
	*pos += n;
	w = text_trim(word);
	if (*w == '$')
		return eval_var(e, w + 1, nest + 1, out);
	if (!strcasecmp(w, "any"))
		return push_range(e, out, 0, key_max(e), w);
	return e->is_port ? eval_port(e, w, out) : eval_addr(e, w, out);
}

/* items up to the end or to a ']', which is left for the caller */
static int eval_items(struct eval *e, const char **pos, int nest, rset_vec *with, rset_vec *without, bool *only_excludes)
{
	*only_excludes = true;
	for (;;) {
		bool negated;
		int r;

		*pos += strspn(*pos, " \t");
		negated = **pos == '!';
		e->excludes |= negated;
		*pos += negated;
		*only_excludes &= negated;
		*pos += strspn(*pos, " \t");
		r = eval_item(e, pos, nest, negated ? without : with);
		if (r)
			return r;
		*pos += strspn(*pos, " \t");
		if (**pos != ',')
			return **pos && **pos != ']' ? bad(e, "unexpected", *pos) : 0;
		(*pos)++;
	}
}

/*
 * What a list of exclusions starts from: all ports, or all addresses of the families it names. With Suricata
 * "everything but 10.0.0.0/8" has no IPv6 address in it. @without is normalised: IPv4 stands in one place.
 */
static int push_rest(struct eval *e, const rset_vec *without, rset_vec *out)
{
	bool has_v4 = false, has_v6 = false;
	int r = 0;

	if (e->is_port)
		return push_range(e, out, 0, RSET_PORT_MAX, "any");
	for (size_t i = 0; i < without->len; i++) {
		has_v4 |= without->data[i].lo <= V4_LAST && without->data[i].hi >= V4_FIRST;
		has_v6 |= without->data[i].lo < V4_FIRST || without->data[i].hi > V4_LAST;
	}
	if (has_v4)
		r = push_range(e, out, V4_FIRST, V4_LAST, "any");
	if (!r && has_v6)
		r = push_range(e, out, 0, V4_FIRST - 1, "any") ?: push_range(e, out, V4_LAST + 1, RSET_ADDR_MAX, "any");
	return r;
}

static int eval_list(struct eval *e, const char **pos, int nest, rset_vec *out)
{
	rset_vec with = { 0 }, without = { 0 };
	bool only_excludes;
	int r = eval_items(e, pos, nest, &with, &without, &only_excludes);

	rset_normalise(&without);
	/* a list of exclusions is of everything else; one whose members turn out empty stays empty */
	if (!r && only_excludes)
		r = push_rest(e, &without, &with);
	if (!r) {
		rset_normalise(&with);
		r = rset_subtract(&with, &without, out);
	}
	vec_done(&with);
	vec_done(&without);
	return r;
}

static int intern_new(struct loader *ld, const uint8_t *key, size_t key_len, const rset_vec *v, bool is_port,
		      struct interned **ret)
{
	struct interned *x = arena_alloc(&ld->arena, sizeof(*x));

	if (!x)
		return -ENOMEM;
	x->key = arena_copy(&ld->arena, key, key_len);
	x->set.r = arena_copy(&ld->arena, v->data, v->len * sizeof(v->data[0]));
	if (!x->key || !x->set.r)
		return -ENOMEM;
	x->set.n = v->len;
	x->set.id = HASH_COUNT(ld->sets->all);
	x->set.is_any = v->len == 1 && !v->data[0].lo && v->data[0].hi == (is_port ? RSET_PORT_MAX : RSET_ADDR_MAX);
	HASH_ADD_KEYPTR(hh, ld->sets->all, x->key, key_len, x);
	*ret = x;
	return 0;
}

/* the interned set equal to @v */
static int intern(struct loader *ld, const rset_vec *v, bool is_port, const struct rset **ret)
{
	size_t bytes = v->len * sizeof(v->data[0]);
	_cleanup_free_ uint8_t *key = malloc(bytes + 1);
	struct interned *x;
	int r = 0;

	if (!key)
		return -ENOMEM;
	key[0] = is_port;
	memcpy(key + 1, v->data, bytes);
	HASH_FIND(hh, ld->sets->all, key, bytes + 1, x);
	if (!x)
		r = intern_new(ld, key, bytes + 1, v, is_port, &x);
	if (!r)
		*ret = &x->set;
	return r;
}

static int eval_new(struct loader *ld, const char *text, bool is_port, const struct rset **ret, bool *ret_excludes,
		    struct strbuf *err)
{
	struct eval e = { .ld = ld, .err = err, .is_port = is_port };
	rset_vec v = { 0 };
	int r = eval_text(&e, text, 0, &v);

	rset_normalise(&v);
	if (!r && !v.len)
		r = bad(&e, "nothing is left of", text);
	if (!r)
		r = intern(ld, &v, is_port, ret);
	*ret_excludes = e.excludes;
	vec_done(&v);
	return r;
}

int rule_set_get(struct loader *ld, const char *text, bool is_port, const struct rset **ret, bool *ret_excludes,
		 struct strbuf *err)
{
	_cleanup_free_ char *key = NULL;
	struct memo *m = NULL;
	int r;

	if (!ld->sets && !(ld->sets = calloc(1, sizeof(*ld->sets))))
		return -ENOMEM;
	if (asprintf(&key, "%c%s", is_port ? 'P' : 'A', text) < 0) {
		key = NULL;
		return -ENOMEM;
	}
	HASH_FIND_STR(ld->sets->memos, key, m);
	if (m) {
		*ret = m->set;
		*ret_excludes = m->excludes;
		return 0;
	}
	r = eval_new(ld, text, is_port, ret, ret_excludes, err);
	if (r)
		return r;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->text = TAKE_PTR(key);
	m->set = *ret;
	m->excludes = *ret_excludes;
	HASH_ADD_KEYPTR(hh, ld->sets->memos, m->text, strlen(m->text), m);
	return 0;
}

void rule_sets_free(struct rule_sets *s)
{
	struct memo *m, *next;

	if (!s)
		return;
	HASH_ITER(hh, s->memos, m, next)
	{
		HASH_DEL(s->memos, m);
		free(m->text);
		free(m);
	}
	HASH_CLEAR(hh, s->all);
	free(s);
}
