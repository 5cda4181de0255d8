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

/* The place of a file that may not be there yet.  -1 with errno: no such folder. */
static int whole_path(const char *path, char whole[PATH_MAX])
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const int length = slash ? (int)(name - path) : 1;
	char folder[PATH_MAX];
	size_t n;

	if (realpath(path, whole))
		return 0;
	errno = *name ? ENAMETOOLONG : ENOENT;
	if (!*name || snprintf(folder, PATH_MAX, "%.*s", length, slash ? path : ".") >= PATH_MAX ||
	    !realpath(folder, whole))
		return -1;
	n = strlen(whole);
	errno = ENAMETOOLONG;
	return snprintf(whole + n, PATH_MAX - n, "/%s", name) < (int)(PATH_MAX - n) ? 0 : -1;
}

/* errno, or 0. */
static int open_temp(struct vn_outfile *out, size_t size)
{
	int fd = -1;

	for (int i = 0; fd < 0 && i < TEMPS_MAX; i++) {
		snprintf(out->temp, size, "%s.%ld-%d.tmp", out->path, (long)getpid(), i);
		fd = open(out->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	if (fd < 0)
		return errno;
	out->file = fdopen(fd, "wb");
	if (!out->file) {
		close(fd);
		unlink(out->temp);
		return ENOMEM;
	}
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

int vn_outfile_claim(struct vn_outfile *out, const char *what, const char *path, vn_error *err)
{
	char whole[PATH_MAX];
	int rc = check_place(what, path, err);

	*out = (struct vn_outfile){0};
	if (rc)
		return rc;
	if (whole_path(path, whole))
		return failed(what, path, errno, err);
	out->path = strdup(whole);
	if (!out->path)
		return vn_fail_nomem(err, strlen(whole) + 1, "the name of a file");
	if (enlist(out))
		return 0;
	forget(out);
	return vn_fail(err, VN_EARG, "name another file, or use one device",
	               "%s%.200s: this process writes the file already", what, path);
}

int vn_outfile_open(struct vn_outfile *out, const char *what, const char *path, vn_error *err)
{
	int why, rc = vn_outfile_claim(out, what, path, err);
	size_t size;

	if (rc)
		return rc;
	size = strlen(out->path) + 32;
	out->temp = malloc(size);
	if (!out->temp) {
		rc = vn_fail_nomem(err, size, "the name of a file");
	} else {
		why = open_temp(out, size);
		if (why)
			rc = failed(what, path, why, err);
	}
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
	if (out->file) {
		fclose(out->file);
		unlink(out->temp);
	}
	if (out->path)
		forget(out);
}
