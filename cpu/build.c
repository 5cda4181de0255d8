/* SPDX-License-Identifier: Apache-2.0
 *
 * build.c - from a float network to steps; and what oneDNN this is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cpu/plan.h"

/* ---- which oneDNN, which instructions ---- */

static const struct isa {
	const char *name;
	dnnl_cpu_isa_t isa;
	int has_vnni; /* sums of four products of u8 and s8 in 32 bits */
} ISAS[] = {
        {"SSE4.1", dnnl_cpu_isa_sse41, 0},
        {"AVX", dnnl_cpu_isa_avx, 0},
        {"AVX2", dnnl_cpu_isa_avx2, 0},
        {"AVX2 with VNNI", dnnl_cpu_isa_avx2_vnni, 1},
        {"AVX-512", dnnl_cpu_isa_avx512_core, 0},
        {"AVX-512 with VNNI", dnnl_cpu_isa_avx512_core_vnni, 1},
        {"AVX-512 with VNNI and BF16", dnnl_cpu_isa_avx512_core_bf16, 1},
        {"AVX-512 with AMX", dnnl_cpu_isa_avx512_core_amx, 1},
};

int vn_cpu_about(struct vn_cpu_about *about, vn_error *err)
{
	int rc = vn_dnnl_load(err);
	const dnnl_version_t *v;
	dnnl_cpu_isa_t isa;

	memset(about, 0, sizeof(*about));
	if (rc)
		return rc;
	v = vn_dnnl.version();
	snprintf(about->library, sizeof(about->library), "oneDNN %d.%d.%d", v->major, v->minor,
	         v->patch);
	about->isa = "another instruction set";
	about->weight_bits = 7;
	isa = vn_dnnl.get_effective_cpu_isa();
	for (size_t i = 0; i < sizeof(ISAS) / sizeof(ISAS[0]); i++)
		if (ISAS[i].isa == isa) {
			about->isa = ISAS[i].name;
			about->weight_bits = ISAS[i].has_vnni ? 8 : 7;
		}
	return 0;
}

/* ---- layers ---- */

struct builder {
	struct vn_cpu *cpu;
	const struct vn_net *net;
	struct vn_cpu_ranges ranges; /* int8 only */
	vn_error *err;
};

/* @out NULL: real outputs. */
static int layer_of(const struct builder *b, const float *w, const float *bias, int cout,
                    size_t taps, const struct vn_cpu_range *out, struct vn_cpu_layer *layer)
{
	const struct vn_cpu *cpu = b->cpu;

	if (cpu->type == VN_CPU_INT8)
		return vn_cpu_round(w, bias, cout, taps, &cpu->maps[cpu->n_maps - 1].range, out,
		                    b->ranges.weight_most, layer, b->err);
	*layer = (struct vn_cpu_layer){dnnl_f32, dnnl_f32, dnnl_f32, dnnl_f32,
	                               w,        bias,     NULL,     {1, 0}};
	return 0;
}

static void release(const struct builder *b, struct vn_cpu_layer *layer)
{
	if (b->cpu->type == VN_CPU_INT8)
		vn_cpu_layer_free(layer);
}

static int add_conv(const struct builder *b, const struct vn_cpu_conv *c, const float *w,
                    const float *bias, const struct vn_cpu_range *out)
{
	const size_t taps = (size_t)(c->cin / c->groups) * (size_t)c->side * (size_t)c->side;
	struct vn_cpu_layer layer;
	int rc = layer_of(b, w, bias, c->cout, taps, out, &layer);

	if (rc)
		return rc;
	rc = vn_cpu_add_conv(b->cpu, c, &layer, b->err);
	release(b, &layer);
	return rc;
}

static int add_stage(const struct builder *b, int stage)
{
	const struct vn_stage *st = &b->net->stages[stage];
	const int pooled = st->pool_h != st->out_h || st->pool_w != st->out_w;
	const struct vn_cpu_conv conv = {
	        .groups = 1,
	        .cin = st->cin,
	        .cout = st->cout,
	        .side = st->k,
	        .stride = st->stride,
	        .pad = stage == 0 && b->cpu->border ? 0 : st->pad, /* the image's map has it */
	        .relu = 1,                                         /* changes places with pooling */
	        .out_h = st->conv_h,
	        .out_w = st->conv_w,
	};
	const struct vn_cpu_windows windows = {st->pool_h, st->pool_w, st->out_h, st->out_w};
	const struct vn_cpu_conv series = {
	        .groups = st->cout,
	        .cin = st->cout,
	        .cout = st->cout,
	        .side = 2 * st->n + 1,
	        .stride = 1,
	        .pad = st->n,
	        .out_h = st->out_h,
	        .out_w = st->out_w,
	};
	int rc = add_conv(b, &conv, st->w, st->b, &b->ranges.relu[stage]);

	if (!rc && pooled)
		rc = vn_cpu_add_pool(b->cpu, &windows, b->err);
	if (!rc && st->act_w)
		rc = add_conv(b, &series, st->act_w, st->act_b, &b->ranges.out[stage]);
	b->cpu->steps[b->cpu->n_steps - 1].stage = stage;
	return rc;
}

