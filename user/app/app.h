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
#include <string.h>

#include "cordon_lists.h"
#include "rule/buffers.h" /* APP_BUFFER_*: what rules may look at */

struct app_buf {
	const uint8_t *p;
	uint32_t len;
};

/* What a DNS message answers: for rules, and for whoever follows names to addresses. */
struct app_dns_answer {
	struct app_buf name;   /* as text */
	struct app_buf target; /* the name in its data (CNAME, NS, PTR, MX, SRV); p NULL: none */
	struct app_buf data;   /* as on the wire: 4 bytes of an A, 16 of an AAAA */
	uint16_t type;
	uint32_t ttl_s;
};

/* a further instance of a buffer that may come several times (APP_BUFFER_MULTI) */
struct app_more {
	uint8_t buffer; /* APP_BUFFER_* */
	struct app_buf buf;
};

#define APP_BUFFER_WORDS ((APP_BUFFERS + 63) / 64)
_Static_assert(APP_BUFFERS <= 255, "a buffer's number is a byte");
_Static_assert(APP_NUMBERS <= 64, "numbers are bits of a 64-bit set");

/*
 * One message (HTTP request or response, DNS query, ClientHello) with its
 * buffers; pointers live until the callback returns. Begin with app_msg_init(),
 * fill with app_set(), app_more(), app_set_number().
 *
 * Requests and responses are messages of their own: `dir` is the stream they
 * came in, or where an answer belongs to whoever asked (MQTT) that of the
 * question, and `is_response` the side whose rules look at them. `tx` is the
 * number of the transaction in its flow, the same for a request and the
 * response to it. A message that is told while it grows (a body in pieces) is
 * told again under the same id with all its buffers; `complete` is set the
 * last time. A rule fires once for each id.
 */
struct app_msg {
	uint8_t app; /* CORDON_APP_* */
	uint8_t dir;
	bool complete;	 /* false: more of it may follow under the same id */
	bool is_chunked; /* its body came in chunks: bytes that stand together here need not on the wire */
	bool again;	 /* told complete already, or may be told so again: bytes came behind its end */
	bool is_response;
	uint16_t n_more;
	uint64_t events;		/* what is odd about it: RULE_EVENT_BIT()s (rule/events.h) */
	uint64_t has_number;		/* bits APP_NUMBER_* */
	uint64_t has[APP_BUFFER_WORDS]; /* bits APP_BUFFER_*: which of buf are there */
	uint64_t id;			/* counts messages of the flow and direction */
	uint64_t tx;
	/* HTTP: offsets in the stream behind its first line, its head and itself as far as it is there; at_end 0: not known */
	uint64_t at_line, at_head, at_end;
	const struct app_more *more; /* instances beyond the first, n_more of them; the row's memory */
	/* for events */
	uint16_t dns_type, dns_id;
	uint16_t n_answers;
	const struct app_dns_answer *answers; /* n_answers; the row's memory */
	uint16_t http_status;
	struct app_buf http_protocol; /* "HTTP/1.1" */
	/* not cleared by app_msg_init(): read only what has and has_number say */
	uint64_t number[APP_NUMBERS];
	struct app_buf buf[APP_BUFFERS];
};

static inline void app_msg_init(struct app_msg *m, uint8_t app, uint8_t dir)
{
	memset(m, 0, offsetof(struct app_msg, number));
	m->app = app;
	m->dir = dir;
}

/* @p NULL: the message has no such buffer */
static inline void app_set(struct app_msg *m, unsigned int buffer, const void *p, uint32_t len)
{
	if (!p)
		return;
	m->has[buffer / 64] |= 1ULL << buffer % 64;
	m->buf[buffer] = (struct app_buf){ p, len };
}

static inline void app_set_number(struct app_msg *m, unsigned int number, uint64_t value)
{
	m->has_number |= 1ULL << number;
	m->number[number] = value;
}

static inline bool app_has(const struct app_msg *m, unsigned int buffer)
{
	return m->has[buffer / 64] >> buffer % 64 & 1;
}

/* the buffer, or one without bytes (p NULL) */
static inline struct app_buf app_get(const struct app_msg *m, unsigned int buffer)
{
	return app_has(m, buffer) ? m->buf[buffer] : (struct app_buf){ NULL, 0 };
}

typedef int (*app_msg_fn)(const struct app_msg *msg, void *ctx);

struct app_row {
	uint8_t app;
	const char *name;
	/* state of one direction of one flow; NULL when out of memory */
	void *(*open)(uint8_t dir);
	/* ordered bytes; calls cb for each message. 0, or -EBADMSG: not this protocol any more (the rest is not parsed) */
	int (*feed)(void *state, const uint8_t *p, uint32_t len, app_msg_fn cb, void *ctx);
	/*
	 * @len bytes are missing, more will come. 0: it goes on; -EBADMSG as feed(). NULL: it never does
	 */
	int (*gap)(void *state, uint64_t len, app_msg_fn cb, void *ctx);
	/*
	 * the flow has ended: what is begun is told as far as it goes. Should bytes come
	 * all the same (behind an RST), it goes on, and is told `again`. NULL: nothing would be
	 */
	int (*end)(void *state, app_msg_fn cb, void *ctx);
	/* is a message begun but not complete? then the flow must be followed */
	bool (*pending)(const void *state);
	void (*close)(void *state);
	/* what the two directions of a flow know of each other: made once a flow, told to each state; NULL: nothing */
	void *(*flow_open)(void);
	void (*flow_close)(void *flow);
	void (*link)(void *state, void *flow);
	bool takes_any; /* what it begins with need not tell: the other direction did */
	/* one datagram; NULL: streams only */
	int (*datagram)(const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx);
	/* the same where datagrams hang together: @flow is of flow_open() */
	uint8_t first_bits; /* of the first byte: one of them must be set, or the datagram has nothing to say */
	int (*flow_datagram)(void *flow, const uint8_t *p, uint32_t len, uint8_t dir, app_msg_fn cb, void *ctx);
};

/* NULL: recognised only, no parser */
const struct app_row *app_row(uint8_t app);
/* what the first bytes of a direction say in one line (MQTT client, SSH software, ...); "" when nothing */
void app_detail(uint8_t app, const uint8_t *p, uint32_t len, char *dst, size_t size);
const char *app_buffer_name(unsigned int id);

#endif
