// SPDX-License-Identifier: BSD-2-Clause
/* decode-event: options of IPv4 headers (RFC 791 3.1) and of IPv6 extension headers (RFC 8200 4.2), as Suricata 7 judges them. */
#include "match/decode_int.h"
#include "rule/events.h"

/* --- IPv4 --- */

enum { EOL = 0, NOP = 1, RR = 7, QS = 25, TS = 68, SEC = 130, LSRR = 131, ESEC = 133, CIPSO = 134, SATID = 136, SSRR = 137, ALERT = 148 };

/* @most 0: no limit */
struct option4 {
	uint8_t type, least, most;
};

static const struct option4 options4[] = {
	{ RR, 3, 0 },	 { QS, 8, 0 },	   { TS, 5, 0 },    { SEC, 3, 0 },  { LSRR, 3, 0 }, { ESEC, 3, 0 },
	{ CIPSO, 10, 0 }, { SATID, 4, 4 }, { SSRR, 3, 0 }, { ALERT, 4, 4 },
};

/* the pointer of a route: from 1, at an address of 4 bytes, at most one past the last */
static bool route_holds(const uint8_t *p)
{
	return p[2] >= 4 && p[2] % 4 == 0 && p[2] <= p[1] + 1;
}

/* the same of timestamps, which have addresses with flags 1 and 3 */
static bool times_hold(const uint8_t *p)
{
	uint32_t flags = p[3] & 15, each = flags == 1 || flags == 3 ? 8 : 4;

	return p[2] >= 5 && (p[2] - 5u) % each == 0 && p[2] <= p[1] + 1;
}

/* tags of types 1, 2, 5, 6 (with a byte that is 0) and 7, each at least 4 bytes, fill it (the draft on CIPSO 2.2, 3.4) */
static bool cipso_holds(const uint8_t *p)
{
	const uint8_t *tag = p + 6;
	uint32_t left = p[1] - 6u;

	while (left) {
		if (left < 4 || tag[1] < 4 || tag[1] > left)
			return false;
		if (tag[0] != 1 && tag[0] != 2 && (tag[0] < 5 || tag[0] > 7))
			return false;
		if (tag[0] != 7 && tag[2])
			return false;
		left -= tag[1];
		tag += tag[1];
	}
	return true;
}

static bool option4_holds(const uint8_t *p)
{
	switch (p[0]) {
	case RR:
	case LSRR:
	case SSRR:
		return route_holds(p);
	case TS:
		return times_hold(p);
	case CIPSO:
		return cipso_holds(p);
	default:
		return true;
	}
}

/* @p: an option that is all there; @seen: bits of those before it that were right */
static void option4(const uint8_t *p, uint32_t *seen, struct decoded *o)
{
	for (unsigned int i = 0; i < sizeof(options4) / sizeof(options4[0]); i++) {
		const struct option4 *t = &options4[i];

		if (t->type != p[0])
			continue;
		if (*seen >> i & 1)
			odd_say(o, RULE_EVENT_IPV4_OPT_TWICE);
		else if (p[1] < t->least || (t->most && p[1] > t->most))
			odd_say(o, RULE_EVENT_IPV4_OPT_LENGTH);
		else if (!option4_holds(p))
			odd_say(o, RULE_EVENT_IPV4_OPT_MALFORMED);
		else
			*seen |= 1u << i;
		return;
	}
	odd_say(o, RULE_EVENT_IPV4_OPT_UNKNOWN);
}

bool decode_options4(const uint8_t *p, uint32_t len, struct decoded *o)
{
	uint32_t seen = 0, n;

	for (; len; p += n, len -= n) {
		n = 1;
		if (*p == EOL)
			return true;
		if (*p == NOP)
			continue;
		if (len < 2) {
			odd_say(o, RULE_EVENT_IPV4_OPT_END);
			return true;
		}
		n = p[1];
		if (n < 2 || n > len) {
			odd_say(o, RULE_EVENT_IPV4_OPT_LENGTH);
			return false;
		}
		option4(p, &seen, o);
	}
	return true;
}

