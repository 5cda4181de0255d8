/* SPDX-License-Identifier: Apache-2.0
 *
 * path_list.h - lists of file names.
 */
#ifndef VH_PATH_LIST_H
#define VH_PATH_LIST_H

#include "host/folder.h"

/* Append the names that @path (NULL: standard input) holds: separated by zero bytes where there is
 * one, else one a line; empty ones are passed over.  Blocks until the end of a pipe.  Errors: VN_EIO;
 * VN_EIMAGE: no name, or more than a gigabyte of them; VN_ENOMEM. */
VN_MUST_CHECK int vh_path_list(const char *path, struct vh_names *out, vn_error *err);

#endif /* VH_PATH_LIST_H */
