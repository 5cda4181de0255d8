/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - the conversation, and its messages that touch neither memory nor registers.
 */
#include "emulation/device/serve.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "emulation/device/log.h"
#include "emulation/device/serve_parts.h"
#include "emulation/device/xrt_emulation.pb-c.h"

enum {
	COMPLAINTS_MAX = 8,
	CLOSE = 1,
};

/* ---- answers ---- */

enum vd_event vd_answer(struct vd_server *s, const ProtobufCMessage *body, vn_error *err)
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

enum vd_event vd_answer_done(struct vd_server *s, int ok, vn_error *err)
{
	Vd__Done done = VD__DONE__INIT;

	done.ok = ok;
	return vd_answer(s, &done.base, err);
}

enum vd_event vd_answer_read(struct vd_server *s, int ok, uint8_t *data, size_t bytes,
                             vn_error *err)
{
	Vd__ReadDone done = VD__READ_DONE__INIT;

	done.ok = ok;
	done.has_data = 1;
	done.data.data = data;
	done.data.len = bytes;
	return vd_answer(s, &done.base, err);
}

/* ---- what is wrong with a message ---- */

enum vd_event vd_malformed(const struct vd_handler *self, vn_error *err)
{
	vn_error_set(err, VN_ERUNTIME, "is that XRT 2022.1 (2.13) at the other end?",
	             "the host's message %s (%" PRIu32 ") is malformed", self->name, self->opcode);
	return VD_FAILED;
}

/* @what has no address for the host's bytes: it is the host's mistake, who sees data unchanged. */
void vd_outside(struct vd_server *s, const struct vd_handler *self, const char *what,
                uint64_t address, uint64_t bytes)
{
	if (s->complaints++ < COMPLAINTS_MAX)
		vd_complain("%s: %" PRIu64 " bytes at 0x%" PRIx64 " are not %s; nothing is moved",
		            self->name, bytes, address, what);
	else
		vd_log(VD_LIFE, "%s: %" PRIu64 " bytes at 0x%" PRIx64 " are not %s", self->name,
		       bytes, address, what);
}

ProtobufCMessage *vd_unpack(const ProtobufCMessageDescriptor *type, const struct vd_message *m)
{
	return m->bytes > VD_SMALL_MAX ? NULL
	                               : protobuf_c_message_unpack(type, NULL, m->bytes, m->body);
}

void vd_release(void *message)
{
	protobuf_c_message_free_unpacked(message, NULL);
}

/* ---- life ---- */

static enum vd_event on_environment(struct vd_server *s, const struct vd_handler *self,
                                    const struct vd_message *m, vn_error *err)
{
	Vd__Environment *e = (Vd__Environment *)vd_unpack(&vd__environment__descriptor, m);

	if (!e)
		return vd_malformed(self, err);
	vd_log(VD_MESSAGES, "%s: %zu keys of xrt.ini", self->name, e->n_pairs);
	for (size_t i = 0; i < e->n_pairs && vd_log_has(VD_VALUES); i++)
		vd_log(VD_VALUES, "  %.64s=%.64s", e->pairs[i]->name ? e->pairs[i]->name : "",
		       e->pairs[i]->value ? e->pairs[i]->value : "");
	vd_release(e);
	return vd_answer_done(s, 1, err);
}

static enum vd_event on_close(struct vd_server *s, const struct vd_handler *self,
                              const struct vd_message *m, vn_error *err)
{
	(void)m;
	vd_log(VD_MESSAGES, "%s", self->name);
	vd_wire_no_requests(s->wire);
	return vd_answer_done(s, 1, err);
}

/* Nothing of the sort is simulated; the shim takes an empty answer for that. */
static enum vd_event on_nothing(struct vd_server *s, const struct vd_handler *self,
                                const struct vd_message *m, vn_error *err)
{
	const Vd__Nothing nothing = VD__NOTHING__INIT;

	if (!(s->nothings & 1u << m->opcode))
		vd_log(VD_MESSAGES, "%s: nothing, and further ones are not told", self->name);
	s->nothings |= 1u << m->opcode;
	return vd_answer(s, &nothing.base, err);
}

static enum vd_event on_time(struct vd_server *s, const struct vd_handler *self,
                             const struct vd_message *m, vn_error *err)
{
	Vd__Time time = VD__TIME__INIT;

	(void)m;
	time.nanoseconds = (uint64_t)((double)vd_clock_now(s->clock) * 1e3 / s->card->clock_mhz);
	vd_log(VD_MESSAGES, "%s: %" PRIu64 " ns", self->name, time.nanoseconds);
	return vd_answer(s, &time.base, err);
}

static enum vd_event on_unknown(struct vd_server *s, const struct vd_message *m, vn_error *err)
{
	vd_log(VD_LIFE, "message %" PRIu32 " of %zu bytes: not known, answered with false",
	       m->opcode, m->bytes);
	return vd_answer_done(s, 0, err);
}

/* ---- the conversation ---- */

static const struct vd_handler handlers[] = {
        {CLOSE, "Close", on_close},
        {4, "AllocDeviceBuffer", vd_on_allocate},
        {5, "FreeDeviceBuffer", vd_on_release},
        {6, "CopyBufferHost2Device", vd_on_to_card},
        {7, "CopyBufferDevice2Host", vd_on_from_card},
        {8, "WriteAddrSpaceDeviceRam", vd_on_memory_write},
        {9, "WriteAddrKernelCtrl", vd_on_register_write},
        {10, "ReadAddrSpaceDeviceRam", vd_on_memory_read},
        {11, "ReadAddrKernelCtrl", vd_on_register_read},
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
