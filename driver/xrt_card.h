/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_card.h - inside the driver: cards, their compute units, buffers and starts, as XRT's native C
 * API has them.
 *
 * xrt_card.c holds every call of XRT; what to do with a card is in backend_xrt.c.
 *
 * Any call may block for as long as XRT does, which has no deadlines of its own.  Errors are
 * sentences that begin with the card, "xrt:0: "; XRT prints more on stderr, or where its xrt.ini
 * says.
 */
#ifndef VN_XRT_CARD_H
#define VN_XRT_CARD_H

#include <stdint.h>

#include "driver/backend.h"
#include "driver/vanillin.h"

struct vn_xrt_unit; /* a compute unit, opened for this process alone */

struct vn_xrt_card {
	int number;         /* as XRT counts */
	void *device;       /* XRT's handle */
	char platform[256]; /* name of its shell: "xilinx_u50_gen3x16_xdma_5_202210_1" */
};

/* What XRT knows of a start. */
enum vn_xrt_state { VN_XRT_UNDER_WAY, VN_XRT_DONE, VN_XRT_FAILED };

/* VN_ENODEV: no such card, or this process has it open; VN_ERUNTIME.  vn_xrt_load and
 * vn_xrt_env_check come first.
 * @card is also closed after a failure. */
VN_MUST_CHECK int vn_xrt_open_card(struct vn_xrt_card *card, int number, vn_error *err);
/* Its units are closed already.  Not after a start that never ended: XRT would end the process. */
void vn_xrt_close_card(struct vn_xrt_card *card);
/* Load the .xclbin at @path and see by @uuid that the card has it.  VN_ERUNTIME. */
VN_MUST_CHECK int vn_xrt_load_xclbin(struct vn_xrt_card *card, const char *path,
                                     const uint8_t uuid[16], vn_error *err);
/* The kernels' clock in MHz as the card has it; 0: not told. */
int vn_xrt_clock_mhz(const struct vn_xrt_card *card);

/* Open compute unit @name ("vn_cu_1") of the loaded file @uuid.  VN_ERUNTIME, VN_ENOMEM. */
VN_MUST_CHECK int vn_xrt_open_unit(struct vn_xrt_card *card, const uint8_t uuid[16],
                                   const char *name, struct vn_xrt_unit **unit, vn_error *err);
void vn_xrt_close_unit(struct vn_xrt_unit *unit); /* NULL allowed; its buffers are gone already */
const char *vn_xrt_unit_name(const struct vn_xrt_unit *unit);
const struct vn_xrt_card *vn_xrt_unit_card(const struct vn_xrt_unit *unit);

/* In the bank of the unit's argument for @kind.  VN_ENOMEM. */
VN_MUST_CHECK int vn_xrt_alloc(struct vn_xrt_unit *unit, enum vn_buffer_kind kind, uint64_t bytes,
                               struct vn_buffer **buffer, vn_error *err);
/* NULL allowed.  While a start is under way that may use it, the card keeps it. */
void vn_xrt_free(struct vn_buffer *buffer);
/* VN_ERUNTIME. */
VN_MUST_CHECK int vn_xrt_send(struct vn_buffer *buffer, uint64_t offset, const void *data,
                              uint64_t bytes, vn_error *err);
VN_MUST_CHECK int vn_xrt_fetch(struct vn_buffer *buffer, uint64_t offset, void *data,
                               uint64_t bytes, vn_error *err);
/* @data is what the first @bytes hold: fetches give it until the buffer is sent to, or is the
 * status block of a start. */
void vn_xrt_keep(struct vn_buffer *buffer, const void *data, uint64_t bytes);

/* Does not wait.  VN_ERUNTIME. */
VN_MUST_CHECK int vn_xrt_start(struct vn_xrt_unit *unit, const struct vn_start *start,
                               vn_error *err);
/* Of the last start; *@name is XRT's word for it, "RUNNING". */
enum vn_xrt_state vn_xrt_state(struct vn_xrt_unit *unit, const char **name);
/* Whether a start is under way, as far as was seen by vn_xrt_state. */
int vn_xrt_is_busy(const struct vn_xrt_unit *unit);
/* VN_ERUNTIME.  Reading VN_REG_CTRL clears its ap_done, for which XRT itself may be looking. */
VN_MUST_CHECK int vn_xrt_register(const struct vn_xrt_unit *unit, uint32_t offset, uint32_t *value,
                                  vn_error *err);

#endif /* VN_XRT_CARD_H */
