/* SPDX-License-Identifier: Apache-2.0
 *
 * ocl_card.h - inside the driver: cards, their compute units, buffers and starts, as OpenCL 1.2 has
 * them.
 *
 * ocl_card.c holds every call of OpenCL; what to do with a card is in backend_ocl.c.  OpenCL is
 * looked up at run time (ocl_api.h), so that this library also runs where OpenCL is not.
 *
 * Any call may block for as long as XRT does, unless it says otherwise.  Errors are sentences that
 * begin with the card, "ocl:0: "; XRT prints more on stderr.
 */
#ifndef VN_OCL_CARD_H
#define VN_OCL_CARD_H

#include <stdint.h>

#include "driver/backend.h"
#include "driver/vanillin.h"

struct vn_ocl_unit; /* a compute unit: a kernel object for it alone, and a queue */

struct vn_ocl_card {
	int number;         /* as XRT counts */
	char platform[256]; /* name of its shell: "xilinx_u50_gen3x16_xdma_5_202210_1" */
	char bdf[32];       /* its place on the bus: "0000:3b:00.1" */
	/* OpenCL's handles; the latter two NULL: nothing is loaded */
	struct _cl_device_id *device;
	struct _cl_context *context;
	struct _cl_program *program;
};

/* What OpenCL knows of a start. */
enum vn_ocl_state { VN_OCL_UNDER_WAY, VN_OCL_DONE, VN_OCL_FAILED };

/* Load OpenCL and find the cards by their numbers.  vn_xrt_env_check comes first.  VN_ENODEV: no
 * OpenCL, no Xilinx's OpenCL, or no such card. */
VN_MUST_CHECK int vn_ocl_find_cards(struct vn_ocl_card *cards, int n, vn_error *err);
/* Load the .xclbin at @path.  VN_EIO, VN_ENOMEM, VN_ERUNTIME; then nothing is loaded. */
VN_MUST_CHECK int vn_ocl_load_xclbin(struct vn_ocl_card *card, const char *path, vn_error *err);
/* Its units are closed already.  Nothing loaded: allowed. */
void vn_ocl_unload(struct vn_ocl_card *card);
/* The fastest clock of the card in MHz, whatever it is for. */
unsigned vn_ocl_clock_mhz(const struct vn_ocl_card *card);

/* Open compute unit @name ("vn_cu_1") of the loaded file.  VN_ERUNTIME, VN_ENOMEM. */
VN_MUST_CHECK int vn_ocl_open_unit(const struct vn_ocl_card *card, const char *name,
                                   struct vn_ocl_unit **unit, vn_error *err);
/* NULL allowed; its buffers are gone already, its start has ended. */
void vn_ocl_close_unit(struct vn_ocl_unit *unit);
const char *vn_ocl_unit_name(const struct vn_ocl_unit *unit);
const struct vn_ocl_card *vn_ocl_unit_card(const struct vn_ocl_unit *unit);

/* In the bank of the unit's argument for @kind.  VN_ENOMEM. */
VN_MUST_CHECK int vn_ocl_alloc(struct vn_ocl_unit *unit, enum vn_buffer_kind kind, uint64_t bytes,
                               struct vn_buffer **buffer, vn_error *err);
/* Waits for the buffer's last write.  NULL allowed. */
void vn_ocl_free(struct vn_buffer *buffer);
/* Does not wait: @data stays until a start with @buffer has ended, or the buffer is freed.  After
 * the writes before it, and after the start under way if that uses @buffer.  VN_ERUNTIME. */
VN_MUST_CHECK int vn_ocl_write(struct vn_buffer *buffer, uint64_t offset, const void *data,
                               uint64_t bytes, vn_error *err);
/* Waits.  After the same.  VN_ERUNTIME; also where a status block was never written, because memory
 * refused it. */
VN_MUST_CHECK int vn_ocl_read(struct vn_buffer *buffer, uint64_t offset, void *data, uint64_t bytes,
                              vn_error *err);

/* Does not wait: the start follows the writes of its buffers.  VN_ERUNTIME. */
VN_MUST_CHECK int vn_ocl_start(struct vn_ocl_unit *unit, const struct vn_start *start,
                               vn_error *err);
/* Of the last start; does not block.  *@name is OpenCL's word for it, "CL_RUNNING", or for why it
 * failed.  VN_OCL_DONE before any start, too. */
enum vn_ocl_state vn_ocl_state(struct vn_ocl_unit *unit, const char **name);
/* Sleep until the start ends, at most @ms (less than 1000). */
void vn_ocl_sleep(struct vn_ocl_unit *unit, int ms);

#endif /* VN_OCL_CARD_H */
