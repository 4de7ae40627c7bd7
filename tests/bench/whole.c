// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whole runs: a capture through `cordon replay` and through Suricata 7, the same
 * rules in both, processor seconds less those of a capture of one packet; how
 * long 40,000 rules take to be in force; and what all this keeps in memory.
 * Suricata is what tests/parity/deps.sh unpacks; without it its rows say so.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/bench.h"
#include "match/match.h"

#define FLOWS 2000
#define SEGMENTS 60 /* of 1400 bytes each flow, every second one acknowledged */
#define RULES 1000
#define MANY_RULES 40000
#define RUNS 3

static char dir[64];

/* --- the capture: a TCP flow with an answer of 84 kB, and a DNS query, again and again --- */

static void put(FILE *f, uint32_t *usec, const struct frame *fr)
{
	struct {
		uint32_t sec, usec, cap, len;
	} h = { 1700000000 + *usec / 1000000, *usec % 1000000, (uint32_t)fr->len, (uint32_t)fr->len };

	*usec += 10;
	if (fwrite(&h, sizeof(h), 1, f) != 1 || fwrite(fr->b, fr->len, 1, f) != 1)
		die("capture", strerror(errno));
}

static void put_flow(FILE *f, uint32_t *usec, uint16_t port, const uint8_t *text)
{
	static const char hello[] = "GET /index.html HTTP/1.1\r\nHost: device-cloud.example.com\r\n\r\n";
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 84000\r\n\r\n";
	uint32_t up = 1001, down = 5001;
	struct frame fr;

#define TCP(to_server, flags, seq, ack, p, n) (frame_tcp(&fr, to_server, port, flags, seq, ack, p, n), put(f, usec, &fr))
	TCP(true, 0x02, 1000, 0, "", 0);
	TCP(false, 0x12, 5000, 1001, "", 0);
	TCP(true, 0x10, up, down, "", 0);
	TCP(true, 0x18, up, down, hello, sizeof(hello) - 1);
	up += sizeof(hello) - 1;
	TCP(false, 0x18, down, up, head, sizeof(head) - 1);
	down += sizeof(head) - 1;
	for (int i = 0; i < SEGMENTS; i++) {
		TCP(false, 0x18, down, up, text, 1400);
		down += 1400;
		if (i & 1)
			TCP(true, 0x10, up, down, "", 0);
	}
	TCP(true, 0x11, up, down, "", 0);
	TCP(false, 0x11, down, up + 1, "", 0);
	TCP(true, 0x10, up + 1, down + 1, "", 0);
	frame_dns(&fr, port);
	put(f, usec, &fr);
}

static uint32_t write_capture(const char *path, uint32_t flows)
{
	static const uint32_t head[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1 /* Ethernet */ };
	uint32_t usec = 0;
	uint8_t text[1400];
	FILE *f = fopen(path, "w");
	struct frame fr;

	if (!f || fwrite(head, sizeof(head), 1, f) != 1)
		die(path, strerror(errno));
	scan_payload(text, 1);
	for (uint32_t i = 0; i < flows; i++)
		put_flow(f, &usec, (uint16_t)(20000 + i), text);
	if (!flows) {
		frame_dns(&fr, 1);
		put(f, &usec, &fr);
	}
	fclose(f);
	return usec / 10;
}

/* --- runs --- */

struct took {
	double cpu, wall, peak_mib;
};

