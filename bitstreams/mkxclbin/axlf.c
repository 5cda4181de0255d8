/* SPDX-License-Identifier: Apache-2.0
 *
 * axlf.c - see axlf.h.  The sections are written one after the other behind room for the header,
 * which is filled in last.
 */
#include "bitstreams/mkxclbin/axlf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xrt/xclbin.h>

#include "bitstreams/mkxclbin/kernel_xml.h"
#include "base/error.h"
#include "driver/xclbin.h"

enum {
	SECTIONS = 6,
	HEAD = offsetof(struct axlf, m_sections) + SECTIONS * sizeof(struct axlf_section_header),
};
_Static_assert(HEAD % 8 == 0, "sections begin at multiples of 8");

struct writer {
	FILE *out;
	struct axlf_section_header section[SECTIONS];
	int n;
};

static void pad(FILE *out, size_t align)
{
	while (ftell(out) % (long)align != 0)
		putc(0, out);
}

/* A section begins here. */
static void begin(struct writer *w, uint32_t kind, const char *name)
{
	struct axlf_section_header *s = &w->section[w->n++];

	pad(w->out, 8);
	s->m_sectionKind = kind;
	snprintf(s->m_sectionName, sizeof(s->m_sectionName), "%s", name);
	s->m_sectionOffset = (uint64_t)ftell(w->out);
}

/* It ends here. */
static void end(struct writer *w)
{
	struct axlf_section_header *s = &w->section[w->n - 1];

	s->m_sectionSize = (uint64_t)ftell(w->out) - s->m_sectionOffset;
}

/* The number of entries, with @bytes before the first. */
static void put_count(struct writer *w, int32_t count, size_t bytes)
{
	const uint64_t word = (uint32_t)count;

	fwrite(&word, bytes, 1, w->out);
}

/* ---- sections ---- */

static int put_file(struct writer *w, const char *path, vn_error *err)
{
	FILE *file = fopen(path, "rb");
	char chunk[4096];
	size_t n;
	int ok;

	if (!file)
		return vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
	begin(w, BITSTREAM, "bitstream");
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		fwrite(chunk, 1, n, w->out);
	end(w);
	ok = !ferror(file);
	(void)fclose(file);
	return ok ? 0 : vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
}

static int is_used(const struct vb_recipe *recipe, int bank)
{
	for (int u = 0; u < recipe->n_units; u++)
		for (int m = 0; m < VB_MASTERS; m++)
			if (recipe->unit[u].bank[m] == bank)
				return 1;
	return 0;
}

/* All banks of the card; XRT takes memory only from those that are used. */
static void put_memory(struct writer *w, const struct vb_card *card, const struct vb_recipe *recipe)
{
	begin(w, MEM_TOPOLOGY, "memory");
	put_count(w, card->n_banks, offsetof(struct mem_topology, m_mem_data));
	for (int b = 0; b < card->n_banks; b++) {
		struct mem_data m;

		memset(&m, 0, sizeof(m));
		m.m_type = (uint8_t)card->bank[b].type;
		m.m_used = (uint8_t)is_used(recipe, b);
		m.m_size = card->bank[b].kib;
		m.m_base_address = card->bank[b].base;
		memcpy(m.m_tag, card->bank[b].tag, sizeof(m.m_tag));
		fwrite(&m, sizeof(m), 1, w->out);
	}
	end(w);
}

static void put_units(struct writer *w, const struct vb_recipe *recipe)
{
	begin(w, IP_LAYOUT, "ip");
	put_count(w, recipe->n_units, offsetof(struct ip_layout, m_ip_data));
	for (int u = 0; u < recipe->n_units; u++) {
		struct ip_data d;

		memset(&d, 0, sizeof(d));
		d.m_type = IP_KERNEL;
		d.properties = AP_CTRL_HS << IP_CONTROL_SHIFT;
		d.m_base_address = VB_REGISTERS_BASE + VB_REGISTERS_RANGE * (uint64_t)u;
		snprintf((char *)d.m_name, sizeof(d.m_name), VN_KERNEL ":%s", recipe->unit[u].name);
		fwrite(&d, sizeof(d), 1, w->out);
	}
	end(w);
}

/* The master of kernel argument @arg; VB_MASTERS: a scalar. */
static int arg_master(int arg)
{
	static const char *const ports[] = {
#define VN_ARG(name, index, port, type) [index] = #port,
#include "spec/cu.def"
	};
	int m = 0;

	while (m < VB_MASTERS && strcmp(ports[arg], vb_master_names[m]) != 0)
		m++;
	return m;
}

