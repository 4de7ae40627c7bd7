/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engine -> struct cordon_prefilter, as cordon_hash.h and cordon_maps.h define
 * it. Whatever finds no room becomes coarser (a wider gate, another window, at
 * last "always"), never less: the kernel must mark every flow in which a rule
 * could fire.
 */
#include "match/prefilter.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cordon_hash.h"
#include "match/engine.h"

#define GATES_EACH 3	/* gates of one window; more become one */
#define WINDOWS_TRIED 8 /* of a literal whose best window finds no room */
#define LONG_MIN 7	/* bytes; shorter windows go to the short pass */
#define SHORT_MAX 6
#define WIDE_GRAMS (CORDON_PF_WIDE - 5)

/* a window and who waits for it */
struct want {
	struct window w;
	struct cordon_pf_gate gate;
	struct entry *e; /* NULL: not of one rule */
};

struct image {
	struct match_engine *eng;
	struct cordon_prefilter *pf;
	uint32_t n_gates;
};

typedef VEC(struct want) wants;

/* --- gates --- */

static struct cordon_pf_gate entry_gate(const struct entry *e)
{
	return (struct cordon_pf_gate){ .apps = e->apps, .groups = { e->groups[0], e->groups[1] }, .classes = e->classes,
					.ends = e->ends, .min = e->min, .max = e->max,
					.sport = e->sport, .dport = e->dport };
}

static void gate_widen(struct cordon_pf_gate *a, const struct cordon_pf_gate *b)
{
	a->apps |= b->apps;
	a->classes |= b->classes;
	a->groups[0] |= b->groups[0];
	a->groups[1] |= b->groups[1];
	a->ends |= b->ends;
	a->min = a->min < b->min ? a->min : b->min;
	a->max = a->max > b->max ? a->max : b->max;
	a->sport = a->sport == b->sport ? a->sport : 0;
	a->dport = a->dport == b->dport ? a->dport : 0;
}

/* would the union let nothing more through than both? */
static bool gates_join(const struct cordon_pf_gate *a, const struct cordon_pf_gate *b)
{
	bool apps = a->apps != b->apps, classes = a->classes != b->classes,
	     groups = memcmp(a->groups, b->groups, sizeof(a->groups)) != 0, ends = a->ends != b->ends,
	     size = a->min != b->min || a->max != b->max;

	/* without its port a gate is open at those of all that share its group */
	return apps + classes + groups + ends + size <= 1 && a->sport == b->sport && a->dport == b->dport;
}

/* number of the gate; gate 0 is open for all and stands in when the table is full */
static uint16_t gate_number(struct image *im, const struct cordon_pf_gate *g)
{
	for (uint32_t i = 1; i < im->n_gates; i++)
		if (!memcmp(&im->pf->gates[i], g, sizeof(*g)))
			return (uint16_t)i;
	if (im->n_gates == CORDON_PF_GATES)
		return 0;
	im->pf->gates[im->n_gates] = *g;
	return (uint16_t)im->n_gates++;
}

/* --- entries --- */

static uint32_t gram_at(const struct window *w, uint32_t off)
{
	uint32_t n = w->len >= LONG_MIN ? 4 : 3, gram = w->len >= LONG_MIN ? 0 : 0xff000000;

	for (uint32_t i = 0; i < n; i++)
		gram |= (uint32_t)w->b[off + i] << (8 * i);
	return gram;
}

static bool entry_put(struct cordon_prefilter *pf, const struct cordon_pf_entry *e)
{
	uint32_t at = cordon_pf_hash(e->gram);

	for (uint32_t i = 0; i < CORDON_PF_PROBES; i++) {
		struct cordon_pf_entry *slot = &pf->entries[(at + i) & (CORDON_PF_ENTRIES - 1)];

		if (slot->gram)
			continue;
		*slot = *e;
		return true;
	}
	return false;
}

static void bit_set(uint8_t *bits, uint32_t n)
{
	bits[n >> 3] |= (uint8_t)(1u << (n & 7));
}

