/* SPDX-License-Identifier: Apache-2.0
 *
 * exec.c - one piece on one compute unit: pack and send its records, start and wait, fetch and
 * unpack.
 */
#include <string.h>

#include "driver/device.h"
#include "base/error.h"

/* ---- records ---- */

struct vn_records vn_records_of(const struct vn_loaded *on, int taps)
{
	const struct vn_entry *e = vn_program_entry(on->prog, VN_ENTRY_SINGLE, 0);

	return (struct vn_records){
	        .input = (uint64_t)e->input * VN_BEAT_BYTES,
	        .output = (uint64_t)e->output * VN_BEAT_BYTES,
	        .scratch = on->uses_scratch || taps ? (uint64_t)e->scratch * VN_BEAT_BYTES : 0,
	};
}

static struct vn_records records(const struct vn_unit *unit, const struct vn_piece *p)
{
	return vn_records_of(&unit->dev->on, p->job->taps);
}

/* Room on the card for all records of the piece, on the host for what moves at once. */
static int grow(struct vn_unit *unit, struct vn_slot *slot, vn_error *err)
{
	const struct vn_piece *p = &slot->piece;
	const struct vn_records r = records(unit, p);
	const uint64_t input = p->images * r.input, output = p->images * r.output;
	uint64_t staging = input > output ? input : output;
	int rc = vn_space_grow(unit, &slot->input, input, err);

	if (p->job->taps && r.scratch > staging)
		staging = r.scratch;
	if (!rc)
		rc = vn_space_grow(unit, &slot->output, output, err);
	if (!rc) /* the register wants an address even where nothing goes there */
		rc = vn_space_grow(unit, &slot->scratch,
		                   r.scratch ? p->images * r.scratch : VN_BUFFER_ALIGN, err);
	return rc ? rc : vn_staging_grow(slot, staging, err);
}

/* ---- send ---- */

/* So that the block of an earlier start cannot pass for the next one's.  Of start number @start of
 * the piece. */
static int clear_status(struct vn_unit *unit, struct vn_slot *slot, uint32_t start, vn_error *err)
{
	static const uint32_t zero[VN_STATUS_WORDS];

	return vn_unit_write(unit, "status", slot->status[start % 2], 0, zero, sizeof(zero), err);
}

int vn_piece_send(struct vn_unit *unit, struct vn_slot *slot, vn_error *err)
{
	const struct vn_piece *p = &slot->piece;
	const struct vn_job *job = p->job;
	const uint64_t record = records(unit, p).input;
	const uint8_t *pixels = job->pixels + p->first * job->pixel_bytes;
	int rc = grow(unit, slot, err);
	int64_t begin;

	if (rc)
		return rc;
	begin = vn_now_ns();
	for (size_t n = 0; n < p->images; n++)
		vn_pack(unit->packer, pixels + n * job->pixel_bytes, slot->staging + n * record);
	vn_timeline_add(unit->dev->timeline, unit->index, "pack", begin, p->images * record,
	                p->images);
	rc = vn_unit_write(unit, "write", slot->input.buffer, 0, slot->staging, p->images * record,
	                   err);
	return rc ? rc : clear_status(unit, slot, 0, err);
}

/* ---- compute ---- */

/* Start number @number of the piece. */
static int begin(struct vn_unit *unit, struct vn_slot *slot, uint32_t number,
                 const struct vn_entry *e, struct vn_buffer *weights, vn_error *err)
{
	const struct vn_piece *p = &slot->piece;
	const struct vn_start start = {
	        .program = unit->program[p->job->taps],
	        .first = e->first,
	        .count = e->count,
	        .images = (uint32_t)p->images,
	        .weights = weights,
	        .input = slot->input.buffer,
	        .output = slot->output.buffer,
	        .scratch = slot->scratch.buffer,
	        .status = slot->status[number % 2],
	};

	return vn_unit_start(unit, &start, err);
}

/* How start number @number, of entry @e, ended.  @stage: whose it is; -1: the whole network's. */
static int check_status(struct vn_unit *unit, struct vn_slot *slot, uint32_t number,
                        const struct vn_entry *e, int stage, vn_error *err)
{
	struct vn_device *dev = unit->dev;
	const struct vn_piece *p = &slot->piece;
	uint32_t status[VN_STATUS_WORDS];
	int rc = vn_unit_read(unit, slot->status[number % 2], 0, status, sizeof(status), err);

	if (rc)
		return rc;
	pthread_mutex_lock(&dev->lock);
	memcpy(dev->status, status, sizeof(status));
	dev->has_status = 1;
	rc = vn_status_check(dev->uri, dev->on.prog, status, (uint32_t)p->images, err);
	if (!rc && dev->on.counts)
		vn_count_start(&dev->on.counts[stage + 1], dev->on.prog, e, p->job->taps, status);
	pthread_mutex_unlock(&dev->lock);
	return rc;
}

/* The status is looked at when the results are fetched, so that the next piece need not wait for
 * that. */
static int compute_resident(struct vn_unit *unit, struct vn_slot *slot, struct vn_slot *other,
                            vn_error *err)
{
	const struct vn_entry *e = slot->piece.entry;
	int rc = begin(unit, slot, 0, e, unit->weights[e->kind == VN_ENTRY_GROUP], err);

	return rc ? rc : vn_unit_wait(unit, other, err);
}

