/* SPDX-License-Identifier: Apache-2.0
 *
 * msan_shim.c - MemorySanitizer beside libraries that are not built with it.
 *
 * What such a library writes stays "uninitialised" in the sanitizer's eyes.  So the heap is poisoned
 * by calls of our own code alone (poison_in_malloc=0 and poison_in_free=0 of MSAN_OPTIONS, and malloc
 * wrapped here: the linker's --wrap does not reach into shared libraries), and what a library writes
 * into memory of ours is marked as written at the call.
 */
#include <jansson.h>
#include <png.h>
#include <protobuf-c/protobuf-c.h>
#include <sanitizer/allocator_interface.h>
#include <sanitizer/msan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <jpeglib.h>

enum { STACK = 1 << 16 };

/* A program need not use all of them. */
#pragma weak png_get_rowbytes
#pragma weak png_get_image_height
#define WRAP(type, name, ...)                                                                      \
	__attribute__((weak)) type __real_##name(__VA_ARGS__);                                     \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

/* ---- into a library and back ---- */

/* The sanitizer's own checks of arguments of the C library meet a library's calls too, whose stack
 * it takes for ours: they are off, in each thread that has need of it. */
static void no_checks_of_arguments(void)
{
	static _Thread_local int off;

	if (!off)
		__msan_scoped_disable_interceptor_checks();
	off = 1;
}

__attribute__((constructor)) static void begin(void)
{
	no_checks_of_arguments();
}

static _Thread_local int inside; /* a library's calls back to our allocator are its own */

/* Its stack, where frames of ours have been, is not ours any more. */
static void enter(void)
{
	const char *here = __builtin_frame_address(0);

	no_checks_of_arguments();
	__msan_unpoison(here - STACK, STACK);
	inside = 1;
}

static void leave(void)
{
	inside = 0;
}

/* ---- the heap ---- */

WRAP(void *, malloc, size_t bytes)
{
	void *p = __real_malloc(bytes);

	if (p && !inside)
		__msan_poison(p, bytes);
	return p;
}

WRAP(void *, aligned_alloc, size_t alignment, size_t bytes)
{
	void *p = __real_aligned_alloc(alignment, bytes);

	if (p && !inside)
		__msan_poison(p, bytes);
	return p;
}

/* Whoever frees it: a library may be the next to have it. */
void __sanitizer_free_hook(const volatile void *p)
{
	__msan_unpoison((const void *)p, __sanitizer_get_allocated_size((const void *)p));
}

WRAP(void *, realloc, void *old, size_t bytes)
{
	const size_t kept = old ? __sanitizer_get_allocated_size(old) : 0;
	void *p = __wrap_malloc(bytes);

	if (p && old) {
		memcpy(p, old, kept < bytes ? kept : bytes);
		free(old);
	}
	return p;
}

/* ---- what goes out, which is checked here instead ---- */

WRAP(size_t, fwrite, const void *data, size_t size, size_t n, FILE *file)
{
	__msan_check_mem_is_initialized(data, size * n);
	return __real_fwrite(data, size, n, file);
}

WRAP(ssize_t, write, int fd, const void *data, size_t bytes)
{
	__msan_check_mem_is_initialized(data, bytes);
	return __real_write(fd, data, bytes);
}

WRAP(ssize_t, send, int fd, const void *data, size_t bytes, int flags)
{
	__msan_check_mem_is_initialized(data, bytes);
	return __real_send(fd, data, bytes, flags);
}

WRAP(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags)
{
	for (size_t i = 0; i < message->msg_iovlen; i++)
		__msan_check_mem_is_initialized(message->msg_iov[i].iov_base,
		                                message->msg_iov[i].iov_len);
	return __real_sendmsg(fd, message, flags);
}

/* ---- zlib ---- */

WRAP(int, gzread, gzFile file, void *data, unsigned bytes)
{
	int n;

	enter();
	n = __real_gzread(file, data, bytes);
	leave();
	if (n > 0)
		__msan_unpoison(data, (size_t)n);
	return n;
}

