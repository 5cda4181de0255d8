/* SPDX-License-Identifier: Apache-2.0
 *
 * outfile.h - files that are there whole or not at all.
 *
 * What is written goes to a temporary file beside its place, and is moved there once all of it is
 * on the disk.  Until then an earlier file stays as it is.
 */
#ifndef VN_OUTFILE_H
#define VN_OUTFILE_H

#include <stdio.h>

#include "include/vanillin.h"

struct vn_outfile {
	FILE *file; /* to write to; without a buffer, so that a fork doubles nothing; NULL: closed */
	char *path; /* the place: absolute, links followed */
	char *temp;
	int error;        /* errno of the first write that failed, where the writer noted it */
	unsigned process; /* that opened it (base/process.h) */
	struct vn_outfile *next; /* of those that are open */
};

/* Begin the file for @path.  @what: for messages ("option timeline: "), which @out keeps.  VN_EIO:
 * there cannot be such a file, or it is not an ordinary one; VN_EARG: this process writes it
 * already; VN_ENOMEM. */
VN_MUST_CHECK int vn_outfile_open(struct vn_outfile *out, const char *what, const char *path,
                                  vn_error *err);
/* The same for a file that something else writes, in its place: nobody else may until
 * vn_outfile_drop. */
VN_MUST_CHECK int vn_outfile_claim(struct vn_outfile *out, const char *what, const char *path,
                                   vn_error *err);
/* The text of a record; one call is one write, from any thread.  Failures are told at the end. */
__attribute__((format(printf, 2, 3))) void vn_outfile_print(struct vn_outfile *out, const char *fmt,
                                                            ...);
/* Move it into place.  VN_EIO: something was not written; the place is as it was. */
VN_MUST_CHECK int vn_outfile_finish(struct vn_outfile *out, const char *what, vn_error *err);
/* Leave the place as it was.  A closed one, or all zeros, is allowed. */
void vn_outfile_drop(struct vn_outfile *out);

#endif /* VN_OUTFILE_H */
