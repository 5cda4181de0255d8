/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_status.h - the status block and the configuration hash in it (spec/cu.def).
 */
#ifndef VN_STATUS_H
#define VN_STATUS_H

#include "hls/vn_config.h"
#include "spec/check.h"

/* How a start ended. */
typedef struct {
	vn_verdict verdict;
	uint32_t desc;   /* descriptor at fault, from the start of the program; 0 without a fault */
	uint32_t images; /* of completed passes */
	uint32_t executed; /* descriptors of engines */
} vn_outcome;

/* FNV-1a over the record's bytes, little endian. */
static inline uint32_t vn_record_hash(const uint32_t config[VN_CONFIG_WORDS])
{
	uint32_t hash = 2166136261u;
	uint32_t i, b;

	for (i = 0; i < VN_CONFIG_WORDS; i++)
		for (b = 0; b < 4; b++) {
			hash ^= (config[i] >> (8 * b)) & 0xffu;
			hash *= 16777619u;
		}
	return hash;
}

static inline void vn_status_words(vn_outcome o, const uint32_t config[VN_CONFIG_WORDS],
                                   uint32_t words[VN_STATUS_WORDS])
{
	uint32_t i;

	for (i = 0; i < VN_STATUS_WORDS; i++)
		words[i] = 0;
	words[VN_ST_MAGIC] = VN_STATUS_MAGIC;
	words[VN_ST_VERSION] = VN_CONTRACT;
	words[VN_ST_HASH] = vn_record_hash(config);
	words[VN_ST_ERROR] = o.verdict.code;
	words[VN_ST_DESC] = o.desc;
	words[VN_ST_FIELD] = o.verdict.field;
	words[VN_ST_IMAGES] = o.images;
	words[VN_ST_EXECUTED] = o.executed;
	for (i = 0; i < VN_CONFIG_WORDS; i++)
		words[VN_ST_CONFIG + i] = config[i];
}

#endif /* VN_STATUS_H */
