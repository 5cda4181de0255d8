/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_net.c - networks of bench: read, compiled in memory, and what their answers are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/bench.h"
#include "host/data.h"
#include "host/net.h"
#include "host/out.h"

enum { BLOCK = 65536 };

static uint32_t file_crc(const char *path)
{
	static unsigned char block[BLOCK];
	uLong crc = crc32(0, NULL, 0);
	FILE *f = fopen(path, "rbe");
	size_t n;

	while (f && (n = fread(block, 1, sizeof(block), f)) > 0)
		crc = crc32(crc, block, (uInt)n);
	if (f)
		fclose(f);
	return (uint32_t)crc;
}

static int load_pictures(struct vh_bench_net *n, const char *path, const vn_recipe *recipe,
                         vn_error *err)
{
	const struct vh_shape shape = {.c = n->in_c, .h = n->in_h, .w = n->in_w, .recipe = *recipe};
	struct vh_data d;
	int rc = vh_data_images(path, &shape, 0, &d, err);

	if (rc)
		return rc;
	if (d.n < n->fed)
		rc = vn_fail(err, VN_EIMAGE, "give more, or smaller batches",
		             "%s: %zu pictures, and a batch of %zu is asked for", path, d.n,
		             n->fed);
	n->calib = n->calib < d.n ? n->calib : d.n;
	rc = rc ? rc : vh_data_cut(&d, n->calib, VH_EVENLY, err);
	rc = rc ? rc : vh_data_prepare(&d, 0, 0, err);
	for (size_t i = 0; !rc && i < n->calib; i++)
		rc = vh_data_get(&d, i, n->pixels + i * n->image, err);
	vh_data_free(&d);
	return rc;
}

/* Calibration pictures, of which the first are fed. */
static int get_pictures(struct vh_bench_net *n, const struct vh_bench_options *o,
                        const vn_recipe *recipe, vn_error *err)
{
	const struct vh_shape shape = {.c = n->in_c, .h = n->in_h, .w = n->in_w};
	int rc;

	n->fed = 1;
	for (int i = 0; i < o->n_batches; i++)
		n->fed = (size_t)o->batches[i] > n->fed ? (size_t)o->batches[i] : n->fed;
	n->calib = (size_t)o->images > n->fed ? (size_t)o->images : n->fed;
	n->image = (size_t)n->in_c * (size_t)n->in_h * (size_t)n->in_w;
	if (!o->data)
		return vh_scenes(&shape, n->calib, &n->pixels, err);
	rc = vh_alloc_pixels(&shape, n->calib, &n->pixels, err);
	return rc ? rc : load_pictures(n, o->data, recipe, err);
}

static int compile(struct vh_bench_net *n, const struct vh_bench_options *o, vn_error *err)
{
	vn_compile_options options = {.size = sizeof(options)};
	vn_compiled *compiled;
	char end;
	void *data;
	size_t bytes;
	int rc;

	if (sscanf(o->target, "%4dx%4d%c", &options.rows, &options.cols, &end) != 2)
		return vn_fail(err, VN_EARG, "as in 32x64", "--target: '%s' is not RxC", o->target);
	rc = vn_net_compile(n->net, n->pixels, n->calib, &options, &compiled, err);
	if (rc)
		return rc;
	rc = vn_compiled_bytes(compiled, &data, &bytes, err);
	vn_compiled_free(compiled);
	if (rc)
		return rc;
	snprintf(n->program_crc, sizeof(n->program_crc), "%08lx",
	         crc32(crc32(0, NULL, 0), data, (uInt)bytes));
	rc = vn_program_parse(n->path, data, bytes, &n->prog, err);
	free(data);
	return rc;
}

/* ---- what is right ---- */

static int best_of(const float *v, int n)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		best = v[i] > v[best] ? i : best;
	return best;
}

