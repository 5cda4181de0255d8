/* SPDX-License-Identifier: Apache-2.0
 *
 * counters.c - what the engines did, as a table or as JSON.
 */
#include "host/counters.h"

#include <stdio.h>

#include "base/error.h"
#include "spec/spec.h"

static const char *const engines[VN_COUNTED_ENGINES] = {"load", "array", "post", "dw", "store"};
static const char *const kinds[VN_COUNTED_KINDS] = {"busy", "weights", "input", "output"};

/* A row of the table. */
struct row {
	const char *name;
	vn_counters c;
	double utilisation; /* MACs of the array / (cycles * R * C) */
};

/* Name and MACs an image of @stage: -1 the whole network, info->stages the FC. */
static void name_row(const vn_program *prog, const vn_program_info *info, int stage, struct row *r)
{
	const double cells = (double)info->config[VN_CFG_ROWS] * info->config[VN_CFG_COLS];
	uint64_t fc = info->array_macs, macs = info->array_macs;
	vn_stage_info s;
	int i;

	r->name = stage < 0 ? "all" : "fc";
	for (i = 0; i < info->stages && vn_program_stage(prog, i, &s) == 0; i++) {
		fc -= s.array_macs;
		if (i == stage) {
			r->name = s.name;
			macs = s.array_macs;
		}
	}
	if (stage == info->stages)
		macs = fc;
	r->utilisation = (double)macs * (double)r->c.images / ((double)r->c.cycles * cells);
}

/* Call @print for the whole network and for every stage that has run. */
static int each_row(vn_device *dev, const vn_program *prog,
                    void (*print)(const struct row *r, void *arg), void *arg, vn_error *err)
{
	vn_program_info info;
	struct row r;
	int stage, rc = 0;

	vn_program_get_info(prog, &info);
	for (stage = -1; !rc && stage <= info.stages; stage++) {
		rc = vn_device_counters(dev, stage, &r.c, err);
		if (!rc && r.c.cycles) {
			name_row(prog, &info, stage, &r);
			print(&r, arg);
		}
	}
	return rc;
}

/* VN_EARG from a device that does not count. */
static int has_clock(vn_device *dev, vn_error *err)
{
	uint32_t status[VN_STATUS_WORDS];
	int rc = vn_device_status(dev, status, err);

	if (!rc && !status[VN_ST_CYCLES] && !status[VN_ST_CYCLES + 1])
		return vn_fail(err, VN_EARG, "use a cycle-accurate device: rtl:",
		               "%s: this device has no clock, so there are no counters",
		               vn_device_uri(dev));
	return rc;
}

static void print_row(const struct row *r, void *arg)
{
	const vn_counters *c = &r->c;
	int e, k;

	(void)arg;
	for (e = 0; e < VN_COUNTED_ENGINES; e++) {
		if (e == 0)
			printf("%-10s %12.0f %12.0f %8.2f", r->name,
			       (double)c->cycles / (double)c->images,
			       (double)c->predicted / (double)c->images, 100 * r->utilisation);
		else
			printf("%-10s %12s %12s %8s", "", "", "", "");
		printf("  %-6s", engines[e]);
		for (k = 0; k < VN_COUNTED_KINDS; k++)
			printf(" %8.2f", 100 * (double)c->engine[e][k] / (double)c->cycles);
		printf("\n");
	}
}

int vh_counters_print(vn_device *dev, const vn_program *prog, int head, vn_error *err)
{
	const int rc = has_clock(dev, err);

	if (rc)
		return rc;
	if (head)
		printf("%-10s %12s %12s %8s  %-6s %8s %8s %8s %8s\n", "stage", "cycles/image",
		       "predicted", "MACs %", "engine", "busy %", "weights%", "input %",
		       "output %");
	return each_row(dev, prog, print_row, NULL, err);
}

static void json_row(const struct row *r, void *arg)
{
	const vn_counters *c = &r->c;
	json_t *row = json_pack("{s:s,s:f,s:I,s:I,s:I,s:I}", "stage", r->name, "utilisation",
	                        r->utilisation, "starts", (json_int_t)c->starts, "images",
	                        (json_int_t)c->images, "cycles", (json_int_t)c->cycles, "predicted",
	                        (json_int_t)c->predicted);
	int e, k;

	for (e = 0; e < VN_COUNTED_ENGINES; e++) {
		json_t *engine = json_object();

		for (k = 0; k < VN_COUNTED_KINDS; k++)
			json_object_set_new(engine, kinds[k],
			                    json_integer((json_int_t)c->engine[e][k]));
		json_object_set_new(row, engines[e], engine);
	}
	json_array_append_new(arg, row);
}

int vh_counters_json(vn_device *dev, const vn_program *prog, json_t *rows, vn_error *err)
{
	const int rc = has_clock(dev, err);

	return rc ? rc : each_row(dev, prog, json_row, rows, err);
}
