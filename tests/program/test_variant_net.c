/* SPDX-License-Identifier: Apache-2.0
 *
 * test_variant_net.c - variants with random weights: are they as alive as a trained network, the
 * same for the same name, and does int8 follow them?
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "include/vanillin_compile.h"
#include "model/scene.h"
#include "model/variants.h"

enum { IMAGES = 12 };

static vn_net *network(const char *name)
{
	vn_net *net;
	vn_error err;

	if (vn_net_variant(name, &net, &err))
		fail_msg("%s", err.message);
	return net;
}

/* The maps of one image: out[n_stages] are the logits. */
static void run(const vn_net *net, uint64_t scene, float **out)
{
	const size_t n = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w;
	uint8_t *pixels = malloc(n);
	float *in = malloc(n * sizeof(*in));

	assert_true(pixels && in);
	/* Scenes that the network was not made with. */
	vn_scene(99, scene, net->in_h, net->in_w, net->in_c, pixels);
	vn_net_normalise(net, pixels, in);
	assert_int_equal(vn_net_run(net, in, out, NULL, NULL), 0);
	free(in);
	free(pixels);
}

static int top(const float *v, int n)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		best = v[i] > v[best] ? i : best;
	return best;
}

/* Channels of stage @s whose values do not change over images and pixels, and the mean of the
 * others' deviations. */
static int dead(const struct vn_stage *st, float *const *maps, double *deviation)
{
	const size_t n = (size_t)st->out_h * (size_t)st->out_w;
	int count = 0;

	*deviation = 0;
	for (int c = 0; c < st->cout; c++) {
		double sum = 0, square = 0;

		for (int i = 0; i < IMAGES; i++)
			for (size_t p = 0; p < n; p++) {
				const double v = maps[i][(size_t)c * n + p];

				sum += v / (IMAGES * (double)n);
				square += v * v / (IMAGES * (double)n);
			}
		square = sqrt(fmax(square - sum * sum, 0));
		count += square < 0.05;
		*deviation += square / st->cout;
	}
	return count;
}

static void check_alive(const char *name)
{
	vn_net *net = network(name);
	const int stages = net->n_stages;
	float *maps[VN_MAX_STAGES + 1][IMAGES];
	int answers[IMAGES], different = 0;

	for (int s = 0; s <= stages; s++) {
		const struct vn_stage *st = &net->stages[s];
		const size_t n = s == stages
		                         ? (size_t)net->classes
		                         : (size_t)st->cout * (size_t)st->out_h * (size_t)st->out_w;

		for (int i = 0; i < IMAGES; i++) {
			maps[s][i] = malloc(n * sizeof(float));
			assert_non_null(maps[s][i]);
		}
	}
	for (int i = 0; i < IMAGES; i++) {
		float *out[VN_MAX_STAGES + 1];
		int known = 0;

		for (int s = 0; s <= stages; s++)
			out[s] = maps[s][i];
		run(net, (uint64_t)i, out);
		answers[i] = top(maps[stages][i], net->classes);
		for (int j = 0; j < i; j++)
			known |= answers[j] == answers[i];
		different += !known;
	}
	for (int s = 0; s < stages; s++) {
		const struct vn_stage *st = &net->stages[s];
		double deviation;
		const int n = dead(st, maps[s], &deviation);

		print_message("%s %s: %d of %d channels dead, deviation %.2f\n", name, st->name, n,
		              st->cout, deviation);
		assert_true(n <= st->cout / 50);
		assert_true(deviation > 0.3 && deviation < 3);
	}
	print_message("%s: %d answers for %d images\n", name, different, IMAGES);
	/* A third of what there could be. */
	assert_true(3 * different >= (net->classes < IMAGES ? net->classes : IMAGES));
	for (int s = 0; s <= stages; s++)
		for (int i = 0; i < IMAGES; i++)
			free(maps[s][i]);
	vn_net_free(net);
}

static void test_alive(void **state)
{
	(void)state;
	check_alive("vanillanet-5@64");
	check_alive("vanillanet-13@96x64");
	check_alive("fashion");
}

