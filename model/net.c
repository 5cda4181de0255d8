/* SPDX-License-Identifier: Apache-2.0
 *
 * net.c - notes, size and end of a vn_net.
 */
#include "model/net.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void vn_net_note(struct vn_net *net, const char *fmt, ...)
{
	va_list ap;

	if (net->n_notes == (int)(sizeof(net->notes) / sizeof(net->notes[0])))
		return;
	va_start(ap, fmt);
	vsnprintf(net->notes[net->n_notes++], sizeof(net->notes[0]), fmt, ap);
	va_end(ap);
}

void vn_net_free(struct vn_net *net)
{
	if (!net)
		return;
	for (int i = 0; net->stages && i < net->n_stages; i++) {
		struct vn_stage *st = &net->stages[i];

		free(st->w);
		free(st->b);
		free(st->act_w);
		free(st->act_b);
	}
	free(net->stages);
	free(net->fc_w);
	free(net->fc_b);
	for (int i = 0; net->labels && i < net->classes; i++)
		free(net->labels[i]);
	free(net->labels);
	free(net);
}

uint64_t vn_net_macs(const struct vn_net *net)
{
	uint64_t sum = 0;
	uint64_t last = 0;

	for (int i = 0; i < net->n_stages; i++) {
		const struct vn_stage *st = &net->stages[i];
		uint64_t cout = (uint64_t)st->cout;
		uint64_t side = 2 * (uint64_t)st->n + 1;

		sum += cout * (uint64_t)st->cin * (uint64_t)(st->k * st->k) * (uint64_t)st->conv_h *
		       (uint64_t)st->conv_w;
		if (st->act_w)
			sum += cout * side * side * (uint64_t)st->out_h * (uint64_t)st->out_w;
		last = cout;
	}
	return sum + last * (uint64_t)net->classes;
}
