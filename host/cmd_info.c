/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_info.c - vanillin info: what a program is, or what this build can do.
 */
#include <stdio.h>
#include <string.h>

#include "host/cli.h"
#include "host/forecast.h"
#include "host/net.h"
#include "host/out.h"
#include "spec/spec.h"

/* ---- this build ---- */

static json_t *devices_json(void)
{
	const char *line = vn_device_list();
	json_t *list = json_array();

	while (*line) {
		const char *end = strchr(line, '\n');
		const size_t length = end ? (size_t)(end - line) : strlen(line);
		const char *colon = memchr(line, ':', length);

		if (colon)
			json_array_append_new(list,
			                      json_pack("{s:s%,s:s%}", "scheme", line,
			                                (size_t)(colon - line), "about", colon + 2,
			                                length - (size_t)(colon + 2 - line)));
		line += length + (end != NULL);
	}
	return list;
}

static int print_build(int json)
{
	if (json)
		return vh_print_json(
		        json_pack("{s:s,s:o}", "version", VN_VERSION, "devices", devices_json()));
	printf("vanillin %s\ndevices:\n%s\n", VN_VERSION, vn_device_list());
	return VH_OK;
}

/* ---- a program ---- */

static const char *const config_names[VN_CONFIG_WORDS] = {
#define VN_CONFIG(name, word, value, least, most, doc) [word] = #name,
#include "spec/cu.def"
};

static json_t *numbers_json(const float *v, int n)
{
	json_t *list = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(list, json_real((double)v[i]));
	return list;
}

static json_t *config_json(const vn_program_info *info)
{
	json_t *object = json_object();

	for (int i = 0; i < VN_CONFIG_WORDS; i++)
		json_object_set_new(object, config_names[i], json_integer(info->config[i]));
	return object;
}

static json_t *stages_json(const vn_program *prog, int stages)
{
	json_t *list = json_array();
	vn_stage_info s;

	for (int i = 0; i < stages; i++)
		if (vn_program_stage(prog, i, &s) == 0)
			json_array_append_new(list, json_pack("{s:s,s:i,s:i,s:i,s:f}", "name",
			                                      s.name, "c", s.c, "h", s.h, "w", s.w,
			                                      "scale", (double)s.scale));
	return list;
}

static json_t *labels_json(const vn_program *prog, int classes)
{
	json_t *list = json_array();

	for (int c = 0; c < classes && vn_program_label(prog, c); c++)
		json_array_append_new(list, vh_json_text(vn_program_label(prog, c)));
	return list;
}

/* Cycles an image, alone and in full passes.  VN_EPROGRAM does not happen to what was loaded. */
struct cycles {
	struct vn_predict one, group;
	uint32_t pass;
};

static int predict(const vn_program *prog, struct cycles *c, vn_error *err)
{
	struct vh_forecast f;
	int rc;

	vh_forecast_program(prog, &f);
	c->pass = f.group.group ? f.group.group : 1;
	rc = vh_forecast_run(&f, 1, &c->one, err);
	return rc ? rc : vh_forecast_run(&f, c->pass, &c->group, err);
}

static int print_json(const char *path, const vn_program *prog, const vn_program_info *info,
                      const struct cycles *c)
{
	char hash[16];

	snprintf(hash, sizeof(hash), "%08x", info->config_hash);
	return vh_print_json(json_pack(
	        "{s:o,s:i,s:o,s:s,s:{s:i,s:i,s:i,s:o,s:o,s:i},s:i,s:o,s:o,s:i,s:i,s:I,s:I,s:{s:I,s:"
	        "f,s:I,s:f}}",
	        "program", vh_json_text(path), "version", (int)info->version, "config",
	        config_json(info), "config_hash", hash, "image", "c", info->in_c, "h", info->in_h,
	        "w", info->in_w, "mean", numbers_json(info->mean, info->in_c), "std",
	        numbers_json(info->std, info->in_c), "resize", info->recipe.resize, "classes",
	        info->classes, "labels", labels_json(prog, info->classes), "stages",
	        stages_json(prog, info->stages), "descriptors", info->descriptors, "group",
	        info->group, "weight_bytes", (json_int_t)info->weight_bytes, "macs",
	        (json_int_t)info->macs, "predicted", "cycles", (json_int_t)c->one.cycles,
	        "utilisation", vn_predict_use(&c->one, info->config), "cycles_of_a_pass",
	        (json_int_t)c->group.cycles, "utilisation_of_a_pass",
	        vn_predict_use(&c->group, info->config)));
}

static void print_numbers(const char *what, const float *v, int n)
{
	printf("%s", what);
	for (int i = 0; i < n; i++)
		printf("%s%g", i ? "," : " ", (double)v[i]);
}

static int print_text(const char *path, const vn_program *prog, const vn_program_info *info,
                      const struct cycles *c)
{
	vn_stage_info s;

	vh_say(stdout, "program      ", path, "");
	printf(", format %u\n", info->version);
	printf("compiled for %ux%u, configuration %08x\n", info->config[VN_CFG_ROWS],
	       info->config[VN_CFG_COLS], info->config_hash);
	printf("image        %d x %d, %d channel%s,", info->in_w, info->in_h, info->in_c,
	       info->in_c == 1 ? "" : "s");
	print_numbers(" mean", info->mean, info->in_c);
	print_numbers(" std", info->std, info->in_c);
	if (info->recipe.resize)
		printf(", %s to %d (%s)", info->recipe.squash ? "squashed" : "short side resized",
		       info->recipe.resize, info->recipe.bilinear ? "bilinear" : "bicubic");
	if (info->recipe.bgr)
		printf(", blue first");
	printf("\nclasses      %d%s\n", info->classes, vn_program_label(prog, 0) ? ", named" : "");
	printf("work         %.3f M multiply-accumulates an image\n", (double)info->macs * 1e-6);
	printf("weights      %.3f MB\n", (double)info->weight_bytes * 1e-6);
	printf("descriptors  %d, %d image%s a pass\n", info->descriptors, info->group,
	       info->group == 1 ? "" : "s");
	printf("predicted    %llu cycles for one image, %.1f %% of the array useful",
	       (unsigned long long)c->one.cycles, 100 * vn_predict_use(&c->one, info->config));
	if (c->pass > 1)
		printf("; %.0f an image in passes, %.1f %%", (double)c->group.cycles / c->pass,
		       100 * vn_predict_use(&c->group, info->config));
	printf(" (vanillin predict)\n");
	for (int i = 0; i < info->stages; i++)
		if (vn_program_stage(prog, i, &s) == 0)
			printf("stage        %-8s %d x %d x %d, scale %g\n", s.name, s.c, s.h, s.w,
			       (double)s.scale);
	return VH_OK;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	static const struct vh_option options[] = {{0}};
	struct vh_common common;
	vn_program *prog;
	vn_program_info info;
	struct cycles cycles;
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	if (n == 0)
		return print_build(common.json);
	rc = vh_program_load(argv[0], common.device, &prog, &err);
	if (rc)
		return vh_report(&err);
	vn_program_get_info(prog, &info);
	rc = vh_exit_code(predict(prog, &cycles, &err), &err);
	if (rc == VH_OK)
		rc = common.json ? print_json(argv[0], prog, &info, &cycles)
		                 : print_text(argv[0], prog, &info, &cycles);
	vn_program_free(prog);
	return rc;
}

const struct vh_command VH_INFO = {
        .name = "info",
        .operands = "[NET]",
        .summary = "what a program is; without one: version, devices, compiled-in sizes",
        .least = 0,
        .most = 1,
        .more = VH_NET_HELP,
        .run = run,
};
