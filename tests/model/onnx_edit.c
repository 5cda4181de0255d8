/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_edit.c - change an ONNX file in memory.
 */
#include "tests/model/onnx_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/golden.h"

enum { ATTR_FLOAT = 1, ATTR_INT = 2, ATTR_INTS = 7, TYPE_FLOAT = 1, TYPE_INT64 = 7 };

/* A broken test, not a broken importer. */
static void *need(void *p, const char *what)
{
	if (!p) {
		fprintf(stderr, "onnx_edit: no %s\n", what);
		abort();
	}
	return p;
}

static char *copy(const char *text)
{
	char *p = need(malloc(strlen(text) + 1), "memory");

	return strcpy(p, text);
}

/* A repeated field grown by one. */
static void push(void *list, size_t *count, void *item)
{
	void **p = need(realloc(*(void **)list, (*count + 1) * sizeof(*p)), "memory");

	p[(*count)++] = item;
	*(void **)list = p;
}

edit_model *edit_open(const char *path)
{
	size_t bytes;
	unsigned char *data = need(golden_file(path, &bytes), path);
	edit_model *m = vn_onnx__model_proto__unpack(NULL, bytes, data);

	free(data);
	return need(m, "model");
}

void edit_close(edit_model *m)
{
	vn_onnx__model_proto__free_unpacked(m, NULL);
}

unsigned char *edit_pack(const edit_model *m, size_t *bytes)
{
	unsigned char *data;

	*bytes = vn_onnx__model_proto__get_packed_size(m);
	data = need(malloc(*bytes + 1), "memory");
	vn_onnx__model_proto__pack(m, data);
	return data;
}

/* ---- finding ---- */

edit_node *edit_find(edit_model *m, const char *op_type, int which)
{
	for (size_t i = 0; i < m->graph->n_node; i++)
		if (!strcmp(m->graph->node[i]->op_type, op_type) && which-- == 0)
			return m->graph->node[i];
	return need(NULL, op_type);
}

static edit_attr *find_attr(edit_node *n, const char *name)
{
	for (size_t i = 0; i < n->n_attribute; i++)
		if (!strcmp(n->attribute[i]->name, name))
			return n->attribute[i];
	return NULL;
}

edit_attr *edit_attribute(edit_node *n, const char *name)
{
	return need(find_attr(n, name), name);
}

edit_tensor *edit_weights(edit_model *m, const edit_node *n, int slot)
{
	for (size_t i = 0; i < m->graph->n_initializer; i++)
		if (!strcmp(m->graph->initializer[i]->name, n->input[slot]))
			return m->graph->initializer[i];
	return need(NULL, "initialiser");
}

/* ---- changing ---- */

void edit_string(char **where, const char *text)
{
	if (*where != (char *)protobuf_c_empty_string)
		free(*where);
	*where = copy(text);
}

static edit_attr *make_attr(edit_node *n, const char *name, int type)
{
	edit_attr *a = find_attr(n, name);

	if (!a) {
		a = need(malloc(sizeof(*a)), "memory");
		vn_onnx__attribute_proto__init(a);
		edit_string(&a->name, name);
		push(&n->attribute, &n->n_attribute, a);
	}
	a->type = type;
	return a;
}

void edit_int(edit_node *n, const char *name, int64_t value)
{
	make_attr(n, name, ATTR_INT)->i = value;
}

void edit_float(edit_node *n, const char *name, float value)
{
	make_attr(n, name, ATTR_FLOAT)->f = value;
}

void edit_ints(edit_node *n, const char *name, const int64_t *v, size_t count)
{
	edit_attr *a = make_attr(n, name, ATTR_INTS);

	free(a->ints);
	a->ints = need(malloc(count * sizeof(*v) + 1), "memory");
	memcpy(a->ints, v, count * sizeof(*v));
	a->n_ints = count;
}

void edit_no_attributes(edit_node *n)
{
	while (n->n_attribute)
		vn_onnx__attribute_proto__free_unpacked(n->attribute[--n->n_attribute], NULL);
}

void edit_no_input(edit_node *n, size_t slot)
{
	while (n->n_input > slot)
		free(n->input[--n->n_input]);
}

void edit_add_input(edit_node *n, const char *name)
{
	push(&n->input, &n->n_input, copy(name));
}

void edit_values(edit_tensor *t, size_t index, float value)
{
	need(t->raw_data.len >= 4 * (index + 1) ? t : NULL, "raw data");
	memcpy(t->raw_data.data + 4 * index, &value, 4);
}

void edit_property(edit_model *m, const char *key, const char *value)
{
	VnOnnx__StringStringEntryProto *p;

	for (size_t i = 0; i < m->n_metadata_props; i++)
		if (!strcmp(m->metadata_props[i]->key, key)) {
			edit_string(value ? &m->metadata_props[i]->value
			                  : &m->metadata_props[i]->key,
			            value ? value : "other");
			return;
		}
	p = need(malloc(sizeof(*p)), "memory");
	vn_onnx__string_string_entry_proto__init(p);
	edit_string(&p->key, key);
	edit_string(&p->value, need((void *)value, key));
	push(&m->metadata_props, &m->n_metadata_props, p);
}

/* ---- adding ---- */

static edit_tensor *add_tensor(edit_model *m, const char *name, int type, size_t count)
{
	edit_tensor *t = need(malloc(sizeof(*t)), "memory");

	vn_onnx__tensor_proto__init(t);
	edit_string(&t->name, name);
	t->data_type = type;
	t->dims = need(malloc(sizeof(*t->dims)), "memory");
	t->dims[0] = (int64_t)count;
	t->n_dims = 1;
	push(&m->graph->initializer, &m->graph->n_initializer, t);
	return t;
}

void edit_add_floats(edit_model *m, const char *name, const float *v, size_t count)
{
	edit_tensor *t = add_tensor(m, name, TYPE_FLOAT, count);

	t->float_data = need(malloc(count * sizeof(*v)), "memory");
	memcpy(t->float_data, v, count * sizeof(*v));
	t->n_float_data = count;
}

void edit_add_int64s(edit_model *m, const char *name, const int64_t *v, size_t count)
{
	edit_tensor *t = add_tensor(m, name, TYPE_INT64, count);

	t->int64_data = need(malloc(count * sizeof(*v)), "memory");
	memcpy(t->int64_data, v, count * sizeof(*v));
	t->n_int64_data = count;
}

static edit_node *add_node(edit_model *m, const char *op_type, const char *in, const char *out)
{
	edit_node *n = need(malloc(sizeof(*n)), "memory");

	vn_onnx__node_proto__init(n);
	edit_string(&n->op_type, op_type);
	edit_string(&n->name, "added");
	edit_add_input(n, in);
	push(&n->output, &n->n_output, copy(out));
	push(&m->graph->node, &m->graph->n_node, n);
	return n;
}

edit_node *edit_insert_before(edit_model *m, edit_node *n, const char *op_type)
{
	static int serial;
	char name[32];
	edit_node *added;

	snprintf(name, sizeof(name), "inserted_%d", serial++);
	added = add_node(m, op_type, n->input[0], name);
	edit_string(&n->input[0], name);
	return added;
}

edit_node *edit_append(edit_model *m, const char *op_type)
{
	edit_node *added = add_node(m, op_type, m->graph->output[0]->name, "appended");

	edit_string(&m->graph->output[0]->name, "appended");
	return added;
}
