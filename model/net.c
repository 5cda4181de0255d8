/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - what a vn_net tells, takes from a caller, and its end.
 */
#include "model/net.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static void free_labels(char **labels, int classes)
{
	for (int i = 0; labels && i < classes; i++)
		free(labels[i]);
	free(labels);
}

void vn_net_note(struct vn_net *net, const char *fmt, ...)
{
	va_list ap;

	if (net->n_notes == (int)(sizeof(net->notes) / sizeof(net->notes[0])))
		return;
	va_start(ap, fmt);
	vsnprintf(net->notes[net->n_notes++], sizeof(net->notes[0]), fmt, ap);
	va_end(ap);
}

void vn_net_free(struct vn_net *net)
{
	if (!net)
		return;
	for (int i = 0; net->stages && i < net->n_stages; i++) {
		struct vn_stage *st = &net->stages[i];

		free(st->w);
		free(st->b);
		free(st->act_w);
		free(st->act_b);
	}
	free(net->stages);
	free(net->fc_w);
	free(net->fc_b);
	free_labels(net->labels, net->classes);
	free(net);
}

uint64_t vn_net_macs(const struct vn_net *net)
{
	uint64_t sum = 0;
	uint64_t last = 0;

	for (int i = 0; i < net->n_stages; i++) {
		const struct vn_stage *st = &net->stages[i];
		uint64_t cout = (uint64_t)st->cout;
		uint64_t side = 2 * (uint64_t)st->n + 1;

		sum += cout * (uint64_t)st->cin * (uint64_t)(st->k * st->k) * (uint64_t)st->conv_h *
		       (uint64_t)st->conv_w;
		if (st->act_w)
			sum += cout * side * side * (uint64_t)st->out_h * (uint64_t)st->out_w;
		last = cout;
	}
	return sum + last * (uint64_t)net->classes;
}

void vn_net_get_info(const struct vn_net *net, vn_net_info *info)
{
	if (!info)
		return;
	*info = (vn_net_info){0};
	if (!net)
		return;
	*info = (vn_net_info){
	        .in_c = net->in_c,
	        .in_h = net->in_h,
	        .in_w = net->in_w,
	        .normalised = net->normalised,
	        .recipe = net->recipe,
	        .classes = net->classes,
	        .stages = net->n_stages,
	        .macs = vn_net_macs(net),
	};
	memcpy(info->mean, net->mean, sizeof(info->mean));
	memcpy(info->std, net->std, sizeof(info->std));
}

int vn_net_stage(const struct vn_net *net, int stage, vn_net_stage_info *info)
{
	const struct vn_stage *st;

	if (!net || !info || stage < 0 || stage >= net->n_stages)
		return VN_EARG;
	st = &net->stages[stage];
	*info = (vn_net_stage_info){
	        .name = st->name,
	        .cin = st->cin,
	        .cout = st->cout,
	        .in_h = st->in_h,
	        .in_w = st->in_w,
	        .out_h = st->out_h,
	        .out_w = st->out_w,
	        .depthwise = st->act_w ? 2 * st->n + 1 : 0,
	};
	return 0;
}

const char *vn_net_get_note(const struct vn_net *net, int note)
{
	return net && note >= 0 && note < net->n_notes ? net->notes[note] : NULL;
}

const char *vn_net_label(const struct vn_net *net, int cls)
{
	return net && net->labels && cls >= 0 && cls < net->classes ? net->labels[cls] : NULL;
}

int vn_net_set_normalisation(struct vn_net *net, const float *mean, const float *std, vn_error *err)
{
	if (!net)
		return vn_fail(err, VN_EARG, NULL, "vn_net_set_normalisation: no network");
	if (net->normalises && (mean || std))
		return vn_fail(err, VN_EARG, "leave mean and std as they are",
		               "the network normalises its input itself");
	for (int c = 0; c < net->in_c; c++) {
		if (mean && !isfinite(mean[c]))
			return vn_fail(err, VN_EARG, NULL, "mean of channel %d: %g", c, mean[c]);
		if (std && !(isfinite(std[c]) && std[c] > 0))
			return vn_fail(err, VN_EARG, NULL, "std of channel %d: %g", c, std[c]);
	}
	if (mean)
		memcpy(net->mean, mean, (size_t)net->in_c * sizeof(*mean));
	if (std)
		memcpy(net->std, std, (size_t)net->in_c * sizeof(*std));
	if (mean && std)
		net->normalised = 1;
	return 0;
}

int vn_net_set_recipe(struct vn_net *net, const vn_recipe *recipe, vn_error *err)
{
	int least;

	if (!net || !recipe)
		return vn_fail(err, VN_EARG, NULL, "vn_net_set_recipe: no network or no recipe");
	least = net->in_h < net->in_w ? net->in_h : net->in_w;
	if (recipe->resize && (recipe->resize < least || recipe->resize > VN_RESIZE_MAX))
		return vn_fail(err, VN_EARG, "give the short side before the crop, as in 256",
		               "resize: %d is not 0 or from the network's %d pixels to %d",
		               recipe->resize, least, VN_RESIZE_MAX);
	net->recipe = (vn_recipe){recipe->resize, recipe->squash != 0, recipe->bilinear != 0,
	                          recipe->bgr != 0};
	return 0;
}

int vn_net_set_labels(struct vn_net *net, const char *const *labels, vn_error *err)
{
	char **copy = NULL;

	if (!net)
		return vn_fail(err, VN_EARG, NULL, "vn_net_set_labels: no network");
	if (labels) {
		copy = calloc((size_t)net->classes, sizeof(*copy));
		if (!copy)
			return vn_fail_nomem(err, (size_t)net->classes * sizeof(*copy), "labels");
	}
	for (int i = 0; labels && i < net->classes; i++) {
		copy[i] = labels[i] ? strdup(labels[i]) : NULL;
		if (!copy[i]) {
			free_labels(copy, i);
			return labels[i] ? vn_fail_nomem(err, strlen(labels[i]) + 1, "a label")
			                 : vn_fail(err, VN_EARG, "give one for each class",
			                           "label %d is missing", i);
		}
	}
	free_labels(net->labels, net->classes);
	net->labels = copy;
	return 0;
}
