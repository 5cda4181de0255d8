/* SPDX-License-Identifier: Apache-2.0
 *
 * quality.c - float and int8 side by side.
 */
#include "host/quality.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "host/batch.h"
#include "host/work.h"

/* Sums over images and pixels, for each channel of a stage. */
struct sums {
	double *value, *square,
	        *error; /* [c] of float, of its square, of the difference's square */
};

struct check {
	const struct vn_net *net;
	vn_program *prog;
	const struct vh_quality_set *set;
	struct vh_quality *q;
	double logits_signal, logits_error;
	struct sums stage[VN_MAX_STAGES];
	size_t pixels;        /* bytes of an image */
	pthread_mutex_t lock; /* of q, the sums and the logits' */
};

struct lane {
	vn_device *dev;
	uint8_t *pixels;
	float *image;
	float *out[VN_MAX_STAGES + 1];
	int stages;
};

static size_t area(const struct vn_stage *f)
{
	return (size_t)f->out_h * (size_t)f->out_w;
}

/* ---- threads ---- */

static int close_lane(void *state, vn_error *err)
{
	struct lane *lane = state;

	(void)err; /* ref: without options has nothing to complete */
	if (!lane)
		return 0;
	vn_device_close(lane->dev);
	for (int s = 0; s <= lane->stages; s++)
		free(lane->out[s]);
	free(lane->image);
	free(lane->pixels);
	free(lane);
	return 0;
}

static int open_lane(void *ctx, void **state, vn_error *err)
{
	const struct check *c = ctx;
	const struct vn_net *net = c->net;
	struct lane *lane = calloc(1, sizeof(*lane));
	int ok, rc;

	*state = lane;
	if (!lane)
		return vn_fail_nomem(err, sizeof(*lane), "a thread");
	lane->stages = net->n_stages;
	lane->pixels = malloc(c->pixels);
	lane->image = malloc(c->pixels * sizeof(float));
	ok = lane->pixels && lane->image;
	for (int s = 0; ok && s <= net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const size_t n =
		        s < net->n_stages ? (size_t)f->cout * area(f) : (size_t)net->classes;

		lane->out[s] = malloc(n * sizeof(float));
		ok = lane->out[s] != NULL;
	}
	if (!ok)
		return vn_fail_nomem(err, c->pixels * sizeof(float), "the float network's maps");
	rc = vn_device_open("ref:", &lane->dev, err);
	return rc ? rc : vn_device_load(lane->dev, c->prog, VN_RESIDENT, err);
}

/* ---- one image ---- */

static void see_stage(struct check *c, int s, const float *real, const int8_t *q)
{
	const struct vn_stage *f = &c->net->stages[s];
	const size_t n = area(f);
	struct sums *sums = &c->stage[s];
	vn_stage_info info;

	if (vn_program_stage(c->prog, s, &info))
		return;
	for (int o = 0; o < f->cout; o++, real += n, q += n) {
		const double unit = (double)info.scale * info.factor[o];
		double value = 0, square = 0, error = 0;

		for (size_t i = 0; i < n; i++) {
			const double off = q[i] * unit + info.centre[o] - real[i];

			value += real[i];
			square += (double)real[i] * real[i];
			error += off * off;
		}
		sums->value[o] += value;
		sums->square[o] += square;
		sums->error[o] += error;
	}
}

