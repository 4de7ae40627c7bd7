/* SPDX-License-Identifier: BSD-2-Clause */
/* Children of the keeper; see nurse.h. */
#include "keeper/nurse.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "proc/child.h"
#include "proc/handover.h"

/* a verdict must not wait behind the gateway's other work; it costs little, since clean packets never come here */
#define CHILD_NICE -10
#define SECOND_NS 1000000000ULL
#define STEADY_NS (30 * SECOND_NS) /* after this long a child counts as healthy */
#define PAUSE_NS (SECOND_NS / 4)   /* before the second start, then doubled ... */
#define PAUSE_MAX_NS (8 * SECOND_NS)
#define FINDINGS_BYTES (8 << 20)   /* waiting for a busy daemon: some 2,000 alerts */
#define STOP_NS (3 * SECOND_NS)	   /* for a child to end by itself */

static void arm(struct nurse *n)
{
	uint64_t a = n->daemon.due_ns, b = n->inspector.due_ns, due = !a || (b && b < a) ? b : a, now = clock_now_ns();
	/* from now on: in a time namespace the timer's clock is not ours; 0 would disarm it */
	uint64_t in = due > now ? due - now : due != 0;
	struct itimerspec t = { .it_value = { (time_t)(in / SECOND_NS), (long)(in % SECOND_NS) } };

	timerfd_settime(n->timer, 0, &t, NULL);
}

/* when a child that has just ended is to be started again */
static void plan(struct nurse *n, struct patient *p)
{
	uint64_t now = clock_now_ns(), pause;

	p->fails = now - p->started_ns > STEADY_NS ? 0 : p->fails + 1;
	pause = p->fails < 2 ? 0 : PAUSE_NS << (p->fails < 8 ? p->fails - 2 : 6);
	p->due_ns = now + 1 + (pause < PAUSE_MAX_NS ? pause : PAUSE_MAX_NS);
	p->restarts++;
	arm(n);
}

static void begun(struct patient *p, pid_t pid)
{
	p->quiet = 0;
	p->pid = pid;
	p->started_ns = clock_now_ns();
	p->due_ns = 0;
}

static void close_ends(struct nurse *n)
{
	closep_(&n->rpc);
	closep_(&n->notify);
	closep_(&n->verdicts);
	n->rpc = n->notify = n->verdicts = -1;
}

/* findings and control of a new inspector; its ends go to it, the others to the daemon */
static int start_inspector(struct nurse *n)
{
	int findings[2] = { -1, -1 }, control[2] = { -1, -1 }, files[2], r;
	struct notify m = { .type = NOTIFY_INSPECTOR };
	pid_t pid, keeper = getpid();

	r = msg_pair(findings);
	if (!r)
		r = msg_pair(control);
	if (!r)
		msg_buffer(findings[1], FINDINGS_BYTES);
	pid = r ? -1 : fork();
	if (!pid) {
		struct child_start s = { .conf = n->conf, .kern = n->kern, .keeper = keeper, .uid = n->uid, .gid = n->gid,
					 .beat = n->inspector.beat, .findings = findings[1], .control = control[1] };

		setpriority(PRIO_PROCESS, 0, CHILD_NICE);
		inspector_main(&s);
	}
	if (!r && pid < 0)
		r = -errno;
	files[0] = findings[0];
	files[1] = control[0];
	if (!r) {
		begun(&n->inspector, pid);
		r = msg_send(n->notify, &m, sizeof(m), files, 2);
	}
	for (int i = 0; i < 2; i++) {
		closep_(&findings[i]);
		closep_(&control[i]);
	}
	return r;
}

