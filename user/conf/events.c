// SPDX-License-Identifier: BSD-2-Clause
/* libyaml's event API, cut down to the subset. The only file that knows libyaml. */
#include "conf/events.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/cleanup.h"

struct events {
	yaml_parser_t parser;
	yaml_event_t ev; /* the current one; all zero before the first */
	const char *path, *text;
	size_t len;
	struct strbuf *err;
};

int events_new(const char *path, const char *text, size_t len, struct strbuf *err, struct events **ret)
{
	_cleanup_free_ struct events *y = calloc(1, sizeof(*y));

	if (!y || !yaml_parser_initialize(&y->parser))
		return -ENOMEM;
	y->path = path;
	y->text = text;
	y->len = len;
	y->err = err;
	yaml_parser_set_input_string(&y->parser, (const unsigned char *)text, len);
	*ret = TAKE_PTR(y);
	return 0;
}

void events_free(struct events *y)
{
	if (!y)
		return;
	yaml_event_delete(&y->ev);
	yaml_parser_delete(&y->parser);
	free(y);
}

int events_fail(struct events *y, size_t line, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strbuf_addf(y->err, "%s:%zu: %s", y->path, line, text);
	return -EINVAL;
}

size_t events_line(const struct events *y)
{
	return y->ev.start_mark.line + 1;
}

enum events_kind events_kind(const struct events *y)
{
	switch (y->ev.type) {
	case YAML_SCALAR_EVENT:
		return EVENTS_SCALAR;
	case YAML_MAPPING_START_EVENT:
		return EVENTS_MAPPING;
	case YAML_MAPPING_END_EVENT:
		return EVENTS_MAPPING_END;
	case YAML_SEQUENCE_START_EVENT:
		return EVENTS_LIST;
	case YAML_SEQUENCE_END_EVENT:
		return EVENTS_LIST_END;
	default:
		return EVENTS_OTHER;
	}
}

static int refuse_decorations(struct events *y)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	const yaml_event_t *e = &y->ev;

	if (e->type == YAML_SCALAR_EVENT) {
		anchor = e->data.scalar.anchor;
		tag = e->data.scalar.tag;
	} else if (e->type == YAML_MAPPING_START_EVENT) {
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
	} else if (e->type == YAML_SEQUENCE_START_EVENT) {
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
	}
	if (e->type == YAML_ALIAS_EVENT)
		return events_fail(y, events_line(y), "aliases (*name) are not taken");
	if (anchor)
		return events_fail(y, events_line(y), "anchors (&name) are not taken");
	if (tag)
		return events_fail(y, events_line(y), "tags (!name) are not taken");
	return 0;
}

/* where the parser stopped; bytes that are no text have an offset, all else a mark */
static size_t problem_line(const struct events *y)
{
	size_t line = 1, i;

	if (y->parser.error != YAML_READER_ERROR)
		return y->parser.problem_mark.line + 1;
	for (i = 0; i < y->len && i < y->parser.problem_offset; i++)
		line += y->text[i] == '\n';
	return line;
}

int events_next(struct events *y)
{
	yaml_event_delete(&y->ev);
	if (yaml_parser_parse(&y->parser, &y->ev))
		return refuse_decorations(y);
	memset(&y->ev, 0, sizeof(y->ev));
	if (y->parser.error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	return events_fail(y, problem_line(y), "%s", y->parser.problem ? y->parser.problem : "not YAML");
}

int events_begin(struct events *y)
{
	int r = events_next(y); /* stream start */

	if (!r)
		r = events_next(y);
	if (r || y->ev.type == YAML_STREAM_END_EVENT)
		return r;
	if (y->ev.data.document_start.tag_directives.start != y->ev.data.document_start.tag_directives.end)
		return events_fail(y, events_line(y), "tag directives are not taken");
	r = events_next(y);
	if (r)
		return r;
	if (y->ev.type != YAML_SCALAR_EVENT || y->ev.data.scalar.length || !y->ev.data.scalar.plain_implicit)
		return 1;
	return events_end(y); /* a document of comments */
}

int events_end(struct events *y)
{
	int r = events_next(y); /* document end */

	if (!r)
		r = events_next(y);
	if (!r && y->ev.type != YAML_STREAM_END_EVENT)
		r = events_fail(y, events_line(y), "a second document");
	return r;
}

int events_expect(struct events *y, enum events_kind kind, const char *what, const char *name)
{
	if (events_kind(y) == kind)
		return 0;
	return events_fail(y, events_line(y), "'%s' must be %s", name, what);
}

int events_scalar(struct events *y, const char *name, const char **ret)
{
	int r = events_expect(y, EVENTS_SCALAR, "a single value", name);

	if (r)
		return r;
	if (strlen((char *)y->ev.data.scalar.value) != y->ev.data.scalar.length)
		return events_fail(y, events_line(y), "'%s' has a zero byte", name);
	*ret = (char *)y->ev.data.scalar.value;
	return 0;
}

int events_key(struct events *y, const char **ret)
{
	int r = events_next(y);

	if (r)
		return r;
	if (events_kind(y) == EVENTS_MAPPING_END)
		return 0;
	r = events_scalar(y, "a key", ret);
	return r ? r : 1;
}
