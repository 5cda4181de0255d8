/* SPDX-License-Identifier: Apache-2.0
 *
 * test_still.c - what is exact of constants.
 *
 * A network with a constant stage, whatever makes it so and whichever it is: its logits, to half a
 * unit of the FC's bias.  Single constant channels: the mean of their map, and every value of it
 * where the map has but one.  Without bias correction the logits are not, so the bounds can fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/quantise/nets.h"

enum { IMAGES = 6 };

static const char *const names[] = {"n0_deploy", "n1_deploy", "n2_deploy",
                                    "n3_deploy", "squeeze",   "mean"};
enum { NETS = sizeof(names) / sizeof(names[0]) };

enum constant { NO_WEIGHTS, DEAD, HUGE_BIAS, CONSTANTS };

static void make_constant(struct vn_net *net, int s, enum constant how)
{
	struct vn_stage *f = &net->stages[s];
	const size_t n = (size_t)f->cout * f->cin * f->k * f->k;

	if (how == NO_WEIGHTS || how == HUGE_BIAS)
		memset(f->w, 0, n * sizeof(*f->w));
	for (int c = 0; c < f->cout && how != NO_WEIGHTS; c++)
		f->b[c] = how == DEAD ? -1e4f : 100 + 7 * (float)c;
}

/* Largest error of a logit, in units of its accumulator, over other images than calibration's. */
static double worst_logit(const struct vn_net *net, const struct vn_qnet *q)
{
	uint8_t *other = nets_pictures(net, IMAGES, 99);
	const size_t bytes = (size_t)net->in_c * net->in_h * net->in_w;
	double worst = 0;

	for (size_t i = 0; i < IMAGES; i++) {
		struct nets_maps m;

		nets_run(net, q, other + i * bytes, &m);
		for (int k = 0; k < net->classes; k++) {
			/* The float reference's own rounding is no error of the integers. */
			const double real = m.out[net->n_stages][k], own = fabs(real) * 1e-6;
			const double off = fabs(real - (double)m.logits[k] * q->logit_scale[k]);

			worst = fmax(worst, (off - own) / q->logit_scale[k]);
		}
		nets_maps_free(&m);
	}
	free(other);
	return worst;
}

static double constant_error(const char *name, int s, enum constant how, int plain_bias)
{
	struct vn_net *net = nets_load(name);
	uint8_t *pictures = nets_pictures(net, IMAGES, 1);
	const struct vn_calib calib = {pictures, IMAGES};
	struct vn_compile_options opt = nets_options();
	struct vn_qnet *q;
	vn_error err;
	double worst;

	opt.plain_bias = plain_bias;
	make_constant(net, s, how);
	if (vn_quantise(net, &calib, &opt, &q, &err))
		fail_msg("%s", err.message);
	worst = worst_logit(net, q);
	vn_qnet_free(q);
	free(pictures);
	vn_net_free(net);
	return worst;
}

static int stages_of(const char *name)
{
	struct vn_net *net = nets_load(name);
	const int n = net->n_stages;

	vn_net_free(net);
	return n;
}

static void test_networks(void **state)
{
	double plain = 0;

	(void)state;
	for (int i = 0; i < NETS; i++)
		for (int s = 0; s < stages_of(names[i]); s++)
			for (int how = 0; how < CONSTANTS; how++) {
				const double off = constant_error(names[i], s, how, 0);

				if (off > 0.5)
					fail_msg("%s, stage %d, kind %d: logits off by %g units",
					         names[i], s, how, off);
				plain = fmax(plain, constant_error(names[i], s, how, 1));
			}
	/* The control: the same without correction. */
	print_message("without bias correction: %.0f units\n", plain);
	assert_true(plain > 10);
}

/* ---- single channels ---- */

/* Every second channel of stage @s is constant. */
static void make_half(struct vn_net *net, int s)
{
	struct vn_stage *f = &net->stages[s];
	const size_t n = (size_t)f->cin * f->k * f->k;

	for (int c = 0; c < f->cout; c += 2) {
		memset(f->w + (size_t)c * n, 0, n * sizeof(*f->w));
		f->b[c] = 0.37f + 0.11f * (float)c;
	}
}

static int is_exact(const struct vn_stage *f, const struct vn_qstage *q, int c,
                    const struct nets_maps *m, int s)
{
	const size_t area = (size_t)f->out_h * f->out_w, at = (size_t)c * area;
	const double unit = (double)q->scale * q->factor[c];
	double off = 0, worst = 0, low = INFINITY, high = -INFINITY;

	for (size_t i = 0; i < area; i++) {
		const double real = m->out[s][at + i];
		const double error = m->q[s][at + i] * unit + q->centre[c] - real;

		off += error / (double)area;
		worst = fmax(worst, fabs(error));
		low = fmin(low, real);
		high = fmax(high, real);
	}
	/* Floats of the centre and of the reference. */
	return fabs(off) <= 1e-5 * (fabs(high) + fabs(low)) &&
	       (high > low || worst <= 1e-5 * fabs(high));
}

static void test_channels(void **state)
{
	int checked = 0;

	(void)state;
	for (int i = 0; i < NETS; i++)
		for (int s = 0; s < stages_of(names[i]); s++) {
			struct vn_net *net = nets_load(names[i]);
			uint8_t *pictures = nets_pictures(net, IMAGES, 1);
			const struct vn_calib calib = {pictures, IMAGES};
			const struct vn_compile_options opt = nets_options();
			struct vn_qnet *q;
			struct nets_maps m;
			vn_error err;

			make_half(net, s);
			if (vn_quantise(net, &calib, &opt, &q, &err))
				fail_msg("%s", err.message);
			nets_run(net, q, pictures, &m);
			for (int c = 0; c < net->stages[s].cout; c += 2, checked++) {
				struct vn_qstage *stage = &q->stages[s];

				if (!is_exact(&net->stages[s], stage, c, &m, s))
					fail_msg("%s, %s, channel %d", names[i], stage->name, c);
				/* The control: another centre. */
				stage->centre[c] += 1e-3f * fabsf(stage->centre[c]) + 1e-3f;
				assert_false(is_exact(&net->stages[s], stage, c, &m, s));
			}
			nets_maps_free(&m);
			vn_qnet_free(q);
			free(pictures);
			vn_net_free(net);
		}
	assert_true(checked > 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_networks),
	        cmocka_unit_test(test_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
