// SPDX-License-Identifier: BSD-2-Clause
/*
 * One packet per test run, the ring drained before the next: a verdict holds
 * from the next packet, and results are the same every time. What leaves home
 * goes through the XDP program, what comes home through the TC program;
 * broadcast, multicast and what has neither or both ends at home through XDP,
 * as from a device: the flow then says which end began.
 */
#include "replay/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "replay/encap.h"
#include "replay/link.h"
#include "replay/pcap.h"
#include "stream/chunks.h"

#define REPLAY_IFINDEX 1
/* ended leases leave the list; the kernel judges them by itself */
#define TICK_NS 1000000000ULL
/* reassembly of one capture; live, the inspector has the same */
#define STREAM_BYTES_MAX (256ULL << 20)

/* where a pass over a capture takes its frames apart */
struct desk {
	uint8_t frame[LINK_FRAME_MAX], bare[LINK_FRAME_MAX], inner[2][LINK_FRAME_MAX];
};

struct replay {
	struct replay_opts o;
	struct kern *kern, *empty;
	struct kern_ring *ring;
	VEC(struct prefix) home;
	/* of the capture at hand */
	struct inventory *inventory;
	struct act *act;
	struct pipeline *pipeline;
	struct chunks *chunks;
	uint64_t packet, tick_ns, run_ns;
	uint64_t empty_ns, empty_cpu_ns; /* of the pass with the empty programs */
	struct replay_stats *stats;
	const char *path;
	struct desk desk, note_desk; /* the passes; that of chunks_find(), which comes in the midst of another */
};

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* --- set-up, once --- */

static int load_home(struct replay *r)
{
	const struct conf *c = r->o.conf;
	struct prefix p;
	int e = 0;

	for (size_t i = 0; !e && !conf_home(c, i, &p); i++)
		e = vec_push(&r->home, p);
	for (size_t i = 0; i < r->home.len && !e; i++)
		e = kern_home_put(r->kern, &r->home.data[i]);
	return e;
}

static int load_prefilter(struct replay *r, const struct match_engine *engine)
{
	_cleanup_close_ int fd = -1;
	struct cordon_prefilter *mem;
	int e;

	if (!engine && !r->o.engine)
		return 0;
	e = kern_prefilter_new(&fd, &mem); /* zeros: nothing to look for */
	if (e)
		return e;
	e = engine ? match_prefilter(engine, 1, mem) : 0;
	kern_prefilter_unmap(mem);
	return e ? e : kern_prefilter_swap(r->kern, fd);
}

static int load_threats(struct replay *r, struct strbuf *err)
{
	_cleanup_close_ int fd = -1;
	struct cordon_line *mem;
	uint32_t lines;
	int e;

	if (!r->o.threats)
		return 0;
	lines = threat_image_lines(r->o.threats);
	e = kern_threat_new(lines, &fd, &mem);
	if (e)
		return e;
	e = threat_image_fill(r->o.threats, 1, mem, lines, err);
	kern_threat_unmap(mem, lines);
	return e ? e : kern_threat_swap(r->kern, fd);
}

static int open_kern(struct replay *r, struct strbuf *err)
{
	const struct conf *c = r->o.conf;
	struct cordon_iface iface = { .ifindex = REPLAY_IFINDEX, .owner_ifindex = REPLAY_IFINDEX,
				      .role = CORDON_ROLE_DEVICE, .mode = r->o.mode };
	struct kern_opts ko = { .flow_buckets = c->flow_buckets, .rec_slots = c->recorder_slots, .ring_bytes = c->ring_bytes };
	bool adopted;
	int e;

	ko.config = (struct cordon_config){ .depth = c->stream_depth, .replay = 1, .full = r->o.full,
					    .midstream = c->stream_midstream,
					    .async_oneside = c->stream_async_oneside, .strict = c->strict, .inspect = 1,
					    .profile_every = r->o.profile };
	e = kern_open(&ko, &r->kern, &adopted, err);
	return e ? e : kern_iface_put(r->kern, &iface);
}

static int on_record(const struct cordon_event_hdr *ev, void *ctx)
{
	struct replay *r = ctx;

	return pipeline_event(ev, r->pipeline);
}

