/* SPDX-License-Identifier: Apache-2.0
 *
 * counters.c - what the engines did, summed over the starts of a program.
 */
#include <string.h>

#include "driver/device.h"
#include "base/error.h"
#include "model/predict.h"

_Static_assert((int)VN_COUNTED_ENGINES == (int)VN_ENGINES && VN_COUNTED_KINDS == 4,
               "the public header counts what the status block counts");

static uint64_t word64(const uint32_t *words)
{
	return words[0] | (uint64_t)words[1] << 32;
}

/* Cycles of a start; 0 if the model cannot tell. */
static uint64_t predict(const struct vn_program *prog, const struct vn_entry *entry, int taps,
                        uint32_t images)
{
	const struct vn_predict_options options = {.images = images, .taps = taps};
	struct vn_predict p;

	return vn_predict(prog->config, (const uint32_t(*)[VN_DESC_WORDS])prog->desc + entry->first,
	                  entry->count, &options, &p, NULL)
	               ? 0
	               : p.cycles;
}

void vn_count_start(struct vn_count *count, const struct vn_program *prog,
                    const struct vn_entry *entry, int taps, const uint32_t status[VN_STATUS_WORDS])
{
	const uint32_t images = status[VN_ST_IMAGES];
	vn_counters *c = &count->sum;
	const uint64_t cycles = word64(status + VN_ST_CYCLES);
	int e, k;

	c->starts++;
	c->images += images;
	if (!cycles)
		return;
	if (count->entry != entry || count->images != images || count->taps != taps)
		*count = (struct vn_count){*c, entry, images, taps,
		                           predict(prog, entry, taps, images)};
	c->cycles += cycles;
	c->predicted += count->predicted;
	for (e = 0; e < VN_COUNTED_ENGINES; e++)
		for (k = 0; k < VN_COUNTED_KINDS; k++)
			c->engine[e][k] +=
			        word64(status + VN_ST_COUNTERS + 2 * (VN_COUNTED_KINDS * e + k));
}

int vn_device_counters(vn_device *dev, int stage, vn_counters *counters, vn_error *err)
{
	int rc;

	if (!dev || !counters)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_counters: no device or no place for the counters");
	rc = vn_device_check(dev, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&dev->lock);
	if (!dev->on.prog || stage < -1 || stage > (int)dev->on.prog->n_stages)
		rc = vn_fail(err, VN_EARG, NULL, "%s: no program with a stage %d is loaded",
		             dev->uri, stage);
	else
		*counters = dev->on.counts[stage + 1].sum;
	pthread_mutex_unlock(&dev->lock);
	return rc;
}
