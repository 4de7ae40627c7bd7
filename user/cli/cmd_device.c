/* SPDX-License-Identifier: BSD-2-Clause */
/* `cordon device list|show|name`: the devices that were seen. */
#include <stdio.h>
#include <string.h>

#include "cli/ask.h"

const struct cli_option cmd_device_list_options[] = {
	{ "match", 0, "TEXT", "only those with TEXT in id, name, group, host name or an address" },
	{ "group", 0, "GROUP", "only those of GROUP" },
	{ "quarantined", 0, NULL, "only those in quarantine, at any level" },
	{ "limit", 0, "N", "at most N of them" },
	{ 0 },
};

static void device_row(const char *list, const struct jsonrow *d, void *ctx)
{
	char id[80], name[160], addrs[512], apps[256], last[40];

	if (strcmp(list, "devices"))
		return;
	table_row(ctx, (const char *const[]){
			       jsonrow_str(d, "id", id, sizeof(id)), text_or(jsonrow_str(d, "name", name, sizeof(name)), "-"),
			       jsonrow_joined(d, "addresses", addrs, sizeof(addrs)),
			       text_or(jsonrow_joined(d, "apps", apps, sizeof(apps)), "-"),
			       jsonrow_str(d, "last_seen", last, sizeof(last)),
			       jsonrow_bool(d, "quarantined") ? "QUARANTINED" : "free" });
}

int cmd_device_list(const struct args *a)
{
	struct json q = { 0 };
	struct table t;
	int r = args_need_words(a, 0, 0);

	if (r)
		return r;
	ask_begin(&q, "device list");
	ask_option(a, &q, "match", "match");
	ask_option(a, &q, "group", "group");
	if (args_get(a, "quarantined"))
		json_bool(&q, "quarantined", true);
	json_bool(&q, "table", !a->json); /* what it shows, as rows of it */
	r = ask_number(a, &q, "limit", "limit");
	if (r) {
		json_done(&q);
		return r;
	}
	table_begin(&t, (const char *const[]){ "DEVICE", "NAME", "ADDRESSES", "APPLICATIONS", "LAST SEEN", "STATE", NULL });
	r = ask_rows(a, &q, device_row, &t);
	table_end(&t, !r && !a->json);
	return r;
}

const struct cli_option cmd_device_show_options[] = { { 0 } };

static void add_sends(struct table *t, const struct jsonin *s)
{
	char text[160], limit[48] = "is being learned";

	if (jsonin_bool(s, "learned") && jsonin_u64(s, "limit"))
		snprintf(limit, sizeof(limit), "more than %llu is remarkable", (unsigned long long)jsonin_u64(s, "limit") >> 10);
	snprintf(text, sizeof(text), "%llu; in a minute at most %llu, now %llu; %s", (unsigned long long)jsonin_u64(s, "total") >> 10,
		 (unsigned long long)jsonin_u64(s, "usual") >> 10, (unsigned long long)jsonin_u64(s, "minute") >> 10, limit);
	table_row(t, (const char *const[]){ "sends (KiB)", text });
}

/* passed is there with exact_books only */
static void add_books(struct table *t, const struct jsonin *b)
{
	char text[640], passed[48] = "", why[512];

	if (jsonin_get(b, "passed"))
		snprintf(passed, sizeof(passed), "%llu passed, ", (unsigned long long)jsonin_u64(b, "passed"));
	joined(why, sizeof(why), jsonin_get(b, "reasons"));
	snprintf(text, sizeof(text), "%s%llu dropped, %llu held; why: %s", passed, (unsigned long long)jsonin_u64(b, "dropped"),
		 (unsigned long long)jsonin_u64(b, "held"), why);
	table_row(t, (const char *const[]){ "packets", text });
}

