/* SPDX-License-Identifier: Apache-2.0
 *
 * vanillin_compile.h - the whole public API of libvanillin-compile: from an ONNX file to a program.
 *
 * Read a network, see what it is, compile it for a size of compute unit with calibration images,
 * and save the program, or give its bytes to libvanillin in the same process.
 *
 *     vn_net *net; vn_compiled *compiled; vn_error err;
 *     vn_compile_options options = {.size = sizeof(options), .rows = 32, .cols = 64};
 *     vn_onnx_load("net.onnx", &net, &err);
 *     vn_net_compile(net, pixels, 512, &options, &compiled, &err);
 *     vn_compiled_save(compiled, "net.vnx", &err);
 *     vn_compiled_free(compiled); vn_net_free(net);
 *
 * Errors are those of vanillin.h: a call that can fail returns 0 or a negative VN_E* code and, where
 * @err is not NULL, fills it with a sentence and a hint.  The library never prints, exits or aborts.
 * A NULL where a pointer is needed is VN_EARG, or makes a call without an error code return NULL or
 * nothing.
 * It needs no libvanillin: only a program that runs what it compiled links with both.
 *
 * Threads: vn_net_compile starts some and ends them.  No two threads of the caller may use one vn_net at the same time.  A vn_compiled is immutable and may be shared.
 */
#ifndef VANILLIN_COMPILE_H
#define VANILLIN_COMPILE_H

#include "vanillin.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vn_net vn_net;
typedef struct vn_compiled vn_compiled;

/* ---- networks ---- */

/* Read a VanillaNet in training form (every lambda 1) or deploy form.  Batch normalisation is
 * folded and pairs of convolutions are merged, in double precision.  @net is NULL after an error.
 * Blocks for file access and that arithmetic only.
 * Errors: VN_EIO cannot be read; VN_EMODEL not a well-formed ONNX file, not a VanillaNet (the
 * message names the node), or lambda is not 1 yet; VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_onnx_load(const char *path, vn_net **net, vn_error *err);
/* The same from memory; @name is used in messages (NULL: "network"); @data may be freed afterwards.
 */
VN_API VN_MUST_CHECK int vn_onnx_parse(const char *name, const void *data, size_t bytes,
                                       vn_net **net, vn_error *err);
/* A published VanillaNet by name, with random weights that are alive, for measuring where no trained
 * one is at hand: "vanillanet-5" to "-13", "vanillanet-13-1.5x", "vanillanet-13-1.5x-ada-pool",
 * "vanillanet-13-det" (the detectors' backbone), "fashion"; with "@HxW" behind it for another size of
 * image and "#N" for another seed than 1.  Also as the official code spells it (vanillanet_13_x1_5).
 * Blocks for about four float inferences.  @net is NULL after an error.
 * Errors: VN_EARG no such name (the message lists them), size or seed; VN_EMODEL the network cannot
 * have that size (the message names the stage); VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_net_variant(const char *name, vn_net **net, vn_error *err);
VN_API void vn_net_free(vn_net *net); /* NULL allowed */

typedef struct vn_net_info {
	int in_c, in_h, in_w;  /* image */
	float mean[4], std[4]; /* per channel: x = (pixel/255 - mean)/std */
	int normalised;        /* 1: mean and std were told; 0: the usual ones are assumed */
	vn_recipe recipe;
	int classes;
	int stages;    /* stem + blocks */
	uint64_t macs; /* multiply-accumulates an image */
} vn_net_info;

/* One stage: convolution, pooling, ReLU, depthwise kernel. */
typedef struct vn_net_stage_info {
	const char *name; /* "stem", "block1", ...; lives as long as the network */
	int cin, cout;    /* channels */
	int in_h, in_w;   /* map (or image) that enters */
	int out_h, out_w; /* of the output */
	int depthwise;    /* side of the depthwise kernel, 2n+1; 0: none */
} vn_net_stage_info;