int replay_new(const struct replay_opts *o, struct replay **ret, struct strbuf *err)
{
	struct replay *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->o = *o;
	e = open_kern(r, err);
	e = e ? e : load_home(r);
	e = e ? e : load_prefilter(r, r->o.engine);
	e = e ? e : load_threats(r, err);
	e = e ? e : kern_ring_new(r->kern, on_record, r, &r->ring);
	e = e || !o->measure ? e : kern_empty_new(&r->empty);
	if (e) {
		if (!err->len)
			strbuf_addf(err, "preparing the replay: %s", strerror(-e));
		replay_free(r);
		return e;
	}
	*ret = r;
	return 0;
}

int replay_set_engine(struct replay *r, struct match_engine *engine)
{
	int e = load_prefilter(r, engine);

	if (!e)
		r->o.engine = engine;
	return e;
}

size_t replay_evidence(const struct replay *r, const struct finding *f, void *buf, size_t size)
{
	return pipeline_evidence(r->pipeline, clock_to_wall_ns(f->ts_ns), buf, size);
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	kern_ring_free(r->ring);
	kern_free(r->kern);
	kern_free(r->empty);
	vec_done(&r->home);
	free(r);
}

/* --- findings --- */

static void decide_and_tell(struct replay *r, const struct finding *f)
{
	struct decision d;
	struct device *dev;

	if (f->kind == FINDING_THREAT && r->o.threats && indicator_is_exception(r->o.threats, f->indicator))
		return;
	act_finding(r->act, f, &d);
	if (d.kind == DECISION_QUARANTINE && decision_in_force(&d))
		r->stats->quarantines++;
	dev = inventory_touch(r->inventory, &f->facts, f->ts_ns);
	if (r->o.on_finding)
		r->o.on_finding(f, &d, dev, r->packet, r->o.ctx);
}

static void on_finding(const struct finding *f, void *ctx)
{
	struct replay *r = ctx;
	struct finding threat;

	if (!finding_is_question(f->kind))
		decide_and_tell(r, f);
	if (act_threat_of(r->act, f, &threat))
		decide_and_tell(r, &threat);
}

/* --- one packet --- */

static bool is_home(const struct replay *r, const struct addr *a)
{
	for (size_t i = 0; i < r->home.len; i++)
		if (prefix_has(&r->home.data[i], a))
			return true;
	return false;
}

static bool goes_to_device(const struct replay *r, const uint8_t *frame, uint32_t len)
{
	struct link_ends e;

	link_ends(frame, len, &e);
	return e.has_ip && !e.is_group && is_home(r, &e.dst) && !is_home(r, &e.src);
}

/* 0, or what the test run says of a frame it does not take; *run_ns grows */
static int run_frame(struct kern *k, const uint8_t *frame, uint32_t len, bool to_device, uint32_t *xdp_to_device,
		     uint64_t *run_ns)
{
	uint32_t ns = 0;
	bool drop;
	int e = to_device ? kern_test_run(k, KERN_TC, frame, len, &drop, &ns) : -EINVAL;

	if (e == -EINVAL) { /* from a device, or a frame that the TC hook's test run refuses */
		*xdp_to_device = to_device;
		e = kern_test_run(k, KERN_XDP, frame, len, &drop, &ns);
		*xdp_to_device = 0;
	}
	*run_ns += ns;
	return e;
}

static void count_not_run(struct replay *r, uint32_t len)
{
	struct replay_stats *s = r->stats;

	s->not_run++;
	s->not_run_bytes += len;
	s->counters.n[CORDON_COUNTER_PACKETS]++;
	s->counters.n[CORDON_COUNTER_BYTES] += len;
	s->counters.n[CORDON_COUNTER_PASSED]++;
}

/* one frame, and what it leads to; @wraps: the packet in it comes next */
static int feed_frame(struct replay *r, const uint8_t *frame, uint32_t len, bool wraps)
{
	int e;

	pipeline_wraps(r->pipeline, wraps);
	r->stats->tunnelled += wraps;
	e = run_frame(r->kern, frame, len, goes_to_device(r, frame, len), &kern_state(r->kern)->to_device, &r->run_ns);

	if (e == -EINVAL)
		count_not_run(r, len);
	else if (e)
		return e;
	e = kern_ring_consume(r->ring);
	return e < 0 ? e : 0;
}

/* the packet as a frame that the programs know */
static const uint8_t *frame_of(struct desk *d, const struct pcap_packet *p, uint32_t *ret_len)
{
	uint32_t len;
	const uint8_t *frame = link_frame(p, d->frame, &len);

	return encap_strip(frame, len, d->bare, ret_len);
}

static int note_frame(struct replay *r, const uint8_t *frame, uint32_t len, bool wraps)
{
	(void)wraps;
	chunks_frame(r->chunks, frame, len);
	return 0;
}

