/* SPDX-License-Identifier: Apache-2.0
 *
 * exec.c - one job: cut it in chunks, pack, start, collect.
 *
 * Reading order: vn_exec at the end, run_chunk, run_resident and run_stream.
 */
#include <string.h>

#include "driver/device.h"
#include "driver/error.h"

/* Records of images that one start computes, and where they begin in the buffers. */
struct part {
	const struct vn_entry
	        *entry;       /* NULL in stream mode: the stage entries, one after another */
	size_t first, images; /* of the chunk */
	uint64_t input, output, scratch;
};

/* Images that go over the card together: full passes of the group entry, then the rest one by one.
 */
struct chunk {
	struct vn_device *dev;
	const struct vn_job *job;
	size_t first, images;                                 /* of the job */
	uint64_t input_record, output_record, scratch_record; /* bytes */
	struct part parts[2];
	int n_parts;
	uint64_t input_bytes, output_bytes, scratch_bytes;
};

static uint64_t align_up(uint64_t n)
{
	return (n + VN_BUFFER_ALIGN - 1) / VN_BUFFER_ALIGN * VN_BUFFER_ALIGN;
}

/* ---- planning ---- */

static void set_records(struct chunk *c)
{
	const struct vn_loaded *on = &c->dev->on;
	const struct vn_entry *e = vn_program_entry(on->prog, VN_ENTRY_SINGLE, 0);

	c->input_record = (uint64_t)e->input * VN_BEAT_BYTES;
	c->output_record = (uint64_t)e->output * VN_BEAT_BYTES;
	c->scratch_record =
	        on->uses_scratch || c->job->taps ? (uint64_t)e->scratch * VN_BEAT_BYTES : 0;
}

/* As many images as card memory shall hold, in whole groups, at least one. */
static size_t chunk_limit(const struct chunk *c, size_t group)
{
	const uint64_t image = c->input_record + c->output_record + c->scratch_record;
	const uint64_t most = c->dev->chunk_bytes / image;

	return most < group ? group : (size_t)(most - most % group);
}

static void add_part(struct chunk *c, const struct vn_entry *entry, size_t images)
{
	struct part *p = &c->parts[c->n_parts];

	if (images == 0)
		return;
	*p = (struct part){
	        .entry = entry,
	        .first = c->n_parts ? c->parts[0].images : 0,
	        .images = images,
	        .input = c->input_bytes,
	        .output = c->output_bytes,
	        .scratch = c->scratch_bytes,
	};
	c->n_parts++;
	c->input_bytes = align_up(c->input_bytes + images * c->input_record);
	c->output_bytes = align_up(c->output_bytes + images * c->output_record);
	c->scratch_bytes = align_up(c->scratch_bytes + images * c->scratch_record);
}

static void plan_parts(struct chunk *c, const struct vn_entry *group)
{
	const struct vn_entry *single = vn_program_entry(c->dev->on.prog, VN_ENTRY_SINGLE, 0);
	const size_t grouped = group ? c->images - c->images % group->group : 0;

	c->n_parts = 0;
	c->input_bytes = c->output_bytes = c->scratch_bytes = 0;
	if (c->dev->on.mode == VN_STREAM) {
		add_part(c, NULL, c->images);
		return;
	}
	add_part(c, group, grouped);
	add_part(c, single, c->images - grouped);
}

static int grow_buffers(struct chunk *c, vn_error *err)
{
	struct vn_loaded *on = &c->dev->on;
	uint64_t staging = c->input_bytes > c->output_bytes ? c->input_bytes : c->output_bytes;
	int rc = vn_space_grow(c->dev, &on->input, c->input_bytes, err);

	if (c->job->taps && c->scratch_record > staging)
		staging = c->scratch_record;
	if (!rc)
		rc = vn_space_grow(c->dev, &on->output, c->output_bytes, err);
	if (!rc) /* the register wants an address even where nothing goes there */
		rc = vn_space_grow(c->dev, &on->scratch,
		                   c->scratch_bytes ? c->scratch_bytes : VN_BUFFER_ALIGN, err);
	if (!rc)
		rc = vn_staging_grow(on, staging, err);
	return rc;
}

