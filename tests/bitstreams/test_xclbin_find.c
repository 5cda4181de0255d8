/* SPDX-License-Identifier: Apache-2.0
 *
 * test_xclbin_find.c - vn_xclbin_find: the right file is found, and every wrong pick is refused by
 * name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/bitstreams/sample.h"

static const uint32_t other_config[VN_CONFIG_WORDS] = {2,    32, 64,   65536, 16384,
                                                       2048, 4,  1024, 16,    4};

/* Files a.xclbin and manifest.json of it alone; the entry changed from @from to @to. */
static void put_sample(const char *from, const char *to)
{
	struct sample s;
	char entry[1024];
	const char *entries[] = {entry};

	sample_make(&s);
	sample_write("a.xclbin", &s, sizeof(s));
	sample_entry("a.xclbin", &s, entry);
	if (from)
		sample_replace(entry, from, to);
	sample_manifest(entries, 1);
}

static int find(int by_name, const char *platform, int emulation, const uint32_t *config,
                struct vn_xclbin *x, vn_error *err)
{
	return vn_xclbin_find(by_name ? sample_path("a.xclbin") : NULL, platform, emulation, config,
	                      x, err);
}

static void says(const vn_error *err, const char *words)
{
	if (!strstr(err->message, words))
		fail_msg("\"%s\" does not say \"%s\"", err->message, words);
}

/* By name and by search alike. */
static void found(void **state)
{
	(void)state;
	put_sample(NULL, NULL);
	for (int by_name = 0; by_name < 2; by_name++) {
		struct vn_xclbin x;
		vn_error err = {0};

		/* A card's shell has another name than the platform, and is of the same card. */
		assert_int_equal(
		        find(by_name, "xilinx_u50_gen3x16_xdma_base_5", 1, sample_config, &x, &err),
		        0);
		assert_string_equal(x.path, sample_path("a.xclbin"));
		assert_int_equal(x.listed, 1);
		assert_string_equal(x.card, "u50");
		assert_string_equal(x.made_from, "rtl");
		assert_memory_equal(x.config, sample_config, sizeof(x.config));
		assert_int_equal(x.units, SAMPLE_UNITS);
		assert_true(x.clock_mhz == SAMPLE_CLOCK);
	}
}

/* In the folder that the program is in when VANILLIN_XCLBIN_DIR is not set. */
static void found_beside(void **state)
{
	char program[512], folder[600], target[640];
	char *slash;
	struct vn_xclbin x;
	vn_error err = {0};
	const ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	(void)state;
	assert_true(n > 0);
	program[n] = '\0';
	slash = strrchr(program, '/');
	*slash = '\0';
	snprintf(folder, sizeof(folder), "%s/bitstreams", program);
	(void)unlink(folder); /* of a run that failed */
	put_sample(NULL, NULL);
	assert_int_equal(symlink(sample_folder, folder), 0);
	unsetenv("VANILLIN_XCLBIN_DIR");
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), 0);
	snprintf(target, sizeof(target), "%s/a.xclbin", folder);
	assert_string_equal(x.path, target);
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_ENODEV);
	assert_int_equal(setenv("VANILLIN_XCLBIN_DIR", sample_folder, 1), 0);
}

static void wrong_card(void **state)
{
	struct vn_xclbin x;
	vn_error err = {0};

	(void)state;
	put_sample(NULL, NULL);
	assert_int_equal(find(1, "xilinx_u250_gen3x16_base_4", 1, sample_config, &x, &err),
	                 VN_ENODEV);
	says(&err,
	     "a.xclbin is for u50 (" SAMPLE_PLATFORM "), the card is a xilinx_u250_gen3x16_base_4");
	assert_int_equal(find(0, "xilinx_u250_gen3x16_base_4", 1, sample_config, &x, &err),
	                 VN_ENODEV);
	says(&err, "no .xclbin for xilinx_u250_gen3x16_base_4 (hw_emu) and 16x16");
	says(&err, "has u50 16x16 hw_emu");
	/* u55 begins like u55c; a name of one word has no card. */
	assert_int_equal(find(1, "xilinx_u5_gen3x16", 1, sample_config, &x, &err), VN_ENODEV);
	assert_int_equal(find(1, "nonsense", 1, sample_config, &x, &err), VN_ENODEV);
	assert_int_equal(find(1, "", 1, sample_config, &x, &err), VN_ENODEV);
}

