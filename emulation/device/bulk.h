/* SPDX-License-Identifier: Apache-2.0
 *
 * bulk.h - the bodies of the two transfers of card memory, read where they lie: protobuf-c would
 * copy megabytes.
 */
#ifndef VD_BULK_H
#define VD_BULK_H

#include <stddef.h>
#include <stdint.h>

/* CopyBufferHost2Device and CopyBufferDevice2Host.  Of the latter, @data is the host's buffer as it
 * was, which XRT sends along. */
struct vd_bulk {
	uint64_t address, bytes;
	uint64_t offset; /* to add to @address: may wrap around */
	const uint8_t *data;
	size_t data_bytes;
};

enum {
	VD_BULK_HEAD_MAX = 32,
};

/* -1: the body is not such a message. */
int vd_bulk_parse(const uint8_t *body, size_t bytes, int to_device, struct vd_bulk *bulk);
/* The answer to CopyBufferDevice2Host up to its @bytes of data, which follow.  Returns its size. */
size_t vd_bulk_answer(uint64_t bytes, uint8_t head[VD_BULK_HEAD_MAX]);

#endif /* VD_BULK_H */
