/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - a handler for each message.
 */
#include "sim/device/serve.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "driver/error.h"
#include "sim/device/bulk.h"
#include "sim/device/log.h"
#include "sim/device/xrt_emulation.pb-c.h"

enum {
	COMPLAINTS_MAX = 8,
	SMALL_MAX = 16 << 20, /* bytes of a message that protobuf-c unpacks */
	WORD = 4,             /* bytes of a register */
	CLOSE = 1,
};

struct handler {
	uint32_t opcode;
	const char *name;
	enum vd_event (*handle)(struct vd_server *s, const struct handler *self,
	                        const struct vd_message *m, vn_error *err);
};

/* ---- answers ---- */

static enum vd_event answer(struct vd_server *s, const ProtobufCMessage *body, vn_error *err)
{
	const size_t bytes = protobuf_c_message_get_packed_size(body);

	if (bytes > s->answer_room) {
		uint8_t *grown = realloc(s->answer, bytes);

		if (!grown) {
			vn_fail_nomem(err, bytes, "an answer");
			return VD_FAILED;
		}
		s->answer = grown;
		s->answer_room = bytes;
	}
	protobuf_c_message_pack(body, s->answer);
	return vd_wire_answer(s->wire, s->answer, bytes, NULL, 0, err);
}

static enum vd_event answer_done(struct vd_server *s, int ok, vn_error *err)
{
	Vd__Done done = VD__DONE__INIT;

	done.ok = ok;
	return answer(s, &done.base, err);
}

static enum vd_event answer_read(struct vd_server *s, int ok, uint8_t *data, size_t bytes,
                                 vn_error *err)
{
	Vd__ReadDone done = VD__READ_DONE__INIT;

	done.ok = ok;
	done.has_data = 1;
	done.data.data = data;
	done.data.len = bytes;
	return answer(s, &done.base, err);
}

/* ---- what is wrong with a message ---- */

static enum vd_event malformed(const struct handler *self, vn_error *err)
{
	vn_error_set(err, VN_ERUNTIME, "is that XRT 2022.1 (2.13) at the other end?",
	             "the host's message %s (%" PRIu32 ") is malformed", self->name, self->opcode);
	return VD_FAILED;
}

/* @what has no address for the host's bytes: it is the host's mistake, who sees data unchanged. */
static void outside(struct vd_server *s, const struct handler *self, const char *what,
                    uint64_t address, uint64_t bytes)
{
	if (s->complaints++ < COMPLAINTS_MAX)
		vd_complain("%s: %" PRIu64 " bytes at 0x%" PRIx64 " are not %s; nothing is moved",
		            self->name, bytes, address, what);
	else
		vd_log(VD_LIFE, "%s: %" PRIu64 " bytes at 0x%" PRIx64 " are not %s", self->name,
		       bytes, address, what);
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *type, const struct vd_message *m)
{
	return m->bytes > SMALL_MAX ? NULL
	                            : protobuf_c_message_unpack(type, NULL, m->bytes, m->body);
}

static void release(void *message)
{
	protobuf_c_message_free_unpacked(message, NULL);
}

/* ---- life ---- */

static enum vd_event on_environment(struct vd_server *s, const struct handler *self,
                                    const struct vd_message *m, vn_error *err)
{
	Vd__Environment *e = (Vd__Environment *)unpack(&vd__environment__descriptor, m);

	if (!e)
		return malformed(self, err);
	vd_log(VD_MESSAGES, "%s: %zu keys of xrt.ini", self->name, e->n_pairs);
	for (size_t i = 0; i < e->n_pairs && vd_log_has(VD_VALUES); i++)
		vd_log(VD_VALUES, "  %.64s=%.64s", e->pairs[i]->name ? e->pairs[i]->name : "",
		       e->pairs[i]->value ? e->pairs[i]->value : "");
	release(e);
	return answer_done(s, 1, err);
}

static enum vd_event on_close(struct vd_server *s, const struct handler *self,
                              const struct vd_message *m, vn_error *err)
{
	(void)m;
	vd_log(VD_MESSAGES, "%s", self->name);
	vd_wire_no_requests(s->wire);
	return answer_done(s, 1, err);
}

/* Nothing of the sort is simulated; the shim takes an empty answer for that. */
static enum vd_event on_nothing(struct vd_server *s, const struct handler *self,
                                const struct vd_message *m, vn_error *err)
{
	const Vd__Nothing nothing = VD__NOTHING__INIT;

	if (!(s->nothings & 1u << m->opcode))
		vd_log(VD_MESSAGES, "%s: nothing, and further ones are not told", self->name);
	s->nothings |= 1u << m->opcode;
	return answer(s, &nothing.base, err);
}

