/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_onnx.c - libFuzzer entry: any bytes are either refused with a message or make a consistent
 * net.
 *
 * Start from the nets in tests/golden: fuzz_onnx CORPUS tests/golden
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/net.h"

enum { RUN_MACS = 1000000 }; /* nets up to this size are run as well */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_stage(const struct vn_stage *st, int cin, int h, int w)
{
	check(st->cin == cin && st->in_h == h && st->in_w == w);
	check(st->cout > 0 && st->cout <= VN_MAX_CHANNELS && st->k > 0 && st->stride > 0);
	check(st->conv_h > 0 && st->conv_w > 0 && st->out_h > 0 && st->out_w > 0);
	check(st->pool_h <= st->conv_h && st->pool_h >= st->out_h);
	check(st->pool_w <= st->conv_w && st->pool_w >= st->out_w);
	check(st->w && st->b && !st->act_w == !st->act_b);
	check(!st->act_w || (st->n >= 1 && st->n <= 4));
}

static void run(const struct vn_net *net)
{
	float *in = calloc((size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w, sizeof(*in));
	float *out[VN_MAX_STAGES + 1] = {NULL};
	vn_error err;

	out[net->n_stages] = calloc((size_t)net->classes, sizeof(float));
	if (in && out[net->n_stages])
		check(vn_net_run(net, in, out, NULL, &err) == 0);
	free(in);
	free(out[net->n_stages]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vn_net *net;
	vn_error err = {0};
	int cin, h, w;

	if (vn_onnx_parse("fuzz", data, size, &net, &err)) {
		check(net == NULL && err.code < 0 && err.message[0]);
		return 0;
	}
	check(net->n_stages > 0 && net->n_stages <= VN_MAX_STAGES && net->classes > 0);
	cin = net->in_c;
	h = net->in_h;
	w = net->in_w;
	for (int s = 0; s < net->n_stages; s++) {
		const struct vn_stage *st = &net->stages[s];

		check_stage(st, cin, h, w);
		cin = st->cout;
		h = st->out_h;
		w = st->out_w;
	}
	if (vn_net_macs(net) <= RUN_MACS && (size_t)net->in_h * (size_t)net->in_w <= 1 << 16)
		run(net);
	vn_net_free(net);
	return 0;
}
