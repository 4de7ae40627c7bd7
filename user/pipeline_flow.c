/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams of the pipeline: what the reassembly gives out goes to the
 * application's row (from stream byte 0 only) and to the raw stream rules. When
 * nothing could still fire on a flow that is only followed for a literal, the
 * kernel is told to go on alone.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "parse/app.h"
#include "pipeline_int.h"
#include "rule/events.h"
#include "stream/chunks.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04

/* the recogniser decides on this many bytes of a direction */
#define APP_DECIDED 64

static void app_stop(struct pipe_dir *d)
{
	if (d->app)
		d->row->close(d->app);
	d->app = NULL;
	d->app_state = APP_STOP;
	d->open_msg = d->msg_pending = false;
}

void pipe_flow_done(struct stream_flow *f, void *ctx)
{
	struct pipe_flow *pf = (struct pipe_flow *)f;

	(void)ctx;
	for (int i = 0; i < 2; i++) {
		app_stop(&pf->d[i]);
		match_stream_free(pf->d[i].match);
	}
	if (pf->app_flow)
		pf->row->flow_close(pf->app_flow);
	free(pf->last);
}

/* --- messages --- */

static struct fields *fields_of(struct pipeline *p)
{
	if (!p->flow)
		return &p->datagram_fields;
	if (!p->flow->last)
		p->flow->last = calloc(1, sizeof(*p->flow->last));
	return p->flow->last;
}

/* @v seen from the other end, in @side and @f, which are not what it points to */
static void turn(const struct view *v, struct view *side, struct cordon_facts *f)
{
	*f = *v->facts;
	facts_turn(f);
	*side = *v;
	side->facts = f;
}

/* the record seen from the other end: a history has both directions */
static const struct view *view_of_dir(struct pipeline *p, const struct view *v, unsigned int dir)
{
	if (v->facts->dir == dir)
		return v;
	turn(v, &p->side_view, &p->side_facts);
	return &p->side_view;
}

/* a capture tells where Suricata's chunks of this direction end */
static const struct match_chunks *chunks_of(const struct pipeline *p, struct pipe_dir *d)
{
	const struct cordon_facts *f = p->view->facts;
	struct chunk_ends e = { .sport = ntohs(f->sport), .dport = ntohs(f->dport), .vlan = f->vlan, .base = f->base_seq[f->dir] };

	if (!p->o.chunks || d->has_chunks)
		return d->has_chunks ? &d->chunks : NULL;
	memcpy(e.src, f->saddr, sizeof(e.src));
	memcpy(e.dst, f->daddr, sizeof(e.dst));
	for (unsigned int kind = 0; kind < CHUNKS_KINDS; kind++) {
		struct chunk_list l;

		if (!chunks_find(p->o.chunks, &e, kind, &l))
			return NULL;
		d->chunks.end[kind] = l.end;
		d->chunks.n[kind] = l.n;
		d->chunks.is_cut = l.is_cut;
		if (kind == CHUNKS_STEPS)
			continue;
		d->chunks.next[kind] = l.next;
		d->chunks.by[kind] = l.by;
	}
	d->has_chunks = true;
	return &d->chunks;
}

/* each further time is of another packet */
static void match(struct pipeline *p, const struct app_msg *msg, struct pipe_dir *d, const struct match_chunks *chunks)
{
	bool again;

	match_chunks(p->o.engine, chunks);
	again = match_message(p->o.engine, p->view, msg, say_alert, p);
	if (d && d->open_msg)
		d->msg_pending = match_message_pending(p->o.engine, p->view, msg);
	match_chunks(p->o.engine, NULL);
	while (again) {
		crowd_flush(p);
		again = match_message_again(p->o.engine, p->view, say_alert, p);
	}
}

/* the record as the message has it: an answer may be told of the side that asked; TLS may have begun in another application */
static const struct view *view_of_msg(const struct view *v, const struct app_msg *msg, struct view *side, struct cordon_facts *f)
{
	if (msg->dir == v->facts->dir && msg->app == v->facts->app)
		return v;
	if (msg->dir != v->facts->dir) {
		turn(v, side, f);
	} else {
		*f = *v->facts;
		*side = *v;
		side->facts = f;
	}
	f->app = msg->app;
	return side;
}

