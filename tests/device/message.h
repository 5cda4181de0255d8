/* SPDX-License-Identifier: Apache-2.0
 *
 * message.h - bodies of XRT's emulation messages, made and read byte by byte: the tests' own
 * knowledge of the wire.
 */
#ifndef TESTS_DEVICE_MESSAGE_H
#define TESTS_DEVICE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	OP_CLOSE = 1,
	OP_ALLOCATE = 4,
	OP_FREE = 5,
	OP_TO_CARD = 6,
	OP_FROM_CARD = 7,
	OP_MEMORY_WRITE = 8,
	OP_WRITE = 9,
	OP_MEMORY_READ = 10,
	OP_READ = 11,
	OP_TIME = 17,
	OP_DEBUG = 19,
	OP_ENVIRONMENT = 20,
	HEADER = 14,
	ANSWER_HEADER = 9,
};

/* Bytes that grow.  Start from {0}; free data. */
struct body {
	uint8_t *data;
	size_t n, room;
};

void body_append(struct body *b, const void *data, size_t n);
/* Field @field as a number, or as @n bytes. */
void body_number(struct body *b, unsigned field, uint64_t value);
void body_bytes(struct body *b, unsigned field, const void *data, size_t n);
/* The bodies that XRT sends. */
void body_to_card(struct body *b, uint64_t address, uint64_t seek, const void *data, size_t n);
void body_from_card(struct body *b, uint64_t address, uint64_t skip, size_t n);
void body_write(struct body *b, uint64_t address, const void *data, size_t n);
void body_read(struct body *b, uint64_t address, size_t n);
/* Append the header of a message of @bytes. */
void body_header(struct body *b, uint64_t bytes, uint32_t opcode);

/* Field @field of @b: a number, or bytes, which stay in @b.  0: there is none. */
int body_get_number(const struct body *b, unsigned field, uint64_t *value);
int body_get_bytes(const struct body *b, unsigned field, const uint8_t **data, size_t *n);

#endif /* TESTS_DEVICE_MESSAGE_H */
