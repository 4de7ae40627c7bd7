/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a DNS answer leads to: the names of its chain (CNAME, and the targets of
 * SVCB and HTTPS) from the one that was asked for, then the addresses at its
 * end. Whether one of them is listed is for the receiver to say. Only answers
 * that the kernel sends up, and those with --full too: in flows in which a
 * listed name was asked for, those that lead to another name, and all over TCP.
 * Records that are of other names are not followed: who answers may add any.
 */
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "parse/dns.h"
#include "pipeline_int.h"

#define CHAIN_MAX 8 /* names; resolvers give up at about as many */

/* hints of SVCB and HTTPS, RFC 9460 7.3 */
enum { PARAM_IPV4 = 4, PARAM_IPV6 = 6 };

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

static bool is_service(const struct app_dns_answer *a)
{
	return a->type == DNS_TYPE_SVCB || a->type == DNS_TYPE_HTTPS;
}

/* records may stand in any order: until no name is added */
static void follow(struct chain *c, const struct app_msg *msg)
{
	unsigned int before;

	do {
		before = c->n;
		for (unsigned int i = 0; i < msg->n_answers && c->n < CHAIN_MAX; i++) {
			const struct app_dns_answer *a = &msg->answers[i];

			if ((a->type == DNS_TYPE_CNAME || is_service(a)) && a->target.p && is_in(c, a->name) && !is_in(c, a->target))
				c->name[c->n++] = a->target;
		}
	} while (c->n > before);
}

static void give(struct pipeline *p, const struct finding *f)
{
	if (p->o.on_finding)
		p->o.on_finding(f, p->o.ctx);
}

static void say_chain(struct pipeline *p, const struct chain *c, struct finding *f)
{
	f->kind = FINDING_CHAIN;
	for (unsigned int i = 0; i < c->n; i++) {
		size_t n = c->name[i].len < sizeof(f->name) ? c->name[i].len : sizeof(f->name) - 1;

		memset(f->name, 0, sizeof(f->name));
		memcpy(f->name, c->name[i].p, n);
		f->led = i > 0;
		if (!memchr(f->name, 0, n)) /* a NUL inside would hide what follows */
			give(p, f);
	}
}

static void say_address(struct pipeline *p, struct finding *f, const uint8_t *b, size_t len)
{
	f->answer = (struct addr){ .b = { [10] = 0xff, [11] = 0xff } };
	memcpy(f->answer.b + sizeof(f->answer.b) - len, b, len);
	give(p, f);
}

/* the addresses that a service record gives beside its name */
static void say_hints(struct pipeline *p, struct finding *f, const struct app_dns_answer *a)
{
	struct cur c = cur_of(a->data.p, a->data.len);
	uint8_t name[CORDON_NAME_MAX + 1], name_len;
	uint16_t priority, key, len;

	if (cur_be16(&c, &priority) || dns_name(c.pos, &c, name, &name_len))
		return;
	while (!cur_be16(&c, &key) && !cur_be16(&c, &len)) {
		uint8_t size = key == PARAM_IPV4 ? 4 : 16;
		const uint8_t *v = cur_take(&c, len);

		if (!v)
			return;
		if (key != PARAM_IPV4 && key != PARAM_IPV6)
			continue;
		for (uint16_t i = 0; i + size <= len; i = (uint16_t)(i + size))
			say_address(p, f, v + i, size);
	}
}

static void say_addresses(struct pipeline *p, const struct chain *c, const struct app_msg *msg, struct finding *f)
{
	f->kind = FINDING_ANSWER;
	f->led = 0;
	for (unsigned int i = 0; i < msg->n_answers; i++) {
		const struct app_dns_answer *a = &msg->answers[i];

		if (!is_in(c, a->name))
			continue;
		f->ttl_s = a->ttl_s;
		if (is_service(a))
			say_hints(p, f, a);
		else if (a->type == DNS_TYPE_A && a->data.len == 4)
			say_address(p, f, a->data.p, 4);
		else if (a->type == DNS_TYPE_AAAA && a->data.len == 16)
			say_address(p, f, a->data.p, 16);
	}
}

/* does the kernel send it up whether all packets are looked at or not? */
static bool is_sent_up(const struct view *v)
{
	return v->facts->proto == 6 || v->reasons & (CORDON_BIT(CORDON_REASON_LISTED_ANSWER) | CORDON_BIT(CORDON_REASON_ANSWER_CHAIN) |
						      CORDON_BIT(CORDON_REASON_FRAGMENT));
}

void say_answer(struct pipeline *p, const struct app_msg *msg)
{
	struct chain c = { .name = { app_get(msg, APP_BUFFER_DNS_QUERY_NAME) }, .n = 1 };
	struct finding f;

	if (msg->app != CORDON_APP_DNS || !msg->is_response || !c.name[0].p || p->view->facts->dir != CORDON_TO_CLIENT ||
	    !is_sent_up(p->view))
		return;
	follow(&c, msg);
	finding_begin(&f, FINDING_CHAIN, p->view);
	if (p->fields)
		finding_fields(&f, p->fields);
	say_chain(p, &c, &f);
	say_addresses(p, &c, msg, &f);
}