static void print_device(const struct jsonin *d, const struct jsonin *books)
{
	char text[512];
	struct table t;

	table_begin(&t, (const char *const[]){ "device", text_or(jsonin_str(d, "id"), ""), NULL });
	table_row(&t, (const char *const[]){ "name", text_or(jsonin_str(d, "name"), "-") });
	table_row(&t, (const char *const[]){ "group", text_or(jsonin_str(d, "group"), "-") });
	table_row(&t, (const char *const[]){ "mac", text_or(jsonin_str(d, "mac"), "-") });
	table_row(&t, (const char *const[]){ "addresses", joined(text, sizeof(text), jsonin_get(d, "addresses")) });
	table_row(&t, (const char *const[]){ "vendor", text_or(jsonin_str(d, "vendor"), jsonin_bool(d, "random_mac") ? "random MAC" : "-") });
	table_row(&t, (const char *const[]){ "calls itself", text_or(jsonin_str(d, "host"), "-") });
	table_row(&t, (const char *const[]){ "model", text_or(jsonin_str(d, "model"), "-") });
	table_row(&t, (const char *const[]){ "DHCP options", text_or(jsonin_str(d, "fingerprint"), "-") });
	if (jsonin_bool(d, "router"))
		table_row(&t, (const char *const[]){ "router", "its addresses are devices of their own" });
	table_row(&t, (const char *const[]){ "applications", joined(text, sizeof(text), jsonin_get(d, "apps")) });
	table_row(&t, (const char *const[]){ "first seen", jsonin_str(d, "first_seen") });
	table_row(&t, (const char *const[]){ "last seen", jsonin_str(d, "last_seen") });
	snprintf(text, sizeof(text), "%llu, of which alerts %llu", (unsigned long long)jsonin_u64(d, "flows"),
		 (unsigned long long)jsonin_u64(d, "alerts"));
	table_row(&t, (const char *const[]){ "flows", text });
	add_sends(&t, jsonin_get(d, "sends"));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)jsonin_u64(d, "received") >> 10);
	table_row(&t, (const char *const[]){ "received (KiB)", text });
	add_books(&t, books);
	table_row(&t, (const char *const[]){ "quarantined", jsonin_bool(d, "quarantined") ? "yes" : "no" });
	table_print(&t);
}

static void print_peers(const struct jsonin *list)
{
	struct table t;

	if (!jsonin_len(list))
		return;
	printf("\ntalks to:\n");
	table_begin(&t, (const char *const[]){ "ADDRESS", "PORT", "PROTO", "APPLICATION", "FLOWS", "LAST", NULL });
	for (size_t i = 0; i < jsonin_len(list); i++) {
		const struct jsonin *p = jsonin_at(list, i);
		char port[24], proto[24], flows[24];

		snprintf(port, sizeof(port), "%llu", (unsigned long long)jsonin_u64(p, "port"));
		snprintf(proto, sizeof(proto), "%llu", (unsigned long long)jsonin_u64(p, "proto"));
		snprintf(flows, sizeof(flows), "%llu", (unsigned long long)jsonin_u64(p, "flows"));
		table_row(&t, (const char *const[]){ jsonin_str(p, "address"), port, proto, text_or(jsonin_str(p, "app"), "-"), flows,
						     jsonin_str(p, "last") });
	}
	table_print(&t);
}

int cmd_device_show(const struct args *a)
{
	_cleanup_(jsonin_free) struct jsonin *s = NULL;
	struct json q = { 0 };
	int r = args_need_words(a, 1, 1);

	if (r)
		return r;
	ask_begin(&q, "device show");
	json_str(&q, "device", a->words.data[0]);
	r = ask(a, &q, NULL, 0, &s);
	if (r || ask_json(a, s))
		return r;
	print_device(jsonin_get(s, "device"), jsonin_get(s, "books"));
	if (text_or(jsonin_str(s, "maybe"), "")[0])
		printf("\nmay be %s under another MAC: same name and DHCP options, and that one is silent\n", jsonin_str(s, "maybe"));
	print_peers(jsonin_get(s, "peers"));
	return r;
}

const struct cli_option cmd_device_name_options[] = { { 0 } };

int cmd_device_name(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 2, 2);

	if (r)
		return r;
	ask_begin(&q, "device name");
	json_str(&q, "device", a->words.data[0]);
	json_str(&q, "name", a->words.data[1]);
	return ask_plain(a, &q, "named");
}

const struct cli_option cmd_device_group_options[] = { { 0 } };

int cmd_device_group(const struct args *a)
{
	struct json q = { 0 };
	int r = args_need_words(a, 2, 2);

	if (r)
		return r;
	ask_begin(&q, "device group");
	json_str(&q, "device", a->words.data[0]);
	json_str(&q, "group", a->words.data[1]);
	return ask_plain(a, &q, "done");
}
