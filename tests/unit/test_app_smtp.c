// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mail: where one begins and ends in what a client sends, and the files in it,
 * as Suricata 7.0.10 was seen to give them to file.data and file.name.
 */
#include "unit/unit.h"
#include "unit/row.h"

#include "base/cleanup.h"
#include "cordon_event.h"
#include "cordon_limits.h"
#include "parse/mime.h"
#include "rule/events.h"

#define BEGIN "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
#define HEAD "From: a\r\nSubject: s\r\n"
#define MIXED "Content-Type: multipart/mixed; boundary=\"BB\"\r\n\r\n"
#define END "\r\n.\r\nQUIT\r\n"
/* "evil attachment content" */
#define ENCODED "ZXZpbCBhdHRh\r\nY2htZW50IGNvbnRlbnQ="

static void assert_mail(const char *text, const char *want)
{
	assert_told(CORDON_APP_SMTP, CORDON_TO_SERVER, text, strlen(text), want);
}

static void files_are_parts_that_have_a_name(void **state)
{
	(void)state;
	assert_mail(BEGIN HEAD "\r\nplain text" END, "[10 id=0]\n");
	assert_mail(BEGIN HEAD MIXED "preamble\r\n--BB\r\nContent-Type: text/plain\r\n\r\ntext part\r\n--BB\r\n"
		    "Content-Type: application/octet-stream; name=\"n.bin\"\r\nContent-Transfer-Encoding: base64\r\n"
		    "Content-Disposition: attachment; filename=\"f.bin\"\r\n\r\n" ENCODED "\r\n--BB--\r\nepilogue" END,
		    "[10 id=0 file.data=evil attachment content file.name=f.bin]\n");
	assert_mail(BEGIN HEAD "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=single.bin\r\n\r\n"
		    ENCODED END, "[10 id=0 file.data=evil attachment content file.name=single.bin]\n");
	assert_mail(BEGIN HEAD MIXED "--BB\r\nContent-Type: text/html; name=n.html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
		    "a=3Db=\r\nc=20\r\nz\r\n--BB\r\nContent-Disposition: attachment; filename=\"x.txt\"\r\n\r\n"
		    "..dot line\r\nplain attach\r\n\r\n--BB--" END,
		    "[10 id=0 file.data=a=bc \r\nz\r\n file.name=n.html file.name=x.txt file.data=..dot line\r\nplain attach\r\n]\n");
}

static void nested_and_folded_entities_are_read(void **state)
{
	(void)state;
	assert_mail(BEGIN HEAD MIXED "--BB\r\nContent-Type: multipart/alternative; boundary=CC\r\n\r\n--CC\r\n"
		    "Content-Disposition: attachment; filename=\"in.txt\"\r\n\r\ninner\r\n--CC--\r\n--BB\r\n"
		    "Content-Type: message/rfc822\r\n\r\nFrom: z\r\nContent-Disposition: attachment; filename=\"msg.txt\"\r\n\r\n"
		    "in message\r\n--BB--" END,
		    "[10 id=0 file.data=inner file.name=in.txt file.name=msg.txt file.data=in message]\n");
	assert_mail(BEGIN HEAD MIXED "--BB\r\nContent-Disposition: attachment;\r\n filename=\"fold.txt\"\r\n"
		    "Content-Transfer-Encoding: BASE64\r\n\r\nZXZp!bCBh\r\ndHRh Y2g=\r\n--BB--" END,
		    "[10 id=0 file.data=evil attach file.name=fold.txt]\n");
}

