/* SPDX-License-Identifier: Apache-2.0
 *
 * classify.c - network and picture for the examples.
 */
#include "examples/classify.h"

#include <stdio.h>
#include <stdlib.h>

#include "driver/pack.h"
#include "host/data.h"

void stop(const char *what, const char *why)
{
	fprintf(stderr, "error: %s: %s\n", what, why);
	_Exit(1); /* exit handlers of a runtime do not end well with a card open */
}

static void *allocate(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory)
		stop("memory", "there is not enough");
	return memory;
}

static void read_picture(struct classify *c)
{
	const struct vn_program *net = c->net;
	const struct vh_shape shape = {
	        .c = net->in_c, .h = net->in_h, .w = net->in_w, .recipe = net->recipe};
	uint8_t *pixels = allocate((size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w);
	struct vn_packer *packer;
	struct vh_data data;
	vn_error err;

	if (vh_data_images(c->picture, &shape, 0, &data, &err) ||
	    vh_data_get(&data, 0, pixels, &err) || vn_packer_new(net, &packer, &err))
		stop("picture", err.message);
	c->input = allocate(c->input_size);
	vn_pack(packer, pixels, c->input);
	vn_packer_free(packer);
	vh_data_free(&data);
	free(pixels);
}

void classify_read(const char *path, const char *picture, struct classify *c)
{
	const struct vn_entry *entry;
	const struct vn_segment *segment;
	struct vn_program *net;
	vn_error err;

	if (vn_program_load(path, &net, &err))
		stop("network", err.message);
	/* The way through the network that takes images one by one. */
	entry = vn_program_entry(net, VN_ENTRY_SINGLE, 0);
	segment = &net->segments[entry->segment];
	*c = (struct classify){
	        .net = net,
	        .picture = picture,
	        .first = entry->first,
	        .count = entry->count,
	        .descriptors = net->desc,
	        .descriptors_size = (size_t)net->n_desc * VN_BEAT_BYTES,
	        .weights = net->weights + segment->offset * VN_BEAT_BYTES,
	        .weights_size = (size_t)segment->beats * VN_BEAT_BYTES,
	        .input_size = (size_t)entry->input * VN_BEAT_BYTES,
	        .output_size = (size_t)entry->output * VN_BEAT_BYTES,
	        .scratch_size = (size_t)entry->scratch * VN_BEAT_BYTES,
	};
	read_picture(c);
}

void classify_print(const struct classify *c, const uint32_t status[VN_STATUS_WORDS],
                    const void *output)
{
	const int32_t *logits = output;
	const char *label;
	char text[96];
	int best;

	snprintf(text, sizeof(text), "error %u at descriptor %u, word %u (docs/contract.md)",
	         status[VN_ST_ERROR], status[VN_ST_DESC], status[VN_ST_FIELD]);
	if (status[VN_ST_MAGIC] != VN_STATUS_MAGIC)
		stop("compute unit", "it left no status block");
	if (status[VN_ST_ERROR] != VN_CU_NONE)
		stop("compute unit", text);
	if (vn_program_top(c->net, logits, 1, &best))
		stop("network", "it has no classes");
	label = vn_program_label(c->net, best);
	printf("%s: %s %.4f\n", c->picture, label ? label : "?",
	       (double)((float)logits[best] * vn_program_logit_scale(c->net, best)));
}

void classify_free(struct classify *c)
{
	free(c->input);
	vn_program_free(c->net);
}
