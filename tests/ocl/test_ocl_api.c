/* SPDX-License-Identifier: Apache-2.0
 *
 * test_ocl_api.c - OpenCL's library, its error codes, the .icd files of its loader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/ocl_api.h"

#define FILE_NAME "libxilinxopencl.so.2"

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void drop(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

static int has_icd(const char *vendors)
{
	setenv("OCL_ICD_VENDORS", vendors, 1);
	return vn_ocl_has_icd(FILE_NAME);
}

static void test_icd_files(void **state)
{
	char folder[] = "/tmp/test_ocl_api.XXXXXX", file[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/xilinx.icd", folder);
	assert_false(has_icd(folder));
	put(folder, "pocl.icd", "libpocl.so.2\n");
	put(folder, "xilinx.txt", FILE_NAME "\n"); /* the loader takes *.icd alone */
	assert_false(has_icd(folder));
	assert_false(has_icd(file));
	put(folder, "xilinx.icd", "/usr/lib/x86_64-linux-gnu/" FILE_NAME "\n");
	assert_true(has_icd(folder));
	assert_true(has_icd(file));
	assert_true(has_icd(FILE_NAME));
	assert_false(has_icd("libpocl.so.2"));
	drop(folder, "pocl.icd");
	drop(folder, "xilinx.txt");
	drop(folder, "xilinx.icd");
	assert_int_equal(rmdir(folder), 0);
	assert_false(has_icd(folder));
	unsetenv("OCL_ICD_VENDORS");
}

static void test_error_names(void **state)
{
	(void)state;
	assert_string_equal(vn_ocl_error_name(CL_OUT_OF_RESOURCES), "CL_OUT_OF_RESOURCES");
	assert_string_equal(vn_ocl_error_name(CL_INVALID_BUFFER_SIZE), "CL_INVALID_BUFFER_SIZE");
	assert_string_equal(vn_ocl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
	assert_string_equal(vn_ocl_error_name(-12345), "OpenCL error -12345");
}

/* Every call has an address; none is made. */
static void test_library(void **state)
{
	vn_error err;

	(void)state;
	if (vn_ocl_load_api(&err)) {
		assert_int_equal(err.code, VN_ENODEV);
		assert_non_null(strstr(err.message, "libOpenCL.so.1"));
		printf("SKIP part: test_library: %s\n", err.message);
		skip();
	}
	assert_non_null(vn_ocl);
#define X(name) assert_non_null(vn_ocl->name);
	VN_OCL_CALLS(X)
#undef X
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_icd_files),
	        cmocka_unit_test(test_error_names),
	        cmocka_unit_test(test_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
