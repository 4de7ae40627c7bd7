// SPDX-License-Identifier: BSD-2-Clause
/* The configuration as text: the file conf_load_file() takes back, and the table of options. */
#include <string.h>

#include "conf/schema.h"

/* bytes of the group in front of the dot of "stream.depth"; 0: none */
static size_t group_len(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? (size_t)(dot - name) : 0;
}

static void show_row(const struct conf_row *row, const void *base, const char *indent, struct strbuf *out)
{
	size_t g = group_len(row->name);

	strbuf_addf(out, "%s# %s (", indent, row->help);
	conf_row_range(row, out);
	strbuf_addf(out, ")\n%s%s: ", indent, row->name + (g ? g + 1 : 0));
	conf_row_show(row, base, out);
	strbuf_adds(out, "\n");
}

static void show_scalars(const struct conf *c, struct strbuf *out)
{
	const struct conf_row *row, *last = NULL;

	for (row = conf_rows; row->name; last = row++) {
		size_t g = group_len(row->name);

		if (g && (!last || group_len(last->name) != g || strncmp(last->name, row->name, g)))
			strbuf_addf(out, "\n%.*s:\n", (int)g, row->name);
		show_row(row, c, g ? "  " : "", out);
	}
}

/* "- a: 1\n  b: 2\n" */
static void show_item(const struct conf_row *rows, const void *item, bool skip_mode, struct strbuf *out)
{
	const char *lead = "  - ";

	for (; rows->name; rows++) {
		if (skip_mode && !strcmp(rows->name, "mode"))
			continue;
		strbuf_addf(out, "%s%s: ", lead, rows->name);
		conf_row_show(rows, item, out);
		strbuf_adds(out, "\n");
		lead = "    ";
	}
}

static void show_head(int section, size_t n, const char *empty, struct strbuf *out)
{
	strbuf_addf(out, "\n# %s\n%s:%s\n", conf_sections[section].help, conf_sections[section].name,
		    n ? "" : empty);
}

static void show_texts(int section, char *const *texts, size_t n, struct strbuf *out)
{
	size_t i;

	show_head(section, n, " []", out);
	for (i = 0; i < n; i++) {
		strbuf_adds(out, "  - ");
		conf_quote(texts[i], out);
		strbuf_adds(out, "\n");
	}
}

static void show_prefixes(int section, const struct prefix *p, size_t n, struct strbuf *out)
{
	char text[ADDR_STR_MAX];
	size_t i;

	show_head(section, n, " []", out);
	for (i = 0; i < n; i++)
		strbuf_addf(out, "  - \"%s\"\n", prefix_str(text, sizeof(text), &p[i]));
}

static void show_vars(const struct conf *c, struct strbuf *out)
{
	size_t i;

	show_head(CONF_VARS, c->vars.len, " {}", out);
	for (i = 0; i < c->vars.len; i++) {
		strbuf_adds(out, "  ");
		conf_quote(c->vars.data[i].name, out);
		strbuf_adds(out, ": ");
		conf_quote(c->vars.data[i].value, out);
		strbuf_adds(out, "\n");
	}
}

void conf_show(const struct conf *c, struct strbuf *out)
{
	size_t i;

	show_scalars(c, out);
	show_head(CONF_INTERFACES, c->ifaces.len, " []", out);
	for (i = 0; i < c->ifaces.len; i++)
		show_item(conf_iface_rows, &c->ifaces.data[i], !c->ifaces.data[i].has_mode, out);
	show_head(CONF_FEEDS, c->feeds.len, " []", out);
	for (i = 0; i < c->feeds.len; i++)
		show_item(conf_feed_rows, &c->feeds.data[i], false, out);
	show_texts(CONF_RULES, c->rules.data, c->rules.len, out);
	show_texts(CONF_GUARD, c->guards.data, c->guards.len, out);
	show_prefixes(CONF_HOME, c->home.data, c->home.len, out);
	show_vars(c, out);
	show_head(CONF_POLICY, c->policies.len, " []", out);
	for (i = 0; i < c->policies.len; i++)
		show_item(conf_policy_rows, &c->policies.data[i], false, out);
	show_prefixes(CONF_UPDATE, c->update.data, c->update.len, out);
	show_head(CONF_RESPONSES, c->responses.len, " []", out);
	for (i = 0; i < c->responses.len; i++)
		show_item(conf_response_rows, &c->responses.data[i], false, out);
	show_head(CONF_CATEGORIES, c->categories.len, " []", out);
	for (i = 0; i < c->categories.len; i++)
		show_item(conf_category_rows, &c->categories.data[i], false, out);
}

static void help_rows(const struct conf_row *rows, const char *prefix, struct strbuf *out)
{
	for (; rows->name; rows++) {
		strbuf_addf(out, "%s%s  ", prefix, rows->name);
		conf_row_range(rows, out);
		strbuf_addf(out, "%s%s, ", rows->unit ? ", " : "", rows->unit ? rows->unit : "");
		if (!rows->def)
			strbuf_adds(out, "must be given");
		else
			strbuf_addf(out, "default %s", *rows->def ? rows->def : "empty");
		strbuf_addf(out, ": %s\n", rows->help);
	}
}

void conf_help(struct strbuf *out)
{
	int i;

	help_rows(conf_rows, "", out);
	for (i = 0; i < CONF_SECTIONS; i++) {
		strbuf_addf(out, "%s  list, %zu entries at most: %s\n", conf_sections[i].name,
			    conf_sections[i].max, conf_sections[i].help);
		if (i == CONF_INTERFACES)
			help_rows(conf_iface_rows, "  ", out);
		else if (i == CONF_FEEDS)
			help_rows(conf_feed_rows, "  ", out);
		else if (i == CONF_POLICY)
			help_rows(conf_policy_rows, "  ", out);
		else if (i == CONF_RESPONSES)
			help_rows(conf_response_rows, "  ", out);
		else if (i == CONF_CATEGORIES)
			help_rows(conf_category_rows, "  ", out);
	}
}
