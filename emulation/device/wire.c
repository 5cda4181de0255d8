/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.c - sockets and framing.
 */
#include "emulation/device/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "emulation/device/log.h"

enum {
	REQUEST_HEADER = 14,
	ANSWER_HEADER = 9,
	TAG_BYTES = 0x09,
	TAG_OPCODE = 0x15,
	ROOM_LEAST = 1 << 16,
	RETRY_MS = 2,
	REQUESTS_SECONDS = 3, /* for the second socket: it comes right after the first */
	NO_MORE_REQUESTS = 1, /* opcode on the second socket */
};

/* ---- opening ---- */

static int name(char path[VD_PATH_MAX], const char *prefix, vn_error *err)
{
	const char *user = getenv("USER"), *id = getenv("EMULATION_SOCKETID");
	int n;

	if (user && id)
		n = snprintf(path, VD_PATH_MAX, "/tmp/%s/%s%s", user, prefix, id);
	else
		n = snprintf(path, VD_PATH_MAX, "/tmp/%sxcl_sock", prefix);
	if (n > 0 && n < VD_PATH_MAX)
		return 0;
	return vn_fail(err, VN_EARG, "a shorter USER", "the name of a socket is too long: %s...",
	               path);
}

int vd_wire_open(struct vd_wire *w, vn_error *err)
{
	sigset_t set;
	int rc;

	memset(w, 0, sizeof(*w));
	w->fd = w->requests = w->signals = -1;
	rc = name(w->path, "", err);
	if (!rc)
		rc = name(w->requests_path, "D2X_unix_sock_", err);
	if (rc)
		return rc;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	/* The mask is the host's, which may have blocked what it likes. */
	pthread_sigmask(SIG_SETMASK, &set, NULL);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (w->signals < 0)
		return vn_fail(err, VN_ERUNTIME, NULL, "signalfd: %s", strerror(errno));
	return 0;
}

/* ---- connecting ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* XRT ends the socket's name with the host's process number.  0: there is no such process. */
static int host_lives(const char *path)
{
	const char *mark = strrchr(path, '_');
	char *end;
	const long pid = mark ? strtol(mark + 1, &end, 10) : 0;

	if (!mark || end == mark + 1 || *end || pid <= 1)
		return 1; /* not known */
	return kill((pid_t)pid, 0) == 0 || errno != ESRCH;
}

static int try_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	memcpy(address.sun_path, path, VD_PATH_MAX);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A connection in *fd; VD_FAILED (without a sentence) when time is up or the host has died. */
static enum vd_event dial(struct vd_wire *w, const char *path, int seconds, int *fd)
{
	const int64_t end = now_ms() + (int64_t)seconds * 1000;
	struct pollfd signals = {.fd = w->signals, .events = POLLIN};

	for (;;) {
		*fd = try_connect(path);
		if (*fd >= 0)
			return VD_MESSAGE;
		if (now_ms() >= end || !host_lives(w->path))
			return VD_FAILED;
		if (poll(&signals, 1, RETRY_MS) > 0)
			return VD_SIGNAL;
	}
}

static enum vd_event dial_requests(struct vd_wire *w, int seconds)
{
	const enum vd_event event = dial(w, w->requests_path, seconds, &w->requests);

	if (event == VD_MESSAGE)
		unlink(w->requests_path);
	return event == VD_SIGNAL ? VD_SIGNAL : VD_MESSAGE;
}

enum vd_event vd_wire_connect(struct vd_wire *w, int seconds, vn_error *err)
{
	const enum vd_event event = dial(w, w->path, seconds, &w->fd);

	if (event == VD_FAILED) {
		vn_error_set(err, VN_ERUNTIME,
		             "vn_device is started by XRT, when a program loads an .xclbin for "
		             "hw_emu",
		             host_lives(w->path) ? "no host listens on %s"
		                                 : "the host that should listen on %s has ended",
		             w->path);
		return event;
	}
	return event == VD_MESSAGE ? dial_requests(w, REQUESTS_SECONDS) : event;
}

/* ---- moving bytes ---- */

/* Until @fd is ready for @events. */
static enum vd_event wait_for(const struct vd_wire *w, short events, vn_error *err)
{
	struct pollfd fds[2] = {{.fd = w->fd, .events = events},
	                        {.fd = w->signals, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR) {
			vn_error_set(err, VN_ERUNTIME, NULL, "poll: %s", strerror(errno));
			return VD_FAILED;
		}
	return fds[1].revents ? VD_SIGNAL : VD_MESSAGE;
}

/* Until the buffer holds @bytes. */
static enum vd_event fill(struct vd_wire *w, size_t bytes, vn_error *err)
{
	enum vd_event event = VD_MESSAGE;

