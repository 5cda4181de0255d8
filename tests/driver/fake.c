/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.c - reference compute units as a lazy, misbehaving card.
 */
#include "tests/driver/fake.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "driver/memory.h"

enum { MAX_PENDING = 4096, MAX_BUFFERS = 256, LONG_MS = 1000000 };

struct fake fake;

struct pending {
	struct vn_buffer *buffer;
	uint64_t offset, bytes;
	const void *data;
};

/* What the lazy side keeps of a unit, beside the reference's own back end. */
struct lazy {
	struct vn_backend *ref;
	struct pending pending[MAX_PENDING];
	int n;
	struct vn_start start;
	int running;
	int64_t ends_ms;
	int hangs;
	atomic_int inside;
};

static struct lazy units[VN_UNITS_MAX];

/* Whose and what each buffer is. */
static struct {
	struct vn_buffer *buffer;
	int unit;
	enum vn_buffer_kind kind;
} buffers[MAX_BUFFERS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of buffers, fake and record_bytes */
static uint64_t record_bytes;
static atomic_int released, computing;

static int unit_count(void)
{
	return fake.units ? fake.units : 1;
}

/* ---- misdeeds ---- */

/* Take one of an ordered misdeed. */
static int misbehave(int *left)
{
	int does;

	pthread_mutex_lock(&lock);
	does = *left > 0;
	*left -= does;
	pthread_mutex_unlock(&lock);
	return does;
}

static void sleep_ms(int64_t ms)
{
	const struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};

	if (ms > 0)
		nanosleep(&t, NULL);
}

static void wait_for_release(void)
{
	while (!released)
		sleep_ms(1);
}

uint32_t fake_sum(const uint8_t *data, uint64_t bytes)
{
	uint32_t sum = 0;

	for (uint64_t i = 0; i < bytes; i++)
		sum = sum * 16777619u + data[i];
	return sum;
}

/* What a start, or a stuck write, found as weights. */
static void note_weights(const uint8_t *data, uint64_t bytes)
{
	const uint32_t sum = fake_sum(data, bytes);

	pthread_mutex_lock(&lock);
	fake.weights = sum;
	pthread_mutex_unlock(&lock);
}

static void note_late(void)
{
	pthread_mutex_lock(&lock);
	fake.late++;
	pthread_mutex_unlock(&lock);
}

/* ---- who is inside ---- */

static struct lazy *enter(int unit)
{
	if (atomic_fetch_add(&units[unit].inside, 1) != 0)
		fake.reentered++;
	return &units[unit];
}

static void leave(struct lazy *u)
{
	atomic_fetch_sub(&u->inside, 1);
}

static int find(const struct vn_buffer *buffer)
{
	int i = 0;

	pthread_mutex_lock(&lock);
	while (buffers[i].buffer != buffer)
		i++;
	pthread_mutex_unlock(&lock);
	return i;
}

static int is_record(enum vn_buffer_kind kind)
{
	return kind == VN_BUFFER_INPUT || kind == VN_BUFFER_OUTPUT || kind == VN_BUFFER_SCRATCH;
}

/* A transfer while the unit computes. */
static void count_move(const struct lazy *u, enum vn_buffer_kind kind)
{
	if (!u->running)
		return;
	pthread_mutex_lock(&lock);
	fake.overlapped += kind == VN_BUFFER_WEIGHTS;
	fake.moved += is_record(kind);
	pthread_mutex_unlock(&lock);
}

static void settle(struct lazy *u, const struct vn_buffer *buffer)
{
	int kept = 0;

	for (int i = 0; i < u->n; i++) {
		const struct pending *p = &u->pending[i];

		if (!buffer || p->buffer == buffer)
			memcpy(p->buffer->data + p->offset, p->data, (size_t)p->bytes);
		else
			u->pending[kept++] = *p;
	}
	u->n = kept;
}

/* ---- configure, buffers ---- */

