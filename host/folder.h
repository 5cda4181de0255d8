/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.h - names in a folder, sorted.
 */
#ifndef VH_FOLDER_H
#define VH_FOLDER_H

#include <stddef.h>

#include "include/vanillin.h"

struct vh_names {
	char **names; /* [n], whole paths; the owner frees */
	size_t n;
};

int vh_is_folder(const char *path);
int vh_is_file(const char *path);
/* A pipe or socket, whose bytes can be read but once. */
int vh_is_pipe(const char *path);

/* @folder/@name in a new string; NULL without memory. */
char *vh_join(const char *folder, const char *name);

/* Everything in @path whose name does not begin with a dot, by strcmp.  @folders: folders only,
 * else files only. Errors: VN_EIO, VN_ENOMEM. */
VN_MUST_CHECK int vh_folder_list(const char *path, int folders, struct vh_names *out,
                                 vn_error *err);
/* Every picture below @path, its folders' folders included, links followed: regular files named
 * .png, .jpg, .jpeg or .jpe in any case, names that begin with a dot left out.  Appended to @out,
 * sorted within each folder, folders after files; other files are counted in *@others.
 * Errors: VN_EIO (also folders nested too deeply: a link in a circle), VN_ENOMEM. */
VN_MUST_CHECK int vh_folder_walk(const char *path, struct vh_names *out, size_t *others,
                                 vn_error *err);
/* Append @name; on failure it is freed.  VN_ENOMEM. */
VN_MUST_CHECK int vh_names_add(struct vh_names *list, char *name, vn_error *err);
void vh_names_free(struct vh_names *list);

#endif /* VH_FOLDER_H */