static void wrong_mode(void **state)
{
	struct vn_xclbin x;
	struct sample s;
	vn_error err = {0};
	char entry[1024];
	const char *entries[] = {entry};

	(void)state;
	put_sample(NULL, NULL);
	assert_int_equal(find(1, SAMPLE_PLATFORM, 0, sample_config, &x, &err), VN_ENODEV);
	says(&err, "a.xclbin is for emulation, this is a card");
	assert_non_null(strstr(err.hint, "--emulate"));
	assert_int_equal(find(0, SAMPLE_PLATFORM, 0, sample_config, &x, &err), VN_ENODEV);

	sample_make(&s);
	s.head.header.m_mode = XCLBIN_PR;
	sample_write("a.xclbin", &s, sizeof(s));
	sample_entry("a.xclbin", &s, entry);
	sample_replace(entry, "hw_emu", "hw");
	sample_manifest(entries, 1);
	assert_int_equal(find(1, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_ENODEV);
	says(&err, "a.xclbin is for a card, this is emulation");
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_ENODEV);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 0, sample_config, &x, &err), 0);
}

static void wrong_configuration(void **state)
{
	struct vn_xclbin x;
	vn_error err = {0};

	(void)state;
	put_sample(NULL, NULL);
	assert_int_equal(find(1, SAMPLE_PLATFORM, 1, other_config, &x, &err), VN_ECONFIG);
	says(&err, "a.xclbin has compute units of 16x16 (");
	says(&err, "the program is for 32x64 (");
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, other_config, &x, &err), VN_ENODEV);
	assert_non_null(strstr(err.hint, "make xclbin CARD=u50 SIZE=32x64"));
}

/* The manifest says something else than the file. */
static void wrong_manifest(void **state)
{
	static const char *const changes[][3] = {
	        {"\"0011", "\"0111",
	         "its UUID is 00112233445566778899aabbccddeeff, its "
	         "manifest.json says 0111"},
	        {"xdma_5", "xdma_4", "its platform is " SAMPLE_PLATFORM},
	        {"\"units\": 2", "\"units\": 1", "compute units is 2, its manifest.json says 1"},
	        {": 300.0", ": 250.0", "its clock is 300 MHz, its manifest.json says 250 MHz"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		for (int by_name = 0; by_name < 2; by_name++) {
			struct vn_xclbin x;
			vn_error err = {0};

			put_sample(changes[i][0], changes[i][1]);
			assert_int_equal(find(by_name, SAMPLE_PLATFORM, 1, sample_config, &x, &err),
			                 VN_ERUNTIME);
			says(&err, "a.xclbin: ");
			says(&err, changes[i][2]);
		}
	put_sample("hw_emu", "hw");
	struct vn_xclbin x;
	vn_error err = {0};

	assert_int_equal(find(1, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_ERUNTIME);
	says(&err, "its mode is hw_emu, its manifest.json says hw");
	/* A clock that is no whole number is in the file without its fraction. */
	put_sample(": 300.0", ": 300.75");
	assert_int_equal(find(1, SAMPLE_PLATFORM, 1, sample_config, &x, &err), 0);
	assert_true(x.clock_mhz == 300.75);
}

static void damaged_manifest(void **state)
{
	static const char *const changes[][3] = {
	        {"\"file\"", "\"fill\"", "files[0].file"},
	        {"\"a.xclbin\"", "\"../a.xclbin\"", "files[0].file"},
	        {"\"a.xclbin\"", "\"\"", "files[0].file"},
	        {"\"a.xclbin\"", "\"a\\u0007.xclbin\"", "files[0].file"},
	        {"\"u50\"", "\"u50u50u50u50u50u\"", "files[0].card"},
	        {"\"u50\"", "50", "files[0].card"},
	        {"\"rtl\"", "\"verilog!\"", "files[0].made_from"},
	        {"hw_emu", "sw_emu", "files[0].mode"},
	        {"[2,16,", "[2,", "files[0].config"},
	        {"[2,16,", "[2,-16,", "files[0].config"},
	        {"[2,16,", "[2,4294967312,", "files[0].config"},
	        {"[2,16,", "[1,16,", "files[0] is of contract version 1, this is 2"},
	        {"[2,16,", "[2,32,", "files[0].hash"},
	        {"\"units\": 2", "\"units\": 0", "files[0].units"},
	        {"\"units\": 2", "\"units\": 33", "files[0].units"},
	        {"\"units\": 2", "\"units\": \"2\"", "files[0].units"},
	        {": 300.0", ": 0", "files[0].clock_mhz"},
	        {": 300.0", ": null", "files[0].clock_mhz"},
	        {"\"0011", "\"xx11", "files[0].uuid"},
	        {"\"0011", "\"001", "files[0].uuid"},
	        {"\"units\"", "units", "manifest.json: line 1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		for (int by_name = 0; by_name < 2; by_name++) {
			struct vn_xclbin x;
			vn_error err = {0};

			put_sample(changes[i][0], changes[i][1]);
			if (find(by_name, SAMPLE_PLATFORM, 1, sample_config, &x, &err) !=
			    VN_ERUNTIME)
				fail_msg("\"%s\" was accepted", changes[i][1]);
			says(&err, changes[i][2]);
			says(&err, "manifest.json");
		}
}

static void not_a_manifest(void **state)
{
	static const char *const texts[] = {"",
	                                    "{",
	                                    "[]",
	                                    "{\"format\": 2, \"files\": []}",
	                                    "{\"format\": 1}",
	                                    "{\"format\": 1, \"files\": {}}"};
	struct vn_xclbin x;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		vn_error err = {0};

		sample_write("manifest.json", texts[i], strlen(texts[i]));
		assert_int_equal(find(1, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_ERUNTIME);
		says(&err, "manifest.json");
	}
}

/* A file that no manifest knows may be used by name: its compute units will tell. */
static void not_listed(void **state)
{
	const char *const none[] = {""};
	struct vn_xclbin x;
	vn_error err = {0};

	(void)state;
	put_sample(NULL, NULL);
	for (int manifest = 0; manifest < 2; manifest++) {
		if (manifest)
			sample_manifest(none, 0);
		else
			assert_int_equal(unlink(sample_path("manifest.json")), 0);
		assert_int_equal(find(1, SAMPLE_PLATFORM, 1, other_config, &x, &err), 0);
		assert_int_equal(x.listed, 0);
		assert_string_equal(x.card, "u50");
		assert_string_equal(x.made_from, "");
		assert_memory_equal(x.config, other_config, sizeof(x.config));
		assert_int_equal(find(1, "xilinx_u55c_x", 1, other_config, &x, &err), VN_ENODEV);
		says(&err, "is for u50");
		assert_int_equal(find(1, SAMPLE_PLATFORM, 0, other_config, &x, &err), VN_ENODEV);
		assert_int_equal(find(0, SAMPLE_PLATFORM, 1, other_config, &x, &err), VN_ENODEV);
		says(&err, "has none");
	}
}

/* Of several, the most compute units, then the fastest, then the first by name. */
static void the_best(void **state)
{
	struct sample s;
	char text[4][1024];
	const char *entries[4];
	const char *const files[4] = {"d.xclbin", "c.xclbin", "b.xclbin", "e.xclbin"};
	struct vn_xclbin x;
	vn_error err = {0};

	(void)state;
	sample_make(&s);
	for (int i = 0; i < 4; i++) {
		if (i == 3) {
			s.ip.ip[2].m_type = IP_DNASC;
			s.clock.clock[1].m_freq_Mhz = 400;
		}
		sample_write(files[i], &s, sizeof(s));
		sample_entry(files[i], &s, text[i]);
		entries[i] = text[i];
	}
	sample_replace(text[3], "\"units\": 2", "\"units\": 1");
	sample_replace(text[3], ": 300.0", ": 400.0");
	sample_manifest(entries, 4);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), 0);
	assert_string_equal(x.path, sample_path("b.xclbin"));
	sample_replace(text[1], ": 300.0", ": 300.5");
	sample_manifest(entries, 4);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), 0);
	assert_string_equal(x.path, sample_path("c.xclbin"));
	sample_manifest(entries + 3, 1);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), 0);
	assert_string_equal(x.path, sample_path("e.xclbin"));
	assert_int_equal(x.units, 1);
}

