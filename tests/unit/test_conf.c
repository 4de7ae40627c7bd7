// SPDX-License-Identifier: BSD-2-Clause
/* The configuration: what is taken, what is refused with its line, and that nothing good is lost. */
#include "unit/unit.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "conf/schema.h"
#include "cordon_lists.h"

static const char *const whole =
	"mode: observe\n"
	"state_dir: \"/tmp/caf\xc3\xa9 \\\"x\\\" \\\\y\"\n"
	"stream:\n"
	"  depth: 64KiB\n"
	"  midstream: yes\n"
	"quarantine: {lease: 1h30m, min_severity: 2}\n"
	"webhook:\n"
	"  url: https://alarm.example/x\n"
	"  secret_file: /etc/cordon/secret\n"
	"interfaces:\n"
	"  - {name: eth1, role: device, zone: 7, xdp: generic}\n"
	"  - name: eth0\n"
	"    role: uplink\n"
	"    mode: react\n"
	"feeds:\n"
	"  - {name: a, source: /x/a.txt}\n"
	"  - {name: b, format: hosts, source: /x/b, action: quarantine, confidence: 90, category: c2, observe: yes}\n"
	"rules: [/x/one.rules, '/x/two.rules']\n"
	"guard: [02:00:00:00:00:01, 192.0.2.1, '2001:db8::/32']\n"
	"home: [10.0.0.0/8]\n"
	"vars: {HOME_NET: '[10.0.0.0/8]', HTTP_PORTS: '80'}\n"
	"policy:\n"
	"  - {group: cameras, app: telnet}\n"
	"  - {device: cam1, app: mqtt, deny: no}\n";

static void read_ok(const char *yaml, struct conf *c)
{
	struct strbuf err = { 0 };

	assert_int_equal(conf_init(c), 0);
	if (conf_read(c, "f", yaml, strlen(yaml), &err) || conf_check(c, &err))
		fail_msg("refused: %s", err.s);
	strbuf_done(&err);
}

/* refused, and the message has @want in it */
static void refused_n(const char *yaml, size_t len, const char *want)
{
	struct strbuf err = { 0 };
	struct conf c;
	int r;

	assert_int_equal(conf_init(&c), 0);
	r = conf_read(&c, "f", yaml, len, &err);
	if (!r)
		r = conf_check(&c, &err);
	if (!r || !err.s || !strstr(err.s, want))
		fail_msg("wanted \"%s\", got %d \"%s\"", want, r, err.s ? err.s : "");
	strbuf_done(&err);
	conf_done(&c);
}

static void refused(const char *yaml, const char *want)
{
	refused_n(yaml, strlen(yaml), want);
}

static void every_kind_of_option_is_read(void **state)
{
	struct conf c;

	(void)state;
	read_ok(whole, &c);
	assert_int_equal(c.mode, CORDON_MODE_OBSERVE);
	assert_string_equal(c.state_dir, "/tmp/caf\xc3\xa9 \"x\" \\y");
	assert_int_equal(c.stream_depth, 65536);
	assert_true(c.stream_midstream);
	assert_true(c.quarantine_lease_ns == 5400000000000ULL);
	assert_int_equal(c.quarantine_min_severity, 2);
	assert_int_equal(c.ifaces.len, 2);
	assert_string_equal(c.ifaces.data[0].name, "eth1");
	assert_int_equal(c.ifaces.data[0].zone, 7);
	assert_true(c.ifaces.data[0].generic);
	assert_int_equal(c.ifaces.data[0].mode, CORDON_MODE_OBSERVE); /* that of `mode` */
	assert_int_equal(c.ifaces.data[1].mode, CORDON_MODE_REACT);
	assert_int_equal(c.feeds.len, 2);
	assert_string_equal(c.feeds.data[0].format, "auto");
	assert_int_equal(c.feeds.data[0].action, CORDON_ACTIONS); /* by its category */
	assert_int_equal(c.feeds.data[1].confidence, 90);
	assert_true(c.feeds.data[1].observe);
	assert_int_equal(c.rules.len, 2);
	assert_string_equal(c.rules.data[1], "/x/two.rules");
	assert_int_equal(c.guards.len, 3);
	assert_int_equal(c.home.len, 1);
	assert_int_equal(c.vars.len, 2);
	assert_string_equal(c.vars.data[0].value, "[10.0.0.0/8]");
	assert_int_equal(c.policies.len, 2);
	assert_null(c.policies.data[0].device);
	assert_string_equal(c.policies.data[0].group, "cameras");
	assert_true(c.policies.data[0].deny);
	assert_false(c.policies.data[1].deny);
	conf_done(&c);
}

