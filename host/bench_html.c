/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_html.c - what bench found as one page: no scripts, nothing from elsewhere, readable on a
 * narrow screen and on paper.
 *
 * A figure's kind is told by the bar's look and by a word: measured is full, predicted hatched,
 * published an outline.  Bars are drawn in SVG, which printers keep, with widths in per cent.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/bench.h"

enum look { MEASURED, PREDICTED, PUBLISHED };
static const char *const LOOKS[] = {"measured", "predicted", "published"};

static const struct published {
	const char *name;
	int mmac;
	double torch_ms, tensorrt_ms;
} PUBLISHED_FIGURES[] = {
#define VH_PUBLISHED(name, mmac, torch, tensorrt) {name, mmac, torch, tensorrt},
#include "host/bench_published.def"
};

enum { PUBLISHED_N = sizeof(PUBLISHED_FIGURES) / sizeof(PUBLISHED_FIGURES[0]) };

/* The published network that this one has the size of; NULL: none. */
static const struct published *find_published(const struct vh_bench_net *net)
{
	for (int i = 0; i < PUBLISHED_N; i++)
		if (net->classes == 1000 && net->in_h == 224 && net->in_w == 224 &&
		    fabs(net->macs * 1e-6 - PUBLISHED_FIGURES[i].mmac) < 2)
			return &PUBLISHED_FIGURES[i];
	return NULL;
}

/* Anybody's text. */
static void put(FILE *f, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			if ((unsigned char)*text >= ' ')
				fputc(*text, f);
		}
}

/* ---- bars ---- */

struct bar {
	char label[128];
	enum look look;
	double value;
};

enum { BARS = VH_BENCH_DEVICES + 2 };

/* Images a second: of all ways to feed a device the fastest.  Latency: the median. */
static double value_of(const struct vh_bench_device *d, int latency)
{
	struct vh_bench_stats s;
	double best = 0;

	for (int i = 0; i < d->n_cells; i++) {
		vh_bench_stats(&d->cells[i], &s);
		if (latency && !d->cells[i].queued)
			return 1e3 * s.median;
		best = s.rate > best ? s.rate : best;
	}
	return latency ? 0 : best;
}

static int bars_of(const struct vh_bench_report *r, int n, int latency, struct bar bars[BARS])
{
	const struct vh_bench_device *d = r->devices + n * r->per_net;
	const struct published *p = find_published(&r->nets[n]);
	int count = 0;

	for (int k = 0; k < r->per_net; k++) {
		struct bar *b = &bars[count];

		if (d[k].n_cells == 0)
			continue;
		count++;
		snprintf(b->label, sizeof(b->label), "%s", d[k].name);
		b->look = d[k].kind == VH_BENCH_PREDICTED ? PREDICTED : MEASURED;
		b->value = value_of(&d[k], latency);
	}
	if (p) {
		const double ms[] = {p->torch_ms, p->tensorrt_ms};
		static const char *const what[] = {"A100, PyTorch fp32", "A100, TensorRT fp16"};

		for (int i = 0; i < 2; i++)
			if (ms[i] > 0) {
				struct bar *b = &bars[count++];

				snprintf(b->label, sizeof(b->label), "%s", what[i]);
				b->look = PUBLISHED;
				b->value = latency ? ms[i] : 1e3 / ms[i];
			}
	}
	return count;
}

static void put_number(FILE *f, double v)
{
	fprintf(f, "%.*f", v < 10 ? 2 : v < 100 ? 1 : 0, v);
}

static void put_chart(FILE *f, const char *title, const char *unit, const struct bar *bars, int n)
{
	double most = 0;

	for (int i = 0; i < n; i++)
		most = bars[i].value > most ? bars[i].value : most;
	fprintf(f, "<h3>%s</h3>\n<div class=\"chart\">\n", title);
	for (int i = 0; i < n; i++) {
		const double part = most > 0 ? 100 * bars[i].value / most : 0;

		fputs("<div class=\"bar\"><span class=\"name\">", f);
		put(f, bars[i].label);
		fprintf(f,
		        "</span><svg width=\"100%%\" height=\"18\" role=\"img\" "
		        "aria-label=\"%s\"><rect class=\"%s\" x=\"1\" y=\"1\" width=\"%.2f%%\" "
		        "height=\"16\"/></svg><span class=\"value\">",
		        LOOKS[bars[i].look], LOOKS[bars[i].look], part > 98.5 ? 98.5 : part);
		put_number(f, bars[i].value);
		fprintf(f, " %s</span></div>\n", unit);
	}
	fputs("</div>\n", f);
}

