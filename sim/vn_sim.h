/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_sim.h - a simulated compute unit with its memory, as a plug-in.
 *
 * libvn_rtl_8x8.so holds one size of rtl/vn_cu.sv, translated by Verilator, between the memory of
 * vn_axi_mem.h and the checkers of vn_axi_check.h; its one symbol is a struct vn_sim_ops by the
 * name VN_SIM_SYMBOL.  Simulations share nothing: one may run in each thread.
 *
 * Nothing here prints or exits.  What went wrong for good (a protocol violation, a fault inside
 * the model) is kept as a sentence, `trouble`; the simulation stands still until reset.
 */
#ifndef VN_SIM_H
#define VN_SIM_H

#include <stddef.h>
#include <stdint.h>

#include "sim/vn_axi_mem.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VN_SIM_SYMBOL "vn_sim_plugin"

enum {
	VN_SIM_ABI = 3, /* changes with any of the structures */
	VN_SIM_PORTS = 3,
	VN_SIM_ENGINES = 5,
	VN_SIM_STATES = 5,
	VN_SIM_FAULTS = 8,
	VN_SIM_HANG = 2000000, /* cycles without a transfer or an event that are a hang */
};
enum { VN_SIM_PROGRAM, VN_SIM_WEIGHTS, VN_SIM_MAPS };

struct vn_sim;

/* A descriptor that an engine executed: cycles since the simulation was made. */
struct vn_sim_event {
	int engine; /* VN_ENGINE_LOAD ... VN_ENGINE_STORE */
	uint32_t descriptor;
	uint64_t start, end;
};

struct vn_sim_options {
	struct vn_axi_timing timing; /* of each port; the seed also of the register accesses */
	uint64_t hang_cycles;        /* 0: VN_SIM_HANG */
	struct vn_axi_fault faults[VN_SIM_FAULTS];
	int n_faults;
	const char *trace; /* FST file, or NULL; only where `variant` is "fst" */
	/* File of Verilator's coverage, or NULL; only where `variant` is "cov".  Written by destroy;
	 * the first simulation of a process writes the file of the name, others NAME.1, NAME.2, ... */
	const char *coverage;
	void (*event)(void *context, const struct vn_sim_event *event); /* NULL: none */
	void *context;
};

struct vn_sim_stats {
	uint64_t cycles; /* in run */
	struct vn_axi_stats ports[VN_SIM_PORTS];
	uint64_t outside, first_outside;                /* beats that met no memory */
	uint64_t states[VN_SIM_ENGINES][VN_SIM_STATES]; /* cycles in run */
	uint64_t started[VN_SIM_ENGINES], finished[VN_SIM_ENGINES];
};

enum vn_sim_stop {
	VN_SIM_DONE,    /* the interrupt is high */
	VN_SIM_LIMIT,   /* that many cycles have passed */
	VN_SIM_HUNG,    /* nothing has moved for hang_cycles */
	VN_SIM_TROUBLE, /* see trouble */
};

struct vn_sim_ops {
	uint32_t abi;
	uint32_t config[10]; /* the configuration record the model was made with */
	const char *variant; /* "", "fst", "cov", ... : the suffix of the plug-in's name */

	/* Reset, with no memory.  NULL, and a sentence in @error. */
	struct vn_sim *(*create)(const struct vn_sim_options *options, char *error, size_t size);
	void (*destroy)(struct vn_sim *sim); /* NULL allowed */
	/* Reset the compute unit and forget trouble; memory and its faults' counts stay. */
	void (*reset)(struct vn_sim *sim);
	int (*map)(struct vn_sim *sim, uint64_t address, void *host, uint64_t bytes);
	int (*unmap)(struct vn_sim *sim, uint64_t address);
	/* A register over AXI4-Lite.  -1: no answer in time, an error response, or trouble; after
	 * the first and the last only reset helps. */
	int (*write)(struct vn_sim *sim, uint32_t offset, uint32_t value);
	int (*read)(struct vn_sim *sim, uint32_t offset, uint32_t *value);
	enum vn_sim_stop (*run)(struct vn_sim *sim, uint64_t cycles);
	uint64_t (*cycle)(const struct vn_sim *sim);
	const char *(*trouble)(const struct vn_sim *sim); /* "" while there is none */
	void (*stats)(const struct vn_sim *sim, struct vn_sim_stats *stats);
};

#ifdef __cplusplus
}
#endif

#endif /* VN_SIM_H */
