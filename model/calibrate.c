/* SPDX-License-Identifier: Apache-2.0
 *
 * calibrate.c - what every channel of the float reference does over the calibration images.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "model/quantise.h"

static void widen(struct vn_range *r, double v)
{
	if (v < r->low)
		r->low = v;
	if (v > r->high)
		r->high = v;
}

static struct vn_range *ranges_new(int channels)
{
	struct vn_range *r = malloc((size_t)channels * sizeof(*r));
	int c;

	for (c = 0; r && c < channels; c++)
		r[c] = (struct vn_range){INFINITY, -INFINITY};
	return r;
}

void vn_seen_free(struct vn_seen *seen)
{
	int s;

	if (!seen)
		return;
	for (s = 0; seen->stages && s < seen->n_stages; s++) {
		struct vn_stage_seen *r = &seen->stages[s];

		free(r->relu);
		free(r->out);
		free(r->pooled);
		free(r->relu_mean);
		free(r->out_mean);
	}
	free(seen->stages);
	free(seen->image_mean);
	free(seen);
}

static int stage_seen_alloc(const struct vn_stage *f, int last, struct vn_stage_seen *r)
{
	r->relu = ranges_new(f->cout);
	r->out = ranges_new(f->cout);
	r->pooled = last ? ranges_new(f->cout) : NULL;
	r->relu_mean = calloc((size_t)f->cout * f->out_h * f->out_w, sizeof(*r->relu_mean));
	r->out_mean = calloc((size_t)f->cout, sizeof(*r->out_mean));
	return r->relu && r->out && (r->pooled || !last) && r->relu_mean && r->out_mean;
}

static int seen_alloc(const struct vn_net *net, struct vn_seen **out, vn_error *err)
{
	const size_t pixels = (size_t)net->in_c * net->in_h * net->in_w;
	struct vn_seen *seen = calloc(1, sizeof(*seen));
	int s, ok = seen != NULL;

	if (ok) {
		seen->n_stages = net->n_stages;
		seen->stages = calloc((size_t)net->n_stages, sizeof(*seen->stages));
		seen->image_mean = calloc(pixels, sizeof(*seen->image_mean));
		ok = seen->stages && seen->image_mean;
	}
	for (s = 0; ok && s < net->n_stages; s++)
		ok = stage_seen_alloc(&net->stages[s], s == net->n_stages - 1, &seen->stages[s]);
	if (!ok) {
		vn_seen_free(seen);
		return vn_fail_nomem(err, pixels * sizeof(double), "calibration statistics");
	}
	*out = seen;
	return 0;
}

static void see_image(const struct vn_net *net, const uint8_t *pixels, double part,
                      struct vn_seen *seen)
{
	const size_t n = (size_t)net->in_h * net->in_w;
	size_t i;
	int c;

	for (c = 0; c < net->in_c; c++)
		for (i = 0; i < n; i++)
			seen->image_mean[c * n + i] += part * (pixels[i * net->in_c + c] - 128);
}

/* @part: of the calibration set that one image is. */
static void see_stage(const struct vn_stage *f, const float *relu, const float *out, double part,
                      struct vn_stage_seen *r)
{
	const size_t n = (size_t)f->out_h * f->out_w;
	size_t i;
	int c;

	for (c = 0; c < f->cout; c++) {
		double sum = 0;

		widen(&r->relu[c], 0); /* ReLU's zero must stay representable */
		for (i = 0; i < n; i++) {
			widen(&r->relu[c], relu[c * n + i]);
			widen(&r->out[c], out[c * n + i]);
			r->relu_mean[c * n + i] += part * relu[c * n + i];
			sum += out[c * n + i];
		}
		r->out_mean[c] += part * sum / (double)n;
		if (r->pooled)
			widen(&r->pooled[c], sum / (double)n);
	}
}

/* Buffers of one float inference. */
struct maps {
	float *image;
	float **out, **relu; /* [n_stages + 1], [n_stages] */
};

static void maps_free(struct maps *m, int stages)
{
	int s;

	for (s = 0; m->out && s <= stages; s++)
		free(m->out[s]);
	for (s = 0; m->relu && s < stages; s++)
		free(m->relu[s]);
	free(m->out);
	free(m->relu);
	free(m->image);
	*m = (struct maps){0};
}