/* ---- table ---- */

static void put_cell(FILE *f, const struct vh_bench_device *d, const struct vh_bench_cell *c,
                     const struct vh_bench_cell *base)
{
	const enum look look = d->kind == VH_BENCH_PREDICTED ? PREDICTED : MEASURED;
	struct vh_bench_stats s;

	vh_bench_stats(c, &s);
	fprintf(f, "<tr class=\"%s\"><td>", LOOKS[look]);
	put(f, d->name);
	fprintf(f, "</td><td>%s</td><td>", LOOKS[look]);
	if (c->queued)
		fprintf(f, "queue of %d", c->batch);
	else
		fputs("one image", f);
	fprintf(f, "</td><td>%.2f</td>", s.rate);
	if (s.cpu_rate > 0)
		fprintf(f, "<td>%.2f</td>", s.cpu_rate);
	else
		fputs("<td>&ndash;</td>", f);
	for (int i = 0; i < 6; i++) {
		const double ms[] = {s.least, s.median, s.p90, s.p95, s.p99, s.most};

		fprintf(f, "<td>%.2f</td>", 1e3 * ms[i]);
	}
	fprintf(f, "<td>%.1f</td><td>%.2f</td></tr>\n", 100 * s.spread, vh_bench_ratio(c, base));
}

static void put_table(FILE *f, const struct vh_bench_device *d, int n)
{
	fputs("<div class=\"wide\"><table>\n<thead><tr><th>device</th><th>figure</th><th>fed</th>"
	      "<th>images/s</th><th>images per CPU s</th><th>min ms</th><th>median</th>"
	      "<th>p90</th><th>p95</th><th>p99</th><th>max</th><th>spread %</th>"
	      "<th>ratio</th></tr></thead>\n<tbody>\n",
	      f);
	for (int i = 0; i < d->n_cells; i++)
		for (int k = 0; k < n; k++)
			if (i < d[k].n_cells)
				put_cell(f, &d[k], &d[k].cells[i], &d[0].cells[i]);
	fputs("</tbody></table></div>\n", f);
}

static void put_answers(FILE *f, const struct vh_bench_device *d, int n)
{
	fputs("<ul>\n", f);
	for (int k = 0; k < n; k++) {
		fputs("<li><b>", f);
		put(f, d[k].name);
		fputs("</b> ", f);
		put(f, d[k].about);
		if (d[k].approximate)
			fputs(", approximate", f);
		if (d[k].checked)
			fprintf(f, "; %zu answers checked, %zu %s", d[k].checked, d[k].differ,
			        d[k].kind == VH_BENCH_PROGRAM
			                ? "differ from those of ref:"
			                : "of another class than the float reference's");
		fputs("</li>\n", f);
	}
	fputs("</ul>\n", f);
}

static void put_net(FILE *f, const struct vh_bench_report *r, int n)
{
	const struct vh_bench_device *d = r->devices + n * r->per_net;
	const struct vh_bench_net *net = &r->nets[n];
	const struct published *p = find_published(net);
	struct bar bars[BARS];
	int count;

	fputs("<section>\n<h2>", f);
	put(f, net->path);
	fprintf(f, "</h2>\n<p>%.0f million multiply-accumulates an image of %dx%dx%d, %d classes. ",
	        net->macs * 1e-6, net->in_h, net->in_w, net->in_c, net->classes);
	if (p)
		fprintf(f,
		        "It has the size of %s, whose published figures are its authors', on an "
		        "NVIDIA A100.",
		        p->name);
	fputs("</p>\n", f);
	count = bars_of(r, n, 0, bars);
	put_chart(f, "Images a second (longer is better)", "/s", bars, count);
	count = bars_of(r, n, 1, bars);
	put_chart(f, "Latency of one image, median (shorter is better)", "ms", bars, count);
	put_table(f, d, r->per_net);
	fputs("<p class=\"small\">Times are those of a job; of devices with a full queue, between "
	      "the ends of two. Ratios are medians over the rounds, to ",
	      f);
	put(f, d[0].name);
	fputs(".</p>\n", f);
	put_answers(f, d, r->per_net);
	fputs("</section>\n", f);
}

