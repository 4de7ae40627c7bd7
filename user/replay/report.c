// SPDX-License-Identifier: BSD-2-Clause
/*
 * Statistics of a replay. Every number was counted where it happened; nothing
 * here is a difference of two others, so that packets = passed + dropped +
 * held is a test and not a definition.
 */
#include "replay/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/lists.h"
#include "base/str.h"

/* frames that no test run takes have no reason in the kernel, since no program saw them */
#define REASON_NOT_RUN "not_run"

bool report_is_alert(const struct finding *f, const struct decision *d)
{
	if (f->kind == FINDING_APP)
		return d->kind > DECISION_NOTHING;
	return f->kind == FINDING_ALERT || f->kind == FINDING_THREAT;
}

/* what stands for the rule of a threat or a policy: its decision in words, without what became of it */
static void title(const struct finding *f, const struct decision *d, char *dst, size_t size)
{
	str_copy(dst, size, f->kind == FINDING_ALERT ? f->msg : d->why);
	if (f->kind != FINDING_ALERT)
		dst[strcspn(dst, ";")] = 0;
}

int report_note(struct report *r, const struct finding *f, const struct decision *d)
{
	struct report_alert a = { .gid = f->gid, .sid = f->sid, .count = 1 };

	if (!report_is_alert(f, d))
		return 0;
	r->n_alerts++;
	title(f, d, a.msg, sizeof(a.msg));
	for (size_t i = 0; i < r->alerts.len; i++) {
		struct report_alert *o = &r->alerts.data[i];

		if (o->gid == a.gid && o->sid == a.sid && (a.sid || !strcmp(o->msg, a.msg))) {
			o->count++;
			return 0;
		}
	}
	return vec_push(&r->alerts, a);
}

void report_done(struct report *r)
{
	vec_done(&r->alerts);
	r->n_alerts = 0;
}

static uint64_t n(const struct replay_stats *s, unsigned int counter)
{
	return s->counters.n[counter];
}

static void json_reasons(struct json *j, const struct replay_stats *s)
{
	json_begin(j, "reasons", '{');
	for (unsigned int i = 1; i < CORDON_REASONS; i++)
		if (s->reasons.r[i].packets)
			json_u64(j, reason_name(i), s->reasons.r[i].packets);
	if (s->not_run)
		json_u64(j, REASON_NOT_RUN, s->not_run);
	json_end(j, '}');
}

void report_json(struct json *j, const struct replay_stats *s, const struct report *r, double total_s)
{
	json_u64(j, "packets", n(s, CORDON_COUNTER_PACKETS));
	json_u64(j, "bytes", n(s, CORDON_COUNTER_BYTES));
	json_u64(j, "passed", n(s, CORDON_COUNTER_PASSED));
	json_u64(j, "dropped", n(s, CORDON_COUNTER_DROPPED));
	json_u64(j, "held", n(s, CORDON_COUNTER_HELD));
	json_u64(j, "would_drop", n(s, CORDON_COUNTER_WOULD_DROP));
	json_u64(j, "suspect_packets", n(s, CORDON_COUNTER_SUSPECT_PACKETS));
	json_u64(j, "suspect_bytes", n(s, CORDON_COUNTER_SUSPECT_BYTES));
	json_u64(j, "recognised", n(s, CORDON_COUNTER_RECOGNISED));
	json_u64(j, "names", n(s, CORDON_COUNTER_NAMES));
	json_u64(j, "lost", n(s, CORDON_COUNTER_LOST));
	json_reasons(j, s);
	json_u64(j, "alerts", r->n_alerts);
	json_u64(j, "alerts_over_limit", s->pipeline.alerts_over_limit);
	json_u64(j, "chunks_dropped", s->chunks_dropped);
	json_u64(j, "tracks_dropped", s->pipeline.tracks_dropped);
	json_u64(j, "tunnelled", s->tunnelled);
	json_u64(j, "quarantines", s->quarantines);
	json_u64(j, "devices", s->devices);
	json_u64(j, "flows", n(s, CORDON_COUNTER_FLOWS_NEW));
	json_u64(j, "rejected_records", s->rejected + s->pipeline.bad_views);
	json_begin(j, "cpu_seconds", '{');
	json_f64(j, "kernel", (double)s->kernel_ns / 1e9);
	json_f64(j, "user", (double)s->user_ns / 1e9);
	json_f64(j, "total", total_s);
	json_end(j, '}');
}

void report_json_alerts(struct json *j, const struct report *r)
{
	json_begin(j, "alerts_by_rule", '[');
	for (size_t i = 0; i < r->alerts.len; i++) {
		const struct report_alert *a = &r->alerts.data[i];

		json_begin(j, NULL, '{');
		json_u64(j, "gid", a->gid);
		json_u64(j, "sid", a->sid);
		json_str(j, "signature", a->msg);
		json_u64(j, "count", a->count);
		json_end(j, '}');
	}
	json_end(j, ']');
}

static void text_alerts(FILE *out, const struct report *r)
{
	char msg[600];

	for (size_t i = 0; i < r->alerts.len; i++) {
		const struct report_alert *a = &r->alerts.data[i];

		fprintf(out, "  %8" PRIu64 " x ", a->count);
		if (a->sid)
			fprintf(out, "[%u:%u] ", a->gid, a->sid);
		fprintf(out, "%s\n", str_escape(msg, sizeof(msg), a->msg, strlen(a->msg)));
	}
}

static void text_reasons(FILE *out, const struct replay_stats *s)
{
	const char *sep = "  reasons: ";

	for (unsigned int i = 1; i < CORDON_REASONS; i++)
		if (s->reasons.r[i].packets) {
			fprintf(out, "%s%s %" PRIu64, sep, reason_name(i), (uint64_t)s->reasons.r[i].packets);
			sep = ", ";
		}
	if (s->not_run) {
		fprintf(out, "%s" REASON_NOT_RUN " %" PRIu64, sep, s->not_run);
		sep = ", ";
	}
	if (*sep == ',')
		fputc('\n', out);
}

void report_text(FILE *out, const char *name, const struct replay_stats *s, const struct report *r)
{
	uint64_t packets = n(s, CORDON_COUNTER_PACKETS), suspect = n(s, CORDON_COUNTER_SUSPECT_PACKETS);

	fprintf(out, "%s: %" PRIu64 " packets, %" PRIu64 " alerts\n", name, packets, r->n_alerts);
	text_alerts(out, r);
	fprintf(out, "  passed %" PRIu64 ", dropped %" PRIu64 ", held %" PRIu64, (uint64_t)n(s, CORDON_COUNTER_PASSED),
		(uint64_t)n(s, CORDON_COUNTER_DROPPED), (uint64_t)n(s, CORDON_COUNTER_HELD));
	if (n(s, CORDON_COUNTER_WOULD_DROP))
		fprintf(out, " (react mode would drop %" PRIu64 ")", (uint64_t)n(s, CORDON_COUNTER_WOULD_DROP));
	fprintf(out, ", suspect %" PRIu64 " (%.1f %%), lost %" PRIu64 "\n", suspect,
		packets ? 100.0 * (double)suspect / (double)packets : 0, (uint64_t)n(s, CORDON_COUNTER_LOST));
	if (s->quarantines)
		fprintf(out, "  quarantines %" PRIu64 "\n", s->quarantines);
	text_reasons(out, s);
}
