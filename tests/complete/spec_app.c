// SPDX-License-Identifier: BSD-2-Clause
/* Classes of rules on the buffers of applications. A class is one function and one row at the end. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "complete/spec.h"

/* --- applications --- */

static void begin_request(struct spec *s, struct rng *r, const char *buffer, const char *text)
{
	s->on = ON_HTTP;
	s->port = (uint16_t)(rng_chance(r, 70) ? 80 : 8080);
	begin(s, "http", "any", UP);
	strbuf_addf(&s->text, "%s; ", buffer);
	content(&s->text, text, (uint32_t)strlen(text), "");
}

/* a URI whose decoded form is @uri: some bytes as %XX */
static void encode(struct rng *r, const char *uri, char *ret)
{
	bool is_encoded = rng_chance(r, 40);

	for (; *uri; uri++)
		ret += is_encoded && isalnum((unsigned char)*uri) && rng_chance(r, 30) ? sprintf(ret, "%%%02x", (uint8_t)*uri) :
											  sprintf(ret, "%c", *uri);
	*ret = 0;
}

static void http_uri(struct spec *s, struct rng *r)
{
	char w[40], uri[64], wire[200];

	word(r, 5, 20, w);
	begin_request(s, r, "http.uri", w);
	snprintf(uri, sizeof(uri), "/%s%s", rng_chance(r, 50) ? "a/" : "", w);
	encode(r, uri, wire);
	msg_http_request(&s->msg, "GET", wire, "host.example", "User-Agent: x\r\n", "", 0);
}

static void http_uri_old(struct spec *s, struct rng *r)
{
	char w[40], uri[64];

	word(r, 5, 20, w);
	s->on = ON_HTTP;
	s->port = 80;
	begin(s, "http", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), "http_uri; ");
	snprintf(uri, sizeof(uri), "/%s", w);
	msg_http_request(&s->msg, "GET", uri, "host.example", "", "", 0);
}

static void http_method(struct spec *s, struct rng *r)
{
	char w[40], uri[64];

	word(r, 6, 12, w);
	begin_request(s, r, "http.method; content:\"DELETE\"; http.uri", w);
	snprintf(uri, sizeof(uri), "/%s", w);
	msg_http_request(&s->msg, "DELETE", uri, "host.example", "", "", 0);
}

static void http_host(struct spec *s, struct rng *r)
{
	char w[40], host[64];

	lower(r, 5, 20, w);
	begin_request(s, r, "http.host", w);
	snprintf(host, sizeof(host), "%s.example%s", w, rng_chance(r, 30) ? ":8080" : "");
	msg_http_request(&s->msg, "GET", "/", host, "", "", 0);
}

