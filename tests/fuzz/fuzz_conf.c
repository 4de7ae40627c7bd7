// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as a configuration file. What is accepted must
 * survive being shown and read again, unchanged; and a file says what its
 * bytes do.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static int of_file(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct strbuf err = { 0 };
	char path[32];
	struct conf c;
	int r;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size || conf_init(&c))
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = conf_load_file(&c, path, &err);
	if (!r != !err.len)
		abort();
	conf_done(&c);
	strbuf_done(&err);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf err = { 0 };
	struct conf c;
	bool good;

	if (size > CONF_FILE_MAX || conf_init(&c))
		return 0;
	good = !conf_read(&c, "fuzz", (const char *)data, size, &err) && !conf_check(&c, &err);
	if (good)
		must_read_back(&c);
	if (good != !of_file(data, size))
		abort();
	conf_done(&c);
	strbuf_done(&err);
	return 0;
}
