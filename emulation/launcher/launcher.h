/* SPDX-License-Identifier: Apache-2.0
 *
 * launcher.h - running a program against emulated cards: XRT's hw_emu with neither Vitis nor root.
 *
 * Reading order: host/emulate.c (who calls), folder.c (the private folder), xrt.c (what XRT looks
 * for: libraries, files, environment), child.c (the program, signals, the end), card.c (does the
 * card's process live?), tree.c (processes).  docs/emulation.md tells why.
 */
#ifndef VE_LAUNCHER_H
#define VE_LAUNCHER_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "include/vanillin.h"

enum {
	VE_NAME = 48,      /* bytes of the run folder's name; XRT makes a socket's path of it */
	VE_CARDS_MAX = 16, /* emulated cards */
	VE_FREE_MIB = 64,  /* that a run folder should have room for */
	VE_PLATFORM = 64,  /* bytes of a platform's name, as in an .xclbin */
};

/* What the user asks for. */
struct ve_emulation {
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
enum ve_exit {
	VE_TIMEOUT = 124, /* it was ended because of the time-out */
	VE_FAILED = 125,  /* it could not be set up, or the card's process ended */
	VE_CANNOT = 126,  /* the program is there and cannot be started */
	VE_NOT_FOUND = 127,
};

/* ---- folder.c ---- */

/* A folder for one run, by the name of which USER is set: XRT makes its sockets in /tmp/$USER.  It
 * is locked as long as its launcher lives. */
struct ve_folder {
	char path[PATH_MAX]; /* in $TMPDIR, else /tmp */
	char name[VE_NAME];
	char sockets[VE_NAME + 8]; /* /tmp/@name; the same folder unless TMPDIR is set */
	int lock[2];               /* of both; -1: none */
};

/* Remove what launchers that were killed have left, then make a folder.  VN_EIO: no room, not
 * writable. */
VN_MUST_CHECK int ve_folder_make(struct ve_folder *f, vn_error *err);
/* A small file @name in @f, or a folder or link.  VN_EIO. */
VN_MUST_CHECK int ve_write(const struct ve_folder *f, const char *name, const char *text,
                           vn_error *err);
VN_MUST_CHECK int ve_subfolder(const struct ve_folder *f, const char *name, vn_error *err);
VN_MUST_CHECK int ve_link(const struct ve_folder *f, const char *name, const char *target,
                          vn_error *err);
/* MiB free on the disk of @f; -1: not known. */
long ve_free_mib(const struct ve_folder *f);
/* Let it outlive this process, @path renamed, less the sockets if they are elsewhere.  VN_EIO. */
VN_MUST_CHECK int ve_folder_keep(struct ve_folder *f, vn_error *err);
/* Remove it with all in it, unless it is kept, and unlock it. */
void ve_folder_drop(struct ve_folder *f);

/* ---- xrt.c ---- */

/* The folder of libxrt_core.so.2: in $VANILLIN_XRT_LIB if set, $XILINX_XRT/lib, the usual places,
 * the loader's cache.  0: there is none. */
int ve_xrt_library(char folder[PATH_MAX]);
/* The path of a file that is built with this program: beside it in sim/, or in ../lib/vanillin.
 * 0: it is not there. */
int ve_own_file(const char *name, char path[PATH_MAX]);
/* Is program @name in PATH? */
int ve_in_path(const char *name);
/* The platform of the default card. */
const char *ve_platform(void);
/* Is there all that emulation needs?  VN_ENODEV: no XRT, no unzip, no preload. */
VN_MUST_CHECK int ve_check(vn_error *err);
/* Fill @f with what XRT reads, and set this process's environment for the program.  VN_ENODEV: no
 * XRT, no unzip, no such card; VN_EIO. */
VN_MUST_CHECK int ve_prepare(const struct ve_emulation *e, const struct ve_folder *f,
                             vn_error *err);

/* ---- child.c ---- */

/* Run the program to its end; on return nothing that it started is left.  @exit_code: the
 * program's, 128 + signal, or an enum ve_exit with @err filled: VN_ETIMEOUT, VN_ERUNTIME (the
 * card's process ended), VN_ENODEV (no such program).  Returns err's code or 0. */
VN_MUST_CHECK int ve_run(const struct ve_emulation *e, const struct ve_folder *f, int *exit_code,
                         vn_error *err);

/* ---- card.c ---- */

/* What is known of the cards' processes; zero it before the first look. */
struct ve_cards {
	int64_t gone_since;       /* ms; 0: all live */
	pid_t seen[VE_CARDS_MAX]; /* that lived at a look, the latest ones */
	unsigned seen_n;
};

/* Has the process of a card that the program has open ended?  To be asked again and again; 1 once
 * that has lasted long enough to be no ordinary end.  @why as of ve_card_why. */
int ve_card_gone(struct ve_cards *cards, const struct ve_folder *f, char *why);

/* Was @pid the process of a card, at some look? */
int ve_card_seen(const struct ve_cards *cards, pid_t pid);
/* The end of a process in words, by waitpid's status: "(signal 9)"; 64 bytes. */
void ve_card_why(int status, char *why);
/* Has a program ended without closing its card? */
int ve_card_left_open(const struct ve_folder *f);

/* ---- tree.c ---- */

struct ve_process {
	pid_t pid, parent, group;
	char state;    /* 'Z': a zombie */
	int exit_code; /* of a zombie, as of waitpid */
};

/* 0: no such process. */
int ve_process_get(pid_t pid, struct ve_process *p);
/* Does @pid have @setting, as in "NAME=value" or "NAME=", in the environment it was started with?
 */
int ve_process_has(pid_t pid, const char *setting);
/* Call @each for every descendant of @root, parents first.  Without memory for all: for some. 0:
 * the kernel does not tell (it lacks CONFIG_PROC_CHILDREN), or @root is gone. */
int ve_process_tree(pid_t root, void (*each)(const struct ve_process *p, void *ctx), void *ctx);

#endif /* VE_LAUNCHER_H */
