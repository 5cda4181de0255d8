/* SPDX-License-Identifier: Apache-2.0
 *
 * emulate.h - running a program against emulated cards: XRT's hw_emu with neither Vitis nor root.
 *
 * Reading order: cmd_emulate.c (the command line), emulate_choose.c (cards that devices need),
 * emulate_folder.c (the private folder),
 * emulate_xrt.c (what XRT looks for: libraries, files, environment), emulate_child.c (the program,
 * signals, the end), emulate_card.c (does the card's process live?), emulate_tree.c (processes).
 * docs/emulation.md tells why.
 */
#ifndef VH_EMULATE_H
#define VH_EMULATE_H

#include <limits.h>
#include <sys/types.h>

#include "include/vanillin.h"

enum {
	VH_EMU_NAME = 48,      /* bytes of the run folder's name; XRT makes a socket's path of it */
	VH_EMU_CARDS_MAX = 16, /* emulated cards */
	VH_EMU_FREE_MIB = 64,  /* that a run folder should have room for */
	VH_EMU_PLATFORM = 64,  /* bytes of a platform's name, as in an .xclbin */
};

/* What the user asks for. */
struct vh_emulation {
	const char *card;       /* name of a card, or of a platform; NULL: the default */
	const char *xclbin_dir; /* NULL, or a folder for $VANILLIN_XCLBIN_DIR */
	const char *log;        /* NULL, or the file for the cards' own account */
	long devices;
	long timeout;        /* seconds; 0: none */
	int keep;            /* leave the run folder */
	const char *program; /* a path, or a name that PATH has */
	char **argv;         /* its name in messages, its arguments, and a NULL */
};

/* The exit codes that are not the program's. */
enum vh_emu_exit {
	VH_EMU_TIMEOUT = 124, /* it was ended because of the time-out */
	VH_EMU_FAILED = 125,  /* it could not be set up, or the card's process ended */
	VH_EMU_CANNOT = 126,  /* the program is there and cannot be started */
	VH_EMU_NOT_FOUND = 127,
};

/* ---- emulate_choose.c ---- */

/* What the devices xrt: and ocl: that a command line names need: how many cards, and the platform
 * of the .xclbin that they name; else the default card's if there is an .xclbin for it, else that
 * of the first that there is. */
void vh_emu_choose(char *const *argv, long *cards, char platform[VH_EMU_PLATFORM]);

/* ---- emulate_folder.c ---- */

/* A folder for one run, by the name of which USER is set: XRT makes its sockets in /tmp/$USER.  It
 * is locked as long as its launcher lives. */
struct vh_emu_folder {
	char path[PATH_MAX]; /* in $TMPDIR, else /tmp */
	char name[VH_EMU_NAME];
	char sockets[VH_EMU_NAME + 8]; /* /tmp/@name; the same folder unless TMPDIR is set */
	int lock[2];                   /* of both; -1: none */
};

/* Remove what launchers that were killed have left, then make a folder.  VN_EIO: no room, not
 * writable. */
VN_MUST_CHECK int vh_emu_folder_make(struct vh_emu_folder *f, vn_error *err);
/* A small file @name in @f, or a folder or link.  VN_EIO. */
VN_MUST_CHECK int vh_emu_write(const struct vh_emu_folder *f, const char *name, const char *text,
                               vn_error *err);
VN_MUST_CHECK int vh_emu_subfolder(const struct vh_emu_folder *f, const char *name, vn_error *err);
VN_MUST_CHECK int vh_emu_link(const struct vh_emu_folder *f, const char *name, const char *target,
                              vn_error *err);
/* MiB free on the disk of @f; -1: not known. */
long vh_emu_free_mib(const struct vh_emu_folder *f);
/* Let it outlive this process, @path renamed, less the sockets if they are elsewhere.  VN_EIO. */
VN_MUST_CHECK int vh_emu_folder_keep(struct vh_emu_folder *f, vn_error *err);
/* Remove it with all in it, unless it is kept, and unlock it. */
void vh_emu_folder_drop(struct vh_emu_folder *f);

/* ---- emulate_xrt.c ---- */

/* The folder of libxrt_core.so.2: in $VANILLIN_XRT_LIB if set, $XILINX_XRT/lib, the usual places,
 * the loader's cache.  0: there is none. */
int vh_xrt_library(char folder[PATH_MAX]);
/* The path of a file that is built with this program: beside it in sim/, or in ../lib/vanillin.
 * 0: it is not there. */
int vh_own_file(const char *name, char path[PATH_MAX]);
/* Is program @name in PATH? */
int vh_in_path(const char *name);
/* The platform of the default card. */
const char *vh_emu_platform(void);
/* Is there all that emulation needs?  VN_ENODEV: no XRT, no unzip, no preload. */
VN_MUST_CHECK int vh_emu_check(vn_error *err);
/* Fill @f with what XRT reads, and set this process's environment for the program.  VN_ENODEV: no
 * XRT, no unzip, no such card; VN_EIO. */
VN_MUST_CHECK int vh_emu_prepare(const struct vh_emulation *e, const struct vh_emu_folder *f,
                                 vn_error *err);

/* ---- emulate_child.c ---- */

/* Run the program to its end; on return nothing that it started is left.  @exit_code: the
 * program's, 128 + signal, or an enum vh_emu_exit with @err filled: VN_ETIMEOUT, VN_ERUNTIME (the
 * card's process ended), VN_ENODEV (no such program).  Returns err's code or 0. */
VN_MUST_CHECK int vh_emu_run(const struct vh_emulation *e, const struct vh_emu_folder *f,
                             int *exit_code, vn_error *err);

/* ---- emulate_card.c ---- */

/* What is known of the cards' processes; zero it before the first look. */
struct vh_emu_cards {
	double gone_since; /* seconds; 0: all live */
};

/* Has the process of a card that the program has open ended?  To be asked again and again; 1 once
 * that has lasted long enough to be no ordinary end.  @why as of vh_emu_card_why. */
int vh_emu_card_gone(struct vh_emu_cards *cards, const struct vh_emu_folder *f, char *why);

/* The end of a process in words, by waitpid's status: "(signal 9)"; 64 bytes. */
void vh_emu_card_why(int status, char *why);
/* Has a program ended without closing its card? */
int vh_emu_card_left_open(const struct vh_emu_folder *f);

/* ---- emulate_tree.c ---- */

struct vh_process {
	pid_t pid, parent, group;
	char state;    /* 'Z': a zombie */
	int exit_code; /* of a zombie, as of waitpid */
};

/* 0: no such process. */
int vh_process_get(pid_t pid, struct vh_process *p);
/* Does @pid have @setting, as in "NAME=value" or "NAME=", in the environment it was started with?
 */
int vh_process_has(pid_t pid, const char *setting);
/* Call @each for every descendant of @root, parents first.  Without memory for all: for some. 0:
 * the kernel does not tell (it lacks CONFIG_PROC_CHILDREN), or @root is gone. */
int vh_process_tree(pid_t root, void (*each)(const struct vh_process *p, void *ctx), void *ctx);

#endif /* VH_EMULATE_H */
