// SPDX-License-Identifier: BSD-2-Clause
/*
 * rpz: a response policy zone in master file form (RFC 1035 section 5, the DNS
 * Response Policy Zones draft). The trigger is the owner's name below the zone's
 * origin: a name, "*.name" with all below it, an address under rpz-ip, a name
 * server's name or address. The action is the record: "CNAME ." and "CNAME *."
 * (no such name, no data) and rpz-drop are a block; rpz-passthru an exception,
 * which wins; what would need an answer of our own is kept and marked.
 */
#include "feed/formats.h"

#include <string.h>

struct zone {
	char origin[256]; /* "": of owners as they stand */
	char owner[256];  /* of the last record */
	bool in_brackets; /* a record over several lines, which is the SOA's */
};

/* a name in lower case without the dot at its end; relative ones as they stand */
static bool read_owner(const struct zone *z, struct feed_text t, char dst[256])
{
	size_t origin = strlen(z->origin), n = t.len;

	if (n && t.s[n - 1] == '.')
		n--;
	if (n > 253)
		return false;
	for (size_t i = 0; i < n; i++)
		dst[i] = (char)(t.s[i] >= 'A' && t.s[i] <= 'Z' ? t.s[i] | 0x20 : t.s[i]);
	dst[n] = '\0';
	if (n == t.len || !origin)
		return true;
	/* absolute: what stands before the origin */
	if (n == origin && !strcmp(dst, z->origin)) {
		dst[0] = '@';
		dst[1] = '\0';
		return true;
	}
	if (n <= origin + 1 || strcmp(dst + n - origin, z->origin) || dst[n - origin - 1] != '.')
		return false;
	dst[n - origin - 1] = '\0';
	return true;
}

static bool ends_with(const char *s, const char *end, size_t *ret_len)
{
	size_t n = strlen(s), m = strlen(end);

	*ret_len = n - m;
	return n > m && !strcmp(s + n - m, end);
}

/* "24.0.2.0.192" -> 192.0.2.0/24; "128.57.zz.db8.2001" -> 2001:db8::57/128 */
static bool read_trigger_address(const char *s, size_t len, struct prefix *ret)
{
	const char *label[12], *end = s + len;
	size_t size[12], n = 0;
	struct strbuf text = {0};
	uint64_t bits;
	bool ok;

	for (const char *at = s; at < end && n < 12; n++) {
		const char *dot = memchr(at, '.', (size_t)(end - at));

		label[n] = at;
		size[n] = (size_t)((dot ? dot : end) - at);
		at = dot ? dot + 1 : end;
	}
	if (n < 3 || !feed_number((struct feed_text){label[0], size[0]}, 128, &bits))
		return false;
	for (size_t i = n - 1; i > 0; i--) {
		bool is_zz = size[i] == 2 && !memcmp(label[i], "zz", 2);
		bool is_quad = n == 5;

		if (is_zz)
			strbuf_adds(&text, i == n - 1 ? "::" : ":");
		else
			strbuf_addf(&text, "%.*s%s", (int)size[i], label[i],
				    i == 1    ? ""
				    : is_quad ? "."
					      : ":");
	}
	strbuf_addf(&text, "/%u", (unsigned int)bits);
	ok = !text.failed && prefix_parse(text.s, ret) >= 0;
	strbuf_done(&text);
	return ok;
}

static int add_address(struct feed_parser *p, struct feed_text line, const char *owner, size_t len)
{
	struct prefix prefix;

	if (read_trigger_address(owner, len, &prefix))
		return value_add_prefix(p, line, &prefix);
	feed_refuse(p, line, FEED_NOT_A_VALUE);
	return 0;
}

/* the entry that the owner's name stands for */
static int add_trigger(struct feed_parser *p, struct feed_text line, const char *owner)
{
	size_t len;

	if (ends_with(owner, ".rpz-client-ip", &len)) {
		feed_refuse(p, line, FEED_CLIENT);
		return 0;
	}
	if (ends_with(owner, ".rpz-ip", &len))
		return add_address(p, line, owner, len);
	if (ends_with(owner, ".rpz-nsip", &len)) {
		p->proto.mark = FEED_MARK_NSIP;
		return add_address(p, line, owner, len);
	}
	if (ends_with(owner, ".rpz-nsdname", &len))
		p->proto.mark = FEED_MARK_NSDNAME;
	else
		len = strlen(owner);
	return value_add(p, (struct feed_text){owner, len}, 0);
}