/* rules that wait for what is odd, and look at nothing else, say it of the other side as well */
static void match_echo(struct pipeline *p, const struct app_msg *msg, uint64_t odd)
{
	const struct view *v = p->view;
	struct cordon_facts facts;
	struct app_msg echo;
	struct view side;

	if (!odd || !p->flow || !(RULE_EVENT_TWO_SIDED >> msg->app & 1))
		return;
	app_msg_init(&echo, msg->app, !msg->dir);
	echo.is_response = !msg->is_response;
	echo.complete = true;
	echo.id = msg->id;
	echo.events = odd;
	p->view = view_of_msg(v, &echo, &side, &facts);
	match_message(p->o.engine, p->view, &echo, say_alert, p);
	p->view = v;
}

static int on_msg(const struct app_msg *msg, void *ctx)
{
	struct pipeline *p = ctx;
	struct fields *f = fields_of(p);
	struct pipe_dir *d = p->flow ? &p->flow->d[p->view->facts->dir] : NULL;
	const struct view *v = p->view;
	struct cordon_facts facts;
	struct view side;
	const struct match_chunks *chunks = d && msg->app == CORDON_APP_HTTP ? chunks_of(p, d) : NULL;
	uint64_t odd;

	p->view = view_of_msg(v, msg, &side, &facts);
	if (f)
		fields_from_msg(f, msg);
	p->fields = f;
	say_message(p, msg);
	odd = say_oddities(p, msg, d);
	say_request(p, msg);
	say_answer(p, msg);
	if (d) {
		d->open_msg = !msg->complete;
		d->msg_pending = false;
		d->was_begun = false;
	}
	if (p->o.engine) {
		match(p, msg, d, chunks);
		match_echo(p, msg, odd);
	}
	p->view = v;
	return 0;
}

/* --- what the reassembly gives out --- */

/* tells a direction's state of the other's */
static void app_link(struct pipe_flow *pf, struct pipe_dir *d)
{
	if (!d->row->link)
		return;
	if (!pf->app_flow) {
		pf->app_flow = d->row->flow_open();
		pf->row = d->row;
	}
	if (pf->app_flow && pf->row == d->row)
		d->row->link(d->app, pf->app_flow);
}

/* the kernel recognises what comes in order; where the first segments were swapped or repeated, their order is known here */
static void recognise(struct pipeline *p, const uint8_t *window, uint32_t len, uint64_t start)
{
	const struct cordon_facts *f = p->view->facts;
	uint8_t prefix[APP_PREFIX] = { 0 };
	uint32_t n = len < APP_PREFIX ? len : APP_PREFIX;
	int app;

	if (start || p->flow->app || f->app > CORDON_APP_NONE || !(f->flow_flags & CORDON_FLOW_STRANGE))
		return;
	memcpy(prefix, window, n);
	app = app_detect(prefix, n, f->dir, f->proto, ntohs(f->sport), ntohs(f->dport));
	if (app > CORDON_APP_NONE)
		p->flow->app = (uint8_t)app;
}

/* the record with the application that was recognised here, unless the kernel knows one */
static const struct view *view_named(struct pipeline *p, const struct view *v)
{
	if (!p->flow->app || v->facts->app > CORDON_APP_NONE)
		return v;
	p->named_facts = *v->facts;
	p->named_facts.app = p->flow->app;
	p->named_view = *v;
	p->named_view.facts = &p->named_facts;
	return &p->named_view;
}

#define FAILED_BOTH (CORDON_FLOW_FAILED0 | CORDON_FLOW_FAILED1)

/* do the first bytes of this direction belong to nobody, as far as they tell? */
static bool is_failed(const struct cordon_facts *f, unsigned int dir)
{
	return f->flow_flags & (dir ? CORDON_FLOW_FAILED1 : CORDON_FLOW_FAILED0);
}

