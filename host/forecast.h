/* SPDX-License-Identifier: Apache-2.0
 *
 * forecast.h - cycles of a network on a compute unit, from its program or from its shape alone: no
 * device, no weights, no simulation (model/predict.h).
 */
#ifndef VH_FORECAST_H
#define VH_FORECAST_H

#include "include/vanillin_compile.h"
#include "model/layout.h"
#include "model/predict.h"
#include "model/schedule.h"

/* One entry: descriptors, BEGIN first. */
struct vh_entry {
	const uint32_t (*desc)[VN_DESC_WORDS];
	uint32_t count, group; /* group: images a pass; 0: there is no such entry */
};

struct vh_forecast {
	uint32_t config[VN_CONFIG_WORDS];
	uint32_t n_stages; /* the FC not included */
	char name[VN_PREDICT_STAGES][16];
	uint64_t macs[VN_PREDICT_STAGES]; /* of the array, an image; [n_stages]: the FC */
	struct vh_entry single, group;
	/* What they lie in: one or the other. */
	vn_program *prog;
	struct vn_list lists[2];
};

/* Of @prog, which stays the caller's and must outlive it. */
void vh_forecast_program(const vn_program *prog, struct vh_forecast *f);

/* Of @text: a .vnx file, an ONNX file, or a variant's name; the latter two for the default compute
 * unit of @rows x @cols, changed by @params (as in vn_compile_options; NULL: not).  @rows 0: 32x64,
 * or of a .vnx file its own; another than that is VN_EARG.  Blocks for file access, and for what is
 * no program for the schedule: up to a second.  Errors: of vn_program_load, vn_onnx_load,
 * vn_net_variant and vn_net_compile.  Frees with vh_forecast_free, which takes one of zeros too. */
VN_MUST_CHECK int vh_forecast_open(const char *text, int rows, int cols, const char *params,
                                   struct vh_forecast *f, vn_error *err);
void vh_forecast_free(struct vh_forecast *f);

/* @images as the driver starts them with resident weights: full passes of the group entry in one
 * start, the rest one by one in another.  Sums over the starts.  Errors: of vn_predict. */
VN_MUST_CHECK int vh_forecast_run(const struct vh_forecast *f, uint32_t images,
                                  struct vn_predict *out, vn_error *err);

#endif /* VH_FORECAST_H */
