/* SPDX-License-Identifier: Apache-2.0
 *
 * program_load.c - a .vnx file to memory; vn_program_parse does the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "model/program_parts.h"

static int read_failed(const char *path, vn_error *err)
{
	return vn_fail(err, VN_EIO, "check the path and the permissions",
	               "%.200s: cannot be read: %s", path, strerror(errno ? errno : EIO));
}

static int read_file(FILE *f, const char *path, uint8_t **data, size_t *bytes, vn_error *err)
{
	struct stat st;

	if (fstat(fileno(f), &st))
		return read_failed(path, err);
	if (!S_ISREG(st.st_mode))
		return vn_fail(err, VN_EIO, "give the path of a .vnx file",
		               "%.200s: not a regular file", path);
	*bytes = (size_t)st.st_size;
	*data = aligned_alloc(VN_BEAT_BYTES, (*bytes / VN_BEAT_BYTES + 1) * VN_BEAT_BYTES);
	if (!*data)
		return vn_fail_nomem(err, *bytes, "a program file");
	errno = 0;
	if (fread(*data, 1, *bytes, f) == *bytes)
		return 0;
	read_failed(path, err);
	free(*data);
	return VN_EIO;
}

int vn_program_load(const char *path, vn_program **out, vn_error *err)
{
	uint8_t *data = NULL;
	size_t bytes = 0;
	FILE *f;
	int rc;

	if (out)
		*out = NULL;
	if (!path || !out)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_program_load: no path or no place for the program");
	f = fopen(path, "rb");
	if (!f)
		return read_failed(path, err);
	rc = read_file(f, path, &data, &bytes, err);
	fclose(f);
	if (rc)
		return rc;
	return vn_program_take(path, data, bytes, out, err);
}