/* Upload the weights of a stage for turn @turn. */
static int send_stage(struct vn_unit *unit, uint32_t stage, unsigned turn, vn_error *err)
{
	const struct vn_program *prog = unit->dev->on.prog;
	const struct vn_segment *segment =
	        &prog->segments[vn_program_entry(prog, VN_ENTRY_STAGE, stage)->segment];

	if (segment->beats == 0)
		return 0;
	return vn_unit_write(unit, "weights", unit->weights[turn % 2], 0,
	                     prog->weights + segment->offset * VN_BEAT_BYTES,
	                     segment->beats * VN_BEAT_BYTES, err);
}

/* While a stage computes: the weights of what comes after it, the next stage or, if a piece is
 * ready, that one's first. */
static int send_ahead(struct vn_unit *unit, struct vn_slot *slot, uint32_t stage,
                      struct vn_slot *other, vn_error *err)
{
	int rc;

	if (stage < unit->dev->on.prog->n_stages) {
		rc = send_stage(unit, stage + 1, unit->turn + 1, err);
		return rc ? rc : clear_status(unit, slot, stage + 1, err);
	}
	if (other)
		vn_unit_serve(unit, other);
	if (!other || other->state != VN_SLOT_READY)
		return 0;
	rc = send_stage(unit, 0, unit->turn + 1, err);
	unit->ahead = rc == 0;
	return rc;
}

static int compute_stage(struct vn_unit *unit, struct vn_slot *slot, struct vn_slot *other,
                         uint32_t stage, vn_error *err)
{
	const struct vn_entry *e = vn_program_entry(unit->dev->on.prog, VN_ENTRY_STAGE, stage);
	vn_error late = {0};
	int sent, rc = begin(unit, slot, stage, e, unit->weights[unit->turn % 2], err);

	if (rc)
		return rc;
	sent = send_ahead(unit, slot, stage, other, &late);
	rc = vn_unit_wait(unit, other, err);
	unit->turn++;
	if (!rc)
		rc = check_status(unit, slot, stage, e, (int)stage, err);
	if (!rc && sent && err)
		*err = late;
	return rc ? rc : sent;
}

static int compute_stream(struct vn_unit *unit, struct vn_slot *slot, struct vn_slot *other,
                          vn_error *err)
{
	int rc = unit->ahead ? 0 : send_stage(unit, 0, unit->turn, err);

	unit->ahead = 0;
	for (uint32_t s = 0; !rc && s <= unit->dev->on.prog->n_stages; s++)
		rc = compute_stage(unit, slot, other, s, err);
	if (rc)
		unit->ahead = 0;
	return rc;
}

int vn_piece_compute(struct vn_unit *unit, struct vn_slot *slot, struct vn_slot *other,
                     vn_error *err)
{
	return slot->piece.entry ? compute_resident(unit, slot, other, err)
	                         : compute_stream(unit, slot, other, err);
}

/* ---- fetch ---- */

static int fetch_logits(struct vn_unit *unit, struct vn_slot *slot, vn_error *err)
{
	const struct vn_piece *p = &slot->piece;
	const uint64_t record = records(unit, p).output;
	const size_t classes = (size_t)p->job->classes;
	int rc = vn_unit_read(unit, slot->output.buffer, 0, slot->staging, p->images * record, err);
	const int64_t begin = vn_now_ns();

	for (size_t n = 0; !rc && n < p->images; n++)
		memcpy(p->job->logits + (p->first + n) * classes, slot->staging + n * record,
		       classes * sizeof(*p->job->logits));
	vn_timeline_add(unit->dev->timeline, unit->index, "unpack", begin, p->images * record,
	                p->images);
	return rc;
}

static int fetch_taps(struct vn_unit *unit, struct vn_slot *slot, vn_error *err)
{
	const struct vn_program *prog = unit->dev->on.prog;
	const struct vn_piece *p = &slot->piece;
	const uint64_t record = records(unit, p).scratch;
	int rc = 0;

	for (size_t n = 0; !rc && n < p->images; n++) {
		int8_t *tensors = p->job->tensors + (p->first + n) * p->job->tap_bytes;

		rc = vn_unit_read(unit, slot->scratch.buffer, n * record, slot->staging, record,
		                  err);
		for (uint32_t s = 0; !rc && s < prog->n_stages; s++)
			vn_unpack_stage(&prog->stages[s], prog->config[VN_CFG_ROWS],
			                slot->staging +
			                        (uint64_t)prog->stages[s].offset * VN_BEAT_BYTES,
			                tensors + p->job->tap_at[s]);
	}
	return rc;
}

int vn_piece_fetch(struct vn_unit *unit, struct vn_slot *slot, vn_error *err)
{
	const struct vn_entry *e = slot->piece.entry;
	int rc = e ? check_status(unit, slot, 0, e, -1, err) : 0;

	if (!rc)
		rc = fetch_logits(unit, slot, err);
	return !rc && slot->piece.job->taps ? fetch_taps(unit, slot, err) : rc;
}
