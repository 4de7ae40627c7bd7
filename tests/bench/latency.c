// SPDX-License-Identifier: BSD-2-Clause
/*
 * From the packet that gives a device away to its deny entry, live: a daemon in
 * namespaces of its own on one end of a veth; ever new devices complete a
 * handshake and send what a rule looks for. The clock starts before the packet
 * is sent and stops when the entry is in the pinned map.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/bench.h"
#include "harness/own_ns.h"

#define DEVICES 2000 /* the 99th percentile is that of the slowest twenty */
#define INSIDE "clat0"
#define OUTSIDE "clat1"
#define START_S 20.0 /* the daemon's, at most */
#define WAIT_S 2.0   /* for one entry */

struct lab {
	char dir[64];
	pid_t daemon;
	int device, network; /* raw sockets: what devices send, what comes to them */
	int deny;	     /* the pinned map */
	struct cordon_deny_key key;
};

static int raw_socket(const char *ifname)
{
	struct sockaddr_ll a = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(ifname) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd >= 0 && !bind(fd, (struct sockaddr *)&a, sizeof(a)) ? fd : -1;
}

static bool start(struct lab *l)
{
	char conf[128], rules[128], text[512];
	const char *argv[] = { "build/cordon", "run", "-c", conf, "--device", INSIDE, NULL };

	snprintf(conf, sizeof(conf), "%s/cordon.yaml", l->dir);
	snprintf(rules, sizeof(rules), "%s/bench.rules", l->dir);
	snprintf(text, sizeof(text),
		 "run_dir: %s/run\nstate_dir: %s/state\nbpffs: %s/bpf\neve_file: %s/eve.json\nrules:\n  - %s\nquarantine:\n"
		 "  breaker_per_min: 1000000\n", l->dir, l->dir, l->dir, l->dir, rules);
	if (file_replace(conf, text, strlen(text), 0644))
		return false;
	snprintf(text, sizeof(text), "alert tcp any any -> any any (msg:\"bench\"; flow:established,to_server; "
				     "content:\"needle-bench\"; priority:1; sid:1;)\n");
	if (file_replace(rules, text, strlen(text), 0644))
		return false;
	l->daemon = fork();
	if (!l->daemon) {
		cpu_set_t all;

		/* not on the processor on which we poll */
		memset(&all, 0xff, sizeof(all));
		sched_setaffinity(0, sizeof(all), &all);
		if (freopen("/dev/null", "w", stdout) && freopen("/dev/null", "w", stderr))
			execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return l->daemon > 0;
}

static void send_as(int fd, uint32_t device, bool to_server, uint8_t flags, uint32_t seq, uint32_t ack, const char *text)
{
	uint8_t mac[6] = { 2, 0, 1, (uint8_t)(device >> 16), (uint8_t)(device >> 8), (uint8_t)device };
	struct frame f;

	frame_tcp(&f, to_server, (uint16_t)(20000 + device), flags, seq, ack, text, strlen(text));
	memcpy(f.b + (to_server ? 6 : 0), mac, 6);
	if (send(fd, f.b, f.len, 0) < 0 && errno != ENOBUFS)
		die("send", strerror(errno));
}

/* milliseconds, or -1 */
static double one(struct lab *l, uint32_t device)
{
	uint8_t mac[6] = { 2, 0, 1, (uint8_t)(device >> 16), (uint8_t)(device >> 8), (uint8_t)device };
	struct cordon_deny v;
	double t0;

	send_as(l->device, device, true, 0x02, 1000, 0, "");
	send_as(l->network, device, false, 0x12, 5000, 1001, "");
	send_as(l->device, device, true, 0x10, 1001, 5001, "");
	usleep(2000);
	memcpy(l->key.value, mac, 6);
	t0 = seconds_now();
	send_as(l->device, device, true, 0x18, 1001, 5001, "GET /needle-bench HTTP/1.1\r\nHost: a.example\r\n\r\n");
	while (seconds_now() - t0 < WAIT_S) {
		if (!bpf_map_lookup_elem(l->deny, &l->key, &v))
			return (seconds_now() - t0) * 1000;
		/* the kernel likes to wake the daemon on the processor that sent: what only waits must not keep it until a tick */
		sched_yield();
	}
	return -1;
}

/* until the daemon denies somebody; its key says the zone */
static bool ready(struct lab *l)
{
	double t0 = seconds_now();
	char path[128];

	snprintf(path, sizeof(path), "%s/bpf/cordon/v%d/deny", l->dir, CORDON_ABI_VERSION);
	for (uint32_t i = DEVICES + 1; seconds_now() - t0 < START_S; i++) {
		usleep(200000);
		if (l->deny < 0)
			l->deny = bpf_obj_get(path);
		if (l->deny < 0)
			continue;
		send_as(l->device, i, true, 0x02, 1000, 0, "");
		send_as(l->network, i, false, 0x12, 5000, 1001, "");
		send_as(l->device, i, true, 0x18, 1001, 5001, "GET /needle-bench HTTP/1.1\r\n\r\n");
		usleep(100000);
		if (!bpf_map_get_next_key(l->deny, NULL, &l->key))
			return true;
	}
	return false;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* median, 99th percentile, how many were denied, and the slowest, to @out */
static int measure(struct lab *l, int out)
{
	static double ms[DEVICES];
	double r[4];
	size_t n = 0;

	if (!ready(l))
		return 1;
	for (uint32_t i = 1; i <= DEVICES; i++) {
		double t = one(l, i);

		if (t >= 0)
			ms[n++] = t;
	}
	if (!n)
		return 1;
	qsort(ms, n, sizeof(*ms), by_value);
	r[0] = ms[n / 2];
	r[1] = ms[n * 99 / 100];
	r[2] = (double)n;
	r[3] = ms[n - 1];
	return write(out, r, sizeof(r)) != sizeof(r);
}

static int lab(int out)
{
	struct lab l = { .dir = "/tmp/cordon-latency.XXXXXX", .deny = -1 };
	char bpf[80];
	int r = 1;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || !mkdtemp(l.dir))
		return 1;
	/* what it leaves is on a file system that goes with the namespace */
	if (mount("tmpfs", l.dir, "tmpfs", 0, "mode=0755"))
		return 1;
	snprintf(bpf, sizeof(bpf), "%s/bpf", l.dir);
	if (!mkdir(bpf, 0700) && !mount("bpf", bpf, "bpf", 0, NULL) &&
	    sh("ip link set lo up && ip link add " INSIDE " type veth peer name " OUTSIDE " && ip link set " INSIDE
	       " up && ip link set " OUTSIDE " up")) {
		l.device = raw_socket(OUTSIDE);
		l.network = raw_socket(INSIDE);
		r = l.device < 0 || l.network < 0 || !start(&l) ? 1 : measure(&l, out);
	}
	if (l.daemon > 0) {
		kill(l.daemon, SIGTERM);
		waitpid(l.daemon, NULL, 0);
	}
	umount2(bpf, MNT_DETACH);
	umount2(l.dir, MNT_DETACH);
	rmdir(l.dir);
	return r;
}

void bench_latency(void)
{
	static const char name[] = "packet seen to deny entry live, p99";
	double r[4] = { 0 };
	int fd[2], status;
	pid_t pid;

	fflush(NULL);
	if (pipe(fd))
		die("pipe", strerror(errno));
	pid = fork();
	if (!pid)
		_exit(lab(fd[1]));
	close(fd[1]);
	if (read(fd[0], r, sizeof(r)) != sizeof(r))
		r[2] = 0;
	close(fd[0]);
	waitpid(pid, &status, 0);
	if (r[2] < DEVICES * 9 / 10) {
		goal_unmeasured(name, 1, "ms", r[2] ? "more than a tenth of the devices was not denied" : "the daemon did not start or denied nobody");
		return;
	}
	figure("packet seen to deny entry live, median", r[0] * 1000, "us");
	figure("packet seen to deny entry live, slowest", r[3] * 1000, "us");
	figure("devices denied, of 2000", r[2], "devices");
	goal(name, 1, r[1], "ms");
}
