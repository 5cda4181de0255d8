/* SPDX-License-Identifier: Apache-2.0
 *
 * test_onnx_refuse.c - networks that are no VanillaNet, or not yet, are refused with the reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/model/onnx_change.h"

static void lambda_04(edit_model *m)
{
	edit_float(edit_find(m, "LeakyRelu", 1), "alpha", 0.4f);
}

static void lambda_default(edit_model *m)
{
	edit_no_attributes(edit_find(m, "LeakyRelu", 1));
}

static void lambda_0(edit_model *m)
{
	change_leaky(m, "Relu");
}

static void shortcut(edit_model *m)
{
	edit_node *add = edit_insert_before(m, edit_find(m, "MaxPool", 0), "Add");

	edit_add_input(add, edit_find(m, "Conv", 3)->input[0]);
}

static void squared(edit_model *m)
{
	edit_node *mul = edit_insert_before(m, edit_find(m, "MaxPool", 0), "Mul");

	edit_add_input(mul, mul->input[0]);
}

static void unknown_padding(edit_model *m)
{
	edit_attr *a = edit_attribute(edit_find(m, "Conv", 2), "pads");

	/* Three to each side, as SAME_UPPER would pad. */
	a->n_ints = 0;
	edit_string(&a->name, "auto_pad");
	a->type = 3;
	a->s.data = (uint8_t *)strcpy(malloc(16), "SAME_MIDDLE");
	a->s.len = 11;
}

static void sigmoid(edit_model *m)
{
	edit_string(&edit_find(m, "Relu", 0)->op_type, "Sigmoid");
}

static void relu6(edit_model *m)
{
	change_relu_to_clip(m);
	edit_float(edit_find(m, "Clip", 0), "max", 6);
}

static void softmax(edit_model *m)
{
	edit_append(m, "Softmax");
	edit_int(edit_find(m, "Softmax", 0), "axis", 0);
}

static void long_chain(edit_model *m)
{
	edit_node *conv = edit_find(m, "Conv", 1), *more;

	for (int i = 0; i < 10; i++) {
		more = edit_insert_before(m, edit_find(m, "Relu", 0), "Conv");
		edit_add_input(more, conv->input[1]);
	}
}

static void no_classifier(edit_model *m)
{
	edit_string(&m->graph->output[0]->name, edit_find(m, "GlobalAveragePool", 0)->output[0]);
}

static void cut_early(edit_model *m)
{
	edit_string(&m->graph->output[0]->name, edit_find(m, "Relu", 1)->output[0]);
}

static void no_relu(edit_model *m)
{
	edit_string(&edit_find(m, "Relu", 0)->op_type, "Identity");
}

static void pool_3x3(edit_model *m)
{
	const int64_t k[2] = {3, 3};

	edit_ints(edit_find(m, "MaxPool", 0), "kernel_shape", k, 2);
}

static void pool_nothing(edit_model *m)
{
	const int64_t k[2] = {0, 0};

	edit_ints(edit_find(m, "MaxPool", 0), "kernel_shape", k, 2);
	edit_ints(edit_find(m, "MaxPool", 0), "strides", k, 2);
}

static void pool_pads(edit_model *m)
{
	const int64_t p[4] = {1, 1, 1, 1};

	edit_ints(edit_find(m, "MaxPool", 0), "pads", p, 4);
}

/* Of an even map's pixels, 10, its windows are others than those of adaptive pooling. */
static void pool_overlapping_even(edit_model *m)
{
	const int64_t k[2] = {3, 3}, stride[2] = {2, 2};
	edit_node *pool = edit_find(m, "AdaptiveMaxPool", 0);

	edit_no_attributes(pool);
	edit_string(&pool->op_type, "MaxPool");
	edit_string(&pool->domain, "");
	edit_ints(pool, "kernel_shape", k, 2);
	edit_ints(pool, "strides", stride, 2);
	pool_pads(m);
}

static void pool_one_pad(edit_model *m)
{
	const int64_t p[2] = {0, 0};

	edit_ints(edit_find(m, "MaxPool", 0), "pads", p, 2);
}

static void pool_ceil(edit_model *m)
{
	edit_int(edit_find(m, "MaxPool", 0), "ceil_mode", 1);
}

static void pool_twice(edit_model *m)
{
	edit_node *again = edit_insert_before(m, edit_find(m, "MaxPool", 0), "AdaptiveMaxPool");
	const int64_t size[2] = {8, 8};

	edit_ints(again, "output_size", size, 2);
}

static void pool_grows(edit_model *m)
{
	const int64_t size[2] = {9, 8};

	change_pool_to_adaptive(m);
	edit_ints(edit_find(m, "AdaptiveMaxPool", 0), "output_size", size, 2);
}

static void dw_no_pad(edit_model *m)
{
	const int64_t p[4] = {0};

	edit_ints(edit_find(m, "Conv", 2), "pads", p, 4);
}

static void groups(edit_model *m)
{
	edit_int(edit_find(m, "Conv", 2), "group", 4);
}

