// SPDX-License-Identifier: BSD-2-Clause
/*
 * The webhook against real peers on loopback: one that answers, one that
 * refuses for good, one that fails once, one that never answers, none at all.
 */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cleanup.h"
#include "base/crypto.h"
#include "base/http.h"
#include "conf/conf.h"
#include "out/outputs.h"
#include "out/out.h"

#define SECRET "0123456789abcdef-secret"

/* answers each connection with the next of @answers, keeps what it was sent */
struct peer {
	int fd, port;
	const char *const *answers; /* NULL-terminated; NULL entry: no more connections */
	unsigned int served;
	char request[4][4096];
	pthread_t thread;
};

static char secret_path[] = "/tmp/cordon-secret-XXXXXX";

static size_t body_left(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "content-length:");

	if (!end || !length)
		return !end;
	return (size_t)atol(length + 15) > strlen(end + 4) ? 1 : 0;
}

static void serve_one(struct peer *p, const char *answer)
{
	char *request = p->request[p->served % 4];
	int fd = accept(p->fd, NULL, NULL);
	size_t n = 0;
	ssize_t r;

	while (n < 4095 && (!n || body_left(request)) && (r = recv(fd, request + n, 4095 - n, 0)) > 0)
		request[n += (size_t)r] = '\0';
	p->served++;
	if (send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
		perror("send");
	close(fd);
}

static void *serve(void *ctx)
{
	struct peer *p = ctx;
	const char *const *a;

	for (a = p->answers; *a; a++)
		serve_one(p, *a);
	return NULL;
}

static void peer_listen(struct peer *p)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(p->fd, 4), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&sa, &len), 0);
	p->port = ntohs(sa.sin_port);
}