/* @frame, and the packets within it, one after the other; the programs on a path do not look for them */
static int each_frame(struct replay *r, struct desk *d, const uint8_t *frame, uint32_t len,
		      int (*fn)(struct replay *, const uint8_t *, uint32_t, bool wraps))
{
	for (int i = 0;; i++) {
		uint8_t *buf = d->inner[i & 1];
		uint32_t n;
		bool wraps = i < ENCAP_DEPTH_MAX && encap_inner(frame, len, buf, &n);
		int e = fn(r, frame, len, wraps);

		if (e || !wraps)
			return e;
		/* it may have tags and labels of its own; they are taken off where it lies */
		frame = encap_strip(buf, n, buf, &len);
	}
}

/* what will be acknowledged, and when */
static int note_packet(struct replay *r, const struct pcap_packet *p)
{
	uint32_t len;
	const uint8_t *frame = frame_of(&r->note_desk, p, &len);

	return each_frame(r, &r->note_desk, frame, len, note_frame);
}

static int feed_packet(struct replay *r, const struct pcap_packet *p)
{
	struct cordon_state *st = kern_state(r->kern);
	uint32_t len;
	const uint8_t *frame = frame_of(&r->desk, p, &len);

	r->packet++;
	clock_set_replay(p->ts_ns ? p->ts_ns : 1);
	st->now_ns = clock_now_ns();
	st->ifindex = REPLAY_IFINDEX;
	if (st->now_ns - r->tick_ns >= TICK_NS) {
		r->tick_ns = st->now_ns;
		act_tick(r->act, r->tick_ns);
	}
	return each_frame(r, &r->desk, frame, len, feed_frame);
}

/* the same packet through the empty programs: what reading, building frames and test runs cost by themselves */
static int feed_empty(struct replay *r, const struct pcap_packet *p)
{
	uint32_t len, unused;
	const uint8_t *frame = frame_of(&r->desk, p, &len);
	int e = run_frame(r->empty, frame, len, goes_to_device(r, frame, len), &unused, &r->empty_ns);

	return e == -EINVAL ? 0 : e;
}

static int check_link(const struct pcap_packet *p, const char *path, struct strbuf *err)
{
	char name[64];

	if (!link_supported(p->linktype, name, sizeof(name)))
		return 0;
	strbuf_addf(err, "%s: %s is not supported; Ethernet, raw IP, NULL, Linux cooked and PPP are", path, name);
	return -EOPNOTSUPP;
}

static int each_packet(struct replay *r, const char *path, int (*fn)(struct replay *, const struct pcap_packet *),
		       struct strbuf *err)
{
	_cleanup_(pcap_close) struct pcap *p = NULL;
	struct pcap_packet pkt;
	int e = pcap_open(path, &p, err);

	while (!e && (e = pcap_next(p, &pkt, err)) == 1) {
		e = check_link(&pkt, path, err);
		if (!e && (e = fn(r, &pkt)))
			strbuf_addf(err, "%s: packet %llu: %s", path, (unsigned long long)r->packet, strerror(-e));
	}
	return e;
}

/* --- one capture --- */

static void note_all(void *ctx)
{
	struct strbuf unused = { 0 };
	struct replay *r = ctx;

	each_packet(r, r->path, note_packet, &unused);
	strbuf_done(&unused);
}

/* what cannot be read twice has chunks of a fixed size; what else is wrong the pass itself says */
static void fill_chunks(struct replay *r)
{
	struct stat st;

	if (r->chunks && !stat(r->path, &st) && S_ISREG(st.st_mode))
		chunks_fill_by(r->chunks, note_all, r);
}

