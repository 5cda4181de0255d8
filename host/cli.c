/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.c - the option parser.
 */
#include "host/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/emulate.h"
#include "host/out.h"

/* Where the options that all commands share are kept while parsing. */
struct shared {
	int help, version, emulate;
	const char *weights;
};

enum { SHARED_MAX = 16 };

/* main's arguments, which vh_parse reorders. */
static char **command_line;

void vh_keep_command_line(int argc, char **argv)
{
	free(command_line);
	command_line = malloc(((size_t)argc + 1) * sizeof(*command_line));
	if (command_line)
		memcpy(command_line, argv, ((size_t)argc + 1) * sizeof(*command_line));
}

static void print_options(const struct vh_option *o)
{
	for (; o->name; o++) {
		char left[64], letter[8] = "    ";

		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->metavar ? " " : "",
		         o->metavar ? o->metavar : "");
		printf("  %-28s %s\n", left, o->help);
	}
}

static int print_help(const struct vh_command *cmd, const struct vh_option *own,
                      const struct vh_option *shared)
{
	printf("usage: vanillin %s %s\n\n%s\n\n", cmd->name, cmd->operands, cmd->summary);
	print_options(own);
	print_options(shared);
	if (cmd->more)
		printf("\n%s\n", cmd->more);
	return VH_OK;
}

static const struct vh_option *find(const struct vh_option *o, const char *text, size_t length)
{
	for (; o->name; o++)
		if ((text[0] == '-' && strlen(o->name) + 2 == length &&
		     strncmp(text + 2, o->name, length - 2) == 0) ||
		    (text[0] == o->letter && o->letter))
			return o;
	return NULL;
}

/* @text: "--name", "--name=value" or "-x"; sets @value to what follows '=', or NULL. */
static const struct vh_option *lookup(const struct vh_option *own, const struct vh_option *shared,
                                      const char *text, const char **value)
{
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : strlen(text);
	const struct vh_option *o;

	*value = NULL;
	if (text[1] != '-') {
		if (length != 2 || equals)
			return NULL;
		text++;
		length--;
	} else if (equals) {
		*value = equals + 1;
	}
	o = find(own, text, length);
	return o ? o : find(shared, text, length);
}

static int set_number(const struct vh_command *cmd, const struct vh_option *o, const char *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno || end == value || *end || n < o->least || n > o->most)
		return vh_usage(cmd->name, "--%s: '%s' is not a number from %ld to %ld", o->name,
		                value, o->least, o->most);
	*(long *)o->value = n;
	return VH_GO_ON;
}

/* One option at argv[*i]; moves *i over a value. */
static int take_option(const struct vh_command *cmd, const struct vh_option *own,
                       const struct vh_option *shared, int argc, char **argv, int *i)
{
	const char *value;
	const struct vh_option *o = lookup(own, shared, argv[*i], &value);

	if (!o)
		return vh_usage(cmd->name, "unknown option %s", argv[*i]);
	if (o->kind == VH_FLAG) {
		if (value)
			return vh_usage(cmd->name, "--%s takes no value", o->name);
		*(int *)o->value = 1;
		return VH_GO_ON;
	}
	if (!value) {
		if (*i + 1 == argc)
			return vh_usage(cmd->name, "--%s wants %s", o->name, o->metavar);
		value = argv[++*i];
	}
	if (o->kind == VH_NUMBER)
		return set_number(cmd, o, value);
	*(const char **)o->value = value;
	return VH_GO_ON;
}

static int set_weights(const struct vh_command *cmd, const char *text, struct vh_common *common)
{
	common->all_weights = !text;
	common->weights = VN_RESIDENT;
	if (!text || strcmp(text, "resident") == 0)
		return VH_GO_ON;
	common->weights = VN_STREAM;
	if (strcmp(text, "stream") == 0)
		return VH_GO_ON;
	return vh_usage(cmd->name, "--weights: '%s' is neither resident nor stream", text);
}

static int check_operands(const struct vh_command *cmd, int n)
{
	if (n < cmd->least)
		return vh_usage(cmd->name, "an operand is missing: %s", cmd->operands);
	if (cmd->most >= 0 && n > cmd->most)
		return vh_usage(cmd->name, "too many operands: %s", cmd->operands);
	return VH_GO_ON;
}

/* The options that commands of this kind share. */
static void share(const struct vh_command *cmd, struct shared *s, struct vh_common *common,
                  struct vh_option shared[SHARED_MAX])
{
	const struct vh_option devices[] = {
	        {"device", 0, VH_TEXT, "URI",
	         "device to use, as in ref: or hls:16x16 (default ref:)", &common->device, 0, 0},
	        {"weights", 0, VH_TEXT, "MODE", "resident (default) or stream", &s->weights, 0, 0},
	        {"threads", 0, VH_NUMBER, "N", "devices to use at once, a thread each",
	         &common->threads, 1, 1024},
	        {"emulate", 0, VH_FLAG, NULL, "xrt: and ocl: are emulated cards", &s->emulate, 0,
	         0},
	        {"card", 0, VH_TEXT, "NAME", "with --emulate: the card (default: by the .xclbin)",
	         &common->card, 0, 0},
	};
	const struct vh_option all[] = {
	        {"json", 0, VH_FLAG, NULL, "print one JSON object", &common->json, 0, 0},
	        {"help", 'h', VH_FLAG, NULL, "print this", &s->help, 0, 0},
	        {"version", 0, VH_FLAG, NULL, "print the version", &s->version, 0, 0},
	        {0},
	};

	if (cmd->kind == VH_OPENS_DEVICES) {
		memcpy(shared, devices, sizeof(devices));
		shared += sizeof(devices) / sizeof(devices[0]);
	}
	memcpy(shared, all, sizeof(all));
}

static int emulate(const struct vh_common *common)
{
	if (command_line)
		return vh_emulate_again(command_line, common->card);
	fputs("vanillin: no memory for the arguments\n", stderr);
	return VH_FAILED;
}

int vh_parse(const struct vh_command *cmd, const struct vh_option *own, struct vh_common *common,
             int argc, char **argv, int *n)
{
	struct vh_option shared[SHARED_MAX];
	struct shared s = {0};
	int options = 1, rc;

	*n = 0;
	memset(common, 0, sizeof(*common));
	share(cmd, &s, common, shared);
	for (int i = 0; i < argc; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = 0;
		} else if (!options || argv[i][0] != '-' || argv[i][1] == '\0') {
			argv[(*n)++] = argv[i];
			options = options && cmd->kind != VH_STARTS_PROGRAM;
		} else {
			rc = take_option(cmd, own, shared, argc, argv, &i);
			if (rc != VH_GO_ON)
				return rc;
		}
	}
	vh_set_json(common->json);
	if (s.help)
		return print_help(cmd, own, shared);
	if (s.version)
		return vh_version();
	rc = set_weights(cmd, s.weights, common);
	if (rc == VH_GO_ON)
		rc = check_operands(cmd, *n);
	return rc == VH_GO_ON && s.emulate && !vh_emulated() ? emulate(common) : rc;
}
