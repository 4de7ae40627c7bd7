/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper's start, its loop over signals, interfaces and requests, and its
 * end; see keeper.h. Requests of the daemon are a fixed list of structs, each
 * field checked here: the daemon reads foreign bytes and is not trusted.
 */
#include "keeper/keeper.h"

#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/ctl.h"
#include "base/cleanup.h"
#include "base/lists.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "keeper/hold.h"
#include "keeper/nurse.h"
#include "keeper/place.h"
#include "keeper/ports.h"
#include "keeper/reject.h"
#include "proc/marks.h"

/* largest threat image: 16 million lines are 1 GiB, some 40 million indicators */
#define THREAT_LINES_MAX (1u << 24)

DEFINE_CLEANUP(struct kern, kern_free)

struct keeper {
	const struct keeper_opts *opts;
	struct conf conf;
	struct kern *kern;
	struct ports ports;
	struct nurse nurse;
	struct rejecter reject;
	struct hold *hold; /* NULL: no interface was ever in mode hold */
	int lock, epfd, signals, tick;
	bool adopted, stopping, unload, was_ready, cannot_rotate;
};

char *keeper_ctl_path(const struct conf *c, char *dst, size_t size)
{
	snprintf(dst, size, "%s/ctl.sock", c->run_dir);
	return dst;
}

char *keeper_pin_dir(const struct conf *c, char *dst, size_t size)
{
	snprintf(dst, size, "%s/cordon/v%d", c->bpffs, CORDON_ABI_VERSION);
	return dst;
}

/* --- requests of the daemon --- */

