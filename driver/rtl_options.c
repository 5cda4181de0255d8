/* SPDX-License-Identifier: Apache-2.0
 *
 * rtl_options.c - the options of rtl: in a URI.
 */
#include "driver/rtl_options.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static int take_number(struct vn_uri *uri, const char *key, long least, long most, long *number,
                       vn_error *err)
{
	const char *value = vn_uri_take(uri, key);

	return value ? vn_uri_number(key, value, least, most, number, err) : 0;
}

static int take_timing(struct vn_uri *uri, struct vn_rtl_options *o, vn_error *err)
{
	long latency = 120, bandwidth = 85, stall = 0, seed = 1, cycles = 0;
	int rc = take_number(uri, "latency", 1, 100000, &latency, err);

	if (!rc)
		rc = take_number(uri, "bandwidth", 1, 100, &bandwidth, err);
	if (!rc)
		rc = take_number(uri, "stall", 0, 100, &stall, err);
	if (!rc)
		rc = take_number(uri, "seed", 0, INT_MAX, &seed, err);
	if (!rc)
		rc = take_number(uri, "cycles", 0, LONG_MAX, &cycles, err);
	o->sim.timing = (struct vn_axi_timing){
	        .read_latency = (uint32_t)latency,
	        .write_latency = (uint32_t)latency / 2,
	        .bandwidth = (uint32_t)bandwidth,
	        .stall = (uint32_t)stall,
	        .seed = (uint64_t)seed,
	};
	o->cycle_limit = (uint64_t)cycles;
	return rc;
}

/* Index of @word in @words (NULL at the end); -1. */
static int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static int take_error(const char *value, struct vn_rtl_options *o, vn_error *err)
{
	static const char *const kinds[] = {"program", "weights", "input", "output",
	                                    "scratch", "status",  NULL};
	static const char *const ways[] = {"read", "write", NULL};
	static const char *const answers[] = {"slverr", "decerr", NULL};
	char buffer[16], way[16], answer[16], more;
	unsigned long long nth;
	const int n = sscanf(value, "%15[a-z]:%15[a-z]:%15[a-z]:%llu%c", buffer, way, answer, &nth,
	                     &more);

	if (n != 4 || word_index(kinds, buffer) < 0 || word_index(ways, way) < 0 ||
	    word_index(answers, answer) < 0 || nth == 0)
		return vn_fail(err, VN_EARG, "as in error=weights:read:slverr:1",
		               "option error: '%s' is not buffer:read|write:slverr|decerr:count",
		               value);
	if (o->sim.n_faults == VN_SIM_FAULTS)
		return vn_fail(err, VN_EARG, NULL, "option error: more than %d", VN_SIM_FAULTS);
	o->sim.faults[o->sim.n_faults++] = (struct vn_axi_fault){
	        .base = vn_rtl_window((enum vn_buffer_kind)word_index(kinds, buffer)),
	        .bytes = VN_RTL_WINDOW,
	        .nth = nth,
	        .resp = word_index(answers, answer) ? VN_AXI_DECERR : VN_AXI_SLVERR,
	        .on_read = way[0] == 'r',
	        .on_write = way[0] == 'w',
	};
	return 0;
}

/* Which build of the model: by what it must be able to do. */
static int take_variant(struct vn_uri *uri, struct vn_rtl_options *o, vn_error *err)
{
	const char *trace = vn_uri_take(uri, "trace"), *array = vn_uri_take(uri, "array"),
	           *coverage = vn_uri_take(uri, "coverage");

	if (array && strcmp(array, "dsp") != 0 && strcmp(array, "dpi") != 0)
		return vn_fail(err, VN_EARG, NULL, "option array: '%s' is not dsp or dpi", array);
	if (!!trace + !!array + !!coverage > 1)
		return vn_fail(
		        err, VN_EARG, NULL,
		        "rtl: takes one of trace, coverage and array: each is a build of its own");
	if (trace)
		strcpy(o->variant, "_fst");
	else if (coverage)
		strcpy(o->variant, "_cov");
	else if (array)
		snprintf(o->variant, sizeof(o->variant), "_%.3s", array);
	if (trace || coverage)
		snprintf(o->file, sizeof(o->file), "%s", trace ? trace : coverage);
	o->sim.trace = trace ? o->file : NULL;
	o->sim.coverage = coverage ? o->file : NULL;
	return trace ? vn_outfile_claim(&o->traced, "option trace: ", trace, err) : 0;
}

static void write_event(void *context, const struct vn_sim_event *e)
{
	static const char *const engines[VN_SIM_ENGINES] = {
#define VN_ENGINE(name, index, doc) [index] = #name,
#include "spec/engines.def"
	};

	vn_outfile_print(context, "%s,%u,%llu,%llu\n", engines[e->engine], e->descriptor,
	                 (unsigned long long)e->start, (unsigned long long)e->end);
}

static const char EVENTS[] = "option events: ";

static int open_events(const char *path, struct vn_rtl_options *o, vn_error *err)
{
	int rc = path ? vn_outfile_open(&o->events, EVENTS, path, err) : 0;

	if (!path || rc)
		return rc;
	vn_outfile_print(&o->events, "engine,descriptor,start,end\n");
	o->sim.event = write_event;
	o->sim.context = &o->events;
	return 0;
}

int vn_rtl_options_take(struct vn_uri *uri, struct vn_rtl_options *o, vn_error *err)
{
	const char *error, *events = vn_uri_take(uri, "events");
	int rc = take_timing(uri, o, err);

	while (!rc && (error = vn_uri_take(uri, "error")))
		rc = take_error(error, o, err);
	if (!rc)
		rc = take_variant(uri, o, err);
	if (!rc)
		rc = vn_uri_no_options(uri, err);
	if (!rc)
		rc = vn_uri_size(uri, &o->rows, &o->cols, err);
	return rc ? rc : open_events(events, o, err);
}

int vn_rtl_options_finish(struct vn_rtl_options *o, vn_error *err)
{
	return o->events.file ? vn_outfile_finish(&o->events, EVENTS, err) : 0;
}

void vn_rtl_options_drop(struct vn_rtl_options *o)
{
	vn_outfile_drop(&o->events);
	vn_outfile_drop(&o->traced);
}
