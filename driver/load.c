/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - what of a program goes onto the card before a batch: descriptors, weights, room for
 * records.
 */
#include <stdlib.h>
#include <string.h>

#include "driver/device.h"
#include "driver/error.h"

/* ---- configurations ---- */

static const char *config_word_name(int word)
{
	static const char *const names[VN_CONFIG_WORDS] = {
#define VN_CONFIG(name, word, value, least, most, doc) [word] = #name,
#include "spec/cu.def"
	};

	return names[word];
}

/* Names both tiles, both hashes, and the first word that differs. */
static int config_fault(const char *uri, const struct vn_program *prog, const uint32_t *unit,
                        vn_error *err)
{
	const uint32_t *want = prog->config;
	int word = 0;

	while (word < VN_CONFIG_WORDS - 1 && want[word] == unit[word])
		word++;
	return vn_fail(err, VN_ECONFIG,
	               "compile the network with --target of the device's size, or open another",
	               "%.200s was compiled for %ux%u (%08x), %s is %ux%u (%08x): %s is %u there "
	               "and %u here",
	               prog->name ? prog->name : "the program", want[VN_CFG_ROWS],
	               want[VN_CFG_COLS], prog->hash, uri, unit[VN_CFG_ROWS], unit[VN_CFG_COLS],
	               vn_config_hash(unit), config_word_name(word), want[word], unit[word]);
}

int vn_device_configure(struct vn_device *dev, const struct vn_program *prog, vn_error *err)
{
	uint32_t unit[VN_CONFIG_WORDS] = {0};
	int units;
	int rc = dev->ops->configure(dev->be, prog->config, unit, &units, err);

	if (!rc && memcmp(unit, prog->config, sizeof(unit)) != 0)
		rc = config_fault(dev->uri, prog, unit, err);
	return rc;
}

/* ---- buffers ---- */

static uint64_t beats(uint64_t n)
{
	return n * VN_BEAT_BYTES;
}

static int upload(struct vn_device *dev, enum vn_buffer_kind kind, const void *data, uint64_t bytes,
                  struct vn_buffer **buffer, vn_error *err)
{
	int rc = dev->ops->alloc(dev->be, 0, kind, bytes, buffer, err);

	return rc ? rc : dev->ops->write(dev->be, *buffer, 0, data, bytes, err);
}

void vn_space_drop(struct vn_device *dev, struct vn_space *space)
{
	dev->ops->free(dev->be, space->buffer);
	space->buffer = NULL;
	space->bytes = 0;
}

int vn_space_grow(struct vn_device *dev, struct vn_space *space, uint64_t bytes, vn_error *err)
{
	int rc;

	if (space->bytes >= bytes)
		return 0;
	vn_space_drop(dev, space);
	rc = dev->ops->alloc(dev->be, 0, space->kind, bytes, &space->buffer, err);
	if (!rc)
		space->bytes = bytes;
	return rc;
}

int vn_staging_grow(struct vn_loaded *on, uint64_t bytes, vn_error *err)
{
	if (on->staging_bytes >= bytes)
		return 0;
	free(on->staging);
	on->staging = NULL;
	on->staging_bytes = 0;
	if (bytes > SIZE_MAX ||
	    posix_memalign((void **)&on->staging, VN_BUFFER_ALIGN, (size_t)bytes) != 0) {
		on->staging = NULL;
		return vn_fail_nomem(err, (size_t)bytes, "records of a batch");
	}
	on->staging_bytes = bytes;
	return 0;
}

/* ---- programs ---- */

/* The program as compiled, and a copy whose TAP descriptors act.  The copy stays: a write may read
 * it late. */
static int upload_program(struct vn_device *dev, const struct vn_program *prog, vn_error *err)
{
	const uint64_t bytes = beats(prog->n_desc);
	uint32_t(*tapped)[VN_DESC_WORDS] = malloc((size_t)bytes);
	int rc;

	if (!tapped)
		return vn_fail_nomem(err, (size_t)bytes, "a copy of the descriptors");
	dev->on.tapped = tapped;
	memcpy(tapped, prog->desc, (size_t)bytes);
	for (uint32_t i = 0; i < prog->n_desc; i++)
		if (VN_FLAG_GET(tapped[i], TAP))
			tapped[i][VN_D_ALL_FLAGS_WORD] |= VN_BIT(TAP_ON) << VN_D_ALL_FLAGS_LSB;
	rc = upload(dev, VN_BUFFER_PROGRAM, prog->desc, bytes, &dev->on.program[0], err);
	if (!rc)
		rc = upload(dev, VN_BUFFER_PROGRAM, tapped, bytes, &dev->on.program[1], err);
	return rc;
}

