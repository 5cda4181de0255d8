/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_edit.h - change an ONNX file in memory, to see what the importer says about it.
 *
 * A model is the schema's own structure; whatever replaces a part of it is malloc'ed, as the
 * schema's free expects.
 */
#ifndef TESTS_MODEL_ONNX_EDIT_H
#define TESTS_MODEL_ONNX_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "model/onnx.pb-c.h"

typedef VnOnnx__ModelProto edit_model;
typedef VnOnnx__NodeProto edit_node;
typedef VnOnnx__AttributeProto edit_attr;
typedef VnOnnx__TensorProto edit_tensor;

/* NULL where the file cannot be read. */
edit_model *edit_open(const char *path);
void edit_close(edit_model *m);
/* The bytes of the changed file, malloc'ed. */
unsigned char *edit_pack(const edit_model *m, size_t *bytes);

/* All of these end the test where the thing is not there. */
edit_node *edit_find(edit_model *m, const char *op_type,
                     int which); /* the which-th of its kind, from 0 */
edit_attr *edit_attribute(edit_node *n, const char *name);
edit_tensor *edit_weights(edit_model *m, const edit_node *n,
                          int slot); /* the initialiser at an input */

void edit_string(char **where, const char *text);
void edit_int(edit_node *n, const char *name, int64_t value); /* sets or adds an attribute */
void edit_float(edit_node *n, const char *name, float value);
void edit_ints(edit_node *n, const char *name, const int64_t *v, size_t count);
void edit_no_attributes(edit_node *n);
void edit_no_input(edit_node *n, size_t slot); /* drops this input and those after it */
void edit_add_input(edit_node *n, const char *name);
void edit_values(edit_tensor *t, size_t index, float value);           /* of raw_data */
void edit_property(edit_model *m, const char *key, const char *value); /* NULL: rename it away */

/* Add initialisers. */
void edit_add_floats(edit_model *m, const char *name, const float *v, size_t count);
void edit_add_int64s(edit_model *m, const char *name, const int64_t *v, size_t count);

/* Put a new node between @n and what feeds its input 0. */
edit_node *edit_insert_before(edit_model *m, edit_node *n, const char *op_type);
/* Put a new node at the output of the graph. */
edit_node *edit_append(edit_model *m, const char *op_type);

#endif /* TESTS_MODEL_ONNX_EDIT_H */
