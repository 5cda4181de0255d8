/* SPDX-License-Identifier: Apache-2.0
 *
 * mkxclbin.c - the program build/mkxclbin: all that is derived from spec/cu.def, cards.def and the
 * recipes.  The scripts beside it call it; `mkxclbin` alone prints its commands.
 *
 * Exit codes: 0; 1 something failed (a sentence on stderr); 2 usage.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bitstreams/mkxclbin/axlf.h"
#include "bitstreams/mkxclbin/card_json.h"
#include "bitstreams/mkxclbin/cards_md.h"
#include "bitstreams/mkxclbin/kernel_xml.h"
#include "bitstreams/mkxclbin/manifest.h"
#include "base/error.h"
#include "base/escape.h"
#include "driver/xclbin.h"
#include "model/program.h"
#include "sim/vn_sim.h"

enum option {
	CARD,
	RECIPE,
	RECIPES,
	UNITS,
	PLUGIN,
	ZIP,
	SIZE,
	PARAMS,
	MADE_FROM,
	LEAST_MHZ,
	OUT,
	OPTIONS
};

static const char *const option_names[OPTIONS] = {
        [CARD] = "--card",           [RECIPE] = "--recipe", [RECIPES] = "--recipes",
        [UNITS] = "--units",         [PLUGIN] = "--plugin", [ZIP] = "--zip",
        [SIZE] = "--size",           [PARAMS] = "--params", [MADE_FROM] = "--made-from",
        [LEAST_MHZ] = "--least-mhz", [OUT] = "--out",
};

static const char options_help[] =
        "options:\n"
        "  --card C       a card of spec/cards.def\n"
        "  --recipe F     a v++ link configuration, bitstreams/C.cfg\n"
        "  --recipes D    the folder of the recipes\n"
        "  --units N      only its first N compute units; 0: all, the default\n"
        "  --plugin P     simulated compute unit, build/sim/libvn_rtl_RxC.so\n"
        "  --zip Z        what XRT's emulation unpacks and runs\n"
        "  --size RxC     the compute unit's array\n"
        "  --params TEXT  what else differs of its configuration, \"ACT_WORDS=2048 MAX_N=3\"\n"
        "  --made-from M  rtl or hls\n"
        "  --least-mhz N  refuse a file whose clock is below that\n"
        "  --out X        the .xclbin\n";

/* What the options say. */
struct job {
	const char *option[OPTIONS];
	struct vb_card card;
	struct vb_recipe recipe;
	uint32_t config[VN_CONFIG_WORDS];
};

/* ---- from the options to the job ---- */

/* A number that fills @text up to one of @ends. */
static long number(const char *text, const char *ends, const char **rest)
{
	char *end;
	const long n = strtol(text, &end, 10);

	*rest = end;
	return end > text && n >= 0 && n <= INT32_MAX && strchr(ends, *end) ? n : -1;
}

static int read_recipe(struct job *job, vn_error *err)
{
	const char *text = job->option[UNITS] ? job->option[UNITS] : "0", *rest;
	const long units = number(text, "", &rest);
	int ret = vb_card_find(job->option[CARD], &job->card, err);

	if (!ret && units < 0)
		ret = vn_fail(err, VN_EARG, NULL, "--units %s: not a number", text);
	if (!ret)
		ret = vb_recipe_read(job->option[RECIPE], &job->card, (int)units, &job->recipe,
		                     err);
	return ret;
}

/* The configuration record that the plug-in was made with. */
static int read_plugin(struct job *job, vn_error *err)
{
	void *plugin = dlopen(job->option[PLUGIN], RTLD_NOW | RTLD_LOCAL);
	const struct vn_sim_ops *ops = plugin ? dlsym(plugin, VN_SIM_SYMBOL) : NULL;
	int ret = 0;

	if (!ops || ops->abi != VN_SIM_ABI)
		ret = vn_fail(err, VN_EIO, "make sim-16x16 makes one",
		              "%s: not a simulated compute unit of this source",
		              job->option[PLUGIN]);
	else
		memcpy(job->config, ops->config, sizeof(job->config));
	if (plugin)
		(void)dlclose(plugin);
	return ret;
}

static int read_config(struct job *job, vn_error *err)
{
	const char *rest = "";
	const long rows = number(job->option[SIZE], "x", &rest);
	const long cols = rows < 0 ? -1 : number(rest + 1, "", &rest);
	int ret;

	if (cols < 0)
		return vn_fail(err, VN_EARG, "as in --size 32x64", "--size %s: not RxC",
		               job->option[SIZE]);
	ret = vn_config_for((int)rows, (int)cols, job->config, err);
	if (ret)
		return ret;
	return vn_config_set(job->option[PARAMS], job->config, err);
}

/* ---- commands ---- */

static int kernel(struct job *job, vn_error *err)
{
	(void)job;
	(void)err;
	vb_print_kernel(stdout);
	return 0;
}

static int cards(struct job *job, vn_error *err)
{
	return vb_print_cards(stdout, job->option[RECIPES], err);
}

static int recipe(struct job *job, vn_error *err)
{
	const int ret = read_recipe(job, err);

	return ret ? ret : vb_recipe_print(stdout, job->option[RECIPE], &job->recipe, err);
}

static int card(struct job *job, vn_error *err)
{
	const char *slash = strrchr(job->option[PLUGIN], '/');
	int ret = read_recipe(job, err);

	if (!ret)
		ret = read_plugin(job, err);
	if (!ret)
		ret = vb_print_card_json(stdout, &job->card, &job->recipe, job->config,
		                         slash ? slash + 1 : job->option[PLUGIN], err);
	return ret;
}

/* The file gets its name together with its entry, so that the two belong together however many do
 * the same at once. */
