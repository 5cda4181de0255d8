/* SPDX-License-Identifier: Apache-2.0
 *
 * data_read.c - choosing images of a set, and decoding all of its pictures once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "host/data.h"
#include "host/out.h"
#include "host/work.h"

/* ---- choosing ---- */

/* Keep images @which, [n], ascending. */
static int keep(struct vh_data *d, const size_t *which, size_t n, vn_error *err)
{
	size_t at = 0;

	if (d->idx.bytes) {
		size_t *pick = malloc(n * sizeof(*pick));

		if (!pick)
			return vn_fail_nomem(err, n * sizeof(*pick), "a choice of images");
		for (size_t i = 0; i < n; i++)
			pick[i] = d->pick ? d->pick[which[i]] : which[i];
		free(d->pick);
		d->pick = pick;
	}
	for (size_t i = 0; i < d->n; i++) {
		const int kept = at < n && which[at] == i;

		if (d->files && !kept)
			free(d->files[i]);
		if (!kept)
			continue;
		if (d->files)
			d->files[at] = d->files[i];
		if (d->labels)
			d->labels[at] = d->labels[i];
		at++;
	}
	d->n = n;
	return 0;
}

/* How many of each class: one more for each that still has some, until there are @n. */
static void share_out(const size_t *has, size_t classes, size_t n, size_t *quota)
{
	while (n > 0)
		for (size_t c = 0; n > 0 && c < classes; c++)
			if (quota[c] < has[c]) {
				quota[c]++;
				n--;
			}
}

/* Of h images image k is taken if it ends one of q equal parts. */
static int ends_part(size_t k, size_t h, size_t q)
{
	return (k + 1) * q / h != k * q / h;
}

static int spread_over(const struct vh_data *d, size_t n, size_t *which, vn_error *err)
{
	size_t classes = 0, *has, *quota, *seen, at = 0;

	for (size_t i = 0; i < d->n; i++)
		if ((size_t)d->labels[i] >= classes)
			classes = (size_t)d->labels[i] + 1;
	has = calloc(3 * classes + 1, sizeof(*has));
	if (!has)
		return vn_fail_nomem(err, 3 * classes * sizeof(*has), "a choice of images");
	quota = has + classes;
	seen = quota + classes;
	for (size_t i = 0; i < d->n; i++)
		has[d->labels[i]]++;
	share_out(has, classes, n, quota);
	for (size_t i = 0; i < d->n; i++) {
		const size_t c = (size_t)d->labels[i];

		if (ends_part(seen[c]++, has[c], quota[c]))
			which[at++] = i;
	}
	free(has);
	return 0;
}

int vh_data_cut(struct vh_data *d, size_t n, enum vh_cut how, vn_error *err)
{
	size_t *which;
	int rc = 0;

	if (n >= d->n)
		return 0;
	which = malloc(n * sizeof(*which));
	if (!which)
		return vn_fail_nomem(err, n * sizeof(*which), "a choice of images");
	for (size_t i = 0; i < n; i++)
		which[i] = how == VH_FIRST ? i : i * d->n / n;
	if (how == VH_BY_CLASS)
		rc = spread_over(d, n, which, err);
	rc = rc ? rc : keep(d, which, n, err);
	free(which);
	return rc;
}

/* ---- decoding ---- */

enum { BATCH = 16 };

static const size_t KEPT_BYTES = (size_t)1 << 30;

struct reading {
	struct vh_data *d;
	size_t image, kept;   /* bytes of one, how many are kept */
	vn_error **bad;       /* [n] NULL, or why a picture cannot be read */
	const char **warning; /* [n] */
};

static int open_lane(void *ctx, void **state, vn_error *err)
{
	const struct reading *r = ctx;

	*state = malloc(r->image);
	return *state ? 0 : vn_fail_nomem(err, r->image, "a picture");
}

static int read_one(struct reading *r, size_t i, uint8_t *pixels, vn_error *err)
{
	const char *path = r->d->files[i];
	struct vh_raster raster;
	int rc = vh_image_read(path, r->d->shape.alpha, &raster, err);

	if (rc)
		return rc;
	r->warning[i] = raster.warning;
	rc = vh_image_fit(path, &raster, &r->d->shape, pixels, err);
	free(raster.pixels);
	return rc;
}

