/* SPDX-License-Identifier: Apache-2.0
 *
 * memory.c - host memory as card memory.
 */
#include "driver/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int vn_memory_alloc(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
                    struct vn_buffer **buffer, vn_error *err)
{
	struct vn_buffer *b = calloc(1, sizeof(*b));

	(void)be;
	(void)unit;
	(void)kind;
	*buffer = NULL;
	if (!b)
		return vn_fail_nomem(err, sizeof(*b), "a buffer");
	if (bytes > SIZE_MAX - VN_BUFFER_ALIGN ||
	    posix_memalign((void **)&b->data, VN_BUFFER_ALIGN, (size_t)bytes) != 0) {
		free(b);
		return vn_fail_nomem(err, (size_t)bytes, "a buffer of the device");
	}
	b->bytes = bytes;
	*buffer = b;
	return 0;
}

void vn_memory_free(struct vn_backend *be, struct vn_buffer *buffer)
{
	(void)be;
	if (!buffer)
		return;
	free(buffer->data);
	free(buffer);
}

int vn_memory_write(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
                    const void *data, uint64_t bytes, vn_error *err)
{
	int rc = vn_buffer_check("host memory", buffer->bytes, offset, bytes, err);

	(void)be;
	if (!rc)
		memcpy(buffer->data + offset, data, (size_t)bytes);
	return rc;
}

int vn_memory_read(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
                   uint64_t bytes, vn_error *err)
{
	int rc = vn_buffer_check("host memory", buffer->bytes, offset, bytes, err);

	(void)be;
	if (!rc)
		memcpy(data, buffer->data + offset, (size_t)bytes);
	return rc;
}
