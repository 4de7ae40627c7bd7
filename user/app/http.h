/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the HTTP row share: http_first.c (a head while it comes),
 * http_head.c (a head and its buffers), http_body.c (a body, decoded),
 * http_files.c (the files in one), app_http.c (the stream). Nobody outside sees this.
 */
#ifndef APP_HTTP_H
#define APP_HTTP_H

#include <stdbool.h>

#include "app/app.h"
#include "app/bytes.h"
#include "base/inflate.h"
#include "cordon_limits.h"
#include "parse/http.h"

/* --- http_first.c --- */

/* what is known of a message's begin; all zero at first. Offsets are from the first byte held */
struct http_first {
	uint32_t start;	   /* behind the blank lines */
	uint32_t seen;	   /* where the look at the first word goes on */
	uint32_t searched; /* no line end between `line` and here */
	uint32_t line;	   /* behind the first line, or behind the empty ones before it */
	uint32_t follow;   /* where the look at what follows a bare line goes on */
	uint32_t head_at;  /* of http_head_end(), from `start` */
	bool in_word, has_word, has_line, is_bare, is_settled;
};

/* may the bytes held, @n of them, begin a message? */
bool http_first_can_be(struct http_first *f, const uint8_t *p, uint32_t n, bool is_request);
/* length of the head of a request line without a version, if it ends with that line (HTTP/0.9); 0: not, or not to say yet */
uint32_t http_first_bare_line(struct http_first *f, const uint8_t *p, uint32_t n);
/* length of the head with its blank line; 0: not complete. After http_first_can_be() with the same bytes */
uint32_t http_first_head_end(struct http_first *f, const uint8_t *p, uint32_t n);

/* --- http_head.c --- */

#define HTTP_HEAD_BUFFERS 32

struct http_entry {
	struct http_field f;
	uint16_t next, last; /* of the same name, number + 1; 0: none */
	bool is_more;	     /* not the first of its name */
};

/* a line without a colon, as http_field_next() gives it */
static inline bool http_is_bare(const struct http_field *f)
{
	return !f->name.len && f->name.p == f->value.p;
}

/* A head, parsed. All pointers are into the bytes it was made of or into `text`. */
struct http_text {
	struct http_head line;
	struct http_span start;	 /* the start line as it came, without its end */
	const uint8_t *first; /* of the fields; NULL: none */
	struct app_buf coding, encoding, length, type, disposition, auth; /* values of fields that say what the body is */
	struct app_buf path;	/* of the target, normal form, without the query; p NULL: none */
	struct {
		uint8_t buffer; /* APP_BUFFER_* */
		struct app_buf b;
	} set[HTTP_HEAD_BUFFERS];
	uint8_t n_set, n_lines; /* buffers; how many of them the start line alone gives */
	VEC(struct http_entry) fields;
	VEC(struct app_buf) header; /* each "Name: value", as http.start has it */
	bool has_no_colon, lengths_differ; /* a line that is no field; two lengths that are not the same */
	uint64_t events; /* bits RULE_EVENT_* */
	uint8_t *text;
	uint32_t text_len;
};

/*
 * http_text_make() - a head's buffers, in the form Suricata gives them
 * @p, @len: the head and, once they are there, the trailer fields
 * 0; -EBADMSG: no start line; -ENOMEM
 */
int http_text_make(struct http_text *t, const uint8_t *p, uint32_t len, bool is_request);
/* http_events.c: what is odd about a head that is made */
uint64_t http_events(const struct http_text *t, bool is_request);
/* the value of a parameter of a field: filename="x" */
struct app_buf http_parameter(struct app_buf value, const char *name);
void http_text_done(struct http_text *t);

/* --- http_body.c --- */

struct http_body {
	struct bytes data; /* decoded, at most CORDON_HTTP_BODY_MAX */
	struct inflate *z[2];
	uint32_t inner; /* bytes that came out of z[0] into z[1] */
	uint8_t layers;
	bool wraps[2]; /* the layer's coding is gzip: it has a header; deflate has none, as Suricata reads it */
	bool is_full; /* more would have come: the rest is stepped over */
	bool is_bomb; /* and it was a hundred times what it came from */
	bool has_failed; /* what was to be decoded could not be */
};

/* @encoding: value of Content-Encoding */
void http_body_begin(struct http_body *b, struct app_buf encoding);
/* 0 or -ENOMEM */
int http_body_add(struct http_body *b, const uint8_t *p, uint32_t len);
int http_body_end(struct http_body *b);
void http_body_done(struct http_body *b);

/* --- http_files.c --- */

/* the files of a multipart body, as far as it is there */
struct http_files {
	struct app_more more[2 * CORDON_FILES_MAX]; /* names and contents */
	uint16_t n;
};

/* is it multipart/form-data? then the files, which may be none; names and contents point into @body */
bool http_files_find(struct app_buf type, struct app_buf body, struct http_files *ret);

#endif
