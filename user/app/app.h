/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Application rows: one protocol each, one file each. A row turns ordered
 * bytes (or one datagram) into buffers that rules look at and fields that
 * events show. Parsing is done by the pure parsers of include/parse/.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon_lists.h"
#include "rule/buffers.h" /* APP_BUFFER_*: what rules may look at */

struct app_buf {
	const uint8_t *p; /* NULL: this message has no such buffer */
	uint32_t len;
};

/* One message (HTTP request, DNS query, ClientHello) with its buffers; pointers live until the callback returns. */
struct app_msg {
	uint8_t app; /* CORDON_APP_* */
	uint8_t dir;
	bool complete; /* false: more of it may follow under the same id (a body in pieces) */
	bool is_chunked; /* its body came in chunks: bytes that stand together here need not on the wire */
	uint64_t id;   /* counts messages of the flow and direction */
	struct app_buf buf[APP_BUFFERS];
	/* for events */
	uint16_t dns_type, dns_id;
	bool is_response;
	uint16_t http_status;
	struct app_buf http_protocol; /* "HTTP/1.1" */
};

typedef int (*app_msg_fn)(const struct app_msg *msg, void *ctx);

struct app_row {
	uint8_t app;
	const char *name;
	/* state of one direction of one flow; NULL when out of memory */
	void *(*open)(uint8_t dir);
	/* ordered bytes; calls cb for each message. 0, or -EBADMSG: not this protocol any more (the rest is not parsed) */
	int (*feed)(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx);
	/* is a message begun but not complete? then the flow must be followed */
	bool (*pending)(const void *state);
	void (*close)(void *state);
	/* one datagram; NULL: streams only */
	int (*datagram)(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx);
};

/* NULL: recognised only, no parser */
const struct app_row *app_row(uint8_t app);
/* what the first bytes of a direction say in one line (MQTT client, SSH software, ...); "" when nothing */
void app_detail(uint8_t app, const uint8_t *p, uint32_t len, char *dst, size_t size);
const char *app_buffer_name(unsigned int id);

#endif
