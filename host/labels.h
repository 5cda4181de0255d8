/* SPDX-License-Identifier: Apache-2.0
 *
 * labels.h - files of class names.
 */
#ifndef VH_LABELS_H
#define VH_LABELS_H

#include "include/vanillin.h"

/* Replace *@labels ([classes] strings, or NULL) by the lines of @path, one a class, blanks at their
 * ends dropped; no more is read of it than such a file can have. Errors: VN_EIO; VN_EIMAGE: not
 * @classes lines, an empty one, one that is not UTF-8 or longer than 1024 bytes, or more than 16
 * MiB; VN_ENOMEM.  On an error *@labels is as before. */
VN_MUST_CHECK int vh_labels_read(const char *path, int classes, char ***labels, vn_error *err);

/* The label of a class, or its number in @text. */
const char *vh_class_name(const vn_program *prog, int cls, char text[16]);

#endif /* VH_LABELS_H */
