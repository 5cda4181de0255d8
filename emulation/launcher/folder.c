/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.c - the private folder of an emulated run, and what killed launchers left.
 */
#define _GNU_SOURCE /* flock, nftw, ST_NOEXEC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/error.h"
#include "emulation/launcher/launcher.h"

enum { TRIES = 20, OPEN_FOLDERS = 16, MIB = 1 << 20 };

static const char PREFIX[] = "vanillin-emu.", SOCKETS[] = "/tmp";

/* ---- removing ---- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_DP)
		rmdir(path);
	else
		unlink(path);
	return 0;
}

static void remove_tree(const char *path)
{
	nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* The folder's lock, or -1: another has it, or it is none of ours. */
static int lock_folder(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat held, there;

	if (fd < 0)
		return -1;
	/* Another may have removed it, thinking it left behind, before it was locked. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 &&
	    held.st_uid == geteuid() && lstat(path, &there) == 0 && there.st_ino == held.st_ino)
		return fd;
	close(fd);
	return -1;
}

/* ---- what is left of launchers that were killed ---- */

/* "vanillin-emu.123.AbCdEf" */
static int is_run_folder(const char *name)
{
	const size_t prefix = sizeof(PREFIX) - 1;
	char unique[7] = "";
	int end = 0;

	return strncmp(name, PREFIX, prefix) == 0 &&
	       sscanf(name + prefix, "%*9d.%6[A-Za-z0-9]%n", unique, &end) == 1 &&
	       strlen(unique) == 6 && name[prefix + (size_t)end] == '\0';
}

/* End the processes that were started for @path. */
static void end_processes(const char *path)
{
	char setting[2 * PATH_MAX];
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	snprintf(setting, sizeof(setting), "SDACCEL_EM_RUN_DIR=%s", path);
	while (proc && (entry = readdir(proc))) {
		const pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 1 && pid != getpid() && ve_process_has(pid, setting))
			kill(pid, SIGKILL);
	}
	if (proc)
		closedir(proc);
}

static void sweep(const char *parent)
{
	struct dirent *entry;
	DIR *dir = opendir(parent);

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX + NAME_MAX];
		int lock;

		if (!is_run_folder(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", parent, entry->d_name);
		lock = lock_folder(path);
		if (lock < 0)
			continue;
		end_processes(path);
		remove_tree(path);
		close(lock);
	}
	if (dir)
		closedir(dir);
}

/* ---- making ---- */

/* XRT puts the path unquoted into shell commands. */
static int is_plain(const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                            "/._+-,@=";

	return path[0] == '/' && path[strspn(path, plain)] == '\0' && strlen(path) < PATH_MAX / 4;
}

static int fail_io(vn_error *err, const char *path)
{
	const int error = errno;

	return vn_fail(err, VN_EIO,
	               error == ENOSPC || error == EDQUOT
	                       ? "free some room, or set TMPDIR to a folder on another disk"
	                       : "set TMPDIR to a folder that can be written",
	               "the run folder %.300s: %s", path, strerror(error));
}

/* One try; 1: it was swept away before it was locked. */
static int try_make(struct ve_folder *f, const char *parent, vn_error *err)
{
	snprintf(f->path, sizeof(f->path), "%s/%s%d.XXXXXX", parent, PREFIX, (int)getpid());
	if (!mkdtemp(f->path))
		return fail_io(err, f->path);
	f->lock[0] = lock_folder(f->path);
	if (f->lock[0] < 0)
		return 1;
	snprintf(f->name, sizeof(f->name), "%s", strrchr(f->path, '/') + 1);
	snprintf(f->sockets, sizeof(f->sockets), "%s/%s", SOCKETS, f->name);
	if (strcmp(f->sockets, f->path) == 0)
		return 0;
	if (mkdir(f->sockets, 0700) != 0)
		return fail_io(err, f->sockets);
	f->lock[1] = lock_folder(f->sockets);
	return f->lock[1] < 0;
}

