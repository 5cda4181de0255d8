/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - vanillin: compile VanillaNet for a compute unit, run it, measure it, compare devices.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/c_locale.h"
#include "host/cli.h"
#include "host/out.h"

static const struct vh_command *const commands[] = {&VH_COMPILE, &VH_RUN,   &VH_EVAL,    &VH_VERIFY,
                                                    &VH_COMPARE, &VH_INFO,  &VH_PREDICT, &VH_BENCH,
                                                    &VH_EMULATE, &VH_DOCTOR};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int help(void)
{
	printf("usage: vanillin COMMAND ...\n\nint8 inference of VanillaNet on compute units: "
	       "cards and their "
	       "stand-ins in software.\n\n");
	for (int i = 0; i < COMMANDS; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nvanillin COMMAND --help tells more; so does the manual page, vanillin(1).\n");
	return VH_OK;
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2)
		return vh_usage(NULL, "no command");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0)
		return vh_version();
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return commands[i]->run(commands[i], argc - 2, argv + 2);
	return vh_usage(NULL, "unknown command %s", argv[1]);
}

/* A closed stream would be the next file that is opened, and its text go there: take its place, so
 * that using it fails. */
static void keep_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	int rc;

	keep_streams();
	/* A plug-in or runtime that sets a locale shall not change the numbers here. */
	(void)vn_c_locale_begin();
	vh_keep_command_line(argc, argv);
	/* Before anything is parsed, so that what is wrong with the command line is told as well.
	 */
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			vh_set_json(1);
	rc = dispatch(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("vanillin: the output could not be written\n"
		      "hint: is standard output closed, or its disk full?\n",
		      stderr);
		rc = rc == VH_OK ? VH_FAILED : rc;
	}
	if (vn_devices_lost()) { /* the exit handlers of a stuck runtime may block */
		fflush(stderr);
		_exit(rc);
	}
	return rc;
}
