// SPDX-License-Identifier: BSD-2-Clause
/* Marked frames over the socket between daemon and keeper; see marks.h. */
#include "proc/marks.h"

#include <errno.h>
#include <string.h>

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
