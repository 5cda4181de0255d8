/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.c - the reference compute unit as a lazy, misbehaving card.
 */
#include "tests/driver/fake.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver/error.h"
#include "driver/memory.h"

enum { MAX_PENDING = 4096 };

struct fake fake;

struct pending {
	struct vn_buffer *buffer;
	uint64_t offset, bytes;
	const void *data;
};

/* What the lazy side keeps, beside the reference's own back end. */
static struct {
	struct pending pending[MAX_PENDING];
	int n;
	struct vn_start start;
	int running;
	uint64_t record_bytes;
	struct vn_buffer *weights[8];
	int n_weights;
} lazy;
static atomic_int inside;

static void enter(void)
{
	if (atomic_fetch_add(&inside, 1) != 0)
		fake.reentered++;
}

static void leave(void)
{
	atomic_fetch_sub(&inside, 1);
}

static void settle(const struct vn_buffer *buffer)
{
	int kept = 0;

	for (int i = 0; i < lazy.n; i++) {
		const struct pending *p = &lazy.pending[i];

		if (!buffer || p->buffer == buffer)
			memcpy(p->buffer->data + p->offset, p->data, (size_t)p->bytes);
		else
			lazy.pending[kept++] = *p;
	}
	lazy.n = kept;
}

static int is_weights(const struct vn_buffer *buffer)
{
	for (int i = 0; i < lazy.n_weights; i++)
		if (lazy.weights[i] == buffer)
			return 1;
	return 0;
}

static int fake_configure(struct vn_backend *be, const uint32_t *wanted, uint32_t *actual,
                          int *units, vn_error *err)
{
	int rc;

	enter();
	fake.configures++;
	rc = VN_BACKEND_REF.configure(be, wanted, actual, units, err);
	if (fake.other_config)
		actual[VN_CFG_MID_SLOTS] /= 2;
	leave();
	return rc;
}

static int fake_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                      struct vn_buffer **buffer, vn_error *err)
{
	int rc;

	*buffer = NULL;
	if (++fake.allocs == fake.fail_alloc)
		return vn_fail_nomem(err, (size_t)bytes, "a buffer of the fake");
	enter();
	rc = vn_memory_alloc(be, unit, kind, bytes, buffer, err);
	if (!rc)
		memset((*buffer)->data, 0xa5, (size_t)bytes);
	if (!rc && kind == VN_BUFFER_WEIGHTS && lazy.n_weights < 8)
		lazy.weights[lazy.n_weights++] = *buffer;
	if (kind == VN_BUFFER_INPUT || kind == VN_BUFFER_OUTPUT || kind == VN_BUFFER_SCRATCH) {
		lazy.record_bytes += bytes;
		if (lazy.record_bytes > fake.most_bytes)
			fake.most_bytes = lazy.record_bytes;
	}
	leave();
	return rc;
}

static void fake_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	int kept = 0;

	if (!buffer)
		return;
	fake.frees++;
	for (int i = 0; i < lazy.n; i++)
		if (lazy.pending[i].buffer != buffer)
			lazy.pending[kept++] = lazy.pending[i];
	lazy.n = kept;
	vn_memory_free(be, buffer);
}

static int fake_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                      const void *data, uint64_t bytes, vn_error *err)
{
	(void)be;
	if (bytes % VN_BEAT_BYTES || offset % VN_BEAT_BYTES || offset + bytes > buffer->bytes)
		return vn_fail(err, VN_ERUNTIME, NULL, "fake: a bad write");
	enter();
	if (lazy.running && is_weights(buffer))
		fake.overlapped++;
	if (lazy.n == MAX_PENDING)
		settle(NULL);
	lazy.pending[lazy.n++] = (struct pending){buffer, offset, bytes, data};
	leave();
	return 0;
}

static int fake_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                     uint64_t bytes, vn_error *err)
{
	int rc;

	enter();
	settle(buffer);
	rc = vn_memory_read(be, buffer, offset, data, bytes, err);
	leave();
	return rc;
}

static int fake_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	(void)be;
	(void)unit;
	if (fake.fail_start > 0) {
		fake.fail_start--;
		return vn_fail(err, VN_ERUNTIME, NULL, "fake: the start failed");
	}
	enter();
	if (start->input.offset % VN_BUFFER_ALIGN || start->output.offset % VN_BUFFER_ALIGN ||
	    start->scratch.offset % VN_BUFFER_ALIGN || start->weights.offset % VN_BEAT_BYTES)
		fake.bad_offsets++;
	fake.starts++;
	lazy.start = *start;
	lazy.running = 1;
	leave();
	return 0;
}

static void sleep_ms(int ms)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000L};

	nanosleep(&t, NULL);
}

static int fake_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	uint8_t status[4 * VN_STATUS_WORDS];

	(void)timeout_ms;
	enter();
	sleep_ms(fake.delay_ms);
	lazy.running = 0;
	if (fake.hang > 0) {
		fake.hang--;
		leave();
		return vn_fail(err, VN_ETIMEOUT, NULL, "fake: hangs");
	}
	settle(lazy.start.program);
	settle(lazy.start.weights.buffer);
	settle(lazy.start.input.buffer);
	settle(lazy.start.status);
	memcpy(status, lazy.start.status->data, sizeof(status));
	(void)VN_BACKEND_REF.start(be, unit, &lazy.start, err);
	if (fake.no_status > 0) {
		fake.no_status--;
		memcpy(lazy.start.status->data, status, sizeof(status));
	}
	leave();
	return 0;
}

static int fake_be_open(const struct vn_uri *uri, struct vn_backend **be, vn_error *err)
{
	return VN_BACKEND_REF.open(uri, be, err);
}

static void fake_close(struct vn_backend *be)
{
	VN_BACKEND_REF.close(be);
}

static const struct vn_backend_ops ops = {
        .scheme = "fake",
        .deadline_ms = 5000,
        .open = fake_be_open,
        .close = fake_close,
        .configure = fake_configure,
        .alloc = fake_alloc,
        .free = fake_free,
        .write = fake_write,
        .read = fake_read,
        .start = fake_start,
        .wait = fake_wait,
};

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	memset(&lazy, 0, sizeof(lazy));
}

int fake_open(const char *options, vn_device **dev, vn_error *err)
{
	char text[VN_URI_MAX];
	struct vn_uri uri;
	int rc;

	snprintf(text, sizeof(text), "fake:%s", options);
	rc = vn_uri_parse(text, &uri, err);
	return rc ? rc : vn_device_open_with(&ops, text, &uri, dev, err);
}
