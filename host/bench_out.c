/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_out.c - what bench found, as a table and as JSON; and on which machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "host/bench.h"
#include "host/net.h"
#include "host/out.h"

/* ---- the machine ---- */

/* What follows @key in the first line of @path that begins so, up to its end; @key "": all. */
static void find_line(const char *path, const char *key, char *text, size_t size)
{
	char line[256];
	FILE *f = fopen(path, "re");

	snprintf(text, size, "unknown");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0) {
			const char *value = strchr(line, ':');

			value = value && *key ? value + 1 + strspn(value + 1, " \t") : line;
			snprintf(text, size, "%.*s", (int)strcspn(value, "\n"), value);
			break;
		}
	if (f)
		fclose(f);
}

void vh_machine_look(struct vh_machine *m)
{
	const time_t now = time(NULL);
	struct vn_cpu_about about;
	struct utsname u;
	struct tm t;
	char load[64];
	vn_error err;

	find_line("/proc/cpuinfo", "model name", m->cpu, sizeof(m->cpu));
	find_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "", m->governor,
	          sizeof(m->governor));
	find_line("/proc/loadavg", "", load, sizeof(load));
	m->load = strtod(load, NULL);
	m->processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
	snprintf(m->kernel, sizeof(m->kernel), "unknown");
	if (uname(&u) == 0)
		snprintf(m->kernel, sizeof(m->kernel), "%.40s %.40s", u.sysname, u.release);
	snprintf(m->isa, sizeof(m->isa), "unknown");
	m->library[0] = '\0';
	if (vn_cpu_about(&about, &err) == 0) {
		snprintf(m->isa, sizeof(m->isa), "%s", about.isa);
		snprintf(m->library, sizeof(m->library), "%s", about.library);
	}
	snprintf(m->date, sizeof(m->date), "unknown");
	if (gmtime_r(&now, &t))
		strftime(m->date, sizeof(m->date), "%Y-%m-%dT%H:%M:%SZ", &t);
}

/* ---- table ---- */

static const char *kind_of(const struct vh_bench_device *d)
{
	return d->kind == VH_BENCH_PREDICTED ? "predicted" : "measured";
}

static void print_cell(const struct vh_bench_device *d, const struct vh_bench_cell *c,
                       const struct vh_bench_cell *base)
{
	struct vh_bench_stats s;
	char feed[16], cpu[16] = "-";

	vh_bench_stats(c, &s);
	snprintf(feed, sizeof(feed), c->queued ? "queue %d" : "latency", c->batch);
	if (s.cpu_rate > 0)
		snprintf(cpu, sizeof(cpu), "%.2f", s.cpu_rate);
	printf("  %-14s %-9s %-10s %9.2f %8s %8.3f %8.3f %8.3f %8.3f %8.3f %8.3f %6.1f %7.2f\n",
	       d->name, kind_of(d), feed, s.rate, cpu, 1e3 * s.least, 1e3 * s.median, 1e3 * s.p90,
	       1e3 * s.p95, 1e3 * s.p99, 1e3 * s.most, 100 * s.spread, vh_bench_ratio(c, base));
}

static void print_answers(const struct vh_bench_device *d)
{
	if (d->kind == VH_BENCH_PREDICTED || d->n_cells == 0)
		printf("  %-14s %s\n", d->name, d->about);
	else if (d->kind == VH_BENCH_PROGRAM)
		printf("  %-14s %s; %zu answers, %zu differ from ref:\n", d->name, d->about,
		       d->checked, d->differ);
	else
		printf("  %-14s %s%s; %zu answers, %zu of another class than the float "
		       "reference\n",
		       d->name, d->about, d->approximate ? ", approximate" : "", d->checked,
		       d->differ);
}

void vh_bench_text(const struct vh_bench_report *r)
{
	struct vh_machine m;

	vh_machine_look(&m);
	printf("bench: %s, %d processors, %s; %d threads; load %.1f before, %.1f after\n", m.cpu,
	       m.processors, m.isa, r->options->threads, r->load[0], r->load[1]);
	for (int n = 0; n < r->n_nets; n++) {
		const struct vh_bench_device *d = r->devices + n * r->per_net;

		vh_say(stdout, "\n", r->nets[n].path, "");
		printf(": %.0f MMAC, ratios to %s\n", r->nets[n].macs * 1e-6, d->name);
		printf("  %-14s %-9s %-10s %9s %8s %8s %8s %8s %8s %8s %8s %6s %7s\n", "device",
		       "figure", "fed", "images/s", "/CPU s", "min ms", "median", "p90", "p95",
		       "p99", "max", "+-%", "ratio");
		for (int i = 0; i < d->n_cells; i++)
			for (int k = 0; k < r->per_net; k++)
				if (i < d[k].n_cells)
					print_cell(&d[k], &d[k].cells[i], &d[0].cells[i]);
		for (int k = 0; k < r->per_net; k++)
			print_answers(&d[k]);
	}
}

