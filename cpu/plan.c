/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.c - steps and their memory.
 *
 * Each layer is asked of oneDNN with layouts left to it; where the one that it wants for its input
 * is not the one that the step before wrote, a reorder goes between.  In a VanillaNet none does.
 */
#define _DEFAULT_SOURCE /* madvise */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "cpu/plan.h"

enum { HUGE_PAGE = 2 << 20 };

#define TRY(call, what)                                                                            \
	do {                                                                                       \
		int rc_ = vn_dnnl_check(call, what, err);                                          \
		if (rc_)                                                                           \
			return rc_;                                                                \
	} while (0)

/* ---- memory ---- */

/* Weights are read with long strides: large pages where the system gives them. */
static void *allocate(struct vn_cpu *cpu, size_t bytes, vn_error *err)
{
	const size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	const int large = bytes >= HUGE_PAGE;
	void *p = aligned_alloc(large ? HUGE_PAGE : 64, large ? whole : (bytes + 64) / 64 * 64);

	if (!p) {
		(void)vn_fail_nomem(err, bytes, "the network on the CPU");
		return NULL;
	}
	if (large)
		(void)madvise(p, whole, MADV_HUGEPAGE);
	memset(p, 0, bytes);
	cpu->blocks[cpu->n_blocks++] = p;
	return p;
}

static int new_weights(struct vn_cpu *cpu, const dnnl_memory_desc_t *md, dnnl_memory_t *memory,
                       vn_error *err)
{
	void *p = allocate(cpu, vn_dnnl.memory_desc_get_size(md), err);

	if (!p)
		return VN_ENOMEM;
	TRY(vn_dnnl.memory_create(memory, md, cpu->engine, p), "memory");
	cpu->weights[cpu->n_weights++] = *memory;
	return 0;
}

/* @slot < 0: the one that the last map is not in. */
static int add_map(struct vn_cpu *cpu, const dnnl_memory_desc_t *md, int slot,
                   const struct vn_cpu_range *range, vn_error *err)
{
	struct vn_cpu_map *m = &cpu->maps[cpu->n_maps];
	const size_t bytes = vn_dnnl.memory_desc_get_size(md);

	m->md = *md;
	m->slot = slot >= 0 ? slot : cpu->n_maps & 1;
	if (range)
		m->range = *range;
	TRY(vn_dnnl.memory_create(&m->memory, md, cpu->engine, DNNL_MEMORY_NONE), "memory");
	cpu->n_maps++;
	if (cpu->slot_bytes[m->slot] < bytes)
		cpu->slot_bytes[m->slot] = bytes;
	return 0;
}

int vn_cpu_place(struct vn_cpu *cpu, vn_error *err)
{
	void *slot[VN_CPU_SLOTS];

	for (int i = 0; i < VN_CPU_SLOTS; i++) {
		slot[i] = allocate(cpu, cpu->slot_bytes[i], err);
		if (!slot[i])
			return VN_ENOMEM;
	}
	for (int i = 0; i < cpu->n_maps; i++) {
		struct vn_cpu_map *m = &cpu->maps[i];

		m->data = slot[m->slot];
		TRY(vn_dnnl.memory_set_data_handle(m->memory, m->data), "memory");
	}
	return 0;
}

/* ---- steps ---- */

static const struct vn_cpu_map *last(const struct vn_cpu *cpu)
{
	return &cpu->maps[cpu->n_maps - 1];
}

static struct vn_cpu_step *new_step(struct vn_cpu *cpu, enum vn_cpu_kind kind)
{
	struct vn_cpu_step *s = &cpu->steps[cpu->n_steps++];

	*s = (struct vn_cpu_step){
	        .kind = kind, .from = cpu->n_maps - 1, .to = cpu->n_maps, .stage = -1};
	return s;
}

static void give(struct vn_cpu_step *s, int arg, dnnl_memory_t memory)
{
	s->args[s->n_args++] = (dnnl_exec_arg_t){arg, memory};
}

/* A primitive from the last map to a new one. */
static int add_primitive(struct vn_cpu *cpu, const_dnnl_primitive_desc_t pd,
                         const dnnl_memory_desc_t *to, const struct vn_cpu_range *range,
                         vn_error *err)
{
	struct vn_cpu_step *s = new_step(cpu, VN_CPU_PRIMITIVE);
	int rc = add_map(cpu, to, -1, range, err);

	if (rc)
		return rc;
	TRY(vn_dnnl.primitive_create(&s->primitive, pd), "primitive");
	give(s, DNNL_ARG_SRC, cpu->maps[s->from].memory);
	give(s, DNNL_ARG_DST, cpu->maps[s->to].memory);
	return 0;
}

