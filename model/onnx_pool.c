/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_pool.c - max pooling within a stage, and the average over the map that begins the head.
 */
#include "model/onnx_fold.h"

#include <string.h>

#include "spec/check.h"

static const char HINT_POOL[] = "a VanillaNet pools by MaxPool 2x2 stride 2, or adaptively; 3x3 "
                                "stride 2 padding 1 is adaptive on a map of odd size";

/* ---- max pooling ---- */

/* ReLU and max pooling commute, so a pool may stand on either side of the ReLU. */
static int check_place(struct vn_fold *f)
{
	if (f->pooled || (f->at != VN_AT_CONV && f->at != VN_AT_RELU))
		return vn_onnx_refuse(f->g, f->node, HINT_POOL,
		                      "pooling must stand once between a convolution and its "
		                      "depthwise kernel");
	return 0;
}

/* MaxPool along one direction. */
struct window {
	int64_t k, stride, before, after; /* pixels */
	bool ceil;
};

/* Do the windows, cut at the border, equal those of adaptive pooling of @size pixels to @out?  Of
 * 3, stride 2, padding 1 they do where @size is odd. */
static bool is_adaptive(const struct window *w, int64_t size, int64_t out)
{
	for (int64_t i = 0; i < out; i++) {
		const int64_t first = i * w->stride - w->before, past = first + w->k;

		if ((first < 0 ? 0 : first) != i * size / out ||
		    (past > size ? size : past) != ((i + 1) * size + out - 1) / out)
			return false;
	}
	return true;
}

/* More the compute unit cannot. */
static int check_ratio(struct vn_fold *f, int64_t size, int64_t out)
{
	if (size <= VN_POOL_RATIO * out)
		return 0;
	return vn_onnx_refuse(f->g, f->node, "pool in two steps, with a stage between them",
	                      "it pools %lld pixels to %lld, and the compute unit at most %d to 1",
	                      (long long)size, (long long)out, VN_POOL_RATIO);
}

/* Windows side by side: 2x2, or what divides the map; else what adaptive pooling does. */
static int pool_axis(struct vn_fold *f, const struct window *w, int size, int *out, int *pool)
{
	const int64_t most = VN_MAX_MAP; /* so that sums stay small */
	bool possible = w->k >= 1 && w->k <= most && w->stride >= 1 && w->stride <= most &&
	                w->before >= 0 && w->before < w->k && w->after >= 0 && w->after < w->k;
	const int64_t reach = possible ? size + w->before + w->after - w->k : -1;
	const int64_t n = reach < 0 ? 0 : reach / w->stride + 1;
	bool plain = n >= 1 && !w->before && !w->after && w->k == w->stride &&
	             (w->k == 2 || reach % w->k == 0);

	if (n < 1 || (!plain && !is_adaptive(w, size, n)))
		return vn_onnx_refuse(f->g, f->node, HINT_POOL,
		                      "a window of %lld, stride %lld, padding %lld, over %d pixels",
		                      (long long)w->k, (long long)w->stride, (long long)w->before,
		                      size);
	if (w->ceil && reach % w->stride != 0)
		return vn_onnx_refuse(f->g, f->node, "export with ceil_mode=False",
		                      "ceil_mode adds a window over half of the border");
	*out = (int)n;
	*pool = plain ? (int)(n * w->k) : size;
	return check_ratio(f, *pool, n);
}

/* A pair of an attribute, {1, 1} where missing. */
static int read_pair(struct vn_fold *f, const char *name, int64_t v[2])
{
	size_t n;
	int rc = vn_onnx_ints(f->g, f->node, name, 2, v, &n);

	if (rc)
		return rc;
	if (n == 0)
		v[0] = v[1] = 1;
	else if (n != 2)
		return vn_onnx_refuse(f->g, f->node, HINT_POOL, "%s must have two values", name);
	return 0;
}

/* @pads: before and after, height first; 0 where there are none. */
static int read_pads(struct vn_fold *f, const int64_t k[2], const int64_t stride[2],
                     int64_t pads[4])
{
	size_t n;
	int rc;

	memset(pads, 0, 4 * sizeof(*pads));
	rc = vn_onnx_ints(f->g, f->node, "pads", 4, pads, &n);
	if (!rc && n != 0 && n != 4)
		rc = vn_onnx_refuse(f->g, f->node, HINT_POOL, "pads must have four values");
	rc = rc ? rc : vn_fold_auto_pad(f, k[0], stride[0], f->h, &pads[0], &pads[2]);
	return rc ? rc : vn_fold_auto_pad(f, k[1], stride[1], f->w, &pads[1], &pads[3]);
}

