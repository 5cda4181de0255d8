/* SPDX-License-Identifier: Apache-2.0
 *
 * predict.h - how many cycles an entry takes on a compute unit, and where they go.
 *
 * The model of spec/timing.def: a dispatcher that deals the list out to five engines with bounded
 * queues, tokens between them, one memory port for weights and parameters.  Engines work in order
 * and a list is correct in order, so every descriptor waits only for earlier ones: one walk over
 * the list gives all times.
 */
#ifndef VN_PREDICT_H
#define VN_PREDICT_H

#include <stdint.h>

#include "model/program.h"
#include "spec/spec.h"

enum {
#define VN_TIMING(name, value, doc) VN_T_##name = (value),
#include "spec/timing.def"
};

/* ---- one compute unit in time ---- */

/* The state after some descriptors of a list; plain data, so that a copy is a trial. */
struct vn_machine {
	uint32_t rows, cols, lanes, dw_ch;
	uint64_t fetched; /* when the newest descriptor was dispatched */
	struct {
		uint64_t free;              /* when it can start another */
		uint64_t issued;            /* when the newest has issued all its work */
		uint64_t taken[VN_T_QUEUE]; /* when it started its newest, by number mod QUEUE */
		uint64_t count;
	} engine[VN_ENGINES];
	int64_t level;     /* hundredths of beats in the weight FIFO; below 0: owed */
	uint64_t level_at; /* when */
};

/* What became of one descriptor. */
struct vn_moment {
	uint64_t dispatched; /* entered its engine's queue */
	uint64_t start;      /* had its tokens, and the engine took it */
	uint64_t begin;      /* its parameters are there and the engine has issued the one before */
	uint64_t free;       /* all its work is issued */
	uint64_t done;       /* its result can be read */
	uint64_t weights;    /* of begin..free: cycles starved for weights */
};

/* Bytes of card memory that @d asks for, on whichever port it uses. */
uint64_t vn_machine_bytes(const struct vn_machine *m, const uint32_t d[VN_DESC_WORDS]);

void vn_machine_init(struct vn_machine *m, const uint32_t config[VN_CONFIG_WORDS]);

/* The next descriptor of the list.  @skip: it only passes its tokens.  @ready: when the last of
 * those is there. */
struct vn_moment vn_machine_issue(struct vn_machine *m, const uint32_t d[VN_DESC_WORDS], int skip,
                                  uint64_t ready);

enum { VN_PREDICT_STAGES = 65 }; /* stem and blocks at most, and the FC */

/* ---- a whole entry ---- */

/* Where an engine's cycles went; as the counters of the status block. */
enum vn_spent { VN_SPENT_BUSY, VN_SPENT_WEIGHTS, VN_SPENT_INPUT, VN_SPENT_BLOCKED, VN_SPENTS };

struct vn_predict_stage {
	uint64_t first, last; /* cycle of the array's first and last issue for it */
	uint64_t array;       /* cycles in which the array took a pixel of it */
	uint64_t held;        /* cycles of its MMs, starved for weights or not */
	uint64_t cycles; /* its part of the whole: up to each of its MMs' last issue from that of
	                         the MM before, whosever; the end is the last MM's */
	uint64_t busy[VN_ENGINES]; /* cycles in which each engine issues work of it */
	uint64_t macs;             /* useful ones, unpadded; 0 without @prog */
	uint64_t weights;          /* bytes it reads on the weights port: tiles and parameters */
	uint64_t maps;             /* bytes it moves on the maps port, both ways */
};

struct vn_predict {
	uint64_t cycles;                       /* from start to done */
	uint64_t spent[VN_ENGINES][VN_SPENTS]; /* of each engine; they sum to cycles */
	uint32_t n_stages;                     /* the FC included */
	struct vn_predict_stage stages[VN_PREDICT_STAGES];
	uint64_t macs; /* of all stages */
};

struct vn_predict_options {
	uint32_t images;
	int taps;                      /* as if every TAP were on */
	const struct vn_program *prog; /* NULL, or the network, for its useful MACs */
	/* May be NULL.  Called for every descriptor in list order; @desc counts from BEGIN. */
	void (*event)(void *ctx, uint32_t pass, uint32_t desc, const struct vn_moment *moment);
	void *ctx;
};

/* Predict the entry desc[0..count), BEGIN first.  Does not block.  Errors: VN_EARG no images;
 * VN_EPROGRAM the list does not begin with BEGIN, has an unknown opcode, or waits for a token that
 * is not there. */
VN_MUST_CHECK int vn_predict(const uint32_t config[VN_CONFIG_WORDS],
                             const uint32_t (*desc)[VN_DESC_WORDS], uint32_t count,
                             const struct vn_predict_options *opt, struct vn_predict *out,
                             vn_error *err);

/* What a stage asks most of, and so what it cannot be faster than: the array's turns, the weights
 * port (tiles and parameters), POST, DW, or the maps port (LOAD and STORE). */
enum vn_bound {
	VN_BOUND_ARRAY,
	VN_BOUND_WEIGHTS,
	VN_BOUND_POST,
	VN_BOUND_DW,
	VN_BOUND_MAPS,
	VN_BOUNDS
};

/* Cycles of the stage's work there. */
uint64_t vn_predict_demand(const struct vn_predict_stage *stage, enum vn_bound bound);
/* That with the greatest demand. */
enum vn_bound vn_predict_bound(const struct vn_predict_stage *stage);

/* Useful MACs a cycle, as a part of what R x C could do. */
double vn_predict_use(const struct vn_predict *p, const uint32_t config[VN_CONFIG_WORDS]);

#endif /* VN_PREDICT_H */
