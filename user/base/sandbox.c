// SPDX-License-Identifier: BSD-2-Clause
/*
 * sandbox_enter(), step by step: the user is looked up and memory measured
 * while files can still be opened; then descriptors, limits, capabilities,
 * user, and last the system call filter. The filter's lists name every call
 * of a profile; a call with an argument that matters has a rule of its own in
 * add_argument_rules().
 */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cap-ng.h>
#include <seccomp.h>

#include "base/cleanup.h"

#define S(name) SCMP_SYS(name)

/* clang-format off */
static const int parser_calls[] = {
	S(read), S(readv), S(pread64), S(write), S(writev), S(pwrite64), S(lseek), S(close),
	S(fstat), S(newfstatat), /* glibc's fstat(); metadata only */
	S(munmap), S(mremap), S(brk), S(madvise), S(futex), S(rseq), S(set_robust_list),
	S(clock_gettime), S(clock_getres), S(gettimeofday), S(time), S(getrandom),
	S(rt_sigreturn), S(rt_sigprocmask), S(rt_sigaction), S(sigaltstack), S(restart_syscall),
	S(getpid), S(gettid), S(sched_yield), S(exit), S(exit_group),
};

static const int inspector_calls[] = {
	S(mmap), S(mprotect), S(pkey_alloc), S(pkey_free), S(pkey_mprotect),
	S(epoll_create1), S(epoll_ctl), S(epoll_wait), S(epoll_pwait), S(epoll_pwait2),
	S(poll), S(ppoll), S(select), S(pselect6),
	S(recvmsg), S(sendmsg), S(recvfrom), S(sendto), S(recvmmsg), S(sendmmsg),
	S(getsockopt), S(getsockname), S(getpeername), S(shutdown),
	S(eventfd2), S(timerfd_create), S(timerfd_settime), S(timerfd_gettime), S(signalfd4), S(pipe2),
	S(dup), S(dup2), S(dup3), S(fcntl), S(ftruncate),
	S(nanosleep), S(clock_nanosleep), S(getrusage), S(times), S(sysinfo), S(uname),
	S(sched_getaffinity), S(getppid), S(geteuid), S(getuid), S(getegid), S(getgid),
};

static const int daemon_calls[] = {
	S(open), S(openat), S(creat), S(stat), S(lstat), S(statx), S(access), S(faccessat), S(faccessat2),
	S(getdents64), S(readlink), S(readlinkat), S(getcwd), S(statfs), S(fstatfs), S(umask),
	S(unlink), S(unlinkat), S(rename), S(renameat), S(renameat2), S(mkdir), S(mkdirat), S(rmdir),
	S(fsync), S(fdatasync), S(flock), S(fallocate), S(fadvise64), S(chmod), S(fchmod), S(fchmodat),
	S(utimensat), S(sendfile), S(copy_file_range), S(pwritev), S(preadv), S(ioctl), S(memfd_create),
	S(inotify_init1), S(inotify_add_watch), S(inotify_rm_watch), S(close_range), S(pipe), S(eventfd),
	S(connect), S(bind), S(listen), S(accept), S(accept4), S(setsockopt), S(socketpair), S(signalfd),
	S(membarrier), S(sched_getparam), S(sched_getscheduler), S(sched_setscheduler), S(sched_setaffinity),
	S(get_robust_list), S(set_tid_address), S(arch_prctl),
	S(fork), S(vfork), S(wait4), S(waitid), S(pidfd_open), S(pidfd_send_signal), S(kill), S(tkill),
	S(rt_sigtimedwait), S(rt_sigpending), S(rt_sigsuspend), S(pause), S(alarm), S(setitimer),
	S(getresuid), S(getresgid), S(getgroups), S(getpgrp), S(getpgid), S(getsid), S(setsid),
	/* what a child needs to enter a narrower profile */
	S(prctl), S(seccomp), S(getrlimit), S(setrlimit), S(prlimit64), S(capget), S(capset),
};

/* clang-format on */

static const struct {
	const int *calls;
	size_t n;
} profiles[SANDBOX_PROFILES] = {
	[SANDBOX_PARSER] = {parser_calls, ARRAY_SIZE(parser_calls)},
	[SANDBOX_INSPECTOR] = {inspector_calls, ARRAY_SIZE(inspector_calls)},
	[SANDBOX_DAEMON] = {daemon_calls, ARRAY_SIZE(daemon_calls)},
};

static const int socket_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

