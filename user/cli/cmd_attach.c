/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon attach`, `cordon detach`, `cordon reload`. Detaching also works when no daemon runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cli/ask.h"
#include "conf/conf.h"
#include "keeper/keeper.h"

const struct cli_option cmd_attach_options[] = {
	{ "role", 0, "device|uplink|mirror", "what the interface faces" },
	{ "mode", 0, "react|observe", "what is done about a finding; default: that of the configuration" },
	{ "xdp", 0, "native|generic", "how XDP is attached" },
	{ "zone", 0, "N", "zone of the interface, 0 to 65535" },
	{ 0 },
};

int cmd_attach(const struct args *a)
{
	const char *xdp = args_get(a, "xdp"), *zone = args_get(a, "zone");
	struct json q = { 0 };
	uint64_t n = 0;
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	if (!args_get(a, "role"))
		return cli_fail(a, EXIT_USAGE, "attach: --role is needed: device, uplink or mirror");
	if (xdp && strcmp(xdp, "native") && strcmp(xdp, "generic"))
		return cli_fail(a, EXIT_USAGE, "--xdp: native or generic, not '%s'", xdp);
	if (zone && str_to_u64(zone, 0, UINT16_MAX, &n))
		return cli_fail(a, EXIT_USAGE, "--zone: a number from 0 to 65535, not '%s'", zone);
	ask_begin(&q, "attach");
	json_str(&q, "interface", a->words.data[0]);
	ask_option(a, &q, "role", "role");
	ask_option(a, &q, "mode", "mode");
	json_bool(&q, "generic", xdp && !strcmp(xdp, "generic"));
	json_u64(&q, "zone", n);
	return ask_plain(a, &q, "attached");
}

const struct cli_option cmd_detach_options[] = {
	{ "all", 0, NULL, "without a daemon: every interface, and forget what is pinned" },
	{ "config", 'c', "FILE", "without a daemon: its configuration file" },
	{ 0 },
};

/* is a daemon there? A socket that a killed one left behind refuses. */
static bool daemon_runs(const struct args *a, const struct conf *c)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *env = getenv("CORDON_SOCKET");

	if (a->socket || (env && env[0]))
		str_copy(sa.sun_path, sizeof(sa.sun_path), a->socket ? a->socket : env);
	else
		keeper_ctl_path(c, sa.sun_path, sizeof(sa.sun_path));
	return fd >= 0 && !connect(fd, (struct sockaddr *)&sa, sizeof(sa));
}

static int detach_offline(const struct args *a, const struct conf *c, const char *name)
{
	struct strbuf err = { 0 };
	int r = keeper_detach_offline(c, name, &err);

	if (r)
		r = cli_fail(a, r == -ENOENT ? EXIT_NOTHING : EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	else if (a->json)
		puts("{\"ok\":true}");
	else
		puts("detached");
	strbuf_done(&err);
	return r;
}

int cmd_detach(const struct args *a)
{
	const char *file = args_get(a, "config"), *name = a->words.len ? a->words.data[0] : NULL;
	bool all = args_get(a, "all") != NULL;
	struct strbuf err = { 0 };
	struct json q = { 0 };
	struct conf c = { 0 };
	int r;

	if (!all != (a->words.len == 1) || a->words.len > 1)
		return cli_fail(a, EXIT_USAGE, "detach: name one interface, or --all");
	r = conf_init(&c);
	if (!r && file)
		r = conf_load_file(&c, file, &err);
	if (r) {
		r = cli_fail(a, EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	} else if (all || !daemon_runs(a, &c)) {
		r = detach_offline(a, &c, name);
	} else {
		ask_begin(&q, "detach");
		json_str(&q, "interface", name);
		r = ask_plain(a, &q, "detached");
	}
	conf_done(&c);
	strbuf_done(&err);
	return r;
}

const struct cli_option cmd_reload_options[] = { { 0 } };

int cmd_reload(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "reload");
	return ask_plain(a, &q, "configuration read again; rules and feeds are being loaded");
}