/* the mark that an action is kept under */
static uint8_t action_of(struct feed_text type, struct feed_text data)
{
	struct feed_text rest, target = feed_token(data, &rest);

	if (!feed_text_is(type, "CNAME"))
		return FEED_MARK_REDIRECT;
	if (feed_text_is(target, "."))
		return FEED_MARK_NXDOMAIN;
	if (feed_text_is(target, "*."))
		return FEED_MARK_NODATA;
	if (feed_text_is(target, "rpz-passthru."))
		return FEED_MARK_EXCEPT;
	if (feed_text_is(target, "rpz-drop."))
		return FEED_MARK_DROP;
	return feed_text_is(target, "rpz-tcp-only.") ? FEED_MARK_TCP_ONLY : FEED_MARK_REDIRECT;
}

static bool is_class(struct feed_text t)
{
	return feed_text_is(t, "IN") || feed_text_is(t, "CH") || feed_text_is(t, "HS");
}

static bool is_known_type(struct feed_text t)
{
	return feed_text_is(t, "CNAME") || feed_text_is(t, "A") || feed_text_is(t, "AAAA") ||
	       feed_text_is(t, "TXT") || feed_text_is(t, "MX") || feed_text_is(t, "HTTPS") ||
	       feed_text_is(t, "SVCB") || feed_text_is(t, "SRV");
}

/* type and data behind owner, TTL and class, in either order of those two */
static bool read_record(struct zone *z, const struct feed_parser *p, struct feed_text line,
			struct feed_text *ret_type, struct feed_text *ret_data)
{
	struct feed_text t = line, word;

	if (!feed_was_indented(p, line)) {
		word = feed_token(t, &t);
		if (!read_owner(z, word, z->owner))
			return false;
	}
	do {
		word = feed_token(t, &t);
	} while (word.len && (is_class(word) || (*word.s >= '0' && *word.s <= '9')));
	*ret_type = word;
	*ret_data = t;
	return word.len && t.len;
}

static bool take_directive(struct zone *z, struct feed_text line)
{
	struct feed_text rest, word = feed_token(line, &rest);

	if (*line.s != '$')
		return false;
	if (feed_text_is(word, "$ORIGIN")) {
		z->origin[0] = '\0';
		word = feed_token(rest, &rest);
		if (!read_owner(z, word, z->origin))
			z->origin[0] = '\0';
	}
	return true;
}

static struct feed_text without_comment(struct feed_text t)
{
	const char *semicolon = memchr(t.s, ';', t.len);

	return semicolon ? feed_trim((struct feed_text){t.s, (size_t)(semicolon - t.s)}) : t;
}

static int on_line(struct feed_parser *p, struct feed_text line, void *ctx)
{
	struct zone *z = ctx;
	struct feed_text type, data;

	line = without_comment(line);
	if (!line.len || z->in_brackets || take_directive(z, line)) {
		z->in_brackets &= !memchr(line.s, ')', line.len);
		return 0;
	}
	if (!read_record(z, p, line, &type, &data)) {
		feed_refuse(p, line, FEED_ZONE_SYNTAX);
		return 0;
	}
	if (feed_text_is(type, "SOA") || feed_text_is(type, "NS")) {
		z->in_brackets = memchr(data.s, '(', data.len) && !memchr(data.s, ')', data.len);
		if (feed_text_is(type, "SOA") && !z->origin[0] && strcmp(z->owner, "@"))
			str_copy(z->origin, sizeof(z->origin), z->owner);
		return 0;
	}
	if (!is_known_type(type)) {
		feed_refuse(p, line, FEED_ZONE_TYPE);
		return 0;
	}
	feed_proto(p);
	p->proto.mark = action_of(type, data);
	if (p->proto.mark == FEED_MARK_REDIRECT || p->proto.mark == FEED_MARK_TCP_ONLY)
		feed_proto_action(p, CORDON_ACTION_ALERT);
	return add_trigger(p, line, z->owner);
}

size_t fmt_rpz_detect(const struct feed_sample *s)
{
	size_t fits = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct feed_text t = s->line[i];
		bool known = !s->is_comment[i] && *t.s == '$' && t.len > 4;

		while (t.len && !s->is_comment[i] && !known) {
			struct feed_text word = feed_token(t, &t);

			known = t.len && (feed_text_is(word, "CNAME") ||
					  feed_text_is(word, "SOA") || feed_text_is(word, "NS"));
		}
		fits += known;
	}
	return fits;
}

int fmt_rpz_parse(struct feed_parser *p, const char *data, size_t len)
{
	struct zone z = {.owner = "@"};

	p->comments = ";";
	return feed_each_line(p, data, len, on_line, &z);
}
