/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients of a UniFi Network application, for a gateway whose switches and
 * access points are not its own: into another network by the client's override
 * (group), or blocked at every port and radio (deactivate). A client is known by
 * its MAC, whether it is wired or not. The key file has the site's name and an
 * API key. Every answer is {"meta":{"rc":"ok"|"error","msg":..},"data":[..]},
 * errors often with status 400. Shapes as public clients of that API use them,
 * 2025; tried against a local server only.
 *   GET  /api/s/SITE/stat/user/MAC
 *   PUT  /api/s/SITE/rest/user/ID    virtual_network_override_enabled, _id
 *   POST /api/s/SITE/cmd/stamgr      block-sta, unblock-sta
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/http.h"
#include "base/jsonin.h"
#include "out/sim.h"
#include "out/sims.h"

#define ANSWER_MAX (1u << 20) /* bytes; one client has some 4 KiB */
#define RETRY_MAX_S 3600
#define NS_PER_S 1000000000ULL
#define MAC_DIGITS 12

struct unifi {
	char *url, *ca_file, *site, *key;
	uint64_t not_before_ns; /* boot clock: 429 or 503 said so */
	char why[200];
};

/* --- one exchange --- */

static int judge(struct unifi *s, const struct http_call *q, int status)
{
	if (status < 0)
		snprintf(s->why, sizeof(s->why), "%s", q->err);
	else
		snprintf(s->why, sizeof(s->why), "answered %d", status);
	if (status == 429 || status == 503) {
		uint32_t wait = q->ret_retry_s < RETRY_MAX_S ? q->ret_retry_s : RETRY_MAX_S;

		s->not_before_ns = clock_now_ns() + wait * NS_PER_S;
	}
	if (status < 0)
		return status == -EINVAL || status == -EFBIG ? status : -EAGAIN;
	if (status == 401 || status == 403)
		return -EACCES;
	if (status == 404)
		return -ENOENT;
	return status >= 500 || status == 429 || status == 408 ? -EAGAIN : 0; /* what else is wrong the text says */
}

/* the "data" of an answer that says ok */
static int read_answer(struct unifi *s, const struct strbuf *answer, int status, struct jsonin **ret)
{
	struct strbuf err = { 0 };
	const char *rc, *msg;
	int r = answer->len ? jsonin_parse(answer->s, answer->len, ret, &err) : -EPROTO;

	strbuf_done(&err);
	if (r) {
		snprintf(s->why, sizeof(s->why), "answered %d, and no JSON", status);
		return -EPROTO;
	}
	rc = jsonin_str(jsonin_get(*ret, "meta"), "rc");
	msg = jsonin_str(jsonin_get(*ret, "meta"), "msg");
	if (status < 300 && rc && !strcmp(rc, "ok"))
		return 0;
	snprintf(s->why, sizeof(s->why), "answered %d: %.100s", status, msg ? msg : "no reason");
	if (msg && (!strcmp(msg, "api.err.UnknownUser") || !strcmp(msg, "api.err.IdInvalid")))
		return -ENOENT;
	if (msg && !strcmp(msg, "api.err.LoginRequired"))
		return -EACCES;
	return -EPROTO;
}

static int call(struct unifi *s, const char *method, const char *path, const char *body, struct jsonin **ret)
{
	_cleanup_free_ char *url = NULL, *key = NULL;
	_cleanup_(jsonin_free) struct jsonin *answer = NULL;
	const char *headers[4] = { "Content-Type: application/json", "Accept: application/json" };
	struct http_call q = { .method = method, .headers = headers, .body = body, .ca_file = s->ca_file,
			       .timeout_ms = SIM_TIMEOUT_MS, .max = ANSWER_MAX };
	int r, status;

	if (clock_now_ns() < s->not_before_ns)
		return -EAGAIN;
	if (asprintf(&url, "%s/api/s/%s%s", s->url, s->site, path) < 0 || asprintf(&key, "X-API-KEY: %s", s->key) < 0)
		return -ENOMEM;
	headers[2] = key;
	q.url = url;
	status = http_call(&q);
	r = judge(s, &q, status);
	if (!r)
		r = read_answer(s, &q.answer, status, &answer);
	strbuf_done(&q.answer);
	explicit_bzero(key, strlen(key));
	if (!r && ret)
		*ret = TAKE_PTR(answer);
	return r;
}

/* --- clients: an id is twelve digits of the MAC, '-' and the controller's own id --- */

static bool take_client(const struct jsonin *o, const char *mac, struct sim *ret)
{
	const char *id = jsonin_str(o, "_id"), *has = jsonin_str(o, "mac"), *to = jsonin_str(o, "virtual_network_override_id");
	uint8_t m[6];

	if (!sim_is_id(id) || strlen(id) > SIM_ID_MAX - MAC_DIGITS - 2 || !has || strcasecmp(has, mac) || mac_parse(mac, m))
		return false;
	if (to && to[0] && !sim_is_id(to))
		return false;
	snprintf(ret->id, sizeof(ret->id), "%02x%02x%02x%02x%02x%02x-%.48s", m[0], m[1], m[2], m[3], m[4], m[5], id);
	str_copy(ret->group, sizeof(ret->group), jsonin_bool(o, "virtual_network_override_enabled") && to ? to : "");
	ret->is_active = !jsonin_bool(o, "blocked");
	return true;
}

