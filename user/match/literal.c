/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one content of a rule that libhs and the kernel look for. The kernel
 * sees the wire, so a content serves only as far as its wire form is known:
 * a DNS name has lengths where the text has dots, folded header lines and
 * encoded blanks break at blanks. Among the windows left, the one whose bytes
 * are rarest in ordinary traffic is taken.
 */
#include <pthread.h>
#include <string.h>

#include "match/engine.h"

#define WIRE_MAX 260 /* a content of 255 bytes, a length before it, a zero behind it */
#define WIRE_SHORT 4 /* shorter windows are not looked for */
#define WIRE_LONG 7  /* from here on the kernel's cheap pass serves */
#define WIRE_WIDE_SCORE 100
#define WIRE_RARE 28 /* seven different letters; runs of zeros are far below */
#define WIRE_RARE_TEXT 20 /* the same of a window without zeros and blanks: all but ordinary text */
#define SCAN_SHORT 3 /* a shorter content is not worth looking for in a message */
#define UNKNOWN (-1)

/* The wire form of a content, folded (| 0x20); UNKNOWN where the byte cannot be told. */
struct wire {
	int16_t b[WIRE_MAX];
	uint32_t n;
};

/* ordinary text of the protocols, folded: a window inside it would be seen all the time */
static const char common[] =
	"get / http/1.1--host: www.google.com--user-agent: mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 "
	"(khtml, like gecko) chrome/120.0.0.0 safari/537.36--accept: text/html,application/xhtml+xml,application/xml;"
	"q=0.9,image/webp,*/*;q=0.8--accept-language: en-us,en;q=0.5--accept-encoding: gzip, deflate, br--connection: "
	"keep-alive--content-type: application/x-www-form-urlencoded--content-length: --content-type: application/json"
	"--cache-control: no-cache--pragma: no-cache--referer: http://www.--cookie: sessionid=--post /index.php?id="
	"--post /index.html http/1.1--authorization: basic --content-disposition: form-data; name=--multipart/form-data;"
	" boundary=----webkitformboundary--http/1.1 200 ok--server: nginx--date: --last-modified: --transfer-encoding: "
	"chunked--set-cookie: path=/; expires=--options --delete --head /--put /--soapaction: application/octet-stream"
	"m-search * http/1.1--host: 239.255.255.250:1900--man: \"ssdp:discover\"--mx: 3--st: upnp:rootdevice--st: ssdp:all--"
	"notify * http/1.1--cache-control: max-age=1800--location: http://192.168.1.1:80/description.xml--opt: \"http://schemas."
	"upnp.org/upnp/1/0/\"; ns=01--nt: urn:schemas-upnp-org:device:basic:1--nts: ssdp:alive--usn: uuid:-00-00::upnp:rootdevice"
	"--server: linux/3.14 upnp/1.0 dlnadoc/1.50--http/1.1 302 found--http/1.1 404 not found--server: apache/2.4 (unix)--"
	"accept-ranges: bytes--access-control-allow-origin: *--access-control-allow-methods: get, post, options, put--allow: "
	"--content-type: text/html; charset=utf-8--content-type: text/plain--content-type: text/xml--content-type: "
	"application/javascript--content-type: image/png--user-agent: android--user-agent: python-requests--user-agent: curl/"
	"--connection: close--keep-alive: timeout=5, max=100--content-encoding: gzip--vary: accept-encoding--etag: --if-none-match"
	"--if-modified-since: --location: https://--proxy-connection--expect: 100-continue--x-forwarded-for: --origin: https://"
	"<!doctype html><html><head><title></title><meta charset=\"utf-8\"><meta http-equiv=\"content-type\" content=\"text/html\">"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"stylesheet\" href=\"style.css\">"
	"<script type=\"text/javascript\" src=\"jquery.min.js\"></script><style type=\"text/css\">body { background-color: #ffffff; "
	"background: url(images/); font-family: arial, helvetica, sans-serif; font-size: 12px; color: #000000; margin: 0px auto; "
	"padding: 0px; border: 1px solid; width: 100%; height: 100%; display: none; position: absolute; text-align: center; }"
	"</style></head><body><div class=\"container\" id=\"content\"><form method=\"post\" action=\"login.php\"><input type=\"text\" "
	"name=\"username\" value=\"\"><input type=\"password\" name=\"password\"><input type=\"submit\" value=\"submit\"><input type="
	"\"hidden\"></form><table border=\"0\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%\"><tr><td align=\"center\"></td></tr>"
	"</table><a href=\"http://www.\" target=\"_blank\"><img src=\"images/\" alt=\"\"><iframe frameborder=\"0\"></iframe><span></span>"
	"<br><p></p></div></body></html>var function(){ return this; } document.getelementbyid(\"\").innerhtml = document.write("
	"window.location.href = settimeout( eval( unescape( string.fromcharcode( new array( new date( for (var i = 0; i < length; "
	"i++) if (typeof undefined) null; true; false; else { } try catch prototype.replace( .indexof( .substring( .push( onclick="
	"<?xml version=\"1.0\" encoding=\"utf-8\"?><s:envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" s:encodingstyle="
	"\"http://schemas.xmlsoap.org/soap/encoding/\"><s:body><u:getbinarystate xmlns:u=\"urn:schemas-upnp-org:service:switchpower:1"
	"\"></s:body></s:envelope>{\"type\":\"status\",\"name\":\"\",\"id\":\"\",\"version\":\"1.0\",\"result\":\"success\",\"error\":"
	"\"message\",\"data\":{\"value\":true,\"state\":{\"on\":false}},\"timestamp\":\"\",\"device\":\"\",\"token\":\"\",\"url\":\"http"
	"ssh-2.0-openssh_--diffie-hellman-group-exchange-sha256,ecdh-sha2-nistp256,ssh-rsa,ssh-dss,ssh-ed25519,aes128-ctr,aes256-"
	"cbc,3des-cbc,hmac-sha1,hmac-md5,none,zlib@openssh.com"
	"--x-requested-with: xmlhttprequest--compatible; msie 6.0; windows nt 5.1--.microsoft.com--https://www.";

