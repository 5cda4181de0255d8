/* SPDX-License-Identifier: Apache-2.0
 *
 * backend_ref.c - ref: the reference compute unit (model/refcu.h) in this process.
 *
 * ref: takes any configuration; ref:16x16 has the default one with that tile.  The computing
 * is done in wait.
 */
#include <stdio.h>
#include <stdlib.h>

#include "driver/backend.h"
#include "base/error.h"
#include "driver/memory.h"
#include "model/program.h"
#include "model/refcu.h"

struct vn_backend {
	int rows, cols; /* 0: the program's */
	struct vn_refcu *cu;
	struct vn_start start; /* that wait computes */
};

static void ref_describe(char *text, size_t size)
{
	snprintf(text, size, "the reference in plain C; any size, as in ref:16x16");
}

static int ref_open(const struct vn_uri *uri, struct vn_backend **out, vn_error *err)
{
	uint32_t config[VN_CONFIG_WORDS];
	struct vn_backend *be;
	int rows, cols, rc;

	rc = vn_uri_no_options(uri, err);
	if (!rc)
		rc = vn_uri_size(uri, &rows, &cols, err);
	if (!rc && rows != 0 && vn_config_for(rows, cols, config, err))
		rc = err ? (err->code = VN_ENODEV) : VN_ENODEV;
	if (rc)
		return rc;
	be = calloc(1, sizeof(*be));
	if (!be)
		return vn_fail_nomem(err, sizeof(*be), "a device");
	be->rows = rows;
	be->cols = cols;
	*out = be;
	return 0;
}

static void ref_close(struct vn_backend *be)
{
	vn_refcu_free(be->cu);
	free(be);
}

static int ref_configure(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
                         uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err)
{
	int rc;

	vn_refcu_free(be->cu);
	be->cu = NULL;
	*units = 1;
	for (int i = 0; i < VN_CONFIG_WORDS; i++)
		actual[i] = wanted[i];
	if (be->rows != 0) {
		rc = vn_config_for(be->rows, be->cols, actual, err);
		if (rc)
			return rc;
	}
	return vn_refcu_new(actual, &be->cu, err);
}

static int ref_start(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err)
{
	(void)unit;
	(void)err;
	be->start = *start;
	return 0;
}

static int ref_wait(struct vn_backend *be, int unit, int timeout_ms, vn_error *err)
{
	const struct vn_start *s = &be->start;
	const struct vn_cu_args args = {
	        .program = s->program->data,
	        .first = s->first,
	        .count = s->count,
	        .images = s->images,
	        .weights = s->weights->data,
	        .input = s->input->data,
	        .output = s->output->data,
	        .scratch = s->scratch->data,
	        .status = s->status->data,
	};

	(void)unit;
	(void)timeout_ms;
	(void)err;
	vn_refcu_run(be->cu, &args);
	return 0;
}

const struct vn_backend_ops VN_BACKEND_REF = {
        .scheme = "ref",
        .kind = VN_SOFTWARE,
        .describe = ref_describe,
        .open = ref_open,
        .close = ref_close,
        .configure = ref_configure,
        .alloc = vn_memory_alloc,
        .free = vn_memory_free,
        .write = vn_memory_write,
        .read = vn_memory_read,
        .start = ref_start,
        .wait = ref_wait,
};
