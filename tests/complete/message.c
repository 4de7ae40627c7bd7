// SPDX-License-Identifier: BSD-2-Clause
/* Messages of the protocols, plain and well formed, see complete.h. */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "complete/complete.h"

static void add8(struct strbuf *b, uint32_t v)
{
	uint8_t x = (uint8_t)v;

	strbuf_add(b, &x, 1);
}

static void add16(struct strbuf *b, uint32_t v)
{
	add8(b, v >> 8);
	add8(b, v);
}

void msg_http_request(struct strbuf *b, const char *method, const char *uri, const char *host, const char *headers,
		      const char *body, size_t n)
{
	strbuf_addf(b, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", method, uri, host, headers);
	if (n)
		strbuf_addf(b, "Content-Length: %zu\r\n", n);
	strbuf_adds(b, "\r\n");
	strbuf_add(b, body, n);
}

static void add_chunks(struct strbuf *b, struct rng *r, const char *p, size_t n)
{
	while (n) {
		size_t k = rng_between(r, 1, (uint32_t)n);

		strbuf_addf(b, rng_chance(r, 20) ? "%zx;ext=1\r\n" : "%zX\r\n", k);
		strbuf_add(b, p, k);
		strbuf_adds(b, "\r\n");
		p += k;
		n -= k;
	}
	strbuf_adds(b, "0\r\n\r\n");
}

void msg_http_chunked(struct strbuf *b, struct rng *r, const char *uri, const char *host, const void *body, size_t n)
{
	strbuf_addf(b, "POST %s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n", uri, host);
	add_chunks(b, r, body, n);
}

void msg_http_response(struct strbuf *b, const char *status, const char *headers, const void *body, size_t n)
{
	strbuf_addf(b, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, n);
	strbuf_add(b, body, n);
}

void msg_gzip(struct strbuf *b, const void *p, size_t n)
{
	uint8_t out[4096];
	z_stream z = { .next_in = (Bytef *)(uintptr_t)p, .avail_in = (uInt)n, .next_out = out, .avail_out = sizeof(out) };

	if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK || deflate(&z, Z_FINISH) != Z_STREAM_END)
		errx(1, "gzip: more than %zu bytes", sizeof(out));
	strbuf_add(b, out, sizeof(out) - z.avail_out);
	deflateEnd(&z);
}

/* RFC 1035 4.1: one question */
void msg_dns(struct strbuf *b, const char *name, uint16_t type)
{
	static const uint8_t head[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	const char *dot;

	strbuf_add(b, head, sizeof(head));
	for (; *name; name = *dot ? dot + 1 : dot) {
		dot = strchrnul(name, '.');
		add8(b, (uint32_t)(dot - name));
		strbuf_add(b, name, (size_t)(dot - name));
	}
	add8(b, 0);
	add16(b, type);
	add16(b, 1);
}

/* RFC 8446 4.1.2, RFC 6066 3: a ClientHello with server_name alone */
void msg_hello(struct strbuf *b, const char *name)
{
	uint32_t n = (uint32_t)strlen(name), ext = n + 9, body = 2 + 32 + 1 + 4 + 2 + 2 + ext;

	strbuf_add(b, "\x16\x03\x01", 3);
	add16(b, body + 4);
	add16(b, 0x0100);
	add16(b, body);
	add16(b, 0x0303);
	for (uint32_t i = 0; i < 32; i++)
		add8(b, 0xa0 + i);
	add8(b, 0);
	strbuf_add(b, "\x00\x02\x13\x01\x01\x00", 6);
	add16(b, ext);
	add16(b, 0);
	add16(b, n + 5);
	add16(b, n + 3);
	add8(b, 0);
	add16(b, n);
	strbuf_add(b, name, n);
}

/* MQTT 3.1.1, 2.2.3 */
static void add_mqtt_head(struct strbuf *b, uint8_t type, size_t n)
{
	add8(b, type);
	for (; n > 127; n >>= 7)
		add8(b, (uint32_t)(n & 127) | 128);
	add8(b, (uint32_t)n);
}

/* 3.1 */
void msg_mqtt_connect(struct strbuf *b, const char *id)
{
	uint32_t n = (uint32_t)strlen(id);

	add_mqtt_head(b, 0x10, n + 12);
	add16(b, 4);
	strbuf_add(b, "MQTT\x04\x02\x00\x3c", 8);
	add16(b, n);
	strbuf_add(b, id, n);
}

/* 3.3, QoS 0 */
void msg_mqtt_publish(struct strbuf *b, const char *topic, const void *p, size_t n)
{
	uint32_t t = (uint32_t)strlen(topic);

	add_mqtt_head(b, 0x30, n + t + 2);
	add16(b, t);
	strbuf_add(b, topic, t);
	strbuf_add(b, p, n);
}