static int rarity(uint8_t folded)
{
	static const char letters[] = "etaoinsrhldcumfpgwybvkxjqz"; /* commonest first */
	const char *p;

	if (folded >= 'a' && folded <= 'z') {
		p = strchr(letters, folded);
		return 4 + (int)(p - letters) / 5;
	}
	if (folded >= '0' && folded <= '9')
		return 6;
	if (folded == ' ') /* and 0x00 */
		return 1;
	if (strchr("/.-=:;,\"&*", folded))
		return 4;
	return folded == 0xff ? 3 : folded >= 0x80 ? 10 : 8;
}

/* a bit for each pair of bytes in the common text: nearly every window is told from it by its first two pairs */
static uint64_t pairs[65536 / 64];
static pthread_once_t pairs_once = PTHREAD_ONCE_INIT;

static uint32_t pair_at(const uint8_t *b)
{
	return (uint32_t)b[0] << 8 | b[1];
}

static void pairs_fill(void)
{
	const uint8_t *b = (const uint8_t *)common;

	for (size_t i = 0; i + 2 < sizeof(common); i++)
		pairs[pair_at(b + i) / 64] |= CORDON_BIT(pair_at(b + i) % 64);
}

static bool is_pair(const uint8_t *b)
{
	return pairs[pair_at(b) / 64] >> (pair_at(b) % 64) & 1;
}

/* @b: folded bytes, 4 or more */
static bool is_common(const uint8_t *b, uint32_t len)
{
	pthread_once(&pairs_once, pairs_fill);
	for (uint32_t i = 0; i + 1 < len; i++)
		if (!is_pair(b + i))
			return false;
	return memmem(common, sizeof(common) - 1, b, len) != NULL;
}

int literal_rarity(const uint8_t *b, uint32_t len)
{
	int score = 0;

	for (uint32_t i = 0; i < len; i++)
		score += memchr(b, b[i], i) ? 1 : rarity(b[i]);
	return len >= 4 && is_common(b, len) ? score / 4 : score;
}