/* The last map in the layout @want, if it is not so already. */
static int match(struct vn_cpu *cpu, const dnnl_memory_desc_t *want, vn_error *err)
{
	const struct vn_cpu_map *from = last(cpu);
	dnnl_primitive_desc_t pd;
	int rc;

	if (vn_dnnl.memory_desc_equal(&from->md, want))
		return 0;
	TRY(vn_dnnl.reorder_primitive_desc_create(&pd, &from->md, cpu->engine, want, cpu->engine,
	                                          NULL),
	    "reorder");
	rc = add_primitive(cpu, pd, want, &from->range, err);
	vn_dnnl.primitive_desc_destroy(pd);
	return rc;
}

/* @from, plain, into the layout that the primitive wants: the memory is the step's argument @arg. */
static int give_weights(struct vn_cpu *cpu, struct vn_cpu_step *s, int arg, const void *from,
                        const dnnl_memory_desc_t *plain, const dnnl_memory_desc_t *want,
                        vn_error *err)
{
	dnnl_memory_t source, memory;
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_t reorder = NULL;
	dnnl_status_t status;
	int rc = new_weights(cpu, want, &memory, err);

	if (rc)
		return rc;
	give(s, arg, memory);
	status = vn_dnnl.memory_create(&source, plain, cpu->engine, (void *)from);
	if (status)
		return vn_dnnl_check(status, "weights", err);
	status = vn_dnnl.reorder_primitive_desc_create(&pd, plain, cpu->engine, want, cpu->engine,
	                                               NULL);
	if (!status)
		status = vn_dnnl.primitive_create(&reorder, pd);
	if (!status) {
		const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, memory}};

		status = vn_dnnl.primitive_execute(reorder, cpu->stream, 2, args);
	}
	if (!status)
		status = vn_dnnl.stream_wait(cpu->stream);
	if (reorder)
		vn_dnnl.primitive_destroy(reorder);
	if (pd)
		vn_dnnl.primitive_desc_destroy(pd);
	vn_dnnl.memory_destroy(source);
	return vn_dnnl_check(status, "weights", err);
}

int vn_cpu_add_image(struct vn_cpu *cpu, const dnnl_dims_t dims, dnnl_data_type_t type,
                     vn_error *err)
{
	dnnl_memory_desc_t md;

	TRY(vn_dnnl.memory_desc_init_by_tag(&md, 4, dims, type,
	                                    type == dnnl_f32 ? dnnl_nchw : dnnl_nhwc),
	    "image");
	return add_map(cpu, &md, VN_CPU_SLOTS - 1, NULL, err);
}

/* ReLU behind the sum, and the scales of int8. */
static dnnl_status_t layer_attributes(const struct vn_cpu_layer *layer, int cout, int relu,
                                      dnnl_primitive_attr_t *attr)
{
	dnnl_post_ops_t ops = NULL;
	dnnl_status_t status = vn_dnnl.primitive_attr_create(attr);

	if (!status && layer->scales)
		status = vn_dnnl.primitive_attr_set_output_scales(*attr, cout, 1 << 1,
		                                                  layer->scales);
	/* u8 saturates at 0, which is ReLU. */
	if (status || !relu || layer->out == dnnl_u8)
		return status;
	status = vn_dnnl.post_ops_create(&ops);
	if (!status)
		status = vn_dnnl.post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0);
	if (!status)
		status = vn_dnnl.primitive_attr_set_post_ops(*attr, ops);
	if (ops)
		vn_dnnl.post_ops_destroy(ops);
	return status;
}

/* A layer with weights, whatever it is: @op is its description. */
static int add_layer(struct vn_cpu *cpu, const void *op, const struct vn_cpu_layer *layer, int cout,
                     int relu, const dnnl_memory_desc_t *w, const dnnl_memory_desc_t *b,
                     vn_error *err)
{
	dnnl_primitive_attr_t attr = NULL;
	dnnl_primitive_desc_t pd = NULL;
	dnnl_status_t status = layer_attributes(layer, cout, relu, &attr);
	struct vn_cpu_step *s;
	int rc;

	if (!status)
		status = vn_dnnl.primitive_desc_create(&pd, op, attr, cpu->engine, NULL);
	if (attr)
		vn_dnnl.primitive_attr_destroy(attr);
	if (status)
		return vn_dnnl_check(status, "layer", err);
	rc = match(cpu, vn_dnnl.primitive_desc_query_md(pd, dnnl_query_src_md, 0), err);
	if (!rc)
		rc = add_primitive(cpu, pd,
		                   vn_dnnl.primitive_desc_query_md(pd, dnnl_query_dst_md, 0),
		                   &layer->range, err);
	s = &cpu->steps[cpu->n_steps - 1];
	if (!rc)
		rc = give_weights(cpu, s, DNNL_ARG_WEIGHTS, layer->w, w,
		                  vn_dnnl.primitive_desc_query_md(pd, dnnl_query_weights_md, 0),
		                  err);
	if (!rc)
		rc = give_weights(cpu, s, DNNL_ARG_BIAS, layer->b, b,
		                  vn_dnnl.primitive_desc_query_md(pd, dnnl_query_weights_md, 1),
		                  err);
	vn_dnnl.primitive_desc_destroy(pd);
	return rc;
}

