/* SPDX-License-Identifier: Apache-2.0
 *
 * sample.h - a small .xclbin and its manifest, in a folder of their own, to be damaged.
 */
#ifndef TESTS_BITSTREAMS_SAMPLE_H
#define TESTS_BITSTREAMS_SAMPLE_H

#include <stddef.h>
#include <stdint.h>
#include <xrt/xclbin.h>

#include "driver/xclbin.h"

enum { SAMPLE_UNITS = 2, SAMPLE_CLOCK = 300, SAMPLE_FOLDER_MAX = 256 };

#define SAMPLE_PLATFORM "xilinx_u50_gen3x16_xdma_5_202210_1"

/* Head, two sections. */
struct sample {
	struct {
		char magic[8];
		int32_t signature;
		unsigned char reserved[28], key_block[256];
		uint64_t unique;
		struct axlf_header header;
		struct axlf_section_header section[2];
	} head;
	struct {
		int32_t count, unused;
		struct ip_data ip[SAMPLE_UNITS + 1];
	} ip;
	struct {
		int16_t count;
		struct clock_freq clock[2];
	} clock;
};

extern const uint32_t sample_config[VN_CONFIG_WORDS]; /* 16x16 */

/* A good one, for hw_emu on SAMPLE_PLATFORM. */
void sample_make(struct sample *s);

/* Where files go: in $TMPDIR, else in memory; made by sample_setup, removed with all in it by
 * sample_teardown (cmocka's fixtures), or when the process ends in any other way. */
extern char sample_folder[SAMPLE_FOLDER_MAX];
int sample_setup(void **state);
int sample_teardown(void **state);

/* The path of @name in the folder; of static storage, good until the next call. */
const char *sample_path(const char *name);
void sample_write(const char *name, const void *data, size_t bytes);

/* A manifest entry as text; edit with sample_replace. */
void sample_entry(const char *file, const struct sample *s, char text[1024]);
/* The first @from in @text becomes @to, which must be there. */
void sample_replace(char text[1024], const char *from, const char *to);
/* manifest.json of @n entries. */
void sample_manifest(const char *const *entries, int n);

#endif /* TESTS_BITSTREAMS_SAMPLE_H */
