/* SPDX-License-Identifier: Apache-2.0
 *
 * use_compile.c - NET.onnx IMAGES.idx NET.vnx: a program that only compiles.
 */
#include "compile.h"

int main(int argc, char **argv)
{
	vn_compiled *compiled;
	vn_error err;

	CHECK(argc == 4);
	compiled = compile(argv[1], argv[2]);
	WELL(vn_compiled_save(compiled, argv[3], &err));
	vn_compiled_free(compiled);
	return finish();
}
