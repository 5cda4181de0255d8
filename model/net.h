/* SPDX-License-Identifier: Apache-2.0
 *
 * net.h - a VanillaNet in float, in deploy form: what ONNX import makes and everything else starts
 * from.
 *
 * Batch normalisation is folded and paired convolutions are merged already, so a stage is one
 * convolution, an optional max pool, ReLU and an optional depthwise "series" kernel (paper: arXiv
 * 2305.12972, section 3; formulas in docs/overview.md).  Nothing here is quantised; the input is
 * the normalised image.
 */
#ifndef VN_NET_H
#define VN_NET_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin_compile.h" /* vn_net, and how it is read and freed */

enum {
	VN_MAX_STAGES = 64,      /* stem + blocks */
	VN_MAX_CHANNELS = 65536, /* of a stage, and classes */
	VN_MAX_MAP = 4096,       /* height or width of an image or map */
};

/* What a quantised file saturates a map to, in real numbers; high = low: it does not tell. */
struct vn_bounds {
	double low, high;
};

/* One stage: conv -> max pool -> ReLU -> depthwise.  All arrays are owned by the net. */
struct vn_stage {
	char name[64]; /* "stem", "block1", ...: as messages call it */
	int cin, cout;
	int k, stride, pad; /* of the convolution; 1, 1, 0 in every block */
	int in_h, in_w;     /* map (or image) that enters */
	int conv_h, conv_w; /* after the convolution */
	int out_h, out_w;   /* after pooling, and of the stage's output */
	/* Pooling windows of output i: rows [floor(i*pool_h/out_h), ceil((i+1)*pool_h/out_h)).
	 * pool_h = out_h: none.  = 2*out_h: MaxPool 2x2 stride 2.  = conv_h: adaptive max pool. */
	int pool_h, pool_w;
	int n;        /* depthwise kernel (2n+1)x(2n+1); meaningless without act_w */
	float *w;     /* [cout][cin][k][k] */
	float *b;     /* [cout] */
	float *act_w; /* [cout][2n+1][2n+1]; NULL: no depthwise (n = 0 after folding) */
	float *act_b; /* [cout]; NULL exactly when act_w is */
	struct vn_bounds relu_bounds;   /* of the map after ReLU and pooling */
	struct vn_bounds out_bounds;    /* of the output; only with act_w */
	struct vn_bounds pooled_bounds; /* last stage: of its average over the map */
};

struct vn_net {
	int in_c, in_h, in_w;  /* image */
	float mean[4], std[4]; /* x = (pixel/255 - mean)/std, per input channel */
	vn_recipe recipe;
	int normalised; /* 1: mean and std came from the file or the caller; 0: defaults were
	                   assumed */
	int normalises; /* 1: the file's graph normalises the image itself: mean and std are its */
	char notes[8]
	          [160]; /* what was left out or chosen on reading the file, for people to read */
	int n_notes;
	int n_stages;
	struct vn_stage *stages; /* [n_stages], stem first */
	int classes;
	float *fc_w;   /* [classes][cout of the last stage] */
	float *fc_b;   /* [classes] */
	char **labels; /* [classes] or NULL */
};

/* Add a note, cut to its room; dropped when there is none left. */
__attribute__((format(printf, 2, 3))) void vn_net_note(struct vn_net *net, const char *fmt, ...);

/* Multiply-accumulates of one image in deploy form, depthwise included. */
uint64_t vn_net_macs(const struct vn_net *net);

/* A picture, [in_h][in_w][in_c], as the float reference takes it: [in_c][in_h][in_w]. */
void vn_net_normalise(const struct vn_net *net, const uint8_t *image, float *out);

/* Float reference of one image.
 * @in: [in_c][in_h][in_w], normalised.  @out: n_stages + 1 pointers, each NULL or a caller's
 * buffer: out[s] of stage s, [cout][out_h][out_w], after the depthwise kernel; out[n_stages] the
 * logits, [classes].
 * @relu: n_stages pointers or NULL: post-ReLU maps, [cout][out_h][out_w] (for calibration).
 * Errors: VN_ENOMEM. */
VN_MUST_CHECK int vn_net_run(const struct vn_net *net, const float *in, float *const *out,
                             float *const *relu, vn_error *err);

#endif /* VN_NET_H */
