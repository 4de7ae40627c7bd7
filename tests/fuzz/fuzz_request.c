// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as a request on the control socket. What is
 * accepted must be as deep as allowed, and the same after being written and
 * read again.
 */
#include "fuzz.h"

#include "base/jsonin.h"

static void walk(const struct jsonin *v, unsigned int depth)
{
	const struct jsonin *below;

	must(depth <= JSONIN_DEPTH);
	(void)jsonin_number(v);
	(void)jsonin_text(v);
	for (size_t i = 0; i < jsonin_len(v) && i < 64; i++)
		walk(jsonin_at(v, i), depth + 1);
	for (size_t i = 0; i < 64 && jsonin_member(v, i, &below); i++)
		walk(below, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonin *one = NULL, *two = NULL;
	struct strbuf err = { 0 };
	char *text, *again;

	if (!jsonin_parse((const char *)data, size, &one, &err)) {
		(void)jsonin_str(one, "cmd");
		must(jsonin_u64(one, "cmd") == jsonin_number(jsonin_get(one, "cmd")));
		must(!jsonin_bool(one, "cmd") || jsonin_f64(one, "cmd") == 0);
		walk(one, 1);
		text = jsonin_dump(one, false);
		must(text && !jsonin_parse(text, strlen(text), &two, &err));
		again = jsonin_dump(two, false);
		must(again && !strcmp(text, again));
		free(text);
		free(again);
	}
	jsonin_free(one);
	jsonin_free(two);
	strbuf_done(&err);
	return 0;
}
