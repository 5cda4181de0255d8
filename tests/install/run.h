/* SPDX-License-Identifier: Apache-2.0
 *
 * run.h - classify images on two devices, by <vanillin.h> alone.
 */
#ifndef RUN_H
#define RUN_H

#include "user.h"

enum { RUN_IMAGES = 2, RUN_CLASSES = 10 };

static inline void run_on(const char *uri, const vn_program *prog, const unsigned char *pixels,
                          int32_t logits[RUN_IMAGES][RUN_CLASSES])
{
	vn_device *dev;
	vn_job *job;
	vn_error err;

	WELL(vn_device_open(uri, &dev, &err));
	WELL(vn_device_load(dev, prog, VN_RESIDENT, &err));
	WELL(vn_submit(dev, pixels, RUN_IMAGES, 0, &job, &err));
	WELL(vn_wait(job, -1, &err));
	for (size_t i = 0; i < RUN_IMAGES; i++)
		memcpy(logits[i], vn_job_logits(job, i), sizeof(logits[i]));
	vn_job_free(job);
	vn_device_close(dev);
}

/* ref: and hls: must agree. */
static inline void run(const vn_program *prog, const char *idx)
{
	int32_t ref[RUN_IMAGES][RUN_CLASSES], hls[RUN_IMAGES][RUN_CLASSES];
	int classes[RUN_CLASSES];
	vn_program_info info;
	unsigned char *pixels;
	size_t images;

	vn_program_get_info(prog, &info);
	CHECK(info.in_h == 28 && info.in_w == 28 && info.classes == RUN_CLASSES);
	CHECK(strcmp(vn_program_label(prog, 9), "9") == 0);
	pixels = read_idx(idx, 28 * 28, &images);
	CHECK(images >= RUN_IMAGES);
	run_on("ref:", prog, pixels, ref);
	run_on("hls:", prog, pixels, hls);
	CHECK(memcmp(ref, hls, sizeof(ref)) == 0);
	CHECK(vn_program_top(prog, ref[0], 1, classes) == 0);
	CHECK(ref[0][classes[0]] != 0);
	CHECK(strcmp(vn_err_name(VN_EARG), "VN_EARG") == 0);
	free(pixels);
}

#endif /* RUN_H */
