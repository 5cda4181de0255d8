/* SPDX-License-Identifier: Apache-2.0
 *
 * data.h - sets of images, with labels or without, from files and folders.
 *
 * IDX files are held in memory; pictures are decoded when asked for.  Errors: VN_EIO, VN_EIMAGE,
 * VN_ENOMEM; the message names the file.
 */
#ifndef VH_DATA_H
#define VH_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "host/idx.h"
#include "host/image.h"

struct vh_data {
	struct vh_shape shape;
	char *path; /* as given, without ":INDEX" */
	size_t n;
	struct vh_idx idx; /* bytes NULL: pictures */
	size_t first;      /* index in the IDX file of image 0 */
	char **files;      /* [n] pictures; NULL with IDX */
	int *labels;       /* [n] or NULL */
};

/* Class names that folders are matched to. */
struct vh_classes {
	int n;
	const char *const *names; /* [n] or NULL */
};

/* Images without labels.  @path: a PNG or JPEG file, an IDX file, "file.idx:INDEX", a folder with
 * train-images-idx3-ubyte or t10k-images-idx3-ubyte (.gz), a folder of pictures, or of folders of
 * pictures. Loads at most @most images of an IDX file (0: all). */
VN_MUST_CHECK int vh_data_images(const char *path, const struct vh_shape *shape, size_t most,
                                 struct vh_data *d, vn_error *err);

/* Images with labels.  @path: a folder with t10k-images-idx3-ubyte (.gz) and its labels,
 * "IMAGES,LABELS", an IDX file of images beside its labels (images-idx3 for labels-idx1), or a
 * folder of one folder per class: named as the classes, or as many as there are classes, in
 * alphabetic order. */
VN_MUST_CHECK int vh_data_labelled(const char *path, const struct vh_shape *shape,
                                   const struct vh_classes *classes, size_t most, struct vh_data *d,
                                   vn_error *err);

/* Leave only image @index of an IDX file. */
VN_MUST_CHECK int vh_data_choose(struct vh_data *d, long index, vn_error *err);
/* Image @i as the network takes it, [h][w][c].  Safe from several threads at once. */
VN_MUST_CHECK int vh_data_get(const struct vh_data *d, size_t i, uint8_t *pixels, vn_error *err);
/* "cat.png", "t10k-images-idx3-ubyte:17". */
void vh_data_name(const struct vh_data *d, size_t i, char *text, size_t size);
void vh_data_free(struct vh_data *d); /* leaves it empty */

#endif /* VH_DATA_H */