static void mail_ends_with_its_dot_only(void **state)
{
	(void)state;
#define FILE(text) "Content-Disposition: x; filename=f\r\n\r\n" text
	assert_mail("data\r\n" FILE("one\r\n. two\r\n..\r\n.x") END, "[10 id=0 file.data=one\r\n. two\r\n..\r\n.x\r\n file.name=f]\n");
	assert_mail("DATA\n" FILE("bare\n.\n") "NOOP\r\nDATA\r\n" FILE("second") END,
		    "[10 id=0 file.data=bare\n file.name=f]\n[10 id=1 file.data=second\r\n file.name=f]\n");
	assert_mail("DATA\r\n.\r\nDATA\r\n" FILE("x") END, "[10 id=0]\n[10 id=1 file.data=x\r\n file.name=f]\n");
	/* RFC 3030 */
	assert_mail("BDAT 38\r\n" FILE("") "BDAT 4 LAST\r\nDATARSET\r\n", "[10 id=0 file.data=DATA file.name=f]\n");
}

static void what_tls_hides_is_not_read(void **state)
{
	(void)state;
	assert_mail("STARTTLS\r\n\x16\x03\x01 DATA\r\n" FILE("x") END, "");
	assert_mail("STARTTLS\r\nDATA\r\n" FILE("refused") END, "[10 id=0 file.data=refused\r\n file.name=f]\n");
}

/* app and server name of each message */
static int add_name(const struct app_msg *m, void *ctx)
{
	struct app_buf name = app_get(m, APP_BUFFER_TLS_SNI);

	if (m->events && !m->has_number) /* what is odd, by itself */
		return 0;
	strbuf_addf(ctx, "%u %.*s\n", m->app, (int)name.len, name.p ? (const char *)name.p : "");
	return 0;
}

static void assert_names(uint8_t dir, const void *p, size_t len, const char *want)
{
	for (size_t n = 1; n <= len; n++) {
		struct strbuf out = { 0 };

		assert_int_equal(run(app_row(CORDON_APP_SMTP), dir, p, len, n, add_name, &out), 0);
		assert_string_equal(out.s ? out.s : "", want);
		strbuf_done(&out);
	}
}

#define RANDOM "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CLIENT_HELLO                                                                              \
	"\x16\3\1\0\x3d\1\0\0\x39\3\3" RANDOM "\0\0\2\x13\1\1\0\0\x0e\0\0\0\x0a\0\x08\0\0\5h.com"
#define SERVER_HELLO "\x16\3\3\0\x2a\2\0\0\x26\3\3" RANDOM "\0\0\x2f\0"

static void what_begins_behind_starttls_is_tls(void **state)
{
	static const char client[] = "EHLO x\r\nSTARTTLS\r\n" CLIENT_HELLO, server[] = "220 x\r\n250-a\r\n250 STARTTLS\r\n220 go\r\n" SERVER_HELLO,
			  other[] = "STARTTLS\r\n\x16garbage of another kind\r\nDATA\r\n";
	char want[16];

	(void)state;
	snprintf(want, sizeof(want), "%u h.com\n", CORDON_APP_TLS);
	assert_names(CORDON_TO_SERVER, client, sizeof(client) - 1, want);
	snprintf(want, sizeof(want), "%u \n", CORDON_APP_TLS);
	assert_names(CORDON_TO_CLIENT, server, sizeof(server) - 1, want);
	assert_names(CORDON_TO_SERVER, other, sizeof(other) - 1, "");
}

static void flow_that_ends_tells_what_came(void **state)
{
	static const char text[] = BEGIN FILE("half a ma");
	const struct app_row *row = app_row(CORDON_APP_SMTP);
	struct strbuf out = { 0 };
	void *s = row->open(CORDON_TO_SERVER);

	(void)state;
	assert_int_equal(row->feed(s, (const uint8_t *)text, sizeof(text) - 1, add, &out), 0);
	assert_null(out.s);
	assert_true(row->pending(s));
	assert_int_equal(row->end(s, add, &out), 0);
	assert_string_equal(out.s, "[10 id=0 file.data=half a ma file.name=f]\n");
	strbuf_done(&out);
	row->close(s);
}

