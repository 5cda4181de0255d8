/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_xclbin.c - libFuzzer on the readers of .xclbin files and of their manifest.
 *
 * An input that begins with '{' is a manifest; any other is an .xclbin.  What a reader accepts must
 * keep its promises: names that end, counts in range.  Without a corpus it starts from the sample
 * of tests/bitstreams/.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bitstreams/sample.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void remove_folder(void)
{
	(void)sample_teardown(NULL);
}

static void write_input(const char *name, const uint8_t *data, size_t size)
{
	static int made;

	if (!made && (sample_setup(NULL) != 0 || atexit(remove_folder) != 0))
		abort();
	made = 1;
	sample_write(name, data, size);
}

/* A manifest or an .xclbin to start from. */
static size_t seed_input(uint8_t *data, size_t max_size, int manifest)
{
	struct sample s;
	char entry[1024], text[1100];
	size_t bytes = sizeof(s);

	sample_make(&s);
	if (manifest) {
		sample_entry("a.xclbin", &s, entry);
		bytes = (size_t)snprintf(text, sizeof(text), "{\"format\": 1, \"files\": [%s]}",
		                         entry);
	}
	if (bytes > max_size)
		return 0;
	memcpy(data, manifest ? (const void *)text : &s, bytes);
	return bytes;
}

/* Words of the header, the sections' headers and the sections get values that boundaries like;
 * otherwise the magic alone would keep the fuzzer out. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static const uint64_t values[] = {
	        0, 1, 8, IP_LAYOUT, CLOCK_FREQ_TOPOLOGY, 496, 1u << 31, UINT32_MAX, UINT64_MAX - 7};
	const size_t width = seed % 2 ? 8 : 4;
	uint64_t value = values[seed / 4 % (sizeof(values) / sizeof(values[0]))];
	size_t at;

	if (size < 16)
		return seed_input(data, max_size, seed % 2);
	if (data[0] == '{' || size < 512 || seed % 3 == 0) {
		size = LLVMFuzzerMutate(data, size, max_size);
	} else {
		at = offsetof(struct axlf, m_header) +
		     (seed / 64) % (size - offsetof(struct axlf, m_header) - 8);
		if (seed % 5 == 0)
			value = size - at;
		memcpy(data + at, &value, width);
	}
	if (size >= 512 && data[0] != '{') {
		memcpy(data, "xclbin2", 8);
		value = size;
		if (seed % 7)
			memcpy(data + offsetof(struct axlf, m_header), &value, sizeof(value));
	}
	return size;
}

static void check_entries(const struct vn_xclbin_entry *entries, int n)
{
	for (int i = 0; i < n; i++)
		if (!memchr(entries[i].file, 0, sizeof(entries[i].file)) ||
		    strchr(entries[i].file, '/') || entries[i].units < 1 ||
		    entries[i].units > VN_UNITS_MAX)
			abort();
}

static void check_xclbin(const struct vn_xclbin *x)
{
	if (x->units < 1 || x->units > VN_UNITS_MAX || !memchr(x->platform, 0, sizeof(x->platform)))
		abort();
	for (int u = 0; u < x->units; u++)
		if (!x->unit[u][0] || !memchr(x->unit[u], 0, sizeof(x->unit[u])))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t config[VN_CONFIG_WORDS] = {2,    16, 16,   65536, 16384,
	                                                 2048, 4,  1024, 16,    4};
	struct vn_xclbin_entry *entries;
	struct vn_xclbin x;
	vn_error err;
	int n;

	if (size > 0 && data[0] == '{') {
		write_input("manifest.json", data, size);
		if (vn_xclbin_manifest(sample_folder, &entries, &n, &err) == 0)
			check_entries(entries, n);
		free(entries);
		return 0;
	}
	write_input("a.xclbin", data, size);
	if (vn_xclbin_read(sample_path("a.xclbin"), &x, &err) == 0)
		check_xclbin(&x);
	if (vn_xclbin_find(sample_path("a.xclbin"), "xilinx_u50_x", 1, config, &x, &err) == 0)
		check_xclbin(&x);
	return 0;
}
