/* SPDX-License-Identifier: Apache-2.0
 *
 * data_labels.c - images with labels: IDX pairs, and folders named by class.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/data_parts.h"
#include "host/folder.h"

/* ---- IDX ---- */

static int take_labels(struct vh_data *d, const char *path, const struct vh_idx *labels,
                       int classes, vn_error *err)
{
	d->labels = malloc(d->n * sizeof(*d->labels));
	if (!d->labels)
		return vn_fail_nomem(err, d->n * sizeof(*d->labels), "labels");
	for (size_t i = 0; i < d->n; i++) {
		d->labels[i] = labels->bytes[i];
		if (d->labels[i] >= classes)
			return vn_fail(err, VN_EIMAGE,
			               "is this the data set that the network was trained on?",
			               "%.300s: label %zu is %d; the network has %d classes", path,
			               i, d->labels[i], classes);
	}
	return 0;
}

static int read_labels(struct vh_data *d, const char *path, int classes, vn_error *err)
{
	struct vh_idx labels;
	int rc = vh_idx_labels(path, 0, &labels, err);

	if (rc)
		return rc;
	if (labels.n != d->n)
		rc = vn_fail(err, VN_EIMAGE, "give images and labels of the same set",
		             "%.200s has %zu labels, %.200s has %zu images", path, labels.n,
		             d->path, d->n);
	else
		rc = take_labels(d, path, &labels, classes, err);
	free(labels.bytes);
	return rc;
}

static int open_pair(struct vh_data *d, const char *images, const char *labels, int classes,
                     vn_error *err)
{
	int rc = vh_data_idx(d, images, 0, err);

	return rc ? rc : read_labels(d, labels, classes, err);
}

/* ".../t10k-images-idx3-ubyte.gz" to ".../t10k-labels-idx1-ubyte.gz", or with the .gz taken away or
 * added, whichever exists; NULL if neither, or no memory. */
static char *labels_beside(const char *images)
{
	static const char from[] = "images-idx3", to[] = "labels-idx1";
	const char *slash = strrchr(images, '/');
	const char *at = strstr(slash ? slash : images, from);
	char *path = at ? malloc(strlen(images) + sizeof(".gz")) : NULL;
	size_t length;

	if (!path)
		return NULL;
	strcpy(path, images);
	memcpy(path + (at - images), to, sizeof(to) - 1);
	if (vh_is_file(path))
		return path;
	length = strlen(path);
	if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
		path[length - 3] = '\0';
	else
		strcat(path, ".gz");
	if (vh_is_file(path))
		return path;
	free(path);
	return NULL;
}

static int open_derived(struct vh_data *d, const char *images, int classes, vn_error *err)
{
	char *labels = labels_beside(images);
	int rc;

	if (!labels)
		return vn_fail(err, VN_EIMAGE, "name both files: IMAGES,LABELS",
		               "%.300s: its file of labels was not found", images);
	rc = open_pair(d, images, labels, classes, err);
	free(labels);
	return rc;
}

/* ---- folders ---- */

/* The pictures of one class, appended to what the set has. */
static int add_class(struct vh_data *d, const char *folder, int label, vn_error *err)
{
	struct vh_names all = {d->files, d->n};
	int rc = vh_folder_walk(folder, &all, &d->others, err);
	int *moved = rc || all.n == d->n ? d->labels : realloc(d->labels, all.n * sizeof(*moved));

	d->files = all.names;
	if (!rc && all.n && !moved)
		rc = vn_fail_nomem(err, all.n * sizeof(*moved), "labels");
	if (moved)
		d->labels = moved;
	for (size_t i = d->n; !rc && i < all.n; i++)
		d->labels[i] = label;
	d->n = all.n;
	return rc;
}

static int count_loose(struct vh_data *d, const char *folder, vn_error *err)
{
	struct vh_names files;
	int rc = vh_folder_list(folder, 0, &files, err);

	d->others += files.n;
	vh_names_free(&files);
	return rc;
}

static int open_classes(struct vh_data *d, const char *folder, const struct vh_classes *classes,
                        vn_error *err)
{
	struct vh_names folders;
	int *label = NULL;
	int rc = vh_folder_list(folder, 1, &folders, err);

	if (rc)
		return rc;
	if (folders.n == 0)
		rc = vn_fail(err, VN_EIMAGE,
		             "give a folder with IDX files, or with one folder per class",
		             "%.300s: neither IDX files nor folders of classes", folder);
	if (!rc) {
		label = malloc(folders.n * sizeof(*label));
		rc = label ? vh_classes_match(&folders, classes, label, &d->note, err)
		           : vn_fail_nomem(err, folders.n * sizeof(*label), "labels");
	}
	for (size_t i = 0; !rc && i < folders.n; i++)
		rc = add_class(d, folders.names[i], label[i], err);
	rc = rc ? rc : count_loose(d, folder, err);
	vh_names_free(&folders);
	free(label);
	if (!rc && d->n == 0)
		rc = vn_fail(err, VN_EIMAGE, NULL, "%.300s: the folders of classes are empty",
		             folder);
	return rc;
}

static int open_folder(struct vh_data *d, const char *folder, const struct vh_classes *classes,
                       vn_error *err)
{
	static const char *const names[] = {"t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz",
	                                    NULL};
	char *images = vh_find_idx(folder, names);
	int rc;

	if (!images)
		return open_classes(d, folder, classes, err);
	rc = open_derived(d, images, classes->n, err);
	free(d->path);
	d->path = images;
	return rc;
}

int vh_data_labelled(const char *path, const struct vh_shape *shape,
                     const struct vh_classes *classes, struct vh_data *d, vn_error *err)
{
	const char *comma = strchr(path, ',');
	const int pair = comma && !vh_is_folder(path) && !vh_is_file(path);
	int rc = vh_data_begin(d, shape, path, pair ? (size_t)(comma - path) : strlen(path), err);

	if (!rc && pair)
		rc = open_pair(d, d->path, comma + 1, classes->n, err);
	else if (!rc && vh_is_folder(path))
		rc = open_folder(d, path, classes, err);
	else if (!rc && vh_is_file(path))
		rc = open_derived(d, path, classes->n, err);
	else if (!rc)
		rc = vn_fail(err, VN_EIO, NULL, "%.300s: no such file or folder", path);
	if (rc)
		vh_data_free(d);
	return rc;
}
