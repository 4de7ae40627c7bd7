/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Quarantines at a switch, against a local server with the shapes of the UniFi
 * Network API (sim_unifi): the client of a MAC, its override, block and unblock,
 * errors in the body. The server judges by its own table of clients.
 */
#include "unit/unit.h"

#include <errno.h>
#include <unistd.h>

#include "conf/conf.h"
#include "cordon_lists.h"
#include "harness/peer_http.h"
#include "out/outputs.h"
#include "out/say.h"

#define MAC "02:00:00:00:00:10"
#define ID "5f1a2b3c4d5e6f7a8b9c0d1e"

static struct {
	struct peer_http http;
	int status; /* 0: as it should */
	unsigned int puts, cmds, refused, calls;
	char network[64];
	bool blocked, twice;
} srv;

static char dir[64], key_file[96], url[96];

static void answer(int fd, int status, const char *meta, const char *data)
{
	char body[1200];

	snprintf(body, sizeof(body), "{\"meta\":{%s},\"data\":[%s]}", meta, data);
	peer_http_answer(fd, status, "", body);
}

static void client(char *dst, size_t size)
{
	snprintf(dst, size, "{\"_id\":\"" ID "\",\"mac\":\"" MAC "\",\"is_wired\":true,\"sw_port\":5,\"blocked\":%s,"
		 "\"virtual_network_override_enabled\":%s,\"virtual_network_override_id\":\"%s\"}",
		 srv.blocked ? "true" : "false", srv.network[0] ? "true" : "false", srv.network);
}

static void put(int fd, const char *request)
{
	const char *to = strstr(request, "\"virtual_network_override_id\":\"");

	srv.puts++;
	if (strstr(request, "\"virtual_network_override_enabled\":true") && to)
		snprintf(srv.network, sizeof(srv.network), "%.*s", (int)strcspn(to + 31, "\""), to + 31);
	else
		srv.network[0] = 0;
	answer(fd, 200, "\"rc\":\"ok\"", "");
}

static void serve(int fd, const char *request)
{
	char one[512], two[1024];

	srv.calls++;
	client(one, sizeof(one));
	snprintf(two, sizeof(two), "%s,%s", one, one);
	if (srv.status)
		answer(fd, srv.status, "\"rc\":\"error\",\"msg\":\"api.err.ServerBusy\"", "");
	else if (!strstr(request, "X-API-KEY: key-xyz\r\n"))
		answer(fd, 401, "\"rc\":\"error\",\"msg\":\"api.err.LoginRequired\"", "");
	else if (!strncmp(request, "GET /proxy/network/api/s/plant/stat/user/" MAC " ", 59))
		answer(fd, 200, "\"rc\":\"ok\"", srv.twice ? two : one);
	else if (!strncmp(request, "GET /proxy/network/api/s/plant/stat/user/", 41))
		answer(fd, 400, "\"rc\":\"error\",\"msg\":\"api.err.UnknownUser\"", "");
	else if (!strncmp(request, "PUT /proxy/network/api/s/plant/rest/user/" ID " ", 66))
		put(fd, request);
	else if (!strncmp(request, "POST /proxy/network/api/s/plant/cmd/stamgr ", 43) && strstr(request, "\"mac\":\"" MAC "\"")) {
		srv.cmds++;
		srv.blocked = strstr(request, "\"cmd\":\"block-sta\"");
		answer(fd, 200, "\"rc\":\"ok\"", "");
	} else {
		srv.refused++;
		answer(fd, 404, "\"rc\":\"error\"", "");
	}
}