static int fake_configure(struct vn_backend *be, const uint32_t *wanted, uint32_t *actual, int *n,
                          vn_error *err)
{
	int rc = 0;

	(void)be;
	fake.configures++;
	*n = unit_count();
	for (int i = 0; !rc && i < *n; i++) {
		struct lazy *u = enter(i);
		int one;

		rc = VN_BACKEND_REF.configure(u->ref, wanted, actual, &one, err);
		u->running = 0;
		leave(u);
	}
	if (fake.other_config)
		actual[VN_CFG_MID_SLOTS] /= 2;
	return rc;
}

static void remember(struct vn_buffer *buffer, int unit, enum vn_buffer_kind kind)
{
	int i = 0;

	pthread_mutex_lock(&lock);
	while (buffers[i].buffer)
		i++;
	buffers[i].buffer = buffer;
	buffers[i].unit = unit;
	buffers[i].kind = kind;
	if (is_record(kind))
		record_bytes += buffer->bytes;
	if (record_bytes > fake.most_bytes)
		fake.most_bytes = record_bytes;
	pthread_mutex_unlock(&lock);
}

static int fake_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                      struct vn_buffer **buffer, vn_error *err)
{
	int rc, fails;

	*buffer = NULL;
	pthread_mutex_lock(&lock);
	fails = ++fake.allocs == fake.fail_alloc;
	pthread_mutex_unlock(&lock);
	if (fails)
		return vn_fail_nomem(err, (size_t)bytes, "a buffer of the fake");
	enter(unit);
	rc = vn_memory_alloc(be, unit, kind, bytes, buffer, err);
	if (!rc) {
		memset((*buffer)->data, 0xa5, (size_t)bytes);
		remember(*buffer, unit, kind);
	}
	leave(&units[unit]);
	return rc;
}

static void fake_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	struct lazy *u;
	int i, kept = 0;

	if (!buffer)
		return;
	i = find(buffer);
	u = enter(buffers[i].unit);
	for (int k = 0; k < u->n; k++)
		if (u->pending[k].buffer != buffer)
			u->pending[kept++] = u->pending[k];
	u->n = kept;
	pthread_mutex_lock(&lock);
	fake.frees++;
	if (is_record(buffers[i].kind))
		record_bytes -= buffer->bytes;
	buffers[i].buffer = NULL;
	pthread_mutex_unlock(&lock);
	leave(u);
	vn_memory_free(be, buffer);
}

static int fake_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                      const void *data, uint64_t bytes, vn_error *err)
{
	const int i = find(buffer);
	struct lazy *u;

	(void)be;
	if (bytes % VN_BEAT_BYTES || offset % VN_BEAT_BYTES || offset + bytes > buffer->bytes)
		return vn_fail(err, VN_ERUNTIME, NULL, "fake: a bad write");
	u = enter(buffers[i].unit);
	count_move(u, buffers[i].kind);
	if (u->n == MAX_PENDING)
		settle(u, NULL);
	u->pending[u->n++] = (struct pending){buffer, offset, bytes, data};
	if (buffers[i].kind == VN_BUFFER_WEIGHTS && misbehave(&fake.stuck_write)) {
		wait_for_release();
		note_weights(data, bytes);
		leave(u);
		note_late();
		return 0;
	}
	leave(u);
	return 0;
}

static int fake_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                     uint64_t bytes, vn_error *err)
{
	const int i = find(buffer);
	struct lazy *u = enter(buffers[i].unit);
	int rc;

	count_move(u, buffers[i].kind);
	settle(u, buffer);
	rc = vn_memory_read(be, buffer, offset, data, bytes, err);
	leave(u);
	return rc;
}

/* ---- starts ---- */

