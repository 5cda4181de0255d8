/* SPDX-License-Identifier: Apache-2.0
 *
 * emulate.h - programs on emulated cards, and this program itself by --emulate.
 */
#ifndef VH_EMULATE_H
#define VH_EMULATE_H

#include "emulation/launcher/launcher.h"

/* Run it; the exit code, that of the program or an enum ve_exit.  What goes wrong is reported. */
int vh_emulate(const struct ve_emulation *e);

/* Does this process run under vanillin emulate? */
int vh_emulated(void);
/* Run this program with @argv under emulation, @card or, if it is NULL, the one that its devices
 * need; an enum vh_exit, or what the program returned. */
int vh_emulate_again(char **argv, const char *card);

#endif /* VH_EMULATE_H */
