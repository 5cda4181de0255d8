/* SPDX-License-Identifier: Apache-2.0
 *
 * counters.h - the table of `vanillin run --counters`.
 */
#ifndef VH_COUNTERS_H
#define VH_COUNTERS_H

#include <jansson.h>

#include "include/vanillin.h"

/* Print what the engines did: the whole network, or each stage that was started by itself; with the
 * table's head if @head.  VN_EARG from a device without a clock. */
VN_MUST_CHECK int vh_counters_print(vn_device *dev, const vn_program *prog, int head,
                                    vn_error *err);
/* The same as objects appended to the array @rows. */
VN_MUST_CHECK int vh_counters_json(vn_device *dev, const vn_program *prog, json_t *rows,
                                   vn_error *err);

#endif /* VH_COUNTERS_H */