static int step(void *ctx, void *state, size_t first, size_t count, vn_error *err)
{
	struct reading *r = ctx;

	for (size_t i = first; i < first + count; i++) {
		uint8_t *to = i < r->kept ? r->d->decoded + i * r->image : state;
		vn_error bad = {0};
		const int rc = read_one(r, i, to, &bad);

		if (rc == VN_EIO || rc == VN_EIMAGE) {
			r->bad[i] = malloc(sizeof(bad));
			if (!r->bad[i])
				return vn_fail_nomem(err, sizeof(bad), "a message");
			*r->bad[i] = bad;
		} else if (rc) {
			*err = bad;
			return rc;
		}
	}
	return 0;
}

static int close_lane(void *state, vn_error *err)
{
	(void)err;
	free(state);
	return 0;
}

static int read_all(struct reading *r, int threads, vn_error *err)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	const struct vh_work work = {
	        .what = "read pictures",
	        .items = r->d->n,
	        .batch = BATCH,
	        .threads = threads > 0      ? threads
	                   : processors > 0 ? (int)processors
	                                    : 1,
	        .ctx = r,
	        .open = open_lane,
	        .step = step,
	        .close = close_lane,
	};

	return vh_work_run(&work, &r->d->seconds, err);
}

/* The bad ones leave the set. */
static void drop_bad(struct reading *r)
{
	struct vh_data *d = r->d;
	size_t at = 0, decoded = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (r->bad[i]) {
			free(d->files[i]);
			continue;
		}
		d->files[at] = d->files[i];
		if (d->labels)
			d->labels[at] = d->labels[i];
		if (i < d->n_decoded)
			memmove(d->decoded + decoded++ * r->image, d->decoded + i * r->image,
			        r->image);
		at++;
	}
	d->n_decoded = decoded;
	d->bad += d->n - at;
	d->n = at;
}

static int judge(struct reading *r, int skip_bad, vn_error *err)
{
	size_t bad = 0, first = 0;

	for (size_t i = 0; i < r->d->n; i++) {
		if (r->bad[i] && bad++ == 0)
			first = i;
		if (r->bad[i] && skip_bad)
			vh_note("left out: %s", r->bad[i]->message);
		else if (r->warning[i])
			vh_note("%s: %s", r->d->files[i], r->warning[i]);
	}
	if (bad == 0)
		return 0;
	*err = *r->bad[first];
	if (!skip_bad && r->d->n > 1)
		return vn_fail(err, err->code,
		               "mend it, or leave such pictures out with --skip-bad", "%.400s%s",
		               r->bad[first]->message,
		               bad > 1 ? "; it is not the only bad one" : "");
	if (!skip_bad || bad == r->d->n)
		return err->code;
	drop_bad(r);
	return 0;
}

int vh_data_prepare(struct vh_data *d, int threads, int skip_bad, vn_error *err)
{
	const size_t image = (size_t)d->shape.c * (size_t)d->shape.h * (size_t)d->shape.w;
	const size_t n = d->n;
	struct reading r = {.d = d, .image = image, .kept = KEPT_BYTES / image};
	int rc;

	if (!d->files || d->n == 0)
		return 0;
	r.kept = r.kept < d->n ? r.kept : d->n;
	r.bad = calloc(n, sizeof(vn_error *));
	r.warning = calloc(n, sizeof(*r.warning));
	d->decoded = malloc(r.kept * image + 1);
	if (!r.bad || !r.warning || !d->decoded)
		rc = vn_fail_nomem(err, r.kept * image, "the pictures");
	else
		rc = read_all(&r, threads, err);
	d->n_decoded = rc ? 0 : r.kept;
	rc = rc ? rc : judge(&r, skip_bad, err);
	for (size_t i = 0; r.bad && i < n; i++)
		free(r.bad[i]);
	free(r.bad);
	free(r.warning);
	return rc;
}
