/* SPDX-License-Identifier: Apache-2.0
 *
 * test_program_refuse.c - programs that must be refused: damaged files, and each rule of
 * vn_program_check broken in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/program_parts.h"
#include "tests/program/refuse.h"
#include "tests/program/tiny.h"

enum {
	HEADER = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS),
};

static uint8_t *small_file(size_t *bytes)
{
	struct vn_program *prog = tiny_default();
	uint8_t *file = tiny_file(prog, bytes);

	vn_program_free(prog);
	return file;
}

static void test_file_truncated(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	for (size_t n = 0; n < bytes; n++)
		must_refuse(file, n, "");
	for (size_t n = 0; n < bytes; n += 61) {
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, file, n);
		tiny_repair(copy, n);
		must_refuse(copy, n, "");
		free(copy);
	}
	free(file);
}

static void test_file_too_long(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = tiny_alloc(bytes + 64);

	(void)state;
	memcpy(copy, file, bytes);
	must_refuse(copy, bytes + 1, "its sections end at");
	must_refuse(copy, bytes + 64, "its sections end at");
	free(copy);
	free(file);
}

static void test_file_flipped_header(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	for (size_t bit = 0; bit < 8 * 256; bit++) {
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
		must_refuse(file, bytes, "");
		file[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(file);
}

/* The same with fitting checksums: not one bit of the table is without meaning, but for the
 * checksums themselves. */
static void test_file_flipped_table(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);

	(void)state;
	for (size_t bit = 0; bit < 8 * HEADER; bit++) {
		const size_t row = bit / 8 % VN_VNX_HEADER;

		if (bit / 8 < VN_VNX_HEADER ? row >= 16 && row < 20 : row >= 4 && row < 8)
			continue;
		memcpy(copy, file, bytes);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		tiny_repair(copy, bytes);
		must_refuse(copy, bytes, "");
	}
	free(copy);
	free(file);
}

static void test_file_flipped_anywhere(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	for (size_t i = 0; i < bytes; i++) {
		file[i] ^= (uint8_t)(1 << i % 8);
		must_refuse(file, bytes, "");
		file[i] ^= (uint8_t)(1 << i % 8);
	}
	free(file);
}

/* With fitting checksums many flips are another legal program; none may do harm. */
static void test_file_flipped_and_repaired(void **state)
{
	size_t bytes, legal = 0, all = 0;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);
	uint32_t seed = 4;

	(void)state;
	for (size_t i = 0; i < bytes; i++, all++) {
		vn_program *prog;
		vn_error err;
		int rc;

		memcpy(copy, file, bytes);
		copy[i] ^= (uint8_t)(1 << tiny_random(&seed, 0, 7));
		tiny_repair(copy, bytes);
		rc = vn_program_parse("bad.vnx", copy, bytes, &prog, &err);
		assert_true(rc == 0 || rc == VN_EPROGRAM);
		legal += rc == 0;
		vn_program_free(prog);
	}
	print_message("%zu of %zu flips are legal programs\n", legal, all);
	assert_true(legal < all);
	free(copy);
	free(file);
}

static void put32(uint8_t *at, uint32_t v)
{
	memcpy(at, &v, 4);
}

/* Single words of the header and the table, with fitting checksums. */
static void test_file_header_words(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
	        {0, 0, "not a .vnx file"},
	        {8, 2, "header, format version: 2"},
	        {12, 8, "header, number of sections: 8"},
	        {12, 0xffffffff, "header, number of sections"},
	        {20, 1, "header, word at byte 20"},
	        {24, 0x41414141, "row 0: section 41414141 where CONF belongs"},
	        {24 + 8, 320, "section CONF, offset: 320 instead of 256"},
	        {24 + 8, 128, "section CONF, offset: 128 instead of 256"},
	        {24 + 12, 1, "section CONF, offset"},
	        {24 + 16, 32, "section CONF"},
	        {24 + 16, 0xffffffff, "section CONF, size"},
	        {24 + 20, 0xffffffff, "section CONF, size"},
	        {9 * 24 + 16, 64, "its sections end at"},
	        {9 * 24 + 16, 0x7fffffff, "section WGHT, size"},
	};
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, file, bytes);
		put32(copy + cases[i].at, cases[i].value);
		tiny_repair(copy, bytes);
		must_refuse(copy, bytes, cases[i].says);
	}
	free(copy);
	free(file);
}

static void test_file_checksums(void **state)
{
	size_t bytes;
	uint8_t *file = small_file(&bytes);

	(void)state;
	file[24 + 4] ^= 1;
	must_refuse(file, bytes, "header: the checksum");
	file[24 + 4] ^= 1;
	file[bytes - 1] ^= 1;
	must_refuse(file, bytes, "section WGHT: its checksum");
	file[bytes - 1] ^= 1;
	file[HEADER] ^= 1;
	must_refuse(file, bytes, "section table: the padding at byte 240");
	free(file);
}