static int maps_alloc(const struct vn_net *net, struct maps *m, vn_error *err)
{
	const size_t pixels = (size_t)net->in_c * net->in_h * net->in_w;
	int s, ok;

	m->image = malloc(pixels * sizeof(float));
	m->out = calloc((size_t)net->n_stages + 1, sizeof(*m->out));
	m->relu = calloc((size_t)net->n_stages, sizeof(*m->relu));
	ok = m->image && m->out && m->relu;
	for (s = 0; ok && s < net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const size_t n = (size_t)f->cout * f->out_h * f->out_w;

		m->out[s] = malloc(n * sizeof(float));
		m->relu[s] = malloc(n * sizeof(float));
		ok = m->out[s] && m->relu[s];
	}
	if (ok)
		m->out[s] = malloc((size_t)net->classes * sizeof(float));
	if (ok && m->out[s])
		return 0;
	maps_free(m, net->n_stages);
	return vn_fail_nomem(err, pixels * sizeof(float), "calibration maps");
}

static int finite_ranges(const struct vn_net *net, const struct vn_seen *seen, vn_error *err)
{
	int s, c;

	for (s = 0; s < net->n_stages; s++)
		for (c = 0; c < net->stages[s].cout; c++) {
			const struct vn_stage_seen *r = &seen->stages[s];

			if (!isfinite(r->relu[c].high) || !isfinite(r->out[c].high - r->out[c].low))
				return vn_fail(err, VN_EMODEL,
				               "check the weights and the normalisation",
				               "%s, channel %d: its values are not finite",
				               net->stages[s].name, c);
		}
	return 0;
}

/* ---- all images, on several threads ---- */

/* Images are run side by side and seen one by one in their order, so that sums do not depend on the
 * threads. */
struct pass {
	const struct vn_net *net;
	const struct vn_calib *calib;
	const struct vn_compile_options *opt;
	vn_see see;
	void *ctx;
	double begin, end;    /* of the progress */
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t turn;  /* seen or ret has changed */
	size_t taken, seen;   /* images */
	int ret;              /* of the first failure */
	vn_error *err;
};

static size_t take_image(struct pass *p)
{
	size_t i;

	pthread_mutex_lock(&p->lock);
	i = p->ret ? p->calib->images : p->taken++;
	pthread_mutex_unlock(&p->lock);
	return i;
}

/* Wait for the images before @i; whether there is still sense in it. */
static int wait_turn(struct pass *p, size_t i)
{
	int ret;

	pthread_mutex_lock(&p->lock);
	while (!p->ret && p->seen != i)
		pthread_cond_wait(&p->turn, &p->lock);
	ret = p->ret;
	pthread_mutex_unlock(&p->lock);
	return !ret;
}

static void end_turn(struct pass *p, int ret, const vn_error *err)
{
	pthread_mutex_lock(&p->lock);
	p->seen += !ret;
	if (ret && !p->ret) {
		p->ret = ret;
		if (p->err)
			*p->err = *err;
	}
	pthread_cond_broadcast(&p->turn);
	pthread_mutex_unlock(&p->lock);
}

/* One thread; @own: it is the caller's, which is told of the progress. */
static void run_images(struct pass *p, int own)
{
	const struct vn_net *net = p->net;
	const size_t bytes = (size_t)net->in_c * net->in_h * net->in_w;
	struct maps m = {0};
	vn_error err = {0};
	size_t i;
	int ret = maps_alloc(net, &m, &err);

	if (ret)
		end_turn(p, ret, &err);
	while (!ret && (i = take_image(p)) < p->calib->images) {
		const uint8_t *pixels = p->calib->pixels + i * bytes;
		const double part = (double)(i + 1) / (double)p->calib->images;

		vn_net_normalise(net, pixels, m.image);
		ret = vn_net_run(net, m.image, m.out, m.relu, &err);
		if (!ret && !wait_turn(p, i))
			break;
		if (!ret)
			p->see(p->ctx, pixels, m.relu, m.out);
		end_turn(p, ret, &err);
		if (own && p->opt->progress)
			p->opt->progress(p->opt->ctx, p->begin + part * (p->end - p->begin));
	}
	maps_free(&m, net->n_stages);
}

static void *run_thread(void *arg)
{
	run_images(arg, 0);
	return NULL;
}

enum { THREADS_MAX = 64 };
static const double MAPS_BYTES = 512e6; /* of all threads together, unless one needs more */

/* As many as the caller wants or there are processors, images, and memory for. */
static int threads_for(const struct vn_net *net, size_t images, int wanted)
{
	const long cores = wanted > 0 ? wanted : sysconf(_SC_NPROCESSORS_ONLN);
	double bytes = 1;
	long n = cores < THREADS_MAX ? cores : THREADS_MAX;

	for (int s = 0; s < net->n_stages; s++)
		bytes += 2.0 * sizeof(float) * net->stages[s].cout * net->stages[s].out_h *
		         net->stages[s].out_w;
	n = (double)n < MAPS_BYTES / bytes ? n : (long)(MAPS_BYTES / bytes);
	n = (size_t)n < images ? n : (long)images;
	return n > 1 ? (int)n : 1;
}

