/* SPDX-License-Identifier: Apache-2.0
 *
 * quality_data.h - images to compare by, with labels where there are any.
 */
#ifndef VH_QUALITY_DATA_H
#define VH_QUALITY_DATA_H

#include "host/cli.h"
#include "host/data.h"
#include "host/image.h"

struct vh_quality_source {
	const char *path;
	size_t images; /* 0: all; else as many, spread over the set */
	int first;     /* 1: the first ones instead */
	int by_order, skip_bad;
	enum vh_alpha alpha;
	int threads; /* that decode; 0: one for each processor */
};

/* Labelled as for eval, else without labels, which a note on stderr says and why.  Errors: as
 * vh_data_images and vh_data_prepare. */
VN_MUST_CHECK int vh_quality_data(const struct vh_quality_source *from, const vn_program *prog,
                                  struct vh_data *d, vn_error *err);

#endif /* VH_QUALITY_DATA_H */
