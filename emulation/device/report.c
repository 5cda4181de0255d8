/* SPDX-License-Identifier: Apache-2.0
 *
 * report.c - the report at the end.
 */
#include "emulation/device/report.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/error.h"

static json_t *unit_json(const struct vd_server *s, int unit)
{
	uint64_t starts = 0, cycles = 0;

	vd_unit_totals(s->units[unit], &starts, &cycles);
	return json_pack("{s:s, s:I, s:I}", "name", s->card->units[unit].name, "starts",
	                 (json_int_t)starts, "busy_cycles", (json_int_t)cycles);
}

int vd_report(const char *path, const struct vd_server *s, vn_error *err)
{
	json_t *root, *units;
	int failed;

	if (!path[0])
		return 0;
	units = json_array();
	for (int i = 0; i < s->card->n_units; i++)
		json_array_append_new(units, unit_json(s, i));
	root = json_pack("{s:s, s:f, s:I, s:I, s:I, s:I, s:o}", "card", s->card->name, "clock_mhz",
	                 s->card->clock_mhz, "card_cycles", (json_int_t)vd_clock_now(s->clock),
	                 "messages", (json_int_t)s->messages, "bytes_to_card",
	                 (json_int_t)s->bytes_to_card, "bytes_from_card",
	                 (json_int_t)s->bytes_from_card, "units", units);
	if (!root)
		return vn_fail_nomem(err, 1, "the report");
	errno = 0;
	failed = json_dump_file(root, path, JSON_INDENT(2));
	json_decref(root);
	return failed ? vn_fail(err, VN_EIO, "VANILLIN_CARD names it as report=FILE",
	                        "the report %s cannot be written: %s", path, strerror(errno))
	              : 0;
}
