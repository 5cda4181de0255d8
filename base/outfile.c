/* SPDX-License-Identifier: Apache-2.0
 *
 * outfile.c - see outfile.h.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"

enum { TEMPS_MAX = 1000 }; /* names tried; a process that was killed leaves one behind */

/* Of this process, and those it inherited by a fork, which are its parent's. */
static struct vn_outfile *open_files;

static int failed(const char *what, const char *path, int why, vn_error *err)
{
	return vn_fail(err, VN_EIO, "check the folder, its permissions and the free space",
	               "%s%.200s: cannot be written: %s", what, path, strerror(why ? why : EIO));
}

/* Moving a file into place would also remove a device, a pipe, or a file that its owner has
 * write-protected. */
static int check_place(const char *what, const char *path, vn_error *err)
{
	struct stat st;

	if (stat(path, &st))
		return 0;
	if (!S_ISREG(st.st_mode))
		return vn_fail(err, VN_EIO, "name a file",
		               "%s%.200s: cannot be written: it is not an ordinary file", what,
		               path);
	return access(path, W_OK) ? failed(what, path, errno, err) : 0;
}

/* The place of a file that may not be there yet; free.  NULL with errno: no such folder. */
static char *whole_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char *whole = realpath(path, NULL), *folder, *text;
	size_t size;

	if (whole)
		return whole;
	if (!*name) {
		errno = ENOENT;
		return NULL;
	}
	text = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
	folder = text ? realpath(text, NULL) : NULL;
	free(text);
	if (!folder)
		return NULL;
	size = strlen(folder) + strlen(name) + 2;
	whole = malloc(size);
	if (whole)
		snprintf(whole, size, "%s/%s", folder, name);
	free(folder);
	return whole;
}

static int open_temp(struct vn_outfile *out)
{
	const size_t size = strlen(out->path) + 32;
	int fd = -1;

	out->temp = malloc(size);
	if (!out->temp)
		return -1;
	for (int i = 0; fd < 0 && i < TEMPS_MAX; i++) {
		snprintf(out->temp, size, "%s.%ld-%d.tmp", out->path, (long)getpid(), i);
		fd = open(out->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	out->file = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!out->file && fd >= 0) {
		close(fd);
		unlink(out->temp);
	}
	if (!out->file)
		return -1;
	setvbuf(out->file, NULL, _IONBF, 0);
	return 0;
}

static int is_open(const char *path)
{
	for (const struct vn_outfile *o = open_files; o; o = o->next)
		if (o->process == vn_process() && strcmp(o->path, path) == 0)
			return 1;
	return 0;
}

/* Put it among those that are open; 0: its place is another's. */
static int enlist(struct vn_outfile *out)
{
	int mine;

	vn_process_lock();
	mine = !is_open(out->path);
	if (mine) {
		out->process = vn_process();
		out->next = open_files;
		open_files = out;
	}
	vn_process_unlock();
	return mine;
}

static void forget(struct vn_outfile *out)
{
	struct vn_outfile **at = &open_files;

	vn_process_lock();
	while (*at && *at != out)
		at = &(*at)->next;
	if (*at)
		*at = out->next;
	vn_process_unlock();
	free(out->path);
	free(out->temp);
	*out = (struct vn_outfile){0};
}

int vn_outfile_open(struct vn_outfile *out, const char *what, const char *path, vn_error *err)
{
	int rc = check_place(what, path, err);

	*out = (struct vn_outfile){0};
	if (rc)
		return rc;
	out->path = whole_path(path);
	if (!out->path)
		return failed(what, path, errno, err);
	if (!enlist(out))
		rc = vn_fail(err, VN_EARG, "name another file, or use one device",
		             "%s%.200s: this process writes the file already", what, path);
	else if (open_temp(out))
		rc = failed(what, path, errno, err);
	if (rc)
		forget(out);
	return rc;
}

void vn_outfile_print(struct vn_outfile *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vfprintf(out->file, fmt, ap) < 0 && !out->error)
		out->error = errno ? errno : EIO;
	va_end(ap);
}

/* errno, or 0. */
static int close_file(struct vn_outfile *out)
{
	int why = out->error;

	if (!why && ferror(out->file))
		why = EIO;
	if (!why && (fflush(out->file) || fsync(fileno(out->file))))
		why = errno;
	if (fclose(out->file) && !why)
		why = errno;
	return why;
}

int vn_outfile_finish(struct vn_outfile *out, const char *what, vn_error *err)
{
	int why = close_file(out), rc = 0;

	if (!why && rename(out->temp, out->path))
		why = errno;
	if (why) {
		unlink(out->temp);
		rc = failed(what, out->path, why, err);
	}
	forget(out);
	return rc;
}

void vn_outfile_drop(struct vn_outfile *out)
{
	if (!out->file)
		return;
	fclose(out->file);
	unlink(out->temp);
	forget(out);
}
