/* SPDX-License-Identifier: Apache-2.0
 *
 * quality_out.c - how good a quantised network is, in words and JSON.
 */
#include "host/quality.h"

#include <math.h>
#include <stdio.h>

#include "host/out.h"

/* Measured on the shipped network: at 11 dB 98.9 % agree, at 9 dB 79 % (docs/results.md, "What int8
 * costs"). */
static const double BAD_DB = 10;
static const double BAD_AGREEMENT = 90; /* % */

static double agreement(const struct vh_quality *q)
{
	return 100 * (double)q->agree / (double)q->images;
}

static const char *stage_name(const vn_program *prog, int stage)
{
	vn_stage_info info;

	return vn_program_stage(prog, stage, &info) ? "" : info.name;
}

int vh_quality_bad(const struct vh_quality *q, int *stage)
{
	*stage = -1;
	/* Noise is handed on: the first stage that has it is the one to look at. */
	for (int s = q->stages; s-- > 0;)
		if (q->stage_db[s] < BAD_DB)
			*stage = s;
	return *stage >= 0 || q->logits_db < BAD_DB || agreement(q) < BAD_AGREEMENT;
}

void vh_quality_print(const struct vh_quality *q, const vn_program *prog)
{
	printf("images=%zu agree=%.2f logits_db=%.1f worst_stage=%s worst_db=%.1f", q->images,
	       agreement(q), q->logits_db, stage_name(prog, q->worst), q->stage_db[q->worst]);
	if (q->labelled)
		printf(" top1_float=%.2f top1_int8=%.2f",
		       100 * (double)q->right_float / (double)q->images,
		       100 * (double)q->right_int8 / (double)q->images);
}

void vh_quality_warn(const struct vh_quality *q, const vn_program *prog)
{
	int stage;

	if (!vh_quality_bad(q, &stage))
		return;
	if (stage < 0)
		stage = q->worst;
	fprintf(stderr,
	        "vanillin: warning: int8 follows the float network badly, from %s on (%.1f dB): "
	        "arg max agrees on %.2f %% of %zu images\n"
	        "hint: calibrate with more pictures of the kind the network will see, or try "
	        "another --range\n",
	        stage_name(prog, stage), q->stage_db[stage], agreement(q), q->images);
}

/* JSON has no infinity: null where nothing differs. */
static json_t *decibels(double db)
{
	return isfinite(db) ? json_real(db) : json_null();
}

json_t *vh_quality_json(const struct vh_quality *q, const vn_program *prog)
{
	json_t *stages = json_array(), *o;
	int stage;

	for (int s = 0; s < q->stages; s++)
		json_array_append_new(stages, json_pack("{s:s,s:o}", "name", stage_name(prog, s),
		                                        "sqnr_db", decibels(q->stage_db[s])));
	o = json_pack("{s:I,s:f,s:o,s:s,s:o,s:o,s:b}", "images", (json_int_t)q->images, "agreement",
	              agreement(q), "logits_sqnr_db", decibels(q->logits_db), "worst_stage",
	              stage_name(prog, q->worst), "worst_sqnr_db", decibels(q->stage_db[q->worst]),
	              "stages", stages, "bad", vh_quality_bad(q, &stage));
	if (o && q->labelled) {
		json_object_set_new(o, "top1_float",
		                    json_real(100 * (double)q->right_float / (double)q->images));
		json_object_set_new(o, "top1_int8",
		                    json_real(100 * (double)q->right_int8 / (double)q->images));
	}
	return o;
}
