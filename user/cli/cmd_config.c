// SPDX-License-Identifier: BSD-2-Clause
/*
 * `cordon config check FILE` and `cordon config show [FILE]`. Neither needs a
 * daemon: the configuration is what the file and the defaults say.
 */
#include <stdio.h>

#include "base/str.h"
#include "cli/cli.h"
#include "conf/conf.h"

const struct cli_option cmd_config_check_options[] = { { 0 } };
const struct cli_option cmd_config_show_options[] = {
	{ "options", 0, NULL, "list every option with type, range, default and meaning instead" },
	{ 0 },
};

/* fills @c from the first word, or with the defaults */
static int read_config(const struct args *a, struct conf *c)
{
	struct strbuf err = { 0 };
	int r = conf_init(c);

	if (!r && a->words.len)
		r = conf_load_file(c, a->words.data[0], &err);
	if (r) {
		r = cli_fail(a, EXIT_FAILED, "%s", err.s ? err.s : "out of memory");
		conf_done(c);
	}
	strbuf_done(&err);
	return r;
}

int cmd_config_check(const struct args *a)
{
	struct json j = { .pretty = a->pretty };
	struct conf c;
	int r = args_need_words(a, 1, 1);

	if (!r)
		r = read_config(a, &c);
	if (r)
		return r;
	conf_done(&c);
	if (!a->json) {
		printf("%s: good\n", a->words.data[0]);
		return EXIT_DONE;
	}
	json_begin(&j, NULL, '{');
	json_str(&j, "file", a->words.data[0]);
	json_bool(&j, "good", true);
	json_end(&j, '}');
	r = cli_print_json(a, &j);
	json_done(&j);
	return r;
}

/* text as it is, or as the value of @key */
static int print_text(const struct args *a, const char *key, const struct strbuf *text)
{
	struct json j = { .pretty = a->pretty };
	int r;

	if (text->failed)
		return cli_fail(a, EXIT_FAILED, "out of memory");
	if (!a->json) {
		fputs(text->s, stdout);
		return EXIT_DONE;
	}
	json_begin(&j, NULL, '{');
	json_str(&j, key, text->s);
	json_end(&j, '}');
	r = cli_print_json(a, &j);
	json_done(&j);
	return r;
}

int cmd_config_show(const struct args *a)
{
	bool help = args_get(a, "options");
	struct strbuf out = { 0 };
	struct conf c;
	int r = args_need_words(a, 0, 1);

	if (!r)
		r = read_config(a, &c);
	if (r)
		return r;
	if (help)
		conf_help(&out);
	else
		conf_show(&c, &out);
	r = print_text(a, help ? "options" : "yaml", &out);
	strbuf_done(&out);
	conf_done(&c);
	return r;
}