/* all grams of a window; false: no room for one of them (what was put does no harm) */
static bool window_put(struct image *im, const struct window *w, const struct cordon_pf_gate *g)
{
	bool is_long = w->len >= LONG_MIN;
	struct cordon_pf_entry e = { .val = window_value(w), .len = w->len, .gate = gate_number(im, g) };

	for (uint8_t off = 0; off < (is_long ? 4 : 2); off++) {
		e.gram = gram_at(w, off);
		e.off = off;
		if (!entry_put(im->pf, &e))
			return false;
		if (is_long)
			bit_set(im->pf->long_bits, cordon_pf_long_bit(e.gram));
		else
			bit_set(im->pf->short_bits, cordon_pf_short_bit(e.gram));
	}
	im->pf->literals++;
	return true;
}

/* windows of @kind are looked for wherever @g is open */
static void need_add(struct image *im, unsigned int kind, const struct cordon_pf_gate *g)
{
	for (unsigned int i = 0; i < 2 * CORDON_CLASSES; i++) {
		struct cordon_pf_need *n = &im->pf->need[i][kind];

		if (!(g->classes >> i & 1))
			continue;
		n->apps |= g->apps;
		n->groups[0] |= g->groups[0];
		n->groups[1] |= g->groups[1];
	}
}

/* a window that is in the image, for whom @g is the gate: at which stride it will be seen */
static void window_need(struct image *im, const struct window *w, const struct cordon_pf_gate *g)
{
	uint8_t b[CORDON_PF_WIDE];

	if (w->len < LONG_MIN) {
		need_add(im, CORDON_PF_SHORT_KIND, g);
		return;
	}
	need_add(im, w->n_lead ? CORDON_PF_WIDE_KIND : CORDON_PF_NARROW_KIND, g);
	if (!w->n_lead)
		return;
	memcpy(b, w->lead, w->n_lead);
	memcpy(b + w->n_lead, w->b, w->len);
	for (unsigned int i = 0; i < WIDE_GRAMS; i++) {
		uint64_t gram = 0, h;

		for (unsigned int k = 0; k < 6; k++)
			gram |= (uint64_t)b[i + k] << (8 * k);
		h = cordon_pf_wide_hash(gram);
		im->pf->wide[cordon_pf_wide_word(h)] |= CORDON_BIT(cordon_pf_wide_bit(h, 0));
		h = cordon_pf_check_hash(gram);
		im->pf->wide_check[cordon_pf_wide_word(h)] |= CORDON_BIT(cordon_pf_wide_bit(h, 0)) | CORDON_BIT(cordon_pf_wide_bit(h, 1));
	}
}

/* --- always --- */

static void groups_add(__u64 to[2], const __u64 groups[2])
{
	to[0] |= groups[0];
	to[1] |= groups[1];
}

/* @table: by ends and application */
static void always_add(__u64 table[CORDON_PF_ENDS][CORDON_PF_APPS][2], const struct cordon_pf_gate *g, uint64_t apps)
{
	for (unsigned int ends = 0; ends < CORDON_PF_ENDS; ends++)
		for (unsigned int app = 0; app < CORDON_PF_APPS; app++)
			if (g->ends >> ends & 1 && apps >> app & 1)
				groups_add(table[ends][app], g->groups);
}

static void always_packet(struct cordon_prefilter *pf, const struct cordon_pf_gate *g)
{
	for (unsigned int bit = 0; bit < 16; bit++) {
		if (!(g->classes >> bit & 1))
			continue;
		always_add(pf->always_pkt[bit / 2][bit % 2], g, g->apps);
		pf->any[bit / 2][bit % 2] = 1;
	}
}

/* TCP data of flows that are cleared or past their depth */
static void always_header(struct cordon_prefilter *pf, const struct cordon_pf_gate *g)
{
	for (unsigned int dir = 0; dir < 2; dir++) {
		if (!(g->classes >> (CORDON_CLASS_TCP * 2 + dir) & 1))
			continue;
		always_add(pf->always_header[dir], g, g->apps);
		pf->any_header[dir] = 1;
	}
}