/*
 * A direction is parsed when its application is known, it began as such, and its first byte is still here. What its own
 * bytes do not tell the other direction may: an answer without a head is HTTP's when the request was.
 */
static void app_begin(struct pipeline *p, struct pipe_dir *d, uint64_t start)
{
	const struct cordon_facts *f = p->view->facts;
	const struct app_row *row = app_row(f->app);

	if (row && !row->open)
		row = NULL; /* of datagrams only: as a stream it is nobody's */
	if (f->app <= CORDON_APP_NONE) {
		if ((f->flow_flags & FAILED_BOTH) == FAILED_BOTH || (start && is_failed(f, f->dir)))
			d->app_state = APP_STOP;
		return;
	}
	d->row = row && is_failed(f, f->dir) && !row->takes_any ? NULL : row;
	d->app = d->row && !start ? d->row->open(f->dir) : NULL;
	d->app_state = d->app ? APP_OPEN : APP_STOP;
	if (d->app)
		app_link(p->flow, d);
}

/*
 * Bytes that came before their application was known. What their messages'
 * rules ask of a packet is asked of none, as when they come as a history.
 */
static int feed_old(struct pipeline *p, struct pipe_dir *d, const uint8_t *window, uint32_t old)
{
	const struct view *v = p->view;
	struct view without = *v;
	int r;

	without.pkt = NULL;
	p->view = &without;
	match_around(p->o.engine, window, old);
	r = d->row->feed(d->app, window, old, on_msg, p);
	p->view = v;
	return r;
}

/* the other direction has told what this one's bytes are: what waited is read, if all of it is still here */
static void begin_other(struct pipeline *p, unsigned int dir)
{
	struct pipe_dir *d = &p->flow->d[dir];
	const struct tcp_dir *t = &p->flow->f.tcp[dir];
	const struct view *v = p->view;
	struct cordon_facts facts;
	struct view side;

	if (d->app_state != APP_WAIT || !t->next || t->next != t->held_len || t->next > CORDON_WINDOW)
		return;
	turn(v, &side, &facts);
	p->view = &side;
	app_begin(p, d, 0);
	if (d->app_state == APP_OPEN && feed_old(p, d, t->held, t->held_len))
		app_stop(d);
	p->view = v;
}

static void raw_rules(struct pipeline *p, struct pipe_dir *d, const uint8_t *window, uint32_t len, uint64_t start, uint64_t fresh)
{
	match_chunks(p->o.engine, chunks_of(p, d));
	match_stream_feed(p->o.engine, &d->match, p->view, window, len, start, fresh, say_alert, p);
	match_chunks(p->o.engine, NULL);
}

static void on_bytes(void *ctx, unsigned int dir, const uint8_t *window, uint32_t len, uint64_t start, uint64_t fresh)
{
	struct pipeline *p = ctx;
	struct pipe_dir *d = &p->flow->d[dir];
	uint32_t old = (uint32_t)(fresh - start);

	if (d->app_state == APP_WAIT && fresh < APP_PREFIX) {
		recognise(p, window, len, start);
		p->view = view_named(p, p->view);
	}
	/* as Suricata: the stream first, then what is read in it; rules tell each other in this order */
	if (p->o.engine)
		raw_rules(p, d, window, len, start, fresh);
	if (d->app_state == APP_WAIT) {
		app_begin(p, d, start);
		if (d->app_state == APP_OPEN)
			begin_other(p, !dir);
		if (d->app_state == APP_OPEN && feed_old(p, d, window, old))
			app_stop(d);
	}
	if (d->app_state == APP_OPEN) {
		match_around(p->o.engine, window, len);
		d->was_begun = d->row->pending(d->app) && !d->open_msg;
		if (d->row->feed(d->app, window + old, len - old, on_msg, p))
			app_stop(d);
	}
	match_around(p->o.engine, NULL, 0);
}

