/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_external.c - weights that an ONNX file keeps in files beside it.
 *
 * The location comes from the file and is not trusted: it must name a regular file within the
 * network's own folder after every link in it has been followed, and hold the bytes that the tensor
 * wants.  (ONNX, docs/ExternalData.md.)
 */
#define _GNU_SOURCE /* realpath */
#include "model/onnx_graph.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char HINT_INSIDE[] = "store the weights inside: torch.onnx.export(..., "
                                  "external_data=False), or onnx.save(onnx.load(FILE), NEW)";
static const char HINT_COPY[] =
        "copy the network and its data file together, under their own names";

struct place {
	const char *location;
	uint64_t offset, length;
	bool has_length;
	char shown[128]; /* the location in messages */
};

static const char *entry(const VnOnnx__TensorProto *t, const char *key)
{
	for (size_t i = 0; i < t->n_external_data; i++)
		if (!strcmp(t->external_data[i]->key, key))
			return t->external_data[i]->value;
	return NULL;
}

static bool parse_number(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno;
}

static int read_place(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                      const VnOnnx__TensorProto *src, struct place *p)
{
	const char *offset = entry(src, "offset"), *length = entry(src, "length");

	memset(p, 0, sizeof(*p));
	p->location = entry(src, "location");
	p->has_length = length != NULL;
	if (!p->location || !p->location[0])
		return vn_onnx_refuse(g, node, HINT_INSIDE,
		                      "its weights are in another file that is not named");
	vn_onnx_printable(p->shown, sizeof(p->shown), p->location);
	if ((offset && !parse_number(offset, &p->offset)) ||
	    (length && !parse_number(length, &p->length)))
		return vn_onnx_refuse(g, node, "export the network again; the file is damaged",
		                      "offset or length of its weights in '%s' is not a number",
		                      p->shown);
	return 0;
}

/* "..", also where it leads back inside: ONNX allows none. */
static bool climbs(const char *path)
{
	for (const char *at = path; *at; at += *at == '/') {
		const size_t len = strcspn(at, "/");

		if (len == 2 && at[0] == '.' && at[1] == '.')
			return true;
		at += len;
	}
	return false;
}

static int outside(struct vn_onnx *g, const VnOnnx__NodeProto *node, const struct place *p)
{
	return vn_onnx_refuse(g, node, HINT_COPY,
	                      "its weights are in '%s', outside of the network's folder", p->shown);
}

/* Where it really is. */
static int resolve(struct vn_onnx *g, const VnOnnx__NodeProto *node, const struct place *p,
                   char real[PATH_MAX])
{
	char path[PATH_MAX], folder[PATH_MAX];
	const int len = snprintf(path, sizeof(path), "%s/%s", g->folder, p->location);
	size_t inside;

	errno = ENAMETOOLONG;
	if (len >= (int)sizeof(path) || !realpath(g->folder, folder) || !realpath(path, real))
		return vn_onnx_refuse(g, node, HINT_COPY, "its weights are in '%s': %s", p->shown,
		                      strerror(errno));
	inside = strlen(folder);
	if (strcmp(folder, "/") != 0 && (strncmp(real, folder, inside) != 0 || real[inside] != '/'))
		return outside(g, node, p);
	return 0;
}

static int open_place(struct vn_onnx *g, const VnOnnx__NodeProto *node, const struct place *p,
                      int *fd)
{
	char real[PATH_MAX];
	int rc;

	if (p->location[0] == '/' || climbs(p->location))
		return outside(g, node, p);
	rc = resolve(g, node, p, real);
	if (rc)
		return rc;
	*fd = open(real, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return vn_onnx_refuse(g, node, HINT_COPY, "its weights are in '%s': %s", p->shown,
		                      strerror(errno));
	return 0;
}

static int check_sizes(struct vn_onnx *g, const VnOnnx__NodeProto *node, const struct place *p,
                       int fd, size_t want)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return vn_onnx_refuse(g, node, HINT_COPY,
		                      "its weights are in '%s', which is not a file", p->shown);
	if (p->has_length && p->length != want)
		return vn_onnx_refuse(
		        g, node, "export the network again; the file is damaged",
		        "it has %zu bytes of weights, and %llu are said to be in '%s'", want,
		        (unsigned long long)p->length, p->shown);
	if (p->offset > (uint64_t)st.st_size || want > (uint64_t)st.st_size - p->offset)
		return vn_onnx_refuse(g, node, HINT_COPY,
		                      "'%s' ends before its weights: %llu bytes, %zu wanted from "
		                      "%llu on",
		                      p->shown, (unsigned long long)st.st_size, want,
		                      (unsigned long long)p->offset);
	return 0;
}

static int read_all(struct vn_onnx *g, const VnOnnx__NodeProto *node, const struct place *p, int fd,
                    size_t want, unsigned char *data)
{
	for (size_t done = 0; done < want;) {
		const ssize_t n = pread(fd, data + done, want - done, (off_t)(p->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return vn_onnx_refuse(g, node, HINT_COPY, "'%s' cannot be read: %s",
			                      p->shown, strerror(n ? errno : EIO));
		done += (size_t)n;
	}
	return 0;
}

int vn_onnx_external(struct vn_onnx *g, const VnOnnx__NodeProto *node,
                     const VnOnnx__TensorProto *src, size_t want, unsigned char **data)
{
	struct place p;
	int fd = -1, rc;

	*data = NULL;
	if (!g->folder)
		return vn_onnx_refuse(g, node, HINT_INSIDE, "its weights are in another file");
	rc = read_place(g, node, src, &p);
	rc = rc ? rc : open_place(g, node, &p, &fd);
	rc = rc ? rc : check_sizes(g, node, &p, fd, want);
	if (!rc) {
		*data = malloc(want + 1);
		rc = *data ? read_all(g, node, &p, fd, want, *data)
		           : vn_onnx_no_memory(g, want, "a weight tensor");
	}
	if (fd >= 0)
		close(fd);
	if (rc) {
		free(*data);
		*data = NULL;
	} else {
		g->bytes += want;
	}
	return rc;
}
