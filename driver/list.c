/* SPDX-License-Identifier: Apache-2.0
 *
 * list.c - the back ends there are.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "driver/backend.h"

static const struct vn_backend_ops *const backends[] = {
        &VN_BACKEND_REF, &VN_BACKEND_HLS, &VN_BACKEND_RTL, &VN_BACKEND_XRT, &VN_BACKEND_OCL};

enum { BACKENDS = sizeof(backends) / sizeof(backends[0]), LINE = 256 };

static char list[BACKENDS * LINE];

static void make_list(void)
{
	size_t used = 0;

	for (int i = 0; i < BACKENDS; i++) {
		char text[LINE / 2];

		backends[i]->describe(text, sizeof(text));
		used += (size_t)snprintf(list + used, LINE, "%s%s: %s", i ? "\n" : "",
		                         backends[i]->scheme, text);
	}
}

const char *vn_device_list(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, make_list);
	return list;
}

void vn_backend_schemes(char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < BACKENDS && used < size; i++)
		used += (size_t)snprintf(text + used, size - used,
		                         "%s%s:", i ? ", " : "the devices are ",
		                         backends[i]->scheme);
}

const struct vn_backend_ops *vn_backend_find(const char *scheme)
{
	for (int i = 0; i < BACKENDS; i++)
		if (strcmp(backends[i]->scheme, scheme) == 0)
			return backends[i];
	return NULL;
}
