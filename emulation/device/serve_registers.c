/* SPDX-License-Identifier: Apache-2.0
 *
 * serve_registers.c - messages about registers of compute units.
 */
#include "emulation/device/serve_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "emulation/device/log.h"
#include "emulation/device/xrt_emulation.pb-c.h"

enum { WORD = 4 }; /* bytes of a register */

static const char *register_name(uint32_t offset)
{
	switch (offset) {
#define VN_REG(name, offset, bytes, access, doc)                                                   \
	case (offset):                                                                             \
		return "." #name;
#include "spec/cu.def"
	default:
		return "";
	}
}

/* The compute unit of whole registers; -1, and a complaint. */
static int find_unit(struct vd_server *s, const struct vd_handler *self, uint64_t address,
                     uint64_t bytes, uint32_t *offset)
{
	const int unit = vd_card_unit(s->card, address, bytes, offset);

	if (unit >= 0 && (*offset | bytes) % WORD == 0)
		return unit;
	vd_outside(s, self, "registers of a compute unit", address, bytes);
	return -1;
}

static void write_word(struct vd_server *s, int unit, uint32_t offset, const uint8_t *data)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	vd_log(VD_VALUES, "  %s + 0x%" PRIx32 "%s = 0x%" PRIx32, s->card->units[unit].name, offset,
	       register_name(offset), value);
	if (offset == VN_REG_CTRL)
		s->polled[unit] = ~0u;
	vd_unit_write(s->units[unit], offset, value);
}

/* A burst may carry the arguments and the start: the control word comes last. */
static void write_words(struct vd_server *s, int unit, uint32_t offset, const uint8_t *data,
                        uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i += WORD)
		if (offset + i != VN_REG_CTRL)
			write_word(s, unit, offset + i, data + i);
	if (offset == VN_REG_CTRL && bytes > 0)
		write_word(s, unit, offset, data);
}

enum vd_event vd_on_register_write(struct vd_server *s, const struct vd_handler *self,
                                   const struct vd_message *m, vn_error *err)
{
	Vd__Write *w = (Vd__Write *)vd_unpack(&vd__write__descriptor, m);
	uint32_t offset = 0;
	int unit;

	if (!w || w->data.len < w->bytes) {
		vd_release(w);
		return vd_malformed(self, err);
	}
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu32, self->name, w->address, w->bytes);
	unit = find_unit(s, self, w->address, w->bytes, &offset);
	if (unit >= 0)
		write_words(s, unit, offset, w->data.data, w->bytes);
	vd_release(w);
	return vd_answer_done(s, unit >= 0, err);
}

/* Hosts read CTRL without pause: only changes are told. */
static void log_read(struct vd_server *s, const struct vd_handler *self, int unit, uint32_t offset,
                     uint32_t bytes, const uint8_t *data)
{
	uint32_t value = 0;

	if (bytes >= WORD)
		memcpy(&value, data, sizeof(value));
	if (offset == VN_REG_CTRL && s->polled[unit] == value)
		return;
	if (offset == VN_REG_CTRL)
		s->polled[unit] = value;
	vd_log(VD_MESSAGES, "%s %s + 0x%" PRIx32 "%s, %" PRIu32 " bytes: 0x%" PRIx32, self->name,
	       s->card->units[unit].name, offset, register_name(offset), bytes, value);
}

enum vd_event vd_on_register_read(struct vd_server *s, const struct vd_handler *self,
                                  const struct vd_message *m, vn_error *err)
{
	Vd__Read *r = (Vd__Read *)vd_unpack(&vd__read__descriptor, m);
	enum vd_event event;
	uint32_t offset = 0, bytes;
	uint8_t *data;
	int unit;

	if (!r || r->bytes > VD_SMALL_MAX) {
		vd_release(r);
		return vd_malformed(self, err);
	}
	bytes = r->bytes;
	unit = find_unit(s, self, r->address, bytes, &offset);
	vd_release(r);
	/* The shim wants as many bytes as it asked for, whatever they are. */
	data = calloc(1, (size_t)bytes + 1);
	if (!data) {
		vn_fail_nomem(err, bytes, "registers");
		return VD_FAILED;
	}
	for (uint32_t i = 0; unit >= 0 && i < bytes; i += WORD) {
		const uint32_t value = vd_unit_read(s->units[unit], offset + i);

		memcpy(data + i, &value, sizeof(value));
	}
	if (unit >= 0)
		log_read(s, self, unit, offset, bytes, data);
	event = vd_answer_read(s, unit >= 0, data, bytes, err);
	free(data);
	return event;
}
