// SPDX-License-Identifier: BSD-2-Clause
/* Test runs and their statistics. The kernel measures; we take minima and medians. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "bench/bench.h"

#define ROUNDS 9
#define ROUND_NS 20e6
#define BATCHES 150
#define BATCH 100

double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

static double run(int prog, const struct frame *f, uint32_t repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->b, .data_size_in = (uint32_t)f->len, .repeat = (int)repeat);

	if (bpf_prog_test_run_opts(prog, &o))
		die("test run", strerror(errno));
	return o.duration;
}

struct cost cost_of(double *v, size_t n)
{
	struct cost c;

	c.median = median(v, n);
	c.min = v[0];
	c.p90 = v[n * 9 / 10];
	return c;
}

struct cost measure_same(int prog, const struct frame *f)
{
	double v[ROUNDS], one = run(prog, f, 1000);
	uint32_t repeat = (uint32_t)(ROUND_NS / (one < 1 ? 1 : one));

	for (size_t i = 0; i < ROUNDS; i++)
		v[i] = run(prog, f, repeat);
	return cost_of(v, ROUNDS);
}

/* mean without the slowest tenth: interrupts hit those, and one reading of the clock is coarse */
static double trimmed_mean(double *v, size_t n)
{
	double sum = 0;
	size_t keep = n - n / 10;

	qsort(v, n, sizeof(*v), compare);
	for (size_t i = 0; i < keep; i++)
		sum += v[i];
	return sum / (double)keep;
}

struct cost measure_each(int prog, frame_fn make, void *ctx, struct kern_ring *ring)
{
	static struct frame f;
	double v[BATCHES], batch[BATCH];
	uint32_t n = 0;

	/* the first is to warm up, and overwritten */
	for (size_t k = 0; k <= BATCHES; k++) {
		size_t i = k ? k - 1 : 0;

		for (size_t j = 0; j < BATCH; j++) {
			make(&f, n++, ctx);
			batch[j] = run(prog, &f, 1);
		}
		v[i] = trimmed_mean(batch, BATCH);
		if (ring)
			kern_ring_consume(ring);
	}
	return cost_of(v, BATCHES);
}

struct cost cost_net(struct cost of, struct cost harness)
{
	struct cost c = { of.min - harness.min, of.median - harness.median, of.p90 - harness.median };

	c.min = c.min < 1 ? 1 : c.min;
	c.median = c.median < 1 ? 1 : c.median;
	c.p90 = c.p90 < 1 ? 1 : c.p90;
	return c;
}

/* --- memory --- */

double number_in(const char *path, const char *key)
{
	char line[256];
	double v = 0;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			v = strtod(line + strlen(key), NULL);
	if (f)
		fclose(f);
	return v;
}

void peak_begin(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "w");

	if (f) {
		fputs("5", f); /* proc_pid_clear_refs(5): the peak is what is used now */
		fclose(f);
	}
}

double peak_mib(void)
{
	return number_in("/proc/self/status", "VmHWM:") / 1024;
}