static int unifi_find(void *state, const char *mac, struct sim *ret)
{
	_cleanup_(jsonin_free) struct jsonin *o = NULL;
	struct unifi *s = state;
	const struct jsonin *list;
	char path[64];
	uint8_t m[6];
	int r;

	if (mac_parse(mac, m))
		return -EINVAL;
	snprintf(path, sizeof(path), "/stat/user/%.17s", mac);
	r = call(s, "GET", path, NULL, &o);
	if (r)
		return r;
	list = jsonin_get(o, "data");
	if (jsonin_len(list) != 1) {
		snprintf(s->why, sizeof(s->why), "%zu clients are %s", jsonin_len(list), mac);
		return jsonin_len(list) ? -ENOTUNIQ : -ENOENT;
	}
	return take_client(jsonin_at(list, 0), mac, ret) ? 0 : -EPROTO;
}

/* "0200000000aa-5f..." into its two parts; -EINVAL */
static int split_id(const char *id, char mac[18], const char **ret_own)
{
	if (!sim_is_id(id) || strlen(id) < MAC_DIGITS + 2 || id[MAC_DIGITS] != '-' ||
	    strspn(id, "0123456789abcdef") != MAC_DIGITS)
		return -EINVAL;
	snprintf(mac, 18, "%.2s:%.2s:%.2s:%.2s:%.2s:%.2s", id, id + 2, id + 4, id + 6, id + 8, id + 10);
	*ret_own = id + MAC_DIGITS + 1;
	return 0;
}

static int unifi_get(void *state, const char *id, struct sim *ret)
{
	const char *own;
	char mac[18];
	int r = split_id(id, mac, &own);

	if (!r)
		r = unifi_find(state, mac, ret);
	return r ? r : strcmp(ret->id, id) ? -ENOENT : 0; /* forgotten there and seen anew: another client */
}

static int unifi_set_group(void *state, const char *id, const char *group)
{
	char path[128], body[160], mac[18];
	const char *own;
	int r = split_id(id, mac, &own);

	if (r || (group[0] && !sim_is_id(group)))
		return -EINVAL;
	snprintf(path, sizeof(path), "/rest/user/%s", own);
	snprintf(body, sizeof(body), "{\"virtual_network_override_enabled\":%s,\"virtual_network_override_id\":\"%s\"}",
		 group[0] ? "true" : "false", group);
	return call(state, "PUT", path, body, NULL);
}

static int unifi_set_active(void *state, const char *id, bool active)
{
	char body[96], mac[18];
	const char *own;
	int r = split_id(id, mac, &own);

	if (r)
		return r;
	snprintf(body, sizeof(body), "{\"cmd\":\"%s\",\"mac\":\"%s\"}", active ? "unblock-sta" : "block-sta", mac);
	return call(state, "POST", "/cmd/stamgr", body, NULL);
}

static const char *unifi_why(const void *state)
{
	return ((const struct unifi *)state)->why;
}

static void unifi_close(void *state)
{
	struct unifi *s = state;

	if (s->key)
		explicit_bzero(s->key, strlen(s->key));
	free(s->key);
	free(s->site);
	free(s->url);
	free(s->ca_file);
	free(s);
}

static int unifi_open(const struct sim_account *a, void **ret, struct strbuf *err)
{
	struct unifi *s = calloc(1, sizeof(*s));
	size_t n;

	if (!s)
		return -ENOMEM;
	s->url = a->url ? strdup(a->url) : NULL;
	s->ca_file = a->ca_file ? strdup(a->ca_file) : NULL;
	s->site = strdup(a->key_id);
	s->key = strdup(a->secret);
	if (!s->url || !s->site || !s->key || (a->ca_file && !s->ca_file) || !sim_is_id(s->site)) {
		strbuf_adds(err, !s->url ? "sim.url: the console's address is needed" :
				 s->site && !sim_is_id(s->site) ? "sim.key_file: its first line is the site's short name, as default" :
								  "sim: out of memory");
		unifi_close(s);
		return -EINVAL;
	}
	for (n = strlen(s->url); n && s->url[n - 1] == '/'; n--)
		s->url[n - 1] = '\0';
	*ret = s;
	return 0;
}

const struct sim_provider sim_unifi = {
	.name = "unifi",
	.noun = "client",
	.by_mac = true,
	.open = unifi_open,
	.find = unifi_find,
	.get = unifi_get,
	.set_group = unifi_set_group,
	.set_active = unifi_set_active,
	.why = unifi_why,
	.close = unifi_close,
};
