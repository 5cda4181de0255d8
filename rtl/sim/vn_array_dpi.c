/* SPDX-License-Identifier: Apache-2.0
 *
 * vn_array_dpi.c - the array of rtl/vn_array.sv in C, for vn_array_dpi: what the pins of the
 * systolic array show, without its skew.
 *
 * A step computes the whole product of its pixel; a ring gives it the array's latency.
 * Without memory there is no array, and the sums stay 0.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As svdpi.h declares it: a packed vector is 32-bit words, lowest first. */
typedef uint32_t svBitVecVal;

enum { BLOCK = 8 }; /* columns */

struct array {
	int r, c, latency;
	int rows;        /* of the next tile in the shadow */
	int at;          /* step of the ring */
	int16_t *active; /* [r][c] */
	int16_t *shadow; /* likewise */
	int32_t *ring;   /* [latency][c] */
};

void *vn_array_dpi_new(int rows, int cols, int latency);
void vn_array_dpi_free(void *handle);
void vn_array_dpi_reset(void *handle);
void vn_array_dpi_step(void *handle, unsigned char x_switch, unsigned char w_shift,
                       const svBitVecVal *x_data, const svBitVecVal *w_row, svBitVecVal *sum);

void vn_array_dpi_free(void *handle)
{
	struct array *a = handle;

	if (a == NULL)
		return;
	free(a->active);
	free(a->shadow);
	free(a->ring);
	free(a);
}

void *vn_array_dpi_new(int rows, int cols, int latency)
{
	const size_t cells = (size_t)rows * (size_t)cols;
	struct array *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->r = rows;
	a->c = cols;
	a->latency = latency;
	a->active = calloc(cells, sizeof(*a->active));
	a->shadow = calloc(cells, sizeof(*a->shadow));
	a->ring = calloc((size_t)latency * (size_t)cols, sizeof(*a->ring));
	if (a->active == NULL || a->shadow == NULL || a->ring == NULL) {
		vn_array_dpi_free(a);
		return NULL;
	}
	return a;
}

void vn_array_dpi_reset(void *handle)
{
	struct array *a = handle;

	if (a != NULL)
		a->rows = 0;
}

static int8_t byte_of(const svBitVecVal *v, int i)
{
	return (int8_t)(v[i / 4] >> (8 * (i % 4)));
}

/* In blocks of columns, whose sums stay in registers; 8 divides C. */
static void product(const struct array *a, const svBitVecVal *x_data, int32_t *sum)
{
	int16_t x[64];
	int r, c, k;

	for (r = 0; r < a->r; r++)
		x[r] = byte_of(x_data, r);
	for (c = 0; c < a->c; c += BLOCK) {
		const int16_t *w = a->active + c;
		int32_t acc[BLOCK] = {0};

		for (r = 0; r < a->r; r++, w += a->c)
			for (k = 0; k < BLOCK; k++)
				acc[k] += x[r] * w[k];
		memcpy(sum + c, acc, sizeof(acc));
	}
}

void vn_array_dpi_step(void *handle, unsigned char x_switch, unsigned char w_shift,
                       const svBitVecVal *x_data, const svBitVecVal *w_row, svBitVecVal *sum)
{
	struct array *a = handle;
	int c;

	if (a == NULL)
		return;
	if (x_switch) {
		int16_t *old = a->active;

		a->active = a->shadow;
		a->shadow = old;
		a->rows = 0;
	}
	product(a, x_data, a->ring + a->at * a->c);
	if (w_shift && a->rows < a->r) {
		int16_t *w = a->shadow + (a->r - 1 - a->rows++) * a->c;

		for (c = 0; c < a->c; c++)
			w[c] = byte_of(w_row, c);
	}
	a->at = a->at == a->latency - 1 ? 0 : a->at + 1;
	memcpy(sum, a->ring + a->at * a->c, (size_t)a->c * sizeof(*sum));
}
