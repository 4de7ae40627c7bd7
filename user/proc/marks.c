// SPDX-License-Identifier: BSD-2-Clause
/* Marked frames over the socket between daemon and keeper; see marks.h. */
#include "proc/marks.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "proc/daemon.h"
#include "proc/threats.h"

size_t marks_pack(const struct attest_round *r, size_t from, struct rpc_marks *m, size_t *ret_len)
{
	size_t n = 0, at = 0;

	for (; from + n < r->n && n < MARKS_MOST; n++) {
		const struct attest_question *q = &r->q[from + n];
		struct mark_head h = { .ifindex = q->ifindex, .len = q->len, .hook = q->hook };

		if (at + sizeof(h) + q->len > sizeof(m->data))
			break;
		memcpy(m->data + at, &h, sizeof(h));
		memcpy(m->data + at + sizeof(h), q->frame, q->len);
		at += sizeof(h) + q->len;
	}
	m->op = RPC_MARKS;
	m->n = (uint32_t)n;
	*ret_len = offsetof(struct rpc_marks, data) + at;
	return n;
}

int marks_run(struct kern *k, const struct rpc_marks *m, size_t len, struct rpc_marks_reply *ret)
{
	const uint8_t *p = m->data, *end = (const uint8_t *)m + len;

	ret->n = 0;
	if (len < offsetof(struct rpc_marks, data) || m->op != RPC_MARKS || m->n > MARKS_MOST)
		return -EBADMSG;
	for (uint32_t i = 0; i < m->n; i++) {
		struct mark_head h;

		if ((size_t)(end - p) < sizeof(h))
			return -EBADMSG;
		memcpy(&h, p, sizeof(h));
		p += sizeof(h);
		if ((size_t)(end - p) < h.len || h.hook > KERN_TC)
			return -EBADMSG;
		ret->answer[i] = 0;
		(void)kern_mark_run(k, h.hook, h.ifindex, p, h.len, &ret->answer[i]); /* no answer is an answer */
		p += h.len;
		ret->n++;
	}
	return 0;
}

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

void marks_tick(struct daemon *d)
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