/* The manifest names a file that is gone, or is not what it was. */
static void file_gone(void **state)
{
	struct vn_xclbin x;
	vn_error err = {0};

	(void)state;
	put_sample(NULL, NULL);
	assert_int_equal(unlink(sample_path("a.xclbin")), 0);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_EIO);
	says(&err, "a.xclbin");
	sample_write("a.xclbin", "xclbin2", 8);
	assert_int_equal(find(0, SAMPLE_PLATFORM, 1, sample_config, &x, &err), VN_ERUNTIME);
	says(&err, "a.xclbin: truncated");
}

static void cards(void **state)
{
	static const char *const pairs[][2] = {
	        {"xilinx_u55c_gen3x16_xdma_base_3", "u55c"},
	        {"xilinx_u250_gen3x16_xdma_shell_4_1", "u250"},
	        {"xilinx:adm-pcie-7v3:1ddr:3.0", "adm-pcie-7v3"},
	        {"xilinx_averyveryverylongname_1", "averyveryverylo"},
	        {"xilinx", ""},
	        {"", ""},
	};
	char card[16];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		vn_xclbin_card(pairs[i][0], card);
		assert_string_equal(card, pairs[i][1]);
	}
}

static int setup(void **state)
{
	return sample_setup(state) || setenv("VANILLIN_XCLBIN_DIR", sample_folder, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(found),
	        cmocka_unit_test(found_beside),
	        cmocka_unit_test(wrong_card),
	        cmocka_unit_test(wrong_mode),
	        cmocka_unit_test(wrong_configuration),
	        cmocka_unit_test(wrong_manifest),
	        cmocka_unit_test(damaged_manifest),
	        cmocka_unit_test(not_a_manifest),
	        cmocka_unit_test(not_listed),
	        cmocka_unit_test(the_best),
	        cmocka_unit_test(file_gone),
	        cmocka_unit_test(cards),
	};

	return cmocka_run_group_tests(tests, setup, sample_teardown);
}
