/* SPDX-License-Identifier: Apache-2.0
 *
 * host_cu.c - run the compute unit of this size in the calling thread.  Host code, compiled once
 * per size, outside the HLS subset: it owns the memory of the buffers and does what needs an
 * address as a number.
 */
#include <stdlib.h>
#include <string.h>

#include "include/vanillin.h"
#include "hls/vn_hls.h"
#include "hls/vn_status.h"
#include "hls/vn_types.h"

_Thread_local vn_state *vn_state_now;

extern const struct vn_hls_cu vn_hls_entry;

/* Arguments in the order of their registers: the first that is impossible, or 0. */
static uint32_t bad_argument(const void *program, uint32_t count, uint32_t images,
                             const void *weights, const void *input, const void *output,
                             const void *scratch, const void *status)
{
	const struct {
		uint32_t reg;
		uintptr_t bad;
	} checks[] = {
	        {VN_REG_PROGRAM, (uintptr_t)program % VN_BEAT_BYTES},
	        {VN_REG_COUNT, count == 0},
	        {VN_REG_IMAGES, images == 0},
	        {VN_REG_WEIGHTS, (uintptr_t)weights % VN_BEAT_BYTES},
	        {VN_REG_INPUT, (uintptr_t)input % VN_BEAT_BYTES},
	        {VN_REG_OUTPUT, (uintptr_t)output % VN_BEAT_BYTES},
	        {VN_REG_SCRATCH, (uintptr_t)scratch % VN_BEAT_BYTES},
	        {VN_REG_STATUS, (uintptr_t)status % VN_BEAT_BYTES},
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].bad)
			return checks[i].reg;
	return 0;
}

/* Words to a block of any alignment. */
static void refuse(uint32_t reg, void *status)
{
	const vn_outcome o = {{VN_CU_ARGUMENT, reg}, 0, 0, 0};
	uint32_t words[VN_STATUS_WORDS];

	vn_status_words(o, vn_hls_entry.config, words);
	memcpy(status, words, sizeof(words));
}

static int run(const void *program, uint32_t first, uint32_t count, uint32_t images,
               const void *weights, const void *input, void *output, void *scratch, void *status)
{
	const uint32_t bad =
	        bad_argument(program, count, images, weights, input, output, scratch, status);

	if (bad != 0) {
		refuse(bad, status);
		return 0;
	}
	vn_state_now = aligned_alloc(VN_BEAT_BYTES, sizeof(*vn_state_now));
	if (vn_state_now == NULL)
		return VN_ENOMEM;
	memset(vn_state_now, 0, sizeof(*vn_state_now));
	vn_cu(program, first, count, images, weights, input, output, scratch, status);
	free(vn_state_now);
	vn_state_now = NULL;
	return 0;
}

const struct vn_hls_cu vn_hls_entry = {VN_CONFIG_RECORD, run};