/*
 * @b: folded bytes. A window that serves the cheap pass first; a wide one before others, unless it is ordinary text: one
 * that is not wide among thousands is enough to have each payload copied.
 */
static int window_score(const struct window *x)
{
	int score = literal_rarity(x->b, x->len);
	int rare = memchr(x->b, ' ', x->len) ? WIRE_RARE : WIRE_RARE_TEXT;

	if (x->n_lead && score >= rare)
		score += WIRE_WIDE_SCORE;
	return score + (x->len >= WIRE_LONG ? 1000 : 0);
}

static void wire_put(struct wire *w, int v)
{
	if (w->n < WIRE_MAX)
		w->b[w->n++] = (int16_t)(v < 0 ? UNKNOWN : v | 0x20);
}

/* does the buffer begin, end with this content? */
struct anchors {
	bool begin, end;
};

static struct anchors anchors_of(const struct rule_list *l, const struct rule_match *m)
{
	struct anchors a = { .begin = m->startswith || (m->has_depth && !m->depth_var && m->depth == m->len), .end = m->endswith };

	for (uint16_t i = 0; i < l->n; i++)
		if (l->m[i].kind == RULE_MATCH_BSIZE && !l->m[i].negated && l->m[i].lo == l->m[i].hi &&
		    l->m[i].lo == m->len)
			a.begin = a.end = true;
	return a;
}

/*
 * A name as RFC 1035 3.1 writes it: the dot before a label is that label's
 * length. It is known when the whole label stands in the content: both its
 * ends are a dot or an end of the name.
 */
static void wire_dns(struct wire *w, const uint8_t *s, uint32_t n, struct anchors a)
{
	for (uint32_t i = 0, end; i <= n; i = end + 1) {
		const uint8_t *dot = i < n ? memchr(s + i, '.', n - i) : NULL;
		bool has_begin = i > 0 || a.begin, has_end = dot || a.end;

		end = dot ? (uint32_t)(dot - s) : n;
		if (has_begin)
			wire_put(w, has_end ? (int)(end - i) : UNKNOWN);
		for (uint32_t k = i; k < end; k++)
			wire_put(w, s[k]);
		if (!dot && a.end)
			wire_put(w, 0);
	}
}

/*
 * What is not told by the buffer: blanks, which may be a fold; in fields the
 * colon, before which a blank may stand, and the comma that joins two fields
 * of one name.
 */
static bool is_told(uint8_t wire, uint8_t c)
{
	if (wire != APP_WIRE_LINES && wire != APP_WIRE_URI)
		return true;
	if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || !c)
		return false;
	return wire == APP_WIRE_URI || (c != ':' && c != ',');
}

static void wire_plain(struct wire *w, const uint8_t *s, uint32_t n, uint8_t wire)
{
	for (uint32_t i = 0; i < n; i++)
		wire_put(w, is_told(wire, s[i]) ? s[i] : UNKNOWN);
}

/* the part of a content that fast_pattern names, without the dot that dotprefix adds */
static void literal_part(const struct entry *e, const struct rule_match *m, const uint8_t **ret, uint16_t *ret_len)
{
	*ret = m->bytes + m->fast_off;
	*ret_len = m->fast_len ? m->fast_len : m->len;
	if (rule_list_is_dotted(e->lit_list) && !m->fast_off && *m->bytes == '.') {
		(*ret)++;
		(*ret_len)--;
	}
}

static void wire_of(const struct entry *e, const struct rule_match *m, struct wire *w)
{
	const struct rule_list *l = e->lit_list;
	struct anchors a = anchors_of(l, m);
	uint8_t wire = app_buffers[e->lit_buffer].wire;
	const uint8_t *s;
	uint16_t n;

	w->n = 0;
	literal_part(e, m, &s, &n);
	if (wire == APP_WIRE_NONE)
		return;
	if (wire != APP_WIRE_NAME) {
		wire_plain(w, s, n, wire);
		return;
	}
	if (m->fast_len)
		a = (struct anchors){ false, false };
	/* the dot taken off is dotprefix's or the name's own: a label begins here */
	if (rule_list_is_dotted(l))
		a.begin = *m->bytes == '.' && !m->fast_off;
	wire_dns(w, s, n, a);
}

