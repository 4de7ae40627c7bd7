/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file that knows libmosquitto. Blocking: for a thread of its own. MQTT 3.1.1. */
#ifndef BASE_MQTT_H
#define BASE_MQTT_H

#include <stddef.h>
#include <stdint.h>

struct mqtt;

struct mqtt_opts {
	const char *host;
	uint16_t port;
	const char *user, *password; /* NULL: none */
	const char *ca_file;	     /* NULL: no TLS */
};

int mqtt_new(const struct mqtt_opts *o, struct mqtt **ret); /* copies; connects with the first message. 0, -ENOMEM, -EINVAL: ca_file */
/*
 * mqtt_publish() - one message with QoS 1: done when the broker has acknowledged it
 * @timeout_ms: of the whole, connecting included
 * Return: 0; -ETIMEDOUT; -ECONNREFUSED and the like, with a reason in *reterr (static storage): worth another try
 */
int mqtt_publish(struct mqtt *m, const char *topic, const void *data, size_t len, unsigned int timeout_ms, const char **reterr);
void mqtt_free(struct mqtt *m);

#endif
