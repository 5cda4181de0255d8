/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule_tile.h - inside the scheduler: what one tile of C output channels needs over one band of
 * rows.  Functions append to the draft (model/emit.h); a failed allocation is kept there.
 */
#ifndef VN_SCHEDULE_TILE_H
#define VN_SCHEDULE_TILE_H

#include "model/emit.h"

/* One stage of one image on its way. */
struct vn_work {
	const struct vn_qstage *q;
	const struct vn_tiling *t;
	struct vn_stage_plan plan;
	uint32_t in_act;   /* word of conv row in_row in the buffer */
	uint32_t in_row;   /* first conv row that lies there */
	uint32_t in_rows;  /* rows that there is room for */
	uint32_t loaded;   /* conv rows loaded, when the whole input is */
	uint32_t made;     /* out_slots: pooled rows made */
	uint32_t slot_act; /* out_slots: word of output row slot_row */
	uint32_t slot_row, slot_rows;
	uint32_t started; /* the first tile has been */
	uint32_t *done;   /* [tiles] output rows made */
};

/* First beat of the block of @tile of the present stage, from the entry's weight segment. */
uint64_t vn_tile_base(const struct vn_emit *e, uint32_t tile);

/* Sums of pooled rows [y, y + rows) of one tile, and what POST makes of them. */
void vn_tile_band(struct vn_emit *e, struct vn_work *w, uint32_t tile, uint32_t y, uint32_t rows);

/* DW of rows [y, y + rows) of one tile.  @staged: to the staging, whose first row is @y. */
void vn_tile_depthwise(struct vn_emit *e, const struct vn_work *w, uint32_t flags, int staged,
                       uint32_t tile, uint32_t y, uint32_t rows);

/* Rows [y, y + rows) of a tile from staging to the stage's region of the scratch record. */
void vn_tile_store(struct vn_emit *e, const struct vn_work *w, uint32_t flags, uint32_t tile,
                   uint32_t y, uint32_t rows);

/* Make the output rows of @tile that rows [0, made) of the pooled map allow. */
void vn_finish_rows(struct vn_emit *e, struct vn_work *w, uint32_t tile, uint32_t made);

#endif /* VN_SCHEDULE_TILE_H */
