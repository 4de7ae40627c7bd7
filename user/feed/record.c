// SPDX-License-Identifier: BSD-2-Clause
/*
 * What stands beside a value in a record of a feed: confidence, category, dates,
 * how long it holds. They go into the prototype of the next entry. A feed never
 * gets more than its configuration gives it: an action is only ever weakened.
 */
#include "feed/parse.h"

#include <ctype.h>
#include <string.h>

#define CATEGORY_MAX 64
#define CATEGORIES_MAX 1024 /* of one feed */
#define NS_PER_S 1000000000ULL

void feed_proto(struct feed_parser *p)
{
	const struct feed_opts *o = p->opts;

	p->proto = (struct indicator){
		.action = o->action,
		.confidence = o->confidence,
		.flags = o->observe ? CORDON_THREAT_OBSERVE : 0,
		.feed = p->proto.feed,
		.category = (uint16_t)p->first_category,
	};
	feed_proto_confidence(p, o->confidence);
}

void feed_proto_confidence(struct feed_parser *p, unsigned int confidence)
{
	p->proto.confidence = confidence > 100 ? 100 : (uint8_t)confidence;
	if (p->proto.confidence < p->opts->alert_below)
		feed_proto_action(p, CORDON_ACTION_ALERT);
}

void feed_proto_action(struct feed_parser *p, unsigned int action)
{
	if (action < p->proto.action)
		p->proto.action = (uint8_t)action;
}

/* "threat" is what a feed has when nobody said anything */
static bool user_chose_category(const struct feed_opts *o)
{
	return o->category && o->category[0] && strcmp(o->category, "threat");
}

int feed_proto_category(struct feed_parser *p, struct feed_text t)
{
	char s[CATEGORY_MAX];
	size_t n = 0;
	int r;

	if (user_chose_category(p->opts))
		return 0;
	t = feed_trim(t);
	for (; n < t.len && n < sizeof(s); n++) {
		unsigned char c = (unsigned char)t.s[n];

		s[n] = (char)(isalnum(c) ? tolower(c) : strchr("._/-", c) && c ? c : '-');
	}
	if (!n || (n == 4 && (!memcmp(s, "none", 4) || !memcmp(s, "null", 4))) ||
	    p->in->categories.len - p->first_category >= CATEGORIES_MAX)
		return 0;
	r = indicators_category(p->in, p->first_category, s, n);
	if (r < 0)
		return r;
	p->proto.category = (uint16_t)r;
	return 0;
}

bool feed_number(struct feed_text t, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (!t.len || t.len > 19)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.s[i] < '0' || t.s[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(t.s[i] - '0');
	}
	if (n > max)
		return false;
	*ret = n;
	return true;
}

/* --- dates --- */

/* days since 1970-01-01 of the proleptic Gregorian calendar (libc's would open the time zone) */
static int64_t days_of(int64_t y, unsigned int m, unsigned int d)
{
	int64_t era;
	unsigned int yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned int)(y - era * 400);
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

/* @n digits off the front */
static bool take_digits(struct feed_text *t, size_t n, unsigned int *ret)
{
	uint64_t v;

	if (t->len < n || !feed_number((struct feed_text){t->s, n}, 9999, &v))
		return false;
	*ret = (unsigned int)v;
	t->s += n;
	t->len -= n;
	return true;
}

static bool take_char(struct feed_text *t, const char *any)
{
	if (!t->len || !*t->s || !strchr(any, *t->s))
		return false;
	t->s++;
	t->len--;
	return true;
}

/* "+02:00" behind the seconds; minutes east of Greenwich */
static int zone_of(struct feed_text t)
{
	unsigned int h, m = 0;
	bool is_west;

	while (t.len && (*t.s == '.' || (*t.s >= '0' && *t.s <= '9')))
		take_char(&t, ".0123456789");
	is_west = t.len && *t.s == '-';
	if (!take_char(&t, "+-") || !take_digits(&t, 2, &h))
		return 0;
	take_char(&t, ":");
	take_digits(&t, 2, &m);
	return (int)(h * 60 + m) * (is_west ? -1 : 1);
}

uint64_t feed_time_ns(struct feed_text t)
{
	unsigned int y, mo, d, h = 0, mi = 0, s = 0;
	int64_t at;
	uint64_t n;

	t = feed_trim(t);
	if (feed_number(t, 253402300799, &n))
		return n * NS_PER_S;
	if (!take_digits(&t, 4, &y) || !take_char(&t, "-/") || !take_digits(&t, 2, &mo) ||
	    !take_char(&t, "-/") || !take_digits(&t, 2, &d) || y < 1970 || !mo || mo > 12 || !d ||
	    d > 31)
		return 0;
	if (take_char(&t, "T ") && take_digits(&t, 2, &h) && take_char(&t, ":") &&
	    take_digits(&t, 2, &mi) && take_char(&t, ":"))
		take_digits(&t, 2, &s);
	at = days_of(y, mo, d) * 86400 + h * 3600 + mi * 60 + s - 60 * (int64_t)zone_of(t);
	return at > 0 ? (uint64_t)at * NS_PER_S : 0;
}

