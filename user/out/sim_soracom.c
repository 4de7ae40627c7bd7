// SPDX-License-Identifier: BSD-2-Clause
/*
 * SIMs of SORACOM Air. A login gives an API key and a token for a day; a call
 * that is answered 401 logs in again, once. SIMs are listed in pages, each
 * names the next by the header x-soracom-next-key. 429 is obeyed by
 * Retry-After: until then nothing is sent. Source: the vendor's API reference
 * (POST /auth; GET /sims; POST /sims/{id}/set_group, unset_group, activate,
 * deactivate), copy of 2025-09.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/http.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "out/sim.h"
#include "out/sims.h"

#define BASE_URL "https://api.soracom.io/v1"
#define ANSWER_MAX (4u << 20) /* bytes; a page of 100 SIMs has some 300 KiB */
#define PAGES_MAX 2000	      /* 200,000 SIMs */
#define RETRY_MAX_S 3600
#define NS_PER_S 1000000000ULL

struct soracom {
	char *url, *ca_file, *key_id, *secret;
	char *api_key, *token;	/* of the login; NULL: not logged in */
	uint64_t not_before_ns; /* boot clock: 429 said so */
	char why[200];
};

static void forget(char **s)
{
	if (*s)
		explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

/* the answer of one exchange as JSON; an array, as lists are, is the member "list" */
static int parse(struct soracom *s, const struct strbuf *answer, struct jsonin **ret)
{
	struct strbuf text = { 0 }, err = { 0 };
	int r;

	if (!answer->len)
		strbuf_adds(&text, "{}");
	else if (answer->s[strspn(answer->s, " \t\r\n")] == '[')
		strbuf_addf(&text, "{\"list\":%s}", answer->s);
	else
		strbuf_add(&text, answer->s, answer->len);
	r = text.failed ? -ENOMEM : jsonin_parse(text.s, text.len, ret, &err);
	if (r)
		snprintf(s->why, sizeof(s->why), "the answer is no JSON: %.120s", err.s ? err.s : "out of memory");
	strbuf_done(&text);
	strbuf_done(&err);
	return r;
}

/* what a status means for the one who called */
static int judge(struct soracom *s, const struct http_call *q, const char *what, int status)
{
	if (status >= 200 && status < 300)
		return 0;
	if (status < 0)
		snprintf(s->why, sizeof(s->why), "%s: %s", what, q->err);
	else
		snprintf(s->why, sizeof(s->why), "%s: answered %d", what, status);
	if (status == 429 || status == 503) {
		uint32_t wait = q->ret_retry_s < RETRY_MAX_S ? q->ret_retry_s : RETRY_MAX_S;

		s->not_before_ns = clock_now_ns() + wait * NS_PER_S;
	}
	if (status == 404)
		return -ENOENT;
	if (status == 401)
		return -EACCES;
	if (status < 0)
		return status == -EINVAL || status == -EFBIG ? status : -EAGAIN;
	return status >= 500 || status == 429 || status == 408 ? -EAGAIN : -EPROTO;
}

struct request {
	const char *method, *path, *body;
	char *ret_next; /* 512 bytes for the key of the next page, or NULL */
};

static int exchange(struct soracom *s, const struct request *req, struct jsonin **ret)
{
	_cleanup_free_ char *url = NULL, *key = NULL, *token = NULL;
	const char *headers[4] = { "Content-Type: application/json" };
	struct http_call q = { .method = req->method, .headers = headers, .body = req->body, .ca_file = s->ca_file,
			       .want = req->ret_next ? "x-soracom-next-key" : NULL, .timeout_ms = SIM_TIMEOUT_MS, .max = ANSWER_MAX };
	int r;

	if (clock_now_ns() < s->not_before_ns)
		return -EAGAIN;
	if (asprintf(&url, "%s%s", s->url, req->path) < 0)
		return -ENOMEM;
	if (s->token) {
		if (asprintf(&key, "X-Soracom-API-Key: %s", s->api_key) < 0 || asprintf(&token, "X-Soracom-Token: %s", s->token) < 0)
			return -ENOMEM;
		headers[1] = key;
		headers[2] = token;
	}
	q.url = url;
	r = judge(s, &q, req->path, http_call(&q));
	if (!r && ret)
		r = parse(s, &q.answer, ret);
	if (!r && req->ret_next)
		str_copy(req->ret_next, sizeof(q.ret_want), q.ret_want);
	strbuf_done(&q.answer);
	return r;
}

/* a header must not end early, or another begin */
static bool is_header_value(const char *v)
{
	return v && v[0] && !v[strcspn(v, "\r\n")];
}

static int login(struct soracom *s)
{
	_cleanup_(jsonin_free) struct jsonin *a = NULL;
	struct request req = { .method = "POST", .path = "/auth" };
	struct json body = { 0 };
	int r;

	forget(&s->api_key);
	forget(&s->token);
	json_begin(&body, NULL, '{');
	json_str(&body, "authKeyId", s->key_id);
	json_str(&body, "authKey", s->secret);
	json_end(&body, '}');
	req.body = body.b.s;
	r = body.b.failed ? -ENOMEM : exchange(s, &req, &a);
	if (body.b.s)
		explicit_bzero(body.b.s, body.b.len);
	json_done(&body);
	if (r)
		return r;
	if (!is_header_value(jsonin_str(a, "apiKey")) || !is_header_value(jsonin_str(a, "token"))) {
		snprintf(s->why, sizeof(s->why), "/auth: no apiKey and token in the answer");
		return -EPROTO;
	}
	s->api_key = strdup(jsonin_str(a, "apiKey"));
	s->token = strdup(jsonin_str(a, "token"));
	return s->api_key && s->token ? 0 : -ENOMEM;
}

/* logged in before, and once again when the token has run out */
static int call(struct soracom *s, const struct request *req, struct jsonin **ret)
{
	bool is_fresh = !s->token;
	int r = is_fresh ? login(s) : 0;

	if (!r)
		r = exchange(s, req, ret);
	if (r == -EACCES && !is_fresh) {
		r = login(s);
		if (!r)
			r = exchange(s, req, ret);
	}
	return r;
}

/* --- SIMs --- */

static bool take_sim(const struct jsonin *o, struct sim *ret)
{
	const char *id = jsonin_str(o, "simId"), *group = jsonin_str(o, "groupId"), *status = jsonin_str(o, "status");

	if (!sim_is_id(id) || (group && group[0] && !sim_is_id(group)))
		return false;
	str_copy(ret->id, sizeof(ret->id), id);
	str_copy(ret->group, sizeof(ret->group), group ? group : "");
	ret->is_active = status && !strcmp(status, "active");
	return true;
}

/* an address is given to another SIM when a session ends: only a SIM that is online has it */
static bool holds(const struct jsonin *o, const char *addr)
{
	const struct jsonin *session = jsonin_get(o, "sessionStatus");
	const char *ip = jsonin_str(session, "ueIpAddress");

	return jsonin_bool(session, "online") && ip && !strcmp(ip, addr);
}

static int find_in_page(const struct jsonin *list, const char *addr, struct sim *ret, unsigned int *found)
{
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *o = jsonin_at(list, i);

		if (!holds(o, addr))
			continue;
		if (!take_sim(o, ret))
			return -EPROTO;
		++*found;
	}
	return 0;
}

