/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keywords that compare one number of the packet's headers: a value, ">n",
 * "<n", ">=n", "<=n", "a<>b" or "a-b" (between, without the ends), "!n" or "!=n".
 */
#include <string.h>

#include "base/cleanup.h"
#include "rule/keywords.h"

static const struct field {
	const char *name;
	uint32_t max;
} fields[] = {
	[RULE_FIELD_DSIZE] = { "dsize", 65535 }, [RULE_FIELD_TTL] = { "ttl", 255 },
	[RULE_FIELD_IP_ID] = { "id", 65535 },	 [RULE_FIELD_SEQ] = { "seq", UINT32_MAX },
	[RULE_FIELD_ACK] = { "ack", UINT32_MAX }, [RULE_FIELD_WINDOW] = { "window", 65535 },
	[RULE_FIELD_ITYPE] = { "itype", 255 },	 [RULE_FIELD_ICODE] = { "icode", 255 },
	[RULE_FIELD_FRAGOFFSET] = { "fragoffset", 8191 }, [RULE_FIELD_ICMP_ID] = { "icmp_id", 65535 },
	[RULE_FIELD_ICMP_SEQ] = { "icmp_seq", 65535 }, [RULE_FIELD_ICMPV6_MTU] = { "icmpv6.mtu", UINT32_MAX },
	[RULE_FIELD_TCP_MSS] = { "tcp.mss", 65535 }, [RULE_FIELD_FLOW_AGE] = { "flow.age", UINT32_MAX },
};

static int one(struct draft *d, const char *s, uint32_t max, uint32_t *ret)
{
	uint64_t n;

	if (str_to_u64(s, 0, max, &n))
		return draft_fail(d, "'%.32s' is not a number from 0 to %u", s, max);
	*ret = (uint32_t)n;
	return 0;
}

/* lo < x < hi */
static int between(struct draft *d, char *a, char *b, uint32_t max, uint32_t *lo, uint32_t *hi)
{
	int r = one(d, text_trim(a), max, lo) ?: one(d, text_trim(b), max, hi);

	if (r)
		return r;
	if (*hi < *lo || *hi - *lo < 2)
		return draft_fail(d, "nothing lies between %u and %u", *lo, *hi);
	(*lo)++;
	(*hi)--;
	return 0;
}

static int compare(struct draft *d, char *v, uint32_t max, uint32_t *lo, uint32_t *hi)
{
	bool is_less = *v == '<', has_equal = v[1] == '=';
	uint32_t n = 0;
	int r = one(d, text_trim(v + 1 + has_equal), max, &n);

	if (r)
		return r;
	if (!has_equal && n == (is_less ? 0 : max))
		return draft_fail(d, "nothing is %s %u", is_less ? "less than" : "greater than", n);
	*lo = is_less ? 0 : n + !has_equal;
	*hi = is_less ? n - !has_equal : max;
	return 0;
}

int number_range(struct draft *d, char *v, uint32_t max, uint32_t *lo, uint32_t *hi, bool *negated)
{
	char *mid;
	int r;

	*negated = *v == '!';
	v = text_trim(v + (*negated ? 1 + (v[1] == '=') : 0));
	mid = strstr(v, "<>") ?: strchr(v, '-');
	if (mid) {
		char *end = mid + (*mid == '-' ? 1 : 2);

		*mid = 0;
		return between(d, v, end, max, lo, hi);
	}
	if (*v == '<' || *v == '>')
		return compare(d, v, max, lo, hi);
	r = one(d, text_trim(v), max, lo);
	*hi = *lo;
	return r;
}

int kw_number(struct draft *d, char *v)
{
	const char *name = d->keyword;

	/* those of TCP have a newer name too: tcp.seq */
	if (!strncmp(name, "tcp.", 4) && strcmp(name, fields[RULE_FIELD_TCP_MSS].name))
		name += 4;
	for (uint8_t i = 0; i < ARRAY_SIZE(fields); i++) {
		struct rule_test t = { .field = i };
		int r;

		if (!fields[i].name || strcmp(fields[i].name, name))
			continue;
		r = number_range(d, v, fields[i].max, &t.lo, &t.hi, &t.negated);
		return r ? r : draft_test(d, &t);
	}
	return draft_fail(d, "no such field");
}

static const struct {
	const char *name;
	uint8_t number;
} ip_protos[] = { { "icmp", 1 }, { "igmp", 2 }, { "ipip", 4 },	   { "tcp", 6 },  { "udp", 17 },   { "ipv6", 41 },
		  { "gre", 47 }, { "esp", 50 }, { "ah", 51 }, { "ipv6-icmp", 58 }, { "ospf", 89 }, { "sctp", 132 } };

int kw_ip_proto(struct draft *d, char *v)
{
	struct rule_test t = { .field = RULE_FIELD_IP_PROTO };
	char *name = text_trim(v + (*v == '!'));

	for (size_t i = 0; i < ARRAY_SIZE(ip_protos); i++) {
		if (strcasecmp(name, ip_protos[i].name))
			continue;
		t.negated = *v == '!';
		t.lo = t.hi = ip_protos[i].number;
		return draft_test(d, &t);
	}
	return number_range(d, v, 255, &t.lo, &t.hi, &t.negated) ?: draft_test(d, &t);
}

/* which IP it is, as the header's ip4 and ip6 say */
int kw_l3_proto(struct draft *d, char *v)
{
	bool is_v4 = !strcasecmp(v, "ip4") || !strcasecmp(v, "ipv4");

	if (!is_v4 && strcasecmp(v, "ip6") && strcasecmp(v, "ipv6"))
		return draft_fail(d, "'%.32s' is neither ip4 nor ip6", v);
	if (d->r->ip_version)
		return draft_fail(d, "the header or another l3_proto says it already");
	d->r->ip_version = is_v4 ? 4 : 6;
	return 0;
}

int kw_sameip(struct draft *d, char *v)
{
	struct rule_test t = { .field = RULE_FIELD_SAMEIP, .lo = 1, .hi = 1 };

	(void)v;
	return draft_test(d, &t);
}
