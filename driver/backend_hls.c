/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_hls.c - hls: the HLS C of hls/, compiled for this processor, in this process.
 *
 * Sizes are those of hls/sizes.def: the URI's, else the program's.  The computing is done in
 * wait.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/backend.h"
#include "base/error.h"
#include "driver/memory.h"
#include "hls/vn_hls.h"

struct vn_backend {
	const struct vn_hls_cu *named; /* by the URI; NULL: the program's */
	const struct vn_hls_cu *cu;
	struct vn_start start; /* that wait computes */
};

/* "8x8 16x16 ..." */
static void list_sizes(char *text, size_t size)
{
	const struct vn_hls_cu *cu;
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; (cu = vn_hls_at(i)) && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%ux%u", i ? " " : "",
		                         cu->config[VN_CFG_ROWS], cu->config[VN_CFG_COLS]);
}

static void hls_describe(char *text, size_t size)
{
	char sizes[96];

	list_sizes(sizes, sizeof(sizes));
	snprintf(text, size, "the HLS C compiled for this processor; sizes %s", sizes);
}

static int no_size(int rows, int cols, vn_error *err)
{
	const int rc =
	        vn_fail(err, VN_ENODEV, NULL,
	                "hls:%dx%d: no compute unit of this size is compiled in", rows, cols);
	char sizes[96];

	list_sizes(sizes, sizeof(sizes));
	if (err)
		snprintf(err->hint, sizeof(err->hint), "sizes are %s", sizes);
	return rc;
}

static int hls_open(const struct vn_uri *uri, struct vn_backend **out, vn_error *err)
{
	struct vn_backend *be;
	int rows, cols, rc;

	rc = vn_uri_no_options(uri, err);
	if (!rc)
		rc = vn_uri_size(uri, &rows, &cols, err);
	if (!rc && rows != 0 && !vn_hls_find(rows, cols))
		rc = no_size(rows, cols, err);
	if (rc)
		return rc;
	be = calloc(1, sizeof(*be));
	if (!be)
		return vn_fail_nomem(err, sizeof(*be), "a device");
	be->named = rows != 0 ? vn_hls_find(rows, cols) : NULL;
	*out = be;
	return 0;
}

static void hls_close(struct vn_backend *be)
{
	free(be);
}

static int hls_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	const int rows = (int)wanted[VN_CFG_ROWS], cols = (int)wanted[VN_CFG_COLS];

	be->cu = be->named ? be->named : vn_hls_find(rows, cols);
	if (!be->cu)
		return no_size(rows, cols, err);
	memcpy(actual, be->cu->config, sizeof(be->cu->config));
	*units = 1;
	return 0;
}

static int hls_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	(void)unit;
	(void)err;
	be->start = *start;
	return 0;
}

static int hls_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	const struct vn_start *s = &be->start;
	const int rc =
	        be->cu->run(s->program->data, s->first, s->count, s->images, s->weights->data,
	                    s->input->data, s->output->data, s->scratch->data, s->status->data);

	(void)unit;
	(void)timeout_ms;
	return rc ? vn_fail(err, rc, "use fewer threads",
	                    "no memory for the compute unit's buffers")
	          : 0;
}

const struct vn_backend_ops VN_BACKEND_HLS = {
        .scheme = "hls",
        .kind = VN_SOFTWARE,
        .describe = hls_describe,
        .open = hls_open,
        .close = hls_close,
        .configure = hls_configure,
        .alloc = vn_memory_alloc,
        .free = vn_memory_free,
        .write = vn_memory_write,
        .read = vn_memory_read,
        .start = hls_start,
        .wait = hls_wait,
};
