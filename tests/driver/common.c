/* SPDX-License-Identifier: Apache-2.0
 *
 * common.c - images and expected results.
 */
#include "tests/driver/common.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t *make_images(size_t n)
{
	uint8_t *pixels = malloc(n * TINY_PIXELS);
	uint32_t state = 7;

	assert_non_null(pixels);
	for (size_t i = 0; i < n * TINY_PIXELS; i++)
		pixels[i] = (uint8_t)tiny_random(&state, 0, 255);
	return pixels;
}

static void check_taps(const struct vn_qnet *net, const uint8_t *pixels, const vn_job *job,
                       size_t image)
{
	int8_t *taps[STAGES];
	int32_t logits[TINY_CLASSES];

	assert_int_equal(net->n_stages, STAGES);
	for (int s = 0; s < STAGES; s++) {
		const struct vn_qstage *q = &net->stages[s];

		taps[s] = malloc((size_t)(q->cout * q->out_h * q->out_w));
		assert_non_null(taps[s]);
	}
	assert_int_equal(vn_qnet_run(net, pixels, taps, logits, NULL), 0);
	for (int s = 0; s < STAGES; s++) {
		const struct vn_qstage *q = &net->stages[s];

		assert_non_null(vn_job_tap(job, image, s));
		assert_memory_equal(taps[s], vn_job_tap(job, image, s),
		                    (size_t)(q->cout * q->out_h * q->out_w));
		free(taps[s]);
	}
}

void check_job(const struct vn_qnet *net, const uint8_t *pixels, size_t images, const vn_job *job,
               int taps)
{
	int32_t logits[TINY_CLASSES];

	for (size_t i = 0; i < images; i++) {
		assert_int_equal(vn_qnet_run(net, pixels + i * TINY_PIXELS, NULL, logits, NULL), 0);
		assert_non_null(vn_job_logits(job, i));
		assert_memory_equal(logits, vn_job_logits(job, i), sizeof(logits));
		if (taps)
			check_taps(net, pixels + i * TINY_PIXELS, job, i);
		else
			assert_null(vn_job_tap(job, i, 0));
	}
	assert_null(vn_job_logits(job, images));
}

void run_and_check(vn_device *dev, const struct vn_qnet *net, const uint8_t *pixels, size_t images,
                   int taps)
{
	vn_error err = {0};
	vn_job *job;

	if (vn_submit(dev, pixels, images, taps ? VN_TAPS : 0, &job, &err))
		fail_msg("%s", err.message);
	if (vn_wait(job, 60000, &err))
		fail_msg("%s", err.message);
	check_job(net, pixels, images, job, taps);
	vn_job_free(job);
}

int comma_locale(const char *folder)
{
	char command[512];
	int made;

	snprintf(command, sizeof(command),
	         "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
	setenv("LOCPATH", folder, 1);
	made = system(command) == 0 && setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
	unsetenv("LOCPATH");
	snprintf(command, sizeof(command), "rm -rf %s/de_DE.UTF-8", folder);
	return system(command) == 0 && made;
}