int vn_op_max_pool(struct vn_fold *f)
{
	struct vn_stage *st = vn_fold_stage(f);
	int64_t k[2], stride[2], dilation[2], pads[4], ceil;
	struct window rows, cols;
	int rc = check_place(f);

	rc = rc ? rc : read_pair(f, "kernel_shape", k);
	rc = rc ? rc : read_pair(f, "strides", stride);
	rc = rc ? rc : read_pair(f, "dilations", dilation);
	rc = rc ? rc : vn_onnx_int(f->g, f->node, "ceil_mode", 0, &ceil);
	rc = rc ? rc : read_pads(f, k, stride, pads);
	if (!rc && (dilation[0] != 1 || dilation[1] != 1))
		rc = vn_onnx_refuse(f->g, f->node, HINT_POOL, "it is dilated");
	if (rc)
		return rc;
	rows = (struct window){k[0], stride[0], pads[0], pads[2], ceil != 0};
	cols = (struct window){k[1], stride[1], pads[1], pads[3], ceil != 0};
	rc = pool_axis(f, &rows, f->h, &f->h, &st->pool_h);
	rc = rc ? rc : pool_axis(f, &cols, f->w, &f->w, &st->pool_w);
	f->pooled = true;
	return rc;
}

/* Windows are [floor(i*size/out), ceil((i+1)*size/out)). */
int vn_op_adaptive_max_pool(struct vn_fold *f)
{
	int64_t out[2];
	size_t n;
	int rc = check_place(f);

	rc = rc ? rc : vn_onnx_ints(f->g, f->node, "output_size", 2, out, &n);
	if (rc)
		return rc;
	if (n == 1)
		out[1] = out[0];
	if (n == 0 || out[0] < 1 || out[1] < 1 || out[0] > f->h || out[1] > f->w)
		return vn_onnx_refuse(f->g, f->node, HINT_POOL,
		                      "output_size must be one or two values, no larger than the "
		                      "%dx%d map",
		                      f->h, f->w);
	rc = check_ratio(f, f->h, out[0]);
	rc = rc ? rc : check_ratio(f, f->w, out[1]);
	f->h = (int)out[0];
	f->w = (int)out[1];
	f->pooled = true;
	return rc;
}

/* ---- the average over the map ---- */

int vn_op_global_average_pool(struct vn_fold *f)
{
	return vn_fold_head(f);
}

int vn_op_average_pool(struct vn_fold *f)
{
	int64_t k[2], stride[2], pads[4];
	int rc = read_pair(f, "kernel_shape", k);

	rc = rc ? rc : read_pair(f, "strides", stride);
	rc = rc ? rc : read_pads(f, k, stride, pads);
	if (rc)
		return rc;
	if (pads[0] || pads[1] || pads[2] || pads[3])
		return vn_onnx_refuse(f->g, f->node, HINT_POOL, "it pads its input");
	if (k[0] != f->h || k[1] != f->w)
		return vn_onnx_refuse(f->g, f->node,
		                      "average over the whole map, once, before the classifier",
		                      "it averages %lldx%lld of a %dx%d map", (long long)k[0],
		                      (long long)k[1], f->h, f->w);
	return vn_fold_head(f);
}

/* Average the axes in @bits.  Averages over single axes commute with all that the head has, so the
 * first enters it. */
static int average(struct vn_fold *f, unsigned bits)
{
	const int h = f->h, w = f->w;
	char axes[VN_ONNX_RANK + 1];
	int rc;

	strcpy(axes, f->axes);
	rc = vn_fold_head(f);
	f->h = h;
	f->w = w;
	strcpy(f->axes, axes);
	for (int i = 0; axes[i]; i++) {
		if (!(bits >> i & 1) || axes[i] == '1')
			continue;
		f->h = axes[i] == 'W' ? f->h : 1;
		f->w = axes[i] == 'H' ? f->w : 1;
		f->axes[i] = '1';
	}
	return rc;
}

static void drop_axes(struct vn_fold *f, unsigned bits)
{
	size_t left = 0;

	for (int i = 0; f->axes[i]; i++)
		if (!(bits >> i & 1))
			f->axes[left++] = f->axes[i];
	f->axes[left] = '\0';
}

/* Height and width, at once or one after the other, or the pixels of a flattened map. */
int vn_op_reduce_mean(struct vn_fold *f)
{
	const int rank = (int)strlen(f->axes);
	int64_t axes[VN_ONNX_RANK] = {0}, keep, none;
	unsigned bits = 0;
	bool good;
	size_t n;
	int rc = vn_onnx_ints_either(f->g, f->node, 1, "axes", VN_ONNX_RANK, axes, &n);

	rc = rc ? rc : vn_onnx_int(f->g, f->node, "keepdims", 1, &keep);
	rc = rc ? rc : vn_onnx_int(f->g, f->node, "noop_with_empty_axes", 0, &none);
	if (rc || (n == 0 && none))
		return rc;
	good = n != 0;
	for (size_t i = 0; good && i < n; i++) {
		const int axis = vn_fold_axis(axes[i], rank);

		good = axis >= 0 && strchr("HWP1", f->axes[axis]) && !(bits >> axis & 1);
		bits |= good ? 1u << axis : 0;
	}
	if (!good)
		return vn_onnx_refuse(f->g, f->node,
		                      "average over the whole map, once, before the classifier",
		                      "it must average over height and width");
	rc = average(f, bits);
	if (!keep)
		drop_axes(f, bits);
	return rc;
}
