/* SPDX-License-Identifier: Apache-2.0
 *
 * test_onnx_refuse_file.c - files whose parts contradict each other are refused with the reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/onnx_change.h"

/* ---- refused: the file ---- */

static edit_tensor *stem_weights(edit_model *m)
{
	return edit_weights(m, edit_find(m, "Conv", 0), 1);
}

static void weight_nan(edit_model *m)
{
	edit_values(stem_weights(m), 5, NAN);
}

static void weight_inf(edit_model *m)
{
	edit_values(stem_weights(m), 0, -INFINITY);
}

static void overflow(edit_model *m)
{
	edit_node *bn = edit_find(m, "BatchNormalization", 0);

	edit_values(edit_weights(m, bn, 1), 0, 3e38f);
	edit_values(edit_weights(m, bn, 4), 0, 0);
}

static void data_short(edit_model *m)
{
	stem_weights(m)->raw_data.len -= 4;
}

static void data_none(edit_model *m)
{
	stem_weights(m)->raw_data.len = 0;
}

static void dims_huge(edit_model *m)
{
	stem_weights(m)->dims[0] = INT64_MAX;
	stem_weights(m)->dims[1] = INT64_MAX;
}

/* 8 * 3 * 4 * (4 + 2^59) is 8 * 3 * 4 * 4 in 64 bits. */
static void dims_wrap(edit_model *m)
{
	stem_weights(m)->dims[3] += (int64_t)1 << 59;
}

static void dims_negative(edit_model *m)
{
	stem_weights(m)->dims[0] = -8;
}

static void dims_zero(edit_model *m)
{
	stem_weights(m)->dims[0] = 0;
}

static void dims_swapped(edit_model *m)
{
	stem_weights(m)->dims[0] = 3;
	stem_weights(m)->dims[1] = 8;
}

static void dims_many(edit_model *m)
{
	edit_tensor *t = stem_weights(m);

	t->dims = realloc(t->dims, 9 * sizeof(*t->dims));
	for (int i = 4; i < 9; i++)
		t->dims[i] = 1;
	t->n_dims = 9;
}

static void half_floats(edit_model *m)
{
	stem_weights(m)->data_type = 10;
}

static void external(edit_model *m)
{
	stem_weights(m)->data_location = 1;
}

static void no_weights(edit_model *m)
{
	edit_string(&stem_weights(m)->name, "elsewhere");
}

static void bias_length(edit_model *m)
{
	edit_node *conv = edit_find(m, "Conv", 0);

	edit_string(&conv->input[2], edit_find(m, "Conv", 6)->input[2]);
}

static void made_twice(edit_model *m)
{
	edit_string(&edit_find(m, "Relu", 1)->output[0], edit_find(m, "Relu", 0)->output[0]);
}

static void cycle(edit_model *m)
{
	edit_string(&edit_find(m, "Conv", 0)->input[0], edit_find(m, "Relu", 1)->output[0]);
}

static void identity_cycle(edit_model *m)
{
	edit_node *n = edit_append(m, "Identity");

	edit_string(&n->input[0], n->output[0]);
	edit_string(&edit_find(m, "Conv", 0)->input[1], n->output[0]);
	edit_string(&m->graph->output[0]->name, edit_find(m, "Flatten", 0)->output[0]);
}

static void attribute_type(edit_model *m)
{
	edit_attribute(edit_find(m, "LeakyRelu", 0), "alpha")->type = 2;
}

static void opset_old(edit_model *m)
{
	m->opset_import[0]->version = 6;
}

static void opset_none(edit_model *m)
{
	edit_string(&m->opset_import[0]->domain, "com.example");
}

static void no_graph(edit_model *m)
{
	vn_onnx__graph_proto__free_unpacked(m->graph, NULL);
	m->graph = NULL;
}

static VnOnnx__TypeProto__Tensor *input_type(edit_model *m)
{
	return m->graph->input[0]->type->tensor_type;
}

static void input_integer(edit_model *m)
{
	input_type(m)->elem_type = 7;
}

static void input_dynamic(edit_model *m)
{
	VnOnnx__TensorShapeProto__Dimension *d = input_type(m)->shape->dim[2];

	d->value_case = VN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
	d->dim_param = strcpy(malloc(2), "H");
}

static void input_large(edit_model *m)
{
	input_type(m)->shape->dim[3]->dim_value = 5000;
}

static void input_channels(edit_model *m)
{
	input_type(m)->shape->dim[1]->dim_value = 5;
}

static void input_missing(edit_model *m)
{
	while (m->graph->n_input)
		vn_onnx__value_info_proto__free_unpacked(m->graph->input[--m->graph->n_input],
		                                         NULL);
}

