/* SPDX-License-Identifier: Apache-2.0
 *
 * compile.h - read a network and compile it, by <vanillin_compile.h> alone.
 */
#ifndef COMPILE_H
#define COMPILE_H

#include <vanillin_compile.h>

#include "user.h"

static inline void on_progress(void *ctx, double fraction)
{
	*(double *)ctx = fraction;
}

/* What a caller must not give. */
static inline void refusals(vn_net *net, const unsigned char *pixels, size_t images)
{
	struct {
		vn_compile_options options;
		char later[8];
	} next;
	vn_compile_options options;
	vn_net_stage_info stage;
	vn_net *none = net;
	vn_compiled *compiled = NULL;
	void *data = NULL;
	size_t bytes = 1;
	const float nothing[4] = {0, 0, 0, 0};
	const char *const unnamed[10] = {NULL};
	vn_recipe recipe;
	vn_error err;

	REFUSED(vn_onnx_load("no-such.onnx", &none, &err), VN_EIO);
	CHECK(none == NULL);
	REFUSED(vn_onnx_parse("x", "onnx", 4, &none, &err), VN_EMODEL);
	CHECK(vn_net_stage(net, -1, &stage) == VN_EARG);
	CHECK(vn_net_label(net, 10) == NULL);
	REFUSED(vn_net_set_normalisation(net, NULL, nothing, &err), VN_EARG);
	memset(&recipe, 0, sizeof(recipe));
	recipe.resize = 27;
	REFUSED(vn_net_set_recipe(net, &recipe, &err), VN_EARG);
	REFUSED(vn_net_set_labels(net, unnamed, &err), VN_EARG);

	REFUSED(vn_onnx_load(NULL, &none, &err), VN_EARG);
	REFUSED(vn_onnx_load("x", NULL, &err), VN_EARG);
	REFUSED(vn_onnx_parse("x", NULL, 4, &none, &err), VN_EARG);
	REFUSED(vn_onnx_parse("x", "", 4, NULL, &err), VN_EARG);
	CHECK(vn_net_stage(NULL, 0, &stage) == VN_EARG && vn_net_stage(net, 0, NULL) == VN_EARG);
	CHECK(vn_net_label(NULL, 0) == NULL && vn_net_get_note(NULL, 0) == NULL);
	vn_net_get_info(net, NULL);
	REFUSED(vn_net_set_normalisation(NULL, nothing, NULL, &err), VN_EARG);
	REFUSED(vn_net_set_recipe(NULL, &recipe, &err), VN_EARG);
	REFUSED(vn_net_set_recipe(net, NULL, &err), VN_EARG);
	REFUSED(vn_net_set_labels(NULL, NULL, &err), VN_EARG);
	REFUSED(vn_net_compile(net, pixels, images, NULL, &compiled, &err), VN_EARG);
	REFUSED(vn_compiled_save(NULL, "x.vnx", &err), VN_EARG);
	REFUSED(vn_compiled_bytes(NULL, &data, &bytes, &err), VN_EARG);
	CHECK(data == NULL && bytes == 0);
	vn_net_free(NULL);
	vn_compiled_free(NULL);

	memset(&options, 0, sizeof(options));
	options.rows = options.cols = 8;
	REFUSED(vn_net_compile(NULL, pixels, images, &options, &compiled, &err), VN_EARG);
	REFUSED(vn_net_compile(net, pixels, images, &options, NULL, &err), VN_EARG);
	options.size = sizeof(options);
	REFUSED(vn_net_compile(net, NULL, images, &options, &compiled, &err), VN_EARG);
	options.size = 0;
	REFUSED(vn_net_compile(net, pixels, images, &options, &compiled, &err), VN_EARG);
	options.size = sizeof(options);
	REFUSED(vn_net_compile(net, pixels, 0, &options, &compiled, &err), VN_EARG);
	options.cols = 7;
	REFUSED(vn_net_compile(net, pixels, images, &options, &compiled, &err), VN_EARG);
	memset(&next, 0, sizeof(next));
	next.options.size = sizeof(next);
	next.options.rows = next.options.cols = 8;
	next.later[0] = 1;
	REFUSED(vn_net_compile(net, pixels, images, &next.options, &compiled, &err), VN_EARG);
	CHECK(compiled == NULL);
	next.later[0] = 0;
	WELL(vn_net_compile(net, pixels, images, &next.options, &compiled, &err));
	vn_compiled_free(compiled);
}

/* The shipped network for 8x8, calibrated with all images of @idx. */
static inline vn_compiled *compile(const char *onnx, const char *idx)
{
	const char *const names[10] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
	const float mean[1] = {0.25f}, std[1] = {0.5f};
	vn_compile_options options;
	vn_net_info info;
	vn_net_stage_info stage;
	vn_compiled *compiled;
	vn_net *net;
	vn_error err;
	unsigned char *pixels;
	size_t images;
	double fraction = 0;

	WELL(vn_onnx_load(onnx, &net, &err));
	pixels = read_idx(idx, 28 * 28, &images);
	refusals(net, pixels, images);
	WELL(vn_net_set_normalisation(net, mean, std, &err));
	WELL(vn_net_set_labels(net, names, &err));
	CHECK(strcmp(vn_net_label(net, 9), "9") == 0);
	vn_net_get_info(net, &info);
	CHECK(info.in_c == 1 && info.in_h == 28 && info.in_w == 28 && info.classes == 10);
	CHECK(info.normalised && info.mean[0] == 0.25f && info.std[0] == 0.5f);
	CHECK(info.macs > 0 && vn_net_stage(net, info.stages, &stage) == VN_EARG);
	CHECK(vn_net_stage(net, info.stages - 1, &stage) == 0 && stage.cout > 0 && stage.out_h > 0);
	CHECK(stage.depthwise % 2 == 1 && strncmp(stage.name, "block", 5) == 0);

	memset(&options, 0, sizeof(options));
	options.size = sizeof(options);
	options.rows = options.cols = 8;
	options.progress = on_progress;
	options.ctx = &fraction;
	WELL(vn_net_compile(net, pixels, images, &options, &compiled, &err));
	CHECK(fraction == 1);
	vn_net_free(net);
	free(pixels);
	return compiled;
}

#endif /* COMPILE_H */
