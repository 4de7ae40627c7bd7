/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet rules: one packet, its headers and its own payload. */
#include "match/engine.h"

static bool packet_fits(struct match_engine *eng, const struct rule *r, const struct view *v)
{
	uint32_t end;

	if (confirm_header(r, v->facts) != FITS || !confirm_tests(r, v) || !hit_asked(eng, r, v))
		return false;
	if (!r->payload.n)
		return true;
	content_begin(eng, r);
	return v->payload_len && content_list(eng, &r->payload, v->payload, v->payload_len, &end);
}

static void remember(struct match_engine *eng, const struct view *v)
{
	eng->hit_record = v->hdr;
	eng->hit_ts = v->ts_ns;
	eng->hit_rules.len = 0;
	for (size_t i = 0; i < eng->hits.len; i++)
		vec_push(&eng->hit_rules, eng->hits.data[i]);
}

void match_packet(struct match_engine *eng, const struct view *v, match_hit_fn hit, void *ctx)
{
	if (!v->pkt)
		return;
	found_begin(eng);
	if (v->payload_len && scan_set_run(eng->packet, eng->room, v->payload, v->payload_len, found_add, eng)) {
		eng->stats.scan_errors++;
		for (size_t i = 0; i < eng->n; i++)
			if (eng->entries[i].rule->on & RULE_ON_PACKET)
				found_add((uint32_t)i, 0, eng);
	}
	for (size_t i = 0; i < eng->bare_packet.len; i++)
		found_add(eng->bare_packet.data[i], 0, eng);
	found_sort(eng);
	for (size_t i = 0; i < eng->found.len; i++) {
		const struct rule *r = eng->entries[eng->found.data[i]].rule;

		if (packet_fits(eng, r, v) && !(r->once && v->facts->flow_id && fired_before(eng->fired, v->facts, r, 0)))
			hit_add(eng, r, v);
	}
	remember(eng, v);
	hit_emit(eng, v, hit, ctx);
}