/* the bytes before the window that make it a wide one, if they are known */
static void window_lead(const struct wire *w, struct window *ret)
{
	uint32_t n = CORDON_PF_WIDE - ret->len;

	ret->n_lead = 0;
	if (ret->len < WIRE_LONG || ret->at < n)
		return;
	for (uint32_t i = 0; i < n; i++) {
		if (w->b[ret->at - n + i] == UNKNOWN)
			return;
		ret->lead[i] = (uint8_t)w->b[ret->at - n + i];
	}
	ret->n_lead = (uint8_t)n;
}

/* the window of @len bytes at @at, if all are known */
static bool window_at(const struct wire *w, uint32_t at, uint32_t len, struct window *ret)
{
	for (uint32_t i = 0; i < len; i++) {
		if (at + i >= w->n || w->b[at + i] == UNKNOWN)
			return false;
		ret->b[i] = (uint8_t)w->b[at + i];
	}
	ret->len = (uint8_t)len;
	ret->at = (uint16_t)at;
	window_lead(w, ret);
	ret->score = window_score(ret);
	return true;
}

/* the longest window at @at, 4 ... 8 bytes */
static bool window_longest(const struct wire *w, uint32_t at, struct window *ret)
{
	for (uint32_t len = WINDOW_MAX; len >= WIRE_SHORT; len--)
		if (window_at(w, at, len, ret))
			return true;
	return false;
}

static bool is_better(const struct window *a, const struct window *b)
{
	return a->score != b->score ? a->score > b->score : a->at < b->at;
}

/* the best window that is worse than @limit */
static bool window_next(const struct wire *w, const struct window *limit, struct window *ret)
{
	bool found = false;

	for (uint32_t at = 0; at < w->n; at++) {
		struct window x = { 0 };

		if (!window_longest(w, at, &x) || (limit && !is_better(limit, &x)))
			continue;
		if (!found || is_better(&x, ret)) {
			*ret = x;
			found = true;
		}
	}
	return found;
}

bool literal_window(const struct entry *e, unsigned int n, struct window *ret)
{
	struct window limit = { 0 };
	struct wire w;

	wire_of(e, e->lit, &w);
	for (unsigned int i = 0; i <= n; i++) {
		if (!window_next(&w, i ? &limit : NULL, ret))
			return false;
		limit = *ret;
	}
	return true;
}

/* does @m serve, and better than what @e has? */
static void consider(struct entry *e, const struct rule_list *l, const struct rule_match *m)
{
	struct entry x = *e;

	x.lit = m;
	x.lit_list = l;
	x.lit_buffer = l->buffer;
	if (m->kind != RULE_MATCH_CONTENT || m->negated || !literal_window(&x, 0, &x.window))
		return;
	if (m->fast)
		x.window.score += 100000;
	if (!e->lit || x.window.score > e->window.score)
		*e = x;
}

static void consider_list(struct entry *e, const struct rule_list *l)
{
	/* other bytes than those on the wire */
	if ((l->n_transforms && !rule_list_is_dotted(l)) || app_buffers[l->buffer].flags & APP_BUFFER_PACKET)
		return;
	for (uint16_t i = 0; i < l->n; i++)
		consider(e, l, &l->m[i]);
}

/* the longest content of a list, for libhs alone: its wire form is not known */
static void consider_scan_only(struct entry *e, const struct rule_list *l)
{
	if ((l->n_transforms && !rule_list_is_dotted(l)) || app_buffers[l->buffer].flags & APP_BUFFER_PACKET)
		return;
	for (uint16_t i = 0; i < l->n; i++) {
		const struct rule_match *m = &l->m[i];
		int score = m->len + (m->fast ? 1000 : 0);

		if (m->kind != RULE_MATCH_CONTENT || m->negated || m->len < SCAN_SHORT ||
		    (e->lit && score <= e->window.score))
			continue;
		e->lit = m;
		e->lit_list = l;
		e->lit_buffer = l->buffer;
		e->window.score = score;
	}
}

