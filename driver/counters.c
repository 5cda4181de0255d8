/* SPDX-License-Identifier: Apache-2.0
 *
 * counters.c - what the engines did, summed over the starts of a program.
 */
#include <string.h>

#include "driver/device.h"
#include "driver/error.h"

_Static_assert((int)VN_COUNTED_ENGINES == (int)VN_ENGINES && VN_COUNTED_KINDS == 4,
               "the public header counts what the status block counts");

static uint64_t word64(const uint32_t *words)
{
	return words[0] | (uint64_t)words[1] << 32;
}

void vn_counters_add(vn_counters *c, const uint32_t status[VN_STATUS_WORDS])
{
	int e, k;

	c->starts++;
	c->images += status[VN_ST_IMAGES];
	c->cycles += word64(status + VN_ST_CYCLES);
	for (e = 0; e < VN_COUNTED_ENGINES; e++)
		for (k = 0; k < VN_COUNTED_KINDS; k++)
			c->engine[e][k] +=
			        word64(status + VN_ST_COUNTERS + 2 * (VN_COUNTED_KINDS * e + k));
}

int vn_device_counters(vn_device *dev, int stage, vn_counters *counters, vn_error *err)
{
	int rc = 0;

	if (!dev || !counters)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_device_counters: no device or no place for the counters");
	pthread_mutex_lock(&dev->lock);
	if (!dev->on.counters || stage < -1 || stage > (int)dev->on.prog->n_stages)
		rc = vn_fail(err, VN_EARG, NULL, "%s: no program with a stage %d is loaded",
		             dev->uri, stage);
	else
		*counters = dev->on.counters[stage + 1];
	pthread_mutex_unlock(&dev->lock);
	return rc;
}
