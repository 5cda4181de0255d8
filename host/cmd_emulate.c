/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_emulate.c - vanillin emulate: run any XRT program on emulated cards.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "host/cli.h"
#include "host/emulate.h"
#include "host/out.h"

/* @file as the cards' processes see it, which have other working folders.  VN_EIO. */
static int whole_path(const char *file, char path[2 * PATH_MAX], vn_error *err)
{
	char here[PATH_MAX] = "";

	if (file[0] != '/' && !getcwd(here, sizeof(here)))
		return vn_fail(err, VN_EIO, NULL, "%.300s: the working folder is not known", file);
	snprintf(path, 2 * PATH_MAX, "%s%s%s", here, file[0] == '/' ? "" : "/", file);
	return 0;
}

/* The cards by name, the default first. */
static const char CARD_HELP[] = "platform, or card, to emulate, one of"
#define VN_CARD(name, platform, part) " " #name
#include "spec/cards.def"
        ;

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct ve_emulation e = {.devices = 1};
	char log[2 * PATH_MAX];
	vn_error err = {0};
	struct vh_common common;
	const struct vh_option options[] = {
	        {"card", 0, VH_TEXT, "NAME", CARD_HELP, &e.card, 0, 0},
	        {"devices", 0, VH_NUMBER, "N", "how many of them (default 1)", &e.devices, 1,
	         VE_CARDS_MAX},
	        {"xclbin-dir", 0, VH_TEXT, "DIR", "where vanillin's devices look for .xclbin files",
	         &e.xclbin_dir, 0, 0},
	        {"timeout", 0, VH_NUMBER, "S", "end the program after S seconds (exit code 124)",
	         &e.timeout, 1, 0x7fffffff},
	        {"log", 0, VH_TEXT, "FILE", "the cards' own account of what they do", &e.log, 0, 0},
	        {"keep", 0, VH_FLAG, NULL, "leave the run folder and say where it is", &e.keep, 0,
	         0},
	        {0},
	};
	int n, rc = vh_parse(self, options, &common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	argv[n] = NULL;
	e.argv = argv;
	e.program = argv[0];
	if (e.log && whole_path(e.log, log, &err))
		return vh_report(&err);
	if (e.log)
		e.log = log;
	return vh_emulate(&e);
}

const struct vh_command VH_EMULATE = {
        .name = "emulate",
        .operands = "[--] PROGRAM ARGUMENTS...",
        .summary = "run an XRT or OpenCL program on emulated cards",
        .least = 1,
        .most = -1,
        .kind = VH_STARTS_PROGRAM,
        .run = run,
};
