/* SPDX-License-Identifier: Apache-2.0
 *
 * program_parts.h - inside model/program*.c: records as words, their rules, and sizes that the
 * format implies.
 */
#ifndef VN_PROGRAM_PARTS_H
#define VN_PROGRAM_PARTS_H

#include "model/program.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "files are read and written in place, little endian");

enum {
	VN_VNX_HEADER = 24, /* bytes before the section table, and of a row of it */
	VN_VNX_SECTIONS = 9,
	VN_VNX_STAGES_MAX = 64,
	VN_VNX_ENTRIES_MAX = VN_VNX_STAGES_MAX + 3, /* kinds 0 and 1, stages and FC */
	VN_CONF_WORDS = VN_CONFIG_WORDS + 1,
};

extern const char VN_VNX_MAGIC[8];

/* Name and fourcc of the sections, in file order. */
struct vn_section {
	char name[5];
	uint32_t fourcc;
};
extern const struct vn_section VN_SECTION_LIST[VN_VNX_SECTIONS];

enum vn_section_index {
#define VN_SECTION(name, fourcc, doc) VN_SEC_##name,
#include "spec/vnx.def"
};

/* The range rules of one kind of record (spec/vnx.def). */
struct vn_rule {
	const char *name;
	uint32_t word;
	int is_float;
	uint32_t least, most;
};
struct vn_rules {
	const char *section;
	const struct vn_rule *rules;
	size_t n;
};
extern const struct vn_rules VN_RULES_CONF, VN_RULES_NETW, VN_RULES_STGS, VN_RULES_ENTR;

/* Whether record @index keeps its rules; floats must be finite.  @file: for the message.
 * VN_EPROGRAM. */
VN_MUST_CHECK int vn_rules_check(const struct vn_rules *r, const char *file, uint32_t index,
                                 const uint32_t *words, vn_error *err);

/* Whether a compute unit can have this configuration record.  VN_EPROGRAM. */
VN_MUST_CHECK int vn_config_check(const uint32_t config[VN_CONFIG_WORDS], const char *file,
                                  vn_error *err);

/* vn_program_parse of a file in memory that becomes the program's: @data is of aligned_alloc, beat-
 * aligned, and is freed here after an error.  Its weights are not copied to new memory. */
VN_MUST_CHECK int vn_program_take(const char *name, uint8_t *data, size_t bytes, vn_program **out,
                                  vn_error *err);

/* Records to words and back.  The stage's centre is not part of its record. */
void vn_netw_put(const struct vn_program *prog, uint32_t w[VN_NETW_WORDS]);
void vn_netw_get(struct vn_program *prog, const uint32_t w[VN_NETW_WORDS]);
void vn_stgs_put(const struct vn_pstage *s, uint32_t w[VN_STGS_WORDS]);
void vn_stgs_get(struct vn_pstage *s, const uint32_t w[VN_STGS_WORDS]);
void vn_entr_put(const struct vn_entry *e, uint32_t w[VN_ENTR_WORDS]);
void vn_entr_get(struct vn_entry *e, const uint32_t w[VN_ENTR_WORDS]);

/* The descriptors of every entry, one by one and as a pass.  VN_EPROGRAM, VN_ENOMEM. */
VN_MUST_CHECK int vn_program_check_entries(const struct vn_program *prog, vn_error *err);

/* Name for messages. */
const char *vn_program_name(const struct vn_program *prog);

/* @bytes in whole beats. */
static inline uint64_t vn_to_beats(uint64_t bytes)
{
	return (bytes + VN_BEAT_BYTES - 1) / VN_BEAT_BYTES;
}

static inline uint64_t vn_ceil_div(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

#endif /* VN_PROGRAM_PARTS_H */
