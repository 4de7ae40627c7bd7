// SPDX-License-Identifier: BSD-2-Clause
/* Is there another page? TAXII 2.1, section 3.7: an envelope says "more" and gives "next". */
#include "feed/jsonscan.h"

#include <string.h>

struct page {
	char *next;
	size_t size;
	bool more;
};

static int on_object(struct feed_parser *p, const struct json_object *o, void *ctx)
{
	struct page *page = ctx;
	char buf[JSON_TEXT];
	struct feed_text t;

	(void)p;
	if (o->parent)
		return 0;
	t = json_str_of(o, "next", buf);
	page->more = json_is_true(o, "more") && t.len && t.len < page->size;
	if (page->more) {
		memcpy(page->next, t.s, t.len);
		page->next[t.len] = '\0';
	}
	return 0;
}

int taxii_page(const char *data, size_t len, char *next, size_t size, bool *ret_more)
{
	struct feed_report rep = {0};
	struct feed_parser p = {.report = &rep};
	struct page page = {next, size, false};
	struct json_handler h = {on_object, NULL, &page};
	int r = json_scan(&p, data, len, &h);

	feed_report_done(&rep);
	*ret_more = page.more;
	return r;
}
