/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Where a TLS stream has become ciphertext. The lengths of records are
 * followed from a direction's first byte (RFC 8446 section 5.1), since the
 * middle of a record can look like the begin of one. What cannot be followed
 * is lost for good, and its flow is inspected up to its depth.
 */
#ifndef BPF_TLS_H
#define BPF_TLS_H

#include "flow.h"

#define TLS_HEADER 5
#define TLS_RECORDS 8 /* followed in one segment; where it holds more the place is lost */
#define TLS_LEN_MAX (16384 + 2048) /* RFC 5246 section 6.2.3; later versions allow less */
#define TLS_APPLICATION_DATA 23

/* offset of the record after the one at @at, or CORDON_RECORD_*; @from: offset of the payload, which ends at @end */
static __always_inline __u32 tls_next(hook_ctx *ctx, const struct pkt *p, __u32 at, __u32 from, __u32 end)
{
	__u8 h[TLS_HEADER] = {};
	__u32 len;

	if (at + TLS_HEADER > end || hook_load(ctx, p->payload_off + (at - from), h, TLS_HEADER))
		return CORDON_RECORD_LOST;
	len = (__u32)h[3] << 8 | h[4];
	if (h[1] != 3 || len > TLS_LEN_MAX)
		return CORDON_RECORD_LOST;
	return h[0] == TLS_APPLICATION_DATA ? CORDON_RECORD_SEALED : at + TLS_HEADER + len;
}

/* the records of a segment in order of a TLS flow */
__noinline int HOOK(tls_records)(hook_ctx *ctx)
{
	struct scratch *s = scratch_get();
	struct cordon_flow *f = s ? flow_at(s->p.facts.flow_slot) : NULL;
	struct cordon_dir *d;
	__u32 at, from, end;

	if (!s || !f)
		return 0;
	d = &f->d[s->p.facts.dir & 1];
	at = d->record;
	from = d->off;
	end = from + s->p.payload_len;
	if (at < from)
		at = CORDON_RECORD_LOST;
	for (int i = 0; i < TLS_RECORDS && at < end; i++)
		at = tls_next(ctx, &s->p, at, from, end);
	d->record = at;
	return 0;
}

/* Suricata looks at no more bytes once an end has sent application data; what is before it is read */
static __always_inline void tls_note_seal(struct cordon_flow *f)
{
	if (f->d[0].record == CORDON_RECORD_SEALED || f->d[1].record == CORDON_RECORD_SEALED)
		flow_set(f, CORDON_FLOW_SEALED);
}

/* both ends have sent application data: nothing that follows can be read */
static __always_inline int tls_is_sealed(const struct cordon_flow *f)
{
	return f->d[0].record == CORDON_RECORD_SEALED && f->d[1].record == CORDON_RECORD_SEALED;
}

#endif
