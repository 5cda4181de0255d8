/* SPDX-License-Identifier: Apache-2.0
 *
 * xclbin_manifest.c - read manifest.json (bitstreams/README.md has the format).
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "driver/xclbin.h"
#include "model/program.h"

enum { PATH_BYTES = PATH_MAX + 16 };

static const char remake[] = "remove it, and make the .xclbin files of its folder again";

struct reader {
	const char *path;
	size_t index; /* of the entry */
	vn_error *err;
};

static int bad_field(const struct reader *r, const char *key)
{
	return vn_fail(r->err, VN_ERUNTIME, remake, "%.300s: files[%zu].%s: missing or wrong",
	               r->path, r->index, key);
}

static int old_version(const struct reader *r, json_int_t version)
{
	return vn_fail(r->err, VN_ERUNTIME, remake,
	               "%.300s: files[%zu] is of contract version %lld, this is %d", r->path,
	               r->index, (long long)version, VN_CONTRACT);
}

/* A string that fits, is not empty, and is one word of printable characters. */
static int get_text(const struct reader *r, const json_t *entry, const char *key, char *to,
                    size_t size)
{
	const char *text = json_string_value(json_object_get(entry, key));

	if (!text || !text[0] || strlen(text) >= size)
		return bad_field(r, key);
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '/')
			return bad_field(r, key);
	memcpy(to, text, strlen(text) + 1);
	return 0;
}

static int get_hex(const struct reader *r, const json_t *entry, const char *key, uint8_t *to,
                   size_t bytes)
{
	char text[64];
	int ret = get_text(r, entry, key, text, sizeof(text));

	if (ret)
		return ret;
	if (strlen(text) != 2 * bytes || strspn(text, "0123456789abcdef") != 2 * bytes)
		return bad_field(r, key);
	for (size_t i = 0; i < bytes; i++) {
		const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

		to[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return 0;
}

static int get_config(const struct reader *r, const json_t *entry, uint32_t *config)
{
	const json_t *list = json_object_get(entry, "config");
	uint8_t hash[4];
	int ret;

	/* Before their number, which differs between versions. */
	if (json_is_integer(json_array_get(list, 0)) &&
	    json_integer_value(json_array_get(list, 0)) != VN_CONTRACT)
		return old_version(r, json_integer_value(json_array_get(list, 0)));
	if (json_array_size(list) != VN_CONFIG_WORDS)
		return bad_field(r, "config");
	for (size_t w = 0; w < VN_CONFIG_WORDS; w++) {
		const json_t *word = json_array_get(list, w);

		if (!json_is_integer(word) || json_integer_value(word) < 0 ||
		    json_integer_value(word) > UINT32_MAX)
			return bad_field(r, "config");
		config[w] = (uint32_t)json_integer_value(word);
	}
	ret = get_hex(r, entry, "hash", hash, sizeof(hash));
	if (ret)
		return ret;
	if (((uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 |
	     hash[3]) != vn_config_hash(config))
		return bad_field(r, "hash (not that of config)");
	return 0;
}

static int get_mode(const struct reader *r, const json_t *entry, int *emulation)
{
	char mode[8];
	int ret = get_text(r, entry, "mode", mode, sizeof(mode));

	if (ret)
		return ret;
	*emulation = strcmp(mode, "hw_emu") == 0;
	return *emulation || strcmp(mode, "hw") == 0 ? 0 : bad_field(r, "mode");
}

static int get_entry(const struct reader *r, const json_t *json, struct vn_xclbin_entry *e)
{
	const json_t *clock = json_object_get(json, "clock_mhz");
	const json_t *units = json_object_get(json, "units");
	int ret = get_text(r, json, "file", e->file, sizeof(e->file));

	if (!ret)
		ret = get_text(r, json, "card", e->card, sizeof(e->card));
	if (!ret)
		ret = get_text(r, json, "platform", e->platform, sizeof(e->platform));
	if (!ret)
		ret = get_text(r, json, "made_from", e->made_from, sizeof(e->made_from));
	if (!ret)
		ret = get_mode(r, json, &e->emulation);
	if (!ret)
		ret = get_config(r, json, e->config);
	if (!ret)
		ret = get_hex(r, json, "uuid", e->uuid, sizeof(e->uuid));
	if (ret)
		return ret;
	e->clock_mhz = json_number_value(clock);
	if (!(e->clock_mhz > 0 && e->clock_mhz < 10000))
		return bad_field(r, "clock_mhz");
	if (!json_is_integer(units) || json_integer_value(units) < 1 ||
	    json_integer_value(units) > VN_UNITS_MAX)
		return bad_field(r, "units");
	e->units = (int)json_integer_value(units);
	return 0;
}

static int get_entries(struct reader *r, const json_t *root, struct vn_xclbin_entry **entries,
                       int *n)
{
	const json_t *files = json_object_get(root, "files");
	const size_t size = json_array_size(files);
	int ret = 0;

	if (json_integer_value(json_object_get(root, "format")) != 1 || !json_is_array(files) ||
	    size > 100000)
		return vn_fail(r->err, VN_ERUNTIME, remake, "%.300s: not a manifest of format 1",
		               r->path);
	*entries = calloc(size + 1, sizeof(**entries));
	if (!*entries)
		return vn_fail_nomem(r->err, (size + 1) * sizeof(**entries), "a manifest");
	for (r->index = 0; r->index < size && !ret; r->index++)
		ret = get_entry(r, json_array_get(files, r->index), &(*entries)[r->index]);
	if (ret) {
		free(*entries);
		*entries = NULL;
	} else {
		*n = (int)size;
	}
	return ret;
}

int vn_xclbin_manifest(const char *folder, struct vn_xclbin_entry **entries, int *n, vn_error *err)
{
	char path[PATH_BYTES];
	struct reader r = {.path = path, .err = err};
	json_error_t why;
	json_t *root;
	FILE *file;
	int ret;

	*entries = NULL;
	*n = 0;
	snprintf(path, sizeof(path), "%s/manifest.json", folder);
	file = fopen(path, "re");
	if (!file && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!file)
		return vn_fail(err, VN_EIO, NULL, "%.300s: cannot be opened: %s", path,
		               strerror(errno));
	root = json_loadf(file, 0, &why);
	(void)fclose(file);
	if (!root)
		return vn_fail(err, VN_ERUNTIME, remake, "%.300s: line %d: %.100s", path, why.line,
		               why.text);
	ret = get_entries(&r, root, entries, n);
	json_decref(root);
	return ret;
}
