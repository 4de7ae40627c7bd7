// SPDX-License-Identifier: BSD-2-Clause
/* The programs under test, see walk.h. */
#include "harness/walk.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "feed/feed.h"
#include "rule/rule.h"

static int collect(const struct cordon_event_hdr *ev, void *ctx)
{
	struct walk *w = ctx;

	assert_in_range(w->records, 0, WALK_RECORDS - 1);
	w->rec[w->records] = malloc(ev->size);
	memcpy(w->rec[w->records++], ev, ev->size);
	return 0;
}

static void forget(struct walk *w)
{
	for (size_t i = 0; i < w->records; i++)
		free(w->rec[i]);
	w->records = 0;
}

struct kern_opts walk_opts(void)
{
	struct kern_opts o = {.flow_buckets = 1024, .rec_slots = 64, .ring_bytes = 1 << 20};

	o.config.depth = 1 << 20;
	o.config.replay = 1;
	o.config.inspect = 1;
	o.config.midstream = 1;
	return o;
}

/*
 * Verifying takes seconds on an emulated processor, so programs are kept with
 * their settings, and their maps made as new for the next test. A test may have
 * two of the same settings in use.
 */
static struct kept {
	struct kern_opts o;
	struct kern *k; /* NULL: in use, or never loaded */
} kept[4];

static bool same_opts(const struct kern_opts *a, const struct kern_opts *b)
{
	return !memcmp(&a->config, &b->config, sizeof(a->config)) && a->flow_buckets == b->flow_buckets &&
	       a->rec_slots == b->rec_slots && a->ring_bytes == b->ring_bytes;
}

size_t walk_step(void)
{
	return getenv("CORDON_VM") ? 7 : 1;
}

static void zero_per_cpu(struct kern *k, unsigned int map, size_t size)
{
	_cleanup_free_ void *zeros =
		calloc((size_t)libbpf_num_possible_cpus(), (size + 7) & ~(size_t)7);
	uint32_t key = 0;

	assert_non_null(zeros);
	assert_int_equal(bpf_map_update_elem(kern_map_fd(k, map), &key, zeros, BPF_ANY), 0);
}

static void empty(struct kern *k, unsigned int map)
{
	uint8_t key[64];

	while (!bpf_map_get_next_key(kern_map_fd(k, map), NULL, key))
		assert_int_equal(bpf_map_delete_elem(kern_map_fd(k, map), key), 0);
}

static struct kern *as_new(struct kern *k)
{
	const struct cordon_iface none = {0};
	uint32_t slot = 0;

	assert_int_equal(kern_reset(k), 0);
	zero_per_cpu(k, KERN_MAP_counters, sizeof(struct cordon_counters));
	zero_per_cpu(k, KERN_MAP_reasons, sizeof(struct cordon_reasons));
	empty(k, KERN_MAP_home);
	for (uint32_t i = 0; i < CORDON_IFACE_MAX; i++)
		assert_int_equal(bpf_map_update_elem(kern_map_fd(k, KERN_MAP_ifaces), &i, &none, BPF_ANY), 0);
	bpf_map_delete_elem(kern_map_fd(k, KERN_MAP_threat), &slot);
	bpf_map_delete_elem(kern_map_fd(k, KERN_MAP_prefilter), &slot);
	kern_state(k)->to_device = 0;
	return k;
}

/*
 * Below CORDON_WALK_PINS (a directory; vmtest/guest.sh) the usual programs outlive
 * the process, so that the next has them without another verification. Not others:
 * few tests want the same ones, and their maps take memory.
 */
static const char *place_of(const struct kern_opts *o, unsigned int nth, char *path, size_t size)
{
	const char *pins = getenv("CORDON_WALK_PINS");
	struct kern_opts usual = walk_opts();

	if (!pins || !same_opts(o, &usual))
		return NULL;
	snprintf(path, size, "%s/%u/cordon/v%d", pins, nth, CORDON_ABI_VERSION);
	return path;
}