static void put_connections(struct writer *w, const struct vb_recipe *recipe)
{
	int n = 0;

	for (int arg = 0; arg < VN_ARGS; arg++)
		n += arg_master(arg) != VB_MASTERS;
	begin(w, CONNECTIVITY, "conn");
	put_count(w, n * recipe->n_units, offsetof(struct connectivity, m_connection));
	for (int u = 0; u < recipe->n_units; u++)
		for (int arg = 0; arg < VN_ARGS; arg++) {
			const int m = arg_master(arg);

			if (m != VB_MASTERS)
				fwrite(&(struct connection){arg, u, recipe->unit[u].bank[m]},
				       sizeof(struct connection), 1, w->out);
		}
	end(w);
}

static void put_clock(struct writer *w, const struct vb_recipe *recipe)
{
	struct clock_freq c;

	memset(&c, 0, sizeof(c));
	c.m_freq_Mhz = (uint16_t)recipe->clock_mhz;
	c.m_type = CT_DATA;
	snprintf(c.m_name, sizeof(c.m_name), "DATA_CLK");
	begin(w, CLOCK_FREQ_TOPOLOGY, "clock");
	put_count(w, 1, offsetof(struct clock_freq_topology, m_clock_freq));
	fwrite(&c, sizeof(c), 1, w->out);
	end(w);
}

/* ---- the file ---- */

/* FNV-1a of 128 bits, as a UUID of version 8 (RFC 9562: a vendor's own). */
static void hash_uuid(const char *data, size_t bytes, uint8_t uuid[16])
{
	__extension__ typedef unsigned __int128 u128;
	const u128 prime = (u128)1 << 88 | 0x13b;
	u128 hash = (u128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ (uint8_t)data[i]) * prime;
	for (int i = 0; i < 16; i++)
		uuid[i] = (uint8_t)(hash >> (120 - 8 * i));
	uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f));
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
}

static void fill_head(const struct writer *w, const struct vb_card *card, char *data, size_t bytes,
                      uint8_t uuid[16])
{
	struct axlf head;

	memset(&head, 0, sizeof(head));
	memcpy(head.m_magic, "xclbin2", sizeof(head.m_magic));
	head.m_signature_length = -1;
	memset(head.reserved, 0xff, sizeof(head.reserved));
	memset(head.m_keyBlock, 0xff, sizeof(head.m_keyBlock));
	head.m_header.m_length = bytes;
	head.m_header.m_versionMajor = 2;
	head.m_header.m_versionMinor = 13;
	head.m_header.m_mode = XCLBIN_HW_EMU;
	head.m_header.m_numSections = (uint32_t)w->n;
	snprintf((char *)head.m_header.m_platformVBNV, sizeof(head.m_header.m_platformVBNV), "%s",
	         card->platform);
	memcpy(data, &head, offsetof(struct axlf, m_sections));
	memcpy(data + offsetof(struct axlf, m_sections), w->section, sizeof(w->section));
	hash_uuid(data, bytes, uuid);
	memcpy(data + offsetof(struct axlf, m_header.uuid), uuid, 16);
	memcpy(data + offsetof(struct axlf, m_uniqueId), uuid, sizeof(head.m_uniqueId));
}

static int save(const char *path, const char *data, size_t bytes, vn_error *err)
{
	FILE *file = fopen(path, "wb");
	int ok = file && fwrite(data, 1, bytes, file) == bytes;

	if (file && fclose(file) != 0)
		ok = 0;
	if (ok)
		return 0;
	(void)remove(path);
	return vn_fail(err, VN_EIO, NULL, "%s: cannot be written", path);
}

int vb_axlf_write(const char *path, const struct vb_card *card, const struct vb_recipe *recipe,
                  const char *zip, uint8_t uuid[16], vn_error *err)
{
	struct writer w = {.n = 0};
	char *data = NULL;
	size_t bytes = 0;
	int ret;

	w.out = open_memstream(&data, &bytes);
	if (!w.out)
		return vn_fail_nomem(err, HEAD, "the .xclbin");
	for (int i = 0; i < HEAD; i++)
		putc(0, w.out);
	ret = put_file(&w, zip, err);
	begin(&w, EMBEDDED_METADATA, "metadata");
	vb_print_metadata(w.out, card, recipe);
	end(&w);
	put_memory(&w, card, recipe);
	put_units(&w, recipe);
	put_connections(&w, recipe);
	put_clock(&w, recipe);
	pad(w.out, 8);
	if (fclose(w.out) != 0 && !ret)
		ret = vn_fail_nomem(err, bytes, "the .xclbin");
	if (!ret) {
		fill_head(&w, card, data, bytes, uuid);
		ret = save(path, data, bytes, err);
	}
	free(data);
	return ret;
}