/* ---- sections whose sizes and counts disagree ---- */

/* Byte offset of a section. */
static size_t section_at(const uint8_t *file, int sec)
{
	uint64_t at;

	memcpy(&at, file + VN_VNX_HEADER * (sec + 1) + 8, sizeof(at));
	return (size_t)at;
}

static void test_file_counts(void **state)
{
	static const struct {
		int sec;
		uint32_t word, value;
		const char *says;
	} cases[] = {
	        {VN_SEC_NETW, VN_NETW_STAGES, 0,
	         "section NETW, record 0, STAGES: 0 is not in 1..64"},
	        {VN_SEC_NETW, VN_NETW_STAGES, 65, "STAGES: 65 is not in 1..64"},
	        {VN_SEC_NETW, VN_NETW_STAGES, 4, "section STGS, size"},
	        {VN_SEC_NETW, VN_NETW_CLASSES, 65536, "section CENT, size"},
	        {VN_SEC_NETW, VN_NETW_CLASSES, 65537, "CLASSES: 65537 is not in 1..65536"},
	        {VN_SEC_NETW, VN_NETW_MEAN + 2, 0x7fc00000, "MEAN[2]: not a finite number"},
	        {VN_SEC_NETW, VN_NETW_STD, 0, "STD[0]: not a normal number above zero"},
	        {VN_SEC_NETW, VN_NETW_STD, 0x7f800000, "STD[0]: not a finite number"},
	        {VN_SEC_NETW, VN_NETW_STD, 0x7fc00000, "STD[0]: not a finite number"},
	        {VN_SEC_NETW, VN_NETW_STD, 0xbf800000, "STD[0]: not a normal number above zero"},
	        {VN_SEC_NETW, VN_NETW_STD, 1, "STD[0]: not a normal number above zero"},
	        {VN_SEC_NETW, VN_NETW_ASSUMED, 2, "ASSUMED: 2 is not in 0..1"},
	        {VN_SEC_STGS, VN_STGS_COUT, 65536, "section CENT, size"},
	        {VN_SEC_STGS, VN_STGS_COUT, 65537, "section STGS, record 0, COUT"},
	        {VN_SEC_STGS, VN_STGS_SCALE, 0x7f800000, "SCALE: not a finite number"},
	        {VN_SEC_STGS, VN_STGS_SCALE, 0x7fc00000, "SCALE: not a finite number"},
	        {VN_SEC_STGS, VN_STGS_SCALE, 0xbf800000, "SCALE: not a normal number above zero"},
	        {VN_SEC_STGS, VN_STGS_SCALE, 0x007fffff, "SCALE: not a normal number above zero"},
	        {VN_SEC_LABL, 0, 0, "section LABL"},
	        {VN_SEC_ENTR, VN_ENTR_KIND, 3, "section ENTR, record 0, KIND: 3 is not in 0..2"},
	        {VN_SEC_CONF, VN_CFG_ROWS, 12, "ROWS and COLS"},
	        {VN_SEC_CONF, VN_CFG_VERSION, 1, "compiled for contract version 1, this is 2"},
	        {VN_SEC_CONF, VN_CFG_LANES, 7, "section CONF, record 0, LANES: 7 is not in 8..32"},
	        {VN_SEC_CONF, VN_CFG_LANES, 32, "LANES and DW_CH: 32 and 8 are not powers of two"},
	        {VN_SEC_CONF, VN_CFG_DW_CH, 6, "LANES and DW_CH: 8 and 6 are not powers of two"},
	        {VN_SEC_CONF, VN_CFG_DW_CH, 16, "LANES and DW_CH: 8 and 16 are not powers of two"},
	        {VN_SEC_CONF, VN_CONFIG_WORDS, 0, "section CONF, hash"},
	};
	size_t bytes;
	uint8_t *file = small_file(&bytes), *copy = malloc(bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(copy, file, bytes);
		put32(copy + section_at(copy, cases[i].sec) + 4 * cases[i].word, cases[i].value);
		tiny_repair(copy, bytes);
		must_refuse(copy, bytes, cases[i].says);
	}
	free(copy);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_file_truncated),
	        cmocka_unit_test(test_file_too_long),
	        cmocka_unit_test(test_file_flipped_header),
	        cmocka_unit_test(test_file_flipped_table),
	        cmocka_unit_test(test_file_flipped_anywhere),
	        cmocka_unit_test(test_file_flipped_and_repaired),
	        cmocka_unit_test(test_file_header_words),
	        cmocka_unit_test(test_file_checksums),
	        cmocka_unit_test(test_file_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