static int page_path(char *dst, size_t size, const char *next)
{
	char key[1600];

	if (!next[0])
		return snprintf(dst, size, "/sims?limit=100") < (int)size ? 0 : -EINVAL;
	return http_escape(key, sizeof(key), next) &&
	       snprintf(dst, size, "/sims?limit=100&last_evaluated_key=%s", key) < (int)size ? 0 : -EPROTO;
}

static int soracom_find(void *state, const char *addr, struct sim *ret)
{
	struct soracom *s = state;
	char path[1700], next[512] = "", last[512];
	unsigned int found = 0;
	int r = 0;

	for (unsigned int i = 0; i < PAGES_MAX && !r; i++) {
		_cleanup_(jsonin_free) struct jsonin *page = NULL;
		struct request req = { .method = "GET", .path = path, .ret_next = next };

		str_copy(last, sizeof(last), next);
		r = page_path(path, sizeof(path), next);
		if (!r)
			r = call(s, &req, &page);
		if (!r)
			r = find_in_page(jsonin_get(page, "list"), addr, ret, &found);
		if (!next[0] || !strcmp(next, last))
			break;
	}
	if (r)
		return r == -ENOENT ? -EPROTO : r;
	if (found != 1)
		snprintf(s->why, sizeof(s->why), "%u SIMs hold %s now", found, addr);
	return found == 1 ? 0 : found ? -ENOTUNIQ : -ENOENT;
}