/* @alone: bits of the applications in which segments of a flow without a stream are looked at; it gets no application later */
static void always_stream(struct cordon_prefilter *pf, const struct cordon_pf_gate *g, uint64_t alone)
{
	for (unsigned int dir = 0; dir < 2; dir++) {
		if (!(g->classes >> (CORDON_CLASS_TCP * 2 + dir) & 1))
			continue;
		always_add(pf->always_stream[dir], g, g->apps);
		always_add(pf->always_alone[dir], g, g->apps & alone);
		pf->any_stream[dir] = 1;
	}
}

#define TCP_BITS (3u << CORDON_CLASS_TCP * 2)

/* @apps: of the applications of the entry, those in which the rule has no literal */
static void always(struct image *im, const struct entry *e, uint64_t apps)
{
	struct cordon_pf_gate g = entry_gate(e), tcp;

	g.apps &= apps;
	im->pf->any_options |= gate_is_of_options(e->rule);
	im->pf->any_state |= gate_is_of_state(e->rule);
	if (e->rule->on & (RULE_ON_PACKET | RULE_ON_EVENT)) {
		struct cordon_pf_gate packet = g;

		/* a packet is judged by the application its flow has now, and never again */
		if (e->rule->apps)
			packet.apps &= e->rule->apps;
		always_packet(im->pf, &packet);
		if (gate_is_of_header(e->rule))
			always_header(im->pf, &packet);
	}
	if (e->rule->on & (RULE_ON_STREAM | RULE_ON_MESSAGE)) {
		tcp = g;
		/* a stream handed over late is whole only for a known application: messages wait until it is known */
		if (e->rule->on & RULE_ON_MESSAGE)
			tcp.apps = e->rule->apps & apps;
		always_stream(im->pf, &tcp, !(e->rule->on & RULE_ON_STREAM) ? 0 : e->rule->apps ? e->rule->apps : ~0ULL);
	}
	if (e->rule->on & RULE_ON_MESSAGE) {
		/* a datagram's application is known, or it is no message; what QUIC says stands in Initials, which have a sign */
		g.apps = e->rule->apps & apps & ~CORDON_BIT(CORDON_APP_QUIC);
		g.classes &= (uint16_t)~TCP_BITS;
		always_packet(im->pf, &g);
	}
}

/* --- windows of all rules, equal ones together --- */

static int by_window(const void *a, const void *b)
{
	const struct want *x = a, *y = b;

	if (x->w.len != y->w.len)
		return x->w.len - y->w.len;
	return memcmp(x->w.b, y->w.b, x->w.len);
}

/* gates of the wants [from, to), joined where nothing is lost, at most GATES_EACH */
static unsigned int join_gates(const struct want *from, const struct want *to, struct cordon_pf_gate *g)
{
	unsigned int n = 0;

	for (; from < to; from++) {
		unsigned int i = 0;

		while (i < n && !gates_join(&g[i], &from->gate))
			i++;
		if (i == GATES_EACH) {
			for (unsigned int k = 1; k < n; k++)
				gate_widen(&g[0], &g[k]);
			n = 1;
			i = 0;
		}
		if (i == n)
			g[n++] = from->gate;
		else
			gate_widen(&g[i], &from->gate);
	}
	return n;
}

/* @w is final for this rule, if there is room */
static bool put_one(struct image *im, const struct want *x, const struct window *w)
{
	if (!window_put(im, w, &x->gate))
		return false;
	window_need(im, w, &x->gate);
	x->e->window = *w;
	return true;
}

/* a window that may stand in for another; short: cut to what the short pass looks for */
struct other {
	struct window w;
	int rarity;
};

static int by_rarity(const void *a, const void *b)
{
	const struct other *x = a, *y = b;

	return y->rarity != x->rarity ? y->rarity - x->rarity : x->w.at - y->w.at;
}

