/* SPDX-License-Identifier: Apache-2.0
 *
 * use_both.c - NET.onnx IMAGES.idx: compile, and run the bytes without a file between.
 */
#include "compile.h"
#include "run.h"

int main(int argc, char **argv)
{
	vn_compiled *compiled;
	vn_program *prog;
	vn_error err;
	void *data;
	size_t bytes;

	CHECK(argc == 3);
	compiled = compile(argv[1], argv[2]);
	WELL(vn_compiled_bytes(compiled, &data, &bytes, &err));
	vn_compiled_free(compiled);
	WELL(vn_program_parse("compiled", data, bytes, &prog, &err));
	free(data);
	run(prog, argv[2]);
	vn_program_free(prog);
	return finish();
}