static void defaults_are_enough(void **state)
{
	struct conf c;

	(void)state;
	read_ok("", &c);
	assert_int_equal(c.mode, CORDON_MODE_REACT);
	assert_null(c.webhook_url);
	assert_non_null(c.run_dir);
	conf_done(&c);
	read_ok("# nothing but a comment\n", &c);
	conf_done(&c);
	read_ok("---\n...\n", &c);
	conf_done(&c);
}

static void shown_configuration_reads_back_the_same(void **state)
{
	struct strbuf one = { 0 }, two = { 0 };
	struct conf c, d;

	(void)state;
	read_ok(whole, &c);
	conf_show(&c, &one);
	read_ok(one.s, &d);
	conf_show(&d, &two);
	assert_string_equal(one.s, two.s);
	strbuf_done(&one);
	strbuf_done(&two);
	conf_done(&c);
	conf_done(&d);
}

static void unknown_key_names_line_and_nearest(void **state)
{
	(void)state;
	refused("mode: react\n\nmoed: react\n", "f:3: unknown key 'moed' (did you mean 'mode'?)");
	refused("stream:\n  dephts: 1\n", "f:2: unknown key 'dephts' (did you mean 'depth'?)");
	refused("interfaces:\n- name: a\n  roel: device\n", "f:3: unknown key 'roel' (did you mean 'role'?)");
	refused("stream.depth: 1\n", "f:1: unknown key 'stream.depth'");
	refused("\"x\\ny\": 1\n", "unknown key 'x\\x0ay'");
}

static void key_that_stands_twice_is_refused(void **state)
{
	(void)state;
	refused("mode: react\nmode: observe\n", "f:2: 'mode' stands twice");
	refused("stream: {depth: 1, depth: 2}\n", "stands twice");
	refused("stream: {depth: 1}\nstream: {midstream: yes}\n", "f:2: 'stream' stands twice");
	refused("vars: {A: x, A: y}\n", "'A' stands twice");
	refused("rules: []\nrules: []\n", "f:2: 'rules' stands twice");
	refused("feeds: [{name: a, name: b, source: /x}]\n", "stands twice");
}

static void values_are_checked_by_their_rows(void **state)
{
	(void)state;
	refused("mode: React\n", "(observe, react, hold)");
	refused("stream: {depth: 0}\n", "out of range");
	refused("stream: {depth: 64Kib x}\n", "is not a value");
	refused("flows: {buckets: 1000}\n", "not a power of two");
	refused("quarantine: {lease: 0s}\n", "out of range");
	refused("quarantine: {min_severity: 256}\n", "out of range");
	refused("strict: maybe\n", "(yes or no)");
	refused("state_dir: ''\n", "is empty");
	refused("interfaces: [{name: abcdefghijklmnop, role: device}]\n", "too long");
	refused("interfaces: [{role: device}]\n", "needs 'name'");
	refused("interfaces: [{name: a}]\n", "needs 'role'");
	refused("interfaces: [{name: a, role: device}, {name: a, role: uplink}]\n", "named twice");
	refused("feeds: [{name: a, source: x}, {name: a, source: y}]\n", "named twice");
	refused("home: [10.1.2.3/8]\n", "did you mean 10.0.0.0/8?");
	refused("guard: [nonsense]\n", "no MAC, address or prefix");
	refused("vars: {'A B': x}\n", "letters, digits");
	refused("policy: [{app: unknown}]\n", "no application");
	refused("webhook: {url: 'ftp://x', secret_file: y}\n", "only http");
	refused("webhook: {url: 'http://x'}\n", "needs webhook.secret_file");
}

static void wrong_shapes_are_refused(void **state)
{
	(void)state;
	refused("mode: [react]\n", "must be a single value");
	refused("mode: {a: b}\n", "must be a single value");
	refused("stream: 5\n", "must be a mapping");
	refused("rules: x\n", "must be a list");
	refused("rules: [[x]]\n", "must be a single value");
	refused("interfaces: [eth0]\n", "must be a mapping");
	refused("vars: [a]\n", "must be a mapping");
	refused("- a\n", "must be keys and values");
	refused("just text\n", "must be keys and values");
	refused("[a]: b\n", "must be a single value");
	refused("mode: react\n---\nmode: react\n", "second document");
}

static void yaml_features_outside_the_subset_are_refused(void **state)
{
	(void)state;
	refused("mode: &a react\n", "anchors");
	refused("rules: &a [x]\nguard: *a\n", "anchors");
	refused("mode: *a\n", "aliases");
	refused("mode: !!str react\n", "tags");
	refused("mode: !x react\n", "tags");
	refused("%TAG ! tag:x,2000:\n---\nmode: react\n", "tag directives");
	refused("mode: react\n\tstrict: yes\n", "f:2");
	refused("mode: \"react\n", "f:");
	refused("mode: react\n\nstrict: \x01\n", "f:3");
}

