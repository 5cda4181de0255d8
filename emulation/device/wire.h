/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - the sockets between XRT's hw_emu shim and the device process, and the framing on them.
 *
 * The shim listens on /tmp/$USER/$EMULATION_SOCKETID, the device process connects.  A request is a
 * header of 14 bytes (0x09, length of the body as 8 bytes, 0x15, opcode as 4: a protobuf message of
 * constant length; little endian) and a body; an answer is a header of 9 (without the opcode) and a
 * body.  One request at a time.  A second socket, D2X_unix_sock_$EMULATION_SOCKETID beside the
 * first, is for requests of the device; we make none but the one that says that there will be none.
 *
 * Nothing that comes from a socket is trusted.  Blocking calls end at SIGTERM.
 */
#ifndef VD_WIRE_H
#define VD_WIRE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "include/vanillin.h"

enum {
	VD_BODY_MAX = 256 << 20,
	VD_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path),
};

struct vd_wire {
	int fd;       /* the host; -1: not connected */
	int requests; /* the second socket; -1: not connected */
	int signals;  /* signalfd for SIGTERM */
	char path[VD_PATH_MAX], requests_path[VD_PATH_MAX];
	uint8_t *buffer;         /* the message, and perhaps what follows it */
	size_t room, have, used; /* used: bytes of the message handed out last */
};

enum vd_event {
	VD_MESSAGE,
	VD_HOST_GONE, /* it closed the socket */
	VD_SIGNAL,    /* SIGTERM */
	VD_FAILED,    /* and there is a sentence */
};

struct vd_message {
	uint32_t opcode;
	const uint8_t *body; /* until the next vd_wire_receive */
	size_t bytes;
};

/* Names from USER and EMULATION_SOCKETID; SIGTERM is from now on an event, of threads that are
 * created later as well.  VN_EARG, VN_ERUNTIME. */
VN_MUST_CHECK int vd_wire_open(struct vd_wire *wire, vn_error *err);
/* Connect to both sockets; retries for @seconds, as long as the host's process is there.  Unlinks
 * the second one's name, which nobody else does.  VD_MESSAGE: connected. */
enum vd_event vd_wire_connect(struct vd_wire *wire, int seconds, vn_error *err);
/* Blocks until there is a whole message. */
enum vd_event vd_wire_receive(struct vd_wire *wire, struct vd_message *message, vn_error *err);
/* Header and body in two parts, either may be empty.  VD_MESSAGE: sent. */
enum vd_event vd_wire_answer(struct vd_wire *wire, const void *body, size_t bytes, const void *more,
                             size_t more_bytes, vn_error *err);
/* Tell the thread of the shim that serves the second socket to end. */
void vd_wire_no_requests(struct vd_wire *wire);
/* Removes the second socket's name; with @remove also the first's, which a host that died has left.
 */
void vd_wire_close(struct vd_wire *wire, int remove);

#endif /* VD_WIRE_H */
