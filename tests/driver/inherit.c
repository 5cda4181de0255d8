/* SPDX-License-Identifier: Apache-2.0
 *
 * inherit.c - see inherit.h.
 */
#include "tests/driver/inherit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_S = 20 }; /* nothing of a child's calls may block */

void skip_without_fork(void)
{
#ifdef __SANITIZE_THREAD__
	printf("SKIP part: fork: ThreadSanitizer knows no new threads after one\n");
	skip();
#endif
}

void in_child(const char *(*f)(const void *arg), const void *arg)
{
	char text[256] = "";
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const char *wrong;

		alarm(CHILD_S);
		wrong = f(arg);
		_exit(wrong && write(ends[1], wrong, strlen(wrong)) >= 0 ? 1 : 0);
	}
	close(ends[1]);
	assert_true(read(ends[0], text, sizeof(text) - 1) >= 0);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0)
		fail_msg("the child ended with %#x: %s", (unsigned)status, text);
}

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			return #what;                                                              \
	} while (0)

const char *use_inherited(const void *arg)
{
	const struct inherited *in = arg;
	vn_counters counters;
	uint32_t status[64];
	vn_error err = {0};
	vn_job *job = in->job;

	MUST(vn_device_load(in->dev, in->prog, VN_RESIDENT, &err) == VN_EARG);
	MUST(strstr(err.message, "before the fork"));
	MUST(vn_submit(in->dev, in->pixels, 1, 0, &job, &err) == VN_EARG);
	MUST(!job && strstr(err.message, "before the fork"));
	MUST(vn_device_status(in->dev, status, &err) == VN_EARG);
	MUST(strstr(err.message, "before the fork"));
	MUST(vn_device_counters(in->dev, -1, &counters, &err) == VN_EARG);
	MUST(strstr(err.message, "before the fork"));
	MUST(vn_device_finish(in->dev, &err) == VN_EARG);
	MUST(strstr(err.message, "before the fork"));
	MUST(vn_device_units(in->dev) == 0);
	MUST(vn_device_uri(in->dev)[0]);
	MUST(vn_wait(in->job, -1, &err) == VN_EARG);
	MUST(strstr(err.message, "before the fork"));
	MUST(vn_wait(in->job, 0, NULL) == VN_EARG);
	MUST(!vn_job_logits(in->job, 0));
	MUST(!vn_job_tap(in->job, 0, 0));
	vn_job_free(in->job);
	vn_device_close(in->dev);
	return NULL;
}

const char *use_own(const void *arg)
{
	const struct inherited *in = arg;
	const size_t bytes = TINY_CLASSES * sizeof(int32_t);
	vn_device *dev;
	vn_job *job;

	if (in->dev)
		vn_device_close(in->dev);
	MUST(vn_device_open(in->uri, &dev, NULL) == 0);
	MUST(vn_device_load(dev, in->prog, VN_RESIDENT, NULL) == 0);
	MUST(vn_submit(dev, in->pixels, 1, 0, &job, NULL) == 0);
	MUST(vn_wait(job, 10000, NULL) == 0);
	MUST(memcmp(vn_job_logits(job, 0), in->logits, bytes) == 0);
	vn_job_free(job);
	vn_device_close(dev);
	return NULL;
}