static void hostile_bytes_are_refused(void **state)
{
	char *deep = malloc(400000), *many;
	struct strbuf b = { 0 };
	unsigned int i;

	(void)state;
	refused_n("mode: re\0act\n", 13, "f:");
	refused("state_dir: \"a\\0b\"\n", "zero byte");
	refused("state_dir: \"a\\nb\"\n", "control characters");
	refused("state_dir: \"a\\Lb\"\n", "control characters"); /* U+2028 */
	refused("state_dir: \xff\xfe\n", "f:");
	memset(deep, '[', 200000);
	memcpy(deep, "rules: ", 7);
	refused_n(deep, 200000, "must be a single value");
	for (i = 0; i < 100000; i++)
		memcpy(deep + 4 * i, "{a: ", 4);
	refused_n(deep, 400000, "f:1");
	free(deep);
	for (i = 0; i < 1025; i++)
		strbuf_adds(&b, i ? ",x" : "rules: [x");
	strbuf_adds(&b, "]");
	many = b.s;
	refused(many, "more than 1024 entries of 'rules'");
	strbuf_done(&b);
}

static void failed_load_leaves_the_old_configuration(void **state)
{
	char path[] = "/tmp/cordon-conf-XXXXXX";
	struct strbuf err = { 0 }, before = { 0 }, after = { 0 };
	int fd = mkstemp(path);
	struct conf c;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "mode: observe\nx: y\n", 19), 19);
	close(fd);
	read_ok(whole, &c);
	conf_show(&c, &before);
	assert_int_equal(conf_load_file(&c, path, &err), -EINVAL);
	assert_non_null(strstr(err.s, ":2: unknown key 'x'"));
	strbuf_clear(&err);
	assert_int_equal(conf_load_file(&c, "/nowhere/at/all", &err), -ENOENT);
	assert_non_null(strstr(err.s, "/nowhere/at/all: No such file"));
	conf_show(&c, &after);
	assert_string_equal(before.s, after.s);
	unlink(path);
	strbuf_done(&err);
	strbuf_done(&before);
	strbuf_done(&after);
	conf_done(&c);
}

static void option_is_set_by_its_dotted_name(void **state)
{
	struct strbuf err = { 0 };
	struct conf c;

	(void)state;
	read_ok("interfaces: [{name: a, role: device}]\n", &c);
	assert_int_equal(conf_set(&c, "stream.depth", "2MiB", &err), 0);
	assert_int_equal(c.stream_depth, 2 << 20);
	assert_int_equal(conf_set(&c, "mode", "observe", &err), 0);
	assert_int_equal(c.ifaces.data[0].mode, CORDON_MODE_OBSERVE);
	assert_int_equal(conf_set(&c, "stream.dept", "1", &err), -ENOENT);
	assert_non_null(strstr(err.s, "did you mean 'stream.depth'?"));
	strbuf_clear(&err);
	assert_int_equal(conf_set(&c, "stream.depth", "x", &err), -EINVAL);
	assert_int_equal(c.stream_depth, 2 << 20);
	assert_int_equal(conf_set(&c, "rules", "x", &err), -EINVAL);
	assert_int_equal(conf_set(&c, "mode", "hold", &err), 0);
	assert_int_equal(c.ifaces.data[0].mode, CORDON_MODE_HOLD);
	strbuf_done(&err);
	conf_done(&c);
}

static void command_line_adds_interfaces_and_home_networks(void **state)
{
	struct strbuf err = { 0 };
	struct conf c;

	(void)state;
	read_ok("", &c);
	assert_int_equal(conf_add_iface(&c, "eth1", CORDON_ROLE_DEVICE, -1, false, &err), 0);
	assert_int_equal(conf_add_iface(&c, "eth1", CORDON_ROLE_UPLINK, -1, false, &err), -EINVAL);
	assert_int_equal(conf_add_iface(&c, "", CORDON_ROLE_UPLINK, -1, false, &err), -EINVAL);
	assert_int_equal(c.ifaces.len, 1);
	assert_int_equal(conf_add_home(&c, "10.0.0.0/8,2001:db8::/32", &err), 0);
	assert_int_equal(conf_add_home(&c, "10.0.0.0/8,,", &err), -EINVAL);
	strbuf_done(&err);
	conf_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_option_is_read),
		cmocka_unit_test(defaults_are_enough),
		cmocka_unit_test(shown_configuration_reads_back_the_same),
		cmocka_unit_test(unknown_key_names_line_and_nearest),
		cmocka_unit_test(key_that_stands_twice_is_refused),
		cmocka_unit_test(values_are_checked_by_their_rows),
		cmocka_unit_test(wrong_shapes_are_refused),
		cmocka_unit_test(yaml_features_outside_the_subset_are_refused),
		cmocka_unit_test(hostile_bytes_are_refused),
		cmocka_unit_test(failed_load_leaves_the_old_configuration),
		cmocka_unit_test(option_is_set_by_its_dotted_name),
		cmocka_unit_test(command_line_adds_interfaces_and_home_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