static int watch(struct keeper *k, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(k->epfd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* before the first interface in mode hold: somebody reads what is held */
static int prepare_hold(struct keeper *k, const struct conf_iface *c, struct strbuf *err)
{
	int r;

	if (c->mode != CORDON_MODE_HOLD || k->hold)
		return 0;
	r = hold_new(k->kern, k->conf.hold_wait_ns, k->conf.strict, &k->hold, err);
	r = r ? r : watch(k, hold_ring_fd(k->hold));
	return r ? r : watch(k, hold_timer_fd(k->hold));
}

static int do_attach(struct keeper *k, const struct rpc_request *q, struct rpc_reply *a)
{
	struct conf_iface c = { .zone = q->zone, .role = q->role, .mode = q->mode, .generic = q->generic != 0 };
	struct strbuf err = { 0 };
	int r;

	if (q->role >= CORDON_ROLES || q->mode >= CORDON_MODES)
		return -EINVAL;
	str_copy(c.name, sizeof(c.name), q->ifname);
	r = prepare_hold(k, &c, &err);
	r = r ? r : ports_add(&k->ports, &c, &err);
	if (r == -EALREADY)
		strbuf_addf(&err, "%s: attached already", c.name);
	str_copy(a->text, sizeof(a->text), err.s ? err.s : "");
	strbuf_done(&err);
	return r == -EALREADY ? 0 : r;
}

static int do_detach(struct keeper *k, const struct rpc_request *q, struct rpc_reply *a)
{
	struct strbuf err = { 0 };
	int r = ports_remove(&k->ports, q->ifname, &err);

	str_copy(a->text, sizeof(a->text), err.s ? err.s : "");
	strbuf_done(&err);
	return r;
}

static int do_new_threat(uint32_t lines, int *ret_fd)
{
	struct cordon_line *mem;
	int r;

	if (!lines || lines > THREAT_LINES_MAX)
		return -E2BIG;
	r = kern_threat_new(lines, ret_fd, &mem);
	if (!r)
		kern_threat_unmap(mem, lines);
	return r;
}

static int do_new_prefilter(int *ret_fd)
{
	struct cordon_prefilter *mem;
	int r = kern_prefilter_new(ret_fd, &mem);

	if (!r)
		kern_prefilter_unmap(mem);
	return r;
}

static void do_status(struct keeper *k, struct rpc_reply *a)
{
	ports_status(&k->ports, a);
	a->keeper_pid = (uint32_t)getpid();
	hold_status(k->hold, a);
	a->reject = k->reject.counts;
	nurse_status(&k->nurse, a);
}

/* a new configuration goes to interfaces and daemon; a bad one leaves all as it is */
static int reload(struct keeper *k, struct rpc_reply *a)
{
	struct strbuf err = { 0 };
	struct conf c;
	int r = k->opts->read_conf(&c, k->opts->ctx, &err);

	if (r) {
		log_error("reload: %s; the running configuration stays", err.s ? err.s : strerror(-r));
		str_copy(a->text, sizeof(a->text), err.s ? err.s : strerror(-r));
	} else {
		conf_done(&k->conf);
		k->conf = c;
		place_eve_file(&k->conf, k->nurse.uid, k->nurse.gid, &err);
		ports_apply(&k->ports, &k->conf);
		r = nurse_configure(&k->nurse, true);
	}
	strbuf_done(&err);
	return r;
}

/* sd_notify(3) without its library: a datagram to the socket systemd names; '@' begins an abstract name */
static void tell_systemd(const char *state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	size_t n;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	n = str_copy(sa.sun_path, sizeof(sa.sun_path), path);
	if (sa.sun_path[0] == '@')
		sa.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sa,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		log_warn("systemd was not told '%s': %s", state, strerror(errno));
}

static void ready(struct keeper *k)
{
	if (k->was_ready)
		return;
	k->was_ready = true;
	tell_systemd("READY=1");
	log_info("ready: %zu interface%s enforcing, control socket in %s", k->ports.n, k->ports.n == 1 ? "" : "s",
		 k->conf.run_dir);
}

/* one request; *ret_fd: a descriptor to pass with the reply */
static int serve(struct keeper *k, const struct rpc_request *q, struct rpc_reply *a, int *ret_fd)
{
	if (!memchr(q->ifname, 0, sizeof(q->ifname)))
		return -EINVAL;
	switch (q->op) {
	case RPC_ATTACH:
		return do_attach(k, q, a);
	case RPC_DETACH:
		return do_detach(k, q, a);
	case RPC_NEW_THREAT:
		return do_new_threat(q->lines, ret_fd);
	case RPC_NEW_PREFILTER:
		return do_new_prefilter(ret_fd);
	case RPC_STATUS:
		do_status(k, a);
		return 0;
	case RPC_READY:
		ready(k);
		return 0;
	case RPC_RELOAD:
		return reload(k, a);
	case RPC_STOP:
		k->stopping = true;
		k->unload = k->unload || q->unload;
		return 0;
	default:
		return -EINVAL;
	}
}

static void on_marks(struct keeper *k, const struct rpc_marks *m, size_t len)
{
	static struct rpc_marks_reply a;

	a.result = marks_run(k->kern, m, len, &a);
	msg_send(k->nurse.rpc, &a, offsetof(struct rpc_marks_reply, answer) + a.n * sizeof(a.answer[0]), NULL, 0);
}

static void on_rpc(struct keeper *k)
{
	static union {
		struct rpc_request q;
		struct rpc_marks marks;
	} m;
	struct rpc_request q;
	struct rpc_reply a = { 0 };
	_cleanup_close_ int fd = -1;
	ssize_t n = msg_recv(k->nurse.rpc, &m, sizeof(m), NULL, NULL);

	if (n == -EAGAIN)
		return;
	if (n > (ssize_t)sizeof(q)) {
		on_marks(k, &m.marks, (size_t)n);
		return;
	}
	q = m.q;
	if (n != sizeof(q)) {
		if (n)
			log_error("a request of the daemon has the wrong size: starting it again");
		nurse_daemon_gone(&k->nurse);
		return;
	}
	a.result = serve(k, &q, &a, &fd);
	if (a.result && !a.text[0])
		str_copy(a.text, sizeof(a.text), strerror(-a.result));
	msg_send(k->nurse.rpc, &a, offsetof(struct rpc_reply, ports) + a.n_ports * sizeof(a.ports[0]), &fd, fd >= 0);
}

static void on_verdicts(struct keeper *k)
{
	union {
		struct verdict v;
		struct finding_reject reject;
	} m;
	ssize_t n;

	while ((n = recv(k->nurse.verdicts, &m, sizeof(m), MSG_DONTWAIT)) > 0) {
		if (n == sizeof(m.reject))
			reject_tell(&k->reject, &m.reject);
		else if (n != sizeof(m.v))
			break;
		else if (k->hold)
			hold_verdict(k->hold, &m.v);
	}
	if (n >= 0) /* closed, or nonsense */
		nurse_daemon_gone(&k->nurse);
}

/* --- the loop --- */

static void on_signals(struct keeper *k)
{
	struct signalfd_siginfo si;

	while (read(k->signals, &si, sizeof(si)) == sizeof(si)) {
		struct rpc_reply a = { 0 };

		if (si.ssi_signo == SIGCHLD)
			nurse_reap(&k->nurse);
		else if (si.ssi_signo == SIGHUP)
			reload(k, &a);
		else
			k->stopping = true;
	}
}

/* the event file is as large as it may be */
static void rotate(struct keeper *k)
{
	_cleanup_close_ int fd = -1;
	struct strbuf err = { 0 };
	int r = place_rotate(&k->conf, k->nurse.uid, k->nurse.gid, &fd, &err);

	if (r > 0)
		nurse_tell_eve(&k->nurse, fd);
	else if (r && !k->cannot_rotate)
		log_error("events: %s; those beyond twice eve_size are lost", err.s ? err.s : strerror(-r));
	k->cannot_rotate = r < 0;
	strbuf_done(&err);
}

/* once a second; systemd's watchdog is fed only while everything moves */
static void on_tick(struct keeper *k)
{
	uint64_t expirations;

	if (read(k->tick, &expirations, sizeof(expirations)) < 0)
		return;
	ports_attest(&k->ports);
	rotate(k);
	if (nurse_pulse(&k->nurse) && getenv("WATCHDOG_USEC"))
		tell_systemd("WATCHDOG=1");
}

static bool on_enforcing(bool is_lost, const char *text, void *ctx)
{
	struct keeper *k = ctx;

	return nurse_tell_enforcing(&k->nurse, is_lost, text);
}

static int open_tick(void)
{
	struct itimerspec every = { { 1, 0 }, { 1, 0 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	return fd < 0 || timerfd_settime(fd, 0, &every, NULL) ? -errno : fd;
}

static void loop(struct keeper *k)
{
	while (!k->stopping) {
		struct epoll_event ev[8];
		int n = epoll_wait(k->epfd, ev, ARRAY_SIZE(ev), -1);

		for (int i = 0; i < n; i++) {
			if (ev[i].data.fd == k->signals)
				on_signals(k);
			else if (ev[i].data.fd == k->ports.netlink)
				ports_netlink(&k->ports) ? nurse_net_changed(&k->nurse) : (void)0;
			else if (ev[i].data.fd == k->nurse.timer)
				nurse_timer(&k->nurse);
			else if (ev[i].data.fd == k->tick)
				on_tick(k);
			else if (ev[i].data.fd == k->nurse.rpc)
				on_rpc(k);
			else if (ev[i].data.fd == k->nurse.verdicts)
				on_verdicts(k);
			else if (k->hold && ev[i].data.fd == hold_ring_fd(k->hold))
				hold_take(k->hold);
			else if (k->hold && ev[i].data.fd == hold_timer_fd(k->hold))
				hold_tick(k->hold, nurse_is_whole(&k->nurse));
		}
	}
}

/* --- start and end --- */

static int open_kern(const struct conf *c, struct kern **ret, bool *ret_adopted, struct strbuf *err)
{
	char pins[4096];
	struct kern_opts o = {
		.config = { .depth = c->stream_depth,
			    .midstream = c->stream_midstream,
			    .async_oneside = c->stream_async_oneside,
			    .strict = c->strict,
			    .exact_books = c->exact_books,
			    .profile_every = CORDON_PROFILE_EVERY,
			    .inspect = 1 },
		.flow_buckets = c->flow_buckets,
		.rec_slots = c->recorder_slots,
		.ring_bytes = c->ring_bytes,
		.pin_dir = keeper_pin_dir(c, pins, sizeof(pins)),
	};

	return kern_open(&o, ret, ret_adopted, err);
}

static int check_ifaces(const struct conf *c, struct strbuf *err)
{
	if (!c->ifaces.len) {
		strbuf_adds(err, "no interface given: `cordon run --device IF`, or `interfaces:` in the configuration");
		return -EINVAL;
	}
	for (size_t i = 0; i < c->ifaces.len; i++) {
		const struct conf_iface *f = &c->ifaces.data[i];

		if (!if_nametoindex(f->name)) {
			strbuf_addf(err, "%s: no such interface; `ip link` lists them", f->name);
			return -ENODEV;
		}
	}
	return 0;
}

/* all or nothing: what was attached before a failure is taken off again, unless it was there before us */
static int attach_all(struct keeper *k, struct strbuf *err)
{
	for (size_t i = 0; i < k->conf.ifaces.len; i++) {
		int r = prepare_hold(k, &k->conf.ifaces.data[i], err);

		r = r ? r : ports_add(&k->ports, &k->conf.ifaces.data[i], err);
		if (r == -EALREADY)
			continue;
		if (r && !k->adopted)
			ports_detach_all(&k->ports);
		if (r)
			return r;
	}
	return 0;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int put_home(struct keeper *k, struct strbuf *err)
{
	struct prefix p;
	int r = 0;

	for (size_t i = 0; !r && !conf_home(&k->conf, i, &p); i++)
		r = kern_home_put(k->kern, &p);
	if (r)
		strbuf_addf(err, "cannot store the home networks: %s", strerror(-r));
	return r;
}

static int start(struct keeper *k, struct strbuf *err)
{
	char path[4096];
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r = check_ifaces(&k->conf, err), listen_fd;

	if (!r)
		r = place_rights(err);
	if (!r && uid == 0)
		r = sandbox_user(k->conf.user, &uid, &gid, err);
	if (!r)
		r = place_prepare(&k->conf, uid, gid, err);
	if (r)
		return r;
	k->lock = place_lock(&k->conf, err);
	if (k->lock < 0)
		return k->lock;
	r = open_kern(&k->conf, &k->kern, &k->adopted, err);
	if (r)
		return r;
	log_info("%s the kernel half in %s%s%s", k->adopted ? "adopted" : "loaded", keeper_pin_dir(&k->conf, path, sizeof(path)),
		 kern_note(k->kern)[0] ? "; " : "", kern_note(k->kern));
	k->epfd = epoll_create1(EPOLL_CLOEXEC);
	r = put_home(k, err);
	if (!r)
		r = ports_init(&k->ports, k->kern, err);
	if (!r)
		r = attach_all(k, err);
	if (r)
		return r;
	kern_inherit_done(k->kern);
	listen_fd = ctl_listen(keeper_ctl_path(&k->conf, path, sizeof(path)), gid, err);
	if (listen_fd < 0)
		return listen_fd;
	k->signals = open_signals();
	k->tick = open_tick();
	r = nurse_init(&k->nurse, &k->conf, k->kern, k->epfd, listen_fd, uid, gid);
	if (!r)
		r = watch(k, k->signals);
	if (!r)
		r = watch(k, k->tick);
	k->ports.changed = on_enforcing;
	k->ports.ctx = k;
	if (!r)
		r = watch(k, k->ports.netlink);
	if (r)
		strbuf_addf(err, "cannot start: %s", strerror(-r));
	return r;
}

/* what stays in force is said, with the way to take it off */
static void say_goodbye(struct keeper *k)
{
	struct strbuf names = { 0 };

	if (k->unload) {
		log_info("stopped; nothing is enforced any more");
		return;
	}
	for (size_t i = 0; i < k->ports.n; i++)
		strbuf_addf(&names, "%s%s", i ? ", " : "", k->ports.v[i].ifname);
	log_info("stopped; quarantines, guards and threat lists stay in force on %s until their deadlines; "
		 "`cordon detach IF` takes them off an interface, `cordon detach --all` off everything",
		 names.s ? names.s : "no interface");
	strbuf_done(&names);
}

static void stop(struct keeper *k)
{
	char path[4096];

	tell_systemd("STOPPING=1");
	reject_done(&k->reject);
	hold_free(k->hold);
	k->hold = NULL;
	nurse_stop(&k->nurse);
	unlink(keeper_ctl_path(&k->conf, path, sizeof(path)));
	if (k->unload)
		ports_detach_all(&k->ports);
	say_goodbye(k);
}

int keeper_run(const struct keeper_opts *o, struct strbuf *err)
{
	struct keeper *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	log_set_ident("keeper");
	k->opts = o;
	k->unload = o->unload_on_exit;
	k->lock = -1;
	reject_init(&k->reject);
	r = o->read_conf(&k->conf, o->ctx, err);
	if (!r)
		r = start(k, err);
	if (!r) {
		nurse_start(&k->nurse);
		loop(k);
		stop(k);
	}
	ports_done(&k->ports);
	kern_free(k->kern);
	conf_done(&k->conf);
	closep_(&k->lock);
	free(k);
	return r;
}

/* --- without a daemon --- */

static int detach_each(struct kern *k, const char *name, struct strbuf *err)
{
	struct if_nameindex *list = if_nameindex();
	int found = 0, r = 0;

	for (struct if_nameindex *i = list; i && i->if_index && !r; i++) {
		if ((name && strcmp(i->if_name, name)) || kern_attached(k, (int)i->if_index) <= 0)
			continue;
		found++;
		r = kern_detach_iface(k, (int)i->if_index, err);
	}
	if_freenameindex(list);
	if (!r && !found) {
		strbuf_addf(err, "%s: nothing of Cordon is attached there", name ? name : "any interface");
		r = -ENOENT;
	}
	return r;
}

int keeper_detach_offline(const struct conf *c, const char *name, struct strbuf *err)
{
	_cleanup_(kern_free) struct kern *k = NULL;
	_cleanup_close_ int lock = -1;
	char pins[4096];
	struct stat st;
	int r = place_rights(err);

	if (r)
		return r;
	if (name && !if_nametoindex(name)) {
		strbuf_addf(err, "%s: no such interface; `ip link` lists them", name);
		return -ENODEV;
	}
	if (stat(keeper_pin_dir(c, pins, sizeof(pins)), &st)) {
		strbuf_addf(err, "%s: nothing of Cordon is attached there", name ? name : "any interface");
		return -ENOENT;
	}
	r = place_prepare(c, 0, 0, err);
	if (r)
		return r;
	lock = place_lock(c, err);
	if (lock < 0)
		return lock;
	r = open_kern(c, &k, NULL, err);
	if (!r)
		r = detach_each(k, name, err);
	if (!name && (!r || r == -ENOENT))
		place_remove_pins(keeper_pin_dir(c, pins, sizeof(pins)));
	return r;
}