static void on_gap(void *ctx, unsigned int dir, uint64_t len)
{
	struct pipeline *p = ctx;
	struct pipe_dir *d = &p->flow->d[dir];

	/* what it begins with is lost: the other direction may have told what it is */
	if (d->app_state == APP_WAIT && p->flow->f.tcp[dir].next == len) {
		p->view = view_named(p, p->view);
		app_begin(p, d, 0);
	}
	if (d->app_state != APP_OPEN || !d->row->gap || d->row->gap(d->app, len, on_msg, p))
		app_stop(d);
	match_stream_gap(&d->match);
	d->chunks.gap_end = p->flow->f.tcp[dir].next;
}

/* missing here, not on the wire: the ring had no room, or the kernel let it go */
static void on_unseen(void *ctx, unsigned int dir, uint64_t len)
{
	struct pipeline *p = ctx;
	struct pipe_dir *d = &p->flow->d[dir];

	(void)len;
	app_stop(d);
	match_stream_gap(&d->match);
}

/*
 * A history begins behind what is known: where the flow was in order the bytes between were overwritten, else they are
 * missing on the wire. Of a direction that nobody reads yet this is not certain, and with --full it would not be missing.
 */
static void on_hole(void *ctx, unsigned int dir, uint64_t len)
{
	struct pipeline *p = ctx;
	bool is_real = p->view->facts->flow_flags & CORDON_FLOW_STRANGE && p->flow->d[dir].app_state == APP_OPEN;

	(is_real ? on_gap : on_unseen)(ctx, dir, len);
}

/* what lies before @off will not come; @gap: why */
static void skip(struct tcp_dir *d, struct tcp_sink sink, int64_t off, void (*gap)(void *ctx, unsigned int dir, uint64_t len))
{
	sink.gap = gap;
	if (off > 0)
		tcp_skip(d, &sink, (uint64_t)off);
}

static struct tcp_sink sink_of(struct pipeline *p, unsigned int dir)
{
	return (struct tcp_sink){ .bytes = on_bytes, .gap = on_gap, .ctx = p, .dir = dir, .pool = &p->flows.pool };
}

static bool has_stream(const struct cordon_facts *f)
{
	return f->flow_id && f->proto == 6 && !(f->flow_flags & CORDON_FLOW_NO_STREAM);
}

static struct pipe_flow *flow_of(struct pipeline *p, const struct view *v)
{
	p->flow = (struct pipe_flow *)flow_get(&p->flows, v->facts->flow_id, v->facts->flow_slot, v->ts_ns);
	p->fields = p->flow ? p->flow->last : NULL;
	if (!p->flow)
		return NULL;
	p->flow->facts = *v->facts;
	p->flow->f.tcp[0].policy = p->flow->f.tcp[1].policy = p->o.policy;
	return p->flow;
}

/* the datagram of a flow that has state; without a flow in the kernel (it came in fragments) it stands alone */
static void flow_datagram(struct pipeline *p, const struct app_row *row, const struct view *v)
{
	struct pipe_flow *pf = v->facts->flow_id ? flow_of(p, v) : NULL;
	void *flow = pf ? pf->app_flow : NULL;

	if (!flow)
		flow = row->flow_open();
	if (flow && (!pf || !pf->app_flow || pf->row == row))
		row->flow_datagram(flow, v->payload, v->payload_len, v->facts->dir, on_msg, p);
	if (!pf) {
		if (flow)
			row->flow_close(flow);
		return;
	}
	if (!pf->app_flow) {
		pf->app_flow = flow;
		pf->row = row;
	}
}

void pipe_datagram(struct pipeline *p, const struct view *v)
{
	const struct app_row *row = app_row(v->facts->app);

	match_around(p->o.engine, NULL, 0);
	if (row && row->datagram)
		row->datagram(v->payload, v->payload_len, v->facts->dir, on_msg, p);
	else if (row && row->flow_datagram && !(v->pkt->flags & CORDON_PKT_SHORT) && *v->payload & row->first_bits)
		flow_datagram(p, row, v);
}

