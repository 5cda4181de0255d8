/* SPDX-License-Identifier: Apache-2.0
 *
 * test_xclbin_file.c - vn_xclbin_read: a good file, and damaged ones, each refused by a sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/bitstreams/sample.h"

static void good(void **state)
{
	struct sample s;
	struct vn_xclbin x;
	vn_error err;

	(void)state;
	sample_make(&s);
	sample_write("a.xclbin", &s, sizeof(s));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), 0);
	assert_string_equal(x.path, sample_path("a.xclbin"));
	assert_memory_equal(x.uuid, s.head.header.uuid, 16);
	assert_string_equal(x.platform, SAMPLE_PLATFORM);
	assert_int_equal(x.emulation, 1);
	assert_int_equal(x.listed, 0);
	assert_int_equal(x.units, SAMPLE_UNITS);
	assert_string_equal(x.unit[0], "vn_cu_1");
	assert_string_equal(x.unit[1], "vn_cu_2");
	assert_int_equal(x.address[1], 0x2000000);
	assert_true(x.clock_mhz == SAMPLE_CLOCK);
}

/* A file for a card; signed, that is with bytes after what its header counts; without a clock. */
static void good_others(void **state)
{
	struct {
		struct sample s;
		char signature[16];
	} file;
	struct vn_xclbin x;
	vn_error err;

	(void)state;
	memset(&file, 7, sizeof(file));
	sample_make(&file.s);
	file.s.head.header.m_mode = XCLBIN_PR;
	file.s.head.section[1].m_sectionKind = BUILD_METADATA;
	sample_write("a.xclbin", &file, sizeof(file));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), 0);
	assert_int_equal(x.emulation, 0);
	assert_true(x.clock_mhz == 0);
}

/* @s is refused with VN_ERUNTIME and a sentence that has the file's name and @words. */
static void refused(const struct sample *s, const char *words)
{
	struct vn_xclbin x;
	vn_error err = {0};

	sample_write("a.xclbin", s, sizeof(*s));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), VN_ERUNTIME);
	if (!strstr(err.message, "a.xclbin: ") || !strstr(err.message, words))
		fail_msg("\"%s\" does not say \"%s\"", err.message, words);
}

static void truncated(void **state)
{
	struct sample s;
	struct vn_xclbin x;

	(void)state;
	sample_make(&s);
	for (size_t bytes = 0; bytes < sizeof(s); bytes++) {
		vn_error err = {0};

		sample_write("a.xclbin", &s, bytes);
		assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), VN_ERUNTIME);
		assert_non_null(strstr(err.message, "truncated"));
		assert_non_null(strstr(err.message, "a.xclbin"));
	}
}

static void damaged_head(void **state)
{
	struct sample s;

	(void)state;
	sample_make(&s);
	s.head.magic[6] = '1';
	refused(&s, "not an .xclbin");

	sample_make(&s);
	s.head.header.m_length = UINT64_MAX;
	refused(&s, "truncated");

	sample_make(&s);
	s.head.header.m_length = 0;
	refused(&s, "damaged: 2 sections in 0 bytes");

	sample_make(&s);
	s.head.header.m_numSections = UINT32_MAX;
	refused(&s, "damaged: 4294967295 sections");

	sample_make(&s);
	s.head.header.m_numSections = 1000;
	refused(&s, "damaged: 1000 sections");

	sample_make(&s);
	s.head.header.m_mode = XCLBIN_SW_EMU;
	refused(&s, "sw_emu");

	sample_make(&s);
	s.head.header.m_mode = 77;
	refused(&s, "mode is 77");
}

static void damaged_sections(void **state)
{
	struct sample s;

	(void)state;
	sample_make(&s);
	s.head.section[1].m_sectionOffset = sizeof(s) + 1;
	refused(&s, "section 1 (kind 11");

	sample_make(&s);
	s.head.section[1].m_sectionOffset += 8;
	refused(&s, "section 1 (kind 11");

	sample_make(&s);
	s.head.section[0].m_sectionSize = UINT64_MAX - 8;
	refused(&s, "section 0 (kind 8");

	sample_make(&s);
	memset(s.head.section[0].m_sectionName, 0x1b, sizeof(s.head.section[0].m_sectionName));
	s.head.section[0].m_sectionOffset = UINT64_MAX;
	refused(&s, "\"????????????????\"");

	sample_make(&s);
	s.ip.count = -1;
	refused(&s, "IP_LAYOUT");

	sample_make(&s);
	s.ip.count = SAMPLE_UNITS + 2;
	refused(&s, "IP_LAYOUT");

	sample_make(&s);
	s.ip.count = INT32_MAX;
	refused(&s, "IP_LAYOUT");

	sample_make(&s);
	s.head.section[0].m_sectionSize = 3;
	refused(&s, "no compute unit of kernel vn_cu");

	sample_make(&s);
	s.clock.count = 3;
	refused(&s, "CLOCK_FREQ_TOPOLOGY");

	sample_make(&s);
	s.clock.count = -7;
	refused(&s, "CLOCK_FREQ_TOPOLOGY");
}

