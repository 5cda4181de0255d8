/* SPDX-License-Identifier: Apache-2.0
 *
 * uri.c - device URIs: scheme ':' rest { ';' key '=' value }.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "driver/backend.h"
#include "base/error.h"

/* Cut one option off at *@next.  Returns 0 without a '=' or a key. */
static int cut_option(char **next, struct vn_option *option)
{
	char *text = *next, *end = strchr(text, ';'), *value;

	if (end)
		*end++ = '\0';
	*next = end;
	value = strchr(text, '=');
	if (!value || value == text)
		return 0;
	*value++ = '\0';
	*option = (struct vn_option){text, value};
	return 1;
}

int vn_uri_parse(const char *text, struct vn_uri *uri, vn_error *err)
{
	const size_t length = strlen(text);
	char *next, *rest;

	if (length >= sizeof(uri->text))
		return vn_fail(err, VN_EARG, NULL, "the device URI is longer than %d characters",
		               VN_URI_MAX - 1);
	memcpy(uri->text, text, length + 1);
	uri->n_options = uri->n_given = 0;
	uri->scheme = uri->text;
	next = strchr(uri->text, ';');
	if (next)
		*next++ = '\0';
	rest = strchr(uri->text, ':');
	if (!rest || rest == uri->text)
		return vn_fail(err, VN_ENODEV, "a device is named scheme:, as in ref: or hls:16x16",
		               "%s: not a device URI", text);
	*rest++ = '\0';
	uri->rest = rest;
	while (next) {
		if (uri->n_options == VN_OPTIONS_MAX)
			return vn_fail(err, VN_EARG, NULL, "%s: more than %d options", text,
			               VN_OPTIONS_MAX);
		if (!cut_option(&next, &uri->options[uri->n_options++]))
			return vn_fail(err, VN_EARG, "options are key=value, each after a ';'",
			               "%s: an option is not key=value", text);
	}
	uri->n_given = uri->n_options;
	return 0;
}

const char *vn_uri_take(struct vn_uri *uri, const char *key)
{
	for (int i = 0; i < uri->n_options; i++) {
		const struct vn_option taken = uri->options[i];

		if (strcmp(taken.key, key) != 0)
			continue;
		uri->n_options--;
		memmove(&uri->options[i], &uri->options[i + 1],
		        (size_t)(uri->n_options - i) * sizeof(taken));
		uri->options[uri->n_options] = taken;
		return taken.value;
	}
	return NULL;
}

int vn_uri_size(const struct vn_uri *uri, int *rows, int *cols, vn_error *err)
{
	char *end;

	*rows = *cols = 0;
	if (uri->rest[0] == '\0')
		return 0;
	if (uri->rest[0] >= '1' && uri->rest[0] <= '9' && strlen(uri->rest) < 8) {
		*rows = (int)strtol(uri->rest, &end, 10);
		if (*end == 'x' && end[1] >= '1' && end[1] <= '9') {
			*cols = (int)strtol(end + 1, &end, 10);
			if (*end == '\0')
				return 0;
		}
	}
	return vn_fail(err, VN_ENODEV, "a size is rows x columns of the array, as in 16x16",
	               "%s:%s: not the size of a compute unit", uri->scheme, uri->rest);
}

static int is_taken(const struct vn_uri *uri, const char *key)
{
	for (int i = uri->n_options; i < uri->n_given; i++)
		if (strcmp(uri->options[i].key, key) == 0)
			return 1;
	return 0;
}

int vn_uri_no_options(const struct vn_uri *uri, vn_error *err)
{
	if (uri->n_options == 0)
		return 0;
	if (is_taken(uri, uri->options[0].key))
		return vn_fail(err, VN_EARG, "give each option once", "%s: option '%s' is doubled",
		               uri->scheme, uri->options[0].key);
	return vn_fail(err, VN_EARG,
	               "every device takes timeout_ms, chunk_kib, selftest and timeline",
	               "%s: has no option '%s'", uri->scheme, uri->options[0].key);
}

int vn_uri_number(const char *key, const char *value, long least, long most, long *number,
                  vn_error *err)
{
	char *end;

	errno = 0;
	*number = strtol(value, &end, 10);
	if (errno || end == value || *end || *number < least || *number > most)
		return vn_fail(err, VN_EARG, NULL,
		               "option %s: '%s' is not a number from %ld to %ld", key, value, least,
		               most);
	return 0;
}
