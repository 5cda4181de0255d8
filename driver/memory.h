/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.h - host memory as card memory, for back ends that run in this process.
 *
 * These are the buffer functions of their ops tables; they need no back end and ignore the
 * argument.
 */
#ifndef VN_MEMORY_H
#define VN_MEMORY_H

#include "driver/backend.h"

struct vn_buffer {
	uint8_t *data; /* VN_BUFFER_ALIGN aligned */
	uint64_t bytes;
	/* For a back end whose memory has addresses: where this is, and what else there is. */
	uint64_t address;
	struct vn_buffer *next;
};

int vn_memory_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                    struct vn_buffer **buffer, vn_error *err);
void vn_memory_free(struct vn_backend *be, struct vn_buffer *buffer);
int vn_memory_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                    const void *data, uint64_t bytes, vn_error *err);
int vn_memory_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                   uint64_t bytes, vn_error *err);

#endif /* VN_MEMORY_H */