static void damaged_units(void **state)
{
	struct sample s;

	(void)state;
	sample_make(&s);
	s.head.section[0].m_sectionKind = BMC;
	refused(&s, "no compute unit of kernel vn_cu");

	sample_make(&s);
	strcpy((char *)s.ip.ip[1].m_name, "vadd:vadd_1");
	strcpy((char *)s.ip.ip[2].m_name, "vn_cu_x:vn_cu_1");
	refused(&s, "its kernel is vadd:vadd_1");

	sample_make(&s);
	strcpy((char *)s.ip.ip[1].m_name, "vn_cu:");
	strcpy((char *)s.ip.ip[2].m_name, "vn_cu");
	refused(&s, "no compute unit of kernel vn_cu");
}

/* Names that do not end are cut, and bytes that cannot be printed replaced. */
static void unterminated(void **state)
{
	struct sample s;
	struct vn_xclbin x;
	vn_error err;

	(void)state;
	sample_make(&s);
	memset(s.ip.ip[1].m_name + 6, 0x07, sizeof(s.ip.ip[1].m_name) - 6);
	memset(s.head.header.m_platformVBNV, 'x', sizeof(s.head.header.m_platformVBNV));
	sample_write("a.xclbin", &s, sizeof(s));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), 0);
	assert_int_equal(strlen(x.unit[0]), sizeof(s.ip.ip[1].m_name) - 6);
	assert_int_equal(strspn(x.unit[0], "?"), strlen(x.unit[0]));
	assert_int_equal(strlen(x.platform), sizeof(x.platform) - 1);
}

static void too_many_units(void **state)
{
	static struct {
		struct sample s;
		int32_t count, unused;
		struct ip_data ip[VN_UNITS_MAX + 1];
	} file;
	struct vn_xclbin x;
	vn_error err;

	(void)state;
	sample_make(&file.s);
	file.s.head.header.m_length = sizeof(file);
	file.s.head.section[0].m_sectionOffset = sizeof(file.s);
	file.s.head.section[0].m_sectionSize = sizeof(file) - sizeof(file.s);
	for (file.count = 0; file.count <= VN_UNITS_MAX; file.count++)
		file.ip[file.count] = file.s.ip.ip[1];
	sample_write("a.xclbin", &file, sizeof(file));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "more than 32 compute units"));
	file.count--;
	sample_write("a.xclbin", &file, sizeof(file));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), 0);
	assert_int_equal(x.units, VN_UNITS_MAX);
}

/* As many sections as it says, in a file that is long enough for them. */
static void too_many_sections(void **state)
{
	static struct {
		struct sample s;
		uint8_t room[60000];
	} file;
	struct vn_xclbin x;
	vn_error err;

	(void)state;
	sample_make(&file.s);
	file.s.head.header.m_length = sizeof(file);
	file.s.head.header.m_numSections = 1025;
	sample_write("a.xclbin", &file, sizeof(file));
	assert_int_equal(vn_xclbin_read(sample_path("a.xclbin"), &x, &err), VN_ERUNTIME);
	assert_non_null(strstr(err.message, "damaged: 1025 sections"));
}

static void not_files(void **state)
{
	struct vn_xclbin x;
	vn_error err;
	char path[5000];

	(void)state;
	assert_int_equal(vn_xclbin_read(sample_path("absent.xclbin"), &x, &err), VN_EIO);
	assert_non_null(strstr(err.message, "absent.xclbin"));
	assert_int_equal(vn_xclbin_read(sample_folder, &x, &err), VN_EIO);
	assert_int_equal(mkfifo(sample_path("fifo"), 0600), 0);
	assert_int_equal(vn_xclbin_read(sample_path("fifo"), &x, &err), VN_EIO);
	assert_int_equal(vn_xclbin_read("", &x, &err), VN_EIO);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(vn_xclbin_read(path, &x, &err), VN_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(good),
	        cmocka_unit_test(good_others),
	        cmocka_unit_test(truncated),
	        cmocka_unit_test(damaged_head),
	        cmocka_unit_test(damaged_sections),
	        cmocka_unit_test(damaged_units),
	        cmocka_unit_test(unterminated),
	        cmocka_unit_test(too_many_units),
	        cmocka_unit_test(too_many_sections),
	        cmocka_unit_test(not_files),
	};

	return cmocka_run_group_tests(tests, sample_setup, sample_teardown);
}