int vn_cpu_add_conv(struct vn_cpu *cpu, const struct vn_cpu_conv *c,
                    const struct vn_cpu_layer *layer, vn_error *err)
{
	const struct vn_cpu_map *in = last(cpu);
	const int first = in->slot == VN_CPU_SLOTS - 1, rank = c->groups > 1 ? 5 : 4;
	const dnnl_dims_t one = {c->cout};
	const dnnl_dims_t out = {in->md.dims[0], c->cout, c->out_h, c->out_w};
	const dnnl_dims_t stride = {c->stride, c->stride}, pad = {c->pad, c->pad};
	const dnnl_dims_t dense = {c->cout, c->cin, c->side, c->side};
	const dnnl_dims_t grouped = {c->groups, c->cout / c->groups, c->cin / c->groups, c->side,
	                             c->side};
	const dnnl_dim_t *const dims = rank == 5 ? grouped : dense;
	/* what lies behind the last window, as under a stride that does not divide, is not read */
	const dnnl_dims_t tail = {(c->out_h - 1) * c->stride + c->side - in->md.dims[2] - c->pad,
	                          (c->out_w - 1) * c->stride + c->side - in->md.dims[3] - c->pad};
	dnnl_memory_desc_t src, dst, w, want_w, b;
	dnnl_convolution_desc_t op;

	TRY(vn_dnnl.memory_desc_init_by_tag(&src, 4, in->md.dims, layer->in, dnnl_format_tag_any),
	    "layer");
	TRY(vn_dnnl.memory_desc_init_by_tag(&dst, 4, out, layer->out, dnnl_format_tag_any),
	    "layer");
	TRY(vn_dnnl.memory_desc_init_by_tag(&want_w, rank, dims, layer->weight,
	                                    dnnl_format_tag_any),
	    "layer");
	TRY(vn_dnnl.memory_desc_init_by_tag(&w, rank, dims, layer->weight,
	                                    rank == 5 ? dnnl_goihw : dnnl_oihw),
	    "layer");
	TRY(vn_dnnl.memory_desc_init_by_tag(&b, 1, one, layer->bias, dnnl_x), "layer");
	TRY(vn_dnnl.convolution_forward_desc_init(&op, dnnl_forward_inference,
	                                          dnnl_convolution_direct, first ? &in->md : &src,
	                                          &want_w, &b, &dst, stride, pad, tail),
	    "convolution");
	return add_layer(cpu, &op, layer, c->cout, c->relu, &w, &b, err);
}

int vn_cpu_add_fc(struct vn_cpu *cpu, int classes, const struct vn_cpu_layer *layer, vn_error *err)
{
	const struct vn_cpu_map *in = last(cpu);
	const dnnl_dims_t out = {in->md.dims[0], classes}, one = {classes};
	const dnnl_dims_t dims = {classes, in->md.dims[1]};
	dnnl_memory_desc_t dst, w, want_w, b;
	dnnl_inner_product_desc_t op;

	TRY(vn_dnnl.memory_desc_init_by_tag(&dst, 2, out, layer->out, dnnl_ab), "classifier");
	TRY(vn_dnnl.memory_desc_init_by_tag(&want_w, 2, dims, layer->weight, dnnl_format_tag_any),
	    "classifier");
	TRY(vn_dnnl.memory_desc_init_by_tag(&w, 2, dims, layer->weight, dnnl_ab), "classifier");
	TRY(vn_dnnl.memory_desc_init_by_tag(&b, 1, one, layer->bias, dnnl_x), "classifier");
	TRY(vn_dnnl.inner_product_forward_desc_init(&op, dnnl_forward_inference, &in->md, &want_w,
	                                            &b, &dst),
	    "classifier");
	return add_layer(cpu, &op, layer, classes, 0, &w, &b, err);
}

/* ---- pooling ---- */

enum { MOST_POOL = 8 };

/* Windows of side @k, @stride apart, the first @pad before the map. */
struct even {
	int k, stride, pad, tail;
};