/* Two buffers, each as large as the largest segment that a stage entry names. */
static int alloc_stream(struct vn_device *dev, const struct vn_program *prog, vn_error *err)
{
	uint64_t most = 1;
	int rc;

	for (uint32_t s = 0; s <= prog->n_stages; s++) {
		const struct vn_entry *e = vn_program_entry(prog, VN_ENTRY_STAGE, s);

		if (!e)
			return vn_fail(
			        err, VN_EPROGRAM, "compile the network again",
			        "%.200s: no entry for stage %u, so its weights cannot be streamed",
			        prog->name ? prog->name : "the program", s);
		if (prog->segments[e->segment].beats > most)
			most = prog->segments[e->segment].beats;
	}
	rc = dev->ops->alloc(dev->be, 0, VN_BUFFER_WEIGHTS, beats(most), &dev->on.weights[0], err);
	if (!rc)
		rc = dev->ops->alloc(dev->be, 0, VN_BUFFER_WEIGHTS, beats(most),
		                     &dev->on.weights[1], err);
	return rc;
}

/* Whether entry @e loads or stores maps in scratch though nothing is tapped. */
static int entry_uses_scratch(const struct vn_program *prog, const struct vn_entry *e)
{
	for (uint32_t i = 1; e && i < e->count; i++) {
		const uint32_t *d = prog->desc[e->first + i];
		const uint32_t op = VN_GET(d, ALL_OP);

		if ((op == VN_OP_LOAD || op == VN_OP_STORE) &&
		    VN_GET(d, LOAD_SPACE) == VN_SPACE_SCRATCH && !VN_FLAG_GET(d, TAP))
			return 1;
	}
	return 0;
}

static int put_weights(struct vn_device *dev, const struct vn_program *prog, enum vn_weights mode,
                       vn_error *err)
{
	if (mode == VN_STREAM)
		return alloc_stream(dev, prog, err);
	return upload(dev, VN_BUFFER_WEIGHTS, prog->weights, beats(prog->weight_beats),
	              &dev->on.weights[0], err);
}

int vn_loaded_put(struct vn_device *dev, const struct vn_program *prog, enum vn_weights mode,
                  vn_error *err)
{
	struct vn_loaded *on = &dev->on;
	int rc = vn_device_configure(dev, prog, err);

	on->input.kind = VN_BUFFER_INPUT;
	on->output.kind = VN_BUFFER_OUTPUT;
	on->scratch.kind = VN_BUFFER_SCRATCH;
	on->mode = mode;
	on->uses_scratch = mode == VN_STREAM ||
	                   entry_uses_scratch(prog, vn_program_entry(prog, VN_ENTRY_SINGLE, 0)) ||
	                   entry_uses_scratch(prog, vn_program_entry(prog, VN_ENTRY_GROUP, 0));
	if (!rc)
		rc = vn_packer_new(prog, &on->packer, err);
	if (!rc)
		rc = upload_program(dev, prog, err);
	if (!rc)
		rc = put_weights(dev, prog, mode, err);
	if (!rc) {
		on->counts = calloc(prog->n_stages + 2, sizeof(*on->counts));
		if (!on->counts)
			rc = vn_fail_nomem(err, (prog->n_stages + 2) * sizeof(*on->counts),
			                   "counters");
	}
	if (!rc)
		rc = dev->ops->alloc(dev->be, 0, VN_BUFFER_STATUS, 4 * VN_STATUS_WORDS, &on->status,
		                     err);
	if (rc)
		vn_loaded_free(dev);
	else
		on->prog = prog;
	return rc;
}

void vn_loaded_free(struct vn_device *dev)
{
	struct vn_loaded *on = &dev->on;
	struct vn_buffer *const buffers[] = {
	        on->program[0], on->program[1],   on->weights[0],    on->weights[1],
	        on->status,     on->input.buffer, on->output.buffer, on->scratch.buffer,
	};

	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		dev->ops->free(dev->be, buffers[i]);
	vn_packer_free(on->packer);
	free(on->tapped);
	free(on->staging);
	free(on->counts);
	memset(on, 0, sizeof(*on));
}