static void history_of_dir(struct pipeline *p, const struct cordon_event_hist *h, unsigned int dir)
{
	struct tcp_dir *d = &p->flow->f.tcp[dir];
	struct tcp_sink sink = sink_of(p, dir);
	int64_t off = tcp_offset(d, 0, h->start[dir]);
	uint32_t from = h->start[dir] % CORDON_WINDOW, len = h->len[dir];
	uint32_t part = len < CORDON_WINDOW - from ? len : CORDON_WINDOW - from;

	if (!len)
		return;
	memcpy(p->line, h->data[dir] + from, part);
	memcpy(p->line + part, h->data[dir], len - part);
	/* what lies between is no longer there: the kernel saw it in order and let it go */
	skip(d, sink, off, on_hole);
	tcp_segment(d, &sink, off, p->line, len);
}

void pipe_history(struct pipeline *p, const struct view *v)
{
	if (!has_stream(v->facts) || !flow_of(p, v))
		return;
	p->is_history = true;
	for (unsigned int dir = 0; dir < 2; dir++) {
		p->view = view_named(p, view_of_dir(p, v, dir));
		history_of_dir(p, v->hist, dir);
	}
	p->is_history = false;
}

/* --- packets --- */

static bool dir_pending(const struct cordon_facts *f, const struct pipe_flow *pf, unsigned int dir)
{
	const struct pipe_dir *d = &pf->d[dir];
	const struct tcp_dir *t = &pf->f.tcp[dir];

	if (t->early || (d->match && match_stream_pending(d->match, t->next)))
		return true;
	if (d->app_state == APP_WAIT && is_failed(f, dir)) /* the other side's first bytes may tell */
		return f->app == CORDON_APP_UNDECIDED && t->next == t->held_len && !pf->f.tcp[!dir].next;
	if (d->app_state == APP_WAIT)
		return f->app == CORDON_APP_UNDECIDED && t->next && t->next < APP_DECIDED;
	return d->app_state == APP_OPEN && (d->row->pending(d->app) || (d->open_msg && d->msg_pending));
}

static void relax(struct pipeline *p, const struct cordon_facts *f)
{
	/* CORDON_FLOW_ALWAYS* go on for their direction: the other one need not */
	if (!p->o.kern || !f->triggers || f->flow_flags & (CORDON_FLOW_STRANGE | CORDON_FLOW_WATCH))
		return;
	/* the next request may begin anywhere in a packet, where the kernel does not see its host */
	if (f->flow_flags & CORDON_FLOW_REQUESTS && (f->app == CORDON_APP_HTTP || f->app == CORDON_APP_UNDECIDED))
		return;
	if (!dir_pending(f, p->flow, 0) && !dir_pending(f, p->flow, 1))
		kern_flow_relax(p->o.kern, f->flow_id, f->flow_slot, f->triggers);
}

/* does the payload repeat, where it lies before what is next, the bytes that went out? */
static bool is_repeat(const struct tcp_dir *d, const struct view *v, int64_t off, uint32_t held)
{
	uint64_t n = d->next - (uint64_t)off;

	if (n > v->payload_len)
		n = v->payload_len;
	return (uint64_t)off >= d->next - held &&
	       !memcmp(d->held + d->held_len - (d->next - (uint64_t)off), v->payload, n);
}

/*
 * Bytes at numbers already seen which are other ones, or of which that is not known: perhaps the first were junk that the
 * receiver dropped (bad checksum, short TTL). The stream stays as it is, first bytes win, but the raw rules look at this
 * version too. Bytes that contradict are said, and under mode hold go no further: no receiver can choose.
 */