static int set_up(void **state)
{
	struct saying s;
	FILE *f;

	(void)state;
	memset(&srv, 0, sizeof(srv));
	strcpy(dir, "/tmp/cordon-unifi-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(key_file, sizeof(key_file), "%s/key", dir);
	f = fopen(key_file, "w");
	assert_non_null(f);
	fputs("plant\nkey-xyz\n", f);
	fclose(f);
	peer_http_start(&srv.http, serve);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/proxy/network/", srv.http.port);
	while (say_take(&s))
		;
	return 0;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	peer_http_stop(&srv.http);
	unlink(key_file);
	snprintf(path, sizeof(path), "%s/sims.json", dir);
	unlink(path);
	return rmdir(dir);
}

static void *open_port(uint8_t action)
{
	char network[] = "62quarantine";
	struct conf c = { .sim_provider = CONF_SIM_unifi, .sim_url = url, .sim_key_file = key_file, .sim_group = network,
			  .sim_action = action, .sim_level = CORDON_LEVEL_LOCAL, .state_dir = dir };
	struct strbuf err = { 0 };
	void *s = NULL;

	if (out_sim_open(&c, &s, &err))
		fail_msg("%s", err.s);
	assert_non_null(s);
	return s;
}

static int tell(void *s, const char *what, const char *mac)
{
	char text[256];
	struct out_line l = { .text = text, .summary = "" };

	l.len = (size_t)snprintf(text, sizeof(text), "{\"event_type\":\"cordon\",\"cordon\":{\"what\":\"%s\",\"device_id\":\"z0-v0-%s\","
				 "\"level\":\"cut\",\"mac\":\"%s\",\"addresses\":[\"10.0.0.9\"]}}", what, mac, mac);
	return out_sim_write(s, &l);
}

static bool was_said(const char *what, const char *text)
{
	struct saying s;
	bool found = false;

	while (say_take(&s))
		found = found || (!strcmp(s.what, what) && strstr(s.text, text));
	return found;
}

static void client_goes_into_the_network_and_comes_back(void **state)
{
	void *s = open_port(CONF_SIM_GROUP);

	(void)state;
	strcpy(srv.network, "11cameras");
	assert_int_equal(tell(s, "quarantine_begin", MAC), 0);
	assert_string_equal(srv.network, "62quarantine");
	assert_true(was_said("enforced_elsewhere", "client 020000000010-" ID " at unifi"));
	out_sim_close(s); /* over a restart */
	s = open_port(CONF_SIM_GROUP);
	assert_int_equal(tell(s, "quarantine_end", MAC), 0);
	assert_string_equal(srv.network, "11cameras");
	assert_int_equal(srv.puts, 2);
	assert_int_equal(srv.refused, 0);
	assert_false(srv.blocked);
	out_sim_close(s);
}

static void client_is_blocked_and_unblocked(void **state)
{
	void *s = open_port(CONF_SIM_DEACTIVATE);

	(void)state;
	assert_int_equal(tell(s, "quarantine_begin", MAC), 0);
	assert_true(srv.blocked);
	assert_int_equal(tell(s, "quarantine_end", MAC), 0);
	assert_false(srv.blocked);
	assert_int_equal(srv.cmds, 2);
	assert_int_equal(srv.puts, 0);
	assert_string_equal(srv.network, "");
	out_sim_close(s);
}

static void client_that_is_not_known_or_not_one_is_left_alone(void **state)
{
	void *s = open_port(CONF_SIM_DEACTIVATE);

	(void)state;
	assert_int_equal(tell(s, "quarantine_begin", "02:00:00:00:00:99"), 0);
	assert_true(was_said("enforcement_elsewhere_none", "no client found"));
	srv.twice = true;
	assert_int_equal(tell(s, "quarantine_begin", MAC), -ENOTUNIQ);
	assert_int_equal(srv.cmds, 0);
	out_sim_close(s);
}

static void errors_are_tried_again_or_said(void **state)
{
	void *s = open_port(CONF_SIM_DEACTIVATE);
	FILE *f;

	(void)state;
	srv.status = 502;
	assert_int_equal(tell(s, "quarantine_begin", MAC), -EAGAIN);
	srv.status = 0;
	assert_int_equal(tell(s, "quarantine_begin", MAC), 0);
	assert_true(srv.blocked);
	srv.status = 429;
	assert_int_equal(tell(s, "quarantine_end", MAC), -EAGAIN);
	out_sim_close(s);
	srv.status = 0;
	f = fopen(key_file, "w");
	fputs("plant\nwrong\n", f);
	fclose(f);
	s = open_port(CONF_SIM_DEACTIVATE);
	assert_int_equal(tell(s, "quarantine_end", MAC), -EACCES);
	assert_true(was_said("enforcement_elsewhere_failed", "unifi"));
	assert_true(srv.blocked);
	out_sim_close(s);
}

static void site_must_be_a_plain_name(void **state)
{
	struct conf c = { .sim_provider = CONF_SIM_unifi, .sim_url = url, .sim_key_file = key_file, .sim_level = 1, .state_dir = dir };
	struct strbuf err = { 0 };
	FILE *f = fopen(key_file, "w");
	void *s = NULL;

	(void)state;
	fputs("../self\nkey-xyz\n", f);
	fclose(f);
	assert_int_equal(out_sim_open(&c, &s, &err), -EINVAL);
	assert_non_null(strstr(err.s, "short name"));
	strbuf_done(&err);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(client_goes_into_the_network_and_comes_back),
		T(client_is_blocked_and_unblocked),
		T(client_that_is_not_known_or_not_one_is_left_alone),
		T(errors_are_tried_again_or_said),
		T(site_must_be_a_plain_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
