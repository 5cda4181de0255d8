/* SPDX-License-Identifier: Apache-2.0
 *
 * program_save.c - a program to the bytes of a .vnx file (docs/program-format.md), and to a file,
 * atomically.
 */
#include "model/program_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/outfile.h"

struct part {
	const void *data;
	size_t bytes;
	void *owned; /* data, where it was made for the file */
};

static void *make(struct part *p, size_t bytes)
{
	p->bytes = bytes;
	p->owned = calloc(1, bytes ? bytes : 1);
	p->data = p->owned;
	return p->owned;
}

/* ---- sections ---- */

static int make_conf(const struct vn_program *prog, struct part *p)
{
	uint32_t *w = make(p, 4 * VN_CONF_WORDS);

	if (!w)
		return -1;
	memcpy(w, prog->config, sizeof(prog->config));
	w[VN_CONFIG_WORDS] = prog->hash;
	return 0;
}

static int make_netw(const struct vn_program *prog, struct part *p)
{
	uint32_t *w = make(p, 4 * VN_NETW_WORDS);

	if (!w)
		return -1;
	vn_netw_put(prog, w);
	return 0;
}

static int make_stgs(const struct vn_program *prog, struct part *p)
{
	uint32_t *w = make(p, 4 * VN_STGS_WORDS * (size_t)prog->n_stages);

	if (!w)
		return -1;
	for (uint32_t i = 0; i < prog->n_stages; i++)
		vn_stgs_put(&prog->stages[i], w + (size_t)i * VN_STGS_WORDS);
	return 0;
}

static int make_cent(const struct vn_program *prog, struct part *p)
{
	size_t floats = (size_t)prog->classes;
	float *f;

	for (uint32_t i = 0; i < prog->n_stages; i++)
		floats += 2 * (size_t)prog->stages[i].cout;
	f = make(p, 4 * floats);
	if (!f)
		return -1;
	for (uint32_t i = 0; i < prog->n_stages; i++) {
		memcpy(f, prog->stages[i].centre, 4 * (size_t)prog->stages[i].cout);
		f += prog->stages[i].cout;
	}
	memcpy(f, prog->logit_scale, 4 * (size_t)prog->classes);
	f += prog->classes;
	for (uint32_t i = 0; i < prog->n_stages; i++) {
		memcpy(f, prog->stages[i].factor, 4 * (size_t)prog->stages[i].cout);
		f += prog->stages[i].cout;
	}
	return 0;
}

static int make_labl(const struct vn_program *prog, struct part *p)
{
	size_t bytes = 0;
	char *text;

	for (int i = 0; prog->labels && i < prog->classes; i++)
		bytes += strlen(prog->labels[i]) + 1;
	text = make(p, bytes);
	if (!text)
		return -1;
	for (int i = 0; prog->labels && i < prog->classes; i++) {
		const size_t n = strlen(prog->labels[i]) + 1;

		memcpy(text, prog->labels[i], n);
		text += n;
	}
	return 0;
}

static int make_entr(const struct vn_program *prog, struct part *p)
{
	uint32_t *w = make(p, 4 * VN_ENTR_WORDS * (size_t)prog->n_entries);

	if (!w)
		return -1;
	for (uint32_t i = 0; i < prog->n_entries; i++)
		vn_entr_put(&prog->entries[i], w + (size_t)i * VN_ENTR_WORDS);
	return 0;
}

