/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_file.c - from a file or a buffer to an unpacked message, without trusting either.
 *
 * A few bytes of protobuf can ask for a large structure, so unpacking draws on a budget in
 * proportion to the file.
 */
#include "model/onnx_graph.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

/* Protobuf itself allows no message beyond 2 GiB. */
static const size_t MAX_FILE = (size_t)1 << 31;
/* An exporter's notes on every node cost more unpacked than packed; weights cost the same. */
static const size_t BUDGET_BASE = (size_t)32 << 20;
static const size_t BUDGET_FACTOR = 4;
/* Every allocation also costs the allocator something. */
static const size_t BUDGET_EACH = 32;

static const char HINT_EXPORT[] = "export the network again; the file is cut off or damaged";

static void *budget_alloc(void *data, size_t size)
{
	struct vn_onnx *g = data;

	void *p;

	if (size > g->budget || g->budget - size < BUDGET_EACH)
		return NULL;
	g->budget -= size + BUDGET_EACH;
	p = malloc(size ? size : 1);
	g->no_memory |= !p;
	return p;
}

/* Sizes are unknown here, so what was freed is not returned to the budget. */
static void budget_free(void *data, void *p)
{
	(void)data;
	free(p);
}

/* ---- files ---- */

static int read_failed(const char *path, vn_error *err)
{
	return vn_fail(err, VN_EIO, "check the path and the permissions",
	               "%.200s: cannot be read: %s", path, strerror(errno ? errno : EIO));
}

static int file_size(FILE *f, const char *path, size_t *bytes, vn_error *err)
{
	struct stat st;

	if (fstat(fileno(f), &st))
		return read_failed(path, err);
	if (!S_ISREG(st.st_mode))
		return vn_fail(err, VN_EIO, "name a file", "%.200s: this is not a file", path);
	if (st.st_size == 0)
		return vn_fail(err, VN_EMODEL, HINT_EXPORT, "%.200s: the file is empty", path);
	if ((uintmax_t)st.st_size > MAX_FILE)
		return vn_fail(err, VN_EMODEL, "an ONNX file holds at most 2 GiB",
		               "%.200s: the file has %ju bytes", path, (uintmax_t)st.st_size);
	*bytes = (size_t)st.st_size;
	return 0;
}

static int read_all(FILE *f, const char *path, unsigned char **data, size_t *bytes, vn_error *err)
{
	int rc = file_size(f, path, bytes, err);

	if (rc)
		return rc;
	*data = malloc(*bytes);
	if (!*data)
		return vn_fail_nomem(err, *bytes, "the ONNX file");
	errno = 0;
	if (fread(*data, 1, *bytes, f) == *bytes)
		return 0;
	rc = read_failed(path, err);
	free(*data);
	*data = NULL;
	return rc;
}

int vn_onnx_read(const char *path, unsigned char **data, size_t *bytes, vn_error *err)
{
	FILE *f;
	int rc;

	*data = NULL;
	errno = 0;
	f = fopen(path, "rb");
	if (!f)
		return read_failed(path, err);
	rc = read_all(f, path, data, bytes, err);
	fclose(f);
	return rc;
}

/* ---- unpacking ---- */

/* A directory's part of the name is dropped only where the name is too long to print. */
static void set_name(struct vn_onnx *g, const char *name)
{
	size_t len = strlen(name);

	if (len > 200)
		name += len - 200;
	snprintf(g->file, sizeof(g->file), "%s", name);
	for (char *p = g->file; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
}

int vn_onnx_unpack(struct vn_onnx *g, const char *name, const void *data, size_t bytes,
                   vn_error *err)
{
	memset(g, 0, sizeof(*g));
	g->err = err;
	g->bytes = bytes;
	set_name(g, name);
	if (bytes == 0)
		return vn_onnx_refuse(g, NULL, HINT_EXPORT, "the file is empty");
	if (bytes > MAX_FILE)
		return vn_onnx_refuse(g, NULL, "an ONNX file holds at most 2 GiB",
		                      "the file has %zu bytes", bytes);
	g->budget = BUDGET_BASE + BUDGET_FACTOR * bytes;
	g->allocator = (ProtobufCAllocator){budget_alloc, budget_free, g};
	g->model = vn_onnx__model_proto__unpack(&g->allocator, bytes, data);
	if (!g->model && g->no_memory)
		return vn_onnx_no_memory(g, bytes, "the ONNX file's contents");
	if (!g->model)
		return vn_onnx_refuse(g, NULL, HINT_EXPORT, "this is not a well-formed ONNX file");
	return 0;
}

int vn_onnx_set_folder(struct vn_onnx *g, const char *path)
{
	const char *slash = strrchr(path, '/');
	const size_t len = slash ? (size_t)(slash - path) + 1 : 0;

	g->folder = malloc(len + 2);
	if (!g->folder)
		return vn_onnx_no_memory(g, len + 2, "a path");
	memcpy(g->folder, path, len);
	strcpy(g->folder + len, len ? "" : ".");
	return 0;
}

void vn_onnx_close(struct vn_onnx *g)
{
	vn_onnx_inline_free(g);
	free(g->live);
	free(g->constness);
	free(g->folder);
	if (g->model)
		vn_onnx__model_proto__free_unpacked(g->model, &g->allocator);
	free(g->names);
	free(g->uses);
	memset(g, 0, sizeof(*g));
}