static int count_files(const struct app_msg *m, void *ctx)
{
	unsigned int *n = ctx;

	*n += app_has(m, APP_BUFFER_FILE_DATA);
	for (uint16_t i = 0; i < m->n_more; i++)
		*n += m->more[i].buffer == APP_BUFFER_FILE_DATA;
	return 0;
}

static void size_depth_and_number_of_parts_are_bounded(void **state)
{
	const struct app_row *row = app_row(CORDON_APP_SMTP);
	struct strbuf in = { 0 };
	unsigned int files = 0;
	void *s = row->open(CORDON_TO_SERVER);

	(void)state;
	strbuf_adds(&in, BEGIN HEAD MIXED);
	for (unsigned int i = 0; i < 4 * CORDON_FILES_MAX; i++)
		strbuf_addf(&in, "--BB\r\nContent-Disposition: x; filename=f%u\r\n\r\nx\r\n", i);
	for (unsigned int i = 0; i < 100; i++)
		strbuf_adds(&in, "--BB\r\nContent-Type: multipart/mixed; boundary=BB\r\n\r\n");
	while (in.len < 2 * CORDON_MAIL_MAX)
		strbuf_adds(&in, "a line of text that makes it long\r\n");
	strbuf_adds(&in, ".\r\nDATA\r\n" FILE("next") "\r\n.\r\n");
	for (size_t i = 0; i < in.len; i += 1460)
		assert_int_equal(row->feed(s, (uint8_t *)in.s + i, (uint32_t)(in.len - i < 1460 ? in.len - i : 1460), count_files, &files), 0);
	assert_int_equal(files, CORDON_FILES_MAX + 1);
	row->close(s);
	strbuf_done(&in);
}

static void encodings_are_decoded_as_mail_readers_do(void **state)
{
	static const struct {
		bool is_quoted;
		const char *in, *out;
	} t[] = {
		{ false, "QUJD", "ABC" },	{ false, "QUJDRA==", "ABCD" }, { false, "QU\r\nJ D\tRA", "ABCD" },
		{ false, "Q", "" },		{ false, "QQ==QUJD", "A" },    { false, "", "" },
		{ true, "a=3d=3Db", "a==b" },	{ true, "a=\r\nb=\nc", "abc" }, { true, "a=  \t\r\nb", "ab" },
		{ true, "a=zz=3", "a=zz=3" },	{ true, "=", "=" },	       { true, "=41=4", "A=4" },
	};
	uint8_t dst[32];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const uint8_t *p = (const uint8_t *)t[i].in;
		uint32_t len = (uint32_t)strlen(t[i].in), n;

		n = t[i].is_quoted ? mime_quoted(p, len, dst) : mime_base64(p, len, dst);
		assert_true(n <= len);
		dst[n] = 0;
		assert_string_equal(dst, t[i].out);
	}
}

static int add_events(const struct app_msg *m, void *ctx)
{
	if (m->events)
		strbuf_addf(ctx, "%u:%llx ", m->dir, (unsigned long long)m->events);
	return 0;
}

/* ">" what the client sends, "<" what the server does, a line each; both through one connection, in pieces of @n */
static void talk(const char *text, size_t n, struct strbuf *out)
{
	const struct app_row *row = app_row(CORDON_APP_SMTP);
	void *flow = row->flow_open(), *s[2] = { row->open(0), row->open(1) };

	row->link(s[0], flow);
	row->link(s[1], flow);
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n") + 1;

		for (size_t i = 1; i < len; i += n)
			row->feed(s[*p == '<'], (const uint8_t *)p + i, (uint32_t)(len - i < n ? len - i : n), add_events, out);
		p += len;
	}
	row->close(s[0]);
	row->close(s[1]);
	row->flow_close(flow);
}

