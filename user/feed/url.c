// SPDX-License-Identifier: BSD-2-Clause
/*
 * A URL in the one form it is kept and looked up in. What a device asks for in
 * the clear is brought to the same form, so the two compare byte by byte. Paths
 * are not resolved or decoded: another spelling is another URL to most servers.
 */
#include "feed/parse.h"

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

static unsigned int add_host(struct url *u, struct feed_text host)
{
	char text[ADDR_STR_MAX];
	bool bracketed;

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

static unsigned int add_path(struct url *u, struct feed_text path)
{
	u->path = u->len;
	if ((!path.len || *path.s != '/') && !add(u, "/", 1))
		return FEED_URL_LONG;
	for (size_t i = 0; i < path.len && path.s[i] != '#'; i++) {
		unsigned char c = (unsigned char)path.s[i];
		char hex[4];

		if (c < 0x20 || c == 0x7f)
			return FEED_URL_BAD;
		if (c > 0x20 && c < 0x7f
			    ? !add(u, path.s + i, 1)
			    : (snprintf(hex, sizeof(hex), "%%%02X", c), !add(u, hex, 3)))
			return FEED_URL_LONG;
	}
	return FEED_OK;
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
