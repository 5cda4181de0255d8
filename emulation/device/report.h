/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - what a run of the card came to, as JSON.
 *
 *     {"card": "u50", "clock_mhz": 300.0, "card_cycles": 123456, "messages": 99,
 *      "bytes_to_card": 4096, "bytes_from_card": 64,
 *      "units": [{"name": "vn_cu_1", "starts": 2, "busy_cycles": 61000}]}
 */
#ifndef VD_REPORT_H
#define VD_REPORT_H

#include "include/vanillin.h"
#include "emulation/device/serve.h"

/* Replace @path ("": nothing to do).  VN_EIO. */
VN_MUST_CHECK int vd_report(const char *path, const struct vd_server *server, vn_error *err);

#endif /* VD_REPORT_H */