static int fake_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	struct lazy *u;
	int now;

	(void)be;
	if (!misbehave(&fake.fail_after) && misbehave(&fake.fail_start))
		return vn_fail(err, VN_ERUNTIME, NULL, "fake: the start failed");
	u = enter(unit);
	u->start = *start;
	u->running = 1;
	u->ends_ms = vn_now_ms() + fake.delay_ms;
	u->hangs = misbehave(&fake.hang);
	now = atomic_fetch_add(&computing, 1) + 1;
	pthread_mutex_lock(&lock);
	fake.starts++;
	if (now > fake.together)
		fake.together = now;
	pthread_mutex_unlock(&lock);
	leave(u);
	return 0;
}

static void compute(struct lazy *u)
{
	uint8_t status[4 * VN_STATUS_WORDS];

	settle(u, u->start.program);
	settle(u, u->start.weights);
	settle(u, u->start.input);
	settle(u, u->start.status);
	note_weights(u->start.weights->data, u->start.weights->bytes);
	memcpy(status, u->start.status->data, sizeof(status));
	(void)VN_BACKEND_REF.start(u->ref, 0, &u->start, NULL);
	(void)VN_BACKEND_REF.wait(u->ref, 0, -1, NULL);
	if (fake.corrupt && u == &units[fake.corrupt - 1])
		u->start.output->data[4] ^= 1;
	if (misbehave(&fake.no_status))
		memcpy(u->start.status->data, status, sizeof(status));
}

/* Milliseconds until the start may end. */
static int64_t ends_in(const struct lazy *u)
{
	int kept;

	pthread_mutex_lock(&lock);
	kept = fake.held || (fake.meet && fake.together < unit_count());
	pthread_mutex_unlock(&lock);
	return kept ? LONG_MS : u->ends_ms - vn_now_ms();
}

static int fake_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	struct lazy *u = enter(unit);
	const int64_t left = ends_in(u);

	(void)be;
	if (misbehave(&fake.stuck)) {
		wait_for_release();
		compute(u);
		leave(u);
		note_late();
		return 0;
	}
	if (u->hangs || (timeout_ms >= 0 && left > timeout_ms)) {
		sleep_ms(timeout_ms);
		leave(u);
		return vn_fail(err, VN_ETIMEOUT, NULL, "fake: unit %d hangs", unit);
	}
	sleep_ms(left);
	compute(u);
	u->running = 0;
	atomic_fetch_sub(&computing, 1);
	leave(u);
	return 0;
}

/* ---- open, close ---- */

static int fake_deadline(const struct vn_backend *be)
{
	(void)be;
	return 5000;
}

static int fake_be_open(const struct vn_uri *uri, struct vn_backend **be, vn_error *err)
{
	int rc = 0;

	for (int i = 0; !rc && i < unit_count(); i++)
		rc = VN_BACKEND_REF.open(uri, &units[i].ref, err);
	*be = units[0].ref;
	return rc;
}

static void fake_close(struct vn_backend *be)
{
	(void)be;
	for (int i = 0; i < unit_count(); i++)
		VN_BACKEND_REF.close(units[i].ref);
}

#define OPS                                                                                        \
	.scheme = "fake", .open = fake_be_open, .close = fake_close, .configure = fake_configure,  \
	.alloc = fake_alloc, .free = fake_free, .write = fake_write, .read = fake_read,            \
	.start = fake_start, .wait = fake_wait

static const struct vn_backend_ops card = {OPS, .deadline_ms = fake_deadline}, software = {OPS};

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(units, 0, sizeof(units));
	memset(buffers, 0, sizeof(buffers));
	record_bytes = 0;
	released = computing = 0;
}

int fake_late(void)
{
	int late;

	pthread_mutex_lock(&lock);
	late = fake.late;
	pthread_mutex_unlock(&lock);
	return late;
}

void fake_release(void)
{
	pthread_mutex_lock(&lock);
	fake.held = 0;
	pthread_mutex_unlock(&lock);
	released = 1;
}

int fake_open(const char *options, vn_device **dev, vn_error *err)
{
	char text[VN_URI_MAX];

	snprintf(text, sizeof(text), "fake:%s", options);
	return vn_device_open_with(fake.software ? &software : &card, text, dev, err);
}
