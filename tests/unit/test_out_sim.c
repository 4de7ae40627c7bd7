// SPDX-License-Identifier: BSD-2-Clause
/*
 * Quarantines at the SIM, against a local server with the shapes of SORACOM's
 * API: login, pages, groups, states; and what goes wrong there. The server
 * judges by its own table of SIMs.
 */
#include "unit/unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "conf/conf.h"
#include "cordon_lists.h"
#include "harness/peer_http.h"
#include "out/out.h"
#include "out/outputs.h"
#include "out/say.h"

#define SIMS 3

static struct {
	struct peer_http http;
	/* what it does */
	unsigned int pass_next, fail_next; /* so many calls are answered well, then so many with @status */
	int status;
	unsigned int retry_after;
	bool forgets_token;
	/* what it saw */
	unsigned int logins, lists, sets, actives, refused;
	int token;
	struct {
		char id[24], ip[24], group[24];
		bool online, active;
	} sim[SIMS];
} srv;

static char dir[] = "/tmp/cordon-sim-XXXXXX";
static char key_file[64], url[64];

static void one_sim(char *dst, size_t size, int i)
{
	char group[64] = "null";

	if (srv.sim[i].group[0])
		snprintf(group, sizeof(group), "\"%s\"", srv.sim[i].group);
	snprintf(dst, size, "{\"simId\":\"%s\",\"status\":\"%s\",\"groupId\":%s,\"tags\":{},\"sessionStatus\":{\"online\":%s,\"ueIpAddress\":\"%s\"}}",
		 srv.sim[i].id, srv.sim[i].active ? "active" : "inactive", group, srv.sim[i].online ? "true" : "false", srv.sim[i].ip);
}

/* one SIM a page: a client that reads the first page only finds one SIM */
static void list_sims(int fd, const char *request)
{
	const char *key = strstr(request, "last_evaluated_key=");
	int i = key ? atoi(key + strlen("last_evaluated_key=page%20")) : 0;
	char sim[400], body[420], next[64] = "";

	srv.lists++;
	one_sim(sim, sizeof(sim), i);
	snprintf(body, sizeof(body), "[%s]", sim);
	if (i + 1 < SIMS)
		snprintf(next, sizeof(next), "x-soracom-next-key: page %d\r\n", i + 1);
	peer_http_answer(fd, 200, next, body);
}

static void login(int fd, const char *request)
{
	char body[128];

	srv.logins++;
	if (!strstr(request, "\"authKeyId\":\"keyId-abc\"") || !strstr(request, "\"authKey\":\"secret-xyz\"")) {
		peer_http_answer(fd, 401, "", "{}");
		return;
	}
	snprintf(body, sizeof(body), "{\"apiKey\":\"api-1\",\"token\":\"token-%d\",\"operatorId\":\"OP1\"}", ++srv.token);
	peer_http_answer(fd, 200, "", body);
}

static bool is_logged_in(const char *request)
{
	char want[64];

	snprintf(want, sizeof(want), "X-Soracom-Token: token-%d\r\n", srv.token);
	return strstr(request, want) && strstr(request, "X-Soracom-API-Key: api-1\r\n");
}

static void on_sim(int fd, const char *request)
{
	const char *p = strstr(request, "/sims/") + 6, *group = strstr(request, "\"groupId\":\"");
	char body[400];
	int i;

	for (i = 0; i < SIMS && strncmp(p, srv.sim[i].id, strlen(srv.sim[i].id)); i++)
		;
	if (i == SIMS) {
		peer_http_answer(fd, 404, "", "{}");
		return;
	}
	p += strlen(srv.sim[i].id);
	if (!strncmp(p, "/set_group ", 11) && group) {
		srv.sets++;
		snprintf(srv.sim[i].group, sizeof(srv.sim[i].group), "%.*s", (int)strcspn(group + 11, "\""), group + 11);
	} else if (!strncmp(p, "/unset_group ", 13)) {
		srv.sets++;
		srv.sim[i].group[0] = '\0';
	} else if (!strncmp(p, "/deactivate ", 12) || !strncmp(p, "/activate ", 10)) {
		srv.actives++;
		srv.sim[i].active = p[1] == 'a';
	} else if (p[0] != ' ' || strncmp(request, "GET ", 4)) {
		srv.refused++; /* delete_session, suspend, terminate, ... */
		peer_http_answer(fd, 400, "", "{}");
		return;
	}
	one_sim(body, sizeof(body), i);
	peer_http_answer(fd, 200, "", body);
}

