/* SPDX-License-Identifier: Apache-2.0
 *
 * axlf.c - see axlf.h.
 */
#include "bitstreams/mkxclbin/axlf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xrt/xclbin.h>

#include "bitstreams/mkxclbin/kernel_xml.h"
#include "driver/error.h"
#include "driver/xclbin.h"

enum { SECTIONS = 6 };

struct section {
	uint32_t kind;
	const char *name;
	void *data;
	size_t bytes;
};

struct image {
	struct section section[SECTIONS];
	int n;
};

/* A zeroed section of a head and @n entries. */
static void *add(struct image *image, uint32_t kind, const char *name, size_t head, size_t entry,
                 int n)
{
	struct section *s = &image->section[image->n];

	s->bytes = head + entry * (size_t)n;
	s->data = calloc(1, s->bytes);
	if (!s->data)
		return NULL;
	s->kind = kind;
	s->name = name;
	image->n++;
	return s->data;
}

static int add_memory(struct image *image, const struct vb_card *card)
{
	struct mem_topology *mem =
	        add(image, MEM_TOPOLOGY, "memory", offsetof(struct mem_topology, m_mem_data),
	            sizeof(struct mem_data), card->n_banks);

	if (!mem)
		return -1;
	mem->m_count = card->n_banks;
	for (int b = 0; b < card->n_banks; b++) {
		struct mem_data *m = &mem->m_mem_data[b];

		m->m_type = (uint8_t)card->bank[b].type;
		m->m_used = 1;
		m->m_size = card->bank[b].kib;
		m->m_base_address = card->bank[b].base;
		memcpy(m->m_tag, card->bank[b].tag, sizeof(m->m_tag));
	}
	return 0;
}

static int add_units(struct image *image, const struct vb_recipe *recipe)
{
	struct ip_layout *ip = add(image, IP_LAYOUT, "ip", offsetof(struct ip_layout, m_ip_data),
	                           sizeof(struct ip_data), recipe->n_units);

	if (!ip)
		return -1;
	ip->m_count = recipe->n_units;
	for (int u = 0; u < recipe->n_units; u++) {
		struct ip_data *d = &ip->m_ip_data[u];

		d->m_type = IP_KERNEL;
		d->properties = AP_CTRL_HS << IP_CONTROL_SHIFT;
		d->m_base_address = VB_REGISTERS_BASE + VB_REGISTERS_RANGE * (uint64_t)u;
		snprintf((char *)d->m_name, sizeof(d->m_name), VN_KERNEL ":%s",
		         recipe->unit[u].name);
	}
	return 0;
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

/* Connections of unit @u from @to on; NULL: only count them. */
static int connect_unit(const struct vb_recipe *recipe, int u, struct connection *to)
{
	int n = 0;

	for (int arg = 0; arg < VN_ARGS; arg++) {
		const int m = arg_master(arg);

		if (m == VB_MASTERS)
			continue;
		for (int b = recipe->unit[u].banks[m].first; b <= recipe->unit[u].banks[m].last;
		     b++, n++)
			if (to)
				to[n] = (struct connection){arg, u, b};
	}
	return n;
}

static int add_connections(struct image *image, const struct vb_recipe *recipe)
{
	struct connectivity *c;
	int n = 0;

	for (int u = 0; u < recipe->n_units; u++)
		n += connect_unit(recipe, u, NULL);
	c = add(image, CONNECTIVITY, "conn", offsetof(struct connectivity, m_connection),
	        sizeof(struct connection), n);
	if (!c)
		return -1;
	c->m_count = n;
	n = 0;
	for (int u = 0; u < recipe->n_units; u++)
		n += connect_unit(recipe, u, &c->m_connection[n]);
	return 0;
}

static int add_clock(struct image *image, const struct vb_recipe *recipe)
{
	struct clock_freq_topology *c = add(image, CLOCK_FREQ_TOPOLOGY, "clock",
	                                    offsetof(struct clock_freq_topology, m_clock_freq),
	                                    sizeof(struct clock_freq), 1);

	if (!c)
		return -1;
	c->m_count = 1;
	c->m_clock_freq[0].m_freq_Mhz = (uint16_t)recipe->clock_mhz;
	c->m_clock_freq[0].m_type = CT_DATA;
	snprintf(c->m_clock_freq[0].m_name, sizeof(c->m_clock_freq[0].m_name), "DATA_CLK");
	return 0;
}

static int add_metadata(struct image *image, const struct vb_card *card,
                        const struct vb_recipe *recipe)
{
	struct section *s = &image->section[image->n];
	FILE *out = open_memstream((char **)&s->data, &s->bytes);

	if (!out)
		return -1;
	vb_print_metadata(out, card, recipe);
	if (fclose(out) != 0) {
		free(s->data);
		return -1;
	}
	s->kind = EMBEDDED_METADATA;
	s->name = "metadata";
	image->n++;
	return 0;
}

static int add_file(struct image *image, const char *path, vn_error *err)
{
	FILE *file = fopen(path, "rb");
	long bytes = -1;
	void *data;
	int ok;

	if (file && fseek(file, 0, SEEK_END) == 0)
		bytes = ftell(file);
	if (bytes < 0 || fseek(file, 0, SEEK_SET) != 0) {
		if (file)
			(void)fclose(file);
		return vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
	}
	data = add(image, BITSTREAM, "bitstream", (size_t)bytes, 0, 0);
	ok = data && fread(data, 1, (size_t)bytes, file) == (size_t)bytes;
	(void)fclose(file);
	return ok ? 0 : vn_fail(err, VN_EIO, NULL, "%s: cannot be read", path);
}

/* FNV-1a of 128 bits, as a UUID of version 8 (RFC 9562: a vendor's own). */
static void hash_uuid(const uint8_t *data, size_t bytes, uint8_t uuid[16])
{
	__extension__ typedef unsigned __int128 u128;
	const u128 prime = (u128)1 << 88 | 0x13b;
	u128 hash = (u128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ data[i]) * prime;
	for (int i = 0; i < 16; i++)
		uuid[i] = (uint8_t)(hash >> (120 - 8 * i));
	uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f));
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));
}

