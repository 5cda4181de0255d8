/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_change.h - a committed net, one change to it, and what the importer must say.
 */
#ifndef TESTS_MODEL_ONNX_CHANGE_H
#define TESTS_MODEL_ONNX_CHANGE_H

#include "tests/model/onnx_edit.h"

struct change {
	const char *name, *file;
	void (*apply)(edit_model *m);
	const char *words; /* part of the refusal; NULL: accepted, and computes what the unchanged
	                      net computes */
};

/* Fails the running cmocka test where something else happens. */
void check_change(const struct change *c);

/* ---- changes that both tables use ---- */

/* Every LeakyRelu becomes @op, without attributes. */
void change_leaky(edit_model *m, const char *op);
/* The first Relu becomes Clip from 0. */
void change_relu_to_clip(edit_model *m);
/* The MaxPool becomes AdaptiveMaxPool to 4x4. */
void change_pool_to_adaptive(edit_model *m);
/* The GlobalAveragePool becomes @op with @count values in attribute @name. */
void change_average(edit_model *m, const char *op, const char *name, const int64_t *v,
                    size_t count);

#endif /* TESTS_MODEL_ONNX_CHANGE_H */
