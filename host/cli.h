/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.h - the command line: commands, tables of options, exit codes.
 */
#ifndef VH_CLI_H
#define VH_CLI_H

#include "include/vanillin.h"

enum vh_exit {
	VH_GO_ON = -1, /* of vh_parse: nothing to exit for */
	VH_OK = 0,
	VH_FAILED = 1, /* something failed, or devices disagree */
	VH_USAGE = 2,
	VH_INTERRUPTED = 130,
};

enum vh_kind {
	VH_FLAG,   /* value: int *, set to 1 */
	VH_TEXT,   /* value: const char ** */
	VH_NUMBER, /* value: long *, in [least, most] */
};

/* One option: --name, and -letter where there is one.  A table ends with a NULL name. */
struct vh_option {
	const char *name;
	char letter;
	enum vh_kind kind;
	const char *metavar; /* NULL for a flag */
	const char *help;
	void *value;
	long least, most;
};

/* What a command does, and so which of the common options it has. */
enum vh_command_kind {
	VH_OPENS_DEVICES = 0,
	VH_ASKS_MACHINE,   /* --json, --help, --version */
	VH_STARTS_PROGRAM, /* the same; the first operand ends the options */
};

/* What every command understands. */
struct vh_common {
	const char *device; /* --device; NULL if not given */
	int all_weights;    /* --weights was not given */
	enum vn_weights weights;
	long threads; /* 0 if not given */
	int json;
	const char *card; /* --card; NULL if not given */
};

struct vh_command {
	const char *name;
	const char *operands; /* "NET.vnx IMAGE..." */
	const char *summary;
	int least, most; /* operands; most < 0: any number */
	enum vh_command_kind kind;
	const char *more;                                                 /* for --help, or NULL */
	int (*run)(const struct vh_command *self, int argc, char **argv); /* an enum vh_exit */
};

/* The command line after the command's name.  Reorders @argv so that its first *@n entries are the
 * operands. Prints help, version or the usage error itself: return its value unless it is VH_GO_ON.
 * With --emulate it runs this program again, emulated, and returns its exit code. */
int vh_parse(const struct vh_command *cmd, const struct vh_option *options,
             struct vh_common *common, int argc, char **argv, int *n);

/* Keep main's arguments for --emulate; before vh_parse. */
void vh_keep_command_line(int argc, char **argv);

extern const struct vh_command VH_COMPILE, VH_RUN, VH_EVAL, VH_VERIFY, VH_COMPARE, VH_INFO,
        VH_PREDICT, VH_BENCH, VH_EMULATE, VH_DOCTOR;

#endif /* VH_CLI_H */
