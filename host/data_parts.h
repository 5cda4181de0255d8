/* SPDX-License-Identifier: Apache-2.0
 *
 * data_parts.h - between data.c and data_labels.c.
 */
#ifndef VH_DATA_PARTS_H
#define VH_DATA_PARTS_H

#include "host/data.h"

/* An empty set named by the first @length bytes of @path.  VN_ENOMEM. */
VN_MUST_CHECK int vh_data_begin(struct vh_data *d, const struct vh_shape *shape, const char *path,
                                size_t length, vn_error *err);
/* Take the images of an IDX file. */
VN_MUST_CHECK int vh_data_idx(struct vh_data *d, const char *path, size_t most, vn_error *err);
/* The first of @names (NULL at the end) that is a file in @folder, as a new string; NULL if none,
 * or no memory. */
char *vh_find_idx(const char *folder, const char *const *names);

#endif /* VH_DATA_PARTS_H */