static int emu(struct job *job, vn_error *err)
{
	uint8_t uuid[16];
	char unnamed[4096];
	struct vb_entry entry = {
	        .mode = "hw_emu", .made_from = "rtl", .config = job->config, .uuid = uuid};
	int ret = read_recipe(job, err);

	snprintf(unnamed, sizeof(unnamed), "%s.%ld", job->option[OUT], (long)getpid());
	if (!ret)
		ret = read_plugin(job, err);
	if (!ret)
		ret = vb_axlf_write(unnamed, &job->card, &job->recipe, job->option[ZIP], uuid, err);
	if (ret)
		return ret;
	entry.card = job->card.name;
	entry.platform = job->card.platform;
	entry.units = job->recipe.n_units;
	entry.clock_mhz = job->recipe.clock_mhz;
	ret = vb_manifest_put(job->option[OUT], unnamed, &entry, err);
	if (ret)
		(void)remove(unnamed);
	return ret;
}

/* The manifest's entry of a file that v++ made. */
static int add(struct job *job, vn_error *err)
{
	struct vn_xclbin x;
	struct vb_entry entry = {.card = x.card, .platform = x.platform, .config = job->config};
	int ret = vn_xclbin_read(job->option[OUT], &x, err);

	if (!ret)
		ret = read_config(job, err);
	if (ret)
		return ret;
	if (x.clock_mhz == 0)
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: no clock of type DATA", x.path);
	if (job->option[LEAST_MHZ]) {
		const char *rest;
		const long least = number(job->option[LEAST_MHZ], "", &rest);

		if (least < 0)
			return vn_fail(err, VN_EARG, NULL, "--least-mhz %s: not a number",
			               job->option[LEAST_MHZ]);
		if (x.clock_mhz < (double)least)
			return vn_fail(err, VN_ERUNTIME, "the manifest has no entry of it",
			               "%s: %g MHz, %ld were asked for", x.path, x.clock_mhz,
			               least);
	}
	vn_xclbin_card(x.platform, x.card);
	entry.mode = x.emulation ? "hw_emu" : "hw";
	entry.made_from = job->option[MADE_FROM];
	entry.units = x.units;
	entry.clock_mhz = x.clock_mhz;
	entry.uuid = x.uuid;
	ret = vb_manifest_put(x.path, NULL, &entry, err);
	if (!ret)
		printf("%s: %s, %d compute unit%s of %s, %g MHz\n", x.path, x.card, x.units,
		       x.units == 1 ? "" : "s", job->option[SIZE], x.clock_mhz);
	return ret;
}

#define NEEDS(option) (1u << (option))

static const struct command {
	const char *name, *help;
	unsigned needs;
	int (*run)(struct job *job, vn_error *err);
} commands[] = {
        {"kernel", "kernel.xml, for package_xo", 0, kernel},
        {"cards", "docs/cards.md", NEEDS(RECIPES), cards},
        {"recipe", "the recipe, less what --units leaves out, for v++ -l",
         NEEDS(CARD) | NEEDS(RECIPE), recipe},
        {"card", "card.json, for the device process", NEEDS(CARD) | NEEDS(RECIPE) | NEEDS(PLUGIN),
         card},
        {"emu", "write an .xclbin for hw_emu, and its entry in the manifest",
         NEEDS(CARD) | NEEDS(RECIPE) | NEEDS(PLUGIN) | NEEDS(ZIP) | NEEDS(OUT), emu},
        {"add", "write the manifest's entry of an .xclbin that v++ made",
         NEEDS(SIZE) | NEEDS(MADE_FROM) | NEEDS(OUT), add},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int usage(void)
{
	fputs("usage: mkxclbin COMMAND [OPTION VALUE...]\n", stderr);
	for (int c = 0; c < COMMANDS; c++) {
		fprintf(stderr, "  %-8s %s;", commands[c].name, commands[c].help);
		for (int o = 0; o < OPTIONS; o++)
			if (commands[c].needs & NEEDS(o))
				fprintf(stderr, " %s", option_names[o]);
		fprintf(stderr, "%s\n", commands[c].needs ? "" : " no options");
	}
	fputs(options_help, stderr);
	return 2;
}

static int parse(int argc, char **argv, struct job *job)
{
	for (int i = 2; i < argc; i += 2) {
		int o = 0;

		while (o < OPTIONS && strcmp(argv[i], option_names[o]) != 0)
			o++;
		if (o == OPTIONS || i + 1 == argc)
			return -1;
		job->option[o] = argv[i + 1];
	}
	return 0;
}

static const struct command *find(const char *name)
{
	for (int c = 0; c < COMMANDS; c++)
		if (strcmp(name, commands[c].name) == 0)
			return &commands[c];
	return NULL;
}

/* The text may hold what is in a file. */
static void complain(const char *what, const char *text)
{
	fputs(what, stderr);
	vn_put(stderr, text);
	fputs("\n", stderr);
}

int main(int argc, char **argv)
{
	static struct job job;
	const struct command *command = argc > 1 ? find(argv[1]) : NULL;
	vn_error err = {0};

	if (!command || parse(argc, argv, &job) != 0)
		return usage();
	for (int o = 0; o < OPTIONS; o++)
		if ((command->needs & NEEDS(o)) && !job.option[o])
			return usage();
	if (command->run(&job, &err) == 0) {
		if (fflush(stdout) == 0 && !ferror(stdout))
			return 0;
		vn_error_set(&err, VN_EIO, "is standard output closed, or its disk full?",
		             "the output could not be written");
	}
	complain("error: ", err.message);
	if (err.hint[0])
		complain("hint: ", err.hint);
	return 1;
}
