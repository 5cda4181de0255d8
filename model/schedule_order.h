/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule_order.h - the order in which the units of a draft go into the list.
 */
#ifndef VN_SCHEDULE_ORDER_H
#define VN_SCHEDULE_ORDER_H

#include "model/emit.h"

/* Append the descriptors of @draft to @list, partial-sum entries filled in, in an order that keeps
 * every conflict's order and, as far as the predictor sees, the array busy.  @stages: the FC
 * included.  Errors: VN_ENOMEM (or list->failed). */
VN_MUST_CHECK int vn_order(const uint32_t config[VN_CONFIG_WORDS], uint32_t stages,
                           const struct vn_draft *draft, struct vn_list *list, vn_error *err);

#endif /* VN_SCHEDULE_ORDER_H */
