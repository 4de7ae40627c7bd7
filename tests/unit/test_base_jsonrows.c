/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of a long reply, in pieces of every size, against what jansson reads of it. */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/jsonin.h"
#include "base/jsonrows.h"

static const char text[] =
	"{\"ok\":true,\"n\":7,\"skip\":{\"a\":[{\"x\":1}]},\"list\":[{\"id\":\"a\",\"n\":12,\"is\":true,"
	"\"in\":{\"deep\":[\"]}\"]}},{},{\"id\":\"q\\\"\\\\\\u0001\\n\",\"s\":[\"x\",\"y, z\"],\"n\":18446744073709551615}],"
	"\"empty\":[],\"odd\":[1,\"t\",[2]],\"other\":[{\"id\":\"\xc3\xa9\"}]}";

/* the rows as one line each */
static void describe(struct strbuf *b, const char *list, const struct jsonrow *row)
{
	char id[32], s[32];

	strbuf_addf(b, "%s id=%s n=%llu is=%d s=%s\n", list, jsonrow_str(row, "id", id, sizeof(id)),
		    (unsigned long long)jsonrow_u64(row, "n"), jsonrow_bool(row, "is"), jsonrow_joined(row, "s", s, sizeof(s)));
}

/* exactly what is there, so that a read beyond it is seen under a sanitizer; how much of it was read */
static size_t read_some(struct jsonrows *r, const char *from, size_t n, struct strbuf *got)
{
	char *copy = memcpy(malloc(n), from, n);
	const char *p = copy;
	struct jsonrow row;
	size_t used;
	int rc;

	while ((rc = jsonrows_next(r, &p, copy + n, &row)) == 1)
		describe(got, r->list, &row);
	assert_int_equal(rc, 0);
	used = (size_t)(p - copy);
	free(copy);
	return used;
}

static void rows_are_read_whatever_the_pieces(void **state)
{
	static const char want[] = "list id=a n=12 is=1 s=\nlist id= n=0 is=0 s=\n"
				   "list id=q\"\\\x01\n n=18446744073709551615 is=0 s=x, y, z\nother id=\xc3\xa9 n=0 is=0 s=\n";
	size_t len = strlen(text);

	(void)state;
	for (size_t piece = 1; piece <= len; piece++) {
		struct jsonrows r = { 0 };
		struct strbuf got = { 0 };
		size_t used = 0;

		for (size_t have = piece < len ? piece : len; !r.is_over; have = have + piece < len ? have + piece : len) {
			used += read_some(&r, text + used, have - used, &got);
			assert_true(have < len || r.is_over);
		}
		assert_string_equal(got.s, want);
		assert_int_equal(used, len);
		strbuf_done(&got);
	}
}

static void rows_of_a_table_have_the_names_of_its_columns(void **state)
{
	static const char table[] = "{\"ok\":true,\"columns\":[\"id\",\"n\",\"is\",\"s\"],\"list\":[[\"a\",12,true,[\"x\",\"y]\"]],[\"b\\\"[\"],[],"
				    "[\"c\",1,false,[],\"beyond\"]],\"other\":[{\"id\":\"d\"}]}";
	static const char want[] = "list id=a n=12 is=1 s=x, y]\nlist id=b\"[ n=0 is=0 s=\nlist id= n=0 is=0 s=\nlist id=c n=1 is=0 s=\n"
				   "other id=d n=0 is=0 s=\n";
	size_t len = strlen(table);

	(void)state;
	for (size_t piece = 1; piece <= len; piece++) {
		struct jsonrows r = { 0 };
		struct strbuf got = { 0 };
		size_t used = 0;

		for (size_t have = piece < len ? piece : len; !r.is_over; have = have + piece < len ? have + piece : len)
			used += read_some(&r, table + used, have - used, &got);
		assert_string_equal(got.s, want);
		strbuf_done(&got);
	}
}

static void cut_text_gives_no_row_that_is_not_there(void **state)
{
	(void)state;
	for (size_t n = 0; n < strlen(text); n++) {
		char *copy = memcpy(malloc(n ? n : 1), text, n);
		const char *p = copy;
		struct jsonrows r = { 0 };
		struct jsonrow row;
		unsigned int rows = 0;

		while (jsonrows_next(&r, &p, copy + n, &row) == 1)
			rows++;
		assert_true(rows <= 4 && !r.is_over);
		free(copy);
	}
}

static void other_text_is_refused(void **state)
{
	static const char *const bad[] = { "[]", "x", "{1", "{\"a\" 1", "{\"a\":[{x", "{\"a\":[{\"b\"=" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct jsonrows r = { 0 };
		struct jsonrow row;
		const char *p = bad[i];

		assert_int_equal(jsonrows_next(&r, &p, bad[i] + strlen(bad[i]), &row), -EINVAL);
	}
}

/* what our writer makes of any bytes is read as jansson reads it */
static void any_bytes_come_back(void **state)
{
	(void)state;
	for (unsigned int c = 1; c < 256; c++) {
		char in[4] = { 'a', (char)c, 'b' }, out[32];
		struct json j = { 0 };
		struct strbuf err = { 0 };
		struct jsonin *o = NULL;
		struct jsonrows r = { 0 };
		struct jsonrow row;
		const char *p;

		json_begin(&j, NULL, '{');
		json_begin(&j, "l", '[');
		json_begin(&j, NULL, '{');
		json_str(&j, "t", in);
		json_end(&j, '}');
		json_end(&j, ']');
		json_end(&j, '}');
		assert_int_equal(jsonin_parse(j.b.s, j.b.len, &o, &err), 0);
		p = j.b.s;
		assert_int_equal(jsonrows_next(&r, &p, j.b.s + j.b.len, &row), 1);
		assert_string_equal(jsonrow_str(&row, "t", out, sizeof(out)), jsonin_str(jsonin_at(jsonin_get(o, "l"), 0), "t"));
		jsonin_free(o);
		json_done(&j);
		strbuf_done(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_read_whatever_the_pieces),
		cmocka_unit_test(rows_of_a_table_have_the_names_of_its_columns),
		cmocka_unit_test(cut_text_gives_no_row_that_is_not_there),
		cmocka_unit_test(other_text_is_refused),
		cmocka_unit_test(any_bytes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