/* bpf() on descriptors the process has: elements and facts of a map, never a new map or program */
static const int bpf_commands[] = {
	BPF_MAP_LOOKUP_ELEM,
	BPF_MAP_UPDATE_ELEM,
	BPF_MAP_DELETE_ELEM,
	BPF_MAP_GET_NEXT_KEY,
	BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	BPF_MAP_LOOKUP_BATCH,
	BPF_MAP_LOOKUP_AND_DELETE_BATCH,
	BPF_MAP_UPDATE_BATCH,
	BPF_MAP_DELETE_BATCH,
	BPF_OBJ_GET_INFO_BY_FD,
};

static int fail(struct strbuf *err, int error, const char *what)
{
	strbuf_addf(err, "sandbox: cannot %s: %s", what, strerror(-error));
	return error;
}

/* --- user --- */

struct identity {
	uid_t uid;
	gid_t gid;
};

/* "nobody" has number 65534 on every Linux, with or without a passwd file */
int sandbox_user(const char *user, uid_t *ret_uid, gid_t *ret_gid, struct strbuf *err)
{
	const char *name = user ? user : "nobody";
	struct passwd *pw;
	uint64_t id;

	if (!str_to_u64(name, 1, UINT32_MAX - 1, &id)) {
		*ret_uid = (uid_t)id;
		*ret_gid = (gid_t)id;
		return 0;
	}
	errno = 0;
	pw = getpwnam(name);
	if (pw && pw->pw_uid) {
		*ret_uid = pw->pw_uid;
		*ret_gid = pw->pw_gid;
		return 0;
	}
	if (!pw && !strcmp(name, "nobody")) {
		*ret_uid = 65534;
		*ret_gid = 65534;
		return 0;
	}
	strbuf_addf(err,
		    pw ? "sandbox: user '%s' is root: name another with the option 'user'"
		       : "sandbox: no user '%s': create it or name another with the option 'user'",
		    name);
	return -ENOENT;
}

static int identity_become(const struct identity *id, struct strbuf *err)
{
	if (setgroups(0, NULL) || setresgid(id->gid, id->gid, id->gid) ||
	    setresuid(id->uid, id->uid, id->uid))
		return fail(err, -errno, "become another user");
	if (!setresuid(0, 0, 0))
		return fail(err, -EPERM, "stay another user: root came back");
	return 0;
}

static int drop_capabilities(bool was_root, struct strbuf *err)
{
	capng_clear(CAPNG_SELECT_ALL);
	/* the bounding set needs CAP_SETPCAP; without it there is nothing to bound */
	if (was_root && capng_apply(CAPNG_SELECT_BOUNDS))
		return fail(err, -EPERM, "empty the bounding set");
	return 0;
}

/* --- descriptors and limits --- */

static bool is_kept(const struct sandbox *s, unsigned int fd)
{
	for (size_t i = 0; i < s->n_keep; i++)
		if (s->keep[i] >= 0 && (unsigned int)s->keep[i] == fd)
			return true;
	return false;
}

static int close_range_(unsigned int first, unsigned int last)
{
	return first > last || !syscall(SYS_close_range, first, last, 0) ? 0 : -errno;
}

/* closes all but the kept ones: the gaps between them, lowest first */
static int close_others(const struct sandbox *s, struct strbuf *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r = 0;
	unsigned int from = 3;

	for (int fd = 0; fd < 3; fd++)
		if (!is_kept(s, (unsigned int)fd) && (null < 0 || dup2(null, fd) < 0))
			close(fd);
	for (;;) {
		unsigned int next = UINT32_MAX;

		for (size_t i = 0; i < s->n_keep; i++)
			if (s->keep[i] >= (int)from && (unsigned int)s->keep[i] < next)
				next = (unsigned int)s->keep[i];
		r = close_range_(from, next == UINT32_MAX ? next : next - 1);
		if (r || next == UINT32_MAX)
			break;
		from = next + 1;
	}
	return r ? fail(err, r, "close descriptors") : 0;
}

/* bytes of address space in use now */
static int mapped_bytes(uint64_t *ret)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages;

	if (!f || fscanf(f, "%lu", &pages) != 1)
		return -ENOENT;
	*ret = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

static int limit(int resource, uint64_t value)
{
	struct rlimit rl = {value, value}, old;

	if (!getrlimit(resource, &old) && old.rlim_max < value)
		rl.rlim_cur = rl.rlim_max = old.rlim_max;
	return setrlimit(resource, &rl) ? -errno : 0;
}

