// SPDX-License-Identifier: BSD-2-Clause
/* What a process in each profile can no longer do, and what it still can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <cap-ng.h>
#include <pcre2.h>

#include "base/sandbox.h"

/* runs @fn in a child that has entered @s; its wait status. Status 99: it could not enter. */
static int in_sandbox(const struct sandbox *s, int (*fn)(void))
{
	static const int keep[] = {2};
	struct sandbox mine = *s;
	pid_t me = getpid(), pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (!pid) {
		struct strbuf err = {0};

		if (!mine.keep) {
			mine.keep = keep;
			mine.n_keep = 1;
		}
		mine.parent = me;
		if (sandbox_enter(&mine, &err)) {
			dprintf(2, "# %s\n", err.s);
			_exit(99);
		}
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static const struct sandbox parser = {.profile = SANDBOX_PARSER};
static const struct sandbox inspector = {.profile = SANDBOX_INSPECTOR};
static const struct sandbox daemon_ = {.profile = SANDBOX_DAEMON};

#define assert_killed(status) assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
#define assert_done(status) assert_int_equal(status, 0)

static int open_file(void)
{
	return open("/etc/hostname", O_RDONLY) < 0;
}
static int make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}
static int make_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) < 0;
}
static int become_root(void)
{
	return setuid(0) != 0;
}
static int run_program(void)
{
	return execl("/bin/true", "true", NULL);
}
static int trace_parent(void)
{
	return (int)syscall(SYS_ptrace, 0, 0, 0, 0);
}
static int fork_child(void)
{
	return fork() < 0;
}
static int load_program(void)
{
	return (int)syscall(SYS_bpf, 5, NULL, 0) == 0;
}
static int create_map(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0) == 0;
}
static int look_up_map(void)
{
	return (int)syscall(SYS_bpf, 1, NULL, 0) == 0;
}
static int executable_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED;
}

static int compute(void)
{
	char *p = malloc(1 << 20), *q;

	if (!p)
		return 1;
	memset(p, 1, 1 << 20);
	q = realloc(p, 8 << 20);
	free(q ? q : p);
	return !q;
}

static int have_nothing(void)
{
	if (geteuid() == 0 || getuid() == 0 || getppid() <= 0)
		return 1;
	capng_get_caps_process();
	if (capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return 2;
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 3;
	return 0;
}

static void parser_that_opens_a_file_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, open_file));
}
static void parser_that_makes_a_socket_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, make_socket));
}
static void parser_that_becomes_root_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, become_root));
}
static void parser_that_runs_a_program_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, run_program));
}
static void parser_that_forks_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, fork_child));
}
static void parser_that_traces_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, trace_parent));
}
static void parser_that_wants_executable_memory_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&parser, executable_memory));
}
static void parser_can_compute(void **state)
{
	(void)state;
	assert_done(in_sandbox(&parser, compute));
}
static void inspector_that_opens_a_file_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&inspector, open_file));
}
static void inspector_that_asks_bpf_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&inspector, look_up_map));
}
static void daemon_that_loads_a_program_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&daemon_, load_program));
}
static void daemon_that_creates_a_map_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&daemon_, create_map));
}
static void daemon_that_runs_a_program_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&daemon_, run_program));
}
static void daemon_that_opens_a_packet_socket_is_killed(void **state)
{
	(void)state;
	assert_killed(in_sandbox(&daemon_, make_packet_socket));
}
static void daemon_can_look_up_a_map(void **state)
{
	(void)state;
	assert_done(in_sandbox(&daemon_, look_up_map));
}
static void daemon_can_open_a_file(void **state)
{
	(void)state;
	assert_done(in_sandbox(&daemon_, open_file));
}
static void daemon_can_make_a_socket(void **state)
{
	(void)state;
	assert_done(in_sandbox(&daemon_, make_socket));
}

static void root_user_capabilities_and_descriptors_are_gone(void **state)
{
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd >= 3);
	assert_done(in_sandbox(&daemon_, have_nothing));
	close(fd);
}