static int add_head(const struct builder *b)
{
	const struct vn_net *net = b->net;
	const int channels = net->stages[net->n_stages - 1].cout;
	struct vn_cpu_layer layer;
	int rc = vn_cpu_add_average(b->cpu, &b->ranges.mean, b->err);

	if (!rc)
		rc = layer_of(b, net->fc_w, net->fc_b, net->classes, (size_t)channels, NULL,
		              &layer);
	if (rc)
		return rc;
	rc = vn_cpu_add_fc(b->cpu, net->classes, &layer, b->err);
	release(b, &layer);
	return rc;
}

/* ---- the whole ---- */

/* The image in int8 brings its border along, of zero points: oneDNN pads with 0. */
static int add_image(const struct builder *b)
{
	struct vn_cpu *cpu = b->cpu;
	const struct vn_net *net = b->net;
	const int is_int8 = cpu->type == VN_CPU_INT8;
	const struct vn_cpu_range *r = &b->ranges.image;
	dnnl_dims_t dims;
	int rc;

	cpu->border = is_int8 ? net->stages[0].pad : 0;
	dims[0] = cpu->batch;
	dims[1] = net->in_c;
	dims[2] = net->in_h + 2 * cpu->border;
	dims[3] = net->in_w + 2 * cpu->border;
	rc = vn_cpu_add_image(cpu, dims, is_int8 ? dnnl_u8 : dnnl_f32, b->err);
	cpu->maps[0].range = *r;
	for (int c = 0; c < net->in_c; c++)
		for (int p = 0; p < 256; p++) {
			const float x = ((float)p / 255.0f - net->mean[c]) / net->std[c];

			cpu->pixel[c][p] = x;
			if (is_int8)
				cpu->pixel8[c][p] = (uint8_t)(x / r->scale + (float)r->zero + 0.5f);
		}
	return rc;
}

static int build(struct builder *b, const struct vn_cpu_options *o)
{
	struct vn_cpu *cpu = b->cpu;
	struct vn_cpu_about about;
	int rc = vn_cpu_about(&about, b->err);

	if (rc)
		return rc;
	b->ranges.weight_most = about.weight_bits == 8 ? 127 : 64;
	if (o->type == VN_CPU_INT8)
		rc = vn_cpu_calibrate(b->net, o, &b->ranges, b->err);
	if (rc)
		return rc;
	vn_dnnl.set_threads(o->threads);
	rc = vn_dnnl_check(vn_dnnl.engine_create(&cpu->engine, dnnl_cpu, 0), "engine", b->err);
	if (!rc)
		rc = vn_dnnl_check(
		        vn_dnnl.stream_create(&cpu->stream, cpu->engine, dnnl_stream_default_flags),
		        "stream", b->err);
	rc = rc ? rc : add_image(b);
	for (int s = 0; s < b->net->n_stages && !rc; s++)
		rc = add_stage(b, s);
	rc = rc ? rc : add_head(b);
	return rc ? rc : vn_cpu_place(cpu, b->err);
}

int vn_cpu_new(const struct vn_net *net, const struct vn_cpu_options *o, struct vn_cpu **out,
               vn_error *err)
{
	struct builder b = {.net = net, .err = err};
	int rc;

	*out = NULL;
	if (o->batch < 1 || o->threads < 1)
		return vn_fail(err, VN_EARG, NULL, "cpu: a batch of %d on %d threads", o->batch,
		               o->threads);
	if (o->type == VN_CPU_INT8 && (!o->pixels || o->images == 0))
		return vn_fail(err, VN_EARG, "give calibration pictures", "cpu:int8: no pictures");
	b.cpu = calloc(1, sizeof(*b.cpu));
	if (!b.cpu)
		return vn_fail_nomem(err, sizeof(*b.cpu), "the network on the CPU");
	b.cpu->type = o->type;
	b.cpu->batch = o->batch;
	b.cpu->threads = o->threads;
	b.cpu->in_c = net->in_c;
	b.cpu->in_h = net->in_h;
	b.cpu->in_w = net->in_w;
	b.cpu->n_stages = net->n_stages;
	b.cpu->classes = net->classes;
	rc = build(&b, o);
	if (rc)
		vn_cpu_free(b.cpu);
	else
		*out = b.cpu;
	return rc;
}

void vn_cpu_free(struct vn_cpu *cpu)
{
	if (!cpu)
		return;
	for (int i = 0; i < cpu->n_steps; i++)
		if (cpu->steps[i].primitive)
			vn_dnnl.primitive_destroy(cpu->steps[i].primitive);
	for (int i = 0; i < cpu->n_maps; i++)
		vn_dnnl.memory_destroy(cpu->maps[i].memory);
	for (int i = 0; i < cpu->n_weights; i++)
		vn_dnnl.memory_destroy(cpu->weights[i]);
	for (int i = 0; i < cpu->n_blocks; i++)
		free(cpu->blocks[i]);
	if (cpu->stream)
		vn_dnnl.stream_destroy(cpu->stream);
	if (cpu->engine)
		vn_dnnl.engine_destroy(cpu->engine);
	free(cpu);
}
