/* SPDX-License-Identifier: Apache-2.0
 *
 * backend.h - what a back end does for the driver: buffers in card memory, starts of compute units,
 * waiting.
 *
 * The driver opens a back end with a URI, tells it which configuration the program wants
 * (configure), and learns how many compute units run such programs; then, for each of them,
 * allocates buffers, writes them, starts, waits, reads.  A buffer belongs to the unit it was
 * allocated for.  At most one start of a unit is under way.
 *
 * Threads: open, configure and close come alone.  Calls about one unit (its buffers included) come
 * from one thread at a time; those about different units may come at once.
 *
 * A back end reports what went wrong below it (VN_ERUNTIME, VN_ENOMEM, VN_ETIMEOUT); what the
 * compute unit found wrong is in the status block, which the driver reads.
 */
#ifndef VN_BACKEND_H
#define VN_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "include/vanillin.h"
#include "spec/spec.h"

enum {
	VN_URI_MAX = 256,    /* bytes of a URI, the zero included */
	VN_OPTIONS_MAX = 16, /* options of a URI */
	VN_UNITS_MAX = 32,   /* compute units of a device */
	VN_CALL_GRACE_MS = 5000,
	VN_BUFFER_ALIGN = 4096, /* buffers, and the host memory of transfers, begin at multiples */
};

/* key=value after ';', in order. */
struct vn_option {
	const char *key, *value;
};

/* "hls:16x16;k=v" in parts.  The strings lie in @text. */
struct vn_uri {
	char text[VN_URI_MAX];
	const char *scheme;                       /* "hls" */
	const char *rest;                         /* "16x16", maybe empty */
	struct vn_option options[VN_OPTIONS_MAX]; /* those that nobody took come first */
	int n_options;                            /* of those */
	int n_given;                              /* of all */
};

/* What a buffer is for; a back end with several banks chooses the bank by it. */
enum vn_buffer_kind {
	VN_BUFFER_PROGRAM,
	VN_BUFFER_WEIGHTS,
	VN_BUFFER_INPUT,
	VN_BUFFER_OUTPUT,
	VN_BUFFER_SCRATCH,
	VN_BUFFER_STATUS,
};
enum { VN_BUFFER_KINDS = VN_BUFFER_STATUS + 1 };

struct vn_backend; /* an open back end: each defines its own */
struct vn_buffer;  /* a piece of its card memory: likewise */

/* The arguments of one start (spec/cu.def).  Buffers are used from their first byte on. */
struct vn_start {
	struct vn_buffer *program;
	uint32_t first, count, images;
	struct vn_buffer *weights, *input, *output, *scratch, *status;
};

struct vn_backend_ops {
	const char *scheme;
	enum vn_device_kind kind;
	/* Milliseconds that one start may take, unless the URI says otherwise.  Where this is not
	 * NULL, any call may block for ever in a runtime below: one that outlasts the deadline by
	 * VN_CALL_GRACE_MS is given up, and the device with it. */
	int (*deadline_ms)(const struct vn_backend *be);
	/* After a start that never ended, close would not end well: such a device is left as it is.
	 */
	int leaves_hung;
	/* Prove each compute unit by a small program before its first use (selftest=0 of the URI
	 * switches it off). */
	int self_test;
	/* What it is and which sizes or cards there are, one line without its end, for
	 * vn_device_list. */
	void (*describe)(char *text, size_t size);

	/* Take the URI's rest and every option, refusing the unknown (VN_ENODEV for a size or card
	 * that is not there, VN_EARG for an option).  Opens a card; a back end that is software may
	 * wait for configure. */
	int (*open)(const struct vn_uri *uri, struct vn_backend **be, vn_error *err);
	/* Complete the files that options named; no start comes after it.  NULL: there are none.
	 * VN_EIO. */
	int (*finish)(struct vn_backend *be, vn_error *err);
	/* Frees what open and configure made; buffers are gone already. */
	void (*close)(struct vn_backend *be);
	/* @actual: the record of the compute units that will run; @units: how many, 1 to
	 * VN_UNITS_MAX.  Software makes one of the size that the URI names, else of @wanted, or
	 * with a record as near to it as it can; a card tells what it has.  VN_ETIMEOUT: a unit
	 * hangs, as after wait. */
	int (*configure)(struct vn_backend *be, const uint32_t wanted[VN_CONFIG_WORDS],
	                 uint32_t actual[VN_CONFIG_WORDS], int *units, vn_error *err);

