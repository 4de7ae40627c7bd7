// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as the result of a feed worker. What is believed
 * must be safe to merge, to look up and to compile.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feed/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct indicators *in)
{
	const struct indicators *sets[] = {in};
	struct indicators all = {0};

	for (size_t i = 0; i < in->v.len; i++)
		if (in->v.data[i].feed || indicator_value(in, &in->v.data[i])[0] == '.')
			abort();
	if (indicators_merge(&all, sets, 1))
		abort();
	indicators_done(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct feed_opts opts = {.name = "fuzz", .action = CORDON_ACTION_ALERT};
	struct indicators in = {0};
	struct feed_report rep = {0};
	int status, fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (!result_read(fd, &opts, &in, &rep, &status))
		use(&in);
	close(fd);
	indicators_done(&in);
	feed_report_done(&rep);
	return 0;
}