/* --- IPv6 --- */

enum { PAD1 = 0, PADN = 1, ALERT6 = 5, JUMBO = 0xc2, HOME = 0xc9 };

/* bytes of data an option needs (RFC 2711 2.1, RFC 2675 2, RFC 6275 6.3); -1: not known */
static int option6_least(uint8_t type)
{
	switch (type) {
	case ALERT6:
		return 2;
	case JUMBO:
		return 4;
	case HOME:
		return 16;
	default:
		return -1;
	}
}

void decode_options6(const uint8_t *p, uint32_t len, bool is_hop, struct decoded *o)
{
	bool has_padding = false, has_other = false;
	uint32_t n;
	int least;

	for (; len; p += n, len -= n) {
		n = 1;
		if (*p == PAD1) {
			has_padding = true;
			continue;
		}
		least = option6_least(*p);
		/* one byte past the end is let through, as there */
		if (len < 2 || p[1] + 1u > len || (least >= 0 && p[1] < least)) {
			odd_say(o, RULE_EVENT_IPV6_OPT_LENGTH);
			break;
		}
		n = p[1] + 2u < len ? p[1] + 2u : len;
		if (*p == PADN) {
			has_padding = true;
			continue;
		}
		/* a jumbo payload's option counts for neither */
		has_other |= *p != JUMBO;
		if (least < 0)
			odd_say(o, is_hop ? RULE_EVENT_IPV6_HOP_UNKNOWN : RULE_EVENT_IPV6_DST_UNKNOWN);
	}
	if (has_padding && !has_other)
		odd_say(o, is_hop ? RULE_EVENT_IPV6_HOP_PADDING : RULE_EVENT_IPV6_DST_PADDING);
}

/* --- TCP (RFC 9293 3.1, RFC 7323, RFC 2018, RFC 2385, RFC 5925, RFC 7413) --- */

enum { OPT_MSS = 2, OPT_SCALE, OPT_SACK_OK, OPT_SACK, OPT_TIME = 8, OPT_MD5 = 19, OPT_AO = 29, OPT_FAST = 34, OPT_TRIAL = 253, OPT_TRIAL2 };

/* may the option have that length? */
static bool tcp_length_fits(uint8_t kind, uint32_t len)
{
	switch (kind) {
	case OPT_MSS:
		return len == 4;
	case OPT_SCALE:
		return len == 3;
	case OPT_SACK_OK:
		return len == 2;
	case OPT_SACK:
		return len == 2 || (len >= 10 && len <= 34 && !((len - 2) & 7));
	case OPT_TIME:
		return len == 10;
	case OPT_MD5:
		return len == 18;
	case OPT_AO:
		return len >= 4;
	case OPT_FAST:
		return len <= 18 && !(len & 1);
	case OPT_TRIAL:
	case OPT_TRIAL2:
		return len == 4 || len == 12;
	default:
		return true;
	}
}

static bool tcp_counts(uint8_t kind)
{
	return (kind >= OPT_MSS && kind <= OPT_SACK) || kind == OPT_TIME || kind == OPT_FAST;
}

void decode_options_tcp(const uint8_t *p, uint32_t len, struct decoded *o)
{
	uint64_t seen = 0;

	for (uint32_t at = 0, n; at < len && p[at]; at += n) {
		uint8_t kind = p[at];

		n = 1;
		if (kind == 1)
			continue;
		if (at + 2 > len)
			return;
		n = p[at + 1];
		if (n < 2 || at + n > len) {
			odd_say(o, RULE_EVENT_TCP_OPT_LENGTH);
			return;
		}
		if (!tcp_length_fits(kind, n))
			odd_say(o, RULE_EVENT_TCP_OPT_LENGTH);
		else if (tcp_counts(kind) && seen >> kind & 1)
			odd_say(o, RULE_EVENT_TCP_OPT_TWICE);
		else if (kind < 64)
			seen |= 1ULL << kind;
	}
}
