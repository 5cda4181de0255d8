/* SPDX-License-Identifier: Apache-2.0
 *
 * log.c - the log file and complaints.
 */
#include "emulation/device/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/escape.h"

enum { LINE = 1024 };

/* Set before there are threads. */
static int file = -1;
static enum vd_level most;
static struct timespec opened;

int vd_log_open(const char *path, enum vd_level level, vn_error *err)
{
	clock_gettime(CLOCK_MONOTONIC, &opened);
	most = level;
	if (!path[0])
		return 0;
	file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (file < 0)
		return vn_fail(err, VN_EIO, "VANILLIN_CARD names it as log=FILE",
		               "the log %s cannot be written: %s", path, strerror(errno));
	return 0;
}

void vd_log_close(void)
{
	if (file >= 0)
		close(file);
	file = -1;
}

int vd_log_has(enum vd_level level)
{
	return file >= 0 && level <= most;
}

/* "pid seconds text\n", cut to a line's length. */
static void put(const char *fmt, va_list ap)
{
	char line[LINE];
	struct timespec now;
	int64_t us;
	int used, more;

	clock_gettime(CLOCK_MONOTONIC, &now);
	us = (int64_t)(now.tv_sec - opened.tv_sec) * 1000000 +
	     (now.tv_nsec - opened.tv_nsec) / 1000;
	used = snprintf(line, sizeof(line) - 1, "%d %2lld.%06d ", (int)getpid(),
	                (long long)(us / 1000000), (int)(us % 1000000));
	more = vsnprintf(line + used, sizeof(line) - 1 - (size_t)used, fmt, ap);
	used += more < 0 ? 0 : more;
	if (used > LINE - 2)
		used = LINE - 2;
	line[used++] = '\n';
	if (write(file, line, (size_t)used) < 0)
		return; /* lost */
}

void vd_log(enum vd_level level, const char *fmt, ...)
{
	va_list ap;

	if (!vd_log_has(level))
		return;
	va_start(ap, fmt);
	put(fmt, ap);
	va_end(ap);
}

void vd_complain(const char *fmt, ...)
{
	char text[LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("vn_device: ", stderr);
	vn_put(stderr, text); /* it may hold what is in the .xclbin */
	fputs("\n", stderr);
	vd_log(VD_LIFE, "%s", text);
}