WRAP(const char *, gzerror, gzFile file, int *code)
{
	const char *text;

	enter();
	text = __real_gzerror(file, code);
	leave();
	__msan_unpoison(code, sizeof(*code));
	return text;
}

/* ---- jansson ---- */

WRAP(json_t *, json_load_file, const char *path, size_t flags, json_error_t *error)
{
	json_t *root;

	enter();
	root = __real_json_load_file(path, flags, error);
	leave();
	if (error)
		__msan_unpoison(error, sizeof(*error));
	return root;
}

WRAP(json_t *, json_loadf, FILE *file, size_t flags, json_error_t *error)
{
	json_t *root;

	enter();
	root = __real_json_loadf(file, flags, error);
	leave();
	if (error)
		__msan_unpoison(error, sizeof(*error));
	return root;
}

/* ---- protobuf-c ---- */

WRAP(size_t, protobuf_c_message_pack, const ProtobufCMessage *message, uint8_t *out)
{
	size_t n;

	enter();
	n = __real_protobuf_c_message_pack(message, out);
	leave();
	__msan_unpoison(out, n);
	return n;
}

WRAP(ProtobufCMessage *, protobuf_c_message_unpack, const ProtobufCMessageDescriptor *kind,
     ProtobufCAllocator *allocator, size_t bytes, const uint8_t *data)
{
	ProtobufCMessage *message;

	enter();
	message = __real_protobuf_c_message_unpack(kind, allocator, bytes, data);
	leave();
	return message;
}

/* ---- libpng ---- */

static _Thread_local size_t row_bytes, rows_of_image;

WRAP(void, png_read_update_info, png_structrp png, png_inforp info)
{
	enter();
	__real_png_read_update_info(png, info);
	leave();
	row_bytes = png_get_rowbytes(png, info);
	rows_of_image = png_get_image_height(png, info);
}

WRAP(void, png_read_image, png_structrp png, png_bytepp rows)
{
	enter();
	__real_png_read_image(png, rows);
	leave();
	for (size_t i = 0; i < rows_of_image; i++)
		__msan_unpoison(rows[i], row_bytes);
}

/* ---- libjpeg ---- */

WRAP(struct jpeg_error_mgr *, jpeg_std_error, struct jpeg_error_mgr *errors)
{
	struct jpeg_error_mgr *same;

	enter();
	same = __real_jpeg_std_error(errors);
	leave();
	__msan_unpoison(errors, sizeof(*errors));
	return same;
}

WRAP(void, jpeg_CreateDecompress, j_decompress_ptr jpeg, int version, size_t bytes)
{
	enter();
	__real_jpeg_CreateDecompress(jpeg, version, bytes);
	leave();
	__msan_unpoison(jpeg, sizeof(*jpeg));
}

WRAP(int, jpeg_read_header, j_decompress_ptr jpeg, boolean want_image)
{
	int rc;

	enter();
	rc = __real_jpeg_read_header(jpeg, want_image);
	leave();
	__msan_unpoison(jpeg, sizeof(*jpeg));
	return rc;
}

WRAP(void, jpeg_calc_output_dimensions, j_decompress_ptr jpeg)
{
	enter();
	__real_jpeg_calc_output_dimensions(jpeg);
	leave();
	__msan_unpoison(jpeg, sizeof(*jpeg));
}

WRAP(JDIMENSION, jpeg_read_scanlines, j_decompress_ptr jpeg, JSAMPARRAY lines, JDIMENSION most)
{
	JDIMENSION n;

	enter();
	n = __real_jpeg_read_scanlines(jpeg, lines, most);
	leave();
	__msan_unpoison(jpeg, sizeof(*jpeg));
	for (JDIMENSION i = 0; i < n; i++)
		__msan_unpoison(lines[i],
		                (size_t)jpeg->output_width * (size_t)jpeg->output_components);
	return n;
}
