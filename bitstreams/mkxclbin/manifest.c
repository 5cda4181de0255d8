/* SPDX-License-Identifier: Apache-2.0
 *
 * manifest.c - see manifest.h.
 */
#include "bitstreams/mkxclbin/manifest.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/error.h"
#include "model/program.h"

enum { PATH_BYTES = PATH_MAX + 32 };

static json_t *entry_json(const char *file, const struct vb_entry *e)
{
	json_t *config = json_array();
	char hash[9], uuid[33];

	for (int w = 0; w < VN_CONFIG_WORDS; w++)
		json_array_append_new(config, json_integer(e->config[w]));
	snprintf(hash, sizeof(hash), "%08x", vn_config_hash(e->config));
	for (int i = 0; i < 16; i++)
		snprintf(uuid + 2 * i, 3, "%02x", e->uuid[i]);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:s,s:i,s:f,s:s}", "file", file, "card", e->card,
	                 "platform", e->platform, "mode", e->mode, "made_from", e->made_from,
	                 "config", config, "hash", hash, "units", e->units, "clock_mhz",
	                 e->clock_mhz, "uuid", uuid);
}

/* The manifest at @path, or an empty one. */
static json_t *load(const char *path, vn_error *err)
{
	json_error_t why;
	json_t *root, *files;

	if (access(path, F_OK) != 0)
		return json_pack("{s:i,s:[]}", "format", 1, "files");
	root = json_load_file(path, 0, &why);
	files = json_object_get(root, "files");
	if (root && json_integer_value(json_object_get(root, "format")) == 1 &&
	    json_is_array(files))
		return root;
	json_decref(root);
	vn_error_set(err, VN_ERUNTIME, "remove it, and make the .xclbin files of its folder again",
	             "%s: not a manifest of format 1%s%s", path, root ? "" : ": ",
	             root ? "" : why.text);
	return NULL;
}

static const char *entry_file(json_t *entry)
{
	const char *file = json_string_value(json_object_get(entry, "file"));

	return file ? file : "";
}

/* In the order of the files' names, so that the order of making does not matter. */
static int put(json_t *files, const char *file, json_t *entry)
{
	size_t i = 0;

	while (i < json_array_size(files) && strcmp(entry_file(json_array_get(files, i)), file) < 0)
		i++;
	if (i < json_array_size(files) && strcmp(entry_file(json_array_get(files, i)), file) == 0)
		return json_array_set_new(files, i, entry);
	return json_array_insert_new(files, i, entry);
}

static int save(json_t *root, const char *path, vn_error *err)
{
	char temporary[PATH_BYTES + 8];

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	if (json_dump_file(root, temporary, JSON_INDENT(1)) == 0 && rename(temporary, path) == 0)
		return 0;
	(void)remove(temporary);
	return vn_fail(err, VN_EIO, NULL, "%s: cannot be written", path);
}

static int update(const char *path, const char *file, const struct vb_entry *entry, vn_error *err)
{
	json_t *root = load(path, err);
	int ret;

	if (!root)
		return VN_ERUNTIME;
	if (put(json_object_get(root, "files"), file, entry_json(file, entry)) != 0)
		ret = vn_fail_nomem(err, 0, "the manifest");
	else
		ret = save(root, path, err);
	json_decref(root);
	return ret;
}

int vb_manifest_put(const char *xclbin, const char *from, const struct vb_entry *entry,
                    vn_error *err)
{
	const char *slash = strrchr(xclbin, '/');
	char folder[PATH_MAX], path[PATH_BYTES];
	int lock, ret;

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - xclbin) : 1,
	         slash ? xclbin : ".");
	snprintf(path, sizeof(path), "%s/manifest.json", folder);
	/* The folder itself is what is locked: no lock file stays behind. */
	lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX) != 0) {
		if (lock >= 0)
			(void)close(lock);
		return vn_fail(err, VN_EIO, NULL, "%s: cannot be locked", folder);
	}
	if (from && rename(from, xclbin) != 0)
		ret = vn_fail(err, VN_EIO, NULL, "%s: cannot be written", xclbin);
	else
		ret = update(path, slash ? slash + 1 : xclbin, entry, err);
	(void)close(lock);
	return ret;
}