static int sim_path(char *dst, size_t size, const char *id, const char *verb)
{
	return sim_is_id(id) && snprintf(dst, size, "/sims/%s%s", id, verb) < (int)size ? 0 : -EINVAL;
}

static int soracom_get(void *state, const char *id, struct sim *ret)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	char path[128];
	struct request req = { .method = "GET", .path = path };
	int r = sim_path(path, sizeof(path), id, "");

	if (!r)
		r = call(state, &req, &o);
	return r ? r : take_sim(o, ret) && !strcmp(ret->id, id) ? 0 : -EPROTO;
}

static int post(void *state, const char *id, const char *verb, const char *body)
{
	char path[128];
	struct request req = { .method = "POST", .path = path, .body = body };
	int r = sim_path(path, sizeof(path), id, verb);

	return r ? r : call(state, &req, NULL);
}

static int soracom_set_group(void *state, const char *id, const char *group)
{
	char body[SIM_ID_MAX + 32];

	if (!group[0])
		return post(state, id, "/unset_group", "");
	snprintf(body, sizeof(body), "{\"groupId\":\"%s\"}", group);
	return sim_is_id(group) ? post(state, id, "/set_group", body) : -EINVAL;
}

static int soracom_set_active(void *state, const char *id, bool active)
{
	return post(state, id, active ? "/activate" : "/deactivate", "");
}

static const char *soracom_why(const void *state)
{
	return ((const struct soracom *)state)->why;
}

static void soracom_close(void *state)
{
	struct soracom *s = state;

	forget(&s->key_id);
	forget(&s->secret);
	forget(&s->api_key);
	forget(&s->token);
	free(s->url);
	free(s->ca_file);
	free(s);
}

static int soracom_open(const struct sim_account *a, void **ret, struct strbuf *err)
{
	struct soracom *s = calloc(1, sizeof(*s));
	size_t n;

	if (!s)
		return -ENOMEM;
	s->url = strdup(a->url ? a->url : BASE_URL);
	s->ca_file = a->ca_file ? strdup(a->ca_file) : NULL;
	s->key_id = strdup(a->key_id);
	s->secret = strdup(a->secret);
	if (!s->url || !s->key_id || !s->secret || (a->ca_file && !s->ca_file)) {
		soracom_close(s);
		strbuf_adds(err, "sim: out of memory");
		return -ENOMEM;
	}
	for (n = strlen(s->url); n && s->url[n - 1] == '/'; n--)
		s->url[n - 1] = '\0';
	*ret = s;
	return 0;
}

const struct sim_provider sim_soracom = {
	.name = "soracom",
	.noun = "SIM",
	.open = soracom_open,
	.find = soracom_find,
	.get = soracom_get,
	.set_group = soracom_set_group,
	.set_active = soracom_set_active,
	.why = soracom_why,
	.close = soracom_close,
};
