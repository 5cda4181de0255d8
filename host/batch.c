/* SPDX-License-Identifier: Apache-2.0
 *
 * batch.c - a batch of images: how large, how many at once, and through a device.
 */
#include "host/batch.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "host/out.h"

enum {
	POLL_MS = 100, /* how long an interrupt may go unseen */
	MAX_BATCH = 256,
};

/* Work of a batch, so that it is some tenths of a second in software. */
static const double BATCH_MACS = 2e8;

/* ---- how many ---- */

/* Of a URI that names nothing opening will tell. */
static enum vn_device_kind kind_of(const char *uri)
{
	enum vn_device_kind kind = VN_SIMULATED;

	return vn_device_kind_of(uri, &kind, NULL) ? VN_SIMULATED : kind;
}

int vh_is_card(const char *uri)
{
	return kind_of(uri) == VN_CARD;
}

int vh_threads(const struct vh_common *common, const char *uri)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	const enum vn_device_kind kind = kind_of(uri);

	if (kind == VN_CARD)
		return 1;
	if (common->threads > 0)
		return (int)common->threads;
	return kind == VN_SOFTWARE && cores > 1 ? (int)cores : 1;
}

int vh_feeders(const struct vh_common *common, vn_device *dev)
{
	return common->threads > 0 ? (int)common->threads : 2 * vn_device_units(dev) + 1;
}

size_t vh_batch_size(const vn_program_info *info, size_t images, int threads)
{
	const double fit = BATCH_MACS / (double)(info->macs ? info->macs : 1);
	const size_t group = info->group > 0 ? (size_t)info->group : 1;
	const size_t share = (images + (size_t)threads - 1) / (size_t)threads;
	size_t n = fit > MAX_BATCH ? MAX_BATCH : (size_t)fit;

	n = n < share ? n : share;
	return n < group ? group : n - n % group;
}

/* ---- pixels ---- */

int vh_device_end(vn_device *dev, vn_error *err)
{
	return dev ? vn_device_finish(dev, err) : 0;
}

struct vh_shape vh_shape_of(const vn_program_info *info)
{
	return (struct vh_shape){
	        .c = info->in_c,
	        .h = info->in_h,
	        .w = info->in_w,
	        .recipe = info->recipe,
	};
}

int vh_alloc_pixels(const struct vh_shape *s, size_t images, uint8_t **pixels, vn_error *err)
{
	const size_t image = (size_t)s->c * (size_t)s->h * (size_t)s->w;

	*pixels = images <= SIZE_MAX / image ? malloc(images * image) : NULL;
	return *pixels ? 0
	               : vn_fail(err, VN_ENOMEM, "use fewer images", "no memory for %zu images",
	                         images);
}

/* ---- through a device ---- */

int vh_wait(vn_job *job, vn_error *err)
{
	int rc;

	do {
		rc = vn_wait(job, POLL_MS, err);
	} while (rc == VN_ETIMEOUT && !vh_interrupted());
	return rc == VN_ETIMEOUT ? VH_STOPPED : rc;
}

int vh_batch(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags, vn_job **job,
             vn_error *err)
{
	int rc = vn_submit(dev, pixels, images, flags, job, err);

	if (rc)
		return rc;
	rc = vh_wait(*job, err);
	if (rc) {
		vn_job_free(*job);
		*job = NULL;
	}
	return rc;
}
