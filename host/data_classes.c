/* SPDX-License-Identifier: Apache-2.0
 *
 * data_classes.c - which class a folder is: by one rule for all folders, and never by accident.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/data.h"

enum { NAME_MAX_BYTES = 256, WORDNET_BYTES = 9 }; /* n01440764 */

static const char IGNORED[] = " \t\r\n_-/";

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- one folder and one class ---- */

/* Blanks and line ends at the end of a label are nobody's intention. */
static int is_exact(const char *folder, const char *label)
{
	size_t length = strlen(label);

	while (length && strchr(" \t\r\n", label[length - 1]))
		length--;
	return strlen(folder) == length && strncmp(folder, label, length) == 0;
}

static void loosen(const char *text, char key[NAME_MAX_BYTES])
{
	size_t n = 0;

	for (; *text && n + 1 < NAME_MAX_BYTES; text++)
		if (!strchr(IGNORED, *text))
			key[n++] = (char)tolower((unsigned char)*text);
	key[n] = '\0';
}

static int is_alike(const char *folder, const char *label)
{
	char a[NAME_MAX_BYTES], b[NAME_MAX_BYTES];

	loosen(folder, a);
	loosen(label, b);
	return a[0] && strcmp(a, b) == 0;
}

static int is_wordnet(const char *text)
{
	return text[0] == 'n' && strspn(text + 1, "0123456789") == WORDNET_BYTES - 1;
}

static int is_same_wordnet(const char *folder, const char *label)
{
	return is_wordnet(folder) && is_wordnet(label) &&
	       strncmp(folder, label, WORDNET_BYTES) == 0;
}

/* ---- rules: a class for each folder, or none for some ---- */

/* The one class that is the folder's by @same; -1: none, or more than one. */
static int find(const char *folder, const struct vh_classes *classes,
                int (*same)(const char *, const char *))
{
	int found = -1;

	for (int c = 0; classes->names && c < classes->n; c++) {
		if (!classes->names[c] || !same(folder, classes->names[c]))
			continue;
		if (found >= 0)
			return -1;
		found = c;
	}
	return found;
}

static int number_of(const char *folder, int classes)
{
	long value;

	if (!folder[0] || strspn(folder, "0123456789") != strlen(folder) || strlen(folder) > 9)
		return -1;
	value = strtol(folder, NULL, 10);
	return value < classes ? (int)value : -1;
}

enum rule { EXACT, ALIKE, NUMBER, WORDNET, ORDER };

static int class_by(enum rule rule, const struct vh_names *folders, size_t i,
                    const struct vh_classes *classes)
{
	const char *name = base_name(folders->names[i]);

	switch (rule) {
	case EXACT:
		return find(name, classes, is_exact);
	case ALIKE:
		return find(name, classes, is_alike);
	case NUMBER:
		return number_of(name, classes->n);
	case WORDNET:
		return find(name, classes, is_same_wordnet);
	case ORDER:
		break;
	}
	return folders->n == (size_t)classes->n ? (int)i : -1;
}

/* Whether @rule gives every folder a class of its own. */
static int apply(enum rule rule, const struct vh_names *folders, const struct vh_classes *classes,
                 int *label)
{
	char *taken = calloc((size_t)classes->n, 1);
	size_t i = 0;

	for (; taken && i < folders->n; i++) {
		label[i] = class_by(rule, folders, i, classes);
		if (label[i] < 0 || taken[label[i]]++)
			break;
	}
	free(taken);
	return taken && i == folders->n;
}

/* ---- refusing ---- */

struct list {
	char text[200];
	size_t n;
};

static void list_add(struct list *l, const char *name)
{
	const size_t used = strlen(l->text);

	if (l->n++ < 4)
		snprintf(l->text + used, sizeof(l->text) - used, "%s'%.40s'", l->n > 1 ? ", " : "",
		         name);
}

static int refuse(const struct vh_names *folders, const struct vh_classes *classes, vn_error *err)
{
	struct list strange = {{0}, 0}, missing = {{0}, 0};

	for (size_t i = 0; i < folders->n; i++)
		if (class_by(ALIKE, folders, i, classes) < 0)
			list_add(&strange, base_name(folders->names[i]));
	for (int c = 0; c < classes->n; c++) {
		size_t i = 0;

		while (i < folders->n && !is_alike(base_name(folders->names[i]), classes->names[c]))
			i++;
		if (i == folders->n)
			list_add(&missing, classes->names[c]);
	}
	return vn_fail(err, VN_EIMAGE,
	               "name the folders as the classes (vanillin info NET.vnx --json lists them), "
	               "or take them in sorted order with --by-order",
	               "the folders are not the network's classes: %zu of %zu folders are no class "
	               "(%s), %zu of %d classes have no folder (%s)",
	               strange.n, folders->n, strange.n ? strange.text : "two are the same",
	               missing.n, classes->n, missing.n ? missing.text : "none");
}

static int refuse_order(const struct vh_names *folders, const struct vh_classes *classes,
                        vn_error *err)
{
	return vn_fail(err, VN_EIMAGE,
	               "name the folders by the classes' numbers, from 0, or have one for each",
	               "%zu folders in sorted order; the network has %d classes", folders->n,
	               classes->n);
}

/* ---- the whole ---- */

static int has_names(const struct vh_classes *classes)
{
	for (int c = 0; c < classes->n; c++)
		if (!classes->names || !classes->names[c])
			return 0;
	return 1;
}

static const char ALIKE_NOTE[] = "the folders are the classes' names but for case, blanks, "
                                 "underscores and hyphens";

int vh_classes_match(const struct vh_names *folders, const struct vh_classes *classes, int *label,
                     const char **note, vn_error *err)
{
	static const char *const notes[] = {
	        [EXACT] = NULL,
	        [ALIKE] = ALIKE_NOTE,
	        [NUMBER] = "the folders are numbers of classes",
	        [WORDNET] = "the folders are the classes' WordNet ids",
	        [ORDER] = "the folders are taken for the classes in sorted order",
	};
	static const enum rule named[] = {EXACT, ALIKE, NUMBER, WORDNET};
	static const enum rule unnamed[] = {NUMBER, ORDER}, ordered[] = {ORDER};
	const int names = has_names(classes);
	const enum rule *rules = classes->by_order ? ordered : names ? named : unnamed;
	const size_t n = classes->by_order ? 1 : names ? 4 : 2;

	for (size_t i = 0; i < n; i++) {
		if (!apply(rules[i], folders, classes, label))
			continue;
		*note = notes[rules[i]];
		return 0;
	}
	return names && !classes->by_order ? refuse(folders, classes, err)
	                                   : refuse_order(folders, classes, err);
}

int vh_data_for(const vn_program *prog, const char *path, const struct vh_shape *shape,
                int by_order, struct vh_data *d, vn_error *err)
{
	vn_program_info info;
	struct vh_classes classes = {.by_order = by_order};
	const char **names = NULL;
	int rc;

	vn_program_get_info(prog, &info);
	classes.n = info.classes;
	if (vn_program_label(prog, 0)) {
		names = malloc((size_t)classes.n * sizeof(*names));
		if (!names)
			return vn_fail_nomem(err, (size_t)classes.n * sizeof(*names), "labels");
		for (int c = 0; c < classes.n; c++)
			names[c] = vn_program_label(prog, c);
		classes.names = names;
	}
	rc = vh_data_labelled(path, shape, &classes, d, err);
	free(names);
	return rc;
}
