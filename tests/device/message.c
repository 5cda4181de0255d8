/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/device/message.h"

#include <stdlib.h>
#include <string.h>

void body_append(struct body *b, const void *data, size_t n)
{
	if (b->n + n > b->room) {
		b->room = 2 * (b->n + n) + 64;
		b->data = realloc(b->data, b->room);
		if (!b->data)
			abort();
	}
	if (n > 0)
		memcpy(b->data + b->n, data, n);
	b->n += n;
}

static void append_varint(struct body *b, uint64_t value)
{
	do {
		const uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));

		body_append(b, &byte, 1);
		value >>= 7;
	} while (value);
}

void body_number(struct body *b, unsigned field, uint64_t value)
{
	append_varint(b, (uint64_t)field << 3);
	append_varint(b, value);
}

void body_bytes(struct body *b, unsigned field, const void *data, size_t n)
{
	append_varint(b, (uint64_t)field << 3 | 2);
	append_varint(b, n);
	body_append(b, data, n);
}

void body_to_card(struct body *b, uint64_t address, uint64_t seek, const void *data, size_t n)
{
	body_bytes(b, 2, "handle", 6);
	body_number(b, 3, address);
	body_bytes(b, 4, data, n);
	body_number(b, 5, n);
	body_number(b, 6, seek);
	body_number(b, 7, 0);
}

/* XRT sends the host's buffer along, whatever is in it. */
void body_from_card(struct body *b, uint64_t address, uint64_t skip, size_t n)
{
	uint8_t *buffer = calloc(1, n + 1);

	body_bytes(b, 2, "handle", 6);
	body_bytes(b, 3, buffer, n);
	free(buffer);
	body_number(b, 4, address);
	body_number(b, 5, n);
	body_number(b, 6, skip);
	body_number(b, 7, 0);
}

void body_write(struct body *b, uint64_t address, const void *data, size_t n)
{
	body_number(b, 2, address);
	body_number(b, 3, n);
	body_bytes(b, 4, data, n);
	body_number(b, 6, 0);
	body_number(b, 7, 0);
}

void body_read(struct body *b, uint64_t address, size_t n)
{
	body_number(b, 2, address);
	body_number(b, 3, n);
}

void body_header(struct body *b, uint64_t bytes, uint32_t opcode)
{
	uint8_t header[HEADER] = {0x09, [9] = 0x15};

	memcpy(header + 1, &bytes, sizeof(bytes));
	memcpy(header + 10, &opcode, sizeof(opcode));
	body_append(b, header, sizeof(header));
}

/* A varint at *at, which moves on; 0 past the end. */
static uint64_t get_varint(const struct body *b, size_t *at)
{
	uint64_t value = 0;

	for (unsigned shift = 0; *at < b->n && shift < 64; shift += 7) {
		value |= (uint64_t)(b->data[*at] & 0x7f) << shift;
		if (!(b->data[(*at)++] & 0x80))
			break;
	}
	return value;
}

int body_get_number(const struct body *b, unsigned field, uint64_t *value)
{
	for (size_t at = 0; at < b->n;) {
		const uint64_t tag = get_varint(b, &at);

		*value = get_varint(b, &at);
		if (tag == (uint64_t)field << 3)
			return 1;
		if ((tag & 7) == 2)
			at += *value;
	}
	return 0;
}

int body_get_bytes(const struct body *b, unsigned field, const uint8_t **data, size_t *n)
{
	for (size_t at = 0; at < b->n;) {
		const uint64_t tag = get_varint(b, &at), value = get_varint(b, &at);

		if ((tag & 7) != 2)
			continue;
		*data = b->data + at;
		*n = (size_t)value;
		at += value;
		if (tag >> 3 == field && at <= b->n)
			return 1;
	}
	return 0;
}