static int fits(const struct even *e, int in, int pool, int out)
{
	for (int i = 0; i < out; i++) {
		const int begin = i * e->stride - e->pad, end = begin + e->k;

		if ((begin > 0 ? begin : 0) != (int)((int64_t)i * pool / out) ||
		    (end < in ? end : in) != (int)(((int64_t)(i + 1) * pool + out - 1) / out))
			return 0;
	}
	return 1;
}

/* 0 where windows differ in more than what the map's edge cuts off. */
static int find_even(int in, int pool, int out, struct even *e)
{
	for (e->stride = 1; e->stride <= MOST_POOL; e->stride++)
		for (e->k = 1; e->k <= MOST_POOL; e->k++)
			for (e->pad = 0; e->pad < e->k; e->pad++) {
				const int rest = (out - 1) * e->stride + e->k - in - e->pad;

				e->tail = rest > 0 ? rest : 0;
				if (rest > -e->stride && e->tail < e->k && fits(e, in, pool, out))
					return 1;
			}
	return 0;
}

/* A step that pool.c computes, from the last map to one of @dims of the same type and layout. */
static int add_own(struct vn_cpu *cpu, enum vn_cpu_kind kind, int ndims, const dnnl_dims_t dims,
                   const struct vn_cpu_range *range, struct vn_cpu_step **step, vn_error *err)
{
	const struct vn_cpu_map *in = last(cpu);
	struct vn_cpu_view from, to = {0};
	dnnl_format_tag_t tag;
	dnnl_memory_desc_t md;

	if (!vn_cpu_view(&in->md, &from, &tag))
		return vn_fail(err, VN_ERUNTIME, NULL, "cpu: oneDNN chose an unknown layout");
	TRY(vn_dnnl.memory_desc_init_by_tag(&md, ndims, dims, in->md.data_type,
	                                    ndims == 2 ? dnnl_ab : tag),
	    "pooling");
	(void)vn_cpu_view(&md, &to, &tag);
	*step = new_step(cpu, kind);
	(*step)->in = from;
	(*step)->out = to;
	return add_map(cpu, &md, -1, range, err);
}

static int add_uneven(struct vn_cpu *cpu, const struct vn_cpu_windows *w, vn_error *err)
{
	const struct vn_cpu_map *in = last(cpu);
	const dnnl_dims_t out = {in->md.dims[0], in->md.dims[1], w->out_h, w->out_w};
	struct vn_cpu_step *s;
	int rc = add_own(cpu, VN_CPU_POOL, 4, out, &in->range, &s, err);

	if (!rc)
		s->windows = *w;
	return rc;
}

int vn_cpu_add_pool(struct vn_cpu *cpu, const struct vn_cpu_windows *w, vn_error *err)
{
	const struct vn_cpu_map *in = last(cpu);
	const int in_h = (int)in->md.dims[2], in_w = (int)in->md.dims[3];
	const dnnl_dims_t out = {in->md.dims[0], in->md.dims[1], w->out_h, w->out_w};
	dnnl_memory_desc_t dst;
	dnnl_pooling_desc_t op;
	dnnl_primitive_desc_t pd;
	struct even y, x;
	int rc;

	if (!find_even(in_h, w->pool_h, w->out_h, &y) || !find_even(in_w, w->pool_w, w->out_w, &x))
		return add_uneven(cpu, w, err);
	TRY(vn_dnnl.memory_desc_init_by_tag(&dst, 4, out, in->md.data_type, dnnl_format_tag_any),
	    "pooling");
	TRY(vn_dnnl.pooling_forward_desc_init(&op, dnnl_forward_inference, dnnl_pooling_max,
	                                      &in->md, &dst, (dnnl_dims_t){y.stride, x.stride},
	                                      (dnnl_dims_t){y.k, x.k}, (dnnl_dims_t){y.pad, x.pad},
	                                      (dnnl_dims_t){y.tail, x.tail}),
	    "pooling");
	TRY(vn_dnnl.primitive_desc_create(&pd, &op, NULL, cpu->engine, NULL), "pooling");
	rc = add_primitive(cpu, pd, vn_dnnl.primitive_desc_query_md(pd, dnnl_query_dst_md, 0),
	                   &in->range, err);
	vn_dnnl.primitive_desc_destroy(pd);
	return rc;
}

int vn_cpu_add_average(struct vn_cpu *cpu, const struct vn_cpu_range *range, vn_error *err)
{
	const dnnl_dims_t out = {last(cpu)->md.dims[0], last(cpu)->md.dims[1]};
	struct vn_cpu_step *s;

	return add_own(cpu, VN_CPU_AVERAGE, 2, out, range, &s, err);
}
