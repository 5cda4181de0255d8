/* SPDX-License-Identifier: Apache-2.0
 *
 * program_file.c - the bytes of a .vnx file to a program, trusting nothing.
 *
 * Every count is held against the size of its section before anything is allocated by it, so a
 * program takes memory in proportion to its file.  What the numbers mean is checked by
 * vn_program_check at the end.
 */
#include "model/program_parts.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"

static const char HINT_DAMAGED[] = "the file is cut off or damaged: copy it or compile it again";

struct view {
	const uint8_t *data;
	size_t bytes;
};

struct file {
	const char *name;
	struct view all;
	struct view sec[VN_VNX_SECTIONS];
	uint8_t *own; /* the same as all.data if the program may keep it; else NULL */
	vn_error *err;
};

_Static_assert(VN_SEC_WGHT == VN_VNX_SECTIONS - 1, "what moves within the file is read last");

static uint32_t get32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return v;
}

static size_t padded(size_t bytes)
{
	return (size_t)vn_to_beats(bytes) * VN_BEAT_BYTES;
}

/* ---- header and section table ---- */

static int check_header(const struct file *f)
{
	const size_t table = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS);
	const uint8_t *d = f->all.data;
	uint8_t head[VN_VNX_HEADER * (1 + VN_VNX_SECTIONS)];

	if (f->all.bytes < sizeof(VN_VNX_MAGIC) ||
	    memcmp(d, VN_VNX_MAGIC, sizeof(VN_VNX_MAGIC)) != 0)
		return vn_fail(f->err, VN_EPROGRAM, "make one with `vanillin compile`",
		               "%.200s: not a .vnx file: the first 8 bytes are others", f->name);
	if (f->all.bytes < table)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: header: the file ends after %zu bytes, before its section "
		               "table does",
		               f->name, f->all.bytes);
	if (get32(d + 8) != VN_VNX_VERSION)
		return vn_fail(f->err, VN_EPROGRAM, "compile the network with this version",
		               "%.200s: header, format version: %u; this library reads %d", f->name,
		               get32(d + 8), VN_VNX_VERSION);
	if (get32(d + 12) != VN_VNX_SECTIONS)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: header, number of sections: %u instead of %d", f->name,
		               get32(d + 12), VN_VNX_SECTIONS);
	memcpy(head, d, table);
	memset(head + 16, 0, 4);
	if (get32(d + 16) != (uint32_t)crc32_z(0, head, table))
		return vn_fail(
		        f->err, VN_EPROGRAM, HINT_DAMAGED,
		        "%.200s: header: the checksum of header and section table does not fit",
		        f->name);
	if (get32(d + 20) != 0)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: header, word at byte 20: %u instead of 0", f->name,
		               get32(d + 20));
	return 0;
}

/* Zeros from byte @from up to the next beat, as far as the file goes. */
static int check_padding(const struct file *f, const char *section, size_t from)
{
	for (size_t i = from; i < padded(from) && i < f->all.bytes; i++)
		if (f->all.data[i] != 0)
			return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
			               "%.200s: section %s: the padding at byte %zu is not zero",
			               f->name, section, i);
	return 0;
}

/* Row @i of the table; @offset: where the section must begin. */
static int open_section(struct file *f, int i, size_t offset)
{
	const uint8_t *row = f->all.data + VN_VNX_HEADER * (i + 1);
	const char *name = VN_SECTION_LIST[i].name;
	const uint64_t at = get64(row + 8), size = get64(row + 16);

	if (get32(row) != VN_SECTION_LIST[i].fourcc)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section table, row %d: section %08x where %s belongs",
		               f->name, i, get32(row), name);
	if (at != offset)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section %s, offset: %llu instead of %zu", f->name, name,
		               (unsigned long long)at, offset);
	if (at > f->all.bytes || size > f->all.bytes - at)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section %s, size: %llu bytes do not fit a file of %zu",
		               f->name, name, (unsigned long long)size, f->all.bytes);
	f->sec[i] = (struct view){f->all.data + at, (size_t)size};
	if (get32(row + 4) != (uint32_t)crc32_z(0, f->sec[i].data, f->sec[i].bytes))
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section %s: its checksum does not fit", f->name, name);
	return check_padding(f, name, (size_t)(at + size));
}