	/* VN_ENOMEM.  Contents are undefined.  @bytes is a multiple of a beat, and not 0. */
	int (*alloc)(struct vn_backend *be, int unit, enum vn_buffer_kind kind, uint64_t bytes,
	             struct vn_buffer **buffer, vn_error *err);
	void (*free)(struct vn_backend *be, struct vn_buffer *buffer); /* NULL allowed */
	/* Offsets and sizes are multiples of a beat.  A write may return before the data has moved,
	 * and may overlap a start that does not name @buffer: @data stays unchanged until a wait
	 * for a later start that does, or until the buffer is freed.  A read comes after every
	 * earlier write and wait. */
	int (*write)(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset,
	             const void *data, uint64_t bytes, vn_error *err);
	int (*read)(struct vn_backend *be, struct vn_buffer *buffer, uint64_t offset, void *data,
	            uint64_t bytes, vn_error *err);

	/* Start the compute unit once every earlier write is there.  May return at once or when it
	 * is done. */
	int (*start)(struct vn_backend *be, int unit, const struct vn_start *start, vn_error *err);
	/* Wait for the start, at most @timeout_ms (negative: for ever; 0: only look).  VN_ETIMEOUT:
	 * not done yet; the driver waits again.  When it gives up it looks a last time with 0: the
	 * message of that says what was waited for and how far it got (kernel, compute unit,
	 * register, last value).  Then it calls configure before it starts again, which must bring
	 * the compute units into a known state, or say in an error how a person can. */
	int (*wait)(struct vn_backend *be, int unit, int timeout_ms, vn_error *err);
};

extern const struct vn_backend_ops VN_BACKEND_REF, VN_BACKEND_HLS, VN_BACKEND_RTL, VN_BACKEND_XRT,
        VN_BACKEND_OCL;

/* Split @text; vn_uri keeps its own copy.  VN_EARG: too long, no scheme, an option without '='. */
VN_MUST_CHECK int vn_uri_parse(const char *text, struct vn_uri *uri, vn_error *err);
/* Remove option @key and return its value; NULL if it is not there. */
const char *vn_uri_take(struct vn_uri *uri, const char *key);
/* "16x16" to two numbers; both 0 for an empty rest.  VN_ENODEV. */
VN_MUST_CHECK int vn_uri_size(const struct vn_uri *uri, int *rows, int *cols, vn_error *err);
/* VN_EARG if an option is left that nobody took: unknown, or doubled. */
VN_MUST_CHECK int vn_uri_no_options(const struct vn_uri *uri, vn_error *err);
/* A decimal number in [least, most].  VN_EARG names @key. */
VN_MUST_CHECK int vn_uri_number(const char *key, const char *value, long least, long most,
                                long *number, vn_error *err);

/* The kernel's argument that a kind of buffer is for (VN_ARG_ of spec/cu.def). */
int vn_buffer_argument(enum vn_buffer_kind kind);
/* VN_ERUNTIME unless a transfer lies inside a buffer of @size bytes.  @device begins the message:
 * "xrt:0". */
VN_MUST_CHECK int vn_buffer_check(const char *device, uint64_t size, uint64_t offset,
                                  uint64_t bytes, vn_error *err);

/* "the devices are ref:, hls:" */
void vn_backend_schemes(char *text, size_t size);

/* The back end of @scheme; NULL if there is none. */
const struct vn_backend_ops *vn_backend_find(const char *scheme);

#endif /* VN_BACKEND_H */
