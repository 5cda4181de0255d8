/* SPDX-License-Identifier: Apache-2.0
 *
 * test_program.c - programs that are as they should be: saved, loaded, asked about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/program_parts.h"
#include "model/program_words.h"
#include "tests/program/tiny.h"

static struct vn_program *parse(const uint8_t *file, size_t bytes)
{
	vn_program *prog;
	vn_error err;

	if (vn_program_parse("tiny.vnx", file, bytes, &prog, &err))
		fail_msg("%s", err.message);
	return prog;
}

static void same_network(const struct vn_program *a, const struct vn_program *b)
{
	uint32_t wa[VN_NETW_WORDS], wb[VN_NETW_WORDS];

	vn_netw_put(a, wa);
	vn_netw_put(b, wb);
	assert_memory_equal(wa, wb, sizeof(wa));
	assert_memory_equal(a->config, b->config, sizeof(a->config));
	assert_int_equal(a->hash, b->hash);
	assert_memory_equal(a->logit_scale, b->logit_scale, 4 * (size_t)a->classes);
	for (uint32_t i = 0; i < a->n_stages; i++) {
		uint32_t sa[VN_STGS_WORDS], sb[VN_STGS_WORDS];

		vn_stgs_put(&a->stages[i], sa);
		vn_stgs_put(&b->stages[i], sb);
		assert_memory_equal(sa, sb, sizeof(sa));
		assert_memory_equal(a->stages[i].centre, b->stages[i].centre,
		                    4 * a->stages[i].cout);
		assert_memory_equal(a->stages[i].factor, b->stages[i].factor,
		                    4 * a->stages[i].cout);
	}
}

static void test_program_round_trip(void **state)
{
	struct vn_program *a = tiny_default(), *b;
	size_t bytes, again;
	uint8_t *file = tiny_file(a, &bytes), *second;

	(void)state;
	assert_int_equal(bytes % 64, 0);
	b = parse(file, bytes);
	same_network(a, b);
	assert_int_equal(a->n_entries, b->n_entries);
	assert_memory_equal(a->entries, b->entries, a->n_entries * sizeof(*a->entries));
	assert_memory_equal(a->segments, b->segments, a->n_segments * sizeof(*a->segments));
	assert_int_equal(a->n_desc, b->n_desc);
	assert_memory_equal(a->desc, b->desc, a->n_desc * sizeof(*a->desc));
	assert_int_equal(a->weight_beats, b->weight_beats);
	assert_memory_equal(a->weights, b->weights, a->weight_beats * 64);
	assert_int_equal((uintptr_t)b->weights % 64, 0);
	assert_string_equal(b->name, "tiny.vnx");
	second = tiny_file(b, &again);
	assert_int_equal(bytes, again);
	assert_memory_equal(file, second, bytes);
	free(file);
	free(second);
	vn_program_free(a);
	vn_program_free(b);
}

/* A file from before CENT held factors: what is left of it, and every section behind moved up. */
static uint8_t *without_factors(const uint8_t *file, size_t factors, size_t *bytes)
{
	const size_t table = VN_VNX_HEADER * (1 + VN_VNX_SECTIONS);
	uint8_t *old = tiny_alloc(*bytes);
	size_t to = (table + 63) / 64 * 64;

	memcpy(old, file, table);
	for (int i = 0; i < VN_VNX_SECTIONS; i++) {
		uint8_t *row = old + VN_VNX_HEADER * (i + 1);
		uint64_t from, size;

		memcpy(&from, row + 8, sizeof(from));
		memcpy(&size, row + 16, sizeof(size));
		size -= i == VN_SEC_CENT ? 4 * factors : 0;
		memcpy(row + 8, &to, sizeof(to));
		memcpy(row + 16, &size, sizeof(size));
		memcpy(old + to, file + from, size);
		to += (size + 63) / 64 * 64;
	}
	*bytes = to;
	tiny_repair(old, to);
	return old;
}

static void test_program_before_factors(void **state)
{
	struct vn_program *a = tiny_default(), *b;
	size_t bytes, channels = 0;
	uint8_t *file = tiny_file(a, &bytes), *old;

	(void)state;
	for (uint32_t i = 0; i < a->n_stages; i++)
		channels += a->stages[i].cout;
	old = without_factors(file, channels, &bytes);
	b = parse(old, bytes);
	for (uint32_t i = 0; i < b->n_stages; i++)
		for (uint32_t c = 0; c < b->stages[i].cout; c++) {
			a->stages[i].factor[c] = 1;
			assert_true(b->stages[i].factor[c] == 1);
		}
	same_network(a, b);
	vn_program_free(a);
	vn_program_free(b);
	free(file);
	free(old);
}

