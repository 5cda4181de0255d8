/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.h - inside the driver: what devices did when, as a file in the Trace Event Format that
 * chrome://tracing and ui.perfetto.dev show (option timeline=FILE of a URI).
 *
 * One row per compute unit for what its thread does (pack, write, read, unpack, ...), one for the
 * compute unit itself (compute: from start to the end of the wait).  Devices of a process that name
 * the same file share it; the last of them that finishes completes it.
 */
#ifndef VN_TIMELINE_H
#define VN_TIMELINE_H

#include <stdint.h>

#include "include/vanillin.h"

struct vn_timeline; /* a device's part in a file */

/* VN_EIO, VN_EARG (this process writes the file as something else), VN_ENOMEM. */
VN_MUST_CHECK int vn_timeline_open(const char *path, struct vn_timeline **timeline, vn_error *err);
/* Nothing is added from here on.  VN_EIO: what was added could not be written, or the whole not be
 * moved into its place.  @timeline NULL or finished: nothing, 0. */
VN_MUST_CHECK int vn_timeline_finish(struct vn_timeline *timeline, vn_error *err);
/* Leaves no file, unless it was finished or another device finishes it.  NULL allowed. */
void vn_timeline_free(struct vn_timeline *timeline);
/* An event that ends now.  @start_ns: vn_now_ns then.  @bytes: moved; @images: it was about.
 * @timeline NULL: nothing.  From any thread. */
void vn_timeline_add(struct vn_timeline *timeline, int unit, const char *what, int64_t start_ns,
                     uint64_t bytes, uint64_t images);

#endif /* VN_TIMELINE_H */
