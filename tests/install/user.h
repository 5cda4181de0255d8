/* SPDX-License-Identifier: Apache-2.0
 *
 * user.h - what the programs of a user of the installed libraries share.  C11 and C++11.
 */
#ifndef USER_H
#define USER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vanillin.h>

static int checks;

/* End the program unless @ok. */
static inline void check(int ok, const char *what, const vn_error *err)
{
	checks++;
	if (ok)
		return;
	printf("FAIL %s: %s\n", what, err ? err->message : "");
	exit(1);
}

#define CHECK(ok)            check((ok), #ok, NULL)
#define WELL(call)           check((call) == 0, #call, &err)
#define REFUSED(call, wants) check((call) == (wants) && err.message[0] != '\0', #call, &err)

static inline int finish(void)
{
	printf("PASS %d checks\n", checks);
	return 0;
}

/* The pixels of an IDX file with @size bytes an image; released by free. */
static inline unsigned char *read_idx(const char *path, size_t size, size_t *images)
{
	FILE *f = fopen(path, "rb");
	unsigned char head[16], *pixels;

	CHECK(f && fread(head, 1, sizeof(head), f) == sizeof(head));
	*images = (size_t)head[6] << 8 | head[7];
	pixels = (unsigned char *)malloc(*images * size);
	CHECK(pixels && fread(pixels, size, *images, f) == *images);
	fclose(f);
	return pixels;
}

#endif /* USER_H */
