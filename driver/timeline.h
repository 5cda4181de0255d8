/* SPDX-License-Identifier: Apache-2.0
 *
 * timeline.h - inside the driver: what a device did when, as a file in the Trace Event Format that
 * chrome://tracing and ui.perfetto.dev show (option timeline=FILE of a URI).
 *
 * One row per compute unit for what its thread does (pack, write, read, unpack, ...), one for the
 * compute unit itself (compute: from start to the end of the wait).
 */
#ifndef VN_TIMELINE_H
#define VN_TIMELINE_H

#include <stdint.h>

#include "include/vanillin.h"

struct vn_timeline;

/* VN_EIO, VN_ENOMEM. */
VN_MUST_CHECK int vn_timeline_open(const char *path, struct vn_timeline **timeline, vn_error *err);
void vn_timeline_close(struct vn_timeline *timeline); /* NULL allowed */
/* An event that ends now.  @start_ns: vn_now_ns then.  @bytes: moved; @images: it was about.
 * @timeline NULL: nothing.  From any thread. */
void vn_timeline_add(struct vn_timeline *timeline, int unit, const char *what, int64_t start_ns,
                     uint64_t bytes, uint64_t images);

#endif /* VN_TIMELINE_H */