/* ---- page ---- */

static const char HEAD[] =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>vanillin bench</title>\n<style>\n"
        "body{font:16px/1.45 system-ui,sans-serif;color:#1c2430;background:#fff;max-width:64rem;"
        "margin:0 auto;padding:1rem}\n"
        "h1{font-size:1.6rem;margin:.2em 0}h2{font-size:1.25rem;margin:1.6em 0 .3em;"
        "overflow-wrap:anywhere}h3{font-size:1rem;margin:1.2em 0 .3em}\n"
        ".small,li{font-size:.85rem}\n"
        ".bar{display:grid;grid-template-columns:11rem 1fr 6.5rem;gap:.6rem;align-items:center;"
        "margin:.15rem 0;break-inside:avoid}.bar svg{display:block}\n"
        ".name{text-align:right;overflow-wrap:anywhere}\n"
        ".value{font-variant-numeric:tabular-nums;white-space:nowrap}\n"
        "rect.measured{fill:#1f6fb2}rect.predicted{fill:url(#hatch);stroke:#b25a00}"
        "rect.published{fill:none;stroke:#555;stroke-dasharray:4 3}\n"
        ".key{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;list-style:none;padding:0}"
        ".key li{display:flex;align-items:center}.key "
        "svg{flex:none;vertical-align:-3px;margin-right:.4rem}\n"
        ".wide{overflow-x:auto;margin-top:1rem}table{border-collapse:collapse;font-size:.8rem;"
        "font-variant-numeric:tabular-nums;white-space:nowrap}\n"
        "th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid #dde2e8}"
        "th{border-bottom:2px solid #1c2430}th:nth-child(-n+3),td:nth-child(-n+3)"
        "{text-align:left}\n"
        "tr.predicted td{font-style:italic;color:#8a4600}\n"
        "code{overflow-wrap:anywhere}\n"
        "@media(max-width:40rem){.bar{grid-template-columns:1fr auto;gap:0 .6rem;margin:.35rem "
        "0}.name{text-align:left;"
        "grid-column:1/3}}\n"
        "@media print{body{font-size:11px;max-width:none;padding:0}table{font-size:8px}"
        ".wide{overflow:visible}}\n"
        "</style>\n</head>\n<body>\n"
        "<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
        "<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" fill=\"#fff\"/>"
        "<rect width=\"3\" height=\"7\" fill=\"#e08a2b\"/></pattern></defs></svg>\n";

static void put_key(FILE *f)
{
	static const char *const says[] = {"measured here, in this run",
	                                   "predicted: cycles times an assumed clock, no card",
	                                   "published by others, on their machine"};

	fputs("<ul class=\"key\">\n", f);
	for (int i = 0; i < 3; i++)
		fprintf(f,
		        "<li><svg width=\"36\" height=\"16\"><rect class=\"%s\" x=\"1\" y=\"1\" "
		        "width=\"34\" height=\"14\"/></svg>%s</li>\n",
		        LOOKS[i], says[i]);
	fputs("</ul>\n", f);
}

void vh_bench_html(const struct vh_bench_report *r, FILE *f)
{
	struct vh_machine m;

	vh_machine_look(&m);
	fputs(HEAD, f);
	fputs("<h1>vanillin bench</h1>\n<p>", f);
	put(f, m.cpu);
	fprintf(f, ", %d processors, ", m.processors);
	put(f, m.isa);
	fprintf(f, "; %d thread%s; load %.1f before and %.1f after; governor ", r->options->threads,
	        r->options->threads > 1 ? "s" : "", r->load[0], r->load[1]);
	put(f, m.governor);
	fputs("; ", f);
	put(f, m.kernel);
	fprintf(f, "; %s; vanillin " VN_VERSION ". ", m.date);
	fprintf(f,
	        "Devices took turns in %d rounds after a warm-up; every answer was checked.</p>\n",
	        VH_BENCH_ROUNDS);
	put_key(f);
	for (int n = 0; n < r->n_nets; n++)
		put_net(f, r, n);
	fputs("<p class=\"small\"><code>", f);
	for (char *const *a = r->argv; *a; a++) {
		put(f, *a);
		fputc(' ', f);
	}
	fputs("</code></p>\n</body>\n</html>\n", f);
}
