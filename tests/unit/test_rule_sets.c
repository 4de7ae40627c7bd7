// SPDX-License-Identifier: BSD-2-Clause
/*
 * Real rule sets (CORDON_DATA/rules): every line loads or is refused with its
 * place and reason, an engine is built of what loaded, and its image marks
 * packets that hold what the rules look for. Skipped where there is no data.
 */
#include "unit/unit.h"

#include <ftw.h>
#include <time.h>

#include "base/cleanup.h"
#include "match/match.h"

#define FILES_MAX 256

static char *files[FILES_MAX];
static size_t n_files;

static int collect(const char *path, const struct stat *st, int type, struct FTW *at)
{
	size_t n = strlen(path);

	(void)st;
	(void)at;
	if (type == FTW_F && n > 6 && !strcmp(path + n - 6, ".rules") && n_files < FILES_MAX)
		files[n_files++] = strdup(path);
	return 0;
}

static int find_data(void **state)
{
	const char *data = getenv("CORDON_DATA");
	char dir[4096];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/rules", data ? data : "../shared/data");
	nftw(dir, collect, 16, FTW_PHYS);
	return 0;
}

static int forget_data(void **state)
{
	(void)state;
	while (n_files)
		free(files[--n_files]);
	return 0;
}

static void every_rule_loads_or_is_refused_with_its_place(void **state)
{
	struct strbuf err = { 0 };

	(void)state;
	if (!n_files)
		skip();
	for (size_t i = 0; i < n_files; i++) {
		const char *one[] = { files[i] };
		const struct rule_refusal *f;
		struct ruleset *rs = NULL;
		size_t n;

		assert_int_equal(ruleset_load(one, 1, NULL, 0, NULL, &rs, &err), 0);
		n = ruleset_refusals(rs, &f);
		for (size_t k = 0; k < n; k++) {
			assert_string_equal(f[k].file, files[i]);
			assert_true(f[k].line > 0 && *f[k].reason);
		}
		ruleset_free(rs);
	}
	strbuf_done(&err);
}

static void all_of_them_together_become_an_engine_within_seconds(void **state)
{
	struct ruleset *rs = NULL;
	struct match_engine *e = NULL;
	struct cordon_prefilter *pf = malloc(sizeof(*pf));
	struct strbuf err = { 0 };
	clock_t start = clock();

	(void)state;
	if (!n_files) {
		free(pf);
		skip();
	}
	assert_non_null(pf);
	assert_int_equal(ruleset_load((const char *const *)files, n_files, NULL, 0, NULL, &rs, &err), 0);
	assert_int_equal(match_build(rs, &e, &err), 0);
	assert_int_equal(match_prefilter(e, 1, pf), 0);
	assert_true(ruleset_count(rs) > 1000);
	assert_true(pf->literals > 1000);
	/* sanitizers slow it down: the bound is a guard against quadratic work, not a benchmark */
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 60);
	match_free(e);
	ruleset_free(rs);
	free(pf);
	strbuf_done(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_loads_or_is_refused_with_its_place),
		cmocka_unit_test(all_of_them_together_become_an_engine_within_seconds),
	};

	return cmocka_run_group_tests(tests, find_data, forget_data);
}