static int make_parts(const struct vn_program *prog, struct part parts[VN_VNX_SECTIONS])
{
	if (make_conf(prog, &parts[VN_SEC_CONF]) || make_netw(prog, &parts[VN_SEC_NETW]) ||
	    make_stgs(prog, &parts[VN_SEC_STGS]) || make_cent(prog, &parts[VN_SEC_CENT]) ||
	    make_labl(prog, &parts[VN_SEC_LABL]) || make_entr(prog, &parts[VN_SEC_ENTR]))
		return -1;
	parts[VN_SEC_SEGM].data = prog->segments;
	parts[VN_SEC_SEGM].bytes = prog->n_segments * sizeof(*prog->segments);
	parts[VN_SEC_DESC].data = prog->desc;
	parts[VN_SEC_DESC].bytes = prog->n_desc * sizeof(*prog->desc);
	parts[VN_SEC_WGHT].data = prog->weights;
	parts[VN_SEC_WGHT].bytes = (size_t)prog->weight_beats * VN_BEAT_BYTES;
	return 0;
}

_Static_assert(sizeof(struct vn_segment) == 16, "segments are in the file as they are in memory");

/* ---- the bytes ---- */

static uint32_t crc_of(const void *data, size_t bytes)
{
	return (uint32_t)crc32_z(0, data, bytes);
}

static void put32(uint8_t *at, uint32_t v)
{
	memcpy(at, &v, sizeof(v));
}

static void put64(uint8_t *at, uint64_t v)
{
	memcpy(at, &v, sizeof(v));
}

enum {
	HEADER_BYTES = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS),
};

static size_t padded(size_t bytes)
{
	return (size_t)vn_to_beats(bytes) * VN_BEAT_BYTES;
}

static void make_header(const struct part parts[VN_VNX_SECTIONS], uint8_t header[HEADER_BYTES])
{
	size_t offset = padded(HEADER_BYTES);

	memcpy(header, VN_VNX_MAGIC, sizeof(VN_VNX_MAGIC));
	put32(header + 8, VN_VNX_VERSION);
	put32(header + 12, VN_VNX_SECTIONS);
	for (int i = 0; i < VN_VNX_SECTIONS; i++) {
		uint8_t *row = header + VN_VNX_HEADER * (i + 1);

		put32(row, VN_SECTION_LIST[i].fourcc);
		put32(row + 4, crc_of(parts[i].data, parts[i].bytes));
		put64(row + 8, offset);
		put64(row + 16, parts[i].bytes);
		offset += padded(parts[i].bytes);
	}
	put32(header + 16, crc_of(header, HEADER_BYTES));
}

/* Header and sections, each filled up with zeros to a beat. */
static uint8_t *join(const struct part parts[VN_VNX_SECTIONS], size_t *bytes)
{
	size_t at = padded(HEADER_BYTES), all = at;
	uint8_t *file;

	for (int i = 0; i < VN_VNX_SECTIONS; i++)
		all += padded(parts[i].bytes);
	file = calloc(1, all);
	if (!file)
		return NULL;
	make_header(parts, file);
	for (int i = 0; i < VN_VNX_SECTIONS; i++) {
		if (parts[i].bytes)
			memcpy(file + at, parts[i].data, parts[i].bytes);
		at += padded(parts[i].bytes);
	}
	*bytes = all;
	return file;
}

int vn_program_bytes(const struct vn_program *prog, void **data, size_t *bytes, vn_error *err)
{
	struct part parts[VN_VNX_SECTIONS] = {{0}};

	*data = make_parts(prog, parts) ? NULL : join(parts, bytes);
	for (int i = 0; i < VN_VNX_SECTIONS; i++)
		free(parts[i].owned);
	return *data ? 0 : vn_fail_nomem(err, prog->weight_beats * VN_BEAT_BYTES, "a program file");
}

int vn_program_save(const struct vn_program *prog, const char *path, vn_error *err)
{
	struct vn_outfile out;
	void *data = NULL;
	size_t bytes = 0;
	int rc = vn_outfile_open(&out, "", path, err);

	if (rc)
		return rc;
	rc = vn_program_bytes(prog, &data, &bytes, err);
	if (!rc) {
		errno = 0;
		if (fwrite(data, 1, bytes, out.file) != bytes)
			out.error = errno;
		rc = vn_outfile_finish(&out, "", err);
	}
	vn_outfile_drop(&out);
	free(data);
	return rc;
}
