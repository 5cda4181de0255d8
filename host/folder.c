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
#include <strings.h>
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

/* ---- pictures ---- */

enum { DEPTH = 32 };

static int is_picture(const char *path)
{
	static const char *const endings[] = {".png", ".jpg", ".jpeg", ".jpe"};
	const char *name = strrchr(path, '/'), *dot = strrchr(name ? name : path, '.');

	for (size_t i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return 1;
	return 0;
}

static int take_files(const char *path, struct vh_names *out, size_t *others, vn_error *err)
{
	struct vh_names files;
	int rc = vh_folder_list(path, 0, &files, err);

	for (size_t i = 0; !rc && i < files.n; i++) {
		if (!is_picture(files.names[i])) {
			++*others;
			continue;
		}
		rc = vh_names_add(out, files.names[i], err);
		files.names[i] = NULL;
	}
	vh_names_free(&files);
	return rc;
}

static int walk(const char *path, int depth, struct vh_names *out, size_t *others, vn_error *err)
{
	struct vh_names folders;
	int rc;

	if (depth == DEPTH)
		return vn_fail(err, VN_EIO, "look for a link that leads back",
		               "%.300s: folders are nested more than %d deep", path, DEPTH);
	rc = take_files(path, out, others, err);
	if (rc)
		return rc;
	rc = vh_folder_list(path, 1, &folders, err);
	for (size_t i = 0; !rc && i < folders.n; i++)
		rc = walk(folders.names[i], depth + 1, out, others, err);
	vh_names_free(&folders);
	return rc;
}

int vh_folder_walk(const char *path, struct vh_names *out, size_t *others, vn_error *err)
{
	return walk(path, 0, out, others, err);
}

void vh_names_free(struct vh_names *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct vh_names){0};
}
