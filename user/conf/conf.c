// SPDX-License-Identifier: BSD-2-Clause
/*
 * The configuration as a whole: defaults, one option by name, the checks that
 * need more than one option, and the way back to text.
 */
#include "conf/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/lists.h"
#include "conf/schema.h"
#include "cordon_limits.h"

int conf_init(struct conf *c)
{
	int r;

	*c = (struct conf){ 0 };
	r = conf_rows_init(conf_rows, c);
	if (r)
		conf_done(c);
	return r;
}

#define DONE_EACH(list, statement)                                                                 \
	do {                                                                                       \
		for (size_t i = 0; i < (list).len; i++)                                            \
			statement;                                                                 \
		vec_done(&(list));                                                                 \
	} while (0)

void conf_done(struct conf *c)
{
	conf_rows_done(conf_rows, c);
	DONE_EACH(c->feeds, conf_rows_done(conf_feed_rows, &c->feeds.data[i]));
	DONE_EACH(c->policies, conf_rows_done(conf_policy_rows, &c->policies.data[i]));
	DONE_EACH(c->responses, conf_rows_done(conf_response_rows, &c->responses.data[i]));
	DONE_EACH(c->vars, (free(c->vars.data[i].name), free(c->vars.data[i].value)));
	DONE_EACH(c->rules, free(c->rules.data[i]));
	DONE_EACH(c->guards, free(c->guards.data[i]));
	vec_done(&c->ifaces);
	vec_done(&c->home);
	vec_done(&c->update);
	vec_done(&c->categories);
}

/* --- checks of the whole --- */

static int check_ifaces(struct conf *c, struct strbuf *err)
{
	size_t i, j;

	for (i = 0; i < c->ifaces.len; i++) {
		struct conf_iface *f = &c->ifaces.data[i];

		if (!f->has_mode)
			f->mode = c->mode;
		for (j = 0; j < i; j++)
			if (!strcmp(c->ifaces.data[j].name, f->name)) {
				strbuf_addf(err, "interface '%s' is named twice", f->name);
				return -EINVAL;
			}
	}
	return 0;
}

static int check_feeds(const struct conf *c, struct strbuf *err)
{
	size_t i, j;

	for (i = 0; i < c->feeds.len; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(c->feeds.data[j].name, c->feeds.data[i].name)) {
				strbuf_addf(err, "feed '%s' is named twice", c->feeds.data[i].name);
				return -EINVAL;
			}
	return 0;
}

static int check_policies(const struct conf *c, struct strbuf *err)
{
	size_t i;

	for (i = 0; i < c->policies.len; i++)
		if (c->policies.data[i].app <= CORDON_APP_NONE) {
			strbuf_addf(err, "policy row %zu: '%s' is no application", i + 1,
				    app_name(c->policies.data[i].app));
			return -EINVAL;
		}
	return 0;
}

static int check_responses(const struct conf *c, struct strbuf *err)
{
	for (size_t i = 0; i < c->responses.len; i++)
		if (c->responses.data[i].level == CORDON_LEVEL_NONE) {
			strbuf_addf(err, "responses row %zu: level none is no quarantine; response: suggest says it only", i + 1);
			return -EINVAL;
		}
	return 0;
}

static int check_webhook(const struct conf *c, struct strbuf *err)
{
	if (!c->webhook_url)
		return 0;
	if (strncmp(c->webhook_url, "http://", 7) && strncmp(c->webhook_url, "https://", 8)) {
		strbuf_adds(err, "webhook.url: only http:// and https:// addresses");
		return -EINVAL;
	}
	return 0;
}

static bool is_plain_id(const char *s)
{
	return s && s[0] && !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")];
}

const char *conf_sim_enforcer(uint8_t provider)
{
	static const char *const names[CONF_SIM_PROVIDERS] = {
		[CONF_SIM_NONE] = "nobody",
#define X_NAME(id, enforcer, ...) [CONF_SIM_##id] = enforcer,
		CONF_SIM_LIST(X_NAME)
#undef X_NAME
	};

	return provider < CONF_SIM_PROVIDERS ? names[provider] : names[CONF_SIM_NONE];
}

static int check_sim(const struct conf *c, struct strbuf *err)
{
	if (c->sim_provider == CONF_SIM_NONE)
		return 0;
	if (!c->sim_key_file)
		strbuf_adds(err, "sim.provider needs sim.key_file: a file with the key's id and the key, a line each");
	else if (c->sim_action == CONF_SIM_GROUP && !is_plain_id(c->sim_group))
		strbuf_adds(err, "sim.action group needs sim.group: the id of a group with restricted egress, of letters, digits, - and _");
	else if (c->sim_provider == CONF_SIM_unifi && !c->sim_url)
		strbuf_adds(err, "sim.provider unifi needs sim.url: https://CONSOLE/proxy/network");
	else if (c->sim_level == CORDON_LEVEL_NONE)
		strbuf_adds(err, "sim.level: none is no quarantine");
	else
		return 0;
	return -EINVAL;
}

