/* SPDX-License-Identifier: Apache-2.0
 *
 * quality_data.c - images to compare by.
 */
#include "host/quality_data.h"

#include "host/out.h"
#include "host/batch.h"

int vh_quality_data(const struct vh_quality_source *from, const vn_program *prog, struct vh_data *d,
                    vn_error *err)
{
	vn_program_info info;
	struct vh_shape shape;
	vn_error why = {0};
	int rc;

	vn_program_get_info(prog, &info);
	shape = vh_shape_of(&info);
	shape.alpha = from->alpha;
	rc = vh_data_for(prog, from->path, &shape, from->by_order, d, &why);
	if (rc && vh_data_images(from->path, &shape, 0, d, err) == 0) {
		vh_note("without labels, so without top-1: %s", why.message);
		rc = 0;
	} else if (rc) {
		*err = why;
	}
	if (!rc && d->note)
		vh_note("%s", d->note);
	if (!rc && from->images && from->images < d->n)
		rc = vh_data_cut(d, from->images,
		                 from->first ? VH_FIRST
		                 : d->labels ? VH_BY_CLASS
		                             : VH_EVENLY,
		                 err);
	return rc ? rc : vh_data_prepare(d, from->threads, from->skip_bad, err);
}
