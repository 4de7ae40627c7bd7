// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as a configuration file. What is accepted must
 * survive being shown and read again, unchanged.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_read_back(const struct conf *c)
{
	struct strbuf one = { 0 }, two = { 0 }, err = { 0 };
	struct conf d;

	conf_show(c, &one);
	if (conf_init(&d) || conf_read(&d, "shown", one.s, one.len, &err) || conf_check(&d, &err))
		abort();
	conf_show(&d, &two);
	if (strcmp(one.s, two.s))
		abort();
	conf_done(&d);
	strbuf_done(&one);
	strbuf_done(&two);
	strbuf_done(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf err = { 0 };
	struct conf c;

	if (size > CONF_FILE_MAX || conf_init(&c))
		return 0;
	if (!conf_read(&c, "fuzz", (const char *)data, size, &err) && !conf_check(&c, &err))
		must_read_back(&c);
	conf_done(&c);
	strbuf_done(&err);
	return 0;
}
