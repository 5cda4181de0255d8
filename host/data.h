/* SPDX-License-Identifier: Apache-2.0
 *
 * data.h - sets of images, with labels or without, from files and folders.
 *
 * IDX files are held in memory; pictures are decoded by vh_data_prepare(), or when asked for.
 * Errors: VN_EIO, VN_EIMAGE, VN_ENOMEM; the message names the file.
 */
#ifndef VH_DATA_H
#define VH_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "host/folder.h"
#include "host/idx.h"
#include "host/image.h"

struct vh_data {
	struct vh_shape shape;
	char *path; /* as given, without ":INDEX" */
	size_t n;
	struct vh_idx idx; /* bytes NULL: pictures */
	size_t *pick;      /* [n] numbers of the IDX file's images; NULL: the first ones */
	char **files;      /* [n] pictures; NULL with IDX */
	int *labels;       /* [n] or NULL */
	uint8_t *decoded;  /* the first n_decoded pictures as the network takes them */
	size_t n_decoded;
	size_t others;    /* files in its folders that are no pictures */
	size_t bad;       /* pictures left out since they could not be read */
	double seconds;   /* that vh_data_prepare() took */
	const char *note; /* NULL, or how folders were matched to classes */
};

/* Class names that folders are matched to. */
struct vh_classes {
	int n;
	const char *const *names; /* [n] or NULL */
	int by_order;             /* folders in sorted order, whatever they are called */
};

/* Images without labels.  @path: a PNG or JPEG file, an IDX file, "file.idx:INDEX", a folder with
 * train-images-idx3-ubyte or t10k-images-idx3-ubyte (.gz), or a folder with pictures below it.
 * Loads at most @most images of an IDX file (0: all). */
VN_MUST_CHECK int vh_data_images(const char *path, const struct vh_shape *shape, size_t most,
                                 struct vh_data *d, vn_error *err);

/* Pictures by name; takes the names of @files, also on failure. */
VN_MUST_CHECK int vh_data_pictures(struct vh_names *files, const struct vh_shape *shape,
                                   struct vh_data *d, vn_error *err);

/* Images with labels.  @path: a folder with t10k-images-idx3-ubyte (.gz) and its labels,
 * "IMAGES,LABELS", an IDX file of images beside its labels (images-idx3 for labels-idx1), or a
 * folder of one folder per class, matched to the classes as vh_classes_match() says. */
VN_MUST_CHECK int vh_data_labelled(const char *path, const struct vh_shape *shape,
                                   const struct vh_classes *classes, struct vh_data *d,
                                   vn_error *err);

/* The same, with @prog's classes; @by_order: as in struct vh_classes. */
VN_MUST_CHECK int vh_data_for(const vn_program *prog, const char *path,
                              const struct vh_shape *shape, int by_order, struct vh_data *d,
                              vn_error *err);

/* Which class each of @folders (whole paths, sorted) is: @label, [folders->n].  Where the network
 * has names: the exact name; else the name without case, blanks, underscores, hyphens and slashes;
 * else numbers by value; else WordNet ids, where the names begin with one.  Without names: numbers
 * by value, else the sorted order.  All folders by one rule, no two the same class.  *@note: NULL
 * for exact names, else the rule in words.  VN_EIMAGE: the message lists what differs. */
VN_MUST_CHECK int vh_classes_match(const struct vh_names *folders, const struct vh_classes *classes,
                                   int *label, const char **note, vn_error *err);

/* Leave only image @index of an IDX file. */
VN_MUST_CHECK int vh_data_choose(struct vh_data *d, long index, vn_error *err);
/* Leave only @n images, in their order: the first ones, evenly over the set, or as many of each
 * class as can be, evenly over each.  Before vh_data_prepare(). */
enum vh_cut { VH_FIRST, VH_EVENLY, VH_BY_CLASS };
VN_MUST_CHECK int vh_data_cut(struct vh_data *d, size_t n, enum vh_cut how, vn_error *err);
/* Decode every picture once, on @threads threads (0: one for each processor), so that one that
 * cannot be read shows now; as many as fit into a gigabyte are kept.  Bad ones are an error, which
 * names the first, or with @skip_bad are left out, counted and told about on stderr, as warnings
 * are.  Also VH_STOPPED of out.h. */
VN_MUST_CHECK int vh_data_prepare(struct vh_data *d, int threads, int skip_bad, vn_error *err);
/* Image @i as the network takes it, [h][w][c].  Safe from several threads at once. */
VN_MUST_CHECK int vh_data_get(const struct vh_data *d, size_t i, uint8_t *pixels, vn_error *err);
/* "cat.png", "t10k-images-idx3-ubyte:17". */
void vh_data_name(const struct vh_data *d, size_t i, char *text, size_t size);
void vh_data_free(struct vh_data *d); /* leaves it empty */

#endif /* VH_DATA_H */
