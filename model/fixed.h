/* SPDX-License-Identifier: Apache-2.0
 *
 * fixed.h - the fixed reference: a quantised network in memory, and its integers stage by stage on
 * plain NCHW arrays.
 *
 * Follows docs/number-formats.md, "One stage"; knows nothing of tiles, descriptors or memories. The
 * quantiser fills a vn_qnet, the compiler reads it, and vn_qnet_run says what every embodiment of
 * it must compute.
 */
#ifndef VN_FIXED_H
#define VN_FIXED_H

#include <stdint.h>

#include "include/vanillin.h"

/* What follows ReLU and pooling. */
enum vn_qact {
	VN_QACT_NONE = 0, /* nothing: the requantised convolution, int8, is the output */
	VN_QACT_DW = 1,   /* depthwise (2n+1)x(2n+1) of the uint8 map */
	VN_QACT_WSUM = 2, /* the last stage: a weighted sum for the FC, the depthwise for the tap */
};

/* One stage.  All arrays are owned by the net. */
struct vn_qstage {
	char name[16];      /* "stem", "block1", ... */
	int cin, cout;      /* channels; of the stem cin is the image's */
	int k, stride, pad; /* of the convolution; 1, 1, 0 in every block */
	int in_h, in_w;     /* map (or image) that enters */
	int conv_h, conv_w; /* after the convolution */
	int out_h, out_w;   /* after pooling, and of the output */
	int pool_h, pool_w; /* what the pooling windows divide */
	int act;            /* enum vn_qact */
	int n;              /* of the depthwise; 0 with VN_QACT_WSUM stands for a 1x1 kernel */
	int8_t *w;          /* [cout][k*k*cin]: element (i*k + j)*cin + c, as in the input record */
	int32_t *b;         /* [cases][cout] */
	int cases;          /* 1, or 9: one bias vector per border case, 3*cy + cx */
	uint32_t *m1;       /* [cout] requantiser of the convolution */
	uint8_t *s1;        /* [cout] */
	int8_t *dw;         /* [cout][(2n+1)*(2n+1)]; NULL with VN_QACT_NONE, like the next three */
	int32_t *b2;        /* [cout] */
	uint32_t *m2;       /* [cout] */
	uint8_t *s2;        /* [cout] */
	int8_t *g;          /* [cout][out_h*out_w]; NULL without VN_QACT_WSUM, so the next three */
	int32_t *bg;        /* [cout] */
	uint32_t *mg;       /* [cout] */
	uint8_t *sg;        /* [cout] */
	float scale;        /* real = scale*factor[c]*q + centre[c], of the output or the tap */
	float *factor;      /* [cout] 0 < factor <= 1; NULL: all 1 */
	float *centre;      /* [cout] */
};

struct vn_qnet {
	int in_c, in_h, in_w;  /* image */
	float mean[4], std[4]; /* of pixel/255; the stem has swallowed them */
	vn_recipe recipe;
	int assumed; /* 1: mean and std were assumed */
	int n_stages;
	struct vn_qstage *stages; /* [n_stages]; the last, and only it, is VN_QACT_WSUM */
	int classes;
	int8_t *fc_w;       /* [classes][cout of the last stage] */
	int32_t *fc_b;      /* [classes] */
	float *logit_scale; /* [classes] real value of one unit of a logit */
	char **labels;      /* [classes] or NULL */
};

/* One image.  @pixels: uint8 [in_h][in_w][in_c].
 * @taps: NULL, or n_stages pointers, each NULL or a caller's buffer int8 [cout][out_h][out_w].
 * @logits: [classes].  Errors: VN_ENOMEM. */
VN_MUST_CHECK int vn_qnet_run(const struct vn_qnet *net, const uint8_t *pixels, int8_t *const *taps,
                              int32_t *logits, vn_error *err);

/* One stage alone.  @x: int8 [cin][in_h][in_w], 0 for a padded position.
 * @out: int8 [cout][out_h][out_w] (with VN_QACT_WSUM: the tap), or NULL.
 * @sum: with VN_QACT_WSUM the weighted sums, int8 [cout]; NULL else.  Errors: VN_ENOMEM. */
VN_MUST_CHECK int vn_qstage_run(const struct vn_qstage *stage, const int8_t *x, int8_t *out,
                                int8_t *sum, vn_error *err);

/* MACs an image of the stem or 1x1 convolution of @stage, unpadded; n_stages: of the FC. */
uint64_t vn_qnet_array_macs(const struct vn_qnet *net, int stage);

/* Free a net and all its arrays; NULL is allowed. */
void vn_qnet_free(struct vn_qnet *net);

#endif /* VN_FIXED_H */
