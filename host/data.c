/* SPDX-License-Identifier: Apache-2.0
 *
 * data.c - images without labels, and what both kinds of set have in common.
 */
#include "host/data.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/data_parts.h"
#include "host/folder.h"

/* ---- opening ---- */

int vh_data_begin(struct vh_data *d, const struct vh_shape *shape, const char *path, size_t length,
                  vn_error *err)
{
	memset(d, 0, sizeof(*d));
	d->shape = *shape;
	d->path = strndup(path, length);
	return d->path ? 0 : vn_fail_nomem(err, length, "a file name");
}

int vh_data_idx(struct vh_data *d, const char *path, size_t most, vn_error *err)
{
	int rc = vh_idx_images(path, most, &d->idx, err);

	if (!rc)
		d->n = d->idx.n;
	return rc;
}

char *vh_find_idx(const char *folder, const char *const *names)
{
	for (; *names; names++) {
		char *path = vh_join(folder, *names);

		if (!path || vh_is_file(path))
			return path;
		free(path);
	}
	return NULL;
}

/* Pictures below @folder. */
static int open_pictures(struct vh_data *d, const char *folder, vn_error *err)
{
	struct vh_names files = {0};
	int rc = vh_folder_walk(folder, &files, &d->others, err);

	d->files = files.names;
	d->n = files.n;
	if (!rc && files.n == 0)
		rc = vn_fail(err, VN_EIMAGE, "give a folder of PNG or JPEG files, or of IDX files",
		             "%.300s: no images in this folder (%zu other files)", folder,
		             d->others);
	return rc;
}

static int open_folder(struct vh_data *d, const char *folder, size_t most, vn_error *err)
{
	static const char *const names[] = {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz",
	                                    "t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz",
	                                    NULL};
	char *path = vh_find_idx(folder, names);
	int rc;

	if (!path)
		return open_pictures(d, folder, err);
	rc = vh_data_idx(d, path, most, err);
	free(d->path);
	d->path = path;
	return rc;
}

/* One picture. */
static int open_picture(struct vh_data *d, const char *path, vn_error *err)
{
	struct vh_names files = {0};
	int rc = vh_names_add(&files, strdup(path), err);

	d->files = files.names;
	d->n = files.n;
	return rc;
}

/* "file:17": the length of "file" and 17; the whole length and -1 without an index, or if such a
 * file exists. */
static size_t split_index(const char *path, long *index)
{
	const char *colon = strrchr(path, ':');
	char *end;

	*index = -1;
	if (!colon || !isdigit((unsigned char)colon[1]) || vh_is_file(path))
		return strlen(path);
	errno = 0;
	*index = strtol(colon + 1, &end, 10);
	if (*end || errno) {
		*index = -1;
		return strlen(path);
	}
	return (size_t)(colon - path);
}

int vh_data_choose(struct vh_data *d, long index, vn_error *err)
{
	if (!d->idx.bytes)
		return vn_fail(err, VN_EIMAGE, NULL,
		               "%.300s: only an IDX file has images by number", d->path);
	if ((size_t)index >= d->n)
		return vn_fail(err, VN_EIMAGE, NULL,
		               "%.300s: there is no image %ld; the file has %zu", d->path, index,
		               d->n);
	d->pick = malloc(sizeof(*d->pick));
	if (!d->pick)
		return vn_fail_nomem(err, sizeof(*d->pick), "a choice of images");
	d->pick[0] = (size_t)index;
	d->n = 1;
	return 0;
}

int vh_data_images(const char *path, const struct vh_shape *shape, size_t most, struct vh_data *d,
                   vn_error *err)
{
	long index;
	const size_t length = split_index(path, &index);
	int rc = vh_data_begin(d, shape, path, length, err);

	if (!rc && vh_is_folder(d->path))
		rc = open_folder(d, d->path, most, err);
	else if (!rc && vh_is_pipe(d->path))
		rc = vn_fail(err, VN_EIMAGE, "write it to a file first",
		             "%.300s: images cannot be read from a pipe", d->path);
	else if (!rc && vh_idx_is(d->path))
		rc = vh_data_idx(d, d->path, index < 0 ? most : 0, err);
	else if (!rc)
		rc = open_picture(d, d->path, err);
	if (!rc && index >= 0)
		rc = vh_data_choose(d, index, err);
	if (rc)
		vh_data_free(d);
	return rc;
}

int vh_data_pictures(struct vh_names *files, const struct vh_shape *shape, struct vh_data *d,
                     vn_error *err)
{
	int rc = vh_data_begin(d, shape, "", 0, err);

	d->files = files->names;
	d->n = files->n;
	*files = (struct vh_names){0};
	if (rc)
		vh_data_free(d);
	return rc;
}

/* ---- images ---- */

static size_t idx_number(const struct vh_data *d, size_t i)
{
	return d->pick ? d->pick[i] : i;
}

static int get_idx(const struct vh_data *d, size_t i, uint8_t *pixels, vn_error *err)
{
	struct vh_raster r = {.c = d->idx.c, .h = d->idx.h, .w = d->idx.w};
	const size_t bytes = (size_t)r.h * (size_t)r.w * (size_t)r.c;
	const uint8_t *from = d->idx.bytes + idx_number(d, i) * bytes;
	const struct vh_shape *s = &d->shape;
	int rc;

	if (r.c == s->c && r.h == s->h && r.w == s->w && !(s->recipe.bgr && s->c == 3) &&
	    (s->recipe.resize == 0 || s->recipe.resize == (r.h < r.w ? r.h : r.w))) {
		memcpy(pixels, from, bytes);
		return 0;
	}
	rc = vh_raster_alloc(&r, d->path, err);
	if (rc)
		return rc;
	memcpy(r.pixels, from, bytes);
	rc = vh_image_fit(d->path, &r, s, pixels, err);
	free(r.pixels);
	return rc;
}

int vh_data_get(const struct vh_data *d, size_t i, uint8_t *pixels, vn_error *err)
{
	const size_t image = (size_t)d->shape.c * (size_t)d->shape.h * (size_t)d->shape.w;
	struct vh_raster r;
	int rc;

	if (d->idx.bytes)
		return get_idx(d, i, pixels, err);
	if (i < d->n_decoded) {
		memcpy(pixels, d->decoded + i * image, image);
		return 0;
	}
	rc = vh_image_read(d->files[i], d->shape.alpha, &r, err);
	if (rc)
		return rc;
	rc = vh_image_fit(d->files[i], &r, &d->shape, pixels, err);
	free(r.pixels);
	return rc;
}

void vh_data_name(const struct vh_data *d, size_t i, char *text, size_t size)
{
	if (d->idx.bytes)
		snprintf(text, size, "%s:%zu", d->path, idx_number(d, i));
	else
		snprintf(text, size, "%s", d->files[i]);
}

void vh_data_free(struct vh_data *d)
{
	for (size_t i = 0; d->files && i < d->n; i++)
		free(d->files[i]);
	free(d->files);
	free(d->pick);
	free(d->decoded);
	free(d->labels);
	free(d->idx.bytes);
	free(d->path);
	memset(d, 0, sizeof(*d));
}
