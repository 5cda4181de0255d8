/* SPDX-License-Identifier: Apache-2.0
 *
 * options.c - VANILLIN_CARD.
 */
#include "emulation/device/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static int number(const char *key, const char *text, uint64_t least, uint64_t most, uint64_t *value,
                  vn_error *err)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || *value < least || *value > most)
		return vn_fail(err, VN_EARG, NULL,
		               "VANILLIN_CARD: %s: '%s' is not a number from %llu to %llu", key,
		               text, (unsigned long long)least, (unsigned long long)most);
	return 0;
}

static int number32(const char *key, const char *text, uint32_t least, uint32_t most, uint32_t *out,
                    vn_error *err)
{
	uint64_t value = 0;
	const int rc = number(key, text, least, most, &value, err);

	*out = (uint32_t)value;
	return rc;
}

/* A path; "%p" becomes the process' number. */
static int file(const char *key, const char *text, char path[PATH_MAX], vn_error *err)
{
	const char *mark = strstr(text, "%p");
	int n;

	if (mark)
		n = snprintf(path, PATH_MAX, "%.*s%d%s", (int)(mark - text), text, (int)getpid(),
		             mark + 2);
	else
		n = snprintf(path, PATH_MAX, "%s", text);
	if (text[0] && n > 0 && n < PATH_MAX)
		return 0;
	return vn_fail(err, VN_EARG, NULL, "VANILLIN_CARD: %s: '%s' is not a file name", key, text);
}

static int take_error(const char *text, struct vd_options *o, vn_error *err)
{
	char way[8], answer[8], more;
	unsigned long long nth = 0;

	if (sscanf(text, "%7[a-z]:%7[a-z]:%llu%c", way, answer, &nth, &more) != 3 || nth == 0 ||
	    (strcmp(way, "read") != 0 && strcmp(way, "write") != 0) ||
	    (strcmp(answer, "slverr") != 0 && strcmp(answer, "decerr") != 0))
		return vn_fail(err, VN_EARG, "as in error=read:slverr:1",
		               "VANILLIN_CARD: error: '%s' is not read|write:slverr|decerr:count",
		               text);
	if (o->n_faults == VN_SIM_FAULTS)
		return vn_fail(err, VN_EARG, NULL, "VANILLIN_CARD: error: more than %d",
		               VN_SIM_FAULTS);
	o->faults[o->n_faults++] = (struct vn_axi_fault){
	        .bytes = UINT64_MAX,
	        .nth = nth,
	        .resp = answer[0] == 's' ? VN_AXI_SLVERR : VN_AXI_DECERR,
	        .on_read = way[0] == 'r',
	        .on_write = way[0] == 'w',
	};
	return 0;
}

static int take_hang(const char *text, struct vd_options *o, vn_error *err)
{
	const char *colon = strrchr(text, ':');

	if (!colon || colon == text || colon - text >= VD_NAME_MAX)
		return vn_fail(err, VN_EARG, "as in hang=vn_cu_1:1",
		               "VANILLIN_CARD: hang: '%s' is not unit:start", text);
	snprintf(o->hang_unit, sizeof(o->hang_unit), "%.*s", (int)(colon - text), text);
	return number("hang", colon + 1, 1, UINT64_MAX, &o->hang_start, err);
}

static int take(const char *key, const char *value, struct vd_options *o, vn_error *err)
{
	uint32_t level = 0;
	int rc;

	if (strcmp(key, "latency") == 0)
		return number32(key, value, 1, 100000, &o->timing.read_latency, err);
	if (strcmp(key, "bandwidth") == 0)
		return number32(key, value, 1, 100, &o->timing.bandwidth, err);
	if (strcmp(key, "stall") == 0)
		return number32(key, value, 0, 100, &o->timing.stall, err);
	if (strcmp(key, "seed") == 0)
		return number(key, value, 0, INT_MAX, &o->timing.seed, err);
	if (strcmp(key, "log") == 0)
		return file(key, value, o->log, err);
	if (strcmp(key, "report") == 0)
		return file(key, value, o->report, err);
	if (strcmp(key, "error") == 0)
		return take_error(value, o, err);
	if (strcmp(key, "hang") == 0)
		return take_hang(value, o, err);
	if (strcmp(key, "die") == 0)
		return number(key, value, 1, UINT64_MAX, &o->die, err);
	if (strcmp(key, "level") != 0)
		return vn_fail(err, VN_EARG,
		               "latency, bandwidth, stall, seed, log, level, report, error, hang, "
		               "die",
		               "VANILLIN_CARD: there is no option '%s'", key);
	rc = number32(key, value, VD_LIFE, VD_VALUES, &level, err);
	o->level = (enum vd_level)level;
	return rc;
}

/* Cut @text in place. */
static int take_all(char *text, struct vd_options *o, vn_error *err)
{
	char *rest, *part = strtok_r(text, ";", &rest);
	int rc = 0;

	for (; !rc && part; part = strtok_r(NULL, ";", &rest)) {
		char *equals = strchr(part, '=');

		if (!equals)
			return vn_fail(err, VN_EARG, "as in latency=120;log=/tmp/card.log",
			               "VANILLIN_CARD: '%s' is not key=value", part);
		*equals = '\0';
		rc = take(part, equals + 1, o, err);
	}
	o->timing.write_latency = (o->timing.read_latency + 1) / 2;
	return rc;
}

int vd_options_parse(const char *text, struct vd_options *options, vn_error *err)
{
	char *copy;
	int rc;

	*options = (struct vd_options){
	        .timing = {.read_latency = 120, .bandwidth = 85, .seed = 1},
	};
	if (!text)
		text = "";
	copy = strdup(text);
	if (!copy)
		return vn_fail_nomem(err, strlen(text), "VANILLIN_CARD");
	rc = take_all(copy, options, err);
	free(copy);
	return rc;
}
