/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_parts.h - what the files of the conversation share: handlers of messages, answers.
 */
#ifndef VD_SERVE_PARTS_H
#define VD_SERVE_PARTS_H

#include <protobuf-c/protobuf-c.h>

#include "emulation/device/serve.h"

enum {
	VD_SMALL_MAX = 16 << 20, /* bytes of a message that protobuf-c unpacks */
};

struct vd_handler;

/* Do what @m asks and answer it: as vd_wire_answer. */
typedef enum vd_event vd_handle(struct vd_server *s, const struct vd_handler *self,
                                const struct vd_message *m, vn_error *err);

struct vd_handler {
	uint32_t opcode;
	const char *name; /* XRT's */
	vd_handle *handle;
};

vd_handle vd_on_allocate, vd_on_release, vd_on_to_card, vd_on_from_card, vd_on_memory_write,
        vd_on_memory_read, vd_on_register_write, vd_on_register_read;

/* Send an answer: any; one that says whether it is done; one with data. */
enum vd_event vd_answer(struct vd_server *s, const ProtobufCMessage *body, vn_error *err);
enum vd_event vd_answer_done(struct vd_server *s, int ok, vn_error *err);
enum vd_event vd_answer_read(struct vd_server *s, int ok, uint8_t *data, size_t bytes,
                             vn_error *err);

/* NULL: the body is too large or no such message.  To be released. */
ProtobufCMessage *vd_unpack(const ProtobufCMessageDescriptor *type, const struct vd_message *m);
void vd_release(void *message); /* NULL allowed */
/* VD_FAILED, and the sentence. */
enum vd_event vd_malformed(const struct vd_handler *self, vn_error *err);
/* Complain that the host's bytes are not within @what. */
void vd_outside(struct vd_server *s, const struct vd_handler *self, const char *what,
                uint64_t address, uint64_t bytes);

#endif /* VD_SERVE_PARTS_H */