/* One name is one network; the seed is part of it; the official spelling is the same name; more
 * pixels than the variant's own leave the weights alone. */
static void test_same(void **state)
{
	static const struct {
		const char *name;
		int same;
	} others[] = {
	        {"vanillanet_5@32", 1}, {"VanillaNet-5@32x32#1", 1}, {"vanillanet-5@32#2", 0}};
	vn_net *net = network("vanillanet-5@32"), *small, *large;
	const size_t n = (size_t)net->stages[3].cin * (size_t)net->stages[3].cout;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		vn_net *other = network(others[i].name);

		assert_int_equal(!memcmp(net->stages[3].w, other->stages[3].w, n * sizeof(float)),
		                 others[i].same);
		vn_net_free(other);
	}
	vn_net_free(net);
	small = network("fashion");
	large = network("fashion@64x40");
	assert_int_equal(large->in_h, 64);
	assert_int_equal(large->in_w, 40);
	assert_memory_equal(small->fc_w, large->fc_w, 2560 * sizeof(float));
	vn_net_free(small);
	vn_net_free(large);
}

static void test_names(void **state)
{
	static const struct {
		const char *text, *name;
		int h, w, n, seed;
	} good[] = {
	        {"vanillanet-13-1.5x", "vanillanet-13-1.5x", 224, 224, 3, 1},
	        {"vanillanet_13_x1_5", "vanillanet-13-1.5x", 224, 224, 3, 1},
	        {"vanillanet_13_x1_5_ada_pool@256#9", "vanillanet-13-1.5x-ada-pool", 256, 256, 3,
	         9},
	        {"vanillanet-13-det@800x1344", "vanillanet-13-det", 800, 1344, 4, 1},
	        {"fashion#0", "fashion", 28, 28, 3, 0},
	};
	static const struct {
		const char *text, *message;
	} bad[] = {
	        {"vanillanet-4", "vanillanet-4: there is no such network; those with a name are"},
	        {"vanillanet-5x", "no such network"},
	        {"vanillanet-5@", "the size is not"},
	        {"vanillanet-5@0", "the size is not"},
	        {"vanillanet-5@64x", "the size is not"},
	        {"vanillanet-5@64x64x3", "the size is not"},
	        {"vanillanet-5@9999", "the size is not"},
	        {"vanillanet-5#", "the seed is not"},
	        {"vanillanet-5#-1", "the seed is not"},
	        {"vanillanet-5#1@64", "the seed is not"},
	};
	struct vn_variant_pick pick;
	vn_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(vn_variant_named(good[i].text));
		assert_int_equal(vn_variant_parse(good[i].text, &pick, &err), 0);
		assert_string_equal(pick.v->name, good[i].name);
		assert_int_equal(pick.h, good[i].h);
		assert_int_equal(pick.w, good[i].w);
		assert_int_equal(pick.n, good[i].n);
		assert_int_equal(pick.seed, good[i].seed);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(vn_variant_parse(bad[i].text, &pick, &err), VN_EARG);
		assert_non_null(strstr(err.message, bad[i].message));
	}
	assert_false(vn_variant_named("vanillanet-5.vnx"));
	assert_false(vn_variant_named("./vanillanet-5"));
	assert_false(vn_variant_named("net.onnx"));
}

/* What a stage cannot do is told with its name before any weight is made. */
static void test_sizes(void **state)
{
	static const struct {
		const char *name, *message;
	} bad[] = {
	        {"vanillanet-5@3", "stem: an image of 3 x 3 is smaller than its kernel of 4"},
	        {"vanillanet-13@16x64", "block10: its map of 1 pixels cannot be halved"},
	        {"vanillanet-13-1.5x-ada-pool@384",
	         "block2: it pools 128 pixels to 38, and the compute unit at most 3 to 1"},
	        {"vanillanet-13-1.5x-ada-pool@64", "block2: it pools 21 pixels to 38"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		vn_net *net;
		vn_error err;

		assert_int_equal(vn_net_variant(bad[i].name, &net, &err), VN_EMODEL);
		assert_null(net);
		assert_non_null(strstr(err.message, bad[i].message));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_alive),
	        cmocka_unit_test(test_same),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
