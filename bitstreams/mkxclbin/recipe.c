/* SPDX-License-Identifier: Apache-2.0
 *
 * recipe.c - read a v++ link configuration file.
 */
#include "bitstreams/mkxclbin/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "driver/xclbin.h"

const char *const vb_master_names[VB_MASTERS] = {"program", "weights", "maps"};

struct reader {
	const char *path;
	int line;
	const struct vb_card *card;
	struct vb_recipe *recipe;
	vn_error *err;
};

static int bad_line(const struct reader *r, const char *what, const char *value)
{
	return vn_fail(r->err, VN_EARG, NULL, "%s:%d: %s: %s", r->path, r->line, what, value);
}

/* The number of the unit whose name is the first @length bytes of @text; -1: there is none. */
static int unit_index(const struct vb_recipe *recipe, const char *text, size_t length)
{
	int u = recipe->n_units - 1;

	while (u >= 0 && (strlen(recipe->unit[u].name) != length ||
	                  memcmp(recipe->unit[u].name, text, length) != 0))
		u--;
	return u;
}

static struct vb_unit *find_unit(const struct reader *r, const char *text, size_t length)
{
	const int u = unit_index(r->recipe, text, length);

	return u < 0 ? NULL : &r->recipe->unit[u];
}

static int add_unit(const struct reader *r, const char *name, size_t length)
{
	struct vb_recipe *recipe = r->recipe;
	struct vb_unit *unit = &recipe->unit[recipe->n_units];

	if (recipe->n_units == VN_UNITS_MAX)
		return bad_line(r, "too many compute units", name);
	if (length == 0 || length >= sizeof(unit->name) || find_unit(r, name, length))
		return bad_line(r, "not a new name of a compute unit", name);
	memcpy(unit->name, name, length);
	unit->name[length] = '\0';
	unit->slr = -1;
	for (int m = 0; m < VB_MASTERS; m++)
		unit->bank[m] = -1;
	recipe->n_units++;
	return 0;
}

/* nk=vn_cu:2:vn_cu_1.vn_cu_2; without names they are those of the example. */
static int read_nk(const struct reader *r, const char *value)
{
	const char *names;
	char name[32];
	int n = 0, end = 0, ret = 0;

	if (sscanf(value, VN_KERNEL ":%4d%n", &n, &end) != 1 || n < 1 ||
	    (value[end] != '\0' && value[end] != ':'))
		return bad_line(r, "not " VN_KERNEL ":NUMBER:NAME.NAME...", value);
	if (value[end] == '\0') {
		for (int u = 1; u <= n && !ret; u++) {
			snprintf(name, sizeof(name), VN_KERNEL "_%d", u);
			ret = add_unit(r, name, strlen(name));
		}
		return ret;
	}
	for (names = value + end + 1; n > 0 && !ret; n--) {
		const size_t length = strcspn(names, ".");

		ret = add_unit(r, names, length);
		names += length + (names[length] == '.');
	}
	if (!ret && *names)
		return bad_line(r, "more names than compute units", value);
	return ret;
}

/* slr=vn_cu_1:SLR0 */
static int read_slr(const struct reader *r, const char *value)
{
	const char *colon = strchr(value, ':');
	struct vb_unit *unit = colon ? find_unit(r, value, (size_t)(colon - value)) : NULL;
	int end = 0, slr = 0;

	if (!unit || sscanf(colon, ":SLR%4d%n", &slr, &end) != 1 || colon[end])
		return bad_line(r, "not UNIT:SLRn of a unit of nk", value);
	if (slr < 0 || slr >= r->card->n_slrs)
		return bad_line(r, "an SLR that the card has not", value);
	unit->slr = slr;
	return 0;
}

/* The master of ".m_axi_weights:"; VB_MASTERS: none. */
static int find_master(const char *text, size_t length)
{
	int m = 0;

	for (; m < VB_MASTERS; m++) {
		char port[32];

		snprintf(port, sizeof(port), ".m_axi_%s:", vb_master_names[m]);
		if (strlen(port) == length && memcmp(text, port, length) == 0)
			break;
	}
	return m;
}

/* sp=vn_cu_1.m_axi_weights:HBM[1] */
static int read_sp(const struct reader *r, const char *value)
{
	const size_t dot = strcspn(value, "."), colon = strcspn(value, ":");
	struct vb_unit *unit = find_unit(r, value, dot);
	const int m = colon > dot && value[colon] ? find_master(value + dot, colon + 1 - dot)
	                                          : VB_MASTERS;
	char tag[9];
	int index, end = 0;

	if (!unit || m == VB_MASTERS)
		return bad_line(r, "not UNIT.m_axi_program|weights|maps:BANK of a unit of nk",
		                value);
	if (sscanf(value + colon + 1, "%8[A-Za-z][%4d]%n", tag, &index, &end) != 2 || end == 0 ||
	    value[colon + 1 + (size_t)end])
		return bad_line(r, "not one bank, TAG[n]", value + colon + 1);
	unit->bank[m] = vb_card_bank(r->card, tag, index);
	if (unit->bank[m] < 0)
		return bad_line(r, "a bank that the card has not", value);
	return 0;
}