static void http_user_agent(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_request(s, r, "http.user_agent", w);
	snprintf(h, sizeof(h), "User-Agent: Agent %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void http_request_body(struct spec *s, struct rng *r)
{
	char w[40], body[80];
	int n;

	word(r, 5, 20, w);
	begin_request(s, r, "http.request_body", w);
	n = snprintf(body, sizeof(body), "field=%s", w);
	if (rng_chance(r, 50))
		msg_http_chunked(&s->msg, r, "/", "host.example", body, (size_t)n);
	else
		msg_http_request(&s->msg, "POST", "/", "host.example", "", body, (size_t)n);
}

static void http_payload(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 6, 20, w);
	s->on = ON_HTTP;
	s->port = 80;
	begin(s, "http", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), "");
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

/* a buffer, and the bytes around its message */
static void http_mixed(struct spec *s, struct rng *r)
{
	char w[40], u[40], h[80], uri[64];

	word(r, 6, 20, w);
	word(r, 6, 20, u);
	begin_request(s, r, "http.uri", u);
	strbuf_adds(&s->text, "pkt_data; ");
	content(&s->text, w, (uint32_t)strlen(w), rng_chance(r, 30) ? "dsize:>0; " : "");
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	snprintf(uri, sizeof(uri), "/%s", u);
	msg_http_request(&s->msg, "GET", uri, "host.example", h, "", 0);
}

static void http_transform(struct spec *s, struct rng *r)
{
	char w[40], h[80];
	struct strbuf up = { 0 };

	lower(r, 6, 20, w);
	for (const char *p = w; *p; p++)
		strbuf_addf(&up, "%c", toupper((unsigned char)*p));
	begin_request(s, r, "http.user_agent; to_uppercase", up.s);
	strbuf_done(&up);
	snprintf(h, sizeof(h), "User-Agent: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void http_header(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_request(s, r, "http.header", w);
	snprintf(h, sizeof(h), "X-Header: %s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

static void http_cookie(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_request(s, r, "http.cookie", w);
	snprintf(h, sizeof(h), "Cookie: id=%s\r\n", w);
	msg_http_request(&s->msg, "GET", "/", "host.example", h, "", 0);
}

/* the rule reads the response; a request goes before it, see traffic.c */
static void begin_response(struct spec *s, struct rng *r, const char *buffer, const char *text)
{
	s->on = ON_HTTP;
	s->dir = 1;
	s->port = (uint16_t)(rng_chance(r, 70) ? 80 : 8080);
	strbuf_addf(&s->text, "alert http any any -> any any (" DOWN "%s; ", buffer);
	content(&s->text, text, (uint32_t)strlen(text), "");
}

static void http_stat_msg(struct spec *s, struct rng *r)
{
	char w[40], status[64];

	word(r, 5, 20, w);
	begin_response(s, r, "http.stat_msg", w);
	snprintf(status, sizeof(status), "404 %s", w);
	msg_http_response(&s->msg, status, "", "gone", 4);
}

static void http_server(struct spec *s, struct rng *r)
{
	char w[40], h[80];

	word(r, 5, 20, w);
	begin_response(s, r, rng_chance(r, 50) ? "http.server" : "http.header", w);
	snprintf(h, sizeof(h), "Server: %s\r\n", w);
	msg_http_response(&s->msg, "200 OK", h, "ok", 2);
}

static void http_response_body(struct spec *s, struct rng *r)
{
	struct strbuf packed = { 0 };
	char w[40], body[80];
	int n;

	word(r, 5, 20, w);
	begin_response(s, r, rng_chance(r, 50) ? "file.data" : "http.response_body", w);
	n = snprintf(body, sizeof(body), "<html>%s</html>", w);
	if (rng_chance(r, 50)) {
		msg_gzip(&packed, body, (size_t)n);
		msg_http_response(&s->msg, "200 OK", "Content-Encoding: gzip\r\n", packed.s, packed.len);
	} else {
		msg_http_response(&s->msg, "200 OK", "", body, (size_t)n);
	}
	strbuf_done(&packed);
}

static void tls_sni(struct spec *s, struct rng *r)
{
	char w[40], name[80];

	lower(r, 5, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", rng_chance(r, 50) ? "www." : "", w);
	s->on = ON_TLS;
	s->port = (uint16_t)(rng_chance(r, 80) ? 443 : 8443);
	begin(s, "tls", "any", UP);
	strbuf_adds(&s->text, "tls.sni; ");
	content(&s->text, w, (uint32_t)strlen(w), rng_chance(r, 50) ? "nocase; " : "");
	msg_hello(&s->msg, name);
}

static void tls_sni_ends(struct spec *s, struct rng *r)
{
	bool dot = rng_chance(r, 50);
	char w[40], name[80];

	lower(r, 4, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", !dot || rng_chance(r, 50) ? "a." : "", w);
	s->on = ON_TLS;
	s->port = 443;
	begin(s, "tls", "any", UP);
	strbuf_addf(&s->text, "tls.sni; %scontent:\".%s.example\"; endswith; ", dot ? "dotprefix; " : "", w);
	msg_hello(&s->msg, name);
}

static void dns_query(struct spec *s, struct rng *r)
{
	char w[40], name[80];

	lower(r, 4, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", rng_chance(r, 50) ? "www." : "", w);
	s->on = ON_DNS;
	s->port = 53;
	begin(s, "dns", "any", "");
	strbuf_addf(&s->text, "dns.query; content:\"%s%s\"; %s", w, rng_chance(r, 50) ? ".example" : "",
		    rng_chance(r, 50) ? "nocase; " : "");
	msg_dns(&s->msg, name, 1);
}

static void dns_dotprefix(struct spec *s, struct rng *r)
{
	char w[40], name[80];

	lower(r, 4, 20, w);
	snprintf(name, sizeof(name), "%s%s.example", rng_chance(r, 50) ? "www." : "", w);
	s->on = ON_DNS;
	s->port = 53;
	begin(s, "dns", "any", "");
	strbuf_addf(&s->text, "dns.query; dotprefix; content:\".%s.example\"; nocase; endswith; ", w);
	msg_dns(&s->msg, name, 1);
}

static void dns_bsize(struct spec *s, struct rng *r)
{
	char w[40];

	lower(r, 8, 20, w);
	s->on = ON_DNS;
	s->port = 53;
	begin(s, "dns", "any", "");
	strbuf_addf(&s->text, "dns.query; content:\"%s\"; bsize:%zu; ", w, strlen(w));
	msg_dns(&s->msg, w, 1);
}

static void mqtt_content(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	s->on = ON_MQTT;
	s->port = 1883;
	begin(s, "mqtt", "any", UP);
	content(&s->text, w, (uint32_t)strlen(w), "");
	msg_mqtt_connect(&s->msg, w);
}

static void mqtt_topic(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	s->on = ON_MQTT;
	s->port = 1883;
	begin(s, "mqtt", "any", UP);
	strbuf_adds(&s->text, "mqtt.publish.topic; ");
	content(&s->text, w, (uint32_t)strlen(w), "");
	msg_mqtt_publish(&s->msg, w, "21.5", 4);
}

/* the version stands in the CONNECT, which went before */
static void mqtt_numbers(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	s->on = ON_MQTT;
	s->port = 1883;
	begin(s, "mqtt", "any", UP);
	strbuf_adds(&s->text, "mqtt.type:PUBLISH; mqtt.protocol_version:4; mqtt.qos:0; mqtt.publish.message; ");
	content(&s->text, w, (uint32_t)strlen(w), "");
	msg_mqtt_publish(&s->msg, "t/1", w, strlen(w));
}

static void ssh_software(struct spec *s, struct rng *r)
{
	char w[40];

	word(r, 6, 20, w);
	for (char *p = w; *p; p++)
		if (*p == '-')
			*p = 'x';
	s->on = ON_SSH;
	s->port = 22;
	begin(s, "ssh", "any", UP);
	strbuf_adds(&s->text, "ssh.software; ");
	content(&s->text, w, (uint32_t)strlen(w), "");
	strbuf_addf(&s->msg, "SSH-2.0-%s\r\n", w);
}

const struct spec_class spec_app_classes[] = {
	{ "http.uri", http_uri, 1 },
	{ "http_uri", http_uri_old, 1 },
	{ "http.method", http_method, 1 },
	{ "http.host", http_host, 1 },
	{ "http.user_agent", http_user_agent, 1 },
	{ "http.request_body", http_request_body, 1 },
	{ "http payload", http_payload, 1 },
	{ "http.uri and payload", http_mixed, 1 },
	{ "http transform", http_transform, 1 },
	{ "http.header", http_header, 1 },
	{ "http.cookie", http_cookie, 1 },
	{ "http.stat_msg", http_stat_msg, 1 },
	{ "http.server", http_server, 1 },
	{ "file.data", http_response_body, 1 },
	{ "tls.sni", tls_sni, 1 },
	{ "tls.sni endswith", tls_sni_ends, 1 },
	{ "dns.query", dns_query, 1 },
	{ "dns dotprefix", dns_dotprefix, 1 },
	{ "dns bsize", dns_bsize, 1 },
	{ "mqtt payload", mqtt_content, 1 },
	{ "mqtt.publish.topic", mqtt_topic, 1 },
	{ "mqtt numbers", mqtt_numbers, 1 },
	{ "ssh.software", ssh_software, 1 },
	{ NULL, NULL, 0 },
};
