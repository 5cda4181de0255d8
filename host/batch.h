/* SPDX-License-Identifier: Apache-2.0
 *
 * batch.h - a batch of images: how large, how many at once, and through a device.
 */
#ifndef VH_BATCH_H
#define VH_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "host/cli.h"
#include "host/image.h"
#include "include/vanillin.h"

/* Whether a URI names a card (or cards): it can be opened once in a process. */
int vh_is_card(const char *uri);
/* Device threads: one for a card; else as asked, else one for each processor if the device is
 * software, else one. */
int vh_threads(const struct vh_common *common, const char *uri);
/* Batches to have under way on a loaded device: as many as --threads says, else as keep all its
 * compute units and the transfers beside them busy. */
int vh_feeders(const struct vh_common *common, vn_device *dev);
/* Images of a batch: whole groups, enough to keep a device busy without making an interrupt wait.
 */
size_t vh_batch_size(const vn_program_info *info, size_t images, int threads);

/* Complete the files that the device's URI names.  NULL allowed.  0 or VN_E*. */
VN_MUST_CHECK int vh_device_end(vn_device *dev, vn_error *err);
struct vh_shape vh_shape_of(const vn_program_info *info);
/* [images] pixels of a batch; VN_ENOMEM. */
VN_MUST_CHECK int vh_alloc_pixels(const struct vh_shape *shape, size_t images, uint8_t **pixels,
                                  vn_error *err);

/* Wait for a batch.  0, VN_E*, or VH_STOPPED. */
int vh_wait(vn_job *job, vn_error *err);
/* Submit a batch and wait.  0, VN_E*, or VH_STOPPED; @job is NULL unless 0. */
int vh_batch(vn_device *dev, const uint8_t *pixels, size_t images, unsigned flags, vn_job **job,
             vn_error *err);

#endif /* VH_BATCH_H */
