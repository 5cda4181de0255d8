/* SPDX-License-Identifier: Apache-2.0
 *
 * run.c - a batch through the steps.
 */
#include <string.h>

#include "base/error.h"
#include "cpu/plan.h"

/* One image, [h][w][c], into its map: [c][h][w] normalised. */
static void put_f32(const struct vn_cpu *cpu, const uint8_t *pixels, float *to)
{
	const size_t area = (size_t)cpu->in_h * (size_t)cpu->in_w, channels = (size_t)cpu->in_c;

	for (size_t c = 0; c < channels; c++)
		for (size_t i = 0; i < area; i++)
			*to++ = cpu->pixel[c][pixels[i * channels + c]];
}

/* Into [border+h+border][border+w+border][c], rounded. */
static void put_u8(const struct vn_cpu *cpu, const uint8_t *pixels, uint8_t *to)
{
	const size_t border = (size_t)cpu->border, channels = (size_t)cpu->in_c;
	const size_t width = (size_t)cpu->in_w + 2 * border;

	memset(to, cpu->maps[0].range.zero, ((size_t)cpu->in_h + 2 * border) * width * channels);
	for (size_t y = 0; y < (size_t)cpu->in_h; y++) {
		uint8_t *row = to + ((y + border) * width + border) * channels;

		for (size_t x = 0; x < (size_t)cpu->in_w; x++)
			for (size_t c = 0; c < channels; c++)
				*row++ = cpu->pixel8[c][*pixels++];
	}
}

static void put_images(const struct vn_cpu *cpu, const uint8_t *pixels)
{
	const dnnl_memory_desc_t *md = &cpu->maps[0].md;
	const size_t room = (size_t)(md->dims[1] * md->dims[2] * md->dims[3]);
	const size_t image = (size_t)cpu->in_c * (size_t)cpu->in_h * (size_t)cpu->in_w;

	for (size_t i = 0; i < (size_t)cpu->batch; i++)
		if (cpu->type == VN_CPU_INT8)
			put_u8(cpu, pixels + i * image, (uint8_t *)cpu->maps[0].data + i * room);
		else
			put_f32(cpu, pixels + i * image, (float *)cpu->maps[0].data + i * room);
}

/* A map in real values, [batch][c][h][w]. */
static int read_map(const struct vn_cpu *cpu, const struct vn_cpu_map *m, float *to, vn_error *err)
{
	size_t values = 1;
	dnnl_memory_desc_t md;
	dnnl_primitive_desc_t pd = NULL;
	dnnl_primitive_t reorder = NULL;
	dnnl_memory_t memory = NULL;
	dnnl_status_t status =
	        vn_dnnl.memory_desc_init_by_tag(&md, m->md.ndims, m->md.dims, dnnl_f32, dnnl_nchw);

	status = status ? status : vn_dnnl.memory_create(&memory, &md, cpu->engine, to);
	status = status ? status
	                : vn_dnnl.reorder_primitive_desc_create(&pd, &m->md, cpu->engine, &md,
	                                                        cpu->engine, NULL);
	status = status ? status : vn_dnnl.primitive_create(&reorder, pd);
	if (!status) {
		const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, m->memory}, {DNNL_ARG_TO, memory}};

		status = vn_dnnl.primitive_execute(reorder, cpu->stream, 2, args);
	}
	status = status ? status : vn_dnnl.stream_wait(cpu->stream);
	if (reorder)
		vn_dnnl.primitive_destroy(reorder);
	if (pd)
		vn_dnnl.primitive_desc_destroy(pd);
	if (memory)
		vn_dnnl.memory_destroy(memory);
	for (int i = 0; i < m->md.ndims; i++)
		values *= (size_t)m->md.dims[i];
	for (size_t i = 0; i < values && cpu->type == VN_CPU_INT8 && !status; i++)
		to[i] = (to[i] - (float)m->range.zero) * m->range.scale;
	return vn_dnnl_check(status, "a stage's output", err);
}

static int run_step(const struct vn_cpu *cpu, const struct vn_cpu_step *s, vn_error *err)
{
	if (s->kind == VN_CPU_PRIMITIVE)
		return vn_dnnl_check(
		        vn_dnnl.primitive_execute(s->primitive, cpu->stream, s->n_args, s->args),
		        "a step", err);
	/* These two compute here: what comes before must be done. */
	if (vn_dnnl.stream_wait(cpu->stream))
		return vn_fail(err, VN_ERUNTIME, NULL, "cpu: oneDNN failed while it computed");
	if (s->kind == VN_CPU_POOL)
		vn_cpu_pool(cpu, s);
	else
		vn_cpu_average(cpu, s);
	return 0;
}

int vn_cpu_run(struct vn_cpu *cpu, const uint8_t *pixels, float *logits, float *const *stages,
               vn_error *err)
{
	int rc = 0;

	vn_dnnl.set_threads(cpu->threads);
	put_images(cpu, pixels);
	for (int i = 0; i < cpu->n_steps && !rc; i++) {
		const struct vn_cpu_step *s = &cpu->steps[i];

		rc = run_step(cpu, s, err);
		if (!rc && stages && s->stage >= 0 && stages[s->stage])
			rc = read_map(cpu, &cpu->maps[s->to], stages[s->stage], err);
	}
	if (!rc)
		rc = vn_dnnl_check(vn_dnnl.stream_wait(cpu->stream), "the last step", err);
	if (!rc)
		memcpy(logits, cpu->maps[cpu->n_maps - 1].data,
		       (size_t)cpu->batch * (size_t)cpu->classes * sizeof(*logits));
	return rc;
}
