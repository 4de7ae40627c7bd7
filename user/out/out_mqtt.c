// SPDX-License-Identifier: BSD-2-Clause
/*
 * Urgent events to an MQTT broker with QoS 1, as
 * <mqtt.topic>/<what>: cordon/quarantine_begin. A try that timed out may have
 * arrived: receivers know an event by its decision_id.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/mqtt.h"
#include "base/str.h"
#include "conf/conf.h"
#include "out/outputs.h"

#define PASSWORD_MAX 4096
#define TOPIC_MAX 256

struct mqtt_out {
	struct mqtt *mqtt;
	char *topic;
};

static int read_password(const char *path, char **ret, struct strbuf *err)
{
	size_t len;
	int r = path ? file_read(path, PASSWORD_MAX, ret, &len) : 0;

	if (r)
		strbuf_addf(err, "mqtt.password_file %s: %s", path, strerror(-r));
	else if (*ret)
		(*ret)[strcspn(*ret, "\r\n")] = '\0';
	return r;
}

int out_mqtt_open(const struct conf *c, void **ret, struct strbuf *err)
{
	_cleanup_free_ char *password = NULL;
	struct mqtt_opts o = { .host = c->mqtt_host, .port = c->mqtt_port, .user = c->mqtt_user, .ca_file = c->mqtt_ca_file };
	struct mqtt_out *m;
	int r;

	if (!c->mqtt_host)
		return 0;
	r = read_password(c->mqtt_password_file, &password, err);
	if (r)
		return r;
	o.password = password;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->topic = strdup(c->mqtt_topic);
	r = m->topic ? mqtt_new(&o, &m->mqtt) : -ENOMEM;
	if (password)
		explicit_bzero(password, strlen(password));
	if (r) {
		strbuf_addf(err, "mqtt: %s", r == -EINVAL ? "mqtt.ca_file cannot be used" : strerror(-r));
		out_mqtt_close(m);
		return r;
	}
	*ret = m;
	return 0;
}

/* the event's own word for itself: "what" of a notice. A topic's wildcards and levels never come from it. */
static void topic_of(const struct mqtt_out *m, const struct out_line *l, char dst[TOPIC_MAX])
{
	static const char key[] = "\"what\":\"";
	const char *p = strstr(l->text, key);
	size_t n = p ? strspn(p + sizeof(key) - 1, "abcdefghijklmnopqrstuvwxyz_") : 0;

	snprintf(dst, TOPIC_MAX, "%s/%.*s", m->topic, n ? (int)n : 5, n ? p + sizeof(key) - 1 : "alert");
}

int out_mqtt_write(void *state, const struct out_line *l)
{
	struct mqtt_out *m = state;
	char topic[TOPIC_MAX];
	const char *why;
	int r;

	topic_of(m, l, topic);
	r = mqtt_publish(m->mqtt, topic, l->text, l->len, OUT_TIMEOUT_mqtt, &why);
	if (r)
		log_debug("mqtt: %s", why);
	return !r || r == -EINVAL ? r : -EAGAIN;
}

int out_mqtt_reopen(void *state)
{
	(void)state;
	return 0;
}

void out_mqtt_close(void *state)
{
	struct mqtt_out *m = state;

	mqtt_free(m->mqtt);
	free(m->topic);
	free(m);
}
