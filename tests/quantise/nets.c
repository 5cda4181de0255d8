/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/quantise/nets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct vn_net *nets_load(const char *name)
{
	char path[128];
	struct vn_net *net;
	vn_error err;

	snprintf(path, sizeof(path), "tests/golden/%s.onnx", name);
	if (vn_onnx_load(path, &net, &err))
		fail_msg("%s", err.message);
	return net;
}

uint8_t *nets_pictures(const struct vn_net *net, size_t images, uint32_t seed)
{
	const size_t bytes = images * (size_t)net->in_c * net->in_h * net->in_w;
	uint8_t *p = malloc(bytes);

	assert_non_null(p);
	for (size_t i = 0; i < bytes; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (uint8_t)(seed >> 24);
	}
	return p;
}

struct vn_compile_options nets_options(void)
{
	return (struct vn_compile_options){
	        .size = sizeof(struct vn_compile_options), .rows = 8, .cols = 8};
}

void nets_run(const struct vn_net *net, const struct vn_qnet *q, const uint8_t *picture,
              struct nets_maps *maps)
{
	float *image = malloc((size_t)net->in_c * net->in_h * net->in_w * sizeof(*image));
	vn_error err;

	*maps = (struct nets_maps){0};
	assert_non_null(image);
	for (int s = 0; s < net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const size_t n = (size_t)f->cout * f->out_h * f->out_w;

		maps->out[s] = malloc(n * sizeof(float));
		maps->q[s] = malloc(n);
		assert_true(maps->out[s] && maps->q[s]);
	}
	maps->out[net->n_stages] = malloc((size_t)net->classes * sizeof(float));
	maps->logits = malloc((size_t)net->classes * sizeof(*maps->logits));
	assert_true(maps->out[net->n_stages] && maps->logits);
	vn_net_normalise(net, picture, image);
	if (vn_net_run(net, image, maps->out, NULL, &err) ||
	    vn_qnet_run(q, picture, maps->q, maps->logits, &err))
		fail_msg("%s", err.message);
	free(image);
}

void nets_maps_free(struct nets_maps *maps)
{
	for (int s = 0; s < VN_MAX_STAGES; s++) {
		free(maps->out[s]);
		free(maps->q[s]);
	}
	free(maps->out[VN_MAX_STAGES]);
	free(maps->logits);
}