struct kern *walk_kern(const struct kern_opts *o)
{
	struct kern_opts pinned = *o;
	struct strbuf err = {0};
	struct kern *k = NULL;
	bool adopted;
	char path[256];
	int r = -EBUSY;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		if (kept[i].k && same_opts(&kept[i].o, o))
			return as_new(TAKE_PTR(kept[i].k));
	/* pins have one owner at a time: busy is what this process has in use */
	for (unsigned int i = 0; r == -EBUSY && i < ARRAY_SIZE(kept); i++) {
		strbuf_clear(&err);
		pinned.pin_dir = place_of(o, i, path, sizeof(path));
		r = kern_open(&pinned, &k, &adopted, &err);
	}
	if (r)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return adopted ? as_new(k) : k;
}

void walk_kern_keep(struct kern *k, const struct kern_opts *o)
{
	static unsigned int oldest;
	struct kept *x = NULL;

	for (size_t i = 0; !x && i < ARRAY_SIZE(kept); i++)
		if (!kept[i].k)
			x = &kept[i];
	if (!x)
		x = &kept[oldest++ % ARRAY_SIZE(kept)];
	kern_free(x->k);
	*x = (struct kept){*o, k};
}

struct walk *walk_new(const struct kern_opts *opts)
{
	struct walk *w = calloc(1, sizeof(*w));

	w->opts = opts ? *opts : walk_opts();
	w->k = walk_kern(&w->opts);
	assert_int_equal(kern_ring_new(w->k, collect, w, &w->ring), 0);
	kern_ring_consume(w->ring); /* what an earlier test did not read */
	forget(w);
	walk_mode(w, CORDON_ROLE_DEVICE, CORDON_MODE_REACT);
	walk_time(w, 1000000000ULL * 1000000);
	return w;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	forget(w);
	kern_ring_free(w->ring);
	walk_kern_keep(w->k, &w->opts);
	free(w);
}

void walk_mode(struct walk *w, uint8_t role, uint8_t mode)
{
	struct cordon_iface i = {.ifindex = WALK_IFINDEX,
				 .owner_ifindex = WALK_IFINDEX,
				 .zone = WALK_ZONE,
				 .role = role,
				 .mode = mode};

	assert_int_equal(kern_iface_put(w->k, &i), 0);
	kern_state(w->k)->ifindex = WALK_IFINDEX;
}

void walk_time(struct walk *w, uint64_t now_ns)
{
	kern_state(w->k)->now_ns = now_ns;
}

void walk_frame(struct walk *w, int hook, const void *frame, size_t len)
{
	struct cordon_reasons r;
	uint32_t ns;

	forget(w);
	kern_counters(w->k, &w->was, &w->was_reasons);
	assert_int_equal(kern_test_run(w->k, hook, frame, len, &w->dropped, &ns), 0);
	kern_counters(w->k, &w->now, &r);
	kern_ring_consume(w->ring);
	assert_int_equal(kern_ring_rejected(w->ring), 0);
	w->reasons = 0;
	for (unsigned int i = 0; i < CORDON_REASONS; i++)
		if (r.r[i].packets != w->was_reasons.r[i].packets)
			w->reasons |= CORDON_BIT(i);
	assert_int_equal(walk_count(w, CORDON_COUNTER_PACKETS), 1);
	assert_int_equal(
		walk_count(w, CORDON_COUNTER_PASSED) + walk_count(w, CORDON_COUNTER_DROPPED), 1);
	assert_int_equal(walk_count(w, CORDON_COUNTER_DROPPED), w->dropped);
}

static void send_spec(struct walk *w, int hook, const struct pkt_spec *s)
{
	static uint8_t frame[PKT_FRAME_MAX + 512];

	walk_frame(w, hook, frame, pkt_build(s, frame));
}

void walk_up(struct walk *w, const struct pkt_spec *s)
{
	send_spec(w, KERN_XDP, s);
}

void walk_down(struct walk *w, const struct pkt_spec *s)
{
	send_spec(w, KERN_TC, s);
}

uint64_t walk_count(const struct walk *w, unsigned int counter)
{
	return w->now.n[counter] - w->was.n[counter];
}

bool walk_because(const struct walk *w, unsigned int reason)
{
	return w->reasons >> reason & 1;
}

static const void *find(const struct walk *w, unsigned int kind)
{
	for (size_t i = 0; i < w->records; i++)
		if (w->rec[i]->kind == kind)
			return w->rec[i];
	return NULL;
}

const struct cordon_event_pkt *walk_pkt(const struct walk *w)
{
	return find(w, CORDON_EVENT_PKT);
}