static void peer_start(struct peer *p, const char *const *answers)
{
	*p = (struct peer){ .answers = answers };
	peer_listen(p);
	assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

static void peer_stop(struct peer *p)
{
	pthread_join(p->thread, NULL);
	close(p->fd);
}

static struct out *open_with(struct conf *c, int port)
{
	struct strbuf err = { 0 };
	struct out *o = NULL;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/hook", port);
	c->webhook_url = url;
	c->webhook_secret_file = secret_path;
	if (out_new(c, &o, &err))
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return o;
}

static struct out *open_out(int port)
{
	struct conf c = { 0 };

	return open_with(&c, port);
}

static struct out_stat wait_for(struct out *o, unsigned long long count)
{
	struct out_stat s = { 0 };
	unsigned int i;

	for (i = 0; i < 8000; i++) {
		assert_int_equal(out_stats(o, &s, 1), 1);
		if (s.written + s.failed >= count)
			break;
		usleep(1000);
	}
	return s;
}

/* the value of a header, copied */
static char *header(const char *request, const char *name, char *dst, size_t size)
{
	const char *p = strstr(request, name);

	assert_non_null(p);
	p += strlen(name) + 2;
	snprintf(dst, size, "%.*s", (int)strcspn(p, "\r"), p);
	return dst;
}

static void event_is_posted_and_its_signature_holds(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 204 No Content\r\n\r\n", NULL };
	char time[64], signature[128], want[128], signed_text[256], hex[65];
	struct out_stat s;
	struct peer p;
	struct out *o;

	(void)state;
	peer_start(&p, answers);
	o = open_out(p.port);
	out_publish(o, "{\"quiet\":1}", 11, OUT_EVENT, ""); /* not urgent: not for a notifier */
	out_publish(o, "{\"loud\":1}", 10, OUT_URGENT, "something happened");
	s = wait_for(o, 1);
	peer_stop(&p);
	out_free(o);
	assert_int_equal(s.written, 1);
	assert_int_equal(s.dropped, 0);
	assert_int_equal(strncmp(p.request[0], "POST /hook HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(p.request[0], "\r\n\r\n{\"loud\":1}"));
	assert_non_null(strstr(p.request[0], "Content-Type: application/json\r\n"));
	header(p.request[0], "X-Cordon-Timestamp", time, sizeof(time));
	snprintf(signed_text, sizeof(signed_text), "%s.{\"loud\":1}", time);
	hmac_sha256_hex(SECRET, strlen(SECRET), signed_text, strlen(signed_text), hex);
	snprintf(want, sizeof(want), "sha256=%s", hex);
	assert_string_equal(header(p.request[0], "X-Cordon-Signature", signature, sizeof(signature)), want);
}

static void passing_failure_is_tried_again_under_the_same_key(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
					       "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", NULL };
	char one[64], two[64];
	struct out_stat s;
	struct peer p;
	struct out *o;

	(void)state;
	peer_start(&p, answers);
	o = open_out(p.port);
	out_publish(o, "{}", 2, OUT_URGENT, "something happened");
	s = wait_for(o, 1);
	peer_stop(&p);
	out_free(o);
	assert_int_equal(s.written, 1);
	assert_int_equal(s.failed, 0);
	assert_string_equal(header(p.request[0], "Idempotency-Key", one, sizeof(one)),
			    header(p.request[1], "Idempotency-Key", two, sizeof(two)));
	assert_int_equal(strlen(one), 32);
}

static void refusal_for_good_is_not_tried_again(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", NULL };
	struct out_stat s;
	struct peer p;
	struct out *o;

	(void)state;
	peer_start(&p, answers);
	o = open_out(p.port);
	out_publish(o, "{}", 2, OUT_URGENT, "something happened");
	s = wait_for(o, 1);
	peer_stop(&p);
	out_free(o);
	assert_int_equal(s.failed, 1);
	assert_int_equal(p.served, 1);
}

static void what_is_given_up_is_kept_as_a_dead_letter(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", NULL };
	char dir[] = "/tmp/cordon-dead-XXXXXX", path[64], *text = NULL;
	struct conf c = { .state_dir = mkdtemp(dir) };
	struct peer p;
	struct out *o;
	size_t len;

	(void)state;
	snprintf(path, sizeof(path), "%s/dead-letters.json", dir);
	peer_start(&p, answers);
	o = open_with(&c, p.port);
	out_publish(o, "{\"a\":1}", 7, OUT_URGENT, "something happened");
	wait_for(o, 1);
	peer_stop(&p); /* from here on nobody answers: what is still queued at the end is kept as well */
	out_publish(o, "{\"a\":2}", 7, OUT_URGENT, "something happened");
	out_free(o);
	assert_int_equal(file_read(path, 4096, &text, &len), 0);
	assert_non_null(strstr(text, "{\"output\":\"webhook\",\"id\":\""));
	assert_non_null(strstr(text, "\"event\":{\"a\":1}}\n"));
	assert_non_null(strstr(text, "\"event\":{\"a\":2}}\n"));
	free(text);
	unlink(path);
	rmdir(dir);
}

static void chat_services_get_the_summary(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", NULL };
	struct conf c = { .webhook_format = CONF_WEBHOOK_SLACK };
	struct peer p;
	struct out *o;

	(void)state;
	peer_start(&p, answers);
	o = open_with(&c, p.port);
	out_publish(o, "{\"a\":1}", 7, OUT_URGENT, "a \"camera\" was quarantined");
	wait_for(o, 1);
	peer_stop(&p);
	out_free(o);
	assert_non_null(strstr(p.request[0], "\r\n\r\n{\"text\":\"a \\\"camera\\\" was quarantined\"}"));
}

static uint64_t mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void silent_peer_fills_the_queue_and_holds_nobody_up(void **state)
{
	struct peer p = { 0 };
	struct out_stat s;
	uint64_t before;
	struct out *o;
	unsigned int i;

	(void)state;
	peer_listen(&p); /* takes connections, never answers */
	o = open_out(p.port);
	before = mono_ms();
	for (i = 0; i < 3000; i++)
		out_publish(o, "{}", 2, OUT_URGENT, "something happened");
	assert_true(mono_ms() - before < 1000);
	assert_int_equal(out_stats(o, &s, 1), 1);
	assert_int_equal(s.queued, 1024); /* the one being tried among them */
	assert_int_equal(s.dropped, 3000 - 1024);
	before = mono_ms();
	out_free(o); /* drains for a second at most, whatever the peer does */
	assert_true(mono_ms() - before < 2000);
	close(p.fd);
}

static void missing_peer_is_a_failure_worth_another_try(void **state)
{
	struct conf c = { .webhook_secret_file = secret_path };
	struct out_line l = { .text = "{}", .len = 2, .summary = "" };
	struct strbuf err = { 0 };
	struct peer p = { 0 };
	void *w = NULL;
	char url[64];

	(void)state;
	peer_listen(&p);
	close(p.fd);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", p.port);
	c.webhook_url = url;
	assert_int_equal(out_webhook_open(&c, &w, &err), 0);
	assert_int_equal(out_webhook_write(w, &l), -EAGAIN);
	out_webhook_close(w);
}

static void weak_or_missing_secret_is_refused_at_start(void **state)
{
	struct conf c = { .webhook_url = "http://127.0.0.1/", .webhook_secret_file = "/nowhere" };
	char weak[] = "/tmp/cordon-secret-XXXXXX";
	struct strbuf err = { 0 };
	struct out *o = NULL;
	int fd = mkstemp(weak);

	(void)state;
	assert_int_equal(out_new(&c, &o, &err), -ENOENT);
	assert_non_null(strstr(err.s, "webhook.secret_file /nowhere"));
	strbuf_clear(&err);
	assert_int_equal(write(fd, "short\nrest of the file", 22), 22);
	close(fd);
	c.webhook_secret_file = weak;
	assert_int_equal(out_new(&c, &o, &err), -EINVAL);
	unlink(weak);
	strbuf_done(&err);
}

static void get_is_bounded_and_goes_to_a_descriptor(void **state)
{
	static const char *const answers[] = { "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
					       "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", NULL };
	char url[64], text[8] = "";
	FILE *f = tmpfile();
	const char *why;
	struct peer p;

	(void)state;
	peer_start(&p, answers);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", p.port);
	assert_int_equal(http_get(url, fileno(f), 5, 2000, &why), 200);
	assert_int_equal(pread(fileno(f), text, 7, 0), 5);
	assert_string_equal(text, "hello");
	assert_int_equal(http_get(url, fileno(f), 4, 2000, &why), -EFBIG);
	assert_int_equal(http_get("file:///etc/hostname", fileno(f), 100, 2000, &why), -EINVAL);
	peer_stop(&p);
	fclose(f);
}

static int setup(void **state)
{
	int fd = mkstemp(secret_path);

	(void)state;
	if (fd < 0 || write(fd, SECRET "\n", strlen(SECRET) + 1) < 0)
		return -1;
	return close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(secret_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_is_posted_and_its_signature_holds),
		cmocka_unit_test(passing_failure_is_tried_again_under_the_same_key),
		cmocka_unit_test(refusal_for_good_is_not_tried_again),
		cmocka_unit_test(what_is_given_up_is_kept_as_a_dead_letter),
		cmocka_unit_test(chat_services_get_the_summary),
		cmocka_unit_test(silent_peer_fills_the_queue_and_holds_nobody_up),
		cmocka_unit_test(missing_peer_is_a_failure_worth_another_try),
		cmocka_unit_test(weak_or_missing_secret_is_refused_at_start),
		cmocka_unit_test(get_is_bounded_and_goes_to_a_descriptor),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
