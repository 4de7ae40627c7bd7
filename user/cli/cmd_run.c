/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon run`: the daemon, in the foreground. The configuration is the file, then the options of the command line. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/cli.h"
#include "conf/conf.h"
#include "cordon_lists.h"
#include "keeper/keeper.h"

#define CONF_FILE "/etc/cordon/cordon.yaml"

const struct cli_option cmd_run_options[] = {
	{ "config", 'c', "FILE", "configuration file (default: " CONF_FILE ", where it is)" },
	{ "device", 0, "IF", "interface that faces the devices; may be repeated" },
	{ "uplink", 0, "IF", "interface that faces the network; may be repeated" },
	{ "mirror", 0, "IF", "mirror port: sees both directions, drops nothing; may be repeated" },
	{ "xdp", 0, "native|generic", "how XDP is attached to these interfaces" },
	{ "mode", 0, "react|observe", "what is done about a finding" },
	{ "home", 0, "CIDR,...", "home networks; may be repeated" },
	{ "set", 0, "KEY=VALUE", "any option of the configuration; may be repeated" },
	{ "unload-on-exit", 0, NULL, "take the programs off when it ends; else they stay in force" },
	{ 0 },
};

static int set_one(struct conf *c, const char *pair, struct strbuf *err)
{
	char key[64];
	const char *eq = strchr(pair, '=');

	if (!eq || (size_t)(eq - pair) >= sizeof(key)) {
		strbuf_addf(err, "--set %s: write KEY=VALUE", pair);
		return -EINVAL;
	}
	memcpy(key, pair, (size_t)(eq - pair));
	key[eq - pair] = 0;
	return conf_set(c, key, eq + 1, err);
}

static int add_ifaces(const struct args *a, struct conf *c, const char *option, uint8_t role, struct strbuf *err)
{
	const char *xdp = args_get(a, "xdp"), *name;
	int r = 0;

	for (size_t i = 0; !r && (name = args_get_nth(a, option, i)); i++)
		r = conf_add_iface(c, name, role, -1, xdp && !strcmp(xdp, "generic"), err);
	return r;
}

static int add_options(const struct args *a, struct conf *c, struct strbuf *err)
{
	const char *mode = args_get(a, "mode"), *text;
	int r = mode ? conf_set(c, "mode", mode, err) : 0;

	for (size_t i = 0; !r && (text = args_get_nth(a, "set", i)); i++)
		r = set_one(c, text, err);
	for (size_t i = 0; !r && (text = args_get_nth(a, "home", i)); i++)
		r = conf_add_home(c, text, err);
	if (!r)
		r = add_ifaces(a, c, "device", CORDON_ROLE_DEVICE, err);
	if (!r)
		r = add_ifaces(a, c, "uplink", CORDON_ROLE_UPLINK, err);
	return r ? r : add_ifaces(a, c, "mirror", CORDON_ROLE_MIRROR, err);
}

static int read_conf(struct conf *ret, void *ctx, struct strbuf *err)
{
	const struct args *a = ctx;
	const char *file = args_get(a, "config");
	struct conf c = { 0 };
	int r = conf_init(&c);

	if (!r && (file || !access(CONF_FILE, F_OK)))
		r = conf_load_file(&c, file ? file : CONF_FILE, err);
	if (!r)
		r = add_options(a, &c, err);
	if (r)
		conf_done(&c);
	else
		*ret = c;
	return r;
}

/* what is wrong on the command line is a usage error, told before anything is touched */
static int check_usage(const struct args *a)
{
	const char *xdp = args_get(a, "xdp"), *mode = args_get(a, "mode");

	if (xdp && strcmp(xdp, "native") && strcmp(xdp, "generic"))
		return cli_fail(a, EXIT_USAGE, "--xdp: native or generic, not '%s'", xdp);
	if (mode && strcmp(mode, "react") && strcmp(mode, "observe") && strcmp(mode, "hold"))
		return cli_fail(a, EXIT_USAGE, "--mode: react or observe, not '%s'", mode);
	return args_need_words(a, 0, 0);
}

int cmd_run(const struct args *a)
{
	struct strbuf err = { 0 };
	struct conf c;
	struct keeper_opts o = { .read_conf = read_conf, .ctx = (void *)(uintptr_t)a,
				 .unload_on_exit = args_get(a, "unload-on-exit") != NULL };
	int r = check_usage(a);

	if (r)
		return r;
	r = read_conf(&c, (void *)(uintptr_t)a, &err);
	if (!r) {
		log_set_level(c.log_level);
		conf_done(&c);
		r = keeper_run(&o, &err);
	}
	if (r)
		cli_fail(a, EXIT_FAILED, "%s", err.s ? err.s : strerror(-r));
	strbuf_done(&err);
	return r ? EXIT_FAILED : EXIT_DONE;
}
