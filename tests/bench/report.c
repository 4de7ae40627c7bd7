// SPDX-License-Identifier: BSD-2-Clause
/* The results: a table for people on stdout, one JSON object for machines. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "bench/bench.h"

static struct json j;
static struct json figures;
static bool begun;

static void begin(void)
{
	if (begun)
		return;
	begun = true;
	j.pretty = figures.pretty = true;
	json_begin(&j, NULL, '{');
	json_str(&j, "kernel", kern_probe()->release);
	json_begin(&j, "goals", '[');
	json_begin(&figures, NULL, '{');
}

void goal(const char *name, double limit, double measured, const char *unit)
{
	begin();
	printf("%-4s %-82s %8.3f  (goal: at most %g %s)\n", measured <= limit ? "met" : "MISS", name, measured, limit, unit);
	json_begin(&j, NULL, '{');
	json_str(&j, "name", name);
	json_f64(&j, "goal", limit);
	json_str(&j, "unit", unit);
	json_f64(&j, "measured", measured);
	json_bool(&j, "met", measured <= limit);
	json_end(&j, '}');
}

void goal_unmeasured(const char *name, double limit, const char *unit, const char *why)
{
	begin();
	printf("%-4s %-82s          (goal: at most %g %s) %s\n", "-", name, limit, unit, why);
	json_begin(&j, NULL, '{');
	json_str(&j, "name", name);
	json_f64(&j, "goal", limit);
	json_str(&j, "unit", unit);
	json_raw(&j, "measured", "null");
	json_bool(&j, "met", false);
	json_str(&j, "why", why);
	json_end(&j, '}');
}

void figure(const char *name, double value, const char *unit)
{
	begin();
	printf("     %-82s %8.1f %s\n", name, value, unit);
	json_begin(&figures, name, '{');
	json_f64(&figures, "value", value);
	json_str(&figures, "unit", unit);
	json_end(&figures, '}');
}

void figure_cost(const char *name, struct cost c)
{
	begin();
	printf("     %-82s %8.1f ns (median %.1f, 90th percentile %.1f)\n", name, c.min, c.median, c.p90);
	json_begin(&figures, name, '{');
	json_f64(&figures, "value", c.min);
	json_f64(&figures, "median", c.median);
	json_f64(&figures, "p90", c.p90);
	json_str(&figures, "unit", "ns");
	json_end(&figures, '}');
}

void figure_unmeasured(const char *name, const char *unit, const char *why)
{
	begin();
	printf("-    %-82s          %s\n", name, why);
	json_begin(&figures, name, '{');
	json_raw(&figures, "value", "null");
	json_str(&figures, "unit", unit);
	json_str(&figures, "why", why);
	json_end(&figures, '}');
}

int report_write(const char *path)
{
	int r;

	json_end(&figures, '}');
	json_end(&j, ']');
	json_raw(&j, "figures", figures.b.s);
	json_end(&j, '}');
	r = file_replace(path, j.b.s, j.b.len, 0644);
	json_done(&figures);
	json_done(&j);
	return r;
}

void die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why ? why : "failed");
	exit(1);
}
