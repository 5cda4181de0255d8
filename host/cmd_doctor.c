/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_doctor.c - vanillin doctor: what is here, and what each absence costs.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli.h"
#include "host/doctor.h"
#include "emulation/launcher/launcher.h"
#include "host/out.h"

/* ---- findings ---- */

static const char *state_name(enum vh_state state)
{
	static const char *const names[] = {"ok", "absent", "broken", "unknown"};

	return names[state];
}

void vh_doctor_find(struct vh_doctor *d, enum vh_state state, const char *what, const char *text,
                    const char *hint)
{
	d->broken += state == VH_IS_BROKEN;
	json_array_append_new(d->findings,
	                      json_pack("{s:s,s:s,s:o,s:o,s:o}", "section", d->section, "state",
	                                state_name(state), "what", vh_json_text(what), "text",
	                                vh_json_text(text ? text : ""), "hint",
	                                vh_json_text(state != VH_IS_OK && hint ? hint : "")));
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

json_t *vh_doctor_names(const struct vh_doctor *d, const char *folder)
{
	struct dirent **entries;
	char path[1024];
	json_t *names;
	int n;

	snprintf(path, sizeof(path), "%s%s", d->root, folder);
	n = scandir(path, &entries, is_shown, alphasort);
	if (n < 0)
		return NULL;
	names = json_array();
	for (int i = 0; i < n; i++) {
		json_array_append_new(names, vh_json_text(entries[i]->d_name));
		free(entries[i]);
	}
	free(entries);
	return names;
}

int vh_doctor_line(const struct vh_doctor *d, const char *path, char *line, size_t size)
{
	char whole[1200];
	FILE *file;
	int read;

	snprintf(whole, sizeof(whole), "%s%s", d->root, path);
	file = fopen(whole, "re");
	if (!file)
		return 0;
	read = fgets(line, (int)size, file) != NULL;
	fclose(file);
	if (read)
		line[strcspn(line, "\n")] = '\0';
	return read;
}

/* ---- printing ---- */

static const char *field(const json_t *finding, const char *name)
{
	return json_string_value(json_object_get(finding, name));
}

static void print_finding(const json_t *f)
{
	printf("  %-8s", field(f, "state"));
	vh_say(stdout, "", field(f, "what"), field(f, "text")[0] ? ": " : "");
	vh_say(stdout, "", field(f, "text"), "");
	if (field(f, "hint")[0])
		vh_say(stdout, " (", field(f, "hint"), ")");
	printf("\n");
}

/* A section whose findings all say nothing but ok needs one line. */
static int is_plain(const json_t *findings, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		const json_t *f = json_array_get(findings, i);

		if (strcmp(field(f, "state"), "ok") != 0 || field(f, "text")[0])
			return 0;
	}
	return end - first > 1;
}

static void print_section(const json_t *findings, size_t first, size_t end)
{
	printf("%s\n", field(json_array_get(findings, first), "section"));
	if (is_plain(findings, first, end)) {
		printf("  ok      ");
		for (size_t i = first; i < end; i++)
			vh_say(stdout, i > first ? ", " : "",
			       field(json_array_get(findings, i), "what"), "");
		printf("\n");
		return;
	}
	for (size_t i = first; i < end; i++)
		print_finding(json_array_get(findings, i));
}

static void print_findings(const json_t *findings)
{
	const size_t n = json_array_size(findings);
	size_t first = 0;

	for (size_t i = 1; i <= n; i++) {
		const json_t *f = json_array_get(findings, first);

		if (i < n &&
		    strcmp(field(json_array_get(findings, i), "section"), field(f, "section")) == 0)
			continue;
		print_section(findings, first, i);
		first = i;
	}
}

/* ---- command ---- */

/* Would vanillin emulate work, and a device xrt:0 under it? */
static int is_ready(const struct vh_doctor *d, vn_error *why)
{
	int rc = ve_check(why);

	if (rc || d->emulated)
		return !rc;
	snprintf(why->message, sizeof(why->message), "there is no .xclbin for an emulated card");
	snprintf(why->hint, sizeof(why->hint), "make xclbin SIZE=16x16");
	return 0;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct vh_doctor d = {.root = getenv("VANILLIN_DOCTOR_ROOT")};
	int n, ready, strict = 0;
	struct vh_common common;
	const struct vh_option options[] = {
	        {"strict", 0, VH_FLAG, NULL, "exit 1 if anything is broken (not: absent)", &strict,
	         0, 0},
	        {0},
	};
	vn_error why = {0};
	int rc = vh_parse(self, options, &common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	if (!d.root)
		d.root = "";
	d.findings = json_array();
	vh_doctor_packages(&d);
	vh_doctor_xrt(&d);
	vh_doctor_cards(&d);
	vh_doctor_built(&d);
	ready = is_ready(&d, &why);
	rc = VH_OK;
	if (common.json) {
		rc = vh_print_json(json_pack("{s:b,s:o,s:o,s:i,s:i,s:O}", "emulation", ready, "why",
		                             vh_json_text(why.message), "hint",
		                             vh_json_text(why.hint), "cards", d.cards, "broken",
		                             d.broken, "findings", d.findings));
	} else {
		print_findings(d.findings);
		printf("doctor: cards=%d broken=%d emulation=%s", d.cards, d.broken,
		       ready ? "ready" : "not ready: ");
		vh_say(stdout, "", why.message, why.hint[0] ? " (" : "");
		vh_say(stdout, "", why.hint, why.hint[0] ? ")\n" : "\n");
	}
	json_decref(d.findings);
	return rc == VH_OK && strict && d.broken ? VH_FAILED : rc;
}

const struct vh_command VH_DOCTOR = {
        .name = "doctor",
        .operands = "",
        .summary = "what is installed, built and plugged in, and what each absence costs",
        .least = 0,
        .most = 0,
        .kind = VH_ASKS_MACHINE,
        .run = run,
};