static int open_sections(struct file *f)
{
	const size_t table = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS);
	size_t end = table;
	int rc = check_padding(f, "table", table);

	for (int i = 0; !rc && i < VN_VNX_SECTIONS; i++) {
		rc = open_section(f, i, padded(end));
		end = padded(end) + f->sec[i].bytes;
	}
	if (!rc && padded(end) != f->all.bytes)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: the file has %zu bytes, its sections end at %zu", f->name,
		               f->all.bytes, padded(end));
	return rc;
}

/* ---- sections ---- */

static int check_size(const struct file *f, int sec, uint64_t bytes)
{
	if (f->sec[sec].bytes != bytes)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section %s, size: %zu bytes where the counts say %llu",
		               f->name, VN_SECTION_LIST[sec].name, f->sec[sec].bytes,
		               (unsigned long long)bytes);
	return 0;
}

static int check_whole(const struct file *f, int sec, size_t record)
{
	if (f->sec[sec].bytes == 0 || f->sec[sec].bytes % record != 0)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section %s, size: %zu bytes are not records of %zu",
		               f->name, VN_SECTION_LIST[sec].name, f->sec[sec].bytes, record);
	return 0;
}

/* A copy of a section for the program to own; beat-aligned. */
static void *copy_section(const struct file *f, int sec)
{
	const size_t bytes = padded(f->sec[sec].bytes);
	uint8_t *p = aligned_alloc(VN_BEAT_BYTES, bytes ? bytes : VN_BEAT_BYTES);

	if (p)
		memcpy(p, f->sec[sec].data, f->sec[sec].bytes);
	else
		vn_fail_nomem(f->err, bytes, "a section of a program file");
	return p;
}

static int read_conf(const struct file *f, struct vn_program *prog)
{
	const uint8_t *d = f->sec[VN_SEC_CONF].data;
	int rc;

	/* Before its size, which differs between versions. */
	if (f->sec[VN_SEC_CONF].bytes >= 4 && get32(d) != VN_CONTRACT)
		return vn_fail(f->err, VN_EPROGRAM, "compile it again, with this version",
		               "%.200s: compiled for contract version %u, this is %d", f->name,
		               get32(d), VN_CONTRACT);
	rc = check_size(f, VN_SEC_CONF, 4 * VN_CONF_WORDS);
	if (rc)
		return rc;
	memcpy(prog->config, d, sizeof(prog->config));
	prog->hash = get32(d + sizeof(prog->config));
	return 0;
}

static int read_netw(const struct file *f, struct vn_program *prog)
{
	uint32_t w[VN_NETW_WORDS];
	int rc = check_size(f, VN_SEC_NETW, sizeof(w));

	if (rc)
		return rc;
	memcpy(w, f->sec[VN_SEC_NETW].data, sizeof(w));
	rc = vn_rules_check(&VN_RULES_NETW, f->name, 0, w, f->err);
	if (!rc)
		vn_netw_get(prog, w);
	return rc;
}

static int read_stgs(const struct file *f, struct vn_program *prog)
{
	uint32_t w[VN_STGS_WORDS];
	int rc = check_size(f, VN_SEC_STGS, (uint64_t)prog->n_stages * sizeof(w));

	if (rc)
		return rc;
	prog->stages = calloc(prog->n_stages, sizeof(*prog->stages));
	if (!prog->stages)
		return vn_fail_nomem(f->err, prog->n_stages * sizeof(*prog->stages), "stages");
	for (uint32_t i = 0; !rc && i < prog->n_stages; i++) {
		memcpy(w, f->sec[VN_SEC_STGS].data + i * sizeof(w), sizeof(w));
		rc = vn_rules_check(&VN_RULES_STGS, f->name, i, w, f->err);
		vn_stgs_get(&prog->stages[i], w);
	}
	return rc;
}

