/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.h - the descriptors of one entry.
 */
#ifndef VN_SCHEDULE_H
#define VN_SCHEDULE_H

#include "model/layout.h"
#include "model/tokens.h"

/* A growing list of descriptors and what each touches. */
struct vn_list {
	uint32_t (*desc)[VN_DESC_WORDS];
	struct vn_access *access;
	uint32_t count, room;
	int failed; /* an allocation failed; later calls do nothing */
};

void vn_list_free(struct vn_list *list);

/* Where an entry takes its images and weights from. */
struct vn_entry_plan {
	enum vn_entry_kind kind;
	uint32_t stage; /* of kind VN_ENTRY_STAGE; n_stages: the FC */
	uint32_t group; /* images a pass */
};

/* Append the entry to @list, BEGIN first, tokens included.
 * Errors: VN_EFIT (message names the stage and the buffer), VN_ENOMEM. */
VN_MUST_CHECK int vn_schedule(const struct vn_qnet *net, const struct vn_layout *lay,
                              const struct vn_entry_plan *plan, struct vn_list *list,
                              vn_error *err);

#endif /* VN_SCHEDULE_H */
