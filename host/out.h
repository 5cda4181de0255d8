/* SPDX-License-Identifier: Apache-2.0
 *
 * out.h - what the program says: errors, progress, JSON; and whether it was interrupted.
 */
#ifndef VH_OUT_H
#define VH_OUT_H

#include <jansson.h>
#include <stdio.h>

#include "include/vanillin.h"

/* With --json, errors are also an object on stdout. */
void vh_set_json(int on);

/* Print @text, which may be anybody's, between two of the program's own: escaped as base/escape.h
 * says.  What comes from a file, an option or a library is printed by this, or as JSON. */
void vh_say(FILE *file, const char *before, const char *text, const char *after);

/* "vanillin: <sentence>", "hint: vanillin @cmd --help".  @cmd: NULL before there is a command.
 * Returns VH_USAGE. */
__attribute__((format(printf, 2, 3))) int vh_usage(const char *cmd, const char *fmt, ...);
/* "vanillin: <sentence>", "hint: <fix>".  Returns VH_FAILED. */
int vh_report(const vn_error *err);
/* "vanillin: note: <sentence>" on stderr: what was chosen or left out, and not an error. */
__attribute__((format(printf, 1, 2))) void vh_note(const char *fmt, ...);
int vh_version(void);

/* @text as a JSON string, which is UTF-8: bytes that are not become U+FFFD.  NULL without memory.
 */
json_t *vh_json_text(const char *text);
/* Print @object, what a terminal would obey escaped, and its end of line, and drop it.  NULL: there was no memory for it.  VH_OK or
 * VH_FAILED. */
int vh_print_json(json_t *object);

/* A bar on stderr, if that is a terminal and the work takes more than two seconds.  One thread at a
 * time. */
struct vh_progress {
	const char *what;
	double begun, drawn; /* seconds */
	int on, shown;
};
void vh_progress_begin(struct vh_progress *p, const char *what);
void vh_progress(struct vh_progress *p, double fraction);
void vh_progress_end(struct vh_progress *p); /* wipes the bar */

/* Monotonic seconds. */
double vh_seconds(void);

/* From here on an interrupt (SIGINT) only sets a flag; a second one ends the program. */
void vh_catch_interrupt(void);
int vh_interrupted(void);
/* "vanillin: interrupted".  Returns VH_INTERRUPTED. */
int vh_report_interrupt(void);
enum { VH_STOPPED = 1 }; /* what a call beside VN_E* codes returns: interrupted */
/* VH_OK, or what a failed command exits with, having said why: @rc is a VN_E* code or VH_STOPPED. */
int vh_exit_code(int rc, const vn_error *err);

#endif /* VH_OUT_H */
