// SPDX-License-Identifier: BSD-2-Clause
/*
 * A list from a file on disk to the kernel, parsing included: what a feed
 * takes without the download. Beside it sets of as many addresses, loaded by
 * nftables and ipset in a network namespace of their own.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "base/lists.h"
#include "bench/bench.h"
#include "cordon_hash.h"
#include "feed/feed.h"
#include "harness/own_ns.h"

#define MILLION 1000000U

/* the @n-th address of 20.0.0.0 to 83.255.255.255: one to one, so that none is there twice */
static uint32_t address(uint32_t n)
{
	return (20U << 24) + (uint32_t)(n * 2654435761ULL % (64U << 24));
}

static void put_address(FILE *f, const char *before, uint32_t n, const char *after)
{
	uint32_t a = address(n);

	fprintf(f, "%s%u.%u.%u.%u%s", before, a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255, after);
}

/* half addresses, half names */
static void write_list(FILE *f, uint32_t n)
{
	for (uint32_t i = 0; i < n / 2; i++) {
		put_address(f, "", i, "\n");
		fprintf(f, "d%08x.c%u.example.net\n", i * 2654435761U, i % 977);
	}
}

static void write_nft(FILE *f, uint32_t n)
{
	fprintf(f, "table ip bench {\n set s { type ipv4_addr; elements = {");
	for (uint32_t i = 0; i < n; i++)
		put_address(f, "", i, ",");
	fprintf(f, "} }\n}\n");
}

static void write_ipset(FILE *f, uint32_t n)
{
	fprintf(f, "create bench hash:ip hashsize %u maxelem %u\n", n, n);
	for (uint32_t i = 0; i < n; i++)
		put_address(f, "add bench ", i, "\n");
}

/* @path: room for 32 bytes; the file's name is written there */
static void write_file(char *path, void (*put)(FILE *f, uint32_t n), uint32_t n)
{
	FILE *f;
	int fd;

	strcpy(path, "/tmp/cordon-bench.XXXXXX");
	fd = mkstemp(path);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		die(path, strerror(errno));
	put(f, n);
	if (fclose(f))
		die(path, strerror(errno));
}

/* processor time of this process and of the workers it has waited for: what other load does not enter */
static double cpu_seconds(void)
{
	static const int who[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	struct rusage u;
	double sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(who); i++) {
		if (getrusage(who[i], &u))
			die("rusage", strerror(errno));
		sum += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	}
	return sum;
}

static void ours(struct subject *s, uint32_t n, double limit)
{
	struct feed_opts o = { .name = "bench", .category = "test", .action = CORDON_ACTION_ALERT, .confidence = 90 };
	struct indicators one = {}, all = {};
	const struct indicators *sets[] = { &one };
	struct feed_report report = {};
	struct strbuf err = {};
	char path[32], name[96];
	double t, cpu;

	write_file(path, write_list, n);
	cpu = cpu_seconds();
	t = seconds_now();
	if (feed_parse_file("plain", path, &o, &one, &report, &err))
		die("list", err.s);
	if (report.accepted != n || indicators_merge(&all, sets, 1) || all.v.len != n)
		die("list", "not all of it was read");
	subject_swap(s, &all);
	t = seconds_now() - t;
	cpu = cpu_seconds() - cpu;
	unlink(path);
	snprintf(name, sizeof(name), "%u million indicators from a file on disk to live, parsing included", n / MILLION);
	goal(name, limit, t, "s");
	snprintf(name, sizeof(name), "the same, %u million: processor seconds", n / MILLION);
	figure(name, cpu, "s");
	feed_report_done(&report);
	indicators_done(&one);
	indicators_done(&all);
	strbuf_done(&err);
}

/* seconds that @command took with the path behind it; 0: it failed */
static double peer_seconds(const char *command, void (*put)(FILE *f, uint32_t n))
{
	char path[32], line[96];
	double t;
	bool ok;

	write_file(path, put, MILLION);
	snprintf(line, sizeof(line), "%s %s 2>/dev/null", command, path);
	t = seconds_now();
	ok = sh(line);
	t = seconds_now() - t;
	unlink(path);
	return ok ? t : 0;
}

/* in a child: the sets go with its namespace */
static double peer_in_own_net(const char *command, void (*put)(FILE *f, uint32_t n))
{
	double t = 0;
	int fd[2];
	pid_t pid;

	fflush(NULL);
	if (pipe(fd))
		die("pipe", strerror(errno));
	pid = fork();
	if (!pid) {
		t = unshare(CLONE_NEWNET) ? 0 : peer_seconds(command, put);
		_exit(write(fd[1], &t, sizeof(t)) != sizeof(t));
	}
	close(fd[1]);
	if (read(fd[0], &t, sizeof(t)) != sizeof(t))
		t = 0;
	close(fd[0]);
	waitpid(pid, NULL, 0);
	return t;
}

static void peer(const char *name, const char *command, void (*put)(FILE *f, uint32_t n), const char *why)
{
	double t = peer_in_own_net(command, put);

	if (t > 0)
		figure(name, t, "s");
	else
		figure_unmeasured(name, "s", why);
}

/* a large file is read on as many processors as there are */
static void use_all_cpus(cpu_set_t *ret_before)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	if (sched_getaffinity(0, sizeof(*ret_before), ret_before) || sched_setaffinity(0, sizeof(all), &all))
		die("affinity", strerror(errno));
}

void bench_lists(void)
{
	cpu_set_t before;
	struct subject s;

	use_all_cpus(&before);
	subject_open(&s, false);
	ours(&s, MILLION, 1);
	ours(&s, 5 * MILLION, 5);
	subject_close(&s);
	peer("nft -f, a set of one million IPv4 addresses", "nft -f", write_nft, "nft is not installed, or this kernel has no nf_tables");
	peer("ipset restore, one million IPv4 addresses", "ipset restore -f", write_ipset,
	     "ipset is not installed, or this kernel has no ip_set_hash_ip");
	sched_setaffinity(0, sizeof(before), &before);
}
