// SPDX-License-Identifier: BSD-2-Clause
/* The MQTT output against a real broker on loopback, which comes, goes and comes back; a peer that is silent. */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/conf.h"
#include "out/out.h"
#include "out/outputs.h"

static int free_port(int *ret_fd)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	if (ret_fd)
		*ret_fd = fd;
	else
		close(fd);
	return ntohs(sa.sin_port);
}

static bool answers(int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = !connect(fd, (struct sockaddr *)&sa, sizeof(sa));

	close(fd);
	return yes;
}

static pid_t broker(int port)
{
	char number[16];
	pid_t pid;

	snprintf(number, sizeof(number), "%d", port);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		dup2(null, 2);
		execlp("/usr/sbin/mosquitto", "mosquitto", "-p", number, (char *)NULL); /* without a file: loopback only */
		_exit(127);
	}
	for (unsigned int i = 0; i < 1000 && !answers(port); i++)
		usleep(10000);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct heard {
	int port;
	struct mosquitto_message *msg;
};

static void *hear(void *ctx)
{
	struct heard *h = ctx;

	mosquitto_subscribe_simple(&h->msg, 1, true, "plant7/#", 1, "127.0.0.1", h->port, "listener", 30, false, NULL, NULL, NULL, NULL);
	return NULL;
}

static void *open_mqtt(int port)
{
	struct conf c = { .mqtt_host = "127.0.0.1", .mqtt_port = (uint16_t)port, .mqtt_topic = "plant7" };
	struct strbuf err = { 0 };
	void *m = NULL;

	assert_int_equal(out_mqtt_open(&c, &m, &err), 0);
	return m;
}

static const char event[] = "{\"event_type\":\"cordon\",\"cordon\":{\"what\":\"quarantine_begin\",\"why\":\"\\\"what\\\":\\\"x/#\\\"\"}}";

static void alarm_reaches_who_listens_under_its_own_topic(void **state)
{
	struct out_line l = { .text = event, .len = sizeof(event) - 1, .summary = "", .weight = OUT_URGENT };
	struct heard h = { .port = free_port(NULL) };
	pid_t pid = broker(h.port);
	pthread_t thread;
	void *m = open_mqtt(h.port);

	(void)state;
	pthread_create(&thread, NULL, hear, &h);
	/* QoS 1 is between us and the broker: it is told again until the listener, who comes in meanwhile, has it */
	for (unsigned int i = 0; i < 500 && !h.msg; i++) {
		assert_int_equal(out_mqtt_write(m, &l), 0);
		usleep(10000);
	}
	pthread_join(thread, NULL);
	assert_string_equal(h.msg->topic, "plant7/quarantine_begin");
	assert_int_equal(h.msg->payloadlen, l.len);
	assert_memory_equal(h.msg->payload, event, l.len);
	mosquitto_message_free(&h.msg);
	out_mqtt_close(m);
	stop(pid);
}

static void broker_that_goes_and_comes_back_is_found_again(void **state)
{
	struct out_line l = { .text = event, .len = sizeof(event) - 1, .summary = "", .weight = OUT_URGENT };
	int port = free_port(NULL);
	void *m = open_mqtt(port);
	pid_t pid;

	(void)state;
	assert_int_equal(out_mqtt_write(m, &l), -EAGAIN);
	pid = broker(port);
	assert_int_equal(out_mqtt_write(m, &l), 0);
	stop(pid);
	assert_int_equal(out_mqtt_write(m, &l), -EAGAIN);
	pid = broker(port);
	assert_int_equal(out_mqtt_write(m, &l), 0);
	out_mqtt_close(m);
	stop(pid);
}

static void silent_peer_costs_its_time_limit_and_no_more(void **state)
{
	struct out_line l = { .text = event, .len = sizeof(event) - 1, .summary = "", .weight = OUT_URGENT };
	struct timespec a, b;
	int fd, port = free_port(&fd);
	void *m = open_mqtt(port);

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(out_mqtt_write(m, &l), -EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec <= OUT_TIMEOUT_mqtt / 1000 + 1);
	out_mqtt_close(m);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alarm_reaches_who_listens_under_its_own_topic),
		cmocka_unit_test(broker_that_goes_and_comes_back_is_found_again),
		cmocka_unit_test(silent_peer_costs_its_time_limit_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
