// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: what a feed worker gives back when it has been taken over. The first byte: any bytes, or changes to a
 * good result (where, then the byte that stands there). What is believed must be safe to merge, to look up, to compile and
 * to be taken behind others.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "feed/parse.h"
#include "fuzz/fuzz.h"

static const struct feed_opts opts = { .name = "fuzz", .category = "c2", .action = CORDON_ACTION_ALERT };
static uint8_t good[8192];
static size_t good_len;

static void make_good(void)
{
	static const char text[] = "198.18.0.0/16\n2001:2::1\nevil.example\n*.below.example\nhttp://url.example/x?y\nno value\n"
				   "8.8.8.8\nlocalhost\n";
	struct indicators in = { 0 };
	struct feed_report rep = { 0 };
	int fd = memfd_create("good", MFD_CLOEXEC);
	ssize_t n;

	must(fd >= 0 && !feed_parse("plain", text, sizeof(text) - 1, &opts, &in, &rep));
	must(!result_write(fd, 0, &in, &rep));
	n = pread(fd, good, sizeof(good), 0);
	must(n > 0 && (size_t)n < sizeof(good));
	good_len = (size_t)n;
	close(fd);
	indicators_done(&in);
	feed_report_done(&rep);
}

static void use(const struct indicators *in)
{
	const struct indicators *sets[] = { in };
	struct indicators all = { 0 };

	for (size_t i = 0; i < in->v.len; i++)
		must(!in->v.data[i].feed && indicator_value(in, &in->v.data[i])[0] != '.');
	must(!indicators_merge(&all, sets, 1));
	indicators_done(&all);
}

static bool read_one(int fd, struct indicators *in, struct feed_report *rep, int *ret_status)
{
	return !result_read(fd, &opts, in, rep, ret_status);
}

/* as two pieces of one file; then taken, and once more behind the entries there are */
static void read_result(int fd)
{
	struct indicators in = { 0 }, part = { 0 }, again = { 0 }, all = { 0 };
	struct feed_report rep = { 0 }, part_rep = { 0 }, again_rep = { 0 };
	int status, part_status;

	if (read_one(fd, &in, &rep, &status)) {
		use(&in);
		must(read_one(fd, &part, &part_rep, &part_status) && part_status == status);
		must(!result_join(&in, &rep, &status, &part, &part_rep, part_status) && !status == !part_status);
		if (!status)
			must(!result_take(&all, &in, &opts) && read_one(fd, &again, &again_rep, &status) &&
			     !result_take(&all, &again, &opts));
	}
	indicators_done(&all);
	indicators_done(&again);
	indicators_done(&part);
	indicators_done(&in);
	feed_report_done(&rep);
	feed_report_done(&part_rep);
	feed_report_done(&again_rep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[sizeof(good)];
	static int fd = -1;
	uint8_t how;

	if (fd < 0) {
		make_good();
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	}
	how = take8(&data, &size);
	if (how & 1) {
		memcpy(copy, good, good_len);
		for (size_t i = 0; i + 3 <= size; i += 3)
			copy[(data[i] << 8 | data[i + 1]) % good_len] = data[i + 2];
		data = copy;
		size = good_len;
	}
	must(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size);
	read_result(fd);
	return 0;
}
