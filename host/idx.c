/* SPDX-License-Identifier: Apache-2.0
 *
 * idx.c - reading IDX files.  zlib reads plain files as they are.
 */
#include "host/idx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"

enum {
	TYPE_U8 = 8,
	MAX_SIDE = 4096, /* of an image: more fits no network */
	MAX_CHANNELS = 4,
	STEP = 1024 * 1024, /* bytes that memory grows by, so that a header cannot ask for more than
	                       there is */
};

static const char HINT[] = "download or unpack the file again";

/* ---- header ---- */

struct header {
	uint32_t rank, dims[4];
};

static uint32_t big_endian(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

int vh_idx_is(const char *path)
{
	uint8_t b[4] = {0};
	gzFile file = gzopen(path, "rb");
	int got;

	if (!file)
		return 0;
	got = gzread(file, b, sizeof(b));
	gzclose_r(file);
	return got == 4 && b[0] == 0 && b[1] == 0 && b[2] != 0;
}

static int read_header(gzFile file, const char *path, struct header *h, vn_error *err)
{
	uint8_t b[4];

	if (gzread(file, b, 4) != 4)
		return vn_fail(err, VN_EIMAGE, HINT,
		               "%.300s: field magic: the file is empty or damaged", path);
	if (b[0] != 0 || b[1] != 0 || b[2] != TYPE_U8 || b[3] < 1 || b[3] > 4)
		return vn_fail(err, VN_EIMAGE, "IDX files of unsigned bytes begin 00 00 08",
		               "%.300s: field magic: %02x%02x%02x%02x is not an IDX file of bytes "
		               "in 1 to 4 dimensions",
		               path, b[0], b[1], b[2], b[3]);
	h->rank = b[3];
	for (uint32_t i = 0; i < h->rank; i++) {
		if (gzread(file, b, 4) != 4)
			return vn_fail(err, VN_EIMAGE, HINT,
			               "%.300s: field dimension %u: the file ends there", path, i);
		h->dims[i] = big_endian(b);
		if (h->dims[i] == 0)
			return vn_fail(err, VN_EIMAGE, HINT, "%.300s: field dimension %u is zero",
			               path, i);
	}
	return 0;
}

static int check_images(const char *path, const struct header *h, struct vh_idx *idx, vn_error *err)
{
	if (h->rank != 3 && h->rank != 4)
		return vn_fail(err, VN_EIMAGE, "is this the file of the labels?",
		               "%.300s: field magic: %u dimensions; images have three, or four "
		               "with channels",
		               path, h->rank);
	for (uint32_t i = 1; i < h->rank; i++)
		if (h->dims[i] > (i == 3 ? MAX_CHANNELS : MAX_SIDE))
			return vn_fail(err, VN_EIMAGE, HINT,
			               "%.300s: field dimension %u: %u is too large", path, i,
			               h->dims[i]);
	idx->n = h->dims[0];
	idx->h = (int)h->dims[1];
	idx->w = (int)h->dims[2];
	idx->c = h->rank == 4 ? (int)h->dims[3] : 1;
	return 0;
}

static int check_labels(const char *path, const struct header *h, struct vh_idx *idx, vn_error *err)
{
	if (h->rank != 1)
		return vn_fail(err, VN_EIMAGE, "is this the file of the images?",
		               "%.300s: field magic: %u dimensions; labels have one", path,
		               h->rank);
	idx->n = h->dims[0];
	idx->h = idx->w = idx->c = 1;
	return 0;
}

/* ---- data ---- */

static int short_file(gzFile file, const char *path, size_t want, size_t got, vn_error *err)
{
	int code = Z_OK;
	const char *why = gzerror(file, &code);

	if (code == Z_DATA_ERROR || code == Z_BUF_ERROR)
		return vn_fail(err, VN_EIMAGE, HINT, "%.300s: a damaged gzip file: %.100s", path,
		               why);
	if (code == Z_ERRNO)
		return vn_fail(err, VN_EIO, NULL, "%.300s: %s", path, strerror(errno));
	return vn_fail(err, VN_EIMAGE, HINT,
	               "%.300s: the header promises %zu bytes of data, the file has %zu", path,
	               want, got);
}

static int read_data(gzFile file, const char *path, size_t want, uint8_t **out, vn_error *err)
{
	uint8_t *bytes = NULL;
	size_t size = 0, got = 0;

	while (got < want) {
		const size_t ask = want - got < STEP ? want - got : STEP;
		int n;

		if (size < got + ask) {
			const size_t larger = want < 2 * got + STEP ? want : 2 * got + STEP;
			uint8_t *moved = realloc(bytes, larger);

			if (!moved) {
				free(bytes);
				return vn_fail_nomem(err, larger, "a data set");
			}
			bytes = moved;
			size = larger;
		}
		n = gzread(file, bytes + got, (unsigned)ask);
		if (n <= 0) {
			free(bytes);
			return short_file(file, path, want, got, err);
		}
		got += (size_t)n;
	}
	*out = bytes;
	return 0;
}

/* Bytes after the last item, where all were read. */
static int check_end(gzFile file, const char *path, vn_error *err)
{
	uint8_t b;
	const int n = gzread(file, &b, 1);

	if (n < 0)
		return short_file(file, path, 0, 0, err);
	if (n > 0)
		return vn_fail(err, VN_EIMAGE, HINT,
		               "%.300s: the file is longer than its header says", path);
	return 0;
}

typedef int (*check_fn)(const char *path, const struct header *h, struct vh_idx *idx,
                        vn_error *err);

static int read_file(gzFile file, const char *path, size_t most, check_fn check, struct vh_idx *idx,
                     vn_error *err)
{
	struct header h;
	size_t want;
	int rc = read_header(file, path, &h, err), all;

	if (!rc)
		rc = check(path, &h, idx, err);
	if (rc)
		return rc;
	all = most == 0 || idx->n <= most;
	if (!all)
		idx->n = most;
	want = (size_t)idx->h * (size_t)idx->w * (size_t)idx->c;
	if (idx->n > SIZE_MAX / 4 / want)
		return vn_fail(err, VN_EIMAGE, HINT, "%.300s: field dimension 0: %zu is too large",
		               path, idx->n);
	rc = read_data(file, path, idx->n * want, &idx->bytes, err);
	if (!rc && all)
		rc = check_end(file, path, err);
	return rc;
}

static int open_and_read(const char *path, size_t most, check_fn check, struct vh_idx *idx,
                         vn_error *err)
{
	gzFile file;
	int rc;

	memset(idx, 0, sizeof(*idx));
	errno = 0;
	file = gzopen(path, "rb");
	if (!file)
		return errno == 0 || errno == ENOMEM
		               ? vn_fail_nomem(err, STEP, "reading a file")
		               : vn_fail(err, VN_EIO, NULL, "%.300s: %s", path, strerror(errno));
	rc = read_file(file, path, most, check, idx, err);
	gzclose_r(file);
	if (rc) {
		free(idx->bytes);
		idx->bytes = NULL;
	}
	return rc;
}

int vh_idx_images(const char *path, size_t most, struct vh_idx *idx, vn_error *err)
{
	return open_and_read(path, most, check_images, idx, err);
}

int vh_idx_labels(const char *path, size_t most, struct vh_idx *idx, vn_error *err)
{
	return open_and_read(path, most, check_labels, idx, err);
}
