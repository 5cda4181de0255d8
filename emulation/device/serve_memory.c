/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_memory.c - messages about card memory.
 */
#include "emulation/device/serve_parts.h"

#include <inttypes.h>
#include <string.h>

#include "emulation/device/bulk.h"
#include "emulation/device/log.h"
#include "emulation/device/xrt_emulation.pb-c.h"

enum vd_event vd_on_allocate(struct vd_server *s, const struct vd_handler *self,
                             const struct vd_message *m, vn_error *err)
{
	Vd__Allocate *a = (Vd__Allocate *)vd_unpack(&vd__allocate__descriptor, m);

	if (!a)
		return vd_malformed(self, err);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu64, self->name, a->address, a->bytes);
	if (!vd_card_memory(s->card, a->address, a->bytes))
		vd_outside(s, self, "card memory", a->address, a->bytes);
	vd_release(a);
	/* The shim goes on after false too, and at address 0. */
	return vd_answer_done(s, 1, err);
}

enum vd_event vd_on_release(struct vd_server *s, const struct vd_handler *self,
                            const struct vd_message *m, vn_error *err)
{
	Vd__Release *r = (Vd__Release *)vd_unpack(&vd__release__descriptor, m);

	if (!r)
		return vd_malformed(self, err);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64, self->name, r->address);
	vd_release(r);
	return vd_answer_done(s, 1, err);
}

/* Where a bulk transfer goes; NULL, and a complaint: nowhere. */
static uint8_t *bulk_memory(struct vd_server *s, const struct vd_handler *self,
                            const struct vd_bulk *b)
{
	const uint64_t address = b->address + b->offset;
	uint8_t *memory = NULL;

	if (address >= b->address)
		memory = vd_card_memory(s->card, address, b->bytes);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu64 ", offset %" PRIu64, self->name,
	       b->address, b->bytes, b->offset);
	if (!memory)
		vd_outside(s, self, "card memory", address, b->bytes);
	return memory;
}

enum vd_event vd_on_to_card(struct vd_server *s, const struct vd_handler *self,
                            const struct vd_message *m, vn_error *err)
{
	Vd__Moved moved = VD__MOVED__INIT;
	struct vd_bulk b;
	uint8_t *memory;

	if (vd_bulk_parse(m->body, m->bytes, 1, &b) || b.data_bytes < b.bytes)
		return vd_malformed(self, err);
	memory = bulk_memory(s, self, &b);
	if (memory) {
		memcpy(memory, b.data, (size_t)b.bytes);
		s->bytes_to_card += b.bytes;
		moved.bytes = b.bytes;
	}
	return vd_answer(s, &moved.base, err);
}

enum vd_event vd_on_from_card(struct vd_server *s, const struct vd_handler *self,
                              const struct vd_message *m, vn_error *err)
{
	uint8_t head[VD_BULK_HEAD_MAX];
	struct vd_bulk b;
	const uint8_t *memory;

	if (vd_bulk_parse(m->body, m->bytes, 0, &b) || b.bytes > VD_BODY_MAX)
		return vd_malformed(self, err);
	memory = bulk_memory(s, self, &b);
	if (!memory)
		b.bytes = 0;
	s->bytes_from_card += b.bytes;
	return vd_wire_answer(s->wire, head, vd_bulk_answer(b.bytes, head), memory, (size_t)b.bytes,
	                      err);
}

enum vd_event vd_on_memory_write(struct vd_server *s, const struct vd_handler *self,
                                 const struct vd_message *m, vn_error *err)
{
	Vd__Write *w = (Vd__Write *)vd_unpack(&vd__write__descriptor, m);
	uint8_t *memory;

	if (!w || w->data.len < w->bytes) {
		vd_release(w);
		return vd_malformed(self, err);
	}
	memory = vd_card_memory(s->card, w->address, w->bytes);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu32, self->name, w->address, w->bytes);
	if (memory && w->bytes != 0)
		memcpy(memory, w->data.data, w->bytes);
	else if (!memory)
		vd_outside(s, self, "card memory", w->address, w->bytes);
	vd_release(w);
	return vd_answer_done(s, memory != NULL, err);
}

enum vd_event vd_on_memory_read(struct vd_server *s, const struct vd_handler *self,
                                const struct vd_message *m, vn_error *err)
{
	Vd__Read *r = (Vd__Read *)vd_unpack(&vd__read__descriptor, m);
	uint64_t address;
	uint32_t bytes;
	uint8_t *memory;

	if (!r || r->bytes > VD_SMALL_MAX) {
		vd_release(r);
		return vd_malformed(self, err);
	}
	address = r->address;
	bytes = r->bytes;
	vd_release(r);
	memory = vd_card_memory(s->card, address, bytes);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu32, self->name, address, bytes);
	if (!memory)
		vd_outside(s, self, "card memory", address, bytes);
	return vd_answer_read(s, memory != NULL, memory, memory ? bytes : 0, err);
}
