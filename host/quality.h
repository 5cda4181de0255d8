/* SPDX-License-Identifier: Apache-2.0
 *
 * quality.h - what int8 costs: a program on ref: against its float network, image by image.
 *
 * Signal to quantisation noise, in dB.  Of a stage: channels count by the weights that the next
 * layer reads them with, the signal is what differs from a channel's mean.  Of the logits: what
 * differs from the mean over the classes, since a common offset changes no answer.
 */
#ifndef VH_QUALITY_H
#define VH_QUALITY_H

#include <stddef.h>

#include <jansson.h>

#include "include/vanillin.h"
#include "host/data.h"
#include "model/net.h"

enum {
	VH_QUALITY_IMAGES = 256, /* enough to compare by */
	VH_QUALITY_LARGE = 64,   /* for networks of more than VH_QUALITY_MACS */
};
static const double VH_QUALITY_MACS = 1e9;

/* Images to compare by.  Either @pixels or @data. */
struct vh_quality_set {
	const uint8_t *pixels; /* [images][h][w][c] */
	const struct vh_data *data;
	size_t images;
	size_t of; /* of @pixels, evenly spread over as many; 0: the first ones */
};

struct vh_quality {
	size_t images;
	size_t agree; /* arg max of float and int8 the same */
	int labelled;
	size_t right_float, right_int8; /* top-1, if labelled */
	double logits_db;
	int stages, worst; /* worst: the stage with the lowest */
	double stage_db[VN_MAX_STAGES];
};

/* Blocks for one float and one int8 inference an image; a progress bar called @what.  @net must be
 * the network that @prog was made of; its normalisation is the program's.  0, VN_E* with @err
 * filled, or VH_STOPPED. */
int vh_quality(const struct vn_net *net, vn_program *prog, const struct vh_quality_set *set,
               const char *what, int threads, struct vh_quality *q, vn_error *err);

/* Images of @n that a check of @net needs. */
size_t vh_quality_images(const struct vn_net *net, size_t n);

/* Is int8 so far from float that the user should know?  The stage to look at in @stage; -1: no one
 * stage. */
int vh_quality_bad(const struct vh_quality *q, int *stage);

/* "images=256 agree=99.61 logits_db=31.2 worst_stage=block3 worst_db=27.5" */
void vh_quality_print(const struct vh_quality *q, const vn_program *prog);
json_t *vh_quality_json(const struct vh_quality *q, const vn_program *prog);
/* One sentence on stderr if it is bad. */
void vh_quality_warn(const struct vh_quality *q, const vn_program *prog);

#endif /* VH_QUALITY_H */