/* nanoseconds of the unit in front; *ret_len: its letters */
static uint64_t unit_ns(struct feed_text t, size_t *ret_len)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {{"ms", 1000000},
		     {"us", 1000},
		     {"ns", 1},
		     {"w", 604800 * NS_PER_S},
		     {"d", 86400 * NS_PER_S},
		     {"h", 3600 * NS_PER_S},
		     {"m", 60 * NS_PER_S},
		     {"s", NS_PER_S}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		*ret_len = strlen(units[i].name);
		if (t.len >= *ret_len && !memcmp(t.s, units[i].name, *ret_len))
			return units[i].ns;
	}
	return 0;
}

bool feed_duration_ns(struct feed_text t, uint64_t *ret)
{
	uint64_t total = 0;
	bool is_negative = take_char(&t, "-");

	if (!t.len)
		return false;
	while (t.len) {
		uint64_t n = 0, unit;
		size_t len;

		if (*t.s < '0' || *t.s > '9')
			return false;
		for (; t.len && *t.s >= '0' && *t.s <= '9'; t.s++, t.len--)
			n = n < 1000000000 ? n * 10 + (uint64_t)(*t.s - '0') : n;
		if (take_char(&t, "."))
			while (take_char(&t, "0123456789"))
				;
		unit = unit_ns(t, &len);
		if (!unit || n > UINT64_MAX / 4 / unit)
			return false;
		total += n * unit;
		if (total > UINT64_MAX / 4)
			return false;
		t.s += len;
		t.len -= len;
	}
	*ret = is_negative ? 0 : total;
	return true;
}

/* --- records --- */

/* by rank; the more precise first: an address a device talks to, a URL, then names */
static const struct {
	const char *name;
	uint8_t role;
} roles[] = {
	{"ioc_value", ROLE_VALUE},
	{"ioc", ROLE_VALUE},
	{"indicator", ROLE_VALUE},
	{"dst_ip", ROLE_VALUE},
	{"dstip", ROLE_VALUE},
	{"ip_address", ROLE_VALUE},
	{"ipaddress", ROLE_VALUE},
	{"ip", ROLE_VALUE},
	{"src_ip", ROLE_VALUE},
	{"ipv4", ROLE_VALUE},
	{"ipv6", ROLE_VALUE},
	{"cidr", ROLE_VALUE},
	{"network", ROLE_VALUE},
	{"prefix", ROLE_VALUE},
	{"subnet", ROLE_VALUE},
	{"range", ROLE_VALUE},
	{"url", ROLE_VALUE},
	{"domain", ROLE_VALUE},
	{"domain_name", ROLE_VALUE},
	{"hostname", ROLE_VALUE},
	{"fqdn", ROLE_VALUE},
	{"host", ROLE_VALUE},
	{"address", ROLE_VALUE},
	{"value", ROLE_VALUE},
	{"sha256", ROLE_VALUE},
	{"sha1", ROLE_VALUE},
	{"md5", ROLE_VALUE},
	{"sha256_hash", ROLE_VALUE},
	{"md5_hash", ROLE_VALUE},
	{"confidence_level", ROLE_CONFIDENCE},
	{"confidence", ROLE_CONFIDENCE},
	{"threat_type", ROLE_CATEGORY},
	{"threat", ROLE_CATEGORY},
	{"category", ROLE_CATEGORY},
	{"malware_printable", ROLE_CATEGORY},
	{"malware", ROLE_CATEGORY},
	{"app", ROLE_CATEGORY},
	{"scenario", ROLE_CATEGORY},
	{"reason", ROLE_CATEGORY},
	{"listingreason", ROLE_CATEGORY},
	{"first_seen", ROLE_FIRST},
	{"first_seen_utc", ROLE_FIRST},
	{"firstseen", ROLE_FIRST},
	{"dateadded", ROLE_FIRST},
	{"date_added", ROLE_FIRST},
	{"created", ROLE_FIRST},
	{"created_at", ROLE_FIRST},
	{"valid_from", ROLE_FIRST},
	{"listingdate", ROLE_FIRST},
	{"valid_until", ROLE_UNTIL},
	{"expiration", ROLE_UNTIL},
	{"expires", ROLE_UNTIL},
	{"expiry", ROLE_UNTIL},
	{"until", ROLE_UNTIL},
	{"duration", ROLE_DURATION},
	{"scope", ROLE_SCOPE},
	{"type", ROLE_TYPE},
	{"action", ROLE_TYPE},
	{"simulated", ROLE_SIMULATED},
	{"asn", ROLE_ASN},
};

void feed_role(struct feed_text name, struct feed_field *ret)
{
	while (feed_is_comment(name))
		name = feed_trim((struct feed_text){name.s + 1, name.len - 1});
	*ret = (struct feed_field){.role = ROLE_NONE, .rank = 255};
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (feed_text_is(name, roles[i].name)) {
			ret->role = roles[i].role;
			ret->rank = (uint8_t)i;
			return;
		}
}

