/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.c - events of devices as a Trace Event file.
 */
#include "driver/timeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/process.h"
#include "driver/backend.h"

static const char OPTION[] = "option timeline: ";

/* A file, and the devices that have a part in it. */
struct shared {
	struct vn_outfile out;
	char *path; /* as the URI has it */
	int64_t begin_ns;
	int users, devices; /* now; ever */
	int kept;           /* one has finished */
	unsigned process;   /* that opened it (base/process.h) */
	struct shared *next;
};

static struct shared *files; /* under the process's lock */

struct vn_timeline {
	pthread_mutex_t lock; /* of all below */
	struct shared *file;  /* NULL: finished */
	int device;
	uint32_t named; /* bit u: the rows of unit u have their names */
};

/* ---- files ---- */

static void free_shared(struct shared *f)
{
	vn_outfile_drop(&f->out);
	free(f->path);
	free(f);
}

static int open_shared(const char *path, struct shared **out, vn_error *err)
{
	struct shared *f = calloc(1, sizeof(*f));
	int rc;

	if (!f || !(f->path = strdup(path))) {
		free(f);
		return vn_fail_nomem(err, sizeof(*f), "a time line");
	}
	rc = vn_outfile_open(&f->out, OPTION, path, err);
	if (rc) {
		free_shared(f);
		return rc;
	}
	f->begin_ns = vn_now_ns();
	f->process = vn_process();
	/* An event, so that a comma before each other one is right. */
	vn_outfile_print(&f->out, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
	                          "{\"ph\":\"i\",\"s\":\"g\",\"pid\":0,\"tid\":0,\"ts\":0,"
	                          "\"name\":\"begin\"}");
	*out = f;
	return 0;
}

/* Lock of the process held.  The open file of this name; NULL. */
static struct shared *find_shared(const char *path)
{
	struct shared *f = files;

	while (f && (f->process != vn_process() || strcmp(f->path, path) != 0))
		f = f->next;
	return f;
}

/* Lock of the process held. */
static void unlink_shared(struct shared *f)
{
	struct shared **at = &files;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
}

/* ---- a device's part ---- */

/* Into the file of this name, which may be there already. */
static int join(struct vn_timeline *t, const char *path, vn_error *err)
{
	struct shared *f;
	int rc = 0;

	vn_process_lock();
	f = find_shared(path);
	if (!f) {
		rc = open_shared(path, &f, err);
		if (!rc) {
			f->next = files;
			files = f;
		}
	}
	if (!rc) {
		f->users++;
		t->device = f->devices++;
		t->file = f;
	}
	vn_process_unlock();
	return rc;
}

/* @keep: the file is wanted. */
static int leave(struct vn_timeline *t, int keep, vn_error *err)
{
	struct shared *f;
	int last, rc = 0;

	pthread_mutex_lock(&t->lock);
	f = t->file;
	t->file = NULL;
	pthread_mutex_unlock(&t->lock);
	if (!f)
		return 0;
	vn_process_lock();
	f->kept |= keep;
	last = --f->users == 0;
	if (last)
		unlink_shared(f);
	vn_process_unlock();
	if (!last)
		return 0;
	if (f->kept) {
		vn_outfile_print(&f->out, "\n]}\n");
		rc = vn_outfile_finish(&f->out, OPTION, err);
	}
	free_shared(f);
	return rc;
}

int vn_timeline_open(const char *path, struct vn_timeline **out, vn_error *err)
{
	struct vn_timeline *t = calloc(1, sizeof(*t));
	int rc;

	*out = NULL;
	if (!t || pthread_mutex_init(&t->lock, NULL) != 0) {
		free(t);
		return vn_fail_nomem(err, sizeof(*t), "a time line");
	}
	rc = join(t, path, err);
	if (rc)
		vn_timeline_free(t);
	else
		*out = t;
	return rc;
}

int vn_timeline_finish(struct vn_timeline *t, vn_error *err)
{
	return t ? leave(t, 1, err) : 0;
}

void vn_timeline_free(struct vn_timeline *t)
{
	if (!t)
		return;
	(void)leave(t, 0, NULL);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* ---- events ---- */

static void name_rows(struct vn_timeline *t, int unit, int row)
{
	if (t->named >> unit & 1)
		return;
	t->named |= (uint32_t)1 << unit;
	vn_outfile_print(&t->file->out,
	                 ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":0,\"name\":\"process_name\","
	                 "\"args\":{\"name\":\"device %d, unit %d\"}}"
	                 ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":0,\"name\":\"thread_name\","
	                 "\"args\":{\"name\":\"host\"}}"
	                 ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":1,\"name\":\"thread_name\","
	                 "\"args\":{\"name\":\"compute unit\"}}",
	                 row, t->device, unit, row, row);
}

/* Microseconds, as the format wants them, in whole numbers: a decimal point is a comma in some
 * places. */
#define US(ns) (long long)((ns) / 1000), (int)((ns) % 1000)

void vn_timeline_add(struct vn_timeline *t, int unit, const char *what, int64_t start_ns,
                     uint64_t bytes, uint64_t images)
{
	const int64_t now = vn_now_ns();

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	if (t->file) {
		const int row = t->device * VN_UNITS_MAX + unit;
		const int64_t at = start_ns - t->file->begin_ns;

		name_rows(t, unit, row);
		vn_outfile_print(&t->file->out,
		                 ",\n{\"ph\":\"X\",\"pid\":%d,\"tid\":%d,\"name\":\"%s\","
		                 "\"ts\":%lld.%03d,\"dur\":%lld.%03d,"
		                 "\"args\":{\"bytes\":%llu,\"images\":%llu}}",
		                 row, strcmp(what, "compute") == 0, what, US(at),
		                 US(now - start_ns), (unsigned long long)bytes,
		                 (unsigned long long)images);
	}
	pthread_mutex_unlock(&t->lock);
}