static enum vd_event on_time(struct vd_server *s, const struct handler *self,
                             const struct vd_message *m, vn_error *err)
{
	Vd__Time time = VD__TIME__INIT;

	(void)m;
	time.nanoseconds = (uint64_t)((double)vd_clock_now(s->clock) * 1e3 / s->card->clock_mhz);
	vd_log(VD_MESSAGES, "%s: %" PRIu64 " ns", self->name, time.nanoseconds);
	return answer(s, &time.base, err);
}

static enum vd_event on_unknown(struct vd_server *s, const struct vd_message *m, vn_error *err)
{
	vd_log(VD_LIFE, "message %" PRIu32 " of %zu bytes: not known, answered with false",
	       m->opcode, m->bytes);
	return answer_done(s, 0, err);
}

/* ---- card memory ---- */

static enum vd_event on_allocate(struct vd_server *s, const struct handler *self,
                                 const struct vd_message *m, vn_error *err)
{
	Vd__Allocate *a = (Vd__Allocate *)unpack(&vd__allocate__descriptor, m);

	if (!a)
		return malformed(self, err);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu64, self->name, a->address, a->bytes);
	if (!vd_card_memory(s->card, a->address, a->bytes))
		outside(s, self, "card memory", a->address, a->bytes);
	release(a);
	/* The shim goes on after false too, and at address 0. */
	return answer_done(s, 1, err);
}

static enum vd_event on_release(struct vd_server *s, const struct handler *self,
                                const struct vd_message *m, vn_error *err)
{
	Vd__Release *r = (Vd__Release *)unpack(&vd__release__descriptor, m);

	if (!r)
		return malformed(self, err);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64, self->name, r->address);
	release(r);
	return answer_done(s, 1, err);
}

/* Where a bulk transfer goes; NULL, and a complaint: nowhere. */
static uint8_t *bulk_memory(struct vd_server *s, const struct handler *self,
                            const struct vd_bulk *b)
{
	const uint64_t address = b->address + b->offset;
	uint8_t *memory = NULL;

	if (address >= b->address)
		memory = vd_card_memory(s->card, address, b->bytes);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu64 ", offset %" PRIu64, self->name,
	       b->address, b->bytes, b->offset);
	if (!memory)
		outside(s, self, "card memory", address, b->bytes);
	return memory;
}

static enum vd_event on_to_card(struct vd_server *s, const struct handler *self,
                                const struct vd_message *m, vn_error *err)
{
	Vd__Moved moved = VD__MOVED__INIT;
	struct vd_bulk b;
	uint8_t *memory;

	if (vd_bulk_parse(m->body, m->bytes, 1, &b) || b.data_bytes < b.bytes)
		return malformed(self, err);
	memory = bulk_memory(s, self, &b);
	if (memory) {
		memcpy(memory, b.data, (size_t)b.bytes);
		s->bytes_to_card += b.bytes;
		moved.bytes = b.bytes;
	}
	return answer(s, &moved.base, err);
}

static enum vd_event on_from_card(struct vd_server *s, const struct handler *self,
                                  const struct vd_message *m, vn_error *err)
{
	uint8_t head[VD_BULK_HEAD_MAX];
	struct vd_bulk b;
	const uint8_t *memory;

	if (vd_bulk_parse(m->body, m->bytes, 0, &b) || b.bytes > VD_BODY_MAX)
		return malformed(self, err);
	memory = bulk_memory(s, self, &b);
	if (!memory)
		b.bytes = 0;
	s->bytes_from_card += b.bytes;
	return vd_wire_answer(s->wire, head, vd_bulk_answer(b.bytes, head), memory, (size_t)b.bytes,
	                      err);
}

static enum vd_event on_memory_write(struct vd_server *s, const struct handler *self,
                                     const struct vd_message *m, vn_error *err)
{
	Vd__Write *w = (Vd__Write *)unpack(&vd__write__descriptor, m);
	uint8_t *memory;

	if (!w || w->data.len < w->bytes) {
		release(w);
		return malformed(self, err);
	}
	memory = vd_card_memory(s->card, w->address, w->bytes);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu32, self->name, w->address, w->bytes);
	if (memory && w->bytes != 0)
		memcpy(memory, w->data.data, w->bytes);
	else if (!memory)
		outside(s, self, "card memory", w->address, w->bytes);
	release(w);
	return answer_done(s, memory != NULL, err);
}

