// SPDX-License-Identifier: BSD-2-Clause
/* A feed as a file: the worker that reads it, and what is believed of the worker. */
#include "unit/feed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sandbox.h"

struct file_case {
	char path[64];
	struct indicators in;
	struct feed_report rep;
	struct strbuf err;
};

static int parse_file(struct file_case *c, const char *format, const char *text, size_t len)
{
	int fd;

	memset(c, 0, sizeof(*c));
	strcpy(c->path, "/tmp/cordon-test-feed-XXXXXX");
	fd = mkstemp(c->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	return feed_parse_file(format, c->path, &opts, &c->in, &c->rep, &c->err);
}

static void file_done(struct file_case *c)
{
	unlink(c->path);
	indicators_done(&c->in);
	feed_report_done(&c->rep);
	strbuf_done(&c->err);
}

static void file_gives_the_same_as_its_text(void **state)
{
	static const char text[] = "198.18.0.1\n10.0.0.1\nevil.example\n2001:2::/48\n";
	struct file_case c;
	struct parsed p;

	(void)state;
	parse(&p, "plain", text);
	assert_int_equal(parse_file(&c, "auto", text, strlen(text)), 0);
	assert_int_equal(c.in.v.len, p.in.v.len);
	assert_memory_equal(c.in.v.data, p.in.v.data, p.in.v.len * sizeof(*p.in.v.data));
	assert_memory_equal(c.in.text.data, p.in.text.data, p.in.text.len);
	assert_string_equal(c.in.feeds.data[0], "test");
	assert_int_equal(c.rep.refusals.len, 1);
	assert_string_equal(c.rep.refusals.data[0].reason, p.rep.refusals.data[0].reason);
	/* a second one goes behind the first */
	assert_int_equal(feed_parse_file(NULL, c.path, &opts, &c.in, &c.rep, &c.err), 0);
	assert_int_equal(c.in.v.len, 2 * p.in.v.len);
	assert_string_equal(c.in.text.data + c.in.v.data[4].text, "evil.example");
	assert_int_equal(c.in.v.data[4].feed, 1);
	file_done(&c);
	done(&p);
}

static void missing_empty_unreadable_and_garbled_differ(void **state)
{
	struct file_case c;
	struct strbuf err = {0};
	struct indicators in = {0};
	struct feed_report rep = {0};
	char dir[] = "/tmp/cordon-feed.XXXXXX";

	(void)state;
	assert_int_equal(feed_parse_file(NULL, "/nonexistent/feed", &opts, &in, &rep, &err),
			 -ENOENT);
	assert_non_null(strstr(err.s, "missing"));
	strbuf_clear(&err);
	assert_int_equal(feed_parse_file(NULL, "/nonexistent", &opts, &in, &rep, &err), -ENOENT);
	strbuf_clear(&err);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(feed_parse_file(NULL, dir, &opts, &in, &rep, &err), -ENODATA);
	assert_non_null(strstr(err.s, "empty"));
	assert_int_equal(rmdir(dir), 0);
	strbuf_clear(&err);
	assert_int_equal(feed_parse_file(NULL, "/dev/zero", &opts, &in, &rep, &err), -EINVAL);
	assert_non_null(strstr(err.s, "not a regular file"));
	assert_int_equal(parse_file(&c, NULL, "", 0), -ENODATA);
	assert_non_null(strstr(c.err.s, "empty"));
	file_done(&c);
	assert_int_equal(parse_file(&c, NULL, "<html>\n", 7), -EINVAL);
	assert_non_null(strstr(c.err.s, "line 1"));
	assert_non_null(strstr(c.err.s, "nothing like"));
	file_done(&c);
	assert_int_equal(parse_file(&c, "nosuch", "x\n", 2), -ENOTSUP);
	assert_non_null(strstr(c.err.s, "plain"));
	file_done(&c);
	assert_int_equal(in.v.len, 0);
	feed_report_done(&rep);
	indicators_done(&in);
	strbuf_done(&err);
}

/* a memory file with the result of a good feed, then @change to its bytes */
static int read_changed(void (*change)(struct indicators *, struct feed_report *), int cut)
{
	struct parsed p, back = {0};
	int fd = memfd_create("test", 0), status = 1, r;
	off_t end;

	parse(&p, "plain", "198.18.0.1\n2001:2::/48\nevil.example\n10.0.0.1\n");
	assert_int_equal(p.r, 0);
	if (change)
		change(&p.in, &p.rep);
	assert_int_equal(result_write(fd, 0, &p.in, &p.rep), 0);
	end = lseek(fd, 0, SEEK_END);
	assert_int_equal(ftruncate(fd, end + cut), 0);
	r = result_read(fd, &opts, &back.in, &back.rep, &status);
	if (!r)
		assert_int_equal(status, 0);
	done(&p);
	done(&back);
	close(fd);
	return r;
}

static void no_change(struct indicators *in, struct feed_report *rep)
{
	(void)in;
	(void)rep;
}

static void bad_kind(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[0].kind = CORDON_INDICATOR_URL;
}

static void other_family(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[0].kind = CORDON_INDICATOR_IPV6;
}

static void stronger_action(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[0].action = CORDON_ACTION_QUARANTINE;
}

static void more_confidence(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[0].confidence = 101;
}

static void unknown_flag(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[2].flags |= 128;
}

static void observe_flag(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[2].flags |= CORDON_THREAT_OBSERVE;
}

static void other_feed(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[0].feed = 3;
}

static void private_address(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[0].prefix.addr.b[12] = 10;
}

static void host_bits(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[1].prefix.addr.b[15] = 1;
}

static void long_prefix(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[1].prefix.len = 129;
}

static void text_outside(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[2].text = 4000;
}

static void text_in_the_middle(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->v.data[2].text = 1;
}

static void text_without_end(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->text.data[in->text.len - 1] = 'a';
}

static void upper_case(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->text.data[0] = 'E';
}

static void single_label(struct indicators *in, struct feed_report *rep)
{
	(void)rep;
	in->text.data[4] = 'x';
}

static void unknown_format(struct indicators *in, struct feed_report *rep)
{
	(void)in;
	strcpy(rep->format, "evil");
}

static void too_few_refused(struct indicators *in, struct feed_report *rep)
{
	(void)in;
	rep->refused = 0;
}

static void result_of_a_captured_worker_is_not_believed(void **state)
{
	static void (*const changes[])(struct indicators *, struct feed_report *) = {
		bad_kind,       other_family,       stronger_action,  more_confidence, unknown_flag,
		observe_flag,   other_feed,         private_address,  host_bits,       long_prefix,
		text_outside,   text_in_the_middle, text_without_end, upper_case,      single_label,
		unknown_format, too_few_refused,
	};

	(void)state;
	assert_int_equal(read_changed(no_change, 0), 0);
	assert_int_equal(read_changed(no_change, 1), -EPROTO);
	assert_int_equal(read_changed(no_change, -1), -EPROTO);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (read_changed(changes[i], 0) != -EPROTO)
			fail_msg("change %zu was believed", i);
}

/* what the daemon does: no root, no capability, the DAEMON filter, and a worker from there */
static int parse_in_daemon_sandbox(const char *path)
{
	const int keep[] = {2};
	const struct sandbox s = {.profile = SANDBOX_DAEMON, .keep = keep, .n_keep = 1};
	struct indicators in = {0};
	struct feed_report rep = {0};
	struct strbuf err = {0};

	if (sandbox_enter(&s, &err) || feed_parse_file(NULL, path, &opts, &in, &rep, &err)) {
		dprintf(2, "# %s\n", err.s);
		return 1;
	}
	return in.v.len >= 2 ? 0 : 2;
}

static void daemon_in_its_sandbox_can_have_a_feed_parsed(void **state)
{
	/* short: one worker; long: several, and threads that wait for them */
	static const char text[] = "198.18.0.1\nb\xc3\xbc"
				   "cher.example\n";
	const size_t sizes[] = {sizeof(text) - 1, 9U << 20};
	char *list = malloc(sizes[1]);
	struct file_case c;
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(list);
	memset(list, '\n', sizes[1]);
	memcpy(list, text, sizeof(text) - 1);
	memcpy(list + sizes[1] - sizeof(text), text, sizeof(text) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(parse_file(&c, NULL, list, sizes[i]), 0);
		assert_int_equal(c.in.v.len, i ? 4 : 2);
		assert_int_equal(chmod(c.path, 0644), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			_exit(parse_in_daemon_sandbox(c.path));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		file_done(&c);
	}
	free(list);
}

static void samples_are_read_as_what_they_are(void **state)
{
	static const struct {
		const char *file, *format;
		uint64_t accepted, refused;
	} samples[] = {
		{"feeds/sample/plain.txt", "plain", 10, 0},
		{"feeds/sample/hosts.hosts", "hosts", 4, 0},
		{"feeds/sample/csv.csv", "csv", 2, 0},
		{"feeds/sample/broken.txt", "plain", 10, 9},
	};

	(void)state;
	if (access("feeds/sample", R_OK))
		skip();
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct indicators in = {0};
		struct feed_report rep = {0};
		struct strbuf err = {0};

		assert_int_equal(feed_parse_file(NULL, samples[i].file, &opts, &in, &rep, &err), 0);
		assert_string_equal(rep.format, samples[i].format);
		assert_int_equal(rep.accepted, samples[i].accepted);
		assert_int_equal(rep.refused, samples[i].refused);
		indicators_done(&in);
		feed_report_done(&rep);
		strbuf_done(&err);
	}
}

static void never_block_file_is_a_good_feed(void **state)
{
	char *text = NULL;
	size_t len;
	struct indicators in = {0};
	struct feed_report rep = {0};
	struct strbuf err = {0};

	(void)state;
	if (access("feeds/never_block.conf", R_OK))
		skip();
	/* as it is built in: what it lists would not pass as a feed */
	assert_int_equal(file_read("feeds/never_block.conf", 1 << 20, &text, &len), 0);
	assert_int_equal(feed_parse("plain", text, len, &opts, &in, &rep), 0);
	assert_int_equal(rep.refused, 0);
	feed_report_done(&rep);
	indicators_done(&in);
	memset(&rep, 0, sizeof(rep));
	memset(&in, 0, sizeof(in));
	assert_int_equal(feed_parse_file("plain", "feeds/never_block.conf", &opts, &in, &rep, &err), -EINVAL);
	assert_int_equal(rep.reasons[FEED_GUARDED], rep.refused);
	free(text);
	indicators_done(&in);
	feed_report_done(&rep);
	strbuf_done(&err);
}

/* --- a long file is read in pieces, by a worker each --- */

/* lines of all that a list may have, good and bad; returns its length */
static size_t any_list(char *text, size_t size, uint32_t *seed)
{
	/* before and behind a number */
	static const char *const lines[][2] = {
		{"198.18.", ".1"}, {"d", ".evil.example"}, {"# comment ", ""}, {"\n\n#", ""}, {"  198.18.0.", "/28 \r"}, {"10.0.0.", ""},
		{"what is this ", ""}, {"http://h", ".example/x"}, {"198.18.0.", " - 198.18.0.255"}, {"\xef\xbb\xbf" "198.18.1.", ""},
		{"2001:2::", ""}, {"co.uk #", ""}, {"github.io #", ""}, {"x", ".example # why"}, {"hxxp://b", "[.]example/y"},
		{"0.0.0.0 s", ".example"}, {"add set 198.18.7.", ""},
	};
	uint32_t first, kinds;
	size_t n = 0;

	*seed = *seed * 1664525 + 1013904223;
	first = *seed >> 28;
	kinds = 1 + (*seed >> 20) % 16;
	while (n + 64 < size) {
		const char *const *line;

		*seed = *seed * 1664525 + 1013904223;
		line = lines[(first + (*seed >> 16) % kinds) % ARRAY_SIZE(lines)];
		n += (size_t)snprintf(text + n, size - n, "%s%u%s\n", line[0], *seed >> 24, line[1]);
	}
	/* the last line has an end, or none */
	return *seed >> 20 & 1 ? n : n - 1;
}

/* the text as @n workers would read it, through their results */
static int parse_pieces(const char *format, const char *text, size_t len, unsigned int n, struct indicators *in, struct feed_report *rep)
{
	int status = -ENODATA;

	for (unsigned int i = 0; i < n; i++) {
		struct indicators part = {0}, back = {0};
		struct feed_report part_rep = {0}, back_rep = {0};
		int fd = memfd_create("test", 0), r, s;

		r = feed_parse_piece(format, text, len, (struct feed_piece){i, n}, &opts, &part, &part_rep);
		assert_int_equal(result_write(fd, r, &part, &part_rep), 0);
		assert_int_equal(result_read(fd, &opts, &back, &back_rep, &s), 0);
		assert_int_equal(result_join(in, rep, &status, &back, &back_rep, s), 0);
		close(fd);
		indicators_done(&part);
		indicators_done(&back);
		feed_report_done(&part_rep);
		feed_report_done(&back_rep);
	}
	return status;
}

static void pieces_read_by_themselves_are_the_whole(void **state)
{
	static const char *const formats[] = {"auto", "plain", "hosts", "ipset", "csv", "nosuch"};
	unsigned int good = 0, bad = 0;
	uint32_t seed = 1;
	char text[1500];

	(void)state;
	for (unsigned int i = 0; i < 3000; i++) {
		size_t len = any_list(text, 80 + i % 1400, &seed);
		const char *format = formats[i % ARRAY_SIZE(formats)];
		struct indicators whole = {0}, joined = {0};
		struct feed_report whole_rep = {0}, joined_rep = {0};
		int r = feed_parse(format, text, len, &opts, &whole, &whole_rep);

		assert_int_equal(parse_pieces(format, text, len, 1 + i % 5, &joined, &joined_rep), r);
		same_report(&whole_rep, &joined_rep);
		same_set(&whole, &joined);
		good += !r;
		bad += r != 0;
		indicators_done(&whole);
		indicators_done(&joined);
		feed_report_done(&whole_rep);
		feed_report_done(&joined_rep);
	}
	assert_in_range(good, 500, 2500);
	assert_in_range(bad, 500, 2500);
}

static void long_file_read_by_several_workers_is_its_text(void **state)
{
	size_t size = 9U << 20, len;
	char *text = malloc(size);
	struct indicators whole = {0};
	struct feed_report rep = {0};
	struct file_case c;
	uint32_t seed = 9;

	(void)state;
	assert_non_null(text);
	len = any_list(text, size, &seed);
	assert_int_equal(feed_parse("plain", text, len, &opts, &whole, &rep), 0);
	assert_int_equal(parse_file(&c, "plain", text, len), 0);
	assert_true(whole.v.len > 50000);
	same_set(&whole, &c.in);
	same_report(&rep, &c.rep);
	file_done(&c);
	feed_report_done(&rep);
	indicators_done(&whole);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_gives_the_same_as_its_text),
		cmocka_unit_test(missing_empty_unreadable_and_garbled_differ),
		cmocka_unit_test(result_of_a_captured_worker_is_not_believed),
		cmocka_unit_test(daemon_in_its_sandbox_can_have_a_feed_parsed),
		cmocka_unit_test(samples_are_read_as_what_they_are),
		cmocka_unit_test(never_block_file_is_a_good_feed),
		cmocka_unit_test(pieces_read_by_themselves_are_the_whole),
		cmocka_unit_test(long_file_read_by_several_workers_is_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
