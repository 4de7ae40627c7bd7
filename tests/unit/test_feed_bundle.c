// SPDX-License-Identifier: BSD-2-Clause
/* Feeds that are more than a list: our own bundle, several files as one, warning lists. */
#include "unit/feed.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "feed/parts.h"

#define HEAD(n) "{\"cordon_bundle\":1,\"name\":\"x\",\"version\":7,\"entries\":" n "}\n"

static void bundle_entries_keep_what_they_were(void **state)
{
	struct parsed p;

	(void)state;
	parse(&p, "bundle",
	      HEAD("5") "{\"value\":\"evil.example\",\"subdomains\":true,\"category\":\"c2\",\"confidence\":90,"
			"\"first_seen\":\"2025-12-01T00:00:00Z\",\"expires\":\"2026-06-01T00:00:00Z\"}\n"
			"{\"value\":\"198.18.0.0/24\",\"action\":\"alert\"}\n"
			"{\"value\":\"ok.evil.example\",\"mark\":\"exception\"}\n"
			"{\"value\":\"10.0.0.1\"}\n{\"value\":\"198.18.9.9\",\"expires\":\"2025-01-01T00:00:00Z\"}\n");
	assert_int_equal(p.r, 0);
	assert_int_equal(p.rep.version, 7);
	entries(&p, "*.evil.example ?198.18.0.0/24 !ok.evil.example");
	reasons(&p, "private_space=1 expired=1");
	assert_int_equal(p.in.v.data[0].confidence, 90);
	assert_int_equal(p.in.v.data[0].first_seen_s, 1764547200);
	assert_int_equal(p.in.v.data[0].expires_ns, 1780272000 * 1000000000ULL);
	assert_string_equal(indicator_category(&p.in, &p.in.v.data[0]), "c2");
	done(&p);
}

static void bundle_that_is_not_whole_is_refused(void **state)
{
	(void)state;
	check("bundle", HEAD("2") "{\"value\":\"evil.example\"}\n", "", "bundle_count=1");
	check("bundle", HEAD("1") HEAD("1") "{\"value\":\"evil.example\"}\n", "", "bundle_head=1");
	check("bundle", "{\"value\":\"evil.example\"}\n" HEAD("1"), "", "bundle_head=1");
	check("bundle", "{\"cordon_bundle\":2,\"version\":1,\"entries\":0}\n", "", "bundle_head=1");
}

/* an action or mark of a later version is not taken for more than an alert, and a guard is no affair of a bundle */
static void bundle_of_a_later_version_asks_for_no_more(void **state)
{
	(void)state;
	check("bundle", HEAD("2") "{\"value\":\"a.example\",\"action\":\"explode\"}\n{\"value\":\"b.example\",\"mark\":\"guard\"}\n",
	      "?a.example b.example", "");
}

static void a_bundle_is_read_as_it_was_written(void **state)
{
	const struct feed_opts o = {.name = "x", .action = CORDON_ACTION_QUARANTINE, .now_ns = NOW_S * 1000000000ULL};
	struct parsed p, again = {0};
	_cleanup_free_ char *text = NULL;
	size_t len;
	int fd = memfd_create("bundle", 0);

	(void)state;
	parse(&p, "bundle", HEAD("3") "{\"value\":\"e.example\",\"subdomains\":true,\"confidence\":80,\"category\":\"c2\"}\n"
			    "{\"value\":\"http://f.example/x?y\",\"expires\":\"2026-06-01T00:00:00Z\"}\n"
			    "{\"value\":\"g.e.example\",\"mark\":\"exception\"}\n");
	assert_int_equal(feed_bundle_write(fd, &p.in, "x", 8, o.now_ns), 0);
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, &len), 0);
	assert_int_equal(feed_parse("bundle", text, len, &o, &again.in, &again.rep), 0);
	assert_int_equal(again.rep.version, 8);
	assert_int_equal(again.in.v.len, p.in.v.len);
	for (size_t i = 0; i < p.in.v.len; i++) {
		const struct indicator *a = &p.in.v.data[i], *b = &again.in.v.data[i];

		assert_string_equal(indicator_value(&p.in, a), indicator_value(&again.in, b));
		assert_string_equal(indicator_category(&p.in, a), indicator_category(&again.in, b));
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->action, b->action);
		assert_int_equal(a->confidence, b->confidence);
		assert_int_equal(a->flags, b->flags);
		assert_int_equal(a->mark, b->mark);
		assert_int_equal(a->expires_ns, b->expires_ns);
	}
	close(fd);
	done(&p);
	done(&again);
}

