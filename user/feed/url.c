// SPDX-License-Identifier: BSD-2-Clause
/*
 * A URL in the one form it is kept and looked up in. What a device asks for in
 * the clear is brought to the same form, so the two compare byte by byte.
 * Source: "URLs and Hashing, Canonicalization" of Google's Web Risk and Safe
 * Browsing. Two things are kept that those drop or merge: a port that is not the
 * scheme's, and the difference between the first '?' and an escaped one.
 */
#include "feed/parse.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HTTP "http://"
#define HTTPS "https://"

static bool add(struct url *u, const char *s, size_t n)
{
	if (u->len + n > FEED_URL_BYTES)
		return false;
	memcpy(u->text + u->len, s, n);
	u->len += n;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ":80" of http and ":443" of https are not written; no digits: as if there were no colon */
static unsigned int add_port(struct url *u, struct feed_text port, bool is_https)
{
	uint64_t n;
	char text[8];
	int len;

	if (!port.len)
		return FEED_OK;
	if (!feed_number(port, 65535, &n) || !n)
		return FEED_URL_BAD;
	if (n == (is_https ? 443 : 80))
		return FEED_OK;
	len = snprintf(text, sizeof(text), ":%u", (unsigned int)n);
	return add(u, text, (size_t)len) ? FEED_OK : FEED_URL_LONG;
}

/* an IPv4 address as resolvers take it: fewer than four numbers, hexadecimal or octal ones */
static bool is_loose_v4(struct feed_text host, char text[ADDR_STR_MAX])
{
	struct in_addr in;

	if (host.len >= ADDR_STR_MAX)
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (hex_digit(host.s[i]) < 0 && host.s[i] != '.' && (host.s[i] | 0x20) != 'x')
			return false;
	memcpy(text, host.s, host.len);
	text[host.len] = '\0';
	return inet_aton(text, &in) && inet_ntop(AF_INET, &in, text, ADDR_STR_MAX);
}

static unsigned int add_host(struct url *u, struct feed_text host)
{
	char text[ADDR_STR_MAX];
	bool bracketed;

	if (is_loose_v4(host, text))
		host = (struct feed_text){text, strlen(text)};
	u->host.has_wildcard = false;
	if (value_read(host, &u->host) || u->host.has_wildcard ||
	    (u->host.kind != VALUE_NAME &&
	     (u->host.kind != VALUE_PREFIX || u->host.prefix.len != 128)))
		return FEED_URL_BAD;
	if (u->host.kind == VALUE_NAME)
		return add(u, u->host.name, strlen(u->host.name)) ? FEED_OK : FEED_URL_LONG;
	addr_str(text, sizeof(text), &u->host.prefix.addr);
	bracketed = strchr(text, ':') != NULL;
	if ((bracketed && !add(u, "[", 1)) || !add(u, text, strlen(text)) ||
	    (bracketed && !add(u, "]", 1)))
		return FEED_URL_LONG;
	return FEED_OK;
}

/* where the host ends and its port begins */
static void split_port(struct feed_text *host, struct feed_text *port)
{
	const char *from = *host->s == '[' ? memchr(host->s, ']', host->len) : host->s;
	const char *colon = from ? memchr(from, ':', (size_t)(host->s + host->len - from)) : NULL;

	*port = (struct feed_text){NULL, 0};
	if (!colon)
		return;
	*port = (struct feed_text){colon + 1, (size_t)(host->s + host->len - colon - 1)};
	host->len = (size_t)(colon - host->s);
}

/* "%41%2542" -> "AB": until nothing is left to decode, in one pass; tabs and line ends go. In place; its new length. */
static size_t unescape(char *t, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (t[i] == '\t' || t[i] == '\r' || t[i] == '\n')
			continue;
		t[n++] = t[i];
		/* what an escape gave may end another one */
		while (n > 2 && t[n - 3] == '%' && hex_digit(t[n - 2]) >= 0 && hex_digit(t[n - 1]) >= 0) {
			t[n - 3] = (char)(hex_digit(t[n - 2]) << 4 | hex_digit(t[n - 1]));
			n -= 2;
		}
	}
	return n;
}

