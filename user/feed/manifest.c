// SPDX-License-Identifier: BSD-2-Clause
/* The events of a MISP feed: its manifest.json has an object for each, under its UUID, with the time it changed last. */
#include "feed/jsonscan.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct manifest {
	int (*fn)(const char *uuid, uint64_t timestamp, void *ctx);
	void *ctx;
};

/* it becomes part of an address and of a file's name */
static bool is_uuid(struct feed_text t)
{
	if (t.len != 36)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (i == 8 || i == 13 || i == 18 || i == 23 ? t.s[i] != '-' : !isxdigit((unsigned char)t.s[i]))
			return false;
	return true;
}

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	const struct manifest *m = ctx;
	char buf[JSON_TEXT], uuid[37];
	uint64_t timestamp;

	(void)p;
	if (!o->parent || o->parent->parent || !is_uuid(o->key) ||
	    !feed_number(json_str_of(o, "timestamp", buf), INT64_MAX, &timestamp))
		return 0;
	memcpy(uuid, o->key.s, 36);
	uuid[36] = '\0';
	return m->fn(uuid, timestamp, m->ctx);
}

int misp_manifest(const char *data, size_t len, int (*fn)(const char *uuid, uint64_t timestamp, void *ctx), void *ctx)
{
	struct feed_report rep = {0};
	struct feed_parser p = {.report = &rep};
	struct manifest m = {fn, ctx};
	struct json_handler h = {on_object, NULL, &m};
	int r = json_scan(&p, data, len, &h);

	feed_report_done(&rep);
	return r;
}