/* All zeros for a @net that is NULL. */
VN_API void vn_net_get_info(const vn_net *net, vn_net_info *info);
/* @stage in [0, stages).  VN_EARG otherwise. */
VN_API VN_MUST_CHECK int vn_net_stage(const vn_net *net, int stage, vn_net_stage_info *info);
/* What a person should know of how the file was read; NULL past the last.  Lives as long as the
 * network. */
VN_API const char *vn_net_get_note(const vn_net *net, int note);
/* Lives until the labels are set anew; NULL where there is none. */
VN_API const char *vn_net_label(const vn_net *net, int cls);

/* Say what the file does not tell, or tells wrongly; the program will carry it.
 * @mean, @std: [in_c], of pixel/255; NULL leaves one as it is, both given make the network
 * normalised.  VN_EARG: not finite, @std not above 0, or the network normalises its input itself. */
VN_API VN_MUST_CHECK int vn_net_set_normalisation(vn_net *net, const float *mean, const float *std,
                                                  vn_error *err);
/* @recipe: resize 0, or from the image's short side to VN_RESIZE_MAX.  VN_EARG otherwise. */
VN_API VN_MUST_CHECK int vn_net_set_recipe(vn_net *net, const vn_recipe *recipe, vn_error *err);
/* @labels: [classes] UTF-8 strings, copied; NULL: none.  VN_EARG an entry is NULL; VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_net_set_labels(vn_net *net, const char *const *labels, vn_error *err);

/* ---- compiling ---- */

/* How much of what calibration saw a scale covers. */
enum vn_range_kind {
	VN_RANGE_MINMAX = 0, /* all of it */
	VN_RANGE_PERCENTILE, /* all but the outermost of 10,000 values of a channel */
	VN_RANGE_MSE,        /* as much as makes the mean square of rounding and clipping least */
};

/* Set all to zero, then size, rows and cols: zero is every option's default.  Options that come
 * later are added at the end, and @size tells which of them a caller knows. */
typedef struct vn_compile_options {
	size_t size;    /* sizeof(vn_compile_options) */
	int rows, cols; /* of the compute unit's array, as in 32 x 64; must be given */
	int group;      /* images that share a load of the weights; 0: 8, or what fits; 1: none */
	/* Called now and then by vn_net_compile, in the caller's thread, with the part done, 0..1; or NULL. */
	void (*progress)(void *ctx, double fraction);
	void *ctx;
	int range;      /* enum vn_range_kind */
	int plain_bias; /* 1: biases are rounded alone, not made up for what weights lost */
	/* What else differs of the compute unit: words of its configuration record, as in
	 * "DW_CH=8 ACT_WORDS=131072" (docs/contract.md); NULL: nothing. */
	const char *params;
	/* That run the float network over calibration images; 0: one for each processor.  Programs do
	 * not depend on it. */
	int threads;
} vn_compile_options;

/* Choose scales, round, lay out and schedule.
 * @pixels: calibration images, uint8 [images][in_h][in_w][in_c]; may be freed afterwards.
 * @net may be compiled again, for other sizes too.  @out is NULL after an error.  Blocks for one
 * float inference an image and the scheduling: seconds to minutes.
 * Errors: VN_EARG no image, an impossible size, parameter or group, or options of a later library; VN_EMODEL a
 * range is not finite or an accumulator could overflow; VN_EFIT a stage does not fit the compute
 * unit (the message says which and what is short); VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_net_compile(vn_net *net, const uint8_t *pixels, size_t images,
                                        const vn_compile_options *options, vn_compiled **out,
                                        vn_error *err);
VN_API void vn_compiled_free(vn_compiled *compiled); /* NULL allowed */

/* Write a .vnx file, atomically (temporary file and rename).  Blocks until it is on the disk.
 * VN_EIO, also for a @path that is a device, a pipe, a folder or write-protected: those are left
 * alone; VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_compiled_save(const vn_compiled *compiled, const char *path,
                                          vn_error *err);
/* The file's bytes, as vn_program_parse of libvanillin takes them.  *@data is the caller's, to be
 * released by free(3).  VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_compiled_bytes(const vn_compiled *compiled, void **data, size_t *bytes,
                                           vn_error *err);

#ifdef __cplusplus
}
#endif

#endif /* VANILLIN_COMPILE_H */
