/* SPDX-License-Identifier: Apache-2.0
 *
 * onnx_change.c - apply a change and look at what follows.
 */
#include "tests/model/onnx_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/net.h"
#include "tests/model/golden.h"

static void path_of(char *path, size_t size, const char *file)
{
	snprintf(path, size, "tests/golden/%s.onnx", file);
}

/* Logits of a fixed input. */
static void logits_of(const struct vn_net *net, float *logits)
{
	size_t count = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w;
	float *in = malloc(count * sizeof(*in)), *out[VN_MAX_STAGES + 1] = {NULL};
	vn_error err;

	for (size_t i = 0; i < count; i++)
		in[i] = (float)((i * 7919) % 256) / 128 - 1;
	out[net->n_stages] = logits;
	assert_int_equal(vn_net_run(net, in, out, NULL, &err), 0);
	free(in);
}

static void same_function(const struct change *c, const struct vn_net *net)
{
	float a[16], b[16];
	struct vn_net *base;
	char path[64];
	vn_error err;

	path_of(path, sizeof(path), c->file);
	assert_int_equal(vn_onnx_load(path, &base, &err), 0);
	assert_int_equal(base->classes, net->classes);
	assert_true(net->classes <= 16);
	logits_of(base, a);
	logits_of(net, b);
	vn_net_free(base);
	if (!(golden_error(b, a, (size_t)net->classes) < 1e-5))
		fail_msg("%s: computes something else", c->name);
}

void check_change(const struct change *c)
{
	char path[64];
	struct vn_net *net;
	edit_model *m;
	vn_error err = {0};
	unsigned char *data;
	size_t bytes;
	int rc;

	path_of(path, sizeof(path), c->file);
	m = edit_open(path);
	c->apply(m);
	data = edit_pack(m, &bytes);
	edit_close(m);
	rc = vn_onnx_parse("file.onnx", data, bytes, &net, &err);
	free(data);
	if (!c->words) {
		if (rc)
			fail_msg("%s: %s", c->name, err.message);
		same_function(c, net);
	} else if (rc != VN_EMODEL || net || err.code != rc || !strstr(err.message, c->words) ||
	           strncmp(err.message, "file.onnx: ", 11) || !err.hint[0]) {
		fail_msg("%s: %d \"%s\" (%s)", c->name, rc, err.message, err.hint);
	}
	vn_net_free(net);
}

/* ---- changes that both tables use ---- */

void change_leaky(edit_model *m, const char *op)
{
	for (int i = 0; i < 4; i++) {
		edit_node *n = edit_find(m, "LeakyRelu", 0);

		edit_string(&n->op_type, op);
		edit_no_attributes(n);
	}
}

void change_relu_to_clip(edit_model *m)
{
	edit_node *n = edit_find(m, "Relu", 0);

	edit_string(&n->op_type, "Clip");
	edit_float(n, "min", 0);
}

void change_pool_to_adaptive(edit_model *m)
{
	const int64_t size = 4;
	edit_node *pool = edit_find(m, "MaxPool", 0);

	edit_no_attributes(pool);
	edit_string(&pool->op_type, "AdaptiveMaxPool");
	edit_string(&pool->domain, "some.domain");
	edit_ints(pool, "output_size", &size, 1);
}

void change_average(edit_model *m, const char *op, const char *name, const int64_t *v, size_t count)
{
	edit_node *n = edit_find(m, "GlobalAveragePool", 0);

	if (count)
		edit_ints(n, name, v, count);
	edit_string(&n->op_type, op);
}
