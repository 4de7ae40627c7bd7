/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user's program on urgent events: the event as JSON on its standard input,
 * one at a time and in order, so that the begin of a quarantine is told before
 * its end. Exit status 0: done; 75 (EX_TEMPFAIL of sysexits.h) or no end within
 * command.timeout: tried again; anything else: given up, a dead letter.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "out/helper.h"
#include "out/outputs.h"

#define ANSWER_MS 2000 /* beyond the program's own time */
#define TEMPFAIL 75   /* EX_TEMPFAIL */

struct command {
	unsigned int timeout_ms;
};

int out_command_open(const struct conf *c, void **ret, struct strbuf *err)
{
	struct command *s;

	(void)err;
	if (!c->command_run || helper_fd() < 0)
		return 0; /* named by a reload only: it begins with the next start, see the row's help */
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->timeout_ms = (unsigned int)(c->command_timeout_ns / 1000000) + ANSWER_MS;
	if (s->timeout_ms > OUT_TIMEOUT_command)
		s->timeout_ms = OUT_TIMEOUT_command;
	*ret = s;
	return 0;
}

static int judge(const struct helper_result *r)
{
	if (r->error) {
		log_debug("command: cannot be run: %s", strerror(-r->error));
		return -EAGAIN;
	}
	if (r->is_late)
		return -EAGAIN;
	if (WIFEXITED(r->status) && !WEXITSTATUS(r->status))
		return 0;
	return WIFEXITED(r->status) && WEXITSTATUS(r->status) == TEMPFAIL ? -EAGAIN : -EPROTO;
}

int out_command_write(void *state, const struct out_line *l)
{
	const struct command *s = state;
	struct helper_result result;
	int r = helper_run(l->text, l->len, s->timeout_ms, &result);

	return r ? r : judge(&result);
}

/* the command line is the helper's since the start */
int out_command_reopen(void *state)
{
	(void)state;
	return 0;
}

void out_command_close(void *state)
{
	free(state);
}
