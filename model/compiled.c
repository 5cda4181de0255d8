/* SPDX-License-Identifier: Apache-2.0
 *
 * compiled.c - the end of include/vanillin_compile.h: options that may be of another age, and a
 * program that leaves as a file or as bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/compile.h"

struct vn_compiled {
	struct vn_program *prog;
};

/* A caller built with an older header knows fewer options, and the rest are zero; what a newer one
 * knows and this library does not must be zero. */
static int read_options(const vn_compile_options *given, vn_compile_options *options, vn_error *err)
{
	const unsigned char *bytes = (const unsigned char *)given;
	const size_t least = offsetof(vn_compile_options, ctx) + sizeof(given->ctx);

	if (given->size < least)
		return vn_fail(err, VN_EARG, "set it to sizeof(vn_compile_options)",
		               "compile options: a size of %zu bytes", given->size);
	for (size_t i = sizeof(*options); i < given->size; i++)
		if (bytes[i])
			return vn_fail(err, VN_EARG, "use a newer libvanillin-compile",
			               "compile options: byte %zu is of an option that this "
			               "library does not have",
			               i);
	*options = (vn_compile_options){0};
	memcpy(options, given, given->size < sizeof(*options) ? given->size : sizeof(*options));
	if (options->range < VN_RANGE_MINMAX || options->range > VN_RANGE_MSE)
		return vn_fail(err, VN_EARG, "give a value of enum vn_range_kind",
		               "compile options: range %d is none", options->range);
	return 0;
}

int vn_net_compile(struct vn_net *net, const uint8_t *pixels, size_t images,
                   const vn_compile_options *given, vn_compiled **out, vn_error *err)
{
	const struct vn_calib calib = {pixels, images};
	vn_compile_options options;
	vn_compiled *compiled;
	int rc;

	if (out)
		*out = NULL;
	if (!net || !given || !out || (images && !pixels))
		return vn_fail(
		        err, VN_EARG, NULL,
		        "vn_net_compile: no network, no pixels, no options or no place for the "
		        "program");
	rc = read_options(given, &options, err);
	if (rc)
		return rc;
	compiled = calloc(1, sizeof(*compiled));
	if (!compiled)
		return vn_fail_nomem(err, sizeof(*compiled), "a program");
	rc = vn_compile(net, &calib, &options, &compiled->prog, err);
	if (rc)
		free(compiled);
	else
		*out = compiled;
	return rc;
}

void vn_compiled_free(vn_compiled *compiled)
{
	if (!compiled)
		return;
	vn_program_free(compiled->prog);
	free(compiled);
}

int vn_compiled_save(const vn_compiled *compiled, const char *path, vn_error *err)
{
	if (!compiled || !path)
		return vn_fail(err, VN_EARG, NULL, "vn_compiled_save: no program or no path");
	return vn_program_save(compiled->prog, path, err);
}

int vn_compiled_bytes(const vn_compiled *compiled, void **data, size_t *bytes, vn_error *err)
{
	if (data)
		*data = NULL;
	if (bytes)
		*bytes = 0;
	if (!compiled || !data || !bytes)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_compiled_bytes: no program or no place for its bytes");
	return vn_program_bytes(compiled->prog, data, bytes, err);
}
