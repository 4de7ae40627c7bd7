// SPDX-License-Identifier: BSD-2-Clause
/* Generations of a feed: what is in force, what is kept, and that a killed writer leaves one that is whole. */
#include "unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "daemon/feedstore.h"

#define CONTENT_BYTES 20000

struct place {
	char dir[64], feeds[80];
	struct feedstore s;
};

static int start(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/cordon-store.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->feeds, sizeof(p->feeds), "%s/feeds", p->dir);
	assert_int_equal(mkdir(p->feeds, 0700), 0);
	assert_int_equal(feedstore_open(&p->s, p->dir, "x"), 0);
	*state = p;
	return 0;
}

static int stop(void **state)
{
	struct place *p = *state;

	feedstore_remove(&p->s);
	assert_int_equal(rmdir(p->feeds), 0); /* nothing was left in it */
	rmdir(p->dir);
	free(p);
	return 0;
}

/* a content that says which one it is from the first byte to the last */
static int content(uint64_t n)
{
	int fd = memfd_create("content", 0);
	char line[32];
	int len = snprintf(line, sizeof(line), "%020llu\n", (unsigned long long)n);

	for (int i = 0; i < CONTENT_BYTES / len; i++)
		if (write(fd, line, (size_t)len) != len)
			abort();
	return fd;
}

static int commit(const struct feedstore *s, uint64_t n, struct generation *ret)
{
	int fd = content(n), r;

	*ret = (struct generation){ .accepted = n };
	r = feedstore_stage(s, fd, 1 << 20, ret);
	if (!r)
		r = feedstore_commit(s, ret);
	close(fd);
	return r;
}

static void newest_generations_are_kept(void **state)
{
	struct place *p = *state;
	struct generation g;
	generations all = { 0 };

	for (uint64_t n = 1; n <= FEEDSTORE_KEPT + 3; n++) {
		assert_int_equal(commit(&p->s, n, &g), 0);
		assert_int_equal(g.id, n);
	}
	assert_int_equal(feedstore_list(&p->s, &all), 0);
	assert_int_equal(all.len, FEEDSTORE_KEPT);
	assert_int_equal(all.data[0].id, FEEDSTORE_KEPT + 3);
	assert_int_equal(feedstore_current(&p->s, &g), 0);
	assert_int_equal(g.accepted, FEEDSTORE_KEPT + 3);
	assert_int_equal(feedstore_make_current(&p->s, all.data[2].id), 0);
	assert_int_equal(feedstore_current(&p->s, &g), 0);
	assert_int_equal(g.id, all.data[2].id);
	assert_int_equal(feedstore_verify(&p->s, &g), 0);
	vec_done(&all);
}

static void damaged_content_is_told(void **state)
{
	struct place *p = *state;
	struct generation g;
	char path[4300];
	int fd;

	assert_int_equal(commit(&p->s, 1, &g), 0);
	feedstore_raw_path(&p->s, g.id, path, sizeof(path));
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 100), 1);
	close(fd);
	assert_int_equal(feedstore_verify(&p->s, &g), -EBADMSG);
}

static void too_long_content_leaves_nothing_behind(void **state)
{
	struct place *p = *state;
	struct generation g = { 0 };
	char path[4300];
	int fd = content(1);

	assert_int_equal(feedstore_stage(&p->s, fd, 1000, &g), -EFBIG);
	feedstore_staged_path(&p->s, path, sizeof(path));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(feedstore_current(&p->s, &g), -ENOENT);
	close(fd);
}

static void write_until_killed(const struct feedstore *s)
{
	struct generation g;

	for (uint64_t n = 1;; n++)
		if (commit(s, n, &g))
			_exit(1);
}

/* the next commit that is not killed leaves generations and "current" only */
static void tidies_up(const struct feedstore *s)
{
	struct generation g;
	struct dirent *e;
	DIR *d;
	int files = 0;

	assert_int_equal(commit(s, 1, &g), 0);
	d = opendir(s->path);
	assert_non_null(d);
	while ((e = readdir(d)))
		files += e->d_name[0] != '.';
	closedir(d);
	assert_true(files <= 2 * FEEDSTORE_KEPT + 1);
}

/* CORDON_KILLS=1000 for the long run */
static void writer_killed_at_any_moment_leaves_a_whole_generation(void **state)
{
	struct place *p = *state;
	const char *more = getenv("CORDON_KILLS");
	long kills = more ? atol(more) : 100, found = 0;
	uint32_t last = 0;

	for (long i = 0; i < kills; i++) {
		struct generation g;
		int status, r;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (!pid)
			write_until_killed(&p->s);
		/* until a first one stands: on a busy machine it takes longer */
		usleep((useconds_t)(random_u64() % (last ? 8000 : 8000 * (uint64_t)(i + 1))));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		r = feedstore_current(&p->s, &g);
		if (r == -ENOENT && !last)
			continue; /* killed before the first one */
		assert_int_equal(r, 0);
		assert_int_equal(feedstore_verify(&p->s, &g), 0);
		assert_true(g.id >= last); /* never back */
		last = g.id;
		found++;
	}
	assert_true(found > kills / 2);
	tidies_up(&p->s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(newest_generations_are_kept, start, stop),
		cmocka_unit_test_setup_teardown(damaged_content_is_told, start, stop),
		cmocka_unit_test_setup_teardown(too_long_content_leaves_nothing_behind, start, stop),
		cmocka_unit_test_setup_teardown(writer_killed_at_any_moment_leaves_a_whole_generation, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
