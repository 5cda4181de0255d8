/* SPDX-License-Identifier: Apache-2.0
 *
 * host.h - a host as XRT's shim is one: it starts build/sim/vn_device in a private folder, listens
 * on its two sockets, and converses.
 *
 * Every call fails the test when it cannot do what it should within host_limit() seconds.
 */
#ifndef TESTS_DEVICE_HOST_H
#define TESTS_DEVICE_HOST_H

#include <sys/types.h>

#include "tests/device/message.h"

enum {
	UNIT_RANGE = 0x10000,
	CTRL_BUSY = 1,
	CTRL_DONE = 2,
	CTRL_IDLE = 4,
};
#define UNIT(n)    (0x1800000u + (uint64_t)(n)*UNIT_RANGE)
#define HBM0       0x0u
#define HBM1       0x10000000u
#define HBM_BYTES  0x10000000u
#define DDR0       0x400000000u
#define DDR0_BYTES 0x400000000u

struct host {
	char folder[32], id[32];         /* id: EMULATION_SOCKETID */
	const char *user;                /* USER; NULL: the name of the folder */
	pid_t pid;                       /* 0: not started, or waited for */
	int listener, requests_listener; /* -1: closed */
	int fd, requests;                /* -1: not connected */
};

/* $LIMIT, or 30. */
int host_limit(void);

/* Make the folder with card.json (@units compute units 8x8; banks HBM0, HBM1, DDR0) and the
 * plug-in: that of rtl/, or if @fake the stand-in of tests/sim.  0: that plug-in has not been
 * built. */
int host_open(struct host *h, int units, int fake);
/* End the process, remove the folder; fails if the process left anything there. */
void host_close(struct host *h);

/* Start the device process with VANILLIN_CARD=@options, XRT's arguments, stderr to a file. */
void host_spawn(struct host *h, const char *options);
void host_listen(struct host *h);
void host_accept(struct host *h);
/* All three. */
void host_start(struct host *h, const char *options);
/* Close the sockets, as the end of the host's process would. */
void host_vanish(struct host *h);
/* Remove the name of the first socket, as the shim does at a normal end. */
void host_remove_socket(struct host *h);
/* The process' status, once it has ended. */
int host_wait(struct host *h);
/* Whether a file of the folder ("stderr") holds @text. */
int host_file_has(const struct host *h, const char *name, const char *text);
/* A number of report.json: "card_cycles", or of the compute unit @unit unless negative. */
uint64_t host_report(const struct host *h, int unit, const char *key);

/* Send a message, or take the answer into @answer (may be NULL); both. */
void host_send(struct host *h, uint32_t opcode, const struct body *body);
void host_answer(struct host *h, struct body *answer);
void host_call(struct host *h, uint32_t opcode, const struct body *body, struct body *answer);
/* Bytes that were moved. */
uint64_t host_to_card(struct host *h, uint64_t address, uint64_t seek, const void *data, size_t n);
uint64_t host_from_card(struct host *h, uint64_t address, uint64_t skip, void *data, size_t n);
/* A register, or several from @address on.  What the answer says of success. */
int host_write(struct host *h, uint64_t address, const uint32_t *words, size_t n);
int host_read(struct host *h, uint64_t address, uint32_t *words, size_t n);
void host_set(struct host *h, uint64_t address, uint32_t value);
uint32_t host_get(struct host *h, uint64_t address);
/* Close, as XRT does, and expect the exit status 0. */
void host_goodbye(struct host *h);

#endif /* TESTS_DEVICE_HOST_H */