/* The next @n floats at *@at; @at NULL: ones. */
static float *copy_floats(const struct file *f, const uint8_t **at, size_t n)
{
	float *p = malloc(n * sizeof(*p));

	if (!p) {
		vn_fail_nomem(f->err, n * sizeof(*p), "centres and scales");
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		p[i] = 1;
	if (at) {
		memcpy(p, *at, n * sizeof(*p));
		*at += n * sizeof(*p);
	}
	return p;
}

/* The factors came later: a file without them means 1. */
static int read_cent(const struct file *f, struct vn_program *prog)
{
	const uint8_t *at = f->sec[VN_SEC_CENT].data;
	uint64_t channels = 0;
	int old;

	for (uint32_t i = 0; i < prog->n_stages; i++)
		channels += prog->stages[i].cout;
	old = f->sec[VN_SEC_CENT].bytes == 4 * (channels + (uint64_t)prog->classes);
	if (!old && check_size(f, VN_SEC_CENT, 4 * (2 * channels + (uint64_t)prog->classes)))
		return VN_EPROGRAM;
	for (uint32_t i = 0; i < prog->n_stages; i++) {
		prog->stages[i].centre = copy_floats(f, &at, prog->stages[i].cout);
		if (!prog->stages[i].centre)
			return VN_ENOMEM;
	}
	prog->logit_scale = copy_floats(f, &at, (size_t)prog->classes);
	if (!prog->logit_scale)
		return VN_ENOMEM;
	for (uint32_t i = 0; i < prog->n_stages; i++) {
		struct vn_pstage *s = &prog->stages[i];

		s->factor = copy_floats(f, old ? NULL : &at, s->cout);
		if (!s->factor)
			return VN_ENOMEM;
	}
	return 0;
}

/* The strings must be as many as classes, the last one ended. */
static int check_labels(const struct file *f, const struct vn_program *prog)
{
	const struct view *v = &f->sec[VN_SEC_LABL];
	size_t strings = 0;

	for (size_t i = 0; i < v->bytes; i++)
		strings += v->data[i] == 0;
	if (strings != (size_t)prog->classes || v->data[v->bytes - 1] != 0)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section LABL: %zu ended names for %d classes", f->name,
		               strings, prog->classes);
	return 0;
}

static int read_labl(const struct file *f, struct vn_program *prog)
{
	const char *at = (const char *)f->sec[VN_SEC_LABL].data;
	int rc;

	if (f->sec[VN_SEC_LABL].bytes == 0)
		return 0;
	rc = check_labels(f, prog);
	if (rc)
		return rc;
	prog->labels = calloc((size_t)prog->classes, sizeof(*prog->labels));
	if (!prog->labels)
		return vn_fail_nomem(f->err, (size_t)prog->classes * sizeof(*prog->labels),
		                     "labels");
	for (int i = 0; i < prog->classes; i++, at += strlen(at) + 1) {
		prog->labels[i] = strdup(at);
		if (!prog->labels[i])
			return vn_fail_nomem(f->err, strlen(at) + 1, "a label");
	}
	return 0;
}

static int read_entr(const struct file *f, struct vn_program *prog)
{
	uint32_t w[VN_ENTR_WORDS];
	const size_t n = f->sec[VN_SEC_ENTR].bytes / sizeof(w);
	int rc = check_whole(f, VN_SEC_ENTR, sizeof(w));

	if (rc)
		return rc;
	if (n > VN_VNX_ENTRIES_MAX)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section ENTR, size: %zu entries; there are at most %d",
		               f->name, n, VN_VNX_ENTRIES_MAX);
	prog->n_entries = (uint32_t)n;
	prog->entries = calloc(n, sizeof(*prog->entries));
	if (!prog->entries)
		return vn_fail_nomem(f->err, n * sizeof(*prog->entries), "entries");
	for (uint32_t i = 0; !rc && i < n; i++) {
		memcpy(w, f->sec[VN_SEC_ENTR].data + i * sizeof(w), sizeof(w));
		rc = vn_rules_check(&VN_RULES_ENTR, f->name, i, w, f->err);
		vn_entr_get(&prog->entries[i], w);
	}
	return rc;
}