static int set_limits(const struct sandbox *s, uint64_t mapped, struct strbuf *err)
{
	int r = limit(RLIMIT_CORE, 0);

	if (!r && s->memory_bytes)
		r = limit(RLIMIT_AS, mapped + s->memory_bytes);
	if (!r && s->file_bytes)
		r = limit(RLIMIT_FSIZE, s->file_bytes);
	if (!r && s->cpu_s)
		r = limit(RLIMIT_CPU, s->cpu_s);
	if (!r && s->no_new_fds)
		r = limit(RLIMIT_NOFILE, 0);
	return r ? fail(err, r, "set resource limits") : 0;
}

/* --- system calls --- */

static int allow_calls(scmp_filter_ctx ctx, unsigned int profile)
{
	int r = 0;

	for (unsigned int p = 0; p <= profile; p++)
		for (size_t i = 0; !r && i < profiles[p].n; i++)
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, profiles[p].calls[i], 0);
	return r;
}

static int allow_values(scmp_filter_ctx ctx, int call, const int *values, size_t n)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)values[i]));
	return r;
}

static int add_argument_rules(scmp_filter_ctx ctx, unsigned int profile)
{
	const scmp_datum_t spaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
				    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
	int r;

	/* abort() and assert(): a signal to itself; a daemon may signal its children anyway */
	if (profile == SANDBOX_DAEMON)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, S(tgkill), 0);
	else
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, S(tgkill), 1,
				     SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	if (!r && profile == SANDBOX_PARSER)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, S(mmap), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!r && profile == SANDBOX_PARSER)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, S(mprotect), 1,
				     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (r || profile < SANDBOX_DAEMON)
		return r;
	r = allow_values(ctx, S(socket), socket_families, ARRAY_SIZE(socket_families));
	if (!r)
		r = allow_values(ctx, S(bpf), bpf_commands, ARRAY_SIZE(bpf_commands));
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, S(clone), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, spaces, 0));
	/* its flags are out of a filter's sight: glibc falls back to clone() */
	if (!r)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), S(clone3), 0);
	return r;
}

static int filter_calls(unsigned int profile, struct strbuf *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = ctx ? 0 : -ENOMEM;

	if (!r)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!r)
		r = allow_calls(ctx, profile);
	if (!r)
		r = add_argument_rules(ctx, profile);
	if (!r)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r ? fail(err, r, "filter system calls (kernel built without CONFIG_SECCOMP_FILTER?)")
		 : 0;
}

/* --- all of it --- */

static int detach_from_others(const struct sandbox *s, struct strbuf *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return fail(err, -errno, "hide memory");
	if (!s->parent)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		return fail(err, -errno, "follow its parent");
	return getppid() == s->parent ? 0 : fail(err, -ESRCH, "follow its parent");
}

int sandbox_enter(const struct sandbox *s, struct strbuf *err)
{
	bool is_root = geteuid() == 0;
	struct identity id = {0, 0};
	uint64_t mapped = 0;
	int r = 0;

	if (s->profile >= SANDBOX_PROFILES)
		return fail(err, -EINVAL, "find the profile");
	if (is_root)
		r = sandbox_user(s->user, &id.uid, &id.gid, err);
	if (!r && s->memory_bytes && mapped_bytes(&mapped))
		r = fail(err, -ENOENT, "read /proc/self/statm (mount /proc)");
	if (!r)
		r = close_others(s, err);
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		r = fail(err, -errno, "renounce new privileges");
	if (!r)
		r = drop_capabilities(is_root, err);
	if (!r && is_root)
		r = identity_become(&id, err);
	if (!r && capng_apply(CAPNG_SELECT_CAPS))
		r = fail(err, -EPERM, "drop capabilities");
	if (!r)
		r = set_limits(s, mapped, err);
	if (!r)
		r = detach_from_others(s, err);
	return r ? r : filter_calls(s->profile, err);
}

void sandbox_explain(int status, struct strbuf *out)
{
	if (WIFEXITED(status))
		strbuf_addf(out, "ended with status %d", WEXITSTATUS(status));
	else if (!WIFSIGNALED(status))
		strbuf_addf(out, "wait status 0x%x", (unsigned int)status);
	else if (WTERMSIG(status) == SIGSYS)
		strbuf_adds(out, "killed: a system call outside its sandbox");
	else if (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)
		strbuf_adds(out, "killed: out of its CPU time, its time limit or memory");
	else if (WTERMSIG(status) == SIGXFSZ)
		strbuf_adds(out, "killed: its result grew beyond the limit");
	else
		strbuf_addf(out, "killed by signal %d (%s)", WTERMSIG(status),
			    strsignal(WTERMSIG(status)));
}
