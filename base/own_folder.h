/* SPDX-License-Identifier: Apache-2.0
 *
 * own_folder.h - inside the library: where it lies itself, to find what was installed or built
 * beside it.
 */
#ifndef VN_OWN_FOLDER_H
#define VN_OWN_FOLDER_H

#include <limits.h>

/* The folder of this code's file: of libvanillin.so, or of the program it is linked into. */
void vn_own_folder(char folder[PATH_MAX]);

#endif /* VN_OWN_FOLDER_H */