static int top(const float *v, int n)
{
	int best = 0;

	for (int i = 1; i < n; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}

static void see_logits(struct check *c, size_t image, const float *real, const int32_t *q)
{
	const int n = c->net->classes, label = c->q->labelled ? c->set->data->labels[image] : -1;
	const int wanted = top(real, n);
	double mean = 0, off = 0;
	int best = 0;

	if (vn_program_top(c->prog, q, 1, &best))
		return;
	for (int k = 0; k < n; k++) {
		mean += real[k] / (double)n;
		off += ((double)q[k] * vn_program_logit_scale(c->prog, k) - real[k]) / n;
	}
	for (int k = 0; k < n; k++) {
		const double is = (double)q[k] * vn_program_logit_scale(c->prog, k);
		const double d = is - real[k] - off;

		c->logits_signal += (real[k] - mean) * (real[k] - mean);
		c->logits_error += d * d;
	}
	c->q->agree += best == wanted;
	c->q->right_float += wanted == label;
	c->q->right_int8 += best == label;
}

static int load_image(const struct check *c, size_t i, uint8_t *pixels, vn_error *err)
{
	if (c->set->data)
		return vh_data_get(c->set->data, i, pixels, err);
	if (c->set->of)
		i = i * c->set->of / c->set->images;
	memcpy(pixels, c->set->pixels + i * c->pixels, c->pixels);
	return 0;
}

static int see_image(struct check *c, struct lane *lane, size_t i, vn_error *err)
{
	vn_job *job;
	int rc = load_image(c, i, lane->pixels, err);

	if (!rc) {
		vn_net_normalise(c->net, lane->pixels, lane->image);
		rc = vn_net_run(c->net, lane->image, lane->out, NULL, err);
	}
	if (!rc)
		rc = vh_batch(lane->dev, lane->pixels, 1, VN_TAPS, &job, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&c->lock);
	for (int s = 0; s < lane->stages; s++)
		see_stage(c, s, lane->out[s], vn_job_tap(job, 0, s));
	see_logits(c, i, lane->out[lane->stages], vn_job_logits(job, 0));
	pthread_mutex_unlock(&c->lock);
	vn_job_free(job);
	return 0;
}

static int step(void *ctx, void *state, size_t first, size_t count, vn_error *err)
{
	int rc = 0;

	for (size_t i = first; !rc && i < first + count; i++)
		rc = see_image(ctx, state, i, err);
	return rc;
}

/* ---- sums to dB ---- */

static double decibel(double signal, double error)
{
	return error > 0 ? 10 * log10(signal / error) : INFINITY;
}

/* Squares of the weights with which channel @c of stage @s is read. */
static double weight_of(const struct vn_net *net, int s, int c)
{
	const int last = s == net->n_stages - 1, cin = net->stages[s].cout;
	const float *w = last ? net->fc_w : net->stages[s + 1].w;
	const int rows = last ? net->classes : net->stages[s + 1].cout;
	double sum = 0;

	for (int o = 0; o < rows; o++)
		sum += (double)w[(size_t)o * cin + c] * w[(size_t)o * cin + c];
	return sum;
}

static double stage_db(const struct check *c, int s)
{
	const struct vn_stage *f = &c->net->stages[s];
	const struct sums *sums = &c->stage[s];
	const double n = (double)(area(f) * c->q->images);
	double signal = 0, error = 0;

	for (int o = 0; o < f->cout; o++) {
		const double weight = weight_of(c->net, s, o);

		signal += weight * (sums->square[o] - sums->value[o] * sums->value[o] / n);
		error += weight * sums->error[o];
	}
	return decibel(signal, error);
}

static void conclude(const struct check *c)
{
	struct vh_quality *q = c->q;

	q->logits_db = decibel(c->logits_signal, c->logits_error);
	for (int s = 0; s < q->stages; s++) {
		q->stage_db[s] = stage_db(c, s);
		if (q->stage_db[s] < q->stage_db[q->worst])
			q->worst = s;
	}
}

/* ---- the whole ---- */

static int sums_alloc(struct check *c, vn_error *err)
{
	for (int s = 0; s < c->net->n_stages; s++) {
		const size_t n = (size_t)c->net->stages[s].cout;
		double *p = calloc(3 * n, sizeof(*p));

		if (!p)
			return vn_fail_nomem(err, 3 * n * sizeof(*p), "sums of a stage");
		c->stage[s] = (struct sums){p, p + n, p + 2 * n};
	}
	return 0;
}

int vh_quality(const struct vn_net *net, vn_program *prog, const struct vh_quality_set *set,
               const char *what, int threads, struct vh_quality *q, vn_error *err)
{
	struct check c = {.net = net,
	                  .prog = prog,
	                  .set = set,
	                  .q = q,
	                  .pixels = (size_t)net->in_c * (size_t)net->in_h * (size_t)net->in_w,
	                  .lock = PTHREAD_MUTEX_INITIALIZER};
	const struct vh_work work = {.what = what,
	                             .items = set->images,
	                             .batch = 1,
	                             .threads = threads,
	                             .ctx = &c,
	                             .open = open_lane,
	                             .step = step,
	                             .close = close_lane};
	double seconds;
	int rc;

	*q = (struct vh_quality){.images = set->images,
	                         .stages = net->n_stages,
	                         .labelled = set->data && set->data->labels};
	rc = sums_alloc(&c, err);
	if (!rc)
		rc = vh_work_run(&work, &seconds, err);
	if (!rc)
		conclude(&c);
	for (int s = 0; s < net->n_stages; s++)
		free(c.stage[s].value);
	return rc;
}

size_t vh_quality_images(const struct vn_net *net, size_t n)
{
	const size_t most =
	        (double)vn_net_macs(net) > VH_QUALITY_MACS ? VH_QUALITY_LARGE : VH_QUALITY_IMAGES;

	return n < most ? n : most;
}
