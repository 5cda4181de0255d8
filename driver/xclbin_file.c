/* SPDX-License-Identifier: Apache-2.0
 *
 * xclbin_file.c - what an .xclbin says of itself: header, IP_LAYOUT, CLOCK_FREQ_TOPOLOGY.  The
 * format is of XRT's xclbin.h, whose structures alone are used.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xrt/xclbin.h>

#include "base/error.h"
#include "driver/xclbin.h"

enum {
	SECTIONS_MAX = 1024,   /* an .xclbin has about 20 */
	SECTION_MAX = 1 << 24, /* bytes of the sections that are read: they take a few KiB */
	HEAD_BYTES = offsetof(struct axlf, m_sections),
};

static const char truncated_hint[] = "copy or make it again";

struct file {
	const char *path;
	int fd;
	uint64_t bytes; /* as its header says, and has */
	struct axlf_section_header section[SECTIONS_MAX];
	uint32_t n_sections;
	vn_error *err;
};

static int fetch(const struct file *f, uint64_t offset, void *data, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		const ssize_t n =
		        pread(f->fd, (char *)data + done, bytes - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vn_fail(f->err, VN_EIO, NULL, "%.300s: cannot be read: %s", f->path,
			               strerror(errno));
		if (n == 0)
			return vn_fail(f->err, VN_ERUNTIME, truncated_hint,
			               "%.300s: truncated: it ends at byte %llu", f->path,
			               (unsigned long long)(offset + done));
		done += (size_t)n;
	}
	return 0;
}

/* @text as far as it can be printed. */
static void printable(char *to, size_t size, const void *text, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes && i < size - 1 && ((const char *)text)[i]; i++) {
		const unsigned char c = ((const unsigned char *)text)[i];

		to[i] = c < 0x80 && isprint(c) ? (char)c : '?';
	}
	to[i] = '\0';
}

static int read_head(struct file *f, struct vn_xclbin *x)
{
	struct axlf head;
	struct stat st;
	int ret;

	memset(&head, 0, sizeof(head));
	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return vn_fail(f->err, VN_EIO, NULL, "%.300s: not a file", f->path);
	ret = fetch(f, 0, head.m_magic, sizeof(head.m_magic));
	if (ret)
		return ret;
	if (memcmp(head.m_magic, "xclbin2", 8) != 0)
		return vn_fail(f->err, VN_ERUNTIME, "name a file that v++ or `make xclbin` made",
		               "%.300s: not an .xclbin: it does not begin with xclbin2", f->path);
	ret = fetch(f, 0, &head, HEAD_BYTES);
	if (ret)
		return ret;
	f->bytes = head.m_header.m_length;
	if (f->bytes > (uint64_t)st.st_size)
		return vn_fail(f->err, VN_ERUNTIME, truncated_hint,
		               "%.300s: truncated: its header says %llu bytes, it has %llu",
		               f->path, (unsigned long long)f->bytes,
		               (unsigned long long)st.st_size);
	f->n_sections = head.m_header.m_numSections;
	if (f->n_sections > SECTIONS_MAX ||
	    f->bytes < HEAD_BYTES + f->n_sections * sizeof(f->section[0]))
		return vn_fail(f->err, VN_ERUNTIME, truncated_hint,
		               "%.300s: damaged: %u sections in %llu bytes", f->path, f->n_sections,
		               (unsigned long long)f->bytes);
	x->emulation =
	        head.m_header.m_mode == XCLBIN_HW_EMU || head.m_header.m_mode == XCLBIN_HW_EMU_PR;
	if (head.m_header.m_mode >= XCLBIN_MODE_MAX || head.m_header.m_mode == XCLBIN_SW_EMU)
		return vn_fail(f->err, VN_ERUNTIME, "make it for hw_emu or for a card",
		               "%.300s: its mode is %u%s", f->path, head.m_header.m_mode,
		               head.m_header.m_mode == XCLBIN_SW_EMU ? ", sw_emu" : "");
	memcpy(x->uuid, head.m_header.uuid, sizeof(x->uuid));
	printable(x->platform, sizeof(x->platform), head.m_header.m_platformVBNV,
	          sizeof(head.m_header.m_platformVBNV));
	return fetch(f, HEAD_BYTES, f->section, f->n_sections * sizeof(f->section[0]));
}

static int check_sections(const struct file *f)
{
	for (uint32_t s = 0; s < f->n_sections; s++) {
		const uint64_t at = f->section[s].m_sectionOffset;
		const uint64_t bytes = f->section[s].m_sectionSize;
		char name[sizeof(f->section[s].m_sectionName) + 1];

		if (at <= f->bytes && bytes <= f->bytes - at)
			continue;
		printable(name, sizeof(name), f->section[s].m_sectionName, sizeof(name) - 1);
		return vn_fail(f->err, VN_ERUNTIME, truncated_hint,
		               "%.300s: damaged: section %u (kind %u, \"%s\") lies outside",
		               f->path, s, f->section[s].m_sectionKind, name);
	}
	return 0;
}

