/* SPDX-License-Identifier: Apache-2.0
 *
 * test_onnx.c - what an imported net says about itself, and that damaged files do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "model/net.h"
#include "tests/model/golden.h"
#include "tests/model/onnx_edit.h"

/* ---- what a net says about itself ---- */

static void test_onnx_properties(void **state)
{
	struct vn_net *net;
	vn_error err;

	(void)state;
	assert_int_equal(vn_onnx_load("tests/golden/n3_train.onnx", &net, &err), 0);
	assert_int_equal(net->normalised, 1);
	assert_int_equal(net->recipe.resize, 0);
	assert_true(net->mean[2] == 0.5f && net->std[0] == 0.25f);
	assert_string_equal(net->labels[9], "class 9");
	assert_string_equal(net->stages[0].name, "stem");
	assert_string_equal(net->stages[2].name, "block2");
	assert_int_equal(net->stages[1].pool_h, 8);
	assert_int_equal(net->stages[1].out_h, 4);
	assert_int_equal(net->stages[2].pool_h, 4);
	vn_net_free(net);
}

static struct vn_net *with_properties(const char *file, void (*apply)(edit_model *m))
{
	edit_model *m = edit_open(file);
	unsigned char *data;
	struct vn_net *net;
	size_t bytes;
	vn_error err;

	apply(m);
	data = edit_pack(m, &bytes);
	edit_close(m);
	assert_int_equal(vn_onnx_parse("x", data, bytes, &net, &err), 0);
	free(data);
	return net;
}

static void no_properties(edit_model *m)
{
	edit_property(m, "vanillin.mean", NULL);
	edit_property(m, "vanillin.std", NULL);
	edit_property(m, "vanillin.resize", NULL);
}

static void short_side(edit_model *m)
{
	edit_property(m, "vanillin.resize", "short:36,crop:32");
}

static void test_onnx_default_properties(void **state)
{
	struct vn_net *net = with_properties("tests/golden/n3_train.onnx", no_properties);

	(void)state;
	assert_int_equal(net->normalised, 0);
	assert_int_equal(net->recipe.resize, 0);
	assert_true(net->mean[0] == 0.485f && net->std[2] == 0.225f);
	vn_net_free(net);
	net = with_properties("tests/golden/n2_train.onnx", no_properties);
	assert_true(net->mean[0] == 0 && net->std[0] == 1 && !net->labels);
	vn_net_free(net);
	net = with_properties("tests/golden/n3_train.onnx", short_side);
	assert_int_equal(net->recipe.resize, 36);
	vn_net_free(net);
}

/* Odd map, floor mode; adaptive; none. */
static void test_onnx_pooling(void **state)
{
	struct vn_net *net;
	vn_error err;

	(void)state;
	assert_int_equal(vn_onnx_load("tests/golden/n2_train.onnx", &net, &err), 0);
	assert_int_equal(net->stages[1].conv_h, 7);
	assert_int_equal(net->stages[1].pool_h, 6);
	assert_int_equal(net->stages[1].out_h, 3);
	vn_net_free(net);
	assert_int_equal(vn_onnx_load("tests/golden/n1_train.onnx", &net, &err), 0);
	assert_int_equal(net->stages[1].conv_h, 10);
	assert_int_equal(net->stages[1].pool_h, 10);
	assert_int_equal(net->stages[1].out_h, 7);
	vn_net_free(net);
}

/* ---- damaged files ---- */

/* Any outcome but a crash, a leak or an unexplained refusal. */
static int parse_damaged(const unsigned char *data, size_t bytes)
{
	struct vn_net *net;
	vn_error err = {0};
	int rc = vn_onnx_parse("file.onnx", data, bytes, &net, &err);

	if (rc) {
		assert_int_equal(rc, VN_EMODEL);
		assert_null(net);
		assert_int_equal(strncmp(err.message, "file.onnx: ", 11), 0);
	}
	vn_net_free(net);
	return rc;
}

static void test_onnx_truncated(void **state)
{
	size_t bytes;
	unsigned char *data = golden_file("tests/golden/n0_deploy.onnx", &bytes);

	(void)state;
	assert_non_null(data);
	for (size_t n = 0; n < bytes; n++) {
		/* A copy of the exact size lets a sanitizer see a read beyond it. */
		unsigned char *part = malloc(n + 1);
		int rc;

		memcpy(part + 1, data, n);
		rc = parse_damaged(part + 1, n);
		free(part);
		if (n < bytes / 2)
			assert_int_not_equal(rc, 0);
	}
	free(data);
}

static void test_onnx_flipped(void **state)
{
	static const char *const files[] = {"tests/golden/n0_deploy.onnx",
	                                    "tests/golden/view_dynamo.onnx"};

	(void)state;
	for (size_t f = 0; f < 2; f++) {
		size_t bytes;
		unsigned char *data = golden_file(files[f], &bytes);

		assert_non_null(data);
		for (size_t bit = 0; bit < 8 * bytes; bit++) {
			data[bit / 8] ^= (unsigned char)(1u << bit % 8);
			(void)parse_damaged(data, bytes);
			data[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		free(data);
	}
}

static void test_onnx_appended(void **state)
{
	size_t bytes;
	unsigned char *data = golden_file("tests/golden/n0_deploy.onnx", &bytes);
	unsigned char *longer = malloc(2 * bytes);
	unsigned seed = 1;

	(void)state;
	assert_non_null(data);
	for (int round = 0; round < 200; round++) {
		size_t more = 1 + (size_t)round % bytes;

		memcpy(longer, data, bytes);
		for (size_t i = 0; i < more; i++) {
			seed = seed * 1103515245u + 12345u;
			longer[bytes + i] = (unsigned char)(seed >> 16);
		}
		(void)parse_damaged(longer, bytes + more);
	}
	/* The whole file twice: protobuf joins the two graphs, so every name is made twice. */
	memcpy(longer, data, bytes);
	memcpy(longer + bytes, data, bytes);
	assert_int_not_equal(parse_damaged(longer, 2 * bytes), 0);
	free(longer);
	free(data);
}

/* Two bytes of file that ask for a structure each must not get all the memory there is. */
static void test_onnx_many_empty(void **state)
{
	size_t bytes = (size_t)8 << 20;
	unsigned char *data = malloc(bytes);

	(void)state;
	for (size_t i = 0; i < bytes; i += 2) {
		data[i] = 8 << 3 | 2; /* opset_import, length 0 */
		data[i + 1] = 0;
	}
	assert_int_not_equal(parse_damaged(data, bytes), 0);
	free(data);
}

static void test_onnx_no_file(void **state)
{
	struct vn_net *net;
	vn_error err = {0};

	(void)state;
	assert_int_equal(vn_onnx_load("tests/golden/none.onnx", &net, &err), VN_EIO);
	assert_null(net);
	assert_non_null(strstr(err.message, "none.onnx"));
	assert_int_equal(vn_onnx_load("tests", &net, NULL), VN_EIO);
	assert_int_equal(vn_onnx_parse("x", "", 0, &net, &err), VN_EMODEL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_onnx_properties),
	        cmocka_unit_test(test_onnx_default_properties),
	        cmocka_unit_test(test_onnx_pooling),
	        cmocka_unit_test(test_onnx_truncated),
	        cmocka_unit_test(test_onnx_flipped),
	        cmocka_unit_test(test_onnx_appended),
	        cmocka_unit_test(test_onnx_many_empty),
	        cmocka_unit_test(test_onnx_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