static int read_clock(const struct reader *r, const char *value)
{
	char *end;
	const long mhz = strtol(value, &end, 10);

	if (end == value || *end || mhz < 1 || mhz > 1000)
		return bad_line(r, "not a frequency in MHz", value);
	r->recipe->clock_mhz = (int)mhz;
	return 0;
}

static int read_line(const struct reader *r, const char *section, char *text)
{
	const int connectivity = strcmp(section, "connectivity") == 0;
	char *value = strchr(text, '=');

	if (!value)
		return bad_line(r, "not key=value", text);
	*value++ = '\0';
	if (!section[0] && strcmp(text, "kernel_frequency") == 0)
		return read_clock(r, value);
	if (connectivity && strcmp(text, "nk") == 0)
		return read_nk(r, value);
	if (connectivity && strcmp(text, "slr") == 0)
		return read_slr(r, value);
	if (connectivity && strcmp(text, "sp") == 0)
		return read_sp(r, value);
	return connectivity ? bad_line(r, "not nk, slr or sp", text) : 0;
}

static int read_lines(struct reader *r, FILE *file)
{
	char line[512], section[32] = "";
	int ret = 0;

	for (r->line = 1; !ret && fgets(line, sizeof(line), file); r->line++) {
		char *text = line + strspn(line, " \t");

		text[strcspn(text, "\r\n")] = '\0';
		if (text[0] == '\0' || text[0] == '#')
			continue;
		if (text[0] == '[')
			snprintf(section, sizeof(section), "%.*s", (int)strcspn(text + 1, "]"),
			         text + 1);
		else
			ret = read_line(r, section, text);
	}
	return ret;
}

static int complete(const struct reader *r, int units)
{
	if (r->recipe->clock_mhz == 0)
		return vn_fail(r->err, VN_EARG, NULL, "%s: no kernel_frequency", r->path);
	if (units < 0 || units > r->recipe->n_units || r->recipe->n_units == 0)
		return vn_fail(r->err, VN_EARG, "CUS=N of make, 1 to that number",
		               "%s: %d compute units wanted of its %d", r->path, units,
		               r->recipe->n_units);
	for (int u = 0; u < r->recipe->n_units; u++) {
		const struct vb_unit *unit = &r->recipe->unit[u];

		if (unit->slr < 0)
			return vn_fail(r->err, VN_EARG, NULL, "%s: no slr=%s:SLRn", r->path,
			               unit->name);
		for (int m = 0; m < VB_MASTERS; m++)
			if (unit->bank[m] < 0)
				return vn_fail(r->err, VN_EARG, NULL, "%s: no sp=%s.m_axi_%s:BANK",
				               r->path, unit->name, vb_master_names[m]);
	}
	return 0;
}

int vb_recipe_read(const char *path, const struct vb_card *card, int units,
                   struct vb_recipe *recipe, vn_error *err)
{
	struct reader r = {.path = path, .card = card, .recipe = recipe, .err = err};
	FILE *file = fopen(path, "r");
	int ret;

	if (!file)
		return vn_fail(err, VN_EIO, "bitstreams/ has a recipe for each card",
		               "%s: cannot be read", path);
	memset(recipe, 0, sizeof(*recipe));
	ret = read_lines(&r, file);
	(void)fclose(file);
	if (!ret)
		ret = complete(&r, units);
	if (!ret && units > 0)
		recipe->n_units = units;
	return ret;
}

static void print_nk(FILE *out, const struct vb_recipe *recipe)
{
	fprintf(out, "nk=" VN_KERNEL ":%d:", recipe->n_units);
	for (int u = 0; u < recipe->n_units; u++)
		fprintf(out, "%s%s", u ? "." : "", recipe->unit[u].name);
	fputc('\n', out);
}

int vb_recipe_print(FILE *out, const char *path, const struct vb_recipe *recipe, vn_error *err)
{
	FILE *file = fopen(path, "r");
	char line[512];

	if (!file)
		return vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
	while (fgets(line, sizeof(line), file)) {
		const char *text = line + strspn(line, " \t");
		const char *name = text + strcspn(text, "=") + 1;

		if (strncmp(text, "nk=", 3) == 0)
			print_nk(out, recipe);
		else if ((strncmp(text, "sp=", 3) != 0 && strncmp(text, "slr=", 4) != 0) ||
		         unit_index(recipe, name, strcspn(name, ".:")) >= 0)
			fputs(line, out);
	}
	(void)fclose(file);
	return fflush(out) == 0 ? 0 : vn_fail(err, VN_EIO, NULL, "the recipe cannot be written");
}
