/* SPDX-License-Identifier: Apache-2.0
 *
 * xrt_env.h - inside the driver: what must be right before the first call of XRT, natively or
 * through OpenCL.
 *
 * XRT ends the process where its environment is wrong, so the back ends xrt: and ocl: look first.
 * Nothing here calls XRT or blocks.
 */
#ifndef VN_XRT_ENV_H
#define VN_XRT_ENV_H

#include <signal.h>
#include <stddef.h>

#include "driver/backend.h"
#include "include/vanillin.h"

enum { VN_XRT_CARDS_MAX = 8 /* of one device */ };

/* Whether cards are emulated: XCL_EMULATION_MODE is set. */
int vn_xrt_emulation(void);

/* The rest of the URI, "0" or "0+2", to card numbers as XRT counts them.  Empty: card 0. VN_ENODEV.
 */
VN_MUST_CHECK int vn_xrt_cards(const struct vn_uri *uri, int cards[VN_XRT_CARDS_MAX], int *n,
                               vn_error *err);

/* XILINX_XRT and the library behind it; under emulation also the mode, USER, the cards that
 * emconfig.json has, unzip, SIGCHLD.  @scheme: for the message.  VN_ENODEV names the variable or
 * the file, and how to set it. */
VN_MUST_CHECK int vn_xrt_env_check(const char *scheme, const int *cards, int n, vn_error *err);

/* Why there may be no such card, for when XRT has none: VN_ENODEV. */
int vn_xrt_no_card(const char *scheme, int card, vn_error *err);

/* XRT ends the process when it opens a card twice: take each before it is opened, by whichever back
 * end, and give it back after it was closed.  VN_ENODEV: it is taken. */
VN_MUST_CHECK int vn_xrt_take_card(const char *scheme, int card, vn_error *err);
void vn_xrt_give_card(int card);

/* A library of XRT, by its file name: of $XILINX_XRT/lib, else as the system finds it.  It stays
 * for the life of the process.  VN_ENODEV with the loader's reason. */
VN_MUST_CHECK int vn_xrt_library(const char *scheme, const char *file, void **library,
                                 vn_error *err);

/* Around calls that make XRT's threads, which inherit what is blocked: signals are for the
 * program's own threads, and a SIGPIPE of a dead device process is for nobody. */
void vn_xrt_block_signals(sigset_t *before);
void vn_xrt_restore_signals(const sigset_t *before);

/* "Alveo cards through @what; ...": what is here, for vn_device_list. */
void vn_xrt_describe(const char *what, char *text, size_t size);

#endif /* VN_XRT_ENV_H */