const struct cordon_event_pkt *walk_first(const struct walk *w)
{
	return find(w, CORDON_EVENT_FIRST);
}

const struct cordon_event_hist *walk_hist(const struct walk *w)
{
	return find(w, CORDON_EVENT_HIST);
}

const struct cordon_event_name *walk_name(const struct walk *w)
{
	return find(w, CORDON_EVENT_NAME);
}

void walk_rules(struct walk *w, const char *text)
{
	struct match_engine *engine = NULL;
	struct cordon_prefilter *pf = NULL;
	struct strbuf err = {0};
	const struct rule_refusal *refused;
	struct ruleset *rs = NULL;
	int fd;

	assert_int_equal(ruleset_load_text("test", text, strlen(text), NULL, 0, &rs, &err), 0);
	assert_int_equal(ruleset_refusals(rs, &refused), 0);
	assert_int_equal(match_build(rs, &engine, &err), 0);
	assert_int_equal(kern_prefilter_new(&fd, &pf), 0);
	assert_int_equal(match_prefilter(engine, 1, pf), 0);
	assert_int_equal(kern_prefilter_swap(w->k, fd), 0);
	kern_prefilter_unmap(pf);
	close(fd);
	match_free(engine);
	ruleset_free(rs);
	strbuf_done(&err);
}

void walk_feed(struct walk *w, const char *format, const char *lines, uint8_t action, bool observe)
{
	struct feed_opts o = {.name = "test",
			      .category = "test",
			      .action = action,
			      .confidence = 90,
			      .observe = observe};
	struct indicators one = {0}, all = {0};
	const struct indicators *sets[] = {&one};
	struct feed_report report = {0};
	struct strbuf err = {0};
	struct cordon_line *mem;
	uint32_t n;
	int fd;

	assert_int_equal(feed_parse(format, lines, strlen(lines), &o, &one, &report), 0);
	assert_int_equal(report.refused, 0);
	assert_int_equal(indicators_merge(&all, sets, 1), 0);
	n = threat_image_lines(&all);
	assert_int_equal(kern_threat_new(n, &fd, &mem), 0);
	if (threat_image_fill(&all, ++w->generation, mem, n, &err))
		fail_msg("%s", err.s);
	kern_threat_unmap(mem, n);
	assert_int_equal(kern_threat_swap(w->k, fd), 0);
	close(fd);
	feed_report_done(&report);
	indicators_done(&one);
	indicators_done(&all);
	strbuf_done(&err);
}

static struct pkt_spec base(uint8_t proto)
{
	return (struct pkt_spec){.src = "10.0.0.2",
				 .dst = "192.0.2.1",
				 .smac = {2, 0, 0, 0, 0, 2},
				 .dmac = {2, 0, 0, 0, 0, 1},
				 .proto = proto,
				 .sport = 40000,
				 .dport = 80};
}

struct pkt_spec walk_tcp(uint32_t seq, const void *p, size_t n)
{
	struct pkt_spec s = base(IPPROTO_TCP);

	s.seq = seq;
	s.payload = p;
	s.len = n;
	return s;
}

struct pkt_spec walk_reply(uint32_t seq, const void *p, size_t n)
{
	struct pkt_spec s = {.src = "192.0.2.1",
			     .dst = "10.0.0.2",
			     .smac = {2, 0, 0, 0, 0, 1},
			     .dmac = {2, 0, 0, 0, 0, 2},
			     .proto = IPPROTO_TCP,
			     .sport = 80,
			     .dport = 40000};

	s.seq = seq;
	s.payload = p;
	s.len = n;
	return s;
}

struct pkt_spec walk_udp(uint16_t dport, const void *p, size_t n)
{
	struct pkt_spec s = base(IPPROTO_UDP);

	s.dport = dport;
	s.payload = p;
	s.len = n;
	return s;
}

void walk_handshake(struct walk *w, uint32_t seq, uint32_t seq_r)
{
	struct pkt_spec syn = walk_tcp(seq - 1, NULL, 0), ack = walk_tcp(seq, NULL, 0),
			synack = walk_reply(seq_r - 1, NULL, 0);

	syn.flags = 0x02;
	synack.flags = 0x12;
	synack.ack = seq;
	ack.flags = 0x10;
	ack.ack = seq_r;
	walk_up(w, &syn);
	walk_down(w, &synack);
	walk_up(w, &ack);
}