void literal_choose(struct entry *e)
{
	if (!(e->rule->on & RULE_ON_MESSAGE))
		consider_list(e, &e->rule->payload);
	for (uint8_t i = 0; i < e->rule->n_lists; i++)
		consider_list(e, &e->rule->list[i]);
	for (uint8_t i = 0; !e->window.len && i < e->rule->n_lists; i++)
		consider_scan_only(e, &e->rule->list[i]);
}

void literal_drop_window(struct entry *e)
{
	e->window = (struct window){ .len = 0 };
	if (!(e->rule->on & RULE_ON_MESSAGE))
		e->lit = NULL;
}

/* how far behind the end of the match before it @m may end; CORDON_WINDOW: no bound */
static uint32_t reach(const struct rule_match *m)
{
	if (m->kind == RULE_MATCH_ISDATAAT && m->relative && !m->lo_var)
		return m->negated ? 0 : m->lo;
	if (m->kind == RULE_MATCH_BYTE_TEST && m->relative && !m->byte->offset.var && !m->byte->bytes.var)
		return m->byte->offset.n + m->byte->bytes.n < 0 ? 0 : (uint32_t)(m->byte->offset.n + m->byte->bytes.n);
	if (m->kind == RULE_MATCH_CONTENT && m->has_within && m->distance >= 0 && !m->distance_var && !m->within_var)
		return (uint32_t)(m->distance + m->within);
	return CORDON_WINDOW;
}

/* bytes behind the end of @lit within which the whole rule is complete */
static uint32_t literal_span(const struct rule *r, const struct rule_match *lit)
{
	const struct rule_list *l = &r->payload;
	uint32_t span = 0;
	uint16_t i = 0;

	/* every condition must hang on the one before it, forward: else it may be met by later bytes */
	for (; &l->m[i] != lit; i++)
		if (l->m[i].negated || (l->m[i + 1].relative && l->m[i + 1].distance < 0) || !l->m[i + 1].relative)
			return CORDON_WINDOW;
	for (i++; i < l->n && span < CORDON_WINDOW; i++) {
		if (!l->m[i].relative)
			return CORDON_WINDOW;
		span += reach(&l->m[i]);
	}
	return span < CORDON_WINDOW ? span : CORDON_WINDOW;
}

/*
 * Where buffer and wire are the same, libhs looks for the kernel's window
 * itself: the kernel marks the flow when the window is complete, and if user
 * space waited for the rest of the literal, it would let go of the flow in
 * between. Elsewhere (a name, a header) a message begun keeps the flow.
 */
void literal_commit(struct entry *e)
{
	uint32_t rest, span;

	literal_part(e, e->lit, &e->lit_bytes, &e->lit_len);
	if (e->head.len && e->lit == e->head_match) {
		/* the same for a head: what is marked by it must be found by it */
		e->lit_bytes = e->lit->bytes + e->head.at;
		e->lit_len = e->head.n;
		rest = (uint32_t)(e->lit->len - e->head.at - e->head.n);
		span = literal_span(e->rule, e->lit) + rest;
		e->span = span < CORDON_WINDOW ? span : CORDON_WINDOW;
	}
	if (!e->window.len ||
	    (e->lit_buffer != APP_BUFFER_PAYLOAD && app_buffers[e->lit_buffer].wire != APP_WIRE_BODY))
		return;
	e->lit_bytes += e->window.at;
	e->lit_len = e->window.len;
	rest = (uint32_t)(e->lit->bytes + e->lit->len - e->lit_bytes) - e->lit_len;
	if (!(e->rule->on & RULE_ON_STREAM))
		return;
	span = literal_span(e->rule, e->lit) + rest;
	e->span = span < CORDON_WINDOW ? span : CORDON_WINDOW;
}
