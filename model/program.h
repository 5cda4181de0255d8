/* SPDX-License-Identifier: Apache-2.0
 *
 * program.h - a compiled network in memory: what a .vnx file holds (docs/program-format.md).
 *
 * Made by the compiler (model/compile.h) or the loader (vn_program_load); read by the driver and by
 * ref:.
 */
#ifndef VN_PROGRAM_H
#define VN_PROGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "spec/spec.h"

enum vn_entry_kind { VN_ENTRY_SINGLE = 0, VN_ENTRY_GROUP = 1, VN_ENTRY_STAGE = 2 };

struct vn_entry {
	uint32_t kind, stage;            /* stage: of kind VN_ENTRY_STAGE; n_stages is the FC */
	uint32_t first, count;           /* descriptors, BEGIN included */
	uint32_t group;                  /* images a pass */
	uint32_t segment;                /* whose first byte is the weights base */
	uint32_t input, output, scratch; /* beats of a record */
};

struct vn_segment {
	uint64_t offset, beats; /* in weights */
};

struct vn_pstage {
	char name[16];
	uint32_t cin, cout; /* of the stem: cin = k*k*in_c */
	uint32_t conv_h, conv_w, out_h, out_w, pool_h, pool_w;
	uint32_t dw, n;
	uint32_t offset, step; /* beats: of the output in the scratch record */
	float scale;           /* real = scale*factor[c]*q + centre[c] */
	float *centre;         /* [cout] */
	float *factor;         /* [cout] */
};

struct vn_program {
	char *name; /* of the file, for messages */
	uint32_t config[VN_CONFIG_WORDS];
	uint32_t hash; /* of config */
	int in_c, in_h, in_w, k, stride, pad, classes, assumed;
	vn_recipe recipe;
	float mean[4], std[4];
	uint32_t n_stages;
	struct vn_pstage *stages; /* [n_stages] */
	float *logit_scale;       /* [classes] */
	char **labels;            /* [classes] or NULL */
	uint32_t n_entries;
	struct vn_entry *entries;
	uint32_t n_segments;
	struct vn_segment *segments;
	uint32_t n_desc;
	uint32_t (*desc)[VN_DESC_WORDS];
	uint64_t weight_beats;
	uint8_t *weights;   /* 64-byte aligned */
	atomic_int holders; /* vn_program_free that are still to come, less one */
};

/* One more vn_program_free is needed before @prog goes; for devices, which may use it longer than
 * the caller. */
void vn_program_hold(const struct vn_program *prog);
void vn_program_release(const struct vn_program *prog); /* that one; NULL allowed */

/* FNV-1a over the record's little-endian bytes. */
uint32_t vn_config_hash(const uint32_t config[VN_CONFIG_WORDS]);

/* The default record with tile @rows x @cols; VN_EARG if the size is not one a compute unit can
 * have. */
VN_MUST_CHECK int vn_config_for(int rows, int cols, uint32_t config[VN_CONFIG_WORDS],
                                vn_error *err);

/* Change words of @config as @params says: names of spec/cu.def (not VERSION, ROWS, COLS) and
 * numbers, "DW_CH=8 ACT_WORDS=131072"; NULL: nothing.  VN_EARG if that is not its form, or if no
 * compute unit can have the record. */
VN_MUST_CHECK int vn_config_set(const char *params, uint32_t config[VN_CONFIG_WORDS],
                                vn_error *err);

/* Entry of @kind (and @stage, for VN_ENTRY_STAGE); NULL if the program has none. */
const struct vn_entry *vn_program_entry(const struct vn_program *prog, enum vn_entry_kind kind,
                                        uint32_t stage);

/* Every rule of docs/program-format.md that needs no device: sizes, each descriptor, memory extents
 * against the records and segments, tokens, weights of -128.  VN_EPROGRAM with section, index and
 * field. */
VN_MUST_CHECK int vn_program_check(const struct vn_program *prog, vn_error *err);

/* Write @prog to @path, atomically (temporary file and rename).  VN_EIO, also for a @path that is a
 * device, a pipe, a folder or write-protected: those are left alone; VN_ENOMEM. */
VN_MUST_CHECK int vn_program_save(const struct vn_program *prog, const char *path, vn_error *err);

/* The file's bytes; *@data is the caller's, to be released by free(3).  VN_ENOMEM. */
VN_MUST_CHECK int vn_program_bytes(const struct vn_program *prog, void **data, size_t *bytes,
                                   vn_error *err);

/* MACs an image of the stem or 1x1 convolution of @stage, unpadded; n_stages: of the FC. */
uint64_t vn_stage_array_macs(const struct vn_program *prog, uint32_t stage);

#endif /* VN_PROGRAM_H */
