/* SPDX-License-Identifier: Apache-2.0
 *
 * load.c - what of a program goes onto the card before a batch: descriptors, weights, room for
 * records.
 */
#include <stdlib.h>
#include <string.h>

#include "driver/device.h"
#include "base/error.h"

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

int vn_device_configure(struct vn_device *dev, const struct vn_program *prog, int *units,
                        vn_error *err)
{
	uint32_t unit[VN_CONFIG_WORDS] = {0};
	int rc = dev->ops->configure(dev->be, prog->config, unit, units, err);

	if (!rc && memcmp(unit, prog->config, sizeof(unit)) != 0)
		rc = config_fault(dev->uri, prog, unit, err);
	return rc;
}

/* ---- buffers ---- */

static uint64_t beats(uint64_t n)
{
	return n * VN_BEAT_BYTES;
}

static int upload(struct vn_unit *unit, enum vn_buffer_kind kind, const void *data, uint64_t bytes,
                  struct vn_buffer **buffer, vn_error *err)
{
	int rc = vn_unit_alloc(unit, kind, bytes, buffer, err);

	return rc ? rc : vn_unit_write(unit, "load", *buffer, 0, data, bytes, err);
}

void vn_space_drop(struct vn_unit *unit, struct vn_space *space)
{
	vn_unit_free(unit, space->buffer);
	space->buffer = NULL;
	space->bytes = 0;
}

int vn_space_grow(struct vn_unit *unit, struct vn_space *space, uint64_t bytes, vn_error *err)
{
	int rc;

	if (space->bytes >= bytes)
		return 0;
	vn_space_drop(unit, space);
	rc = vn_unit_alloc(unit, space->kind, bytes, &space->buffer, err);
	if (!rc)
		space->bytes = bytes;
	return rc;
}

int vn_staging_grow(struct vn_slot *slot, uint64_t bytes, vn_error *err)
{
	if (slot->staging_bytes >= bytes)
		return 0;
	free(slot->staging);
	slot->staging = NULL;
	slot->staging_bytes = 0;
	if (bytes > SIZE_MAX ||
	    posix_memalign((void **)&slot->staging, VN_BUFFER_ALIGN, (size_t)bytes) != 0) {
		slot->staging = NULL;
		return vn_fail_nomem(err, (size_t)bytes, "records of a batch");
	}
	slot->staging_bytes = bytes;
	return 0;
}

/* ---- programs ---- */

/* The descriptors with TAP_ON set where it acts.  The copy stays: a write may read it late. */
static int make_tapped(struct vn_loaded *on, const struct vn_program *prog, vn_error *err)
{
	const uint64_t bytes = beats(prog->n_desc);
	uint32_t(*tapped)[VN_DESC_WORDS] = malloc((size_t)bytes);

	if (!tapped)
		return vn_fail_nomem(err, (size_t)bytes, "a copy of the descriptors");
	on->tapped = tapped;
	memcpy(tapped, prog->desc, (size_t)bytes);
	for (uint32_t i = 0; i < prog->n_desc; i++)
		if (VN_FLAG_GET(tapped[i], TAP))
			tapped[i][VN_D_ALL_FLAGS_WORD] |= VN_BIT(TAP_ON) << VN_D_ALL_FLAGS_LSB;
	return 0;
}

static int upload_program(struct vn_unit *unit, const struct vn_program *prog, vn_error *err)
{
	const uint64_t bytes = beats(prog->n_desc);
	int rc = upload(unit, VN_BUFFER_PROGRAM, prog->desc, bytes, &unit->program[0], err);

	return rc ? rc
	          : upload(unit, VN_BUFFER_PROGRAM, unit->dev->on.tapped, bytes, &unit->program[1],
	                   err);
}

/* Two buffers, each as large as the largest segment that a stage entry names. */
static int alloc_stream(struct vn_unit *unit, const struct vn_program *prog, vn_error *err)
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
	rc = vn_unit_alloc(unit, VN_BUFFER_WEIGHTS, beats(most), &unit->weights[0], err);
	return rc ? rc
	          : vn_unit_alloc(unit, VN_BUFFER_WEIGHTS, beats(most), &unit->weights[1], err);
}