/* ---- properties ---- */

static void mean_short(edit_model *m)
{
	edit_property(m, "vanillin.mean", "0.5,0.5");
}

static void mean_text(edit_model *m)
{
	edit_property(m, "vanillin.mean", "0.5,half,0.5");
}

static void std_zero(edit_model *m)
{
	edit_property(m, "vanillin.std", "0.5,0,0.5");
}

static void std_inf(edit_model *m)
{
	edit_property(m, "vanillin.std", "0.5,inf,0.5");
}

static void std_tiny(edit_model *m)
{
	edit_property(m, "vanillin.std", "0.5,1e-40,0.5");
}

static void attribute_nan(edit_model *m)
{
	edit_float(edit_find(m, "LeakyRelu", 0), "alpha", NAN);
}

static void epsilon_inf(edit_model *m)
{
	edit_float(edit_find(m, "BatchNormalization", 0), "epsilon", INFINITY);
}

static void std_missing(edit_model *m)
{
	edit_property(m, "vanillin.std", NULL);
}

static void labels_few(edit_model *m)
{
	edit_property(m, "vanillin.labels", "one\ntwo\n");
}

static void resize_wrong(edit_model *m)
{
	edit_property(m, "vanillin.resize", "short:256,crop:224");
}

static void resize_tail(edit_model *m)
{
	edit_property(m, "vanillin.resize", "short:36,crop:32px");
}

static const struct change changes[] = {
        {"NaN", "n3_train", weight_nan, "value 5 of input 1 is not a finite number"},
        {"Inf", "n3_train", weight_inf, "value 0 of input 1 is not a finite number"},
        {"overflow in folding", "n3_train", overflow, "exceed float32"},
        {"data too short", "n3_train", data_short, "shape and data"},
        {"data missing", "n3_train", data_none, "shape and data"},
        {"huge shape", "n3_train", dims_huge, "shape and data"},
        {"wrapping shape", "n3_train", dims_wrap, "shape and data"},
        {"negative shape", "n3_train", dims_negative, "shape and data"},
        {"empty shape", "n3_train", dims_zero, "shape and data"},
        {"swapped channels", "n3_train", dims_swapped, "for 8 channels meet a map of 3"},
        {"nine dimensions", "n3_train", dims_many, "shape and data"},
        {"half floats", "n3_train", half_floats, "shape and data"},
        {"external data", "n3_train", external, "its weights are in another file"},
        {"missing initialiser", "n3_train", no_weights, "input 1 is not a constant"},
        {"bias of another layer", "n3_train", bias_length, "the bias must have 8 values"},
        {"tensor made twice", "n3_train", made_twice, "is made twice"},
        {"cycle", "n3_train", cycle, "no input that its output depends on"},
        {"cycle of constants", "n3_train", identity_cycle, "input 1 is not a constant"},
        {"attribute of another type", "n3_train", attribute_type, "attribute alpha"},
        {"attribute that is no number", "n3_train", attribute_nan, "attribute alpha"},
        {"infinite epsilon", "n3_train", epsilon_inf, "variance of channel 0"},
        {"old operators", "n3_train", opset_old, "operator set 6"},
        {"no operators", "n3_train", opset_none, "operator set 0"},
        {"no graph", "n3_train", no_graph, "holds no graph"},
        {"integer input", "n3_train", input_integer, "not float32"},
        {"dynamic height", "n3_train", input_dynamic, "dimension 2 of the input"},
        {"huge width", "n3_train", input_large, "dimension 3 of the input"},
        {"five channels", "n3_train", input_channels, "dimension 1 of the input"},
        {"no input", "n3_train", input_missing, "has no input"},

        {"two means for three channels", "n3_train", mean_short, "must be 3 numbers"},
        {"mean in words", "n3_train", mean_text, "must be 3 numbers"},
        {"std of 0", "n3_train", std_zero, "must be 3 numbers"},
        {"std of infinity", "n3_train", std_inf, "must be 3 numbers"},
        {"std of almost nothing", "n3_train", std_tiny, "must be 3 numbers"},
        {"mean without std", "n3_train", std_missing, "must be 3 numbers"},
        {"too few labels", "n3_train", labels_few, "2 lines for 10 classes"},
        {"resize to another size", "n3_train", resize_wrong, "does not fit a 32x32"},
        {"resize with a tail", "n3_train", resize_tail, "does not fit a 32x32"},
};

static void test_onnx_refuse_bad_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_change(&changes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_onnx_refuse_bad_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