/* The first section of @kind, to be freed.  @data NULL: there is none. */
static int read_section(const struct file *f, uint32_t kind, uint8_t **data, uint64_t *bytes)
{
	uint32_t s = 0;
	int ret;

	*data = NULL;
	*bytes = 0;
	while (s < f->n_sections && f->section[s].m_sectionKind != kind)
		s++;
	if (s == f->n_sections)
		return 0;
	*bytes = f->section[s].m_sectionSize;
	if (*bytes > SECTION_MAX)
		return vn_fail(f->err, VN_ERUNTIME, truncated_hint,
		               "%.300s: damaged: section %u (kind %u) has %llu bytes", f->path, s,
		               kind, (unsigned long long)*bytes);
	*data = malloc((size_t)*bytes + 1);
	if (!*data)
		return vn_fail_nomem(f->err, (size_t)*bytes, "a section");
	ret = fetch(f, f->section[s].m_sectionOffset, *data, (size_t)*bytes);
	if (ret) {
		free(*data);
		*data = NULL;
	}
	return ret;
}

/* A kernel's name in @d, if it is vn_cu's: a compute unit.  @others: the names of other kernels. */
static int add_unit(const struct file *f, const struct ip_data *d, struct vn_xclbin *x,
                    char others[64])
{
	static const char prefix[] = VN_KERNEL ":";
	char name[sizeof(d->m_name) + 1] = "";

	if (d->m_type != IP_KERNEL)
		return 0;
	printable(name, sizeof(name), d->m_name, sizeof(d->m_name));
	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0 || !name[sizeof(prefix) - 1]) {
		if (!others[0])
			snprintf(others, 64, "; its kernel is %.40s", name);
		return 0;
	}
	if (x->units == VN_UNITS_MAX)
		return vn_fail(f->err, VN_ERUNTIME, "link it with fewer",
		               "%.300s: more than %d compute units of kernel " VN_KERNEL, f->path,
		               VN_UNITS_MAX);
	snprintf(x->unit[x->units], sizeof(x->unit[0]), "%.60s", name + sizeof(prefix) - 1);
	x->address[x->units++] = d->m_base_address;
	return 0;
}

static int read_units(const struct file *f, struct vn_xclbin *x)
{
	const size_t head = offsetof(struct ip_layout, m_ip_data);
	char others[64] = "";
	uint8_t *data;
	uint64_t bytes;
	int32_t count = 0;
	int ret = read_section(f, IP_LAYOUT, &data, &bytes);

	if (ret)
		return ret;
	if (data && bytes >= head)
		memcpy(&count, data + offsetof(struct ip_layout, m_count), sizeof(count));
	if (count < 0 || (count > 0 && (uint64_t)count > (bytes - head) / sizeof(struct ip_data)))
		ret = vn_fail(f->err, VN_ERUNTIME, truncated_hint,
		              "%.300s: damaged: IP_LAYOUT of %llu bytes says %d entries", f->path,
		              (unsigned long long)bytes, count);
	for (int32_t i = 0; !ret && i < count; i++) {
		struct ip_data d;

		memcpy(&d, data + head + (size_t)i * sizeof(d), sizeof(d));
		ret = add_unit(f, &d, x, others);
	}
	free(data);
	if (!ret && x->units == 0)
		ret = vn_fail(f->err, VN_ERUNTIME, "name a file of bitstreams/",
		              "%.300s: no compute unit of kernel " VN_KERNEL " in its IP_LAYOUT%s",
		              f->path, others);
	return ret;
}

/* The kernels' clock is the one of type DATA. */
static int read_clock(const struct file *f, struct vn_xclbin *x)
{
	const size_t head = offsetof(struct clock_freq_topology, m_clock_freq);
	uint8_t *data;
	uint64_t bytes;
	int16_t count = 0;
	int ret = read_section(f, CLOCK_FREQ_TOPOLOGY, &data, &bytes);

	if (ret)
		return ret;
	if (data && bytes >= head)
		memcpy(&count, data, sizeof(count));
	if (count < 0 ||
	    (count > 0 && (uint64_t)count > (bytes - head) / sizeof(struct clock_freq)))
		ret = vn_fail(f->err, VN_ERUNTIME, truncated_hint,
		              "%.300s: damaged: CLOCK_FREQ_TOPOLOGY of %llu bytes says %d entries",
		              f->path, (unsigned long long)bytes, count);
	for (int16_t i = 0; !ret && i < count && x->clock_mhz == 0; i++) {
		struct clock_freq c;

		memcpy(&c, data + head + (size_t)i * sizeof(c), sizeof(c));
		if (c.m_type == CT_DATA)
			x->clock_mhz = c.m_freq_Mhz;
	}
	free(data);
	return ret;
}

int vn_xclbin_read(const char *path, struct vn_xclbin *xclbin, vn_error *err)
{
	struct file *f = calloc(1, sizeof(*f));
	int ret;

	memset(xclbin, 0, sizeof(*xclbin));
	if (!f)
		return vn_fail_nomem(err, sizeof(*f), "an .xclbin's sections");
	f->path = path;
	f->err = err;
	/* Opening something else than a file, a FIFO say, must not block. */
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->fd < 0)
		ret = vn_fail(err, VN_EIO, NULL, "%.300s: cannot be opened: %s", path,
		              strerror(errno));
	else if (strlen(path) >= sizeof(xclbin->path))
		ret = vn_fail(err, VN_EIO, NULL, "%.300s...: the path is too long", path);
	else
		ret = read_head(f, xclbin);
	if (!ret)
		ret = check_sections(f);
	if (!ret)
		ret = read_units(f, xclbin);
	if (!ret)
		ret = read_clock(f, xclbin);
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f);
	if (!ret)
		memcpy(xclbin->path, path, strlen(path) + 1);
	return ret;
}