/*
 * The window of one rule found no room: another of its literal, or a shorter
 * one, which has half the grams: whose bytes are rarest. Else it has none and
 * every packet goes up.
 */
static void put_other(struct image *im, const struct want *x)
{
	struct other o[2 * WINDOWS_TRIED];
	unsigned int count = 0;
	struct window w = { 0 };

	for (unsigned int n = 0; n < WINDOWS_TRIED && literal_window(x->e, n, &w); n++) {
		o[count++] = (struct other){ w, literal_rarity(w.b, w.len) };
		if (w.len <= SHORT_MAX)
			continue;
		w.len = SHORT_MAX;
		w.n_lead = 0;
		o[count++] = (struct other){ w, literal_rarity(w.b, w.len) };
	}
	qsort(o, count, sizeof(o[0]), by_rarity);
	for (unsigned int i = 0; i < count; i++)
		if (put_one(im, x, &o[i].w))
			return;
	literal_drop_window(x->e);
	always(im, x->e, ~0ULL);
}

static void put_wants(struct image *im, const struct want *from, const struct want *to)
{
	struct cordon_pf_gate g[GATES_EACH];
	unsigned int n = join_gates(from, to, g);
	bool all = true;

	for (unsigned int i = 0; all && i < n; i++)
		all = window_put(im, &from->w, &g[i]);
	for (; from < to; from++) {
		if (all)
			window_need(im, &from->w, &from->gate);
		else if (from->e)
			put_other(im, from);
		else
			always_stream(im->pf, &from->gate, 0); /* the sign of a coding: of messages */
	}
}

/*
 * A chunked body may cut a literal anywhere, a compressed one has none, so the
 * signs of both (RFC 9112 7.1, RFC 9110 8.4) are looked for as well, in the
 * flows of all rules on bodies.
 */
static int want_codings(const struct match_engine *eng, wants *v)
{
	static const struct window signs[] = { { .b = "r-encodi", .len = 8, .lead = "sfe", .n_lead = 3 },
					       { .b = "tent-enc", .len = 8, .lead = "con", .n_lead = 3 } };
	struct want x = { .gate = { .apps = CORDON_BIT(CORDON_APP_HTTP) | CORDON_BIT(CORDON_APP_UNDECIDED), .max = UINT16_MAX } };
	int r = 0;

	for (size_t i = 0; i < eng->n; i++)
		if (eng->entries[i].window.len && app_buffers[eng->entries[i].lit_buffer].wire == APP_WIRE_BODY) {
			x.gate.classes |= eng->entries[i].classes;
			x.gate.ends |= eng->entries[i].ends;
			groups_add(x.gate.groups, eng->entries[i].groups);
		}
	for (size_t i = 0; !r && x.gate.classes && i < ARRAY_SIZE(signs); i++) {
		x.w = signs[i];
		r = vec_push(v, x);
	}
	return r;
}

static int put_literals(struct image *im)
{
	struct match_engine *eng = im->eng;
	wants v = { 0 };
	int r = want_codings(eng, &v);

	for (size_t i = 0; !r && i < eng->n; i++) {
		struct entry *e = &eng->entries[i];

		if (e->window.len)
			r = vec_push(&v, ((struct want){ .w = e->window, .gate = entry_gate(e), .e = e }));
	}
	if (!r && v.len)
		qsort(v.data, v.len, sizeof(v.data[0]), by_window);
	for (size_t i = 0, k; !r && i < v.len; i = k) {
		for (k = i + 1; k < v.len && !by_window(&v.data[i], &v.data[k]); k++)
			;
		put_wants(im, v.data + i, v.data + k);
	}
	vec_done(&v);
	return r;
}

/* --- the rest of the image --- */

