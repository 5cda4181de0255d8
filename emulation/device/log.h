/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - what the device process tells: a log file, and complaints on stderr, which XRT leaves
 * connected to the host's.
 *
 * One log of the process, for all of its threads; each line is one write, so that processes may
 * share a file.  Nothing here fails: a line that cannot be written is lost.
 */
#ifndef VD_LOG_H
#define VD_LOG_H

#include "include/vanillin.h"

enum vd_level {
	VD_LIFE,     /* begin, end, what went wrong */
	VD_MESSAGES, /* a line for each message from the host and each event of a compute unit */
	VD_VALUES,   /* the values of registers as well */
};

/* Append to @path what is at most @level; "": no log.  VN_EIO. */
VN_MUST_CHECK int vd_log_open(const char *path, enum vd_level level, vn_error *err);
void vd_log_close(void);

/* Whether lines of @level are kept: to spare making them. */
int vd_log_has(enum vd_level level);
/* A line, given without its end. */
__attribute__((format(printf, 2, 3))) void vd_log(enum vd_level level, const char *fmt, ...);
/* A sentence for the user: on stderr and in the log. */
__attribute__((format(printf, 1, 2))) void vd_complain(const char *fmt, ...);

#endif /* VD_LOG_H */
