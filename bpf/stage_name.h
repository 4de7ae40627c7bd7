/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The name in this packet, as text in s->name: DNS question, TLS server name,
 * HTTP Host. Stands before stage_threat(), which looks it up together with the
 * addresses. What does not fit in one packet makes the flow followed, so that
 * user space reads the name from the stream.
 */
#ifndef BPF_STAGE_NAME_H
#define BPF_STAGE_NAME_H

#include "flow.h"
#include "image.h"
#include "pkt.h"

/* up to @max bytes of the payload into s->buf (which is larger); bytes there */
static __always_inline __u32 name_load(hook_ctx *ctx, struct scratch *s, __u32 max)
{
	__u32 n = s->p.payload_len < max ? s->p.payload_len : max;

	if (!n)
		return 0;
	n = some(n, CORDON_SCAN_BYTES - 1);
	if (hook_load(ctx, s->p.payload_off, s->buf, n))
		return 0;
	return n;
}

static __always_inline void name_split(struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);

	because(p, CORDON_REASON_SPLIT_NAME);
	if (!f)
		return;
	flow_set(f, CORDON_FLOW_SPLIT_NAME);
	f->triggers++;
}

/* more than one host is named: user space looks at each, in this request and all that follow */
static __always_inline void name_twice(struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);

	because(p, CORDON_REASON_TWO_HOSTS);
	name_split(p);
	if (f)
		flow_set(f, CORDON_FLOW_REQUESTS);
}

/* the question in the @n bytes of s->buf, hashed by s->name.seed: PARSE_* */
__weak __noinline int name_question(__u32 n)
{
	struct scratch *s = scratch_get();

	return s ? name_dns(s->buf, n, &s->name) : PARSE_BAD;
}

__noinline int HOOK(name_from_dns)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	__u32 n;

	if (!s)
		return 0;
	n = name_load(ctx, s, NAME_DNS_BYTES);
	if (n >= 12 && (s->buf[2] & 0x80 || (s->p.dport != 53 && app_be16(s->buf + 4) != 1)))
		return 0; /* an answer; or mDNS and LLMNR, whose messages need not ask one thing */
	s->name.seed = image_seed();
	if (name_question(n) != PARSE_OK) {
		suspect(&s->p, CORDON_REASON_BAD_NAME);
		return 0;
	}
	s->p.has_name = 1;
	s->p.name_source = CORDON_NAME_DNS;
	return 0;
}

__noinline int HOOK(name_from_tls)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	__u32 off = 0, len = 0, n;
	int r;

	if (!s)
		return 0;
	n = name_load(ctx, s, CORDON_NAME_SCAN);
	r = name_tls(s->buf, n, &off, &len);
	if (r == PARSE_OK && len) {
		name_copy((const struct name_buf *)s->buf, off, len, &s->name);
		s->p.has_name = 1;
		s->p.name_source = CORDON_NAME_SNI;
	} else if (r != PARSE_OK) {
		name_split(&s->p);
	}
	return 0;
}

/* 1: the payload begins like a request */
__noinline int HOOK(name_from_http)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	__u32 off = 0, len = 0, n;
	int r;

	if (!s)
		return 0;
	n = name_load(ctx, s, CORDON_NAME_SCAN);
	if (n < 4 || app_http_method(s->buf, n) <= 0)
		return 0;
	r = name_host(s->buf, n, &off, &len);
	if (r == PARSE_BAD) {
		name_twice(&s->p);
	} else if (r != PARSE_OK) {
		name_split(&s->p);
	} else if (len) {
		name_copy((const struct name_buf *)s->buf, off, len, &s->name);
		s->p.has_name = 1;
		s->p.name_source = CORDON_NAME_HOST;
	}
	return 1;
}