/* The segments of the single and of the group entry, once where they are the same. */
static int upload_resident(struct vn_unit *unit, const struct vn_program *prog, vn_error *err)
{
	const struct vn_entry *single = vn_program_entry(prog, VN_ENTRY_SINGLE, 0);
	const struct vn_entry *group = vn_program_entry(prog, VN_ENTRY_GROUP, 0);
	const struct vn_entry *entries[2] = {single, group};

	for (int i = 0; i < 2 && entries[i]; i++) {
		const struct vn_segment *s = &prog->segments[entries[i]->segment];
		int rc;

		if (i == 1 && group->segment == single->segment) {
			unit->weights[1] = unit->weights[0];
			continue;
		}
		rc = upload(unit, VN_BUFFER_WEIGHTS, prog->weights + beats(s->offset),
		            beats(s->beats ? s->beats : 1), &unit->weights[i], err);
		if (rc)
			return rc;
	}
	return 0;
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

static int put_unit(struct vn_unit *unit, const struct vn_program *prog, vn_error *err)
{
	int rc = vn_packer_new(prog, &unit->packer, err);

	if (!rc)
		rc = upload_program(unit, prog, err);
	if (!rc)
		rc = unit->dev->on.mode == VN_STREAM ? alloc_stream(unit, prog, err)
		                                     : upload_resident(unit, prog, err);
	for (int i = 0; !rc && i < 2; i++) {
		struct vn_slot *slot = &unit->slots[i];

		slot->input.kind = VN_BUFFER_INPUT;
		slot->output.kind = VN_BUFFER_OUTPUT;
		slot->scratch.kind = VN_BUFFER_SCRATCH;
		for (int k = 0; !rc && k < 2; k++)
			rc = vn_unit_alloc(unit, VN_BUFFER_STATUS, 4 * VN_STATUS_WORDS,
			                   &slot->status[k], err);
	}
	return rc;
}

/* Room for @n units; under the lock, since the watchdog looks through them. */
static int make_units(struct vn_device *dev, int n, vn_error *err)
{
	struct vn_unit *units = calloc((size_t)n, sizeof(*units));

	if (!units)
		return vn_fail_nomem(err, (size_t)n * sizeof(*units), "compute units");
	for (int i = 0; i < n; i++) {
		units[i].dev = dev;
		units[i].index = i;
	}
	pthread_mutex_lock(&dev->lock);
	dev->on.units = units;
	dev->on.n_units = n;
	pthread_mutex_unlock(&dev->lock);
	return 0;
}

int vn_loaded_put(struct vn_device *dev, const struct vn_program *prog, enum vn_weights mode,
                  vn_error *err)
{
	struct vn_loaded *on = &dev->on;
	int units = 0, rc;

	vn_call_enter(dev, &dev->watch.loader, "setting up the card", 0);
	rc = vn_device_configure(dev, prog, &units, err);
	vn_call_leave(dev, &dev->watch.loader);
	if (rc == VN_ETIMEOUT) /* a compute unit hangs that only had to tell what it is */
		dev->broken = dev->hung = 1;
	on->mode = mode;
	on->uses_scratch = mode == VN_STREAM ||
	                   entry_uses_scratch(prog, vn_program_entry(prog, VN_ENTRY_SINGLE, 0)) ||
	                   entry_uses_scratch(prog, vn_program_entry(prog, VN_ENTRY_GROUP, 0));
	if (!rc)
		rc = make_units(dev, units, err);
	if (!rc)
		rc = make_tapped(on, prog, err);
	for (int i = 0; !rc && i < units; i++)
		rc = put_unit(&on->units[i], prog, err);
	if (!rc) {
		on->counts = calloc(prog->n_stages + 2, sizeof(*on->counts));
		if (!on->counts)
			rc = vn_fail_nomem(err, (prog->n_stages + 2) * sizeof(*on->counts),
			                   "counters");
	}
	if (rc) {
		vn_loaded_free(dev);
		return rc;
	}
	vn_program_hold(prog);
	on->prog = prog;
	return 0;
}

static void free_unit(struct vn_unit *unit)
{
	vn_unit_free(unit, unit->program[0]);
	vn_unit_free(unit, unit->program[1]);
	if (unit->weights[1] != unit->weights[0])
		vn_unit_free(unit, unit->weights[1]);
	vn_unit_free(unit, unit->weights[0]);
	for (int i = 0; i < 2; i++) {
		struct vn_slot *slot = &unit->slots[i];

		vn_space_drop(unit, &slot->input);
		vn_space_drop(unit, &slot->output);
		vn_space_drop(unit, &slot->scratch);
		vn_unit_free(unit, slot->status[0]);
		vn_unit_free(unit, slot->status[1]);
		free(slot->staging);
	}
	vn_packer_free(unit->packer);
}

void vn_loaded_free(struct vn_device *dev)
{
	struct vn_loaded old;

	for (int i = 0; i < dev->on.n_units; i++)
		free_unit(&dev->on.units[i]);
	pthread_mutex_lock(&dev->lock);
	old = dev->on;
	memset(&dev->on, 0, sizeof(dev->on));
	pthread_mutex_unlock(&dev->lock);
	free(old.units);
	free(old.tapped);
	free(old.counts);
	vn_program_release(old.prog);
}
