/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_card.h - inside the driver: cards, their compute units, buffers and starts, as XRT's native C
 * API has them: the functions of struct vn_runtime, where nothing else is said.
 *
 * xrt_card.c holds every call of XRT.
 */
#ifndef VN_XRT_CARD_H
#define VN_XRT_CARD_H

#include "driver/runtime.h"

/* vn_xrt_load comes first. */
VN_MUST_CHECK int vn_xrt_open_cards(struct vn_card *cards, int n, vn_error *err);
void vn_xrt_close_card(struct vn_card *card);
/* And see by its UUID that the card has it. */
VN_MUST_CHECK int vn_xrt_load_xclbin(struct vn_card *card, vn_error *err);
double vn_xrt_clock_mhz(const struct vn_card *card);

/* For this process alone. */
VN_MUST_CHECK int vn_xrt_open_unit(const struct vn_card *card, const char *name,
                                   struct vn_cu **unit, vn_error *err);
void vn_xrt_close_unit(struct vn_cu *unit);

VN_MUST_CHECK int vn_xrt_alloc(struct vn_cu *unit, enum vn_buffer_kind kind, uint64_t bytes,
                               struct vn_buffer **buffer, vn_error *err);
void vn_xrt_free(struct vn_buffer *buffer);
/* Waits. */
VN_MUST_CHECK int vn_xrt_write(struct vn_buffer *buffer, uint64_t offset, const void *data,
                               uint64_t bytes, vn_error *err);
VN_MUST_CHECK int vn_xrt_read(struct vn_buffer *buffer, uint64_t offset, void *data, uint64_t bytes,
                              vn_error *err);

VN_MUST_CHECK int vn_xrt_start(struct vn_cu *unit, const struct vn_start *start, vn_error *err);
enum vn_run vn_xrt_state(struct vn_cu *unit, const char **name);
int vn_xrt_is_busy(const struct vn_cu *unit);
/* Where memory refused the status block, its mirror in the registers tells how the start ended:
 * reads give that until the buffer is written, or is the status block of another start. */
VN_MUST_CHECK int vn_xrt_finish(struct vn_cu *unit, vn_error *err);
/* VN_ERUNTIME.  Reading VN_REG_CTRL clears its ap_done, for which XRT itself may be looking. */
VN_MUST_CHECK int vn_xrt_register(const struct vn_cu *unit, uint32_t offset, uint32_t *value,
                                  vn_error *err);

#endif /* VN_XRT_CARD_H */
