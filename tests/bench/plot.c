// SPDX-License-Identifier: BSD-2-Clause
/* Plots as SVG: what something costs against how many there are of it. The horizontal axis is logarithmic. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bench/bench.h"

#define SERIES 4
#define POINTS 12
#define WIDTH 640
#define HEIGHT 400
#define LEFT 70
#define RIGHT 20
#define TOP 40
#define BOTTOM 60

struct plot {
	const char *title, *x, *y;
	struct {
		const char *name;
		double x[POINTS], y[POINTS];
		size_t n;
	} s[SERIES];
	size_t n;
};

struct plot *plot_new(const char *title, const char *x, const char *y)
{
	struct plot *p = calloc(1, sizeof(*p));

	if (!p)
		die("plot", "out of memory");
	p->title = title;
	p->x = x;
	p->y = y;
	return p;
}

void plot_point(struct plot *p, const char *series, double x, double y)
{
	size_t i = 0;

	while (i < p->n && strcmp(p->s[i].name, series))
		i++;
	if (i == SERIES || (i < p->n && p->s[i].n == POINTS))
		die("plot", "too many points");
	if (i == p->n)
		p->s[p->n++].name = series;
	p->s[i].x[p->s[i].n] = x;
	p->s[i].y[p->s[i].n++] = y;
}

/* what the axes span: powers of ten across, from zero up */
struct span {
	double from, to, top;
};

static struct span span_of(const struct plot *p)
{
	struct span a = { 1e300, 1, 0 };
	double step;

	for (size_t i = 0; i < p->n; i++)
		for (size_t k = 0; k < p->s[i].n; k++) {
			a.from = p->s[i].x[k] < a.from ? p->s[i].x[k] : a.from;
			a.to = p->s[i].x[k] > a.to ? p->s[i].x[k] : a.to;
			a.top = p->s[i].y[k] > a.top ? p->s[i].y[k] : a.top;
		}
	a.from = floor(log10(a.from));
	a.to = ceil(log10(a.to));
	a.to = a.to > a.from ? a.to : a.from + 1;
	step = pow(10, floor(log10(a.top > 0 ? a.top : 1)));
	a.top = ceil(a.top / step + 0.1) * step;
	return a;
}

static double place_x(const struct span *a, double x)
{
	return LEFT + (log10(x) - a->from) / (a->to - a->from) * (WIDTH - LEFT - RIGHT);
}

static double place_y(const struct span *a, double y)
{
	return HEIGHT - BOTTOM - y / a->top * (HEIGHT - TOP - BOTTOM);
}

static void axes(FILE *f, const struct plot *p, const struct span *a)
{
	fprintf(f, "<text x=\"%d\" y=\"24\" text-anchor=\"middle\" font-size=\"15\">%s</text>\n", WIDTH / 2, p->title);
	fprintf(f, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", WIDTH / 2, HEIGHT - 22, p->x);
	fprintf(f, "<text x=\"18\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 18 %d)\">%s</text>\n", HEIGHT / 2, HEIGHT / 2, p->y);
	for (double e = a->from; e <= a->to; e++) {
		double x = place_x(a, pow(10, e));

		fprintf(f, "<path d=\"M%.1f %d V%d\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g</text>\n", x, TOP,
			HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 16, pow(10, e));
	}
	for (int i = 0; i <= 4; i++) {
		double v = a->top * i / 4, y = place_y(a, v);

		fprintf(f, "<path d=\"M%d %.1f H%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", LEFT, y,
			WIDTH - RIGHT, LEFT - 6, y + 4, v);
	}
}

static void series(FILE *f, const struct plot *p, size_t i, const struct span *a)
{
	static const char *const colours[SERIES] = { "#0b6", "#06c", "#c30", "#888" };

	fprintf(f, "<path fill=\"none\" stroke-width=\"2\" stroke=\"%s\" d=\"", colours[i]);
	for (size_t k = 0; k < p->s[i].n; k++)
		fprintf(f, "%c%.1f %.1f ", k ? 'L' : 'M', place_x(a, p->s[i].x[k]), place_y(a, p->s[i].y[k]));
	fprintf(f, "\"/>\n");
	for (size_t k = 0; k < p->s[i].n; k++)
		fprintf(f, "<circle r=\"3\" fill=\"%s\" cx=\"%.1f\" cy=\"%.1f\"/>\n", colours[i], place_x(a, p->s[i].x[k]),
			place_y(a, p->s[i].y[k]));
	fprintf(f, "<text x=\"%d\" y=\"%zu\" fill=\"%s\">%s</text>\n", LEFT + 12, TOP + 16 + 16 * i, colours[i], p->s[i].name);
}

void plot_write(struct plot *p, const char *path)
{
	struct span a = span_of(p);
	FILE *f = fopen(path, "we");

	if (!f)
		die(path, strerror(errno));
	fprintf(f, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", WIDTH, HEIGHT);
	axes(f, p, &a);
	for (size_t i = 0; i < p->n; i++)
		series(f, p, i, &a);
	fprintf(f, "</svg>\n");
	if (fclose(f))
		die(path, strerror(errno));
	printf("     %s\n", path);
	free(p);
}