static const struct feed_field *best(const struct feed_field *f, size_t n, uint8_t role)
{
	const struct feed_field *ret = NULL;

	for (size_t i = 0; i < n; i++)
		if (f[i].role == role && f[i].value.len && (!ret || f[i].rank < ret->rank))
			ret = &f[i];
	return ret;
}

static void record_confidence(struct feed_parser *p, struct feed_text t)
{
	static const struct {
		const char *word;
		uint8_t value; /* STIX 2.1 appendix A, None / Low / Med / High */
	} words[] = {{"high", 85}, {"medium", 50}, {"med", 50}, {"low", 15}, {"none", 0}};
	uint64_t n;

	if (feed_number(t, 100, &n))
		feed_proto_confidence(p, (unsigned int)n);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (feed_text_is(t, words[i].word))
			feed_proto_confidence(p, words[i].value);
}

/* validity; FEED_OK, FEED_EXPIRED */
static unsigned int record_dates(struct feed_parser *p, const struct feed_field *f, size_t n)
{
	const struct feed_field *first = best(f, n, ROLE_FIRST), *until = best(f, n, ROLE_UNTIL),
				*duration = best(f, n, ROLE_DURATION);
	uint64_t now = p->opts->now_ns, ns;

	if (first)
		p->proto.first_seen_s = (uint32_t)(feed_time_ns(first->value) / NS_PER_S);
	if (until)
		p->proto.expires_ns = feed_time_ns(until->value);
	else if (now && duration && feed_duration_ns(duration->value, &ns))
		p->proto.expires_ns = now + ns;
	return now && p->proto.expires_ns && p->proto.expires_ns <= now ? FEED_EXPIRED : FEED_OK;
}

struct feed_text feed_without_scope(struct feed_text t)
{
	static const char *const scopes[] = {"ip:", "range:"};

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		size_t n = strlen(scopes[i]);

		if (t.len > n && feed_text_is((struct feed_text){t.s, n}, scopes[i]))
			return (struct feed_text){t.s + n, t.len - n};
	}
	return t;
}

/*
 * What CrowdSec's decisions do, by type. A captcha is for people and a throttle slows: they only
 * alert. What lets pass takes away from what the same feed bans; a type not known is no ban.
 */
static const struct {
	const char *type;
	uint8_t action, mark; /* action: at most */
} decisions[] = {
	{"ban", CORDON_ACTION_QUARANTINE, FEED_MARK_NONE},
	{"captcha", CORDON_ACTION_ALERT, FEED_MARK_NONE},
	{"throttle", CORDON_ACTION_ALERT, FEED_MARK_NONE},
	{"whitelist", CORDON_ACTION_QUARANTINE, FEED_MARK_EXCEPT},
	{"allow", CORDON_ACTION_QUARANTINE, FEED_MARK_EXCEPT},
};

static unsigned int decision_type(struct feed_parser *p, struct feed_text type)
{
	for (size_t i = 0; i < sizeof(decisions) / sizeof(decisions[0]); i++)
		if (feed_text_is(type, decisions[i].type)) {
			feed_proto_action(p, decisions[i].action);
			p->proto.mark = decisions[i].mark;
			return FEED_OK;
		}
	return FEED_DECISION;
}

/* what a record with a scope (CrowdSec), in a member or in front of the value, is about */
static unsigned int record_scope(struct feed_parser *p, const struct feed_field *f, size_t n, struct feed_text value)
{
	static const char *const known[] = {"ip", "range", "domain", "cidr"};
	const struct feed_field *scope = best(f, n, ROLE_SCOPE), *type = best(f, n, ROLE_TYPE),
				*simulated = best(f, n, ROLE_SIMULATED);
	bool is_known = !scope;

	if (!scope && feed_without_scope(value).len == value.len)
		return FEED_OK;
	for (size_t i = 0; scope && i < sizeof(known) / sizeof(known[0]); i++)
		is_known |= feed_text_is(scope->value, known[i]);
	if (!is_known)
		return FEED_SCOPE;
	if (simulated && feed_text_is(simulated->value, "true"))
		feed_proto_action(p, CORDON_ACTION_ALERT);
	return type ? decision_type(p, type->value) : FEED_OK;
}

int feed_record(struct feed_parser *p, const struct feed_field *f, size_t n, struct feed_text shown)
{
	const struct feed_field *value = best(f, n, ROLE_VALUE),
				*conf = best(f, n, ROLE_CONFIDENCE),
				*category = best(f, n, ROLE_CATEGORY);
	unsigned int why = FEED_OK;
	int r = 0;

	feed_proto(p);
	if (!value || (best(f, n, ROLE_ASN) && value->rank >= 16))
		why = value ? FEED_ASN : FEED_NO_INDICATOR;
	if (!why)
		why = record_scope(p, f, n, value->value);
	if (!why)
		why = record_dates(p, f, n);
	if (why) {
		feed_refuse(p, value ? value->value : shown, why);
		return 0;
	}
	if (conf)
		record_confidence(p, conf->value);
	if (category)
		r = feed_proto_category(p, category->value);
	return r < 0 ? r : value_add(p, feed_without_scope(value->value), CORDON_THREAT_SUBDOMAINS);
}