long ve_free_mib(const struct ve_folder *f)
{
	struct statvfs fs;

	return statvfs(f->path, &fs) == 0 ? (long)(fs.f_bavail * (fs.f_frsize / 512) / (MIB / 512))
	                                  : -1;
}

/* An emulated card's program is put there, and run. */
static int check_disk(const struct ve_folder *f, vn_error *err)
{
	const long mib = ve_free_mib(f);
	struct statvfs fs;

	if (mib >= 0 && mib < VE_FREE_MIB)
		return vn_fail(err, VN_EIO,
		               "free some room, or set TMPDIR to a folder on another disk",
		               "the run folder %.300s has %ld MiB of free disk; an emulated card "
		               "needs %d",
		               f->path, mib, VE_FREE_MIB);
	if (statvfs(f->path, &fs) == 0 && fs.f_flag & ST_NOEXEC)
		return vn_fail(
		        err, VN_EIO, "set TMPDIR to a folder on another disk",
		        "the run folder %.300s is on a disk mounted noexec; an emulated card "
		        "is a program that is run from there",
		        f->path);
	return 0;
}

int ve_folder_make(struct ve_folder *f, vn_error *err)
{
	const char *set = getenv("TMPDIR"), *parent = set && is_plain(set) ? set : SOCKETS;
	int rc = 1;

	memset(f, 0, sizeof(*f));
	sweep(parent);
	if (strcmp(parent, SOCKETS) != 0)
		sweep(SOCKETS);
	for (int i = 0; rc == 1 && i < TRIES; i++) {
		f->lock[0] = f->lock[1] = -1;
		rc = try_make(f, parent, err);
		if (rc)
			ve_folder_drop(f);
	}
	if (rc == 1)
		return vn_fail(err, VN_EIO, NULL, "the run folder %.300s cannot be locked",
		               f->path);
	if (!rc)
		rc = check_disk(f, err);
	if (rc)
		ve_folder_drop(f);
	return rc;
}

int ve_folder_keep(struct ve_folder *f, vn_error *err)
{
	char *name = strrchr(f->path, '/') + 1, kept[PATH_MAX];

	/* Under a name that no later run sweeps away. */
	snprintf(kept, sizeof(kept), "%.*svanillin-kept%s", (int)(name - f->path), f->path,
	         strchr(name, '.'));
	if (rename(f->path, kept) != 0)
		return fail_io(err, kept);
	snprintf(f->path, sizeof(f->path), "%s", kept);
	close(f->lock[0]);
	f->lock[0] = -1;
	return 0;
}

void ve_folder_drop(struct ve_folder *f)
{
	for (int i = 0; i < 2; i++) {
		if (f->lock[i] < 0)
			continue;
		remove_tree(i ? f->sockets : f->path);
		close(f->lock[i]);
		f->lock[i] = -1;
	}
}

/* ---- filling ---- */

static void path_in(const struct ve_folder *f, const char *name, char path[2 * PATH_MAX])
{
	snprintf(path, 2 * PATH_MAX, "%s/%s", f->path, name);
}

int ve_write(const struct ve_folder *f, const char *name, const char *text, vn_error *err)
{
	char path[2 * PATH_MAX];
	FILE *file;
	int bad;

	path_in(f, name, path);
	file = fopen(path, "we");
	if (!file)
		return fail_io(err, path);
	bad = fputs(text, file) < 0;
	bad |= fclose(file) != 0;
	return bad ? fail_io(err, path) : 0;
}

int ve_subfolder(const struct ve_folder *f, const char *name, vn_error *err)
{
	char path[2 * PATH_MAX];

	path_in(f, name, path);
	return mkdir(path, 0700) == 0 ? 0 : fail_io(err, path);
}

int ve_link(const struct ve_folder *f, const char *name, const char *target, vn_error *err)
{
	char path[2 * PATH_MAX];

	path_in(f, name, path);
	return symlink(target, path) == 0 ? 0 : fail_io(err, path);
}
