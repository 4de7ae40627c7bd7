// SPDX-License-Identifier: BSD-2-Clause
/* What is asked of the programs once a second, and what follows from their answers; see proof.h. */
#include "daemon/proof.h"

#include <errno.h>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/threats.h"
#include "proc/marks.h"

/* 0; -EIO: the keeper does not answer, and what it says later would be taken for something else */
static int ask(struct daemon *d, const struct rpc_marks *m, size_t len, size_t n, struct rpc_marks_reply *a)
{
	ssize_t got;
	int r;

	pthread_mutex_lock(&d->rpc_lock);
	r = msg_send(d->start->rpc, m, len, NULL, 0);
	got = r ? r : msg_recv(d->start->rpc, a, sizeof(*a), NULL, NULL);
	pthread_mutex_unlock(&d->rpc_lock);
	return got < (ssize_t)offsetof(struct rpc_marks_reply, answer) || a->result || a->n != n ||
			       (size_t)got < offsetof(struct rpc_marks_reply, answer) + n * sizeof(a->answer[0]) ?
		       -EIO :
		       0;
}

static int ask_all(struct daemon *d, struct attest_round *r)
{
	static struct rpc_marks m;
	static struct rpc_marks_reply a;
	size_t len, n;

	for (size_t from = 0; from < r->n; from += n) {
		n = marks_pack(r, from, &m, &len);
		if (!n || ask(d, &m, len, n, &a))
			return -EIO;
		for (size_t i = 0; i < n; i++)
			r->q[from + i].answer = a.answer[i];
	}
	return 0;
}

void proof_tick(struct daemon *d)
{
	static struct attest_round r;
	bool rebuild = false, was_lost;
	struct attest_stats st;
	char text[240];

	act_attest_ask(d->act, &r);
	if (ask_all(d, &r)) {
		log_error("the keeper does not answer: ending, to be started again");
		d->ending = d->failed = true;
		return;
	}
	act_attest_stats(d->act, &st);
	was_lost = st.is_lost;
	if (!act_attest_judge(d->act, &r, text, sizeof(text), &rebuild)) {
		log_error("%s", text);
		if (!was_lost)
			events_notice(d, "enforcement_lost", NULL, text, true);
	} else if (was_lost) {
		events_notice(d, "enforcement_back", NULL, "decisions: all that was asked is in force", true);
	}
	if (rebuild)
		threats_rebuild(d->threats);
}