/* @argv in a process of its own, its output thrown away; 0: it failed */
static bool run(const char *const *argv, struct took *ret)
{
	struct rusage u;
	double t0 = seconds_now();
	pid_t pid = fork();
	int status, null;

	if (!pid) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		dup2(null, 2);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
		return false;
	ret->wall = seconds_now() - t0;
	ret->cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
	ret->peak_mib = (double)u.ru_maxrss / 1024;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool best_of(const char *const *argv, struct took *ret)
{
	struct took t;

	*ret = (struct took){ 1e9, 1e9, 1e9 };
	for (int i = 0; i < RUNS; i++) {
		if (!run(argv, &t))
			return false;
		ret->cpu = t.cpu < ret->cpu ? t.cpu : ret->cpu;
		ret->wall = t.wall < ret->wall ? t.wall : ret->wall;
		ret->peak_mib = t.peak_mib < ret->peak_mib ? t.peak_mib : ret->peak_mib;
	}
	return true;
}

static const char *file(const char *name)
{
	static char path[4][128];
	static unsigned int i;

	snprintf(path[i &= 3], sizeof(path[0]), "%s/%s", dir, name);
	return path[i++];
}

/* a number of the last run's --stats; the first @key behind the object @in */
static double stat_of(const char *in, const char *key)
{
	_cleanup_free_ char *text = NULL;
	const char *at;
	size_t n;

	if (file_read(file("stats.json"), 1 << 20, &text, &n))
		die("stats.json", "cannot be read");
	at = strstr(text, in);
	at = at ? strstr(at, key) : NULL;
	return at ? strtod(at + strlen(key), NULL) : 0;
}

/* best of some runs; *ret_own: what the programs and the pipeline took, without reading the capture and feeding the test runs */
static bool run_cordon(const char *pcap, struct took *ret, double *ret_own)
{
	char rules[128], cap[128], stats[128];
	const char *argv[] = { "build/cordon", "replay", "-j", "--rules", rules, "--stats", stats, cap, NULL };
	struct took t;

	snprintf(rules, sizeof(rules), "%s", file("few.rules"));
	snprintf(cap, sizeof(cap), "%s", file(pcap));
	snprintf(stats, sizeof(stats), "%s", file("stats.json"));
	*ret_own = ret->cpu = 1e9;
	for (int i = 0; i < RUNS; i++) {
		double own;

		if (!run(argv, &t))
			return false;
		own = stat_of("\"cpu_seconds\"", "\"kernel\":") + stat_of("\"cpu_seconds\"", "\"user\":");
		*ret_own = own < *ret_own ? own : *ret_own;
		ret->cpu = t.cpu < ret->cpu ? t.cpu : ret->cpu;
	}
	return true;
}

static bool run_suricata(const char *rules, const char *pcap, struct took *ret)
{
	const char *home = getenv("HOME"), *cache = getenv("XDG_CACHE_HOME");
	char bin[256], conf[128], r[128], cap[128];
	const char *argv[] = { bin, "-c", conf, "-S", r, "-r", cap, "-k", "none", "-l", dir, "--runmode", "single", NULL };

	snprintf(bin, sizeof(bin), "%s%s/cordon/suricata/suricata", cache ? cache : home ? home : "", cache ? "" : "/.cache");
	snprintf(conf, sizeof(conf), "%s", file("suricata.yaml"));
	snprintf(r, sizeof(r), "%s", file(rules));
	snprintf(cap, sizeof(cap), "%s", file(pcap));
	return best_of(argv, ret);
}

static void write_text(const char *name, const char *text)
{
	if (file_replace(file(name), text, strlen(text), 0644))
		die(name, "cannot be written");
}

static void write_rules(const char *name, uint32_t n)
{
	FILE *f = fopen(file(name), "w");
	char lit[SCAN_LITERAL + 1];

	for (uint32_t i = 0; f && i < n; i++) {
		scan_literal(lit, i);
		fprintf(f, "alert tcp any any -> any any (msg:\"bench\"; content:\"%s\"; sid:%u; rev:1;)\n", lit, i + 1);
	}
	if (!f || fclose(f))
		die(name, "cannot be written");
}

static void bench_offline(void)
{
	static const char name[] = "whole offline run, CPU seconds for the same capture and rules, against Suricata 7 (1/12)";
	struct took one, all, s_one, s_all;
	uint32_t packets = write_capture(file("all.pcap"), FLOWS);
	double ours, theirs, own;

	write_capture(file("one.pcap"), 0);
	write_rules("few.rules", RULES);
	if (!run_cordon("one.pcap", &one, &own) || !run_cordon("all.pcap", &all, &own))
		die("cordon replay", "failed");
	figure("cordon replay, CPU a packet, reading and feeding the test runs included", (all.cpu - one.cpu) * 1e9 / packets, "ns");
	ours = own * 1e9 / packets;
	figure("cordon replay, CPU a packet, programs and pipeline", ours, "ns");
	if (!run_suricata("few.rules", "one.pcap", &s_one) || !run_suricata("few.rules", "all.pcap", &s_all)) {
		goal_unmeasured(name, 1 / 12.0, "ratio", "Suricata 7 is not there: tests/parity/deps.sh CACHE");
		return;
	}
	theirs = (s_all.cpu - s_one.cpu) * 1e9 / packets;
	figure("Suricata 7, the same, CPU a packet", theirs, "ns");
	goal(name, 1 / 12.0, ours / theirs, "ratio");
}

/* from the file to the kernel; the engine is kept */
static double load_rules(struct subject *s, struct match_engine **ret, struct ruleset **ret_rules)
{
	const char *files[] = { file("many.rules") };
	struct strbuf err = {};
	double t0 = seconds_now();

	if (ruleset_load(files, 1, NULL, 0, NULL, ret_rules, &err) || match_build(*ret_rules, ret, &err))
		die("rules", err.s);
	scan_put_prefilter(s, *ret);
	strbuf_done(&err);
	return seconds_now() - t0;
}

static void bench_load(struct subject *s, struct match_engine **e, struct ruleset **rules)
{
	static const char name[] = "40 k rules, file to live, against Suricata's start with them";
	double ours;
	struct took t;

	write_rules("many.rules", MANY_RULES);
	ours = load_rules(s, e, rules);
	figure("40 k rules, file to live", ours * 1000, "ms");
	if (!run_suricata("many.rules", "one.pcap", &t)) {
		goal_unmeasured(name, 1, "ratio", "Suricata 7 is not there: tests/parity/deps.sh CACHE");
		return;
	}
	figure("Suricata 7, from start to end of one packet with 40 k rules", t.wall * 1000, "ms");
	figure("Suricata 7, most memory with 40 k rules, no list of indicators", t.peak_mib, "MiB");
	goal(name, 1, ours / t.wall, "ratio");
}

/* --- memory --- */

/* what the kernel says of our maps, and this process' own pages; MiB */
static double memory(const struct subject *s)
{
	double sum = number_in("/proc/self/status", "RssAnon:") / 1024;
	char path[64];

	for (unsigned int i = 0; i < KERN_MAPS; i++) {
		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", kern_map_fd(s->k, i));
		sum += number_in(path, "memlock:") / 1048576;
	}
	/* images hang in outer maps and have no descriptor here */
	return sum + sizeof(struct cordon_prefilter) / 1048576.0;
}

static void bench_memory(struct subject *s)
{
	struct kern_opts small = { .flow_buckets = 1024, .rec_slots = 256, .ring_bytes = 1 << 20 };
	double t, image;
	struct subject tiny;

	image = subject_threats(s, 500000, &t) / 1048576.0;
	goal("memory: 1 M indicators, 40 k rules, room for 131,072 flows; maps and process", 512, memory(s) + image, "MiB");
	subject_open_sized(&tiny, &small);
	goal("memory, small profile: maps, and a process without lists or rules (with those of the row above)", 64,
	     memory(&tiny) - number_in("/proc/self/status", "RssAnon:") / 1024, "MiB");
	subject_close(&tiny);
}

static void drop_dir(void)
{
	const struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)))
		unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
}

void bench_whole(void)
{
	struct match_engine *e;
	struct ruleset *rules;
	struct subject s;

	snprintf(dir, sizeof(dir), "/tmp/cordon-bench.XXXXXX");
	if (!mkdtemp(dir))
		die(dir, strerror(errno));
	write_text("suricata.yaml", "%YAML 1.1\n---\nvars:\n  address-groups:\n    HOME_NET: \"any\"\n    EXTERNAL_NET: \"any\"\n"
				    "outputs:\n  - fast:\n      enabled: yes\n      filename: fast.log\n"
				    "app-layer:\n  protocols:\n    http:\n      enabled: yes\n    dns:\n      udp:\n        enabled: yes\n"
				    "stream:\n  midstream: false\n  reassembly:\n    depth: 1mb\n");
	bench_offline();
	subject_open(&s, false);
	bench_load(&s, &e, &rules);
	bench_memory(&s);
	match_free(e);
	ruleset_free(rules);
	subject_close(&s);
	drop_dir();
}
