// SPDX-License-Identifier: BSD-2-Clause
/*
 * What libbpf and libxdp print goes to the debug log; while a capture is on it
 * is also kept, so that an error can say what the verifier said. Both libraries
 * have one global printer, hence the thread-local buffer.
 */
#include "kern/internal.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

#include "base/log.h"

#define CAPTURE_MAX (1 << 20)
#define EXPLAIN_LINES 4

static __thread struct strbuf capture;
static __thread bool capturing;

static void keep(bool is_warning, const char *fmt, va_list ap)
{
	_cleanup_free_ char *s = NULL;

	if (vasprintf(&s, fmt, ap) < 0) {
		s = NULL;
		return;
	}
	log_debug("%s", s);
	if (capturing && is_warning && capture.len < CAPTURE_MAX)
		strbuf_adds(&capture, s);
}

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	keep(level == LIBBPF_WARN, fmt, ap);
	return 0;
}

static int print_libxdp(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	keep(level == LIBXDP_WARN, fmt, ap);
	return 0;
}

void kern_print_to_log(void)
{
	libbpf_set_print(print_libbpf);
	libxdp_set_print(print_libxdp);
}

void kern_capture_begin(void)
{
	kern_print_to_log();
	strbuf_clear(&capture);
	capturing = true;
}

void kern_capture_end(void)
{
	capturing = false;
	strbuf_done(&capture);
}

static const char *cure(int error)
{
	switch (error) {
	case EPERM:
		return "; run as root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed)";
	case ENOMEM:
		return "; not enough memory for the maps: lower flow.buckets, recorder.slots or ring.bytes";
	case EOPNOTSUPP:
		return "; this kernel or driver cannot do it: Linux 6.1 or newer is needed";
	default:
		return "";
	}
}

/* where the last lines before the verifier's summary begin: what it refused stands there */
static const char *verdict_lines(const char *text)
{
	const char *end = strstr(text, "\nprocessed "), *p = end;

	for (int n = 0; p && p > text && n < EXPLAIN_LINES; n++) {
		do
			p--;
		while (p > text && *p != '\n');
	}
	return p;
}

/* @lines lines of @p as one: line breaks become " | " */
static void add_lines(struct strbuf *err, const char *p, int lines)
{
	while (*p == '\n')
		p++;
	while (*p && lines--) {
		size_t n = strcspn(p, "\n");

		strbuf_adds(err, " | ");
		strbuf_add(err, p, n);
		p += n + (p[n] == '\n');
	}
}

void kern_explain(struct strbuf *err, const char *what, int error)
{
	strbuf_addf(err, "cannot %s: %s%s", what, strerror(error), cure(error));
	if (capture.len && error != EPERM) {
		const char *v = verdict_lines(capture.s);

		add_lines(err, capture.s, 1);
		if (v)
			add_lines(err, v, EXPLAIN_LINES);
	}
	kern_capture_end();
}