static int begin_capture(struct replay *r, struct strbuf *err)
{
	struct act_opts ao = { .conf = r->o.conf, .kern = r->kern };
	struct pipeline_opts po = { .kern = r->kern, .engine = r->o.engine, .on_finding = on_finding, .ctx = r,
				    .max_flows = r->o.conf->flow_buckets * CORDON_FLOW_WAYS,
				    .max_stream_bytes = STREAM_BYTES_MAX, .depth = r->o.conf->stream_depth,
				    .max_flow_events = r->o.conf->flow_events ? PIPELINE_FLOW_EVENTS : 0,
				    .midstream = r->o.conf->stream_midstream, .async_oneside = r->o.conf->stream_async_oneside,
				    .packet_alerts = r->o.conf->alerts_per_packet, .policy = r->o.conf->stream_policy };
	int e = kern_reset(r->kern);

	r->chunks = r->o.engine ? chunks_new(match_repeats(r->o.engine)) : NULL;
	fill_chunks(r);
	po.chunks = r->chunks;
	e = e || !r->o.engine || r->chunks ? e : -ENOMEM;
	e = e || !r->o.engine ? e : match_forget(r->o.engine);
	clock_set_replay(0);
	clock_set_replay(1);
	r->packet = r->tick_ns = r->run_ns = r->empty_ns = r->empty_cpu_ns = 0;
	e = e ? e : inventory_new(CORDON_DEVICE_MAX, &r->inventory);
	ao.inventory = r->inventory;
	e = e ? e : act_new(&ao, &r->act, err);
	if (!e)
		act_set_threats(r->act, r->o.threats, r->o.index, 1);
	return e ? e : pipeline_new(&po, &r->pipeline);
}

static void end_capture(struct replay *r)
{
	pipeline_free(r->pipeline);
	act_free(r->act);
	inventory_free(r->inventory);
	chunks_free(r->chunks);
	r->pipeline = NULL;
	r->chunks = NULL;
	r->act = NULL;
	r->inventory = NULL;
}

static void subtract(struct replay_stats *s, const struct cordon_counters *c, const struct cordon_reasons *w)
{
	for (unsigned int i = 0; i < CORDON_COUNTERS; i++)
		s->counters.n[i] -= c->n[i];
	for (unsigned int i = 0; i < CORDON_REASONS; i++) {
		s->reasons.r[i].packets -= w->r[i].packets;
		s->reasons.r[i].bytes -= w->r[i].bytes;
	}
}

static int measure_feeding(struct replay *r, const char *path)
{
	struct strbuf unused = { 0 };
	uint64_t begin_ns = cpu_ns();
	int e = each_packet(r, path, feed_empty, &unused);

	r->empty_cpu_ns = cpu_ns() - begin_ns;
	strbuf_done(&unused);
	return e == -EBADMSG ? 0 : e;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static int run_capture(struct replay *r, const char *path, struct strbuf *err)
{
	struct replay_stats *s = r->stats;
	struct cordon_counters counters, more;
	struct cordon_reasons reasons;
	uint64_t rejected = kern_ring_rejected(r->ring), begin_ns, cpu;
	int e, m = 0;

	e = kern_counters(r->kern, &counters, &reasons);
	if (e)
		return e;
	begin_ns = cpu_ns();
	e = each_packet(r, path, feed_packet, err);
	pipeline_end(r->pipeline);
	cpu = cpu_ns() - begin_ns;
	if (r->empty && (!e || e == -EBADMSG))
		m = measure_feeding(r, path);
	more = s->counters; /* what was counted here: frames no test run takes */
	if (m || kern_counters(r->kern, &s->counters, &s->reasons))
		return m ? m : -EIO;
	subtract(s, &counters, &reasons);
	for (unsigned int i = 0; i < CORDON_COUNTERS; i++)
		s->counters.n[i] += more.n[i];
	s->rejected = kern_ring_rejected(r->ring) - rejected;
	s->devices = inventory_count(r->inventory);
	s->kernel_ns = less(r->run_ns, r->empty_ns);
	s->user_ns = r->empty ? less(less(cpu, less(r->empty_cpu_ns, r->empty_ns)), r->run_ns) : 0;
	pipeline_stats(r->pipeline, &s->pipeline);
	s->chunks_dropped = r->chunks ? chunks_dropped(r->chunks) : 0;
	return e;
}

int replay_file(struct replay *r, const char *path, struct replay_stats *ret, struct strbuf *err)
{
	int e;

	*ret = (struct replay_stats){ 0 };
	r->stats = ret;
	r->path = path;
	e = begin_capture(r, err);
	e = e ? e : run_capture(r, path, err);
	end_capture(r);
	if (e && !err->len)
		strbuf_addf(err, "%s: %s", path, strerror(-e));
	return e;
}

void replay_stats_add(struct replay_stats *a, const struct replay_stats *b)
{
	uint64_t *p = (uint64_t *)a;
	const uint64_t *q = (const uint64_t *)b;

	_Static_assert(sizeof(*a) % sizeof(*p) == 0, "all of struct replay_stats is 64-bit counts");
	for (size_t i = 0; i < sizeof(*a) / sizeof(*p); i++)
		p[i] += q[i];
}