static void test_program_without_labels(void **state)
{
	struct vn_program *a = tiny_default(), *b;
	size_t bytes;
	uint8_t *file;

	(void)state;
	for (int i = 0; i < a->classes; i++)
		free(a->labels[i]);
	free(a->labels);
	a->labels = NULL;
	file = tiny_file(a, &bytes);
	b = parse(file, bytes);
	assert_null(vn_program_label(b, 0));
	free(file);
	vn_program_free(a);
	vn_program_free(b);
}

static void test_program_info(void **state)
{
	struct vn_program *p = tiny_default();
	vn_program_info info;
	vn_stage_info stage;

	(void)state;
	vn_program_get_info(p, &info);
	assert_int_equal(info.version, 1);
	assert_int_equal(info.config[VN_CFG_ROWS], 8);
	assert_int_equal(info.config_hash, vn_config_hash(p->config));
	assert_int_equal(info.stages, 3);
	assert_int_equal(info.group, TINY_GROUP);
	assert_int_equal(info.classes, TINY_CLASSES);
	assert_int_equal(info.descriptors, p->n_desc);
	assert_int_equal(info.weight_bytes, p->weight_beats * 64);
	/* stem 4*12*16 + dw 9*12*16, block1 12*20*16, block2 20*17*16 + dw 25*17*4, FC 17*11 */
	assert_int_equal(info.macs, 768 + 1728 + 3840 + 5440 + 1700 + 187);
	assert_int_equal(vn_program_stage(p, 2, &stage), 0);
	assert_string_equal(stage.name, "block2");
	assert_int_equal(stage.c * 100 + stage.h * 10 + stage.w, 17 * 100 + 22);
	assert_int_equal(vn_program_stage(p, 3, &stage), VN_EARG);
	assert_int_equal(vn_program_stage(p, -1, &stage), VN_EARG);
	assert_string_equal(vn_program_label(p, 10), "class 10");
	assert_null(vn_program_label(p, 11));
	assert_null(vn_program_label(p, -1));
	assert_true(vn_program_logit_scale(p, 0) == 0.01f);
	assert_null(vn_program_entry(p, VN_ENTRY_STAGE, 4));
	assert_int_equal(vn_program_entry(p, VN_ENTRY_STAGE, 3)->stage, 3);
	vn_program_free(p);
	vn_program_free(NULL);
}

static void test_program_top(void **state)
{
	struct vn_program *p = tiny_default();
	const int32_t logits[TINY_CLASSES] = {5, -1, 9, 9, 0, 100, 9, INT32_MIN, INT32_MAX, 4, 9};
	static const int order[TINY_CLASSES] = {8, 5, 2, 3, 6, 10, 0, 9, 4, 1, 7};
	int got[TINY_CLASSES + 1];

	(void)state;
	for (int k = 1; k <= TINY_CLASSES; k++) {
		got[k] = -7;
		assert_int_equal(vn_program_top(p, logits, k, got), 0);
		assert_memory_equal(got, order, (size_t)k * sizeof(int));
		assert_int_equal(got[k], -7);
	}
	p->logit_scale[4] = 1;
	p->logit_scale[0] = 100;
	assert_int_equal(vn_program_top(p, (const int32_t[TINY_CLASSES]){3, 0, 0, 0, 5}, 2, got),
	                 0);
	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], 4);
	assert_int_equal(vn_program_top(p, logits, 0, got), VN_EARG);
	assert_int_equal(vn_program_top(p, logits, TINY_CLASSES + 1, got), VN_EARG);
	vn_program_free(p);
}

static void test_program_hash(void **state)
{
	const uint32_t zero[VN_CONFIG_WORDS] = {0};
	uint32_t config[VN_CONFIG_WORDS], hash = 0x811c9dc5u;

	(void)state;
	/* FNV-1a of 40 zero bytes: the basis times the prime 40 times over. */
	for (int i = 0; i < 40; i++)
		hash *= 0x01000193u;
	assert_int_equal(vn_config_hash(zero), hash);
	assert_int_equal(vn_config_for(16, 16, config, NULL), 0);
	assert_int_equal(config[VN_CFG_ROWS], 16);
	assert_int_equal(config[VN_CFG_COLS], 16);
	assert_int_equal(config[VN_CFG_ACT_WORDS], 98304);
	hash = vn_config_hash(config);
	config[VN_CFG_MAX_N] = 3;
	assert_int_not_equal(vn_config_hash(config), hash);
}

