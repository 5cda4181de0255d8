/* SPDX-License-Identifier: Apache-2.0
 *
 * use_run.c - NET.vnx IMAGES.idx: a program that only runs.
 */
#include "run.h"

int main(int argc, char **argv)
{
	vn_program *prog;
	vn_error err;

	CHECK(argc == 3);
	WELL(vn_program_load(argv[1], &prog, &err));
	run(prog, argv[2]);
	vn_program_free(prog);
	return finish();
}