static void put_applications(struct image *im)
{
	for (size_t i = 0; i < im->eng->n; i++) {
		const struct entry *e = &im->eng->entries[i];

		for (unsigned int dir = 0; dir < 2; dir++)
			if (e->rule->on & RULE_ON_MESSAGE && e->rule->sides >> dir & 1)
				im->pf->apps_complete[dir] |= gate_carriers(e->rule->apps);
		if (e->window.len && app_buffers[e->lit_buffer].wire == APP_WIRE_URI)
			im->pf->apps_encoding |= CORDON_BIT(CORDON_APP_HTTP);
		if (e->rule->on & RULE_ON_MESSAGE)
			im->pf->apps_encoding |= e->rule->apps & CORDON_BIT(CORDON_APP_QUIC);
	}
}

/* first those that have nothing else, then, while there is room, those whose window is poor: the poorest first */
static void put_heads(struct image *im)
{
	for (int poor = 0; poor <= HEAD_WINDOW_POOR; poor++)
		for (size_t i = 0; i < im->eng->n; i++) {
			struct entry *e = &im->eng->entries[i];
			int score = e->window.len ? literal_rarity(e->window.b, e->window.len) : 0;

			if (e->head.len && !e->has_head && score == poor)
				e->has_head = head_put(im->pf, e);
		}
	for (size_t i = 0; i < im->eng->n; i++)
		if (!im->eng->entries[i].has_head)
			im->eng->entries[i].head = (struct head){ .len = 0 };
}

/* rules without a literal; and where one has none in some of its applications: a file sent by mail is encoded */
static void put_always(struct image *im, const struct entry *e)
{
	if (!e->window.len && !e->head.len)
		always(im, e, ~0ULL);
	else if (e->lit_buffer == APP_BUFFER_FILE_DATA && e->rule->apps & CORDON_BIT(CORDON_APP_SMTP))
		always(im, e, CORDON_BIT(CORDON_APP_SMTP));
}

int prefilter_build(struct match_engine *eng)
{
	struct image im = { .eng = eng, .n_gates = 1 };
	int r;

	eng->image = im.pf = calloc(1, sizeof(*im.pf));
	if (!im.pf)
		return -ENOMEM;
	im.pf->gates[0] = (struct cordon_pf_gate){ .apps = ~0ULL, .groups = { ~0ULL, ~0ULL }, .classes = 0xffff,
						   .ends = CORDON_PF_ALL_ENDS, .max = UINT16_MAX };
	r = ends_of(eng);
	if (r)
		return r;
	ports_put(eng);
	put_applications(&im);
	put_heads(&im);
	for (size_t i = 0; i < eng->n; i++)
		put_always(&im, &eng->entries[i]);
	return put_literals(&im);
}

int match_prefilter(const struct match_engine *eng, uint32_t generation, struct cordon_prefilter *ret)
{
	memcpy(ret, eng->image, sizeof(*ret));
	ret->generation = generation;
	return 0;
}

static const char *why(const struct entry *e)
{
	const struct rule *r = e->rule;

	if (r->on & RULE_ON_MESSAGE)
		return "no content of 4 bytes or more whose form on the wire is known: every flow of its application and "
		       "ports is followed";
	if (r->on & RULE_ON_STREAM)
		return "no content of 4 bytes or more: every flow of its ports is followed";
	if (gate_is_of_state(r))
		return "an event of a TCP connection: every packet of all of them goes to user space";
	if (r->on & RULE_ON_EVENT)
		return "an event of the headers: every packet of its protocol goes to user space";
	if (r->payload.n)
		return "no content of 4 bytes or more: every packet of its protocol and ports goes to user space";
	return "no content: every packet that its protocol, ports and flags allow goes to user space";
}

int prefilter_costs(struct match_engine *eng)
{
	int r = 0;

	for (size_t i = 0; !r && i < eng->n; i++)
		if (!eng->entries[i].window.len && !eng->entries[i].head.len &&
		    (eng->entries[i].classes || gate_is_of_state(eng->entries[i].rule)))
			r = vec_push(&eng->costs,
				     ((struct match_cost){ .rule = eng->entries[i].rule, .why = why(&eng->entries[i]) }));
	return r;
}
