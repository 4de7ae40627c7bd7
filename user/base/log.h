/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Log lines to stderr (with a <N> priority under systemd). Folders up to `act`
 * return errors with context instead of logging above debug. A line names the
 * object, the cause, the consequence. Never raw packet bytes or unescaped
 * names from the network: use str_escape().
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);
void log_set_ident(const char *ident); /* "keeper", "daemon", ...; static storage */
void log_msg(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
