/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a listed name leads to: the addresses of a DNS answer, through its
 * CNAME chain from the name that was asked for. Only in flows in which a listed
 * name was asked for (CORDON_FLOW_ASKED), which is so with and without --full.
 * Records that are of other names are not followed: who answers may add any.
 */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "pipeline_int.h"

enum { DNS_A = 1, DNS_CNAME = 5, DNS_AAAA = 28 };

#define CHAIN_MAX 8 /* names; resolvers give up at about as many */

struct chain {
	struct app_buf name[CHAIN_MAX];
	unsigned int n;
};

static bool is_in(const struct chain *c, struct app_buf name)
{
	for (unsigned int i = 0; i < c->n; i++)
		if (c->name[i].len == name.len && !strncasecmp((const char *)c->name[i].p, (const char *)name.p, name.len))
			return true;
	return false;
}

/* records may stand in any order: until no name is added */
static void follow(struct chain *c, const struct app_msg *msg)
{
	unsigned int before;

	do {
		before = c->n;
		for (unsigned int i = 0; i < msg->n_answers && c->n < CHAIN_MAX; i++) {
			const struct app_dns_answer *a = &msg->answers[i];

			if (a->type == DNS_CNAME && a->target.p && is_in(c, a->name) && !is_in(c, a->target))
				c->name[c->n++] = a->target;
		}
	} while (c->n > before);
}

static bool address_of(const struct app_dns_answer *a, struct addr *ret)
{
	if (a->type == DNS_AAAA && a->data.len == sizeof(ret->b)) {
		memcpy(ret->b, a->data.p, sizeof(ret->b));
		return true;
	}
	if (a->type != DNS_A || a->data.len != 4)
		return false;
	*ret = (struct addr){ .b = { [10] = 0xff, [11] = 0xff } };
	memcpy(ret->b + 12, a->data.p, 4);
	return true;
}

void say_answer(struct pipeline *p, const struct app_msg *msg)
{
	struct chain c = { .name = { app_get(msg, APP_BUFFER_DNS_QUERY_NAME) }, .n = 1 };
	const struct cordon_facts *f = p->view->facts;
	struct finding out;

	if (msg->app != CORDON_APP_DNS || !msg->is_response || !c.name[0].p || f->proto != 17 ||
	    !(f->flow_flags & CORDON_FLOW_ASKED) || f->dir != CORDON_TO_CLIENT)
		return;
	follow(&c, msg);
	finding_begin(&out, FINDING_ANSWER, p->view);
	if (p->fields)
		finding_fields(&out, p->fields);
	memset(out.name, 0, sizeof(out.name));
	memcpy(out.name, c.name[0].p, c.name[0].len < sizeof(out.name) ? c.name[0].len : sizeof(out.name) - 1);
	for (unsigned int i = 0; i < msg->n_answers; i++) {
		if (!is_in(&c, msg->answers[i].name) || !address_of(&msg->answers[i], &out.answer))
			continue;
		out.ttl_s = msg->answers[i].ttl_s;
		if (p->o.on_finding)
			p->o.on_finding(&out, p->o.ctx);
	}
}
