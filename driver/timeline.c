/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.c - events of a device as a Trace Event file.
 */
#include "driver/timeline.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"

struct vn_timeline {
	FILE *file;
	pthread_mutex_t lock; /* of the file */
	int64_t begin_ns;
	uint32_t named; /* bit u: the rows of unit u have their names */
};

int vn_timeline_open(const char *path, struct vn_timeline **out, vn_error *err)
{
	struct vn_timeline *t = calloc(1, sizeof(*t));

	if (!t)
		return vn_fail_nomem(err, sizeof(*t), "a time line");
	t->file = fopen(path, "w");
	if (!t->file || pthread_mutex_init(&t->lock, NULL) != 0) {
		if (t->file)
			fclose(t->file);
		free(t);
		return vn_fail(err, VN_EIO, "name a file in a folder that can be written",
		               "option timeline: %s cannot be written", path);
	}
	t->begin_ns = vn_now_ns();
	fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", t->file);
	*out = t;
	return 0;
}

void vn_timeline_close(struct vn_timeline *t)
{
	if (!t)
		return;
	fputs("\n]}\n", t->file);
	fclose(t->file);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* The first event follows the metadata, so that a comma before each other one is right. */
static void name_rows(struct vn_timeline *t, int unit)
{
	static const char *const rows[] = {"host", "compute unit"};

	if (t->named >> unit & 1)
		return;
	for (int i = 0; i < 2; i++)
		fprintf(t->file,
		        "%s\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%d,\"name\":\"thread_name\","
		        "\"args\":{\"name\":\"%s\"}}",
		        t->named || i ? "," : "", unit, i, rows[i]);
	t->named |= (uint32_t)1 << unit;
}

void vn_timeline_add(struct vn_timeline *t, int unit, const char *what, int64_t start_ns,
                     uint64_t bytes, uint64_t images)
{
	const int64_t now = vn_now_ns();

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	name_rows(t, unit);
	fprintf(t->file,
	        ",\n{\"ph\":\"X\",\"pid\":%d,\"tid\":%d,\"name\":\"%s\",\"ts\":%.3f,\"dur\":%.3f,"
	        "\"args\":{\"bytes\":%llu,\"images\":%llu}}",
	        unit, strcmp(what, "compute") == 0, what, (double)(start_ns - t->begin_ns) / 1e3,
	        (double)(now - start_ns) / 1e3, (unsigned long long)bytes,
	        (unsigned long long)images);
	pthread_mutex_unlock(&t->lock);
}