static int read_segm(const struct file *f, struct vn_program *prog)
{
	prog->n_segments = prog->n_stages + 2;
	if (check_size(f, VN_SEC_SEGM, prog->n_segments * sizeof(*prog->segments)))
		return VN_EPROGRAM;
	prog->segments = copy_section(f, VN_SEC_SEGM);
	return prog->segments ? 0 : VN_ENOMEM;
}

static int read_desc(const struct file *f, struct vn_program *prog)
{
	const size_t n = f->sec[VN_SEC_DESC].bytes / sizeof(*prog->desc);

	if (check_whole(f, VN_SEC_DESC, sizeof(*prog->desc)))
		return VN_EPROGRAM;
	if (n > INT32_MAX)
		return vn_fail(f->err, VN_EPROGRAM, HINT_DAMAGED,
		               "%.200s: section DESC, size: %zu descriptors are too many", f->name,
		               n);
	prog->n_desc = (uint32_t)n;
	prog->desc = copy_section(f, VN_SEC_DESC);
	return prog->desc ? 0 : VN_ENOMEM;
}

static int read_wght(const struct file *f, struct vn_program *prog)
{
	if (check_whole(f, VN_SEC_WGHT, VN_BEAT_BYTES))
		return VN_EPROGRAM;
	prog->weight_beats = f->sec[VN_SEC_WGHT].bytes / VN_BEAT_BYTES;
	if (f->own) { /* nothing else of it is needed any more */
		memmove(f->own, f->sec[VN_SEC_WGHT].data, f->sec[VN_SEC_WGHT].bytes);
		prog->weights = f->own;
	} else {
		prog->weights = copy_section(f, VN_SEC_WGHT);
	}
	return prog->weights ? 0 : VN_ENOMEM;
}

/* ---- the whole ---- */

/* The weights, last of all, may stay in @own. */
static int parse(const char *name, const void *data, size_t bytes, uint8_t *own, vn_program **out,
                 vn_error *err)
{
	static int (*const readers[VN_VNX_SECTIONS])(const struct file *, struct vn_program *) = {
	        [VN_SEC_CONF] = read_conf, [VN_SEC_NETW] = read_netw, [VN_SEC_STGS] = read_stgs,
	        [VN_SEC_CENT] = read_cent, [VN_SEC_LABL] = read_labl, [VN_SEC_ENTR] = read_entr,
	        [VN_SEC_SEGM] = read_segm, [VN_SEC_DESC] = read_desc, [VN_SEC_WGHT] = read_wght,
	};
	struct file f = {.name = name, .all = {data, bytes}, .own = own, .err = err};
	struct vn_program *prog;
	int rc = check_header(&f);

	*out = NULL;
	if (!rc)
		rc = open_sections(&f);
	if (rc)
		return rc;
	prog = calloc(1, sizeof(*prog));
	if (!prog || !(prog->name = strdup(f.name))) {
		free(prog);
		return vn_fail_nomem(err, sizeof(*prog), "a program");
	}
	for (int i = 0; !rc && i < VN_VNX_SECTIONS; i++)
		rc = readers[i](&f, prog);
	if (!rc)
		rc = vn_program_check(prog, err);
	if (!rc) {
		*out = prog;
		return 0;
	}
	if (own && prog->weights == own)
		prog->weights = NULL; /* the caller frees it */
	vn_program_free(prog);
	return rc;
}

int vn_program_parse(const char *name, const void *data, size_t bytes, vn_program **out,
                     vn_error *err)
{
	if (out)
		*out = NULL;
	if (!data || !out)
		return vn_fail(err, VN_EARG, NULL,
		               "vn_program_parse: no data or no place for the program");
	return parse(name ? name : "program", data, bytes, NULL, out, err);
}

int vn_program_take(const char *name, uint8_t *data, size_t bytes, vn_program **out, vn_error *err)
{
	int rc = parse(name, data, bytes, data, out, err);

	if (rc)
		free(data);
	return rc;
}