/* The default, and what is cut to a small array. */
static void test_config_lanes(void **state)
{
	uint32_t config[VN_CONFIG_WORDS];

	(void)state;
	assert_int_equal(vn_config_for(8, 8, config, NULL), 0);
	assert_int_equal(config[VN_CFG_LANES], 8);
	assert_int_equal(config[VN_CFG_DW_CH], 8);
	assert_int_equal(vn_config_for(32, 64, config, NULL), 0);
	assert_int_equal(config[VN_CFG_LANES], 32);
	assert_int_equal(config[VN_CFG_DW_CH], 16);
	assert_int_equal(vn_config_for(64, 128, config, NULL), 0);
	assert_int_equal(vn_config_set("LANES=16", config, NULL), 0);
	assert_int_equal(vn_config_set("LANES=8 DW_CH=8", config, NULL), VN_EARG);
}

static void test_config_set(void **state)
{
	static const char *const good[] = {NULL, "", " ", "DW_CH=16", "MAX_N=3  LANES=32 DW_CH=8 "};
	static const char *const bad[][2] = {
	        {"LANES=64", "LANES: 64 is not in 8..32"},
	        {"LANES=24", "LANES and DW_CH: 24 and 16 are not powers of two"},
	        {"LANES=8 DW_CH=16", "LANES and DW_CH: 8 and 16"},
	        {"MAX_N=5", "MAX_N: 5 is not in 0..4"},
	        {"ROWS=16", "are not parameters"},
	        {"VERSION=2", "are not parameters"},
	        {"DW_CH", "are not parameters"},
	        {"DW_CH=", "are not parameters"},
	        {"DW_CH=-8", "are not parameters"},
	        {"DW_CH=8x", "are not parameters"},
	        {"DW_CH=8LANES=32", "are not parameters"},
	        {"DW_CH=4294967304", "are not parameters"},
	        {"DW_C=8", "are not parameters"},
	};
	uint32_t config[VN_CONFIG_WORDS];
	vn_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(vn_config_for(32, 64, config, NULL), 0);
		assert_int_equal(vn_config_set(good[i], config, &err), 0);
	}
	assert_int_equal(config[VN_CFG_MAX_N], 3);
	assert_int_equal(config[VN_CFG_LANES], 32);
	assert_int_equal(config[VN_CFG_DW_CH], 8);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(vn_config_for(32, 64, config, NULL), 0);
		assert_int_equal(vn_config_set(bad[i][0], config, &err), VN_EARG);
		assert_non_null(strstr(err.message, bad[i][1]));
	}
}

static void test_program_words(void **state)
{
	char text[64], little[8];

	(void)state;
	vn_field_name(VN_OP_MM, 7, text, sizeof(text));
	assert_string_equal(text, "N0, N1");
	vn_field_name(VN_OP_WSUM, 3, text, sizeof(text));
	assert_string_equal(text, "PARAM");
	vn_field_name(VN_OP_LOAD, 2, text, sizeof(text));
	assert_string_equal(text, "SIGNAL");
	vn_field_name(VN_OP_LOAD, 15, text, sizeof(text));
	assert_string_equal(text, "word 15");
	vn_field_name(VN_OP_LOAD, 1, little, sizeof(little));
	assert_true(strlen(little) < sizeof(little));
	assert_string_equal(vn_op_name(VN_OP_DW), "DW");
	assert_string_equal(vn_op_name(200), "?");
	assert_non_null(strstr(vn_cu_error_text(VN_CU_ZERO), "zero"));
}

static void test_program_files(void **state)
{
	struct vn_program *p = tiny_default(), *q;
	char path[] = "/tmp/vn_program_XXXXXX", inside[64];
	int fd = mkstemp(path);
	struct stat st;
	vn_error err;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(vn_program_load(path, &q, &err), VN_EPROGRAM);
	assert_null(q);
	assert_int_equal(vn_program_save(p, path, &err), 0);
	assert_int_equal(vn_program_load(path, &q, &err), 0);
	assert_string_equal(q->name, path);
	vn_program_free(q);
	snprintf(inside, sizeof(inside), "%s/x.vnx", path);
	assert_int_equal(vn_program_save(p, inside, &err), VN_EIO);
	assert_non_null(strstr(err.message, inside));
	unlink(path);
	/* Nothing but an ordinary file is replaced. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(vn_program_save(p, path, &err), VN_EIO);
	assert_non_null(strstr(err.message, "not an ordinary file"));
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink(path);
	assert_int_equal(vn_program_load(path, &q, &err), VN_EIO);
	assert_non_null(strstr(err.message, path));
	assert_int_equal(vn_program_load("/tmp", &q, &err), VN_EIO);
	vn_program_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_program_round_trip),
	        cmocka_unit_test(test_program_before_factors),
	        cmocka_unit_test(test_program_without_labels),
	        cmocka_unit_test(test_program_info),
	        cmocka_unit_test(test_program_top),
	        cmocka_unit_test(test_program_hash),
	        cmocka_unit_test(test_config_lanes),
	        cmocka_unit_test(test_config_set),
	        cmocka_unit_test(test_program_words),
	        cmocka_unit_test(test_program_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