static void look_again(struct pipeline *p, const struct view *v, int64_t off)
{
	struct tcp_dir *d = &p->flow->f.tcp[v->facts->dir];
	uint32_t held = d->held_len < CORDON_WINDOW ? d->held_len : CORDON_WINDOW, before = 0;
	bool is_cleared = v->facts->flow_flags & CORDON_FLOW_CLEARED;
	struct match_stream *state = NULL;
	bool is_other;
	uint8_t *window;

	/* what went before a cleared flow's end may not have been given: the payload is looked at alone */
	if (off < 0)
		return;
	is_other = !is_cleared && tcp_contradicts(d, (uint64_t)off, v->payload, v->payload_len);
	if (is_other)
		say_anomaly(p, v, RULE_EVENT_STREAM_OTHER_DATA);
	if (!is_other && !is_cleared && ((uint64_t)off >= d->next || is_repeat(d, v, off, held)))
		return;
	if (!is_cleared && (uint64_t)off < d->next && (uint64_t)off > d->next - held)
		before = (uint32_t)((uint64_t)off - (d->next - held));
	window = malloc(before + v->payload_len);
	if (!window)
		return;
	if (before)
		memcpy(window, d->held + d->held_len - held, before);
	memcpy(window + before, v->payload, v->payload_len);
	match_stream_feed(p->o.engine, &state, v, window, before + v->payload_len, (uint64_t)off - before, (uint64_t)off,
			  say_alert, p);
	match_stream_free(state);
	free(window);
}

#define TCP_URG 0x20

/* the urgent byte's place in the payload (RFC 9293 3.8.5: the pointer names the byte after it); false: it is not in here */
static bool urgent_at(const struct view *v, uint32_t *ret)
{
	uint32_t pointer = v->l4 && v->l4_len >= 20 ? (uint32_t)v->l4[18] << 8 | v->l4[19] : 0;

	*ret = pointer - 1;
	return v->tcp_flags & TCP_URG && pointer && pointer <= v->payload_len;
}

/* a receiver's stream is without urgent bytes (out of band); Suricata's policy "oob" is the same */
static void urgent_note(struct pipe_dir *d, const struct view *v, int64_t raw)
{
	uint32_t at;

	if (d->n_urgent >= PIPE_URGENT_MAX || raw < 0 || raw > INT32_MAX || !urgent_at(v, &at))
		return;
	for (uint8_t i = 0; i < d->n_urgent; i++)
		if (d->urgent[i] == (uint32_t)raw + at)
			return;
	d->urgent[d->n_urgent++] = (uint32_t)raw + at;
}

/* stream offset of a segment at @raw, and its payload without the urgent bytes, in p->line when there are any */
static int64_t urgent_out(struct pipeline *p, const struct pipe_dir *d, struct view *v, int64_t raw)
{
	int64_t off = raw;
	uint32_t n = 0;

	for (uint8_t i = 0; i < d->n_urgent; i++)
		off -= (int64_t)d->urgent[i] < raw;
	if (!d->n_urgent || v->payload_len > sizeof(p->line))
		return off;
	for (uint32_t i = 0; i < v->payload_len; i++) {
		bool is_urgent = false;

		for (uint8_t k = 0; k < d->n_urgent; k++)
			is_urgent |= (int64_t)d->urgent[k] == raw + i;
		if (!is_urgent)
			p->line[n++] = v->payload[i];
	}
	v->payload = p->line;
	v->payload_len = n;
	return off;
}

static void feed(struct pipeline *p, const struct view *v, int64_t off)
{
	const struct cordon_facts *f = v->facts;
	struct tcp_dir *d = &p->flow->f.tcp[f->dir];
	struct tcp_sink sink = sink_of(p, f->dir);
	/* in order by the kernel's word: what is missing was lost on the way up and will not come */
	bool is_lost = !(f->flow_flags & CORDON_FLOW_STRANGE) || v->reasons & CORDON_BIT(CORDON_REASON_RECORDER);

	if (is_lost)
		skip(d, sink, off, on_unseen);
	tcp_segment(d, &sink, off, v->payload, v->payload_len);
}

/* what is begun is told as far as it goes. It may go on: without --full nobody here may know of the RST. */
static void app_end(struct pipeline *p, unsigned int dir)
{
	const struct tcp_dir *t = &p->flow->f.tcp[dir];
	struct pipe_dir *d = &p->flow->d[dir];

	if (d->app_state != APP_OPEN || !d->row->end)
		return;
	match_around(p->o.engine, t->held, t->held_len);
	d->row->end(d->app, on_msg, p);
	match_around(p->o.engine, NULL, 0);
}