static void dilated(edit_model *m)
{
	const int64_t d[2] = {2, 2};

	edit_ints(edit_find(m, "Conv", 2), "dilations", d, 2);
}

static void block_stride(edit_model *m)
{
	const int64_t s[2] = {2, 2};

	edit_ints(edit_find(m, "Conv", 3), "strides", s, 2);
}

static void pad_uneven(edit_model *m)
{
	const int64_t p[4] = {1, 0, 1, 0};

	edit_ints(edit_find(m, "Conv", 0), "pads", p, 4);
}

static void stem_too_large(edit_model *m)
{
	VnOnnx__TensorShapeProto *shape = m->graph->input[0]->type->tensor_type->shape;

	shape->dim[2]->dim_value = 3;
}

static void bn_training(edit_model *m)
{
	edit_int(edit_find(m, "BatchNormalization", 0), "training_mode", 1);
}

static void bn_variance(edit_model *m)
{
	edit_values(edit_weights(m, edit_find(m, "BatchNormalization", 0), 4), 2, -1);
}

static void dropout_training(edit_model *m)
{
	edit_node *n = edit_append(m, "Dropout");

	edit_add_input(n, "");
	edit_add_input(n, edit_find(m, "Conv", 0)->input[1]);
}

static void foreign_domain(edit_model *m)
{
	edit_string(&edit_find(m, "Relu", 0)->domain, "com.example");
}

static void average_part(edit_model *m)
{
	const int64_t k[2] = {3, 4};

	change_average(m, "AveragePool", "kernel_shape", k, 2);
}

static void mean_channels(edit_model *m)
{
	const int64_t axes[2] = {1, 2};

	change_average(m, "ReduceMean", "axes", axes, 2);
}

static void flatten_map(edit_model *m)
{
	change_average(m, "Flatten", NULL, NULL, 0);
}

static const struct change changes[] = {
        {"lambda 0.4", "n3_train", lambda_04, "(LeakyRelu): lambda is 0.4, not yet 1"},
        {"lambda 0.01", "n3_train", lambda_default, "lambda is 0.01, not yet 1"},
        {"lambda 0", "n3_train", lambda_0,
         "(Relu): there is a ReLU in the classifier: lambda is 0"},
        {"shortcut", "n3_train", shortcut, "a second path begins here"},
        {"square", "n3_train", squared, "a second path begins here"},
        {"unknown auto_pad", "n3_train", unknown_padding, "auto_pad is none of NOTSET"},
        {"Sigmoid", "n3_train", sigmoid, "(Sigmoid): a VanillaNet has no such operation"},
        {"ReLU6", "n3_train", relu6, "limits to 0..6"},
        {"Softmax", "n3_train", softmax, "axis 0 is not the one of the classes"},
        {"ten convolutions in a row", "n3_train", long_chain, "more than 8 convolutions"},
        {"no classifier", "n3_train", no_classifier, "(GlobalAveragePool): the output is not"},
        {"cut early", "n3_train", cut_early, "(Relu): the output is not"},
        {"no ReLU", "n3_train", no_relu, "a depthwise kernel must follow a ReLU"},
        {"pool 3x3", "n3_train", pool_3x3, "a window of 3, stride 2"},
        {"pool 0x0", "n3_train", pool_nothing, "a window of 0, stride 0"},
        {"pool with pads", "n3_train", pool_pads, "a window of 2, stride 2, padding 1, over 8"},
        {"pool 3x3 on an even map", "n1_train", pool_overlapping_even,
         "a window of 3, stride 2, padding 1, over 10"},
        {"pool with two pads", "n3_train", pool_one_pad, "pads must have four values"},
        {"ceil_mode", "n2_train", pool_ceil, "ceil_mode"},
        {"pooled twice", "n3_train", pool_twice, "pooling must stand once"},
        {"pool that grows", "n3_train", pool_grows, "no larger than the 8x8 map"},
        {"average of a part", "n3_train", average_part, "averages 3x4 of a 4x4 map"},
        {"mean over channels", "n3_train", mean_channels, "over height and width"},
        {"flattened map", "n3_train", flatten_map, "flattens a 4x4 map"},
        {"depthwise without padding", "n3_train", dw_no_pad, "padding n"},
        {"groups", "n3_train", groups, "group is 4"},
        {"dilation", "n3_train", dilated, "dilations must be"},
        {"strided block", "n3_train", block_stride, "stride 2"},
        {"uneven padding", "n3_train", pad_uneven, "same on all four sides"},
        {"image smaller than the stem", "n3_train", stem_too_large, "kernel is larger"},
        {"BN in training", "n3_train", bn_training, "in training mode"},
        {"negative variance", "n3_train", bn_variance, "variance of channel 2"},
        {"dropout in training", "n3_train", dropout_training, "may be in training mode"},
        {"foreign domain", "n3_train", foreign_domain, "another operator domain"},
};

static void test_onnx_refuse_other_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_change(&changes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_onnx_refuse_other_networks)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
