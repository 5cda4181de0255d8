/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.h - the conversation: what each message of the host does to the card.
 */
#ifndef VD_SERVE_H
#define VD_SERVE_H

#include <stdint.h>

#include "include/vanillin.h"
#include "emulation/device/card.h"
#include "emulation/device/clock.h"
#include "emulation/device/unit.h"
#include "emulation/device/wire.h"

enum vd_end {
	VD_END_CLOSED, /* the host said so */
	VD_END_GONE,   /* the host went without a word */
	VD_END_SIGNAL, /* SIGTERM */
	VD_END_FAILED, /* and there is a sentence */
};

struct vd_server {
	const struct vd_card *card;
	struct vd_unit *units[VD_UNITS_MAX];
	struct vd_clock *clock;
	struct vd_wire *wire;
	uint64_t die; /* number of the message to die at; 0: none */

	uint64_t messages, bytes_to_card, bytes_from_card;
	unsigned complaints; /* about addresses */
	uint8_t *answer;     /* a packed one */
	size_t answer_room;
	uint32_t nothings; /* bit n: opcode n, which asks for what is not there, was told */
	uint32_t polled[VD_UNITS_MAX]; /* what CTRL read as last; repetitions are not logged */
};

/* Answer messages until the end.  Card memory and registers are touched only where they are;
 * a transfer outside of them moves nothing, is answered, and complained of; a message that is no
 * message of the protocol ends it (VD_END_FAILED).  Frees what it puts into @server. */
enum vd_end vd_serve(struct vd_server *server, vn_error *err);

#endif /* VD_SERVE_H */