static void serve(int fd, const char *request)
{
	char retry[64] = "";
	bool is_login = !strncmp(request, "POST /v1/auth ", 14);

	if (srv.retry_after)
		snprintf(retry, sizeof(retry), "Retry-After: %u\r\n", srv.retry_after);
	if (is_login) {
		login(fd, request);
	} else if (!srv.pass_next && srv.fail_next) {
		srv.fail_next--;
		peer_http_answer(fd, srv.status, retry, "{}");
	} else if (!is_logged_in(request) || srv.forgets_token) {
		srv.forgets_token = false;
		srv.token += 100; /* the old one is worth nothing any more */
		peer_http_answer(fd, 401, "", "{}");
	} else if (!strncmp(request, "GET /v1/sims?", 13)) {
		list_sims(fd, request);
	} else if (strstr(request, " /v1/sims/")) {
		on_sim(fd, request);
	} else {
		srv.refused++;
		peer_http_answer(fd, 400, "", "{}");
	}
	srv.pass_next -= !is_login && srv.pass_next;
}

static int set_up(void **state)
{
	struct saying s;
	FILE *f;

	(void)state;
	memset(&srv, 0, sizeof(srv));
	for (int i = 0; i < SIMS; i++) {
		snprintf(srv.sim[i].id, sizeof(srv.sim[i].id), "898100000000000000%d", i);
		snprintf(srv.sim[i].ip, sizeof(srv.sim[i].ip), "10.0.0.%d", i + 1);
		srv.sim[i].online = srv.sim[i].active = true;
	}
	strcpy(srv.sim[1].group, "cameras");
	strcpy(dir, "/tmp/cordon-sim-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(key_file, sizeof(key_file), "%s/key", dir);
	f = fopen(key_file, "w");
	assert_non_null(f);
	fputs("keyId-abc\nsecret-xyz\n", f);
	fclose(f);
	peer_http_start(&srv.http, serve);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1/", srv.http.port);
	while (say_take(&s))
		;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "key", "sims.json", "sims.json.bad", "dead-letters.json" };
	char path[96];

	(void)state;
	peer_http_stop(&srv.http);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static void *open_sim_as(uint8_t action)
{
	char group[] = "quarantine";
	struct conf c = { .sim_provider = CONF_SIM_soracom, .sim_url = url, .sim_key_file = key_file, .sim_group = group,
			  .sim_action = action, .sim_level = CORDON_LEVEL_LOCAL, .state_dir = dir };
	struct strbuf err = { 0 };
	void *s = NULL;

	if (out_sim_open(&c, &s, &err))
		fail_msg("%s", err.s);
	strbuf_done(&err);
	assert_non_null(s);
	return s;
}

static void *open_sim(void)
{
	return open_sim_as(CONF_SIM_GROUP);
}

static int say_line(void *s, const char *what, const char *device, const char *level, const char *more)
{
	char text[512];
	struct out_line l = { .text = text, .summary = "" };

	l.len = (size_t)snprintf(text, sizeof(text), "{\"event_type\":\"cordon\",\"cordon\":{\"what\":\"%s\",\"device_id\":\"%s\",\"level\":\"%s\"%s}}",
				 what, device, level, more);
	return out_sim_write(s, &l);
}

#define CAMERA "z0-10.0.0.2"
#define CAMERA_ADDR ",\"addresses\":[\"192.0.2.9\",\"10.0.0.2\"]"

static int begin(void *s)
{
	return say_line(s, "quarantine_begin", CAMERA, "cut", CAMERA_ADDR);
}

static int end(void *s)
{
	return say_line(s, "quarantine_end", CAMERA, "cut", CAMERA_ADDR);
}

static void expect_saying(const char *what)
{
	struct saying s;

	assert_true(say_take(&s));
	assert_string_equal(s.what, what);
}

static void sim_moves_and_returns_to_its_former_group(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(begin(s), 0);
	assert_string_equal(srv.sim[1].group, "quarantine");
	assert_string_equal(srv.sim[0].group, "");
	expect_saying("enforced_elsewhere");
	assert_int_equal(begin(s), 0); /* again: nothing more is sent */
	assert_int_equal(srv.sets, 1);
	assert_int_equal(end(s), 0);
	assert_string_equal(srv.sim[1].group, "cameras");
	expect_saying("released_elsewhere");
	assert_int_equal(srv.sets, 2);
	assert_int_equal(srv.logins, 1);
	assert_int_equal(srv.refused, 0);
	out_sim_close(s);
}

static void sim_without_a_group_returns_to_none(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(say_line(s, "quarantine_begin", "d", "cut", ",\"addresses\":[\"10.0.0.3\"]"), 0);
	assert_string_equal(srv.sim[2].group, "quarantine");
	assert_int_equal(say_line(s, "quarantine_end", "d", "cut", ""), 0);
	assert_string_equal(srv.sim[2].group, "");
	out_sim_close(s);
}

static void way_back_survives_a_restart(void **state)
{
	struct stat st;
	char path[96];
	void *s = open_sim();

	(void)state;
	assert_int_equal(begin(s), 0);
	out_sim_close(s);
	snprintf(path, sizeof(path), "%s/sims.json", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	s = open_sim();
	assert_int_equal(begin(s), 0);
	assert_int_equal(srv.sets, 1);
	assert_int_equal(end(s), 0);
	assert_string_equal(srv.sim[1].group, "cameras");
	out_sim_close(s);
}

/* the way back is written first: a daemon killed between the two calls knows it */
static void move_that_did_not_arrive_is_known_after_a_restart(void **state)
{
	void *s = open_sim();

	(void)state;
	srv.status = 500;
	srv.pass_next = SIMS * 2; /* it is found, the first address is no SIM's */
	srv.fail_next = 1;
	assert_int_equal(begin(s), -EAGAIN);
	assert_string_equal(srv.sim[1].group, "cameras");
	out_sim_close(s);
	strcpy(srv.sim[1].ip, "10.9.9.9"); /* its address has changed meanwhile */
	s = open_sim();
	assert_int_equal(begin(s), 0);
	assert_string_equal(srv.sim[1].group, "quarantine");
	srv.fail_next = 1;
	assert_int_equal(end(s), -EAGAIN);
	out_sim_close(s);
	s = open_sim();
	assert_int_equal(end(s), 0);
	assert_string_equal(srv.sim[1].group, "cameras");
	out_sim_close(s);
}

static void expired_token_is_renewed_once(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(begin(s), 0);
	srv.forgets_token = true;
	assert_int_equal(end(s), 0);
	assert_int_equal(srv.logins, 2);
	assert_string_equal(srv.sim[1].group, "cameras");
	out_sim_close(s);
}

static void wrong_key_is_refused_for_good_and_said(void **state)
{
	FILE *f = fopen(key_file, "w");
	void *s;

	(void)state;
	fputs("keyId-abc\nwrong\n", f);
	fclose(f);
	s = open_sim();
	assert_int_equal(begin(s), -EACCES);
	expect_saying("enforcement_elsewhere_failed");
	assert_int_equal(srv.logins, 1);
	out_sim_close(s);
}

static void server_error_is_worth_another_try(void **state)
{
	void *s = open_sim();

	(void)state;
	srv.status = 502;
	srv.fail_next = 1;
	assert_int_equal(begin(s), -EAGAIN);
	assert_int_equal(begin(s), 0);
	assert_string_equal(srv.sim[1].group, "quarantine");
	out_sim_close(s);
}

static void nothing_is_sent_before_retry_after(void **state)
{
	void *s = open_sim();

	(void)state;
	srv.status = 429;
	srv.fail_next = 1;
	srv.retry_after = 1;
	assert_int_equal(begin(s), -EAGAIN);
	assert_int_equal(begin(s), -EAGAIN);
	assert_int_equal(srv.lists, 0);
	usleep(1100000);
	assert_int_equal(begin(s), 0);
	assert_int_equal(srv.lists, SIMS * 2); /* the first address is no SIM's */
	out_sim_close(s);
}

static void refused_move_leaves_no_trace(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(begin(s), 0);
	assert_int_equal(end(s), 0);
	srv.sim[1].online = false; /* an address of an old session is nobody's */
	assert_int_equal(begin(s), 0);
	assert_string_equal(srv.sim[1].group, "cameras");
	srv.sim[1].online = true;
	strcpy(srv.sim[2].ip, "10.0.0.2"); /* two hold it: nobody knows whom */
	assert_int_equal(begin(s), -ENOTUNIQ);
	assert_string_equal(srv.sim[1].group, "cameras");
	assert_string_equal(srv.sim[2].group, "");
	out_sim_close(s);
}

static void sim_moved_by_others_is_left_alone(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(begin(s), 0);
	strcpy(srv.sim[1].group, "repair");
	assert_int_equal(end(s), 0);
	assert_string_equal(srv.sim[1].group, "repair");
	strcpy(srv.sim[1].group, "quarantine"); /* put there by a person: he takes it out */
	assert_int_equal(begin(s), 0);
	assert_int_equal(end(s), 0);
	assert_string_equal(srv.sim[1].group, "quarantine");
	out_sim_close(s);
}

static void two_devices_behind_one_sim_keep_it_until_the_last(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(begin(s), 0);
	assert_int_equal(say_line(s, "quarantine_begin", "other", "cut", CAMERA_ADDR), 0);
	assert_int_equal(end(s), 0);
	assert_string_equal(srv.sim[1].group, "quarantine");
	assert_int_equal(say_line(s, "quarantine_end", "other", "cut", ""), 0);
	assert_string_equal(srv.sim[1].group, "cameras");
	out_sim_close(s);
}

static void deactivation_is_undone_by_activation_and_nothing_else_is_called(void **state)
{
	void *s = open_sim_as(CONF_SIM_DEACTIVATE);

	(void)state;
	assert_int_equal(begin(s), 0);
	assert_false(srv.sim[1].active);
	assert_string_equal(srv.sim[1].group, "cameras");
	assert_int_equal(end(s), 0);
	assert_true(srv.sim[1].active);
	assert_int_equal(srv.actives, 2);
	assert_int_equal(srv.refused, 0);
	out_sim_close(s);
}

static void mild_levels_do_not_touch_the_sim(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(say_line(s, "quarantine_begin", CAMERA, "watch", CAMERA_ADDR), 0);
	assert_int_equal(srv.lists, 0);
	assert_int_equal(begin(s), 0);
	assert_int_equal(say_line(s, "quarantine_begin", CAMERA, "limit", CAMERA_ADDR), 0); /* eased: it comes back */
	assert_string_equal(srv.sim[1].group, "cameras");
	out_sim_close(s);
}

static void sync_of(void *s, const char *const *devices, unsigned int n, unsigned int count)
{
	static unsigned int number;
	char more[128];

	number++;
	for (unsigned int i = 0; i < n; i++) {
		snprintf(more, sizeof(more), ",\"sync\":%u,\"age_s\":3%s", number, CAMERA_ADDR);
		assert_int_equal(say_line(s, "quarantine_active", devices[i], "cut", more), 0);
	}
	snprintf(more, sizeof(more), ",\"sync\":%u,\"count\":%u", number, count);
	assert_int_equal(say_line(s, "quarantine_sync", "", "", more), 0);
}

static void sync_mends_what_was_missed(void **state)
{
	static const char *const camera[] = { CAMERA };
	void *s = open_sim();

	(void)state;
	sync_of(s, camera, 1, 1); /* begun while the daemon was away */
	assert_string_equal(srv.sim[1].group, "quarantine");
	sync_of(s, camera, 0, 2); /* a list that did not arrive whole releases nobody */
	assert_string_equal(srv.sim[1].group, "quarantine");
	sync_of(s, camera, 1, 1);
	assert_string_equal(srv.sim[1].group, "quarantine");
	sync_of(s, camera, 0, 0); /* ended while the daemon was away */
	assert_string_equal(srv.sim[1].group, "cameras");
	assert_int_equal(srv.sets, 2);
	out_sim_close(s);
}

/* by then the address may be another SIM's */
static void old_quarantine_is_not_looked_up_by_its_address(void **state)
{
	void *s = open_sim();

	(void)state;
	assert_int_equal(say_line(s, "quarantine_active", CAMERA, "cut", ",\"sync\":1,\"age_s\":86400" CAMERA_ADDR), 0);
	assert_int_equal(srv.lists, 0);
	out_sim_close(s);
}

static void damaged_book_is_set_aside_and_said(void **state)
{
	char path[96], bad[100];
	FILE *f;
	void *s;

	(void)state;
	snprintf(path, sizeof(path), "%s/sims.json", dir);
	snprintf(bad, sizeof(bad), "%s.bad", path);
	f = fopen(path, "w");
	fputs("{\"sims\":[{\"device\":\"d\",\"sim\":\"../../x\",\"group\":\"\",\"to\":\"\",\"action\":\"group\"}]}", f);
	fclose(f);
	s = open_sim();
	assert_int_equal(access(bad, F_OK), 0);
	assert_int_equal(begin(s), 0);
	out_sim_close(s);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(sim_moves_and_returns_to_its_former_group),
		T(sim_without_a_group_returns_to_none),
		T(way_back_survives_a_restart),
		T(move_that_did_not_arrive_is_known_after_a_restart),
		T(expired_token_is_renewed_once),
		T(wrong_key_is_refused_for_good_and_said),
		T(server_error_is_worth_another_try),
		T(nothing_is_sent_before_retry_after),
		T(refused_move_leaves_no_trace),
		T(sim_moved_by_others_is_left_alone),
		T(two_devices_behind_one_sim_keep_it_until_the_last),
		T(deactivation_is_undone_by_activation_and_nothing_else_is_called),
		T(mild_levels_do_not_touch_the_sim),
		T(sync_mends_what_was_missed),
		T(old_quarantine_is_not_looked_up_by_its_address),
		T(damaged_book_is_set_aside_and_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