	while (event == VD_MESSAGE && w->have < bytes) {
		const ssize_t n = recv(w->fd, w->buffer + w->have, w->room - w->have, 0);

		if (n > 0)
			w->have += (size_t)n;
		else if (n == 0 || errno == ECONNRESET)
			event = VD_HOST_GONE;
		else if (errno == EAGAIN)
			event = wait_for(w, POLLIN, err);
		else if (errno != EINTR) {
			vn_error_set(err, VN_ERUNTIME, NULL, "the host's socket: %s",
			             strerror(errno));
			event = VD_FAILED;
		}
	}
	return event;
}

static int make_room(struct vd_wire *w, size_t bytes, vn_error *err)
{
	uint8_t *grown;

	if (bytes <= w->room)
		return 0;
	grown = realloc(w->buffer, bytes);
	if (!grown)
		return vn_fail_nomem(err, bytes, "a message of the host");
	w->buffer = grown;
	w->room = bytes;
	return 0;
}

static enum vd_event refuse(vn_error *err, const char *what, uint64_t value)
{
	vn_error_set(err, VN_ERUNTIME, "is that XRT 2022.1 (2.13) at the other end?",
	             "the host does not speak XRT's emulation protocol: %s (%llu)", what,
	             (unsigned long long)value);
	return VD_FAILED;
}

enum vd_event vd_wire_receive(struct vd_wire *w, struct vd_message *message, vn_error *err)
{
	enum vd_event event;
	uint64_t bytes;

	w->have -= w->used;
	if (w->have > 0)
		memmove(w->buffer, w->buffer + w->used, w->have);
	w->used = 0;
	if (make_room(w, ROOM_LEAST, err))
		return VD_FAILED;
	event = fill(w, REQUEST_HEADER, err);
	if (event != VD_MESSAGE)
		return event;
	if (w->buffer[0] != TAG_BYTES || w->buffer[9] != TAG_OPCODE)
		return refuse(err, "unknown tag in a header", w->buffer[0]);
	memcpy(&bytes, w->buffer + 1, sizeof(bytes));
	memcpy(&message->opcode, w->buffer + 10, sizeof(message->opcode));
	if (bytes > VD_BODY_MAX)
		return refuse(err, "a message of more than 256 MiB", bytes);
	if (make_room(w, REQUEST_HEADER + (size_t)bytes, err))
		return VD_FAILED;
	event = fill(w, REQUEST_HEADER + (size_t)bytes, err);
	w->used = REQUEST_HEADER + (size_t)bytes;
	message->body = w->buffer + REQUEST_HEADER;
	message->bytes = (size_t)bytes;
	return event;
}

/* All of @parts, which are used up. */
static enum vd_event send_all(struct vd_wire *w, struct iovec *parts, int n, vn_error *err)
{
	enum vd_event event = VD_MESSAGE;

	while (event == VD_MESSAGE && n > 0) {
		const struct msghdr header = {.msg_iov = parts, .msg_iovlen = (size_t)n};
		ssize_t sent = sendmsg(w->fd, &header, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			event = wait_for(w, POLLOUT, err);
		else if (sent < 0 && errno != EINTR)
			event = VD_HOST_GONE;
		for (; n > 0 && sent >= 0 && (size_t)sent >= parts->iov_len; n--, parts++)
			sent -= (ssize_t)parts->iov_len;
		if (n > 0 && sent > 0) {
			parts->iov_base = (char *)parts->iov_base + sent;
			parts->iov_len -= (size_t)sent;
		}
	}
	return event;
}

enum vd_event vd_wire_answer(struct vd_wire *w, const void *body, size_t bytes, const void *more,
                             size_t more_bytes, vn_error *err)
{
	const uint64_t all = (uint64_t)bytes + more_bytes;
	uint8_t header[ANSWER_HEADER] = {TAG_BYTES};
	struct iovec parts[] = {
	        {header, sizeof(header)}, {(void *)body, bytes}, {(void *)more, more_bytes}};

	memcpy(header + 1, &all, sizeof(all));
	return send_all(w, parts, 3, err);
}

/* ---- the end ---- */

void vd_wire_no_requests(struct vd_wire *w)
{
	uint8_t header[REQUEST_HEADER] = {TAG_BYTES, [9] = TAG_OPCODE, [10] = NO_MORE_REQUESTS};

	if (w->requests < 0)
		dial_requests(w, 1);
	if (w->requests < 0)
		vd_log(VD_LIFE, "%s: no connection: the host's close takes longer",
		       w->requests_path);
	else if (send(w->requests, header, sizeof(header), MSG_NOSIGNAL) < 0)
		vd_log(VD_LIFE, "%s: %s", w->requests_path, strerror(errno));
}

static void remove_socket(const char *path)
{
	struct stat info;

	if (lstat(path, &info) == 0 && S_ISSOCK(info.st_mode))
		unlink(path);
}

void vd_wire_close(struct vd_wire *w, int remove)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->requests >= 0)
		close(w->requests);
	if (w->signals >= 0)
		close(w->signals);
	w->fd = w->requests = w->signals = -1;
	if (remove)
		remove_socket(w->path);
	remove_socket(w->requests_path);
	free(w->buffer);
	w->buffer = NULL;
}