static size_t aligned(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

/* The whole file; the caller frees it. */
static uint8_t *assemble(const struct image *image, const struct vb_card *card, size_t *bytes)
{
	const size_t head = aligned(offsetof(struct axlf, m_sections) +
	                            sizeof(struct axlf_section_header) * (size_t)image->n);
	size_t at = head;
	struct axlf *axlf;

	for (int i = 0; i < image->n; i++)
		at += aligned(image->section[i].bytes);
	*bytes = at;
	axlf = calloc(1, at);
	if (!axlf)
		return NULL;
	memcpy(axlf->m_magic, "xclbin2", 8);
	axlf->m_signature_length = -1;
	memset(axlf->reserved, 0xff, sizeof(axlf->reserved));
	memset(axlf->m_keyBlock, 0xff, sizeof(axlf->m_keyBlock));
	axlf->m_header.m_length = at;
	axlf->m_header.m_versionMajor = 2;
	axlf->m_header.m_versionMinor = 13;
	axlf->m_header.m_mode = XCLBIN_HW_EMU;
	axlf->m_header.m_numSections = (uint32_t)image->n;
	snprintf((char *)axlf->m_header.m_platformVBNV, sizeof(axlf->m_header.m_platformVBNV), "%s",
	         card->platform);
	at = head;
	for (int i = 0; i < image->n; i++) {
		const struct section *s = &image->section[i];
		/* m_sections is declared with one entry, and is followed by the others. */
		struct axlf_section_header *h =
		        (struct axlf_section_header *)((char *)axlf +
		                                       offsetof(struct axlf, m_sections)) +
		        i;

		h->m_sectionKind = s->kind;
		snprintf(h->m_sectionName, sizeof(h->m_sectionName), "%s", s->name);
		h->m_sectionOffset = at;
		h->m_sectionSize = s->bytes;
		memcpy((uint8_t *)axlf + at, s->data, s->bytes);
		at += aligned(s->bytes);
	}
	hash_uuid((uint8_t *)axlf, *bytes, axlf->m_header.uuid);
	memcpy(&axlf->m_uniqueId, axlf->m_header.uuid, sizeof(axlf->m_uniqueId));
	return (uint8_t *)axlf;
}

/* Under another name first, so that no reader sees half a file. */
static int save(const char *path, const uint8_t *data, size_t bytes, vn_error *err)
{
	char temporary[4096];
	FILE *file;
	int ok;

	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "wb");
	ok = file && fwrite(data, 1, bytes, file) == bytes;
	if (file && fclose(file) != 0)
		ok = 0;
	if (ok && rename(temporary, path) == 0)
		return 0;
	(void)remove(temporary);
	return vn_fail(err, VN_EIO, NULL, "%s: cannot be written", path);
}

int vb_axlf_write(const char *path, const struct vb_card *card, const struct vb_recipe *recipe,
                  const char *zip, uint8_t uuid[16], vn_error *err)
{
	struct image image = {.n = 0};
	uint8_t *data = NULL;
	size_t bytes = 0;
	int ret = add_file(&image, zip, err);

	if (!ret && add_metadata(&image, card, recipe) == 0 && add_memory(&image, card) == 0 &&
	    add_units(&image, recipe) == 0 && add_connections(&image, recipe) == 0 &&
	    add_clock(&image, recipe) == 0)
		data = assemble(&image, card, &bytes);
	if (!ret)
		ret = data ? save(path, data, bytes, err)
		           : vn_fail_nomem(err, bytes, "the .xclbin");
	if (!ret)
		memcpy(uuid, ((struct axlf *)data)->m_header.uuid, 16);
	free(data);
	for (int i = 0; i < image.n; i++)
		free(image.section[i].data);
	return ret;
}