/* in every cut: as Suricata 7 says it of the same lines (tests/corpus/smtp_events) */
static void what_is_odd_is_said_once_a_transaction(void **state)
{
#define MAIL ">MAIL FROM:<a>\r\n<250 x\r\n>DATA\r\n<354 x\r\n>text\r\n>.\r\n<250 x\r\n"
	static const struct {
		const char *text;
		unsigned int dir;
		uint64_t want;
		int times;
	} talks[] = {
		{ "<220 x\r\n>EHLO a\r\n<250 x\r\n" MAIL MAIL ">QUIT\r\n", 0, 0, 0 },
		{ "<220 x\r\n>NOOP\r\n<99\r\n>DATA\r\n>DATA\r\n", 1, RULE_EVENT_BIT(SMTP_REPLY), 1 },
		{ "<220 x\r\n>NOOP\r\n<25\r\n", 1, RULE_EVENT_BIT(SMTP_REPLY), 1 },
		{ ">EHLO a\r\n>NOOP\r\n", 0, RULE_EVENT_BIT(SMTP_NO_WELCOME), 1 },
		{ "<220 x\r\n>DATA\r\n<550 x\r\n>DATA\r\n", 1, RULE_EVENT_BIT(SMTP_DATA_REJECTED), 1 },
		{ "<220 x\r\n>STARTTLS\r\n<502 x\r\n", 1, RULE_EVENT_BIT(SMTP_TLS_REJECTED), 1 },
		{ "<220 x\r\n>STARTTLS\r\n>NOOP\r\n", 0, RULE_EVENT_BIT(SMTP_PIPELINE), 1 },
		{ "<220 x\r\n>EHLO a\r\n<250 x\r\n>EHLO a\r\n>EHLO a\r\n", 0, RULE_EVENT_BIT(SMTP_TWICE), 1 },
		{ "<220 x\r\n>EHLO a\r\n>EHLO a\r\n<250 x\r\n<250 x\r\n" MAIL ">EHLO a\r\n", 0, RULE_EVENT_BIT(SMTP_TWICE), 2 },
		{ "<220 x\r\n>BDAT 6\r\n>HELO\r\n>EHLO a\r\n>EHLO b\r\n", 0, RULE_EVENT_BIT(SMTP_TWICE), 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(talks); i++)
		for (size_t n = 1; n < 40; n++) {
			struct strbuf out = { 0 }, want = { 0 };

			talk(talks[i].text, n, &out);
			for (int k = 0; k < talks[i].times; k++)
				strbuf_addf(&want, "%u:%llx ", talks[i].dir, (unsigned long long)talks[i].want);
			if (!strstr(talks[i].text, "DATA\r\n>DATA") && !strstr(talks[i].text, "550"))
				assert_string_equal(out.s ? out.s : "", want.s ? want.s : "");
			else /* the second DATA is odd, too */
				assert_memory_equal(out.s, want.s, want.len);
			strbuf_done(&out);
			strbuf_done(&want);
		}
}

/* commands without an answer are counted: with more than are kept nothing is looked at, and nothing is lost */
static void commands_without_an_answer_are_bounded(void **state)
{
	char text[4096] = "<220 x\r\n";
	struct strbuf out = { 0 };

	(void)state;
	for (int i = 0; i < 300; i++)
		strcat(text, ">NOOP\r\n");
	talk(text, 4096, &out);
	assert_null(out.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_parts_that_have_a_name),
		cmocka_unit_test(nested_and_folded_entities_are_read),
		cmocka_unit_test(mail_ends_with_its_dot_only),
		cmocka_unit_test(what_tls_hides_is_not_read),
		cmocka_unit_test(what_begins_behind_starttls_is_tls),
		cmocka_unit_test(what_is_odd_is_said_once_a_transaction),
		cmocka_unit_test(commands_without_an_answer_are_bounded),
		cmocka_unit_test(flow_that_ends_tells_what_came),
		cmocka_unit_test(size_depth_and_number_of_parts_are_bounded),
		cmocka_unit_test(encodings_are_decoded_as_mail_readers_do),
	};

	return cmocka_run_group_tests_name("app_smtp", tests, NULL, NULL);
}
