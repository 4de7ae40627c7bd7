// SPDX-License-Identifier: BSD-2-Clause
/*
 * The webhook: urgent events as POST with a JSON body. The receiver knows it
 * is us by X-Cordon-Signature: sha256=<hex of HMAC-SHA256(secret, timestamp
 * "." body)>, that it is not an old one by X-Cordon-Timestamp (seconds since
 * 1970), and that it is not the same again by Idempotency-Key.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/http.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "conf/conf.h"
#include "out/outputs.h"

#define SECRET_MAX 4096 /* bytes of the secret's file */
#define SECRET_MIN 16	/* bytes; a shorter key is guessed */

struct webhook {
	char *url, *secret;
	uint8_t format;
};

/* the first line of the file */
static int read_secret(const char *path, char **ret, struct strbuf *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = file_read(path, SECRET_MAX, &text, &len);

	if (r) {
		strbuf_addf(err, "webhook.secret_file %s: %s", path, strerror(-r));
		return r;
	}
	text[strcspn(text, "\r\n")] = '\0';
	if (strlen(text) < SECRET_MIN) {
		strbuf_addf(err, "webhook.secret_file %s: its first line has fewer than %d bytes", path, SECRET_MIN);
		return -EINVAL;
	}
	*ret = TAKE_PTR(text);
	return 0;
}

int out_webhook_open(const struct conf *c, void **ret, struct strbuf *err)
{
	struct webhook *w;
	int r;

	if (!c->webhook_url || !c->webhook_secret_file)
		return 0; /* unsigned alarms are not sent: conf_check(), and the keeper where it cannot read the secret */
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->format = c->webhook_format;
	w->url = strdup(c->webhook_url);
	r = w->url ? read_secret(c->webhook_secret_file, &w->secret, err) : -ENOMEM;
	if (r) {
		out_webhook_close(w);
		return r;
	}
	*ret = w;
	return 0;
}

/* what is posted: the event, or its summary as chat services take it */
static void body_of(const struct webhook *w, const struct out_line *l, struct json *ret)
{
	if (w->format == CONF_WEBHOOK_SLACK) {
		json_begin(ret, NULL, '{');
		json_str(ret, "text", l->summary);
		json_end(ret, '}');
	} else {
		strbuf_add(&ret->b, l->text, l->len);
	}
}

static int sign(const struct webhook *w, const char *timestamp, const struct strbuf *body, char hex[65])
{
	struct strbuf b = { 0 };
	int r;

	strbuf_addf(&b, "%s.", timestamp);
	strbuf_add(&b, body->s, body->len);
	r = b.failed ? -ENOMEM : hmac_sha256_hex(w->secret, strlen(w->secret), b.s, b.len, hex);
	strbuf_done(&b);
	return r;
}

/* may the same request be taken at another time? */
static bool is_passing(int status)
{
	return status < 0 ? status != -EINVAL : status >= 500 || status == 429 || status == 408;
}

static int post(const struct webhook *w, const struct out_line *l, const struct strbuf *body)
{
	char timestamp[24], hex[65], lines[3][112];
	const char *headers[] = { "Content-Type: application/json", lines[0], lines[1], lines[2], NULL };
	const char *why;
	int r;

	snprintf(timestamp, sizeof(timestamp), "%llu", (unsigned long long)(clock_wall_ns() / 1000000000ULL));
	r = sign(w, timestamp, body, hex);
	if (r)
		return r;
	snprintf(lines[0], sizeof(lines[0]), "X-Cordon-Timestamp: %s", timestamp);
	snprintf(lines[1], sizeof(lines[1]), "X-Cordon-Signature: sha256=%s", hex);
	snprintf(lines[2], sizeof(lines[2]), "Idempotency-Key: %016llx%016llx", (unsigned long long)l->id[0],
		 (unsigned long long)l->id[1]);
	r = http_post(w->url, headers, body->s, body->len, OUT_TIMEOUT_webhook, &why);
	if (r >= 200 && r < 300)
		return 0;
	log_debug("webhook: %s (%d)", r < 0 ? why : "refused", r);
	return is_passing(r) ? -EAGAIN : -EPROTO;
}

int out_webhook_write(void *state, const struct out_line *l)
{
	const struct webhook *w = state;
	struct json body = { 0 };
	int r;

	body_of(w, l, &body);
	r = body.b.failed ? -ENOMEM : post(w, l, &body.b);
	json_done(&body);
	return r;
}

/* the secret is read once, before privileges go; a new one needs a restart */
int out_webhook_reopen(void *state)
{
	(void)state;
	return 0;
}

void out_webhook_close(void *state)
{
	struct webhook *w = state;

	if (w->secret)
		explicit_bzero(w->secret, strlen(w->secret));
	free(w->secret);
	free(w->url);
	free(w);
}
