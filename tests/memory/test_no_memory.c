/* SPDX-License-Identifier: Apache-2.0
 *
 * test_no_memory.c - every allocation of the library fails once, alone and with all that
 * follow: each call says VN_ENOMEM in a sentence, gives nothing out and leaves nothing behind.
 *
 * The linker hands the library's allocations to the __wrap_ functions here (mk/test.mk).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "include/vanillin_compile.h"
#include "model/refcu.h"
#include "tests/program/tiny.h"

/* ---- allocations ---- */

enum { NEVER = -1 };

static struct {
	atomic_long made;    /* a device has a thread of its own */
	atomic_long live;    /* made and not freed */
	atomic_long fail_at; /* the number of the one that fails, from 0; NEVER */
	int for_good;        /* those after it fail as well */
} memory = {.fail_at = NEVER};

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *p, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
int __real_posix_memalign(void **p, size_t align, size_t bytes);
void __real_free(void *p);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *p, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes);
int __wrap_posix_memalign(void **p, size_t align, size_t bytes);
char *__wrap_strdup(const char *text);
void __wrap_free(void *p);

static int fails(void)
{
	const long n = memory.made++, at = memory.fail_at;

	return at != NEVER && (n == at || (memory.for_good && n > at));
}

static void *counted(void *p)
{
	memory.live += p != NULL;
	return p;
}

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return fails() ? NULL : counted(__real_calloc(n, bytes));
}

void *__wrap_realloc(void *p, size_t bytes)
{
	if (fails())
		return NULL;
	memory.live -= p != NULL;
	return counted(__real_realloc(p, bytes));
}

void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
	return fails() ? NULL : counted(__real_aligned_alloc(align, bytes));
}

int __wrap_posix_memalign(void **p, size_t align, size_t bytes)
{
	if (fails() || __real_posix_memalign(p, align, bytes))
		return ENOMEM;
	counted(*p);
	return 0;
}

char *__wrap_strdup(const char *text)
{
	char *copy = __wrap_malloc(strlen(text) + 1);

	return copy ? strcpy(copy, text) : NULL;
}

void __wrap_free(void *p)
{
	memory.live -= p != NULL;
	__real_free(p);
}

/* ---- acts: each makes something, drops it, and returns what the library said ---- */

static struct {
	struct vn_qnet *net;
	struct vn_program *prog;
	uint8_t *file;
	size_t bytes;
	char path[32];
	uint8_t pixels[2 * 32 * 32 * 3];
} given;

static int compile(vn_error *err)
{
	const vn_compile_options options = {
	        .size = sizeof(options), .rows = 8, .cols = 8, .group = 2};
	const char *labels[256];
	vn_net *net = NULL;
	vn_net_info info;
	vn_compiled *compiled = NULL;
	void *data = NULL;
	size_t bytes;
	int rc = vn_onnx_load("tests/golden/n3_train.onnx", &net, err);

	if (rc)
		return rc;
	vn_net_get_info(net, &info);
	assert_true(info.classes <= 256);
	for (int i = 0; i < info.classes; i++)
		labels[i] = "label";
	rc = vn_net_set_labels(net, labels, err);
	if (!rc)
		rc = vn_net_compile(net, given.pixels, 2, &options, &compiled, err);
	if (!rc)
		rc = vn_compiled_bytes(compiled, &data, &bytes, err);
	assert_int_equal(rc != 0, data == NULL);
	free(data);
	vn_compiled_free(compiled);
	vn_net_free(net);
	return rc;
}

static int parse(vn_error *err)
{
	vn_program *prog = NULL;
	int rc = vn_program_parse("tiny.vnx", given.file, given.bytes, &prog, err);

	assert_int_equal(rc != 0, prog == NULL);
	vn_program_free(prog);
	return rc;
}

static int save_and_load(vn_error *err)
{
	vn_program *prog = NULL;
	int rc = vn_program_save(given.prog, given.path, err);

	if (!rc)
		rc = vn_program_load(given.path, &prog, err);
	assert_int_equal(rc != 0, prog == NULL);
	vn_program_free(prog);
	return rc;
}

static int compute_unit(vn_error *err)
{
	struct vn_refcu *cu = NULL;
	int rc = vn_refcu_new(given.prog->config, &cu, err);

	assert_int_equal(rc != 0, cu == NULL);
	vn_refcu_free(cu);
	return rc;
}

static int fixed_reference(vn_error *err)
{
	int32_t logits[TINY_CLASSES];

	return vn_qnet_run(given.net, given.pixels, NULL, logits, err);
}

static int device(const char *uri, enum vn_weights weights, vn_error *err)
{
	vn_device *dev = NULL;
	vn_job *job = NULL;
	int rc = vn_device_open(uri, &dev, err);

	if (!rc)
		rc = vn_device_load(dev, given.prog, weights, err);
	if (!rc)
		rc = vn_submit(dev, given.pixels, 3, VN_TAPS, &job, err);
	if (!rc)
		rc = vn_wait(job, -1, err);
	vn_job_free(job);
	vn_device_close(dev);
	return rc;
}

static int ref_resident(vn_error *err)
{
	return device("ref:", VN_RESIDENT, err);
}

static int hls_streamed(vn_error *err)
{
	return device("hls:", VN_STREAM, err);
}

static const struct act {
	const char *name;
	int (*run)(vn_error *err);
} acts[] = {
        {"ONNX to program", compile},
        {"program from bytes", parse},
        {"program to file and back", save_and_load},
        {"reference compute unit", compute_unit},
        {"fixed reference", fixed_reference},
        {"ref: resident", ref_resident},
        {"hls: streamed", hls_streamed},
};

/* ---- the test ---- */

/* Allocations that @act makes when all is well. */
static long count(const struct act *act)
{
	vn_error err = {0};

	memory.made = memory.live = 0;
	memory.fail_at = NEVER;
	if (act->run(&err))
		fail_msg("%s: %s", act->name, err.message);
	assert_int_equal(memory.live, 0);
	return memory.made;
}

static void fail_one(const struct act *act, long at, int for_good)
{
	vn_error err = {0};
	int rc;

	memory.made = memory.live = 0;
	memory.fail_at = at;
	memory.for_good = for_good;
	rc = act->run(&err);
	memory.fail_at = NEVER;
	if (rc != VN_ENOMEM || err.code != rc || !strstr(err.message, "memory"))
		fail_msg("%s, allocation %ld%s: %d \"%s\"", act->name, at,
		         for_good ? " and all after it" : "", rc, err.message);
	if (memory.live)
		fail_msg("%s, allocation %ld: %ld allocations are left behind", act->name, at,
		         memory.live);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		const long n = count(&acts[i]);

		assert_true(n > 0);
		for (long at = 0; at < n; at++) {
			fail_one(&acts[i], at, 0);
			fail_one(&acts[i], at, 1);
		}
		printf("%s: %ld allocations\n", acts[i].name, n);
	}
}

static int set_up(void **state)
{
	int fd;

	(void)state;
	for (size_t i = 0; i < sizeof(given.pixels); i++)
		given.pixels[i] = (uint8_t)(i * 7919 >> 3);
	strcpy(given.path, "/tmp/vn_memory_XXXXXX");
	fd = mkstemp(given.path);
	given.net = tiny_net(1, 0);
	given.prog = tiny_default();
	given.file = tiny_file(given.prog, &given.bytes);
	return fd < 0 || close(fd) || !given.file;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(given.path);
	free(given.file);
	vn_program_free(given.prog);
	vn_qnet_free(given.net);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_memory)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
