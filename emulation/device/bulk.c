/* SPDX-License-Identifier: Apache-2.0
 *
 * bulk.c - protobuf by hand, as far as the bulk transfers need it.
 */
#include "emulation/device/bulk.h"

#include <string.h>

enum {
	/* wire types */
	VARINT = 0,
	FIXED64 = 1,
	BYTES = 2,
	FIXED32 = 5,
	/* fields: to the device, from the device */
	TO_ADDRESS = 3,
	TO_DATA = 4,
	FROM_DATA = 3,
	FROM_ADDRESS = 4,
	SIZE = 5,
	OFFSET = 6,
	/* fields of the answer */
	ANSWER_SIZE = 1,
	ANSWER_DATA = 2,
};

struct cursor {
	const uint8_t *at, *end;
};

struct field {
	uint64_t number;
	unsigned type;
	uint64_t value;      /* VARINT */
	const uint8_t *data; /* BYTES */
	size_t bytes;
};

static int varint(struct cursor *c, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (c->at == c->end)
			return -1;
		*value |= (uint64_t)(*c->at & 0x7f) << shift;
		if (!(*c->at++ & 0x80))
			return 0;
	}
	return -1;
}

static int skip(struct cursor *c, uint64_t bytes)
{
	if (bytes > (uint64_t)(c->end - c->at))
		return -1;
	c->at += bytes;
	return 0;
}

static int next(struct cursor *c, struct field *f)
{
	uint64_t tag, bytes;

	if (varint(c, &tag))
		return -1;
	f->number = tag >> 3;
	f->type = tag & 7;
	switch (f->type) {
	case VARINT:
		return varint(c, &f->value);
	case FIXED64:
		return skip(c, 8);
	case FIXED32:
		return skip(c, 4);
	case BYTES:
		if (varint(c, &bytes))
			return -1;
		f->data = c->at;
		f->bytes = (size_t)bytes;
		return skip(c, bytes);
	default:
		return -1;
	}
}

int vd_bulk_parse(const uint8_t *body, size_t bytes, int to_device, struct vd_bulk *bulk)
{
	const unsigned address = to_device ? TO_ADDRESS : FROM_ADDRESS;
	const unsigned data = to_device ? TO_DATA : FROM_DATA;
	struct cursor c = {body, body + bytes};
	unsigned seen = 0; /* bit n: field n */
	struct field f;

	memset(bulk, 0, sizeof(*bulk));
	while (c.at < c.end) {
		if (next(&c, &f))
			return -1;
		if (f.type == VARINT && f.number == address)
			bulk->address = f.value;
		else if (f.type == VARINT && f.number == SIZE)
			bulk->bytes = f.value;
		else if (f.type == VARINT && f.number == OFFSET)
			bulk->offset = f.value;
		else if (f.type == BYTES && f.number == data) {
			bulk->data = f.data;
			bulk->data_bytes = f.bytes;
		} else {
			continue;
		}
		seen |= 1u << f.number;
	}
	return seen == (1u << address | 1u << data | 1u << SIZE | 1u << OFFSET) ? 0 : -1;
}

static size_t put_varint(uint8_t *at, uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		at[n++] = (uint8_t)(value | 0x80);
	at[n++] = (uint8_t)value;
	return n;
}

size_t vd_bulk_answer(uint64_t bytes, uint8_t head[VD_BULK_HEAD_MAX])
{
	size_t n = put_varint(head, ANSWER_SIZE << 3 | VARINT);

	n += put_varint(head + n, bytes);
	n += put_varint(head + n, ANSWER_DATA << 3 | BYTES);
	return n + put_varint(head + n, bytes);
}