static enum vd_event on_memory_read(struct vd_server *s, const struct handler *self,
                                    const struct vd_message *m, vn_error *err)
{
	Vd__Read *r = (Vd__Read *)unpack(&vd__read__descriptor, m);
	uint64_t address;
	uint32_t bytes;
	uint8_t *memory;

	if (!r || r->bytes > SMALL_MAX) {
		release(r);
		return malformed(self, err);
	}
	address = r->address;
	bytes = r->bytes;
	release(r);
	memory = vd_card_memory(s->card, address, bytes);
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu32, self->name, address, bytes);
	if (!memory)
		outside(s, self, "card memory", address, bytes);
	return answer_read(s, memory != NULL, memory, memory ? bytes : 0, err);
}

/* ---- registers ---- */

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
static int find_unit(struct vd_server *s, const struct handler *self, uint64_t address,
                     uint64_t bytes, uint32_t *offset)
{
	const int unit = vd_card_unit(s->card, address, bytes, offset);

	if (unit >= 0 && (*offset | bytes) % WORD == 0)
		return unit;
	outside(s, self, "registers of a compute unit", address, bytes);
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

static enum vd_event on_register_write(struct vd_server *s, const struct handler *self,
                                       const struct vd_message *m, vn_error *err)
{
	Vd__Write *w = (Vd__Write *)unpack(&vd__write__descriptor, m);
	uint32_t offset = 0;
	int unit;

	if (!w || w->data.len < w->bytes) {
		release(w);
		return malformed(self, err);
	}
	vd_log(VD_MESSAGES, "%s 0x%" PRIx64 " + %" PRIu32, self->name, w->address, w->bytes);
	unit = find_unit(s, self, w->address, w->bytes, &offset);
	if (unit >= 0)
		write_words(s, unit, offset, w->data.data, w->bytes);
	release(w);
	return answer_done(s, unit >= 0, err);
}

/* Hosts read CTRL without pause: only changes are told. */
static void log_read(struct vd_server *s, const struct handler *self, int unit, uint32_t offset,
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

static enum vd_event on_register_read(struct vd_server *s, const struct handler *self,
                                      const struct vd_message *m, vn_error *err)
{
	Vd__Read *r = (Vd__Read *)unpack(&vd__read__descriptor, m);
	enum vd_event event;
	uint32_t offset = 0, bytes;
	uint8_t *data;
	int unit;

	if (!r || r->bytes > SMALL_MAX) {
		release(r);
		return malformed(self, err);
	}
	bytes = r->bytes;
	unit = find_unit(s, self, r->address, bytes, &offset);
	release(r);
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
	event = answer_read(s, unit >= 0, data, bytes, err);
	free(data);
	return event;
}

/* ---- the conversation ---- */

static const struct handler handlers[] = {
        {CLOSE, "Close", on_close},
        {4, "AllocDeviceBuffer", on_allocate},
        {5, "FreeDeviceBuffer", on_release},
        {6, "CopyBufferHost2Device", on_to_card},
        {7, "CopyBufferDevice2Host", on_from_card},
        {8, "WriteAddrSpaceDeviceRam", on_memory_write},
        {9, "WriteAddrKernelCtrl", on_register_write},
        {10, "ReadAddrSpaceDeviceRam", on_memory_read},
        {11, "ReadAddrKernelCtrl", on_register_read},
        {14, "PerfMonReadCounters", on_nothing},
        {15, "PerfMonGetTraceCount", on_nothing},
        {16, "PerfMonReadTrace", on_nothing},
        {17, "GetDeviceTimestamp", on_time},
        {18, "ReadBusStatus", on_nothing},
        {19, "GetDebugMessages", on_nothing},
        {20, "SetEnvironment", on_environment},
};

static enum vd_event dispatch(struct vd_server *s, const struct vd_message *m, vn_error *err)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].opcode == m->opcode)
			return handlers[i].handle(s, &handlers[i], m, err);
	return on_unknown(s, m, err);
}

enum vd_end vd_serve(struct vd_server *s, vn_error *err)
{
	enum vd_event event = VD_MESSAGE;
	struct vd_message m = {0};

	memset(s->polled, 0xff, sizeof(s->polled));
	while (event == VD_MESSAGE && m.opcode != CLOSE) {
		event = vd_wire_receive(s->wire, &m, err);
		if (event != VD_MESSAGE)
			break;
		if (++s->messages == s->die)
			raise(SIGKILL);
		event = dispatch(s, &m, err);
	}
	free(s->answer);
	s->answer = NULL;
	switch (event) {
	case VD_MESSAGE:
		return VD_END_CLOSED;
	case VD_HOST_GONE:
		return VD_END_GONE;
	case VD_SIGNAL:
		return VD_END_SIGNAL;
	default:
		return VD_END_FAILED;
	}
}
