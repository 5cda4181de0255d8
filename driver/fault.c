/* SPDX-License-Identifier: Apache-2.0
 *
 * fault.c - what a status block says, in a sentence.
 */
#include <stdio.h>

#include "driver/device.h"
#include "base/error.h"
#include "model/program_words.h"

/* The register at @offset, for faults of arguments. */
static const char *register_name(uint32_t offset)
{
	switch (offset) {
#define VN_REG(name, at, bytes, access, doc)                                                       \
	case VN_REG_##name:                                                                        \
		return #name;
#include "spec/cu.def"
	default:
		return "?";
	}
}

static const char *stage_name(const struct vn_program *prog, uint32_t stage)
{
	if (stage < prog->n_stages)
		return prog->stages[stage].name;
	return stage == prog->n_stages ? "FC" : "?";
}

static int descriptor_fault(const char *uri, const struct vn_program *prog, const uint32_t *status,
                            vn_error *err)
{
	const uint32_t code = status[VN_ST_ERROR], at = status[VN_ST_DESC],
	               word = status[VN_ST_FIELD];
	const uint32_t *d;
	char field[96];

	if (at >= prog->n_desc)
		return vn_fail(err, VN_EDEVICE, "see the status block (vn_device_status)",
		               "%s: error %u at descriptor %u, which the program has not: %s", uri,
		               code, at, vn_cu_error_text(code));
	d = prog->desc[at];
	vn_field_name(VN_GET(d, ALL_OP), word, field, sizeof(field));
	return vn_fail(err, VN_EDEVICE,
	               code == VN_CU_BUS
	                       ? "the card's memory or its connection is at fault; reset the card"
	                       : "compile the network again; if it stays, the device is at fault",
	               "%s: descriptor %u (%s of %s), word %u (%s): %s", uri, at,
	               vn_op_name(VN_GET(d, ALL_OP)), stage_name(prog, VN_GET(d, ALL_STAGE)), word,
	               field, vn_cu_error_text(code));
}

int vn_status_check(const char *uri, const struct vn_program *prog,
                    const uint32_t status[VN_STATUS_WORDS], uint32_t images, vn_error *err)
{
	if (status[VN_ST_MAGIC] == VN_STATUS_MAGIC && status[VN_ST_VERSION] != VN_CONTRACT)
		return vn_fail(err, VN_ERUNTIME,
		               "the device is not running this version of the compute unit",
		               "%s: the compute unit is of contract version %u, this is %d", uri,
		               status[VN_ST_VERSION], VN_CONTRACT);
	if (status[VN_ST_MAGIC] != VN_STATUS_MAGIC)
		return vn_fail(err, VN_ERUNTIME,
		               "the device is not running this version of the compute unit",
		               "%s: a start ended without a status block of version %d", uri,
		               VN_CONTRACT);
	if (status[VN_ST_ERROR] == VN_CU_ARGUMENT || status[VN_ST_ERROR] == VN_CU_BUSY ||
	    (status[VN_ST_ERROR] == VN_CU_BUS && status[VN_ST_FIELD] == VN_REG_STATUS))
		return vn_fail(err, VN_EDEVICE, NULL, "%s: register %s: %s", uri,
		               register_name(status[VN_ST_FIELD]),
		               vn_cu_error_text(status[VN_ST_ERROR]));
	if (status[VN_ST_ERROR] != VN_CU_NONE)
		return descriptor_fault(uri, prog, status, err);
	if (status[VN_ST_HASH] != prog->hash)
		return vn_fail(err, VN_ECONFIG, "compile the network for this device",
		               "%s: the compute unit's configuration is %08x, the program's %08x",
		               uri, status[VN_ST_HASH], prog->hash);
	if (status[VN_ST_IMAGES] != images)
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: a start completed %u images of %u", uri,
		               status[VN_ST_IMAGES], images);
	return 0;
}
