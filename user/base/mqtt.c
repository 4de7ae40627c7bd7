// SPDX-License-Identifier: BSD-2-Clause
#include "base/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define KEEPALIVE_S 30
#define STEP_MS 100

struct mqtt {
	struct mosquitto *m;
	char *host;
	uint16_t port;
	bool connected; /* CONNACK was good */
	int acked;	/* message id; -1 */
};

static void on_connect(struct mosquitto *m, void *ctx, int code)
{
	struct mqtt *q = ctx;

	(void)m;
	q->connected = !code;
}

static void on_disconnect(struct mosquitto *m, void *ctx, int code)
{
	struct mqtt *q = ctx;

	(void)m;
	(void)code;
	q->connected = false;
}

static void on_publish(struct mosquitto *m, void *ctx, int mid)
{
	struct mqtt *q = ctx;

	(void)m;
	q->acked = mid;
}

static void init_once(void)
{
	mosquitto_lib_init();
}

int mqtt_new(const struct mqtt_opts *o, struct mqtt **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mqtt *q = calloc(1, sizeof(*q));

	pthread_once(&once, init_once);
	if (!q)
		return -ENOMEM;
	q->host = strdup(o->host);
	q->port = o->port;
	q->m = mosquitto_new(NULL, true, q);
	if (!q->host || !q->m) {
		mqtt_free(q);
		return -ENOMEM;
	}
	mosquitto_connect_callback_set(q->m, on_connect);
	mosquitto_disconnect_callback_set(q->m, on_disconnect);
	mosquitto_publish_callback_set(q->m, on_publish);
	if ((o->user && mosquitto_username_pw_set(q->m, o->user, o->password)) ||
	    (o->ca_file && mosquitto_tls_set(q->m, o->ca_file, NULL, NULL, NULL, NULL))) {
		mqtt_free(q);
		return -EINVAL;
	}
	*ret = q;
	return 0;
}

/* one turn of the library's loop; what it says when it fails */
static int turn(struct mqtt *q, uint64_t until_ns, const char **reterr)
{
	int e;

	if (clock_now_ns() >= until_ns) {
		*reterr = "no answer in time";
		return -ETIMEDOUT;
	}
	e = mosquitto_loop(q->m, STEP_MS, 1);
	if (!e)
		return 0;
	q->connected = false;
	*reterr = mosquitto_strerror(e);
	return -ECONNRESET;
}

static int connected(struct mqtt *q, uint64_t until_ns, const char **reterr)
{
	int e, r = 0;

	if (q->connected)
		return 0;
	e = mosquitto_connect(q->m, q->host, q->port, KEEPALIVE_S);
	if (e) {
		*reterr = mosquitto_strerror(e);
		return -ECONNREFUSED;
	}
	while (!r && !q->connected)
		r = turn(q, until_ns, reterr);
	return r;
}

int mqtt_publish(struct mqtt *q, const char *topic, const void *data, size_t len, unsigned int timeout_ms, const char **reterr)
{
	uint64_t until = clock_now_ns() + timeout_ms * 1000000ULL;
	int mid, e, r;

	*reterr = "";
	/* what lay idle for longer than the keep-alive has been closed by the broker: learned by looking */
	if (q->connected)
		turn(q, until, reterr);
	r = connected(q, until, reterr);
	if (r)
		return r;
	q->acked = -1;
	e = mosquitto_publish(q->m, &mid, topic, (int)len, data, 1, false);
	if (e) {
		q->connected = false;
		*reterr = mosquitto_strerror(e);
		return e == MOSQ_ERR_INVAL || e == MOSQ_ERR_PAYLOAD_SIZE ? -EINVAL : -ECONNRESET;
	}
	while (!r && q->acked != mid)
		r = turn(q, until, reterr);
	return r;
}

void mqtt_free(struct mqtt *q)
{
	if (!q)
		return;
	if (q->m && q->connected)
		mosquitto_disconnect(q->m);
	if (q->m)
		mosquitto_destroy(q->m);
	free(q->host);
	free(q);
}