static int start_daemon(struct nurse *n)
{
	int rpc[2] = { -1, -1 }, notify[2] = { -1, -1 }, verdicts[2] = { -1, -1 }, r = msg_pair(rpc);
	struct epoll_event ev = { .events = EPOLLIN };
	pid_t pid, keeper = getpid();

	if (!r)
		r = msg_pair(notify);
	if (!r)
		r = msg_pair(verdicts);
	pid = r ? -1 : fork();
	if (!pid) {
		struct child_start s = { .conf = n->conf, .kern = n->kern, .keeper = keeper, .uid = n->uid, .gid = n->gid,
					 .beat = n->daemon.beat, .rpc = rpc[1], .notify = notify[1],
					 .verdicts = verdicts[1], .listen = n->listen };

		setpriority(PRIO_PROCESS, 0, CHILD_NICE);
		daemon_main(&s);
	}
	if (!r && pid < 0)
		r = -errno;
	closep_(&rpc[1]);
	closep_(&notify[1]);
	closep_(&verdicts[1]);
	if (r) {
		closep_(&rpc[0]);
		closep_(&notify[0]);
		closep_(&verdicts[0]);
		return r;
	}
	begun(&n->daemon, pid);
	fcntl(rpc[0], F_SETFL, O_NONBLOCK); /* a daemon that hangs must not hold up the keeper */
	fcntl(notify[0], F_SETFL, O_NONBLOCK);
	n->rpc = rpc[0];
	fcntl(verdicts[0], F_SETFL, O_NONBLOCK);
	n->notify = notify[0];
	n->verdicts = verdicts[0];
	ev.data.fd = n->rpc;
	r = epoll_ctl(n->epfd, EPOLL_CTL_ADD, n->rpc, &ev) ? -errno : 0;
	ev.data.fd = n->verdicts;
	r = r || !epoll_ctl(n->epfd, EPOLL_CTL_ADD, n->verdicts, &ev) ? r : -errno;
	return r ? r : nurse_configure(n, false);
}

static void start_due(struct nurse *n, uint64_t now)
{
	int r = 0;

	if (n->daemon.due_ns && n->daemon.due_ns <= now && !n->inspector.pid) {
		r = start_daemon(n);
		if (!r)
			n->inspector.due_ns = now;
	}
	if (!r && n->daemon.pid && n->inspector.due_ns && n->inspector.due_ns <= now)
		r = start_inspector(n);
	if (r) {
		log_error("cannot start a process: %s; trying again", strerror(-r));
		plan(n, n->daemon.pid ? &n->inspector : &n->daemon);
	}
	arm(n);
}

static void ended(struct nurse *n, pid_t pid, int status)
{
	struct patient *p = pid == n->daemon.pid ? &n->daemon : pid == n->inspector.pid ? &n->inspector : NULL;
	struct strbuf how = { 0 };

	if (!p)
		return;
	sandbox_explain(status, &how);
	p->pid = 0;
	if (p == &n->daemon) {
		close_ends(n);
		if (n->inspector.pid)
			kill(n->inspector.pid, SIGKILL);
		log_error("the daemon has %s%s; enforcement goes on, starting it again", WIFEXITED(status) ? "" : "been ", how.s);
		plan(n, p);
	} else if (n->daemon.pid) {
		log_error("the inspector has %s%s; enforcement goes on, inspection pauses, starting it again",
			  WIFEXITED(status) ? "" : "been ", how.s);
		plan(n, p);
	}
	strbuf_done(&how);
}

void nurse_reap(struct nurse *n)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ended(n, pid, status);
	start_due(n, clock_now_ns());
}

void nurse_timer(struct nurse *n)
{
	uint64_t expirations;

	if (read(n->timer, &expirations, sizeof(expirations)) < 0)
		return;
	start_due(n, clock_now_ns());
}

void nurse_daemon_gone(struct nurse *n)
{
	close_ends(n);
	if (n->daemon.pid)
		kill(n->daemon.pid, SIGKILL);
}

int nurse_configure(struct nurse *n, bool is_reload)
{
	return n->notify >= 0 ? handover_send(n->notify, n->conf, is_reload) : -ENOTCONN;
}

