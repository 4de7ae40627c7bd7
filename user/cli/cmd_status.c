/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon status` and `cordon stats`: is it enforcing, is it inspecting, what has it counted. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"

const struct cli_option cmd_status_options[] = { { 0 } };

static const char *number(char *dst, size_t size, uint64_t n)
{
	snprintf(dst, size, "%llu", (unsigned long long)n);
	return dst;
}

static void print_ports(const struct jsonin *list)
{
	struct table t;

	table_begin(&t, (const char *const[]){ "INTERFACE", "ROLE", "MODE", "ENFORCING", "XDP", "TC", "NOTE", NULL });
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *p = jsonin_at(list, i);
		char xdp[40];

		snprintf(xdp, sizeof(xdp), "%s%s", text_or(jsonin_str(p, "xdp"), ""), jsonin_bool(p, "dispatcher") ? ", dispatcher" : "");
		table_row(&t, (const char *const[]){ jsonin_str(p, "name"), jsonin_str(p, "role"), jsonin_str(p, "mode"),
						     jsonin_bool(p, "enforcing") ? "yes" : "NO", xdp, jsonin_str(p, "tc"),
						     jsonin_str(p, "note") });
	}
	table_print(&t);
}

static void print_status(const struct jsonin *s)
{
	const struct jsonin *p = jsonin_get(s, "processes"), *rules = jsonin_get(s, "rules"), *threats = jsonin_get(s, "threats");
	const struct jsonin *breaker = jsonin_get(s, "breaker"), *att = jsonin_get(s, "attestation");
	char up[40];

	print_ports(jsonin_get(s, "interfaces"));
	printf("\nup %s; keeper %llu, daemon %llu, inspector %llu\n", seconds_str(up, sizeof(up), jsonin_u64(s, "uptime_s")),
	       (unsigned long long)jsonin_u64(p, "keeper"), (unsigned long long)jsonin_u64(p, "daemon"),
	       (unsigned long long)jsonin_u64(p, "inspector"));
	printf("enforcing: %s; of %llu programs on interfaces, leases, guards and listed threats %llu%% were proven in the last minute\n",
	       jsonin_bool(s, "enforcing") ? "yes" : "NO", (unsigned long long)jsonin_u64(att, "entries"),
	       (unsigned long long)jsonin_u64(att, "proven_percent"));
	printf("inspecting: %s\n", jsonin_bool(s, "inspecting") ? "yes" : "NO");
	printf("rules: %llu loaded, %llu refused%s%s\n", (unsigned long long)jsonin_u64(rules, "loaded"),
	       (unsigned long long)jsonin_u64(rules, "refused"), jsonin_bool(rules, "by_hand") ? ", by hand" : "",
	       jsonin_bool(rules, "loading") ? ", loading" : "");
	if (text_or(jsonin_str(rules, "error"), NULL))
		printf("rules: the last load failed: %s\n", jsonin_str(rules, "error"));
	printf("threats: %llu entries of %llu feeds, generation %llu%s\n", (unsigned long long)jsonin_u64(threats, "entries"),
	       (unsigned long long)jsonin_u64(threats, "feeds"), (unsigned long long)jsonin_u64(threats, "generation"),
	       jsonin_bool(threats, "loading") ? ", loading" : "");
	printf("devices: %llu seen, %llu quarantined\n", (unsigned long long)jsonin_u64(s, "devices"),
	       (unsigned long long)jsonin_u64(s, "quarantines"));
	if (jsonin_bool(breaker, "tripped"))
		printf("breaker: TRIPPED, %llu quarantines wait for a person\n", (unsigned long long)jsonin_u64(breaker, "waiting"));
}

int cmd_status(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "status");
	r = ask(a, &q, NULL, 0, &s);
	if (!r && !ask_json(a, s))
		print_status(s);
	return r;
}

const struct cli_option cmd_stats_options[] = {
	{ "watch", 'w', NULL, "again every second" },
	{ 0 },
};

/* members of an object, one a line; objects below as "name  packets  bytes" */
static void print_members(struct table *t, const char *prefix, const struct jsonin *o)
{
	const struct jsonin *v;
	const char *key;

	for (size_t i = 0; (key = jsonin_member(o, i, &v)); i++) {
		char name[80], n[24], bytes[24] = "";
		const struct jsonin *below;

		snprintf(name, sizeof(name), "%s%s", prefix, key);
		if (!strcmp(key, "reasons")) {
			print_members(t, "  reason ", v);
			continue;
		}
		below = jsonin_get(v, "packets");
		number(n, sizeof(n), below ? jsonin_number(below) : jsonin_number(v));
		if (below)
			number(bytes, sizeof(bytes), jsonin_u64(v, "bytes"));
		table_row(t, (const char *const[]){ name, n, bytes });
	}
}

static void print_outputs(struct table *t, const struct jsonin *list)
{
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *o = jsonin_at(list, i);
		char name[80], written[24], lost[64];

		snprintf(name, sizeof(name), "output %s", text_or(jsonin_str(o, "name"), "?"));
		snprintf(lost, sizeof(lost), "dropped %llu, failed %llu", (unsigned long long)jsonin_u64(o, "dropped"),
			 (unsigned long long)jsonin_u64(o, "failed"));
		table_row(t, (const char *const[]){ name, number(written, sizeof(written), jsonin_u64(o, "written")), lost });
	}
}

static int stats_once(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	struct table t;
	char percent[24];
	int r;

	ask_begin(&q, "stats");
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	table_begin(&t, (const char *const[]){ "COUNTER", "VALUE", "BYTES", NULL });
	number(percent, sizeof(percent), jsonin_u64(jsonin_get(s, "attestation"), "proven_percent"));
	table_row(&t, (const char *const[]){ "enforcing", jsonin_bool(s, "enforcing") ? "yes" : "NO", "" });
	table_row(&t, (const char *const[]){ "proven_percent", percent, "" });
	print_members(&t, "", jsonin_get(s, "kernel"));
	print_members(&t, "", jsonin_get(s, "daemon"));
	print_members(&t, "control ", jsonin_get(s, "control"));
	print_outputs(&t, jsonin_get(s, "outputs"));
	table_print(&t);
	return EXIT_DONE;
}

int cmd_stats(const struct args *a)
{
	bool watch = args_get(a, "watch") != NULL;
	int r = args_need_words(a, 0, 0);

	while (!r) {
		if (watch && !a->json && isatty(1))
			fputs("\033[H\033[2J", stdout);
		r = stats_once(a);
		fflush(stdout);
		if (!watch)
			break;
		sleep(1);
	}
	return r;
}
