/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon's start, its loop and its end; see daemon.h. It is nothing until
 * the keeper's first message brings the configuration.
 */
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "daemon/proof.h"
#include "daemon/threats.h"
#include "out/helper.h"

#define FINDINGS_AT_ONCE 256 /* before others get their turn */
#define KEEPER_S 30	     /* a keeper that does not answer for so long is lost */

int rpc_call(struct daemon *d, const struct rpc_request *q, struct rpc_reply *a, int *ret_fd)
{
	int files[MSG_FILES_MAX], r;
	size_t n_files = 0;
	ssize_t n;

	pthread_mutex_lock(&d->rpc_lock);
	r = msg_send(d->start->rpc, q, sizeof(*q), NULL, 0);
	n = r ? r : msg_recv(d->start->rpc, a, sizeof(*a), files, &n_files);
	pthread_mutex_unlock(&d->rpc_lock);
	if (ret_fd)
		*ret_fd = n_files ? files[0] : -1;
	msg_close_files(files + (ret_fd && n_files), n_files - (ret_fd && n_files));
	if (n < (ssize_t)offsetof(struct rpc_reply, ports) || a->n_ports > PORTS_MAX) {
		*a = (struct rpc_reply){ .text = "the keeper does not answer" };
		return -EIO;
	}
	if (!a->result && ret_fd && *ret_fd < 0 && (q->op == RPC_NEW_THREAT || q->op == RPC_NEW_PREFILTER))
		return -EBADMSG;
	return a->result;
}

void daemon_maybe_ready(struct daemon *d)
{
	struct rpc_request q = { .op = RPC_READY };
	struct rpc_reply a;

	if (d->was_ready || !threats_loaded(d->threats) || (!d->rules.generation && !d->rules.error[0]))
		return;
	d->was_ready = true;
	rpc_call(d, &q, &a, NULL);
}