bool nurse_is_whole(const struct nurse *n)
{
	return n->daemon.pid && n->inspector.pid;
}

void nurse_net_changed(struct nurse *n)
{
	struct notify m = { .type = NOTIFY_NET };

	if (n->notify >= 0)
		msg_send(n->notify, &m, sizeof(m), NULL, 0);
}

bool nurse_tell_enforcing(struct nurse *n, bool is_lost, const char *text)
{
	struct notify m = { .type = NOTIFY_ENFORCING, .is_lost = is_lost };

	str_copy(m.text, sizeof(m.text), text);
	return n->notify >= 0 && !msg_send(n->notify, &m, sizeof(m), NULL, 0);
}

void nurse_tell_eve(struct nurse *n, int fd)
{
	struct notify m = { .type = NOTIFY_EVE };

	if (n->notify >= 0)
		msg_send(n->notify, &m, sizeof(m), &fd, 1);
}

/* looks are counted, not seconds: a machine that was suspended must not look like a child that hangs */
static bool moves(struct nurse *n, struct patient *p, const char *name)
{
	unsigned int now = atomic_load_explicit(p->beat, memory_order_relaxed), most = (unsigned int)(n->conf->watchdog_ns / SECOND_NS);

	if (!p->pid || now != p->heard) {
		p->heard = now;
		p->quiet = 0;
		return true;
	}
	if (++p->quiet == most) {
		log_error("the %s has made no progress for %u s: ending it", name, most);
		kill(p->pid, SIGKILL);
	}
	return p->quiet < most;
}

bool nurse_pulse(struct nurse *n)
{
	bool daemon = moves(n, &n->daemon, "daemon"), inspector = moves(n, &n->inspector, "inspector");

	return daemon && inspector;
}

void nurse_status(const struct nurse *n, struct rpc_reply *ret)
{
	ret->inspector_pid = (uint32_t)n->inspector.pid;
	ret->inspector_restarts = n->inspector.restarts;
	ret->daemon_restarts = n->daemon.restarts;
}

int nurse_init(struct nurse *n, const struct conf *c, struct kern *k, int epfd, int listen_fd, uid_t uid, gid_t gid)
{
	struct epoll_event ev = { .events = EPOLLIN };

	*n = (struct nurse){ .conf = c, .kern = k, .epfd = epfd, .listen = listen_fd, .rpc = -1, .notify = -1, .verdicts = -1, .uid = uid, .gid = gid };
	n->daemon.beat = mmap(NULL, 2 * sizeof(*n->daemon.beat), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (n->daemon.beat == MAP_FAILED)
		return -ENOMEM;
	n->inspector.beat = n->daemon.beat + 1;
	n->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (n->timer < 0)
		return -errno;
	ev.data.fd = n->timer;
	return epoll_ctl(epfd, EPOLL_CTL_ADD, n->timer, &ev) ? -errno : 0;
}

void nurse_start(struct nurse *n)
{
	n->daemon.due_ns = clock_now_ns();
	start_due(n, n->daemon.due_ns);
}

/* gone within the time, or killed */
static void end(struct patient *p)
{
	uint64_t until = clock_now_ns() + STOP_NS;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (p->pid && waitpid(p->pid, NULL, WNOHANG) == 0) {
		struct timespec wait = { 0, 100000000 };

		if (clock_now_ns() > until)
			kill(p->pid, SIGKILL);
		sigtimedwait(&set, NULL, &wait);
	}
	p->pid = 0;
}

void nurse_stop(struct nurse *n)
{
	if (n->daemon.pid)
		kill(n->daemon.pid, SIGTERM);
	if (n->inspector.pid)
		kill(n->inspector.pid, SIGTERM);
	end(&n->daemon);
	end(&n->inspector);
	close_ends(n);
	munmap(n->daemon.beat, 2 * sizeof(*n->daemon.beat));
	close(n->listen);
	close(n->timer);
}
