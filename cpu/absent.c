/* SPDX-License-Identifier: Apache-2.0
 *
 * absent.c - in the place of all else here where oneDNN's headers were not there to build with.
 */
#include <string.h>

#include "base/error.h"
#include "cpu/cpu.h"

static int absent(vn_error *err)
{
	return vn_fail(err, VN_ENODEV, "apt-get install libdnnl-dev, then build again",
	               "cpu: this was built without the headers of oneDNN 2");
}

int vn_cpu_about(struct vn_cpu_about *about, vn_error *err)
{
	memset(about, 0, sizeof(*about));
	return absent(err);
}

int vn_cpu_new(const struct vn_net *net, const struct vn_cpu_options *options, struct vn_cpu **out,
               vn_error *err)
{
	(void)net;
	(void)options;
	*out = NULL;
	return absent(err);
}

void vn_cpu_free(struct vn_cpu *cpu)
{
	(void)cpu;
}

int vn_cpu_run(struct vn_cpu *cpu, const uint8_t *pixels, float *logits, float *const *stages,
               vn_error *err)
{
	(void)cpu;
	(void)pixels;
	(void)logits;
	(void)stages;
	return absent(err);
}
