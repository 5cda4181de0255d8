/* SPDX-License-Identifier: Apache-2.0
 *
 * one_run.c - the tiny network on a device, from open to close.
 */
#include "tests/driver/one_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 5 };

struct tiny tiny;

void tiny_make(void)
{
	tiny.net = tiny_net(3, 1);
	tiny.prog = tiny_program(tiny.net, 8, 8);
	tiny.pixels = make_images(IMAGES_MAX);
}

void tiny_drop(void)
{
	free(tiny.pixels);
	vn_program_free(tiny.prog);
	vn_qnet_free(tiny.net);
}

int run_loaded(vn_device *dev, vn_error *err)
{
	vn_job *job = NULL;
	int rc = vn_submit(dev, tiny.pixels, BATCH, VN_TAPS, &job, err);

	if (!rc)
		rc = vn_wait(job, -1, err);
	if (!rc)
		check_job(tiny.net, tiny.pixels, BATCH, job, 1);
	vn_job_free(job);
	return rc;
}

int run(const char *uri, enum vn_weights mode, vn_error *err)
{
	vn_device *dev;
	int rc = vn_device_open(uri, &dev, err);

	if (rc)
		return rc;
	rc = vn_device_load(dev, tiny.prog, mode, err);
	if (!rc)
		rc = run_loaded(dev, err);
	vn_device_close(dev);
	return rc;
}

void expect_run(const char *uri, enum vn_weights mode)
{
	vn_error err = {0};

	if (run(uri, mode, &err))
		fail_msg("%s: %s", uri, err.message);
}

void expect_failure(const char *uri, int code, const char *const *words)
{
	vn_error err = {0};
	char text[1024];

	if (run(uri, VN_RESIDENT, &err) == 0)
		fail_msg("%s: no error, but one with '%s' was expected", uri, words[0]);
	snprintf(text, sizeof(text), "%s [%s]", err.message, err.hint);
	if (err.code != code)
		fail_msg("%s: %s, not %s: %s", uri, vn_err_name(err.code), vn_err_name(code), text);
	for (; *words; words++)
		if (!strstr(text, *words))
			fail_msg("%s: no '%s' in: %s", uri, *words, text);
}