/* ---- transfers ---- */

static int send_input(struct chunk *c, vn_error *err)
{
	struct vn_loaded *on = &c->dev->on;
	const uint8_t *pixels = c->job->pixels + c->first * c->job->pixel_bytes;
	int rc = 0;

	for (int i = 0; !rc && i < c->n_parts; i++) {
		const struct part *p = &c->parts[i];
		uint8_t *record = on->staging + p->input;

		for (size_t n = 0; n < p->images; n++) {
			vn_pack(on->packer, pixels, record + n * c->input_record);
			pixels += c->job->pixel_bytes;
		}
		rc = c->dev->ops->write(c->dev->be, on->input.buffer, p->input, record,
		                        p->images * c->input_record, err);
	}
	return rc;
}

static int fetch_logits(struct chunk *c, const struct part *p, vn_error *err)
{
	struct vn_loaded *on = &c->dev->on;
	const size_t classes = (size_t)c->job->classes;
	int32_t *logits = c->job->logits + (c->first + p->first) * classes;
	int rc = c->dev->ops->read(c->dev->be, on->output.buffer, p->output, on->staging,
	                           p->images * c->output_record, err);

	for (size_t n = 0; !rc && n < p->images; n++)
		memcpy(logits + n * classes, on->staging + n * c->output_record,
		       classes * sizeof(*logits));
	return rc;
}

static int fetch_taps(struct chunk *c, const struct part *p, vn_error *err)
{
	struct vn_loaded *on = &c->dev->on;
	const struct vn_program *prog = on->prog;
	int rc = 0;

	for (size_t n = 0; !rc && n < p->images; n++) {
		int8_t *tensors = c->job->tensors + (c->first + p->first + n) * c->job->tap_bytes;

		rc = c->dev->ops->read(c->dev->be, on->scratch.buffer,
		                       p->scratch + n * c->scratch_record, on->staging,
		                       c->scratch_record, err);
		for (uint32_t s = 0; !rc && s < prog->n_stages; s++)
			vn_unpack_stage(&prog->stages[s], prog->config[VN_CFG_ROWS],
			                on->staging +
			                        (uint64_t)prog->stages[s].offset * VN_BEAT_BYTES,
			                tensors + c->job->tap_at[s]);
	}
	return rc;
}

/* ---- starts ---- */

/* So that the block of an earlier start cannot pass for this one's. */
static int clear_status(struct vn_device *dev, vn_error *err)
{
	static const uint32_t zero[VN_STATUS_WORDS];

	return dev->ops->write(dev->be, dev->on.status, 0, zero, sizeof(zero), err);
}

static int begin(struct chunk *c, const struct part *p, const struct vn_entry *e,
                 struct vn_place weights, vn_error *err)
{
	struct vn_device *dev = c->dev;
	const struct vn_start start = {
	        .program = dev->on.program[c->job->taps],
	        .first = e->first,
	        .count = e->count,
	        .images = (uint32_t)p->images,
	        .weights = weights,
	        .input = {dev->on.input.buffer, p->input},
	        .output = {dev->on.output.buffer, p->output},
	        .scratch = {dev->on.scratch.buffer, p->scratch},
	        .status = dev->on.status,
	};
	int rc = clear_status(dev, err);

	return rc ? rc : dev->ops->start(dev->be, 0, &start, err);
}

