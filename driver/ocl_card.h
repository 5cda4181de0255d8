/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_card.h - inside the driver: cards, their compute units, buffers and starts, as OpenCL 1.2 has
 * them: the functions of struct vn_runtime, where nothing else is said.
 *
 * ocl_card.c (cards) and ocl_unit.c (the rest) hold every call of OpenCL.  OpenCL is looked up at run time (ocl_api.h), so that this
 * library also runs where OpenCL is not.
 */
#ifndef VN_OCL_CARD_H
#define VN_OCL_CARD_H

#include "driver/runtime.h"

/* Load OpenCL and open the cards.  VN_ENODEV: no OpenCL, no Xilinx's OpenCL, or no such card. */
VN_MUST_CHECK int vn_ocl_find_cards(struct vn_card *cards, int n, vn_error *err);
/* After a failure nothing is loaded. */
VN_MUST_CHECK int vn_ocl_load_xclbin(struct vn_card *card, vn_error *err);
/* Which is all that there is to close.  Nothing loaded: allowed. */
void vn_ocl_unload(struct vn_card *card);
/* The fastest clock of the card.  An emulated one has none. */
double vn_ocl_clock_mhz(const struct vn_card *card);

VN_MUST_CHECK int vn_ocl_open_unit(const struct vn_card *card, const char *name,
                                   struct vn_cu **unit, vn_error *err);
void vn_ocl_close_unit(struct vn_cu *unit);

VN_MUST_CHECK int vn_ocl_alloc(struct vn_cu *unit, enum vn_buffer_kind kind, uint64_t bytes,
                               struct vn_buffer **buffer, vn_error *err);
/* Waits for the buffer's last write.  OpenCL keeps what a start uses. */
void vn_ocl_free(struct vn_buffer *buffer);
/* Does not wait.  After the writes before it, and after the start under way if that uses @buffer.
 */
VN_MUST_CHECK int vn_ocl_write(struct vn_buffer *buffer, uint64_t offset, const void *data,
                               uint64_t bytes, vn_error *err);
/* Waits.  After the same.  VN_ERUNTIME also where a status block was never written, because memory
 * refused it. */
VN_MUST_CHECK int vn_ocl_read(struct vn_buffer *buffer, uint64_t offset, void *data, uint64_t bytes,
                              vn_error *err);

/* The start follows the writes of its buffers. */
VN_MUST_CHECK int vn_ocl_start(struct vn_cu *unit, const struct vn_start *start, vn_error *err);
/* VN_RUN_DONE before any start, too. */
enum vn_run vn_ocl_state(struct vn_cu *unit, const char **name);
int vn_ocl_is_busy(const struct vn_cu *unit);
/* Sleep until the start ends, at most @ms (less than 1000). */
void vn_ocl_sleep(struct vn_cu *unit, int ms);

#endif /* VN_OCL_CARD_H */
