/* SPDX-License-Identifier: Apache-2.0
 *
 * path_list.c - lists of file names.
 */
#include "host/path_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const size_t MOST = (size_t)1 << 30;

/* The whole of @file, [*bytes]; malloc'ed also on failure. */
static int read_whole(FILE *file, const char *name, char **text, size_t *bytes, vn_error *err)
{
	size_t room = 0, got = 1;

	*text = NULL;
	*bytes = 0;
	while (got > 0 && *bytes <= MOST) {
		if (*bytes == room) {
			char *moved = realloc(*text, room = room ? 2 * room : 65536);

			if (!moved)
				return vn_fail_nomem(err, room, "a list of pictures");
			*text = moved;
		}
		got = fread(*text + *bytes, 1, room - *bytes, file);
		*bytes += got;
	}
	if (ferror(file))
		return vn_fail(err, VN_EIO, NULL, "%.300s: %s", name, strerror(errno));
	if (*bytes > MOST)
		return vn_fail(err, VN_EIMAGE, "split it", "%.300s: more than a gigabyte of names",
		               name);
	return 0;
}

static int split(const char *text, size_t bytes, struct vh_names *out, vn_error *err)
{
	const char separator = memchr(text, '\0', bytes) ? '\0' : '\n';
	int rc = 0;

	for (const char *end = text + bytes; !rc && text < end;) {
		const char *next = memchr(text, separator, (size_t)(end - text));
		size_t length = (size_t)((next ? next : end) - text);
		const size_t step = length + 1;

		if (separator == '\n' && length && text[length - 1] == '\r')
			length--;
		if (length)
			rc = vh_names_add(out, strndup(text, length), err);
		text += next ? step : (size_t)(end - text);
	}
	return rc;
}

int vh_path_list(const char *path, struct vh_names *out, vn_error *err)
{
	const char *name = path ? path : "standard input";
	FILE *file = path ? fopen(path, "rb") : stdin;
	const size_t before = out->n;
	char *text;
	size_t bytes;
	int rc;

	if (!file)
		return vn_fail(err, VN_EIO, NULL, "%.300s: %s", name, strerror(errno));
	rc = read_whole(file, name, &text, &bytes, err);
	rc = rc ? rc : split(text, bytes, out, err);
	free(text);
	if (path)
		fclose(file);
	if (!rc && out->n == before)
		rc = vn_fail(err, VN_EIMAGE, "write one path a line", "%.300s: an empty list",
		             name);
	return rc;
}
