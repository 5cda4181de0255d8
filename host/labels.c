/* SPDX-License-Identifier: Apache-2.0
 *
 * labels.c - files of class names.
 */
#include "host/labels.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { LINE_BYTES = 1024, FILE_BYTES = 16 << 20 }; /* at most */

/* That some editors put in front of UTF-8. */
static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

static void free_labels(char **labels, int n)
{
	for (int i = 0; labels && i < n; i++)
		free(labels[i]);
	free(labels);
}

/* Cut blanks off both ends; returns the rest's length. */
static size_t trim(char *line)
{
	const size_t blank = strspn(line, " \t");
	size_t length = strlen(line + blank);

	memmove(line, line + blank, length + 1);

	while (length && strchr(" \t\r\n", line[length - 1]))
		line[--length] = '\0';
	return length;
}

/* No zero byte within, and UTF-8, as the files that hold class names want it. */
static int is_text(const char *line, size_t bytes)
{
	json_t *string = json_stringn(line, bytes);
	const int good = string && strlen(line) == bytes;

	json_decref(string);
	return good;
}

/* The next line, less its end, and a zero.  Its bytes; -1: there is none; LINE_BYTES + 1: longer. */
static int next_line(FILE *file, char line[LINE_BYTES + 1])
{
	int n = 0, c;

	while ((c = getc(file)) != EOF && c != '\n') {
		if (n == LINE_BYTES)
			return LINE_BYTES + 1;
		line[n++] = (char)c;
	}
	line[n] = '\0';
	return c == EOF && n == 0 ? -1 : n;
}

/* Line @n, from 0, as a class name. */
static int take_line(char *line, int bytes, int n, const char *path, int classes, char **labels,
                     vn_error *err)
{
	if (bytes > LINE_BYTES)
		return vn_fail(err, VN_EIMAGE, "give a file of class names, one a line",
		               "%.300s: line %d is longer than %d bytes", path, n + 1, LINE_BYTES);
	if (n == 0 && strncmp(line, BYTE_ORDER_MARK, 3) == 0)
		memmove(line, line + 3, (size_t)(bytes -= 3) + 1);
	if (!is_text(line, (size_t)bytes))
		return vn_fail(err, VN_EIMAGE, "save the file as UTF-8",
		               "%.300s: line %d is not UTF-8 text", path, n + 1);
	if (trim(line) == 0)
		return vn_fail(err, VN_EIMAGE, NULL, "%.300s: line %d is empty", path, n + 1);
	if (n == classes)
		return vn_fail(err, VN_EIMAGE, "give one name a line, in the order of the classes",
		               "%.300s: more lines than the network has classes, which is %d", path,
		               classes);
	labels[n] = strdup(line);
	return labels[n] ? 0 : vn_fail_nomem(err, (size_t)bytes, "class names");
}

static int read_lines(FILE *file, const char *path, int classes, char **labels, vn_error *err)
{
	char line[LINE_BYTES + 1];
	int bytes, all = 0, n = 0, rc = 0;

	while (!rc && (bytes = next_line(file, line)) >= 0) {
		all += bytes + 1;
		rc = take_line(line, bytes, n++, path, classes, labels, err);
		if (!rc && all > FILE_BYTES)
			rc = vn_fail(err, VN_EIMAGE, "give a file of class names, one a line",
			             "%.300s: longer than %d MiB", path, FILE_BYTES >> 20);
	}
	if (!rc && ferror(file))
		rc = vn_fail(err, VN_EIO, NULL, "%.300s: %s", path, strerror(errno));
	if (!rc && n != classes)
		rc = vn_fail(err, VN_EIMAGE, "give one name a line, in the order of the classes",
		             "%.300s: %d lines; the network has %d classes", path, n, classes);
	return rc;
}

int vh_labels_read(const char *path, int classes, char ***labels, vn_error *err)
{
	FILE *file = fopen(path, "r");
	char **read;
	int rc;

	if (!file)
		return vn_fail(err, VN_EIO, NULL, "%.300s: %s", path, strerror(errno));
	read = calloc((size_t)classes, sizeof(*read));
	rc = read ? read_lines(file, path, classes, read, err)
	          : vn_fail_nomem(err, (size_t)classes * sizeof(*read), "class names");
	fclose(file);
	if (rc) {
		free_labels(read, classes);
		return rc;
	}
	free_labels(*labels, classes);
	*labels = read;
	return 0;
}

const char *vh_class_name(const vn_program *prog, int cls, char text[16])
{
	const char *label = vn_program_label(prog, cls);

	snprintf(text, 16, "%d", cls);
	return label && label[0] ? label : text;
}