/* ---- JSON ---- */

static json_t *cell_json(const struct vh_bench_cell *c, const struct vh_bench_cell *base)
{
	struct vh_bench_stats s;
	json_t *rates = json_array();

	vh_bench_stats(c, &s);
	for (int i = 0; i < VH_BENCH_ROUNDS; i++)
		if (c->rate[i] > 0)
			json_array_append_new(rates, json_real(c->rate[i]));
	return json_pack("{s:s,s:i,s:I,s:I,s:f,s:f,s:f,s:{s:f,s:f,s:f,s:f,s:f,s:f},s:f,s:f,s:o}",
	                 "mode", c->queued ? "queue" : "latency", "batch", c->batch, "jobs",
	                 (json_int_t)c->n, "images", (json_int_t)c->images, "seconds", c->seconds,
	                 "images_per_s", s.rate, "images_per_cpu_s", s.cpu_rate, "ms", "min",
	                 1e3 * s.least, "median", 1e3 * s.median, "p90", 1e3 * s.p90, "p95",
	                 1e3 * s.p95, "p99", 1e3 * s.p99, "max", 1e3 * s.most, "spread", s.spread,
	                 "ratio", vh_bench_ratio(c, base), "images_per_s_by_round", rates);
}

static json_t *device_json(const struct vh_bench_device *d, const struct vh_bench_device *base)
{
	json_t *cells = json_array();

	for (int i = 0; i < d->n_cells; i++)
		json_array_append_new(cells, cell_json(&d->cells[i], &base->cells[i]));
	return json_pack("{s:o,s:s,s:o,s:b,s:s,s:I,s:I,s:o}", "device", vh_json_text(d->name),
	                 "figures", kind_of(d), "about", vh_json_text(d->about), "approximate",
	                 d->approximate, "checked_by",
	                 d->kind == VH_BENCH_PREDICTED ? "nothing"
	                 : d->kind == VH_BENCH_PROGRAM ? "bytes of ref:"
	                                               : "class of the float reference",
	                 "answers", (json_int_t)d->checked, "differ", (json_int_t)d->differ,
	                 "cells", cells);
}

static json_t *net_json(const struct vh_bench_report *r, int n)
{
	const struct vh_bench_device *d = r->devices + n * r->per_net;
	json_t *devices = json_array();
	const int has_file = !vh_is_variant(r->nets[n].path);
	char crc[16];

	snprintf(crc, sizeof(crc), "%08x", r->nets[n].crc);
	for (int k = 0; k < r->per_net; k++)
		json_array_append_new(devices, device_json(&d[k], &d[0]));
	return json_pack("{s:o,s:s*,s:s*,s:f,s:[i,i,i],s:i,s:o}", "network",
	                 vh_json_text(r->nets[n].path), "crc32", has_file ? crc : NULL,
	                 "program_crc32", *r->nets[n].program_crc ? r->nets[n].program_crc : NULL,
	                 "macs", r->nets[n].macs, "image", r->nets[n].in_h, r->nets[n].in_w,
	                 r->nets[n].in_c, "classes", r->nets[n].classes, "devices", devices);
}

json_t *vh_bench_json(const struct vh_bench_report *r)
{
	json_t *nets = json_array(), *line = json_array();
	struct vh_machine m;

	vh_machine_look(&m);
	for (int n = 0; n < r->n_nets; n++)
		json_array_append_new(nets, net_json(r, n));
	for (char *const *a = r->argv; *a; a++)
		json_array_append_new(line, vh_json_text(*a));
	return json_pack(
	        "{s:s,s:s,s:o,s:{s:o,s:i,s:s,s:o,s:o,s:s,s:f,s:f},s:i,s:i,s:o,s:i,s:i,s:o}",
	        "version", VN_VERSION, "date", m.date, "command", line, "machine", "cpu",
	        vh_json_text(m.cpu), "processors", m.processors, "isa", m.isa, "governor",
	        vh_json_text(m.governor), "kernel", vh_json_text(m.kernel), "library", m.library,
	        "load_before", r->load[0], "load_after", r->load[1], "threads", r->options->threads,
	        "rounds", VH_BENCH_ROUNDS, "pictures",
	        r->options->data ? vh_json_text(r->options->data) : json_string("noise"), "seconds",
	        (int)r->options->seconds, "assumed_mhz", (int)r->options->clock_mhz, "networks",
	        nets);
}