static int float_classes(struct vh_bench_net *n, vn_error *err)
{
	float *in = malloc(n->image * sizeof(*in));
	float *logits = malloc((size_t)n->classes * sizeof(*logits));
	float *out[VN_MAX_STAGES + 1] = {NULL};
	int rc = 0;

	n->top = malloc(n->fed * sizeof(*n->top));
	if (!in || !logits || !n->top)
		rc = vn_fail_nomem(err, n->image * sizeof(*in), "the float reference");
	out[n->net->n_stages] = logits;
	for (size_t i = 0; i < n->fed && !rc; i++) {
		vn_net_normalise(n->net, n->pixels + i * n->image, in);
		rc = vn_net_run(n->net, in, out, NULL, err);
		if (!rc)
			n->top[i] = best_of(logits, n->classes);
	}
	free(in);
	free(logits);
	return rc;
}

static int exact_logits(struct vh_bench_net *n, vn_error *err)
{
	const size_t bytes = (size_t)n->classes * sizeof(*n->exact);
	vn_device *dev = NULL;
	vn_job *job = NULL;
	int rc = 0;

	n->exact = malloc(n->fed * bytes);
	if (!n->exact)
		return vn_fail_nomem(err, n->fed * bytes, "the answers of ref:");
	rc = vn_device_open("ref:", &dev, err);
	rc = rc ? rc : vn_device_load(dev, n->prog, VN_RESIDENT, err);
	rc = rc ? rc : vh_batch(dev, n->pixels, n->fed, 0, &job, err);
	for (size_t i = 0; i < n->fed && !rc; i++)
		memcpy(n->exact + i * (size_t)n->classes, vn_job_logits(job, i), bytes);
	vn_job_free(job);
	vn_device_close(dev);
	return rc;
}

/* ---- open and close ---- */

static int read_program(struct vh_bench_net *n, vn_recipe *recipe, vn_error *err)
{
	vn_program_info info;
	int rc = vn_program_load(n->path, &n->prog, err);

	if (rc)
		return rc;
	vn_program_get_info(n->prog, &info);
	n->in_c = info.in_c;
	n->in_h = info.in_h;
	n->in_w = info.in_w;
	n->classes = info.classes;
	n->macs = (double)info.macs;
	*recipe = info.recipe;
	snprintf(n->program_crc, sizeof(n->program_crc), "%08x", n->crc);
	return 0;
}

static int read_network(struct vh_bench_net *n, vn_recipe *recipe, vn_error *err)
{
	int rc = vh_net_load(n->path, &n->net, err);

	if (rc)
		return rc;
	n->in_c = n->net->in_c;
	n->in_h = n->net->in_h;
	n->in_w = n->net->in_w;
	n->classes = n->net->classes;
	n->macs = (double)vn_net_macs(n->net);
	*recipe = n->net->recipe;
	return 0;
}

int vh_bench_net_open(struct vh_bench_net *n, const char *path, const struct vh_bench_options *o,
                      int wants_float, int wants_program, vn_error *err)
{
	vn_recipe recipe = {0};
	int rc;

	n->path = path;
	if (vh_is_program(path) && wants_float)
		return vn_fail(err, VN_EARG, "give the .onnx file, which is compiled here",
		               "%s: a program; cpu: runs the float network", path);
	n->crc = vh_is_variant(path) ? 0 : file_crc(path);
	rc = vh_is_program(path) ? read_program(n, &recipe, err) : read_network(n, &recipe, err);
	rc = rc ? rc : get_pictures(n, o, &recipe, err);
	if (!rc && wants_program && !n->prog)
		rc = compile(n, o, err);
	if (!rc && n->prog)
		rc = exact_logits(n, err);
	if (!rc && n->net && wants_float)
		rc = float_classes(n, err);
	return rc;
}

void vh_bench_net_close(struct vh_bench_net *n)
{
	vn_net_free(n->net);
	vn_program_free(n->prog);
	free(n->pixels);
	free(n->exact);
	free(n->top);
}