/* @stage: whose start of @e it is; -1: the whole network's. */
static int finish(struct chunk *c, const struct part *p, const struct vn_entry *e, int stage,
                  vn_error *err)
{
	struct vn_device *dev = c->dev;
	uint32_t status[VN_STATUS_WORDS];
	int rc = dev->ops->wait(dev->be, 0, dev->deadline_ms, err);

	if (rc)
		dev->broken = 1;
	if (rc == VN_ETIMEOUT)
		return vn_fail(err, VN_ERUNTIME, "timeout_ms of the device's URI sets the limit",
		               "%s: a start of %zu images was not done after %d ms", dev->uri,
		               p->images, dev->deadline_ms);
	if (!rc)
		rc = dev->ops->read(dev->be, dev->on.status, 0, status, sizeof(status), err);
	if (rc)
		return rc;
	pthread_mutex_lock(&dev->lock);
	memcpy(dev->status, status, sizeof(status));
	dev->has_status = 1;
	rc = vn_status_check(dev->uri, dev->on.prog, status, (uint32_t)p->images, err);
	if (!rc)
		vn_count_start(&dev->on.counts[stage + 1], dev->on.prog, e, c->job->taps, status);
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

static int run_resident(struct chunk *c, const struct part *p, vn_error *err)
{
	const struct vn_segment *segment = &c->dev->on.prog->segments[p->entry->segment];
	const struct vn_place weights = {c->dev->on.weights[0], segment->offset * VN_BEAT_BYTES};
	int rc = begin(c, p, p->entry, weights, err);

	return rc ? rc : finish(c, p, p->entry, -1, err);
}

/* Upload the weights of a stage; past the last there is nothing to do. */
static int send_stage(struct vn_device *dev, uint32_t stage, vn_error *err)
{
	const struct vn_program *prog = dev->on.prog;
	const struct vn_entry *e = vn_program_entry(prog, VN_ENTRY_STAGE, stage);
	const struct vn_segment *segment;

	if (!e)
		return 0;
	segment = &prog->segments[e->segment];
	if (segment->beats == 0)
		return 0;
	return dev->ops->write(dev->be, dev->on.weights[stage % 2], 0,
	                       prog->weights + segment->offset * VN_BEAT_BYTES,
	                       segment->beats * VN_BEAT_BYTES, err);
}

/* While stage s runs, the weights of s + 1 go into the other buffer. */
static int run_stream(struct chunk *c, const struct part *p, vn_error *err)
{
	struct vn_device *dev = c->dev;
	int rc = send_stage(dev, 0, err);

	for (uint32_t s = 0; !rc && s <= dev->on.prog->n_stages; s++) {
		const struct vn_place weights = {dev->on.weights[s % 2], 0};
		const struct vn_entry *e = vn_program_entry(dev->on.prog, VN_ENTRY_STAGE, s);
		vn_error late = {0};
		int sent, ended;

		rc = begin(c, p, e, weights, err);
		if (rc)
			return rc;
		sent = send_stage(dev, s + 1, &late);
		ended = finish(c, p, e, (int)s, err);
		if (!ended && sent && err)
			*err = late;
		rc = ended ? ended : sent;
	}
	return rc;
}

static int run_chunk(struct chunk *c, vn_error *err)
{
	int rc = grow_buffers(c, err);

	if (!rc)
		rc = send_input(c, err);
	for (int i = 0; !rc && i < c->n_parts; i++)
		rc = c->parts[i].entry ? run_resident(c, &c->parts[i], err)
		                       : run_stream(c, &c->parts[i], err);
	for (int i = 0; !rc && i < c->n_parts; i++) {
		rc = fetch_logits(c, &c->parts[i], err);
		if (!rc && c->job->taps)
			rc = fetch_taps(c, &c->parts[i], err);
	}
	return rc;
}

int vn_exec(struct vn_device *dev, struct vn_job *job, vn_error *err)
{
	const struct vn_entry *group = dev->on.mode == VN_RESIDENT
	                                       ? vn_program_entry(dev->on.prog, VN_ENTRY_GROUP, 0)
	                                       : NULL;
	struct chunk c = {.dev = dev, .job = job};
	size_t limit;
	int rc = 0;

	if (dev->broken) {
		rc = vn_device_configure(dev, dev->on.prog, err);
		if (rc)
			return rc;
		dev->broken = 0;
	}
	set_records(&c);
	limit = chunk_limit(&c, group ? group->group : 1);
	for (; !rc && c.first < job->images; c.first += c.images) {
		c.images = job->images - c.first < limit ? job->images - c.first : limit;
		plan_parts(&c, group);
		rc = run_chunk(&c, err);
	}
	if (rc) /* a write may still be reading the staging memory; freeing its buffer ends that */
		vn_space_drop(dev, &dev->on.input);
	return rc;
}
