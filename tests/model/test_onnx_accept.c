/* SPDX-License-Identifier: Apache-2.0
 *
 * test_onnx_accept.c - the same network in other words is the same network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/onnx_change.h"

static void nothing(edit_model *m)
{
	(void)m;
}

static void reverse_nodes(edit_model *m)
{
	for (size_t i = 0, j = m->graph->n_node - 1; i < j; i++, j--) {
		edit_node *n = m->graph->node[i];

		m->graph->node[i] = m->graph->node[j];
		m->graph->node[j] = n;
	}
}

static void drop_names(edit_model *m)
{
	for (size_t i = 0; i < m->graph->n_node; i++)
		edit_string(&m->graph->node[i]->name, "");
}

static void leaky_is_identity(edit_model *m)
{
	change_leaky(m, "Identity");
}

static void leaky_is_dropout(edit_model *m)
{
	change_leaky(m, "Dropout");
}

static void leaky_is_prelu(edit_model *m)
{
	const float one = 1;

	edit_add_floats(m, "slope", &one, 1);
	change_leaky(m, "PRelu");
	for (int i = 0; i < 4; i++)
		edit_add_input(edit_find(m, "PRelu", i), "slope");
}

/* conv -> pool -> ReLU becomes conv -> ReLU -> pool. */
static void pool_after_relu(edit_model *m)
{
	edit_node *pool = edit_find(m, "MaxPool", 0), *relu = edit_find(m, "Relu", 1);
	size_t n = pool->n_attribute;
	edit_attr **attributes = pool->attribute;

	pool->n_attribute = 0;
	pool->attribute = NULL;
	relu->n_attribute = n;
	relu->attribute = attributes;
	edit_string(&pool->op_type, "Relu");
	edit_string(&relu->op_type, "MaxPool");
}

/* n1's second pooling, 7 pixels to 4: the windows of both are 0-1, 1-3, 3-5, 5-6. */
static void pool_overlapping(edit_model *m)
{
	const int64_t k[2] = {3, 3}, stride[2] = {2, 2}, pads[4] = {1, 1, 1, 1};
	edit_node *pool = edit_find(m, "AdaptiveMaxPool", 1);

	edit_no_attributes(pool);
	edit_string(&pool->op_type, "MaxPool");
	edit_string(&pool->domain, "");
	edit_ints(pool, "kernel_shape", k, 2);
	edit_ints(pool, "strides", stride, 2);
	edit_ints(pool, "pads", pads, 4);
}

static void separate_pad(edit_model *m)
{
	const int64_t none[4] = {0}, pads[8] = {0, 0, 2, 2, 0, 0, 2, 2};
	edit_node *conv = edit_find(m, "Conv", 0);

	edit_ints(conv, "pads", none, 4);
	edit_add_int64s(m, "pads", pads, 8);
	edit_add_input(edit_insert_before(m, conv, "Pad"), "pads");
}

static void same_padding(edit_model *m)
{
	edit_node *conv = edit_find(m, "Conv", 2); /* depthwise */
	edit_attr *a = edit_attribute(conv, "pads");

	/* The attribute becomes auto_pad = "SAME_UPPER". */
	a->n_ints = 0;
	edit_string(&a->name, "auto_pad");
	a->type = 3;
	a->s.data = (uint8_t *)strcpy(malloc(16), "SAME_UPPER");
	a->s.len = 10;
}

/* The bias of the first convolution as a node of its own. */
static void bias_is_add(edit_model *m)
{
	edit_node *conv = edit_find(m, "Conv", 0), *bn = edit_find(m, "BatchNormalization", 0);
	edit_tensor *t = edit_weights(m, conv, 2);
	edit_node *add = edit_insert_before(m, bn, "Add");

	edit_add_input(add, t->name);
	edit_no_input(conv, 2);
	t->dims = realloc(t->dims, 3 * sizeof(*t->dims));
	t->dims[1] = t->dims[2] = 1;
	t->n_dims = 3;
}

static void weights_through_identity(edit_model *m)
{
	edit_node *conv = edit_find(m, "Conv", 0);
	char name[64];
	edit_node *n;

	snprintf(name, sizeof(name), "%s", conv->input[1]);
	n = edit_insert_before(m, conv, "Identity");
	edit_string(&conv->input[1], n->output[0]);
	edit_string(&conv->input[0], n->input[0]);
	edit_string(&n->input[0], name);
}

static void twice_relu(edit_model *m)
{
	edit_insert_before(m, edit_find(m, "Relu", 0), "Relu");
}

static void average_pool(edit_model *m)
{
	const int64_t k[2] = {4, 4};

	change_average(m, "AveragePool", "kernel_shape", k, 2);
}

static void reduce_mean(edit_model *m)
{
	const int64_t axes[2] = {-1, 2};

	change_average(m, "ReduceMean", "axes", axes, 2);
}

static const struct change changes[] = {
        {"unchanged", "n3_train", nothing, NULL},
        {"nodes in another order", "n3_train", reverse_nodes, NULL},
        {"nodes without names", "n3_train", drop_names, NULL},
        {"leaky ReLU dropped", "n3_train", leaky_is_identity, NULL},
        {"dropout", "n3_train", leaky_is_dropout, NULL},
        {"PRelu of slope 1", "n3_train", leaky_is_prelu, NULL},
        {"pool after ReLU", "n3_train", pool_after_relu, NULL},
        {"adaptive pool", "n3_train", change_pool_to_adaptive, NULL},
        {"adaptive pool as MaxPool 3x3 stride 2", "n1_train", pool_overlapping, NULL},
        {"Pad before the stem", "n4_train", separate_pad, NULL},
        {"auto_pad", "n3_train", same_padding, NULL},
        {"Clip from 0", "n3_train", change_relu_to_clip, NULL},
        {"AveragePool", "n3_train", average_pool, NULL},
        {"ReduceMean", "n3_train", reduce_mean, NULL},
        {"bias as Add", "n3_train", bias_is_add, NULL},
        {"weights through Identity", "n3_train", weights_through_identity, NULL},
        {"two ReLUs", "n3_train", twice_relu, NULL},
};

static void test_onnx_accept_equal_graphs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_change(&changes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_onnx_accept_equal_graphs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
