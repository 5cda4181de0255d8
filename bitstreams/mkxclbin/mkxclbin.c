/* SPDX-License-Identifier: Apache-2.0
 *
 * mkxclbin.c - the program build/mkxclbin: everything that is derived from spec/cu.def, cards.def
 * and the recipes.  bitstreams/README.md; `mkxclbin` alone prints its commands.
 */
#include <dlfcn.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitstreams/mkxclbin/axlf.h"
#include "bitstreams/mkxclbin/kernel_xml.h"
#include "bitstreams/mkxclbin/manifest.h"
#include "driver/error.h"
#include "driver/xclbin.h"
#include "model/program.h"
#include "sim/vn_sim.h"

/* What the options say. */
struct job {
	const char *card_name, *recipe_path, *plugin, *zip, *size, *made_from, *out;
	int units;
	struct vb_card card;
	struct vb_recipe recipe;
	uint32_t config[VN_CONFIG_WORDS];
};

static const char usage[] =
        "usage: mkxclbin COMMAND [OPTION...]\n"
        "  kernel                                   kernel.xml, for package_xo\n"
        "  card --card C --recipe F --plugin P      card.json, for the device process\n"
        "  emu --card C --recipe F --plugin P --zip Z --out X\n"
        "                                           write the hw_emu file X, and its entry in the "
        "manifest\n"
        "options:\n"
        "  --card C      a card of bitstreams/cards.def\n"
        "  --recipe F    a v++ link configuration, bitstreams/C.cfg\n"
        "  --units N     only its first N compute units\n"
        "  --plugin P    simulated compute unit, build/sim/libvn_rtl_RxC.so\n"
        "  --zip Z       what XRT's emulation unpacks and runs\n"
        "  --out X       the .xclbin\n";

static int parse(int argc, char **argv, struct job *job)
{
	const struct {
		const char *name, **value;
	} options[] = {{"--card", &job->card_name},
	               {"--recipe", &job->recipe_path},
	               {"--plugin", &job->plugin},
	               {"--zip", &job->zip},
	               {"--out", &job->out},
	               {"--size", &job->size},
	               {"--made-from", &job->made_from}};
	const int n = sizeof(options) / sizeof(options[0]);

	for (int i = 2; i < argc; i += 2) {
		int o = 0;

		if (i + 1 == argc)
			return -1;
		if (strcmp(argv[i], "--units") == 0) {
			job->units = atoi(argv[i + 1]);
			continue;
		}
		while (o < n && strcmp(argv[i], options[o].name) != 0)
			o++;
		if (o == n)
			return -1;
		*options[o].value = argv[i + 1];
	}
	return 0;
}

/* The configuration record that the plug-in was made with. */
static int read_plugin(struct job *job, vn_error *err)
{
	void *plugin = dlopen(job->plugin, RTLD_NOW | RTLD_LOCAL);
	const struct vn_sim_ops *ops = plugin ? dlsym(plugin, VN_SIM_SYMBOL) : NULL;
	int ret = 0;

	if (!ops || ops->abi != VN_SIM_ABI)
		ret = vn_fail(err, VN_EIO, "make sim-16x16 makes one",
		              "%s: not a simulated compute unit of this source", job->plugin);
	else
		memcpy(job->config, ops->config, sizeof(job->config));
	if (plugin)
		(void)dlclose(plugin);
	return ret;
}

static int read_parts(struct job *job, vn_error *err)
{
	int ret = vb_card_find(job->card_name, &job->card, err);

	if (!ret)
		ret = vb_recipe_read(job->recipe_path, &job->card, job->units, &job->recipe, err);
	if (!ret)
		ret = read_plugin(job, err);
	return ret;
}

/* ---- commands ---- */

static int kernel(struct job *job, vn_error *err)
{
	(void)job;
	(void)err;
	vb_print_kernel(stdout);
	return 0;
}

static json_t *address_json(uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	return json_string(text);
}

static int card(struct job *job, vn_error *err)
{
	const char *slash = strrchr(job->plugin, '/');
	json_t *units = json_array(), *banks = json_array(), *config = json_array(), *root;

	for (int u = 0; u < job->recipe.n_units; u++)
		json_array_append_new(
		        units, json_pack("{s:s,s:o,s:i}", "name", job->recipe.unit[u].name, "base",
		                         address_json(VB_REGISTERS_BASE +
		                                      VB_REGISTERS_RANGE * (uint64_t)u),
		                         "range", VB_REGISTERS_RANGE));
	for (int b = 0; b < job->card.n_banks; b++)
		json_array_append_new(banks,
		                      json_pack("{s:s,s:o,s:I}", "name", job->card.bank[b].tag,
		                                "base", address_json(job->card.bank[b].base),
		                                "bytes", 1024 * (json_int_t)job->card.bank[b].kib));
	for (int w = 0; w < VN_CONFIG_WORDS; w++)
		json_array_append_new(config, json_integer(job->config[w]));
	root = json_pack("{s:i,s:s,s:s,s:s,s:o,s:i,s:s,s:o,s:o}", "format", 1, "card",
	                 job->card.name, "platform", job->card.platform, "kernel", VN_KERNEL,
	                 "config", config, "clock_mhz", job->recipe.clock_mhz, "plugin",
	                 slash ? slash + 1 : job->plugin, "units", units, "banks", banks);
	if (!root || json_dumpf(root, stdout, JSON_INDENT(1)) != 0) {
		json_decref(root);
		return vn_fail(err, VN_EIO, NULL, "card.json cannot be written");
	}
	putchar('\n');
	json_decref(root);
	return 0;
}

static int emu(struct job *job, vn_error *err)
{
	uint8_t uuid[16];
	const struct vb_entry entry = {
	        .card = job->card.name,
	        .platform = job->card.platform,
	        .mode = "hw_emu",
	        .made_from = "rtl",
	        .config = job->config,
	        .units = job->recipe.n_units,
	        .clock_mhz = job->recipe.clock_mhz,
	        .uuid = uuid,
	};
	int ret = vb_axlf_write(job->out, &job->card, &job->recipe, job->zip, uuid, err);

	return ret ? ret : vb_manifest_put(job->out, &entry, err);
}

/* What a command needs of the options. */
enum { NEEDS_CARD = 1, NEEDS_ZIP = 2 };

static const struct {
	const char *name;
	int needs;
	int (*run)(struct job *job, vn_error *err);
} commands[] = {
        {"kernel", 0, kernel}, {"card", NEEDS_CARD, card}, {"emu", NEEDS_CARD | NEEDS_ZIP, emu}};

int main(int argc, char **argv)
{
	struct job job = {0};
	vn_error err = {0};
	const int n = sizeof(commands) / sizeof(commands[0]);
	int c = 0, ret = 0;

	while (argc > 1 && c < n && strcmp(argv[1], commands[c].name) != 0)
		c++;
	if (argc < 2 || c == n || parse(argc, argv, &job) != 0 ||
	    ((commands[c].needs & NEEDS_CARD) &&
	     (!job.card_name || !job.recipe_path || !job.plugin)) ||
	    ((commands[c].needs & NEEDS_ZIP) && (!job.zip || !job.out))) {
		fputs(usage, stderr);
		return 2;
	}
	if (commands[c].needs & NEEDS_CARD)
		ret = read_parts(&job, &err);
	if (!ret)
		ret = commands[c].run(&job, &err);
	if (ret) {
		fprintf(stderr, "error: %s\n", err.message);
		if (err.hint[0])
			fprintf(stderr, "hint: %s\n", err.hint);
	}
	return ret ? 1 : 0;
}
