// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer target: any bytes as a rule file, beside a reputation list, a database of countries and a list of a dataset. Every
 * rule loads or is refused with its place and a reason; what loads becomes an engine.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "harness/mmdb.h"
#include "match/match.h"

static const char *const names[] = { "fuzz", "iprep-categories:categories", "iprep:hosts", "geoip:countries.mmdb", "dataset:list" };
#define FILES (sizeof(names) / sizeof(names[0]))
static int fds[FILES];

static void put(int fd, const void *p, size_t n)
{
	must(!ftruncate(fd, 0) && pwrite(fd, p, n, 0) == (ssize_t)n && !lseek(fd, 0, SEEK_SET));
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t there[16] = { 0x20, 1, 0x0d, 0xb8 };
	static struct mmdb_maker m;
	static uint8_t db[1 << 16];

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < FILES; i++)
		must((fds[i] = memfd_create(names[i], MFD_CLOEXEC)) >= 0);
	mmdb_begin(&m, 24);
	mmdb_add(&m, there, 32, "DE");
	put(fds[1], "1,BadHosts,bad\n", 15);
	put(fds[2], "198.18.0.1,1,100\n", 17);
	put(fds[3], db, mmdb_make(&m, db));
	put(fds[4], "YWJj\n", 5);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rule_refusal *f;
	const struct match_cost *cost;
	struct match_engine *e = NULL;
	struct ruleset *rs = NULL;
	struct strbuf err = { 0 };
	size_t n;

	put(fds[0], data, size);
	for (size_t i = 1; i < FILES; i++)
		must(!lseek(fds[i], 0, SEEK_SET));
	must(!ruleset_load_fds(names, fds, FILES, NULL, 0, -1, &rs, &err));
	n = ruleset_refusals(rs, &f);
	for (size_t i = 0; i < n; i++)
		must(f[i].line && *f[i].reason);
	must(!match_build(rs, &e, &err));
	must(match_costs(e, &cost) <= ruleset_count(rs));
	match_free(e);
	ruleset_free(rs);
	strbuf_done(&err);
	return 0;
}
