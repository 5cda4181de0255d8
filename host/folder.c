/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - names in a folder.
 */
#include "host/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

int vh_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int vh_is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int vh_is_pipe(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

char *vh_join(const char *folder, const char *name)
{
	const size_t size = strlen(folder) + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s", folder, name);
	return path;
}

int vh_names_add(struct vh_names *list, char *name, vn_error *err)
{
	/* Grown whenever n is a power of two, so that no capacity needs to be kept. */
	if (name && (list->n & (list->n - 1)) == 0) {
		const size_t room = list->n ? 2 * list->n : 1;
		char **moved = realloc(list->names, room * sizeof(*moved));

		if (!moved) {
			free(name);
			name = NULL;
		} else {
			list->names = moved;
		}
	}
	if (!name)
		return vn_fail_nomem(err, sizeof(*list->names), "the names of a folder");
	list->names[list->n++] = name;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Append @folder/@name if it is of the kind that is wanted. */
static int add_entry(struct vh_names *out, const char *folder, const char *name, int folders,
                     vn_error *err)
{
	char *path = vh_join(folder, name);

	if (path && !(folders ? vh_is_folder(path) : vh_is_file(path))) {
		free(path);
		return 0;
	}
	return vh_names_add(out, path, err);
}

int vh_folder_list(const char *path, int folders, struct vh_names *out, vn_error *err)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int rc = 0;

	*out = (struct vh_names){0};
	if (!dir)
		return vn_fail(err, VN_EIO, NULL, "%.300s: %s", path, strerror(errno));
	while (!rc && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			rc = add_entry(out, path, entry->d_name, folders, err);
	closedir(dir);
	if (rc)
		vh_names_free(out);
	else if (out->n)
		qsort(out->names, out->n, sizeof(*out->names), by_name);
	return rc;
}

void vh_names_free(struct vh_names *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct vh_names){0};
}