/* is any name listed? */
static __always_inline int name_is_any_listed(void)
{
	const __u32 at = __builtin_offsetof(struct cordon_threat_head, has_names);
	void *inner = image_inner(&threat);
	const struct cordon_line *l = inner ? image_line(inner, at / CORDON_LINE) : NULL;

	return l && l->b[at % CORDON_LINE];
}

/* an answer that leads to another name: user space looks whether that one is listed, and where it ends */
__noinline int HOOK(name_from_answer)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	__u32 n;

	if (!s || !name_is_any_listed())
		return 0;
	n = name_load(ctx, s, CORDON_NAME_SCAN);
	/* nothing loaded is judged there: a test here would show Linux 6.1 a length of 0 */
	if (name_dns_leads_on((const struct name_buf *)s->buf, n))
		suspect(&s->p, CORDON_REASON_ANSWER_CHAIN);
	return 0;
}

/* does somebody ask for what QUIC's Initials hold: names on a feed, or a rule? */
__weak __noinline int name_quic_is_asked(void)
{
	void *inner = image_inner(&prefilter), *part = inner ? image_part(inner, 0) : NULL;
	struct cordon_state *st = state_get();

	if (st && st->threat_swaps)
		return 1;
	return part && *PF_PART0(part, apps_encoding) >> CORDON_APP_QUIC & 1;
}

/* A long header: the hellos are in such packets, under a protection that user space takes off. Few of a connection. */
static __always_inline void name_from_quic(hook_ctx *ctx, struct pkt *p)
{
	__u8 first = 0;

	if (hook_load(ctx, p->payload_off, &first, 1))
		suspect(p, CORDON_REASON_COPY_FAILED);
	else if (first & 0x80 && name_quic_is_asked())
		suspect(p, CORDON_REASON_ENCODING);
}

static __always_inline void name_tcp(hook_ctx *ctx, struct pkt *p, const struct cordon_flow *f)
{
	__u32 depth = p->facts.dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0;

	if (!p->is_stream || f->flags & (CORDON_FLOW_CLEARED | depth))
		return;
	if (p->facts.dir != CORDON_TO_SERVER) {
		/* what a name of another segment leads to */
		if (f->app == CORDON_APP_DNS && p->payload_len && name_is_any_listed())
			name_split(p);
	} else if (f->app == CORDON_APP_HTTP) {
		if (HOOK(name_from_http)(ctx))
			p->is_first = 1;
	} else if (f->app == CORDON_APP_TLS && p->is_first) {
		HOOK(name_from_tls)(ctx);
	} else if (f->app == CORDON_APP_DNS && p->payload_len > 2) {
		name_split(p);
	}
}

static __always_inline int stage_name(hook_ctx *ctx, struct pkt *p)
{
	struct cordon_flow *f = flow_at(p->facts.flow_slot);

	if (!cordon_config.inspect || p->is_fragment)
		return 0;
	if (p->is_marked && p->dport == 53) /* it has no flow */
		HOOK(name_from_dns)(ctx);
	if (!f)
		return 0;
	if (p->cls == CORDON_CLASS_TCP)
		name_tcp(ctx, p, f);
	else if (f->flags & CORDON_FLOW_ASKED && p->facts.dir == CORDON_TO_CLIENT && p->payload_len)
		suspect(p, CORDON_REASON_LISTED_ANSWER);
	else if (p->cls == CORDON_CLASS_UDP && p->payload_len &&
		 (p->dport == 53 || (f->app == CORDON_APP_DNS && p->facts.dir == CORDON_TO_SERVER)))
		HOOK(name_from_dns)(ctx);
	else if (p->cls == CORDON_CLASS_UDP && p->payload_len && p->facts.dir == CORDON_TO_CLIENT &&
		 (p->sport == 53 || f->app == CORDON_APP_DNS))
		HOOK(name_from_answer)(ctx);
	else if (p->cls == CORDON_CLASS_UDP && p->payload_len && f->app == CORDON_APP_QUIC)
		name_from_quic(ctx, p);
	return 0;
}

#endif