static int jit_and_wait(void)
{
	PCRE2_SIZE at;
	int error, ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev;
	pcre2_code *re =
		pcre2_compile((PCRE2_SPTR) "a+b", PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
	pcre2_match_data *md = pcre2_match_data_create_from_pattern(re, NULL);

	if (pcre2_jit_compile(re, PCRE2_JIT_COMPLETE) ||
	    pcre2_match(re, (PCRE2_SPTR) "xaab", 4, 0, 0, md, NULL) != 1)
		return 1;
	return epoll_wait(ep, &ev, 1, 0);
}

static void inspector_can_compile_expressions_and_wait(void **state)
{
	(void)state;
	assert_done(in_sandbox(&inspector, jit_and_wait));
}

static void *one_thread(void *arg)
{
	return arg;
}

static int thread_and_nested(void)
{
	pthread_t t;
	void *ret;

	if (pthread_create(&t, NULL, one_thread, &ret) || pthread_join(t, &ret) || ret != &ret)
		return 1;
	if (in_sandbox(&parser, compute) != 0)
		return 2;
	return WTERMSIG(in_sandbox(&parser, open_file)) == SIGSYS ? 0 : 3;
}

static void daemon_has_threads_and_children_in_a_narrower_sandbox(void **state)
{
	(void)state;
	assert_done(in_sandbox(&daemon_, thread_and_nested));
}

static int take_64_mib(void)
{
	void *p = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 7 : 0;
}

static void memory_limit_counts_from_entry(void **state)
{
	struct sandbox s = parser;

	(void)state;
	s.memory_bytes = 32 << 20;
	assert_int_equal(WEXITSTATUS(in_sandbox(&s, take_64_mib)), 7);
	s.memory_bytes = 256 << 20;
	assert_done(in_sandbox(&s, take_64_mib));
}

static int spin(void)
{
	for (volatile unsigned long i = 0; i < UINT64_MAX; i++)
		;
	return 0;
}

static void cpu_limit_ends_a_loop(void **state)
{
	struct sandbox s = parser;
	struct strbuf why = {0};
	int status;

	(void)state;
	s.cpu_s = 1;
	status = in_sandbox(&s, spin);
	assert_true(WIFSIGNALED(status));
	sandbox_explain(status, &why);
	assert_non_null(strstr(why.s, "CPU time"));
	strbuf_done(&why);
}

static int write_kept(void)
{
	return write(5, "x", 1) == 1 && write(3, "x", 1) < 0 && write(1, "x", 1) == 1 ? 0 : 1;
}

static void kept_descriptors_stay_and_others_go(void **state)
{
	const int keep[] = {5, 2};
	struct sandbox s = {.profile = SANDBOX_PARSER, .keep = keep, .n_keep = 2};
	int fd = memfd_create("test", 0);

	(void)state;
	assert_int_equal(dup2(fd, 5), 5);
	assert_done(in_sandbox(&s, write_kept));
	close(5);
	close(fd);
}

static void unknown_user_is_an_error_with_a_cure(void **state)
{
	struct sandbox s = {.profile = SANDBOX_PARSER, .user = "no-such-user"};
	struct strbuf err = {0};

	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(sandbox_enter(&s, &err), -ENOENT); /* before anything is given up */
	assert_non_null(strstr(err.s, "no-such-user"));
	strbuf_done(&err);
}

static void numeric_user_works(void **state)
{
	struct sandbox s = daemon_;

	(void)state;
	s.user = "54321";
	assert_done(in_sandbox(&s, have_nothing));
}

static void explain_names_a_forbidden_call(void **state)
{
	struct strbuf why = {0};

	(void)state;
	sandbox_explain(in_sandbox(&parser, open_file), &why);
	assert_non_null(strstr(why.s, "outside its sandbox"));
	strbuf_done(&why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parser_that_opens_a_file_is_killed),
		cmocka_unit_test(parser_that_makes_a_socket_is_killed),
		cmocka_unit_test(parser_that_becomes_root_is_killed),
		cmocka_unit_test(parser_that_runs_a_program_is_killed),
		cmocka_unit_test(parser_that_forks_is_killed),
		cmocka_unit_test(parser_that_traces_is_killed),
		cmocka_unit_test(parser_that_wants_executable_memory_is_killed),
		cmocka_unit_test(parser_can_compute),
		cmocka_unit_test(inspector_that_opens_a_file_is_killed),
		cmocka_unit_test(inspector_that_asks_bpf_is_killed),
		cmocka_unit_test(inspector_can_compile_expressions_and_wait),
		cmocka_unit_test(daemon_that_loads_a_program_is_killed),
		cmocka_unit_test(daemon_that_creates_a_map_is_killed),
		cmocka_unit_test(daemon_that_runs_a_program_is_killed),
		cmocka_unit_test(daemon_that_opens_a_packet_socket_is_killed),
		cmocka_unit_test(daemon_can_look_up_a_map),
		cmocka_unit_test(daemon_can_open_a_file),
		cmocka_unit_test(daemon_can_make_a_socket),
		cmocka_unit_test(daemon_has_threads_and_children_in_a_narrower_sandbox),
		cmocka_unit_test(root_user_capabilities_and_descriptors_are_gone),
		cmocka_unit_test(memory_limit_counts_from_entry),
		cmocka_unit_test(cpu_limit_ends_a_loop),
		cmocka_unit_test(kept_descriptors_stay_and_others_go),
		cmocka_unit_test(unknown_user_is_an_error_with_a_cure),
		cmocka_unit_test(numeric_user_works),
		cmocka_unit_test(explain_names_a_forbidden_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
