// SPDX-License-Identifier: BSD-2-Clause
/* Cordon, loaded as it runs live: the boot clock, interface 1 (lo, as a test run has it) faces the devices. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/lists.h"
#include "bench/bench.h"
#include "feed/feed.h"

static int on_record(const struct cordon_event_hdr *ev, void *ctx)
{
	struct subject *s = ctx;

	(void)ev;
	s->records++;
	return 0;
}

static void open_with(struct subject *s, struct kern_opts o)
{
	struct cordon_iface iface = { .ifindex = 1, .owner_ifindex = 1, .role = CORDON_ROLE_DEVICE, .mode = CORDON_MODE_REACT };
	struct strbuf err = {};
	int r;

	memset(s, 0, sizeof(*s));
	if (kern_open(&o, &s->k, NULL, &err))
		die("load", err.s);
	strbuf_done(&err);
	r = kern_iface_put(s->k, &iface);
	if (!r)
		r = kern_ring_new(s->k, on_record, s, &s->ring);
	if (r)
		die("set up", strerror(-r));
}

void subject_open(struct subject *s, bool full)
{
	open_with(s, (struct kern_opts){ .config = { .depth = CORDON_STREAM_DEPTH, .inspect = 1, .full = full } });
}

void subject_open_sized(struct subject *s, const struct kern_opts *sizes)
{
	struct kern_opts o = *sizes;

	o.config.depth = CORDON_STREAM_DEPTH;
	o.config.inspect = 1;
	open_with(s, o);
}

void subject_close(struct subject *s)
{
	kern_ring_free(s->ring);
	kern_free(s->k);
}

static uint64_t next_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return cordon_mix(*state);
}

static int add_address(struct indicators *in, uint64_t r)
{
	struct indicator e = { .kind = CORDON_INDICATOR_IPV4, .action = CORDON_ACTION_ALERT, .prefix.len = 128 };

	e.prefix.addr.b[10] = e.prefix.addr.b[11] = 0xff;
	/* even addresses are listed, odd ones are clean: a clean one may well have a listed neighbour */
	memcpy(&e.prefix.addr.b[12], &r, 4);
	e.prefix.addr.b[12] = (uint8_t)(1 + (r >> 32) % 223);
	e.prefix.addr.b[15] &= 0xfe;
	return vec_push(&in->v, e);
}

static int add_name(struct indicators *in, uint64_t r)
{
	struct indicator e = { .kind = CORDON_INDICATOR_DOMAIN, .action = CORDON_ACTION_ALERT, .flags = CORDON_THREAT_SUBDOMAINS,
			       .text = (uint32_t)in->text.len };
	char name[64];
	int n = snprintf(name, sizeof(name), "b%010llx.bad.example", (unsigned long long)(r >> 24)), err = 0;

	for (int i = 0; i <= n && !err; i++)
		err = vec_push(&in->text, name[i]);
	return err ? err : vec_push(&in->v, e);
}

uint64_t subject_swap(struct subject *s, const struct indicators *in)
{
	uint32_t lines = threat_image_lines(in);
	struct strbuf err = {};
	struct cordon_line *mem;
	int fd, r = kern_threat_new(lines, &fd, &mem);

	if (r)
		die("threat image", strerror(-r));
	if (threat_image_fill(in, 1, mem, lines, &err))
		die("threat image", err.s);
	r = kern_threat_swap(s->k, fd);
	if (r)
		die("swap", strerror(-r));
	kern_threat_unmap(mem, lines);
	close(fd);
	strbuf_done(&err);
	return (uint64_t)lines * sizeof(struct cordon_line);
}

uint64_t subject_threats(struct subject *s, uint32_t n, double *ret_seconds)
{
	struct indicators in = {};
	uint64_t seed = 1, bytes;
	double t0;

	for (uint32_t i = 0; i < n; i++) {
		if (add_address(&in, next_random(&seed)) || add_name(&in, next_random(&seed)))
			die("indicators", "out of memory");
	}
	t0 = seconds_now();
	bytes = subject_swap(s, &in);
	*ret_seconds = seconds_now() - t0;
	indicators_done(&in);
	return bytes;
}

static void send_one(struct subject *s, int hook, const struct frame *f)
{
	bool drop;
	uint32_t ns;
	int r = kern_test_run(s->k, hook, f->b, f->len, &drop, &ns);

	if (r || drop)
		die("flow", r ? strerror(-r) : "dropped");
}

void subject_flow(struct subject *s, uint16_t device_port, uint32_t *ret_seq)
{
	static const char hello[] = "GET /index.html HTTP/1.1\r\nHost: device-cloud.example.com\r\n\r\n";
	struct frame f;

	frame_tcp(&f, true, device_port, 0x02, 1000, 0, "", 0);
	send_one(s, KERN_XDP, &f);
	frame_tcp(&f, false, device_port, 0x12, 5000, 1001, "", 0);
	send_one(s, KERN_TC, &f);
	frame_tcp(&f, true, device_port, 0x10, 1001, 5001, "", 0);
	send_one(s, KERN_XDP, &f);
	frame_tcp(&f, true, device_port, 0x18, 1001, 5001, hello, sizeof(hello) - 1);
	send_one(s, KERN_XDP, &f);
	*ret_seq = 1001 + sizeof(hello) - 1;
}

uint64_t subject_count(struct subject *s, unsigned int counter)
{
	struct cordon_counters c;

	if (kern_counters(s->k, &c, NULL))
		die("counters", "cannot be read");
	return c.n[counter];
}

void subject_must_be_clean(struct subject *s, uint64_t suspects)
{
	struct cordon_reasons r;

	if (subject_count(s, CORDON_COUNTER_SUSPECT_PACKETS) == suspects)
		return;
	if (kern_counters(s->k, NULL, &r))
		die("counters", "cannot be read");
	for (unsigned int i = 0; i < CORDON_REASONS; i++) {
		if (r.r[i].packets)
			fprintf(stderr, "%s: %llu packets\n", reason_name(i), (unsigned long long)r.r[i].packets);
	}
	die("clean packets", "some were suspect, for the reasons above: the figures would be of something else");
}