/* an RST that the kernel believes, or the second FIN: nothing more will fill the holes */
static void end(struct pipeline *p, const struct view *v)
{
	uint32_t fins = CORDON_FLOW_FIN0 | CORDON_FLOW_FIN1;
	struct stream_flow *s = &p->flow->f;

	if (!(v->facts->flow_flags & CORDON_FLOW_RST) && (v->facts->flow_flags & fins) != fins)
		return;
	for (unsigned int dir = 0; dir < 2; dir++) {
		struct tcp_sink sink = sink_of(p, dir);

		p->view = view_named(p, view_of_dir(p, v, dir));
		tcp_flush(&s->tcp[dir], &sink);
		app_end(p, dir);
	}
	p->view = v;
	flow_close(&p->flows, s);
}

/* no more packets will come: as if the flow had ended. The record at hand, if there is one, is another flow's. */
void pipe_flow_end(struct stream_flow *f, void *pipeline)
{
	struct pipe_flow *pf = (struct pipe_flow *)f, *flow;
	struct pipeline *p = pipeline;
	struct view v = { .facts = &pf->facts, .ts_ns = f->last_ns }, side = p->side_view;
	struct cordon_facts side_facts = p->side_facts;
	const struct fields *fields = p->fields;
	const struct view *view = p->view;

	flow = p->flow;
	p->flow = pf;
	p->fields = pf->last;
	for (unsigned int dir = 0; dir < 2; dir++) {
		struct tcp_sink sink = sink_of(p, dir);

		p->view = view_named(p, view_of_dir(p, &v, dir));
		tcp_flush(&f->tcp[dir], &sink);
		app_end(p, dir);
		app_stop(&pf->d[dir]);
		crowd_flush(p);
	}
	p->flow = flow;
	p->fields = fields;
	p->view = view;
	p->side_view = side;
	p->side_facts = side_facts;
}

void pipe_looked(struct pipeline *p, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	const struct pipe_dir *d = p->flow ? &p->flow->d[f->dir] : NULL;

	if (!d || !d->has_chunks || !has_stream(f) || !v->payload_len)
		match_looked(p->o.engine, NULL, NULL, 0);
	else
		match_looked(p->o.engine, d->match, &d->chunks, tcp_offset(&p->flow->f.tcp[f->dir], f->base_seq[f->dir], v->seq));
}

void pipe_segment(struct pipeline *p, const struct view *v)
{
	const struct cordon_facts *f = v->facts;
	uint32_t off_flags = CORDON_FLOW_CLEARED | (f->dir ? CORDON_FLOW_DEPTH1 : CORDON_FLOW_DEPTH0);
	struct view plain;
	struct pipe_dir *d;
	int64_t off;

	if (!has_stream(f) || (!v->payload_len && !(v->tcp_flags & (TCP_FIN | TCP_RST))) || !flow_of(p, v))
		return;
	p->view = v = view_named(p, v);
	/* a SYN takes a sequence number of its own, before its payload (RFC 9293 3.4) */
	d = &p->flow->d[f->dir];
	off = tcp_offset(&p->flow->f.tcp[f->dir], f->base_seq[f->dir], v->seq) + !!(v->tcp_flags & TCP_SYN);
	urgent_note(d, v, off);
	if (d->n_urgent) {
		plain = *v;
		off = urgent_out(p, d, &plain, off);
		p->view = v = &plain;
	}
	if (v->payload_len && p->o.engine && v->reasons & CORDON_BIT(CORDON_REASON_OLD))
		look_again(p, v, off);
	if (v->payload_len && !(f->flow_flags & off_flags))
		feed(p, v, off);
	if (v->tcp_flags & (TCP_FIN | TCP_RST))
		end(p, v);
	relax(p, f);
}
