// SPDX-License-Identifier: BSD-2-Clause
/*
 * Log lines to stderr, one write(2) each, so that lines of several processes
 * do not mix. Under systemd (JOURNAL_STREAM is set) a line begins with its
 * priority as sd-daemon(3) describes. Control characters that slipped into a
 * message are replaced: a name from the network must not forge a line.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

static enum log_level max_level = LOG_LEVEL_INFO;
static const char *ident = "cordon";

void log_set_level(enum log_level level)
{
	max_level = level;
}

void log_set_ident(const char *name)
{
	ident = name;
}

static size_t clamp(int n, size_t size)
{
	if (n < 0)
		return 0;
	return (size_t)n < size ? (size_t)n : size - 1;
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "error: ", "warning: ", "", "debug: " };
	static const char *const priorities[] = { "<3>", "<4>", "<6>", "<7>" };
	char line[LOG_LINE_MAX];
	size_t n, i;
	va_list ap;

	if (level > max_level)
		return;
	n = clamp(snprintf(line, sizeof(line) - 1, "%s%s: %s",
			   getenv("JOURNAL_STREAM") ? priorities[level] : "", ident, names[level]),
		  sizeof(line) - 1);
	va_start(ap, fmt);
	n += clamp(vsnprintf(line + n, sizeof(line) - 1 - n, fmt, ap), sizeof(line) - 1 - n);
	va_end(ap);
	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, n) < 0)
		return; /* nowhere left to say it */
}