/* "/a/./b/../c//d" -> "/a/c/d" (RFC 3986 5.2.4, and runs of slashes are one); @t begins with '/'; its new length */
static size_t resolve(char *t, size_t len)
{
	size_t n = 0, end;

	for (size_t i = 0; i < len; i = end) {
		size_t seg;
		bool is_here, is_up;

		for (end = i + 1; end < len && t[end] != '/';)
			end++;
		seg = end - i - 1;
		is_here = !seg || (seg == 1 && t[i + 1] == '.');
		is_up = seg == 2 && t[i + 1] == '.' && t[i + 2] == '.';
		while (is_up && n && t[--n] != '/')
			;
		if (!is_here && !is_up) {
			memmove(t + n, t + i, seg + 1);
			n += seg + 1;
		} else if (end == len) {
			t[n++] = '/';
		}
	}
	return n;
}

/* @is_path: a '?' in it is not the one in front of the query */
static unsigned int add_escaped(struct url *u, const char *t, size_t len, bool is_path)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)t[i];
		char hex[4];

		if (c > 0x20 && c < 0x7f && c != '#' && c != '%' && !(is_path && c == '?')) {
			if (!add(u, t + i, 1))
				return FEED_URL_LONG;
			continue;
		}
		snprintf(hex, sizeof(hex), "%%%02X", c);
		if (!add(u, hex, 3))
			return FEED_URL_LONG;
	}
	return FEED_OK;
}

static unsigned int add_path(struct url *u, struct feed_text t)
{
	const char *fragment = memchr(t.s, '#', t.len), *query;
	size_t len = fragment ? (size_t)(fragment - t.s) : t.len, path, n = 0;
	char text[FEED_URL_BYTES + 1];
	unsigned int why;

	u->path = u->len;
	if (len >= sizeof(text))
		return FEED_URL_LONG;
	query = len ? memchr(t.s, '?', len) : NULL;
	path = query ? (size_t)(query - t.s) : len;
	if (!path || *t.s != '/')
		text[n++] = '/';
	memcpy(text + n, t.s, path);
	n = resolve(text, unescape(text, n + path));
	why = add_escaped(u, text, n, true);
	if (why || !query)
		return why;
	memcpy(text, query + 1, len - path - 1);
	if (!add(u, "?", 1))
		return FEED_URL_LONG;
	return add_escaped(u, text, unescape(text, len - path - 1), false);
}

unsigned int url_read(struct feed_text t, struct url *ret)
{
	bool is_https = t.len > strlen(HTTPS) && !strncasecmp(t.s, HTTPS, strlen(HTTPS));
	size_t scheme = is_https ? strlen(HTTPS) : strlen(HTTP), n = 0;
	struct feed_text host, port;
	unsigned int why;

	if (!is_https && (t.len <= scheme || strncasecmp(t.s, HTTP, scheme)))
		return FEED_URL_SCHEME;
	ret->len = 0;
	add(ret, is_https ? HTTPS : HTTP, scheme);
	t.s += scheme;
	t.len -= scheme;
	while (n < t.len && !strchr("/?#\\", t.s[n]))
		n++;
	host = (struct feed_text){t.s, n};
	if (!n || memchr(host.s, '@', n))
		return FEED_URL_BAD;
	split_port(&host, &port);
	if (!host.len)
		return FEED_URL_BAD;
	why = add_host(ret, host);
	if (!why)
		why = add_port(ret, port, is_https);
	if (!why)
		why = add_path(ret, (struct feed_text){t.s + n, t.len - n});
	ret->text[ret->len] = '\0';
	return why;
}

int url_canonical(const char *s, size_t len, char dst[FEED_URL_BYTES + 1])
{
	struct url u;

	if (url_read((struct feed_text){s, len}, &u))
		return -EINVAL;
	memcpy(dst, u.text, u.len + 1);
	return 0;
}

bool url_host(const char *url, char host[256])
{
	bool is_http = !strncmp(url, HTTP, strlen(HTTP));
	const char *from = strstr(url, "://"), *end;

	if (!from)
		return false;
	from += 3;
	from += *from == '[';
	end = from[-1] == '[' ? strchr(from, ']') : from + strcspn(from, ":/");
	if (!end || (size_t)(end - from) > 255)
		return false;
	memcpy(host, from, (size_t)(end - from));
	host[end - from] = '\0';
	return is_http;
}
