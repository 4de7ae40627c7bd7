/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine with one rule of each place, loaded once. */
#ifndef TESTS_FUZZ_RULES_H
#define TESTS_FUZZ_RULES_H

#include <stdio.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "match/match.h"

static const char fuzz_rules[] =
	"alert tcp any any -> any any (content:\"attack-code-here\"; sid:1;)\n"
	"alert tcp any any -> any any (content:\"firstpart\"; content:\"secondpart\"; distance:0; sid:2;)\n"
	"alert http any any -> any any (http.uri; content:\"/evil/path\"; sid:3;)\n"
	"alert dns any any -> any any (dns.query; content:\"evil.example\"; sid:4;)\n"
	"alert http any any -> any any (http.request_body; content:\"wget http\"; sid:5;)\n"
	"alert tls any any -> any any (tls.sni; content:\"evil.example\"; sid:6;)\n"
	"alert udp any any -> any any (content:\"needle\"; sid:7;)\n"
	"alert http any any -> any any (http.host; content:\"bad.example\"; http.method; content:\"GET\"; sid:8;)\n";

/* the engine borrows it; not static, or the compiler drops it and the leak checker does not find it */
struct ruleset *fuzz_set;

static inline struct match_engine *fuzz_engine(void)
{
	static struct match_engine *engine;
	char path[] = "/tmp/cordon-fuzz-XXXXXX";
	const char *files[] = { path };
	struct strbuf err = { 0 };
	struct ruleset *set = NULL;
	int fd;

	if (engine)
		return engine;
	fd = mkstemp(path);
	must(fd >= 0 && write(fd, fuzz_rules, sizeof(fuzz_rules) - 1) == (ssize_t)sizeof(fuzz_rules) - 1);
	close(fd);
	must(!ruleset_load(files, 1, NULL, 0, NULL, &fuzz_set, &err) && ruleset_count(fuzz_set) == 8);
	unlink(path);
	must(!match_build(fuzz_set, &engine, &err));
	return engine;
}

#endif
