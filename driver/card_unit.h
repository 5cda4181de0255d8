/* SPDX-License-Identifier: Apache-2.0
 *
 * card_unit.h - inside the driver: a compute unit of a card, through either runtime.
 *
 * Errors are sentences that name the card and the unit.
 */
#ifndef VN_CARD_UNIT_H
#define VN_CARD_UNIT_H

#include "driver/runtime.h"

struct vn_card_unit {
	const struct vn_runtime *rt;
	const struct vn_card *card;
	const char *name; /* of the card's .xclbin */
	struct vn_cu *cu;
	int64_t started_us; /* the last start */
};

/* As struct vn_backend_ops has them. */
VN_MUST_CHECK int vn_card_unit_start(struct vn_card_unit *u, const struct vn_start *start,
                                     vn_error *err);
VN_MUST_CHECK int vn_card_unit_wait(struct vn_card_unit *u, int timeout_ms, vn_error *err);
/* Whether its last start has ended.  VN_ERUNTIME: it has not, and how a person gets on. */
VN_MUST_CHECK int vn_card_unit_check_idle(struct vn_card_unit *u, vn_error *err);
/* Have it tell its configuration, by a start of nothing.  Blocks for seconds at most, but for the
 * runtime.  VN_ETIMEOUT: it hangs; VN_EDEVICE: memory refuses its status block; VN_ERUNTIME: that
 * is of another version; VN_ENOMEM. */
VN_MUST_CHECK int vn_card_unit_ask(struct vn_card_unit *u, uint32_t record[VN_CONFIG_WORDS],
                                   vn_error *err);

#endif /* VN_CARD_UNIT_H */