static void warned(const char *type, const char *list, const char *expect, const char *refused)
{
	struct parsed p = {0};
	char text[1024];

	snprintf(text, sizeof(text), "{\"name\":\"n\",\"list\":[%s],\"matching_attributes\":[\"ip-dst\"],\"type\":\"%s\"}", list, type);
	p.r = feed_parse("warninglist", text, strlen(text), &opts, &p.in, &p.rep);
	assert_int_equal(p.r, *expect ? 0 : -EINVAL);
	for (size_t i = 0; i < p.in.v.len; i++) {
		assert_int_equal(p.in.v.data[i].mark, FEED_MARK_GUARD);
		p.in.v.data[i].mark = 0;
	}
	entries(&p, expect);
	reasons(&p, refused);
	done(&p);
}

static void warning_list_guards_by_its_type(void **state)
{
	(void)state;
	warned("string", "\"a.example\",\"198.18.0.1\"", "a.example 198.18.0.1", "");
	warned("hostname", "\"a.example\"", "*.a.example", "");
	warned("cidr", "\"198.18.0.0/16\",\"x\"", "198.18.0.0/16", "single_label=1");
	warned("substring", "\".a.example\",\"google\"", "*.a.example", "warninglist_substring=1");
	warned("regex",
	       "\"/^a\\\\.example$/\",\"/(^|\\\\.)b\\\\.example$/i\",\"^(.*\\\\.)?c\\\\.example$\",\"/d.example/\",\"/^e.*$/\",\"/^f.example$/\"",
	       "a.example *.b.example *.c.example", "warninglist_regex=3");
	warned("fuzzy", "\"a.example\"", "", "warninglist_type=1");
}

/* several files as one, each by itself; lines count on */
static int parts(struct parsed *p, const char *const *files, size_t n)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int fd = memfd_create("parts", 0), r = 0;

	memset(p, 0, sizeof(*p));
	assert_int_equal(feed_parts_begin(fd), 0);
	for (size_t i = 0; i < n; i++) {
		int64_t at;

		assert_int_equal(feed_part_begin(fd, i == n - 1 ? "last" : "some file", &at), 0);
		assert_int_equal(write(fd, files[i], strlen(files[i])), strlen(files[i]));
		assert_int_equal(feed_part_end(fd, at), 0);
	}
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, &len), 0);
	close(fd);
	/* cut anywhere it is refused or a shorter truth, and not read beyond */
	for (size_t cut = 0; cut < len; cut++) {
		_cleanup_free_ char *part = malloc(cut ? cut : 1);
		struct parsed q = {0};

		memcpy(part, text, cut);
		r = feed_parse(NULL, part, cut, &opts, &q.in, &q.rep);
		assert_true(r || q.in.v.len <= 3);
		done(&q);
	}
	p->r = feed_parse(NULL, text, len, &opts, &p->in, &p->rep);
	return p->r;
}

static void files_of_a_directory_are_read_each_by_itself(void **state)
{
	static const char *const good[] = {"198.18.0.1\n10.0.0.1", "", "{\"ip\":\"198.18.0.2\"}\n", "0.0.0.0 evil.example\n10.0.0.2\n"};
	static const char *const bad[] = {"198.18.0.1\n", "<html>no</html>\n"};
	struct parsed p;

	(void)state;
	assert_int_equal(parts(&p, good, 4), 0);
	entries(&p, "198.18.0.1 198.18.0.2 evil.example");
	assert_int_equal(p.in.v.data[1].line, 3);
	assert_int_equal(p.in.v.data[2].line, 4);
	assert_int_equal(p.rep.refusals.data[0].line, 2);
	assert_int_equal(p.rep.refusals.data[1].line, 5);
	done(&p);
	assert_int_equal(parts(&p, bad, 2), -EINVAL);
	assert_int_equal(p.in.v.len, 0);
	assert_non_null(strstr(p.rep.refusals.data[0].reason, "last: "));
	assert_int_equal(p.rep.refusals.data[0].line, 2);
	done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundle_entries_keep_what_they_were),
		cmocka_unit_test(bundle_that_is_not_whole_is_refused),
		cmocka_unit_test(bundle_of_a_later_version_asks_for_no_more),
		cmocka_unit_test(a_bundle_is_read_as_it_was_written),
		cmocka_unit_test(warning_list_guards_by_its_type),
		cmocka_unit_test(files_of_a_directory_are_read_each_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