int vn_each_image(const struct vn_net *net, const struct vn_calib *calib, vn_see see, void *ctx,
                  const struct vn_compile_options *opt, double begin, double end, vn_error *err)
{
	struct pass p = {.net = net,
	                 .calib = calib,
	                 .opt = opt,
	                 .see = see,
	                 .ctx = ctx,
	                 .begin = begin,
	                 .end = end,
	                 .lock = PTHREAD_MUTEX_INITIALIZER,
	                 .turn = PTHREAD_COND_INITIALIZER,
	                 .err = err};
	const int others = threads_for(net, calib->images, opt->threads) - 1;
	pthread_t id[THREADS_MAX];
	int n = 0;

	/* This thread is one of them, so that it suffices where no other can be made. */
	while (n < others && pthread_create(&id[n], NULL, run_thread, &p) == 0)
		n++;
	run_images(&p, 1);
	while (n > 0)
		pthread_join(id[--n], NULL);
	return p.ret;
}

struct first_look {
	const struct vn_net *net;
	struct vn_seen *seen;
	struct vn_distinct *distinct;
	float *logits; /* [classes] of the first image */
	size_t n;      /* images seen */
	double part;   /* of the calibration set that one image is */
};

static void see_logits(struct first_look *l, const float *logits)
{
	const size_t bytes = (size_t)l->net->classes * sizeof(*logits);

	if (!l->n++)
		memcpy(l->logits, logits, bytes);
	else if (memcmp(l->logits, logits, bytes) != 0)
		l->seen->same_logits = 0;
}

static void look(void *ctx, const uint8_t *pixels, float *const *relu, float *const *out)
{
	struct first_look *l = ctx;
	const struct vn_net *net = l->net;
	int s;

	see_image(net, pixels, l->part, l->seen);
	for (s = 0; s < net->n_stages; s++)
		see_stage(&net->stages[s], relu[s], out[s], l->part, &l->seen->stages[s]);
	vn_distinct_see(l->distinct, out[net->n_stages - 1]);
	see_logits(l, out[net->n_stages]);
}

/* ---- what the file itself tells ---- */

static void limit(struct vn_range *r, int channels, struct vn_bounds b)
{
	int c;

	for (c = 0; c < channels && b.high > b.low; c++) {
		r[c].low = fmin(fmax(r[c].low, b.low), b.high);
		r[c].high = fmin(fmax(r[c].high, b.low), b.high);
	}
}

/* The trained network saturates there: a channel's range is never wider. */
static void limit_ranges(const struct vn_net *net, struct vn_seen *seen)
{
	int s;

	for (s = 0; s < net->n_stages; s++) {
		const struct vn_stage *f = &net->stages[s];
		const struct vn_bounds out = f->act_w ? f->out_bounds : f->relu_bounds;
		struct vn_stage_seen *r = &seen->stages[s];

		limit(r->relu, f->cout, f->relu_bounds);
		limit(r->out, f->cout, out);
		if (!r->pooled)
			continue;
		limit(r->pooled, f->cout, out);
		limit(r->pooled, f->cout, f->pooled_bounds);
	}
}

int vn_calibrate(const struct vn_net *net, const struct vn_calib *calib,
                 const struct vn_compile_options *opt, struct vn_seen **out, vn_error *err)
{
	const int clips = opt->range != VN_RANGE_MINMAX;
	struct first_look l = {.net = net, .part = 1 / (double)calib->images};
	int ret;

	if (!calib->images)
		return vn_fail(err, VN_EARG, "give at least one image with --calib",
		               "no calibration image");
	ret = seen_alloc(net, &l.seen, err);
	if (ret)
		return ret;
	l.seen->same_logits = 1;
	l.logits = malloc((size_t)net->classes * sizeof(*l.logits));
	l.distinct = vn_distinct_new(&net->stages[net->n_stages - 1]);
	if (!l.distinct || !l.logits)
		ret = vn_fail_nomem(err, sizeof(l), "calibration statistics");
	if (!ret)
		ret = vn_each_image(net, calib, look, &l, opt, 0, clips ? 0.5 : 1, err);
	if (!ret)
		ret = finite_ranges(net, l.seen, err);
	if (!ret) {
		l.seen->distinct = vn_distinct_count(l.distinct);
		if (clips)
			ret = vn_clip(net, calib, opt, l.seen, err);
		limit_ranges(net, l.seen);
	}
	vn_distinct_free(l.distinct);
	free(l.logits);
	if (ret)
		vn_seen_free(l.seen);
	else
		*out = l.seen;
	return ret;
}