static int check_command(const struct conf *c, struct strbuf *err)
{
	if (!c->command_run)
		return 0;
	if (c->command_run[0] != '/')
		strbuf_adds(err, "command.run: begins with the program's whole path, as /usr/local/bin/on-quarantine");
	else if (!c->command_user)
		strbuf_adds(err, "command.run needs command.user: whom the program runs as");
	else
		return 0;
	return -EINVAL;
}

int conf_check(struct conf *c, struct strbuf *err)
{
	if (check_ifaces(c, err) || check_feeds(c, err) ||
	    check_policies(c, err) || check_responses(c, err) ||
	    check_webhook(c, err) || check_sim(c, err) || check_command(c, err))
		return -EINVAL;
	if (c->webhook_url && !c->webhook_secret_file) {
		strbuf_adds(err, "webhook.url needs webhook.secret_file: an unsigned alarm proves nothing");
		return -EINVAL;
	}
	if (c->mqtt_host && c->mqtt_topic && strpbrk(c->mqtt_topic, "#+")) {
		strbuf_adds(err, "mqtt.topic: '#' and '+' are for who listens");
		return -EINVAL;
	}
	return 0;
}

/* --- one option by name --- */

static int unknown_option(const char *name, struct strbuf *err)
{
	const char *names[128], *near;
	char shown[64];
	size_t n = 0;
	int i;

	str_escape(shown, sizeof(shown), name, strlen(name));
	for (i = 0; i < CONF_SECTIONS; i++)
		if (!strcmp(conf_sections[i].name, name)) {
			strbuf_addf(err, "'%s' is a list: it can only be set in the file", shown);
			return -EINVAL;
		}
	for (; conf_rows[n].name && n < ARRAY_SIZE(names) - 1; n++)
		names[n] = conf_rows[n].name;
	names[n] = NULL;
	near = str_nearest(name, names);
	strbuf_addf(err, "unknown option '%s'", shown);
	if (near)
		strbuf_addf(err, " (did you mean '%s'?)", near);
	return -ENOENT;
}

int conf_set(struct conf *c, const char *name, const char *value, struct strbuf *err)
{
	const struct conf_row *row = conf_row_find(conf_rows, name);
	size_t i;
	int r;

	if (!row)
		return unknown_option(name, err);
	r = conf_row_set(row, c, value, err);
	for (i = 0; !r && i < c->ifaces.len; i++)
		if (!c->ifaces.data[i].has_mode)
			c->ifaces.data[i].mode = c->mode;
	return r;
}

/* --- interfaces and home networks of the command line --- */

int conf_add_iface(struct conf *c, const char *name, uint8_t role, int mode, bool generic, struct strbuf *err)
{
	struct conf_iface f = { .role = role, .generic = generic, .has_mode = mode >= 0 };
	int r = conf_row_set(conf_row_find(conf_iface_rows, "name"), &f, name, err);

	if (r)
		return r;
	f.mode = f.has_mode ? (uint8_t)mode : c->mode;
	if (vec_push(&c->ifaces, f)) {
		strbuf_adds(err, "out of memory");
		return -ENOMEM;
	}
	r = check_ifaces(c, err);
	if (r)
		c->ifaces.len--;
	return r;
}

int conf_home(const struct conf *c, size_t i, struct prefix *ret)
{
	/* RFC 1918, RFC 4193, link-local of both families */
	static const char *const private_space[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
						     "fc00::/7", "fe80::/10" };

	if (i >= (c->home.len ? c->home.len : ARRAY_SIZE(private_space)))
		return -ENOENT;
	if (c->home.len)
		*ret = c->home.data[i];
	else
		prefix_parse(private_space[i], ret);
	return 0;
}

static int add_home(struct conf *c, const char *text, struct strbuf *err)
{
	char shown[ADDR_STR_MAX];
	struct prefix p;
	int r = prefix_parse(text, &p);

	if (r < 0)
		strbuf_addf(err, "home: '%s' is no address or prefix",
			    str_escape(shown, sizeof(shown), text, strlen(text)));
	else if (r)
		strbuf_addf(err, "home: '%s' has bits beyond its length (did you mean %s?)", text,
			    prefix_str(shown, sizeof(shown), &p));
	else if (c->home.len >= conf_sections[CONF_HOME].max)
		strbuf_addf(err, "home: more than %zu networks", conf_sections[CONF_HOME].max);
	else if (vec_push(&c->home, p))
		strbuf_adds(err, "out of memory");
	else
		return 0;
	return -EINVAL;
}

int conf_add_home(struct conf *c, const char *list, struct strbuf *err)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy, *one;
	int r = copy ? 0 : -ENOMEM;

	while (!r && (one = strsep(&rest, ",")))
		r = add_home(c, one, err);
	return r;
}