static int watch(struct daemon *d, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(d->epfd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

/* --- configuration --- */

/* the outputs read a secret by a path: that of the memory file */
static int set_secrets(struct daemon *d, struct handover *h)
{
	for (unsigned int i = 0; i < SECRETS; i++) {
		char **option = handover_secret(&d->conf, i), path[64];

		closep_(&d->secret[i]);
		d->secret[i] = TAKE_FD(h->secret[i]);
		free(*option);
		*option = NULL;
		if (d->secret[i] < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", d->secret[i]);
		*option = strdup(path);
		if (!*option)
			return -ENOMEM;
	}
	return 0;
}

/* the path itself where it can be used, else the same thing through its open descriptor */
static int through(char **path, int fd, int mode)
{
	char other[64];
	char *copy;

	if (!*path || fd < 0 || !access(*path, mode))
		return 0;
	snprintf(other, sizeof(other), "/proc/self/fd/%d", fd);
	copy = strdup(other);
	if (!copy)
		return -ENOMEM;
	free(*path);
	*path = copy;
	return 0;
}

static int reach_files(struct daemon *d, int eve)
{
	int r = through(&d->conf.state_dir, d->state_dir, W_OK | X_OK);

	closep_(&d->eve);
	d->eve = eve;
	return r ? r : through(&d->conf.eve_file, d->eve, W_OK);
}

static int open_out(struct daemon *d)
{
	struct strbuf err = { 0 };
	int r = out_new(&d->conf, &d->out, &err);

	if (r)
		log_error("outputs: %s", err.s ? err.s : strerror(-r));
	strbuf_done(&err);
	return r;
}

static void progress(void *start)
{
	child_beat(start);
}

static int open_act(struct daemon *d)
{
	struct strbuf err = { 0 };
	char path[4096];
	struct act_opts o = { .conf = &d->conf, .kern = d->kern, .inventory = d->inventory, .state_file = path, .disk = d->disk,
			      .progress = progress, .progress_ctx = (void *)(uintptr_t)d->start };
	int r;

	snprintf(path, sizeof(path), "%s/quarantine", d->conf.state_dir);
	r = act_new(&o, &d->act, &err);
	if (err.len)
		log_msg(r ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN, "%s", err.s);
	strbuf_done(&err);
	if (!r && act_guard_discover(d->act))
		log_warn("cannot read this host's addresses and routes: only configured guards are in force");
	return r;
}

static int configure_first(struct daemon *d, struct handover *h)
{
	int r;

	d->conf = h->conf;
	memset(&h->conf, 0, sizeof(h->conf));
	log_set_level(d->conf.log_level);
	r = set_secrets(d, h);
	if (!r)
		r = reach_files(d, TAKE_FD(h->eve));
	if (!r)
		r = inventory_new(CORDON_DEVICE_MAX, &d->inventory);
	if (!r)
		inventory_set_router(d->inventory, d->conf.inventory_router_addresses);
	if (!r)
		r = disk_new(&d->disk);
	if (!r)
		r = watch(d, disk_fd(d->disk));
	if (!r && d->evidence)
		r = evidence_start(d->evidence);
	if (!r)
		r = open_act(d);
	if (!r)
		r = open_out(d);
	if (!r)
		r = ctl_new(d->start->listen, d->start->uid, d->start->gid, verbs_request, d, &d->ctl);
	if (!r)
		r = threats_new(d, &d->threats);
	if (!r)
		r = watch(d, ctl_fd(d->ctl));
	if (!r)
		r = watch(d, threats_fd(d->threats));
	if (!r)
		names_load(d);
	if (!r && d->conf.inventory_oui_file && oui_load(d->conf.inventory_oui_file, &d->oui))
		log_info("%s cannot be read: devices have no vendor names (Debian: ieee-data)", d->conf.inventory_oui_file);
	return r;
}

/* what a reload may change takes effect; `act` reads through its pointer to d->conf */
static int configure_again(struct daemon *d, struct handover *h)
{
	conf_done(&d->conf);
	d->conf = h->conf;
	memset(&h->conf, 0, sizeof(h->conf));
	log_set_level(d->conf.log_level);
	set_secrets(d, h);
	reach_files(d, TAKE_FD(h->eve));
	act_guard_discover(d->act);
	inventory_set_router(d->inventory, d->conf.inventory_router_addresses);
	out_free(d->out);
	d->out = NULL;
	return open_out(d);
}

static void on_config(struct daemon *d, const struct notify *m, size_t len, int *files, size_t n_files)
{
	struct handover h;
	int r = handover_take(m, len, files, n_files, &h);

	if (r) {
		log_error("the keeper's message does not add up: %s", strerror(-r));
		return;
	}
	r = d->is_configured ? configure_again(d, &h) : configure_first(d, &h);
	if (r) {
		log_error("cannot go on with this configuration: %s", strerror(-r));
		d->ending = d->failed = true;
	} else {
		d->is_configured = true;
		rules_configure(d, &h);
		threats_configure(d->threats, &h);
		if (m->is_reload)
			events_notice(d, "reloaded", NULL, "configuration read again", false);
	}
	handover_done(&h);
}

static void on_inspector(struct daemon *d, int *files, size_t n_files)
{
	if (n_files != 2) {
		msg_close_files(files, n_files);
		return;
	}
	closep_(&d->findings);
	closep_(&d->control);
	d->findings = files[0];
	d->control = files[1];
	watch(d, d->findings);
	watch(d, d->control);
	rules_inspector(d);
}

/* the file may be known by its descriptor alone (reach_files()): another one takes its place */
static void on_eve(struct daemon *d, int *files, size_t n_files)
{
	if (n_files == 1 && d->eve >= 0 && d->out && (dup3(files[0], d->eve, O_CLOEXEC) < 0 || out_reopen(d->out)))
		log_error("the event file was moved away, and cannot be opened again: %s", strerror(errno));
	msg_close_files(files, n_files);
}

static void on_notify(struct daemon *d)
{
	static struct notify m;
	int files[MSG_FILES_MAX];
	size_t n_files = 0;
	ssize_t n = msg_recv(d->start->notify, &m, sizeof(m), files, &n_files);

	if (n <= 0) {
		d->ending = n == 0; /* the keeper is gone; what is in the kernel stays in force */
		return;
	}
	if (n == sizeof(m) && m.type == NOTIFY_CONFIG) {
		on_config(d, &m, (size_t)n, files, n_files);
	} else if (m.type == NOTIFY_INSPECTOR) {
		on_inspector(d, files, n_files);
	} else if (m.type == NOTIFY_EVE) {
		on_eve(d, files, n_files);
	} else {
		msg_close_files(files, n_files);
		if (m.type == NOTIFY_NET && d->act)
			act_guard_discover(d->act);
		else if (m.type == NOTIFY_ENFORCING && d->is_configured)
			events_notice(d, m.is_lost ? "enforcement_lost" : "enforcement_back", NULL, m.text, true);
	}
}

/* --- inspector --- */

static void inspector_gone(struct daemon *d)
{
	closep_(&d->findings);
	closep_(&d->control);
	d->findings = d->control = -1;
	rules_inspector_gone(d);
}

/* what came behind a finding: kept once it is decided about (events.c) */
static void hand_evidence(struct daemon *d, struct finding *f, const uint8_t *pcap, size_t len)
{
	bool is_right = len && len == f->evidence && (f->kind == FINDING_ALERT || f->kind == FINDING_THREAT);

	if (!is_right || !d->evidence)
		f->evidence = 0;
	d->at_hand.pcap = pcap;
	d->at_hand.len = f->evidence;
}

static void on_findings(struct daemon *d)
{
	static struct {
		struct finding f;
		uint8_t evidence[PIPELINE_EVIDENCE_MAX];
	} m;

	for (int i = 0; i < FINDINGS_AT_ONCE && d->findings >= 0; i++) {
		ssize_t n = recv(d->findings, &m, sizeof(m), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			inspector_gone(d);
			return;
		}
		if ((size_t)n < sizeof(m.f))
			memset((char *)&m.f + n, 0, sizeof(m.f) - (size_t)n);
		if ((size_t)n < offsetof(struct finding, sid) || !finding_check(&m.f)) {
			d->n_bad_findings++;
			continue;
		}
		hand_evidence(d, &m.f, m.evidence, (size_t)n > sizeof(m.f) ? (size_t)n - sizeof(m.f) : 0);
		events_finding(d, &m.f);
		d->at_hand.len = 0;
	}
}

static void on_control(struct daemon *d)
{
	struct control_reply a;
	ssize_t n = msg_recv(d->control, &a, sizeof(a), NULL, NULL);

	if (n == sizeof(a)) {
		a.text[sizeof(a.text) - 1] = 0;
		rules_answer(d, &a);
	} else if (n >= 0) {
		inspector_gone(d);
	}
}

/* --- disk --- */

static void on_disk(struct daemon *d)
{
	const char *path = "";
	int r;

	disk_heard(d->disk);
	verbs_written(d);
	r = disk_result(d->disk, 1, disk_ticket(d->disk), &path);
	if (r == -EINPROGRESS)
		return;
	if (r && !d->disk_failing)
		log_error("%s: cannot write it: %s; what changed will not survive a restart", path, strerror(-r));
	else if (!r && d->disk_failing)
		log_info("%s: files can be written again", d->conf.state_dir);
	d->disk_failing = r != 0;
}

/* --- start, loop, end --- */

static void on_timer(struct daemon *d)
{
	uint64_t expirations;

	if (read(d->timer, &expirations, sizeof(expirations)) < 0 || !d->is_configured)
		return;
	events_tick(d);
	proof_tick(d);
	sheds_tick(&d->sheds);
	d->ticks++;
	names_tick(d);
	threats_tick(d->threats);
}

static void dispatch(struct daemon *d, int fd)
{
	d->ticket = d->disk ? disk_ticket(d->disk) : 0;
	if (fd == d->findings)
		on_findings(d);
	else if (fd == d->control)
		on_control(d);
	else if (d->ctl && fd == ctl_fd(d->ctl))
		ctl_run(d->ctl);
	else if (d->disk && fd == disk_fd(d->disk))
		on_disk(d);
	else if (d->threats && fd == threats_fd(d->threats))
		threats_run(d->threats);
	else if (fd == d->start->notify)
		on_notify(d);
	else if (fd == d->timer)
		on_timer(d);
	else if (fd == d->signals)
		d->ending = true;
}

static void loop(struct daemon *d)
{
	while (!d->ending) {
		struct epoll_event ev[8];
		int n = epoll_wait(d->epfd, ev, ARRAY_SIZE(ev), -1);

		for (int i = 0; i < n && !d->ending; i++)
			dispatch(d, ev[i].data.fd);
		child_beat(d->start);
	}
}

static int open_all(struct daemon *d)
{
	struct itimerspec every = { { 1, 0 }, { 1, 0 } };
	struct timeval patience = { .tv_sec = KEEPER_S };
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	d->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	d->epfd = epoll_create1(EPOLL_CLOEXEC);
	d->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->signals < 0 || d->epfd < 0 || d->timer < 0 || timerfd_settime(d->timer, 0, &every, NULL))
		return -errno;
	fcntl(d->start->verdicts, F_SETFL, O_NONBLOCK);
	setsockopt(d->start->rpc, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(d->start->rpc, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	pthread_mutex_init(&d->rpc_lock, NULL);
	r = watch(d, d->start->notify);
	if (!r)
		r = watch(d, d->signals);
	return r ? r : watch(d, d->timer);
}

static int enter(struct daemon *d, struct strbuf *err)
{
	const struct child_start *s = d->start;
	int keep[11 + KERN_MAPS] = { 2, s->rpc, s->notify, s->verdicts, s->listen, d->epfd, d->signals, d->timer, d->state_dir };
	struct sandbox box = {
		.profile = SANDBOX_DAEMON, .user = s->conf->user, .keep = keep, .n_keep = 9, .parent = s->keeper,
	};

	for (unsigned int i = 0; i < KERN_MAPS; i++)
		if (i != KERN_MAP_events && i != KERN_MAP_held) /* the inspector's and the keeper's */
			keep[box.n_keep++] = kern_map_fd(s->kern, i);
	if (d->evidence)
		keep[box.n_keep++] = evidence_fd(d->evidence);
	if (helper_fd() >= 0)
		keep[box.n_keep++] = helper_fd();
	return sandbox_enter(&box, err);
}

static void end(struct daemon *d)
{
	if (d->inventory && d->is_configured)
		(void)names_save(d);
	oui_free(d->oui);
	threats_free(d->threats);
	if (d->out)
		events_last(d);
	ctl_free(d->ctl); /* lists that somebody is reading walk through what is freed next */
	d->ctl = NULL;
	act_free(d->act);
	disk_free(d->disk);
	names_done(d);
	evidence_free(d->evidence);
	out_free(d->out);
	rules_done(&d->rules);
	events_done(d);
	sheds_done(&d->sheds);
	inventory_free(d->inventory);
	conf_done(&d->conf);
}

void daemon_main(const struct child_start *s)
{
	static struct daemon d;
	struct strbuf err = { 0 };
	int r;

	d = (struct daemon){ .start = s, .kern = s->kern, .findings = -1, .control = -1, .state_dir = -1, .eve = -1 };
	memset(d.secret, -1, sizeof(d.secret));
	d.started_ns = clock_now_ns();
	rules_init(&d.rules);
	log_set_ident("daemon");
	d.state_dir = open(s->conf->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = open_all(&d);
	if (!r && s->conf->evidence_dir && s->conf->evidence_dir[0])
		r = evidence_open(s->conf->evidence_dir, s->conf->evidence_files, s->conf->evidence_bytes, &d.evidence, &err);
	if (!r && helper_start(s->conf, &err)) {
		log_error("output command: %s: it is not run", err.s ? err.s : "no helper");
		strbuf_clear(&err);
	}
	if (!r)
		r = enter(&d, &err);
	if (r) {
		log_error("cannot start: %s", err.s ? err.s : strerror(-r));
		_exit(1);
	}
	sheds_init(&d.sheds, &d);
	loop(&d);
	end(&d);
	_exit(d.failed ? 1 : 0);
}
