/* SPDX-License-Identifier: Apache-2.0
 *
 * vanillin.h - the whole public API of libvanillin.
 *
 * Load a program (.vnx), open a device by URI, load the program onto it, submit batches of images,
 * wait, close.
 *
 *     vn_program *prog; vn_device *dev; vn_job *job; vn_error err;
 *     vn_program_load("net.vnx", &prog, &err);
 *     vn_device_open("hls:", &dev, &err);
 *     vn_device_load(dev, prog, VN_RESIDENT, &err);
 *     vn_submit(dev, pixels, 8, 0, &job, &err);
 *     vn_wait(job, 1000, &err);
 *     const int32_t *acc = vn_job_logits(job, 0);    // image 0
 *     vn_job_free(job); vn_device_close(dev); vn_program_free(prog);
 *
 * Every call that can fail returns 0 or a negative VN_E* code and, where @err is not NULL, fills it
 * with a sentence and a hint.  The library never prints, exits or aborts.  A NULL where a pointer
 * is needed is VN_EARG, or makes a call without an error code return NULL, 0 or nothing.
 *
 * Threads: a vn_program is immutable and may be shared.  A vn_device and its jobs may be used by
 * several threads; calls on one device are serialised inside.  Any thread may close a device or
 * free a job or a program, whichever made it; doing so while another thread uses the object is an
 * error of the caller.  A device with a program has threads of its own, one a compute unit and, for
 * cards, one more; they take no signals and call nothing of the caller's.
 *
 * Order of freeing: any.  A device holds the program that it uses.  Closing a device finishes its
 * jobs.  A job may be freed before or after its device, and its results stay readable until then.
 *
 * Memory: a batch costs the host, until its job is freed, 4 * classes bytes an image and with
 * VN_TAPS the c * h * w bytes of every stage; and a copy of its pixels until it is done.  A loaded
 * program costs the device, for each compute unit, weight_bytes (VN_STREAM: twice the largest
 * stage's) and 128 bytes a descriptor.  Running batches cost it, for each compute unit, the records
 * of two starts, each of at most chunk_kib of the URI or what one group of images takes, and the
 * host the larger of their input and output.  This is kept until another program is loaded.
 *
 * Fork: a child has none of the threads behind its parent's devices.  There each call on a device
 * or job of before the fork returns at once with VN_EARG, NULL or 0.  vn_device_close and
 * vn_job_free are allowed, touch neither the parent's work nor its card, and leave the memory to
 * the end of the process.  Programs go on being usable, and the child may open devices of its own;
 * but not a card that was open at the fork (VN_ENODEV), which XRT would share with the parent.
 * Leave such a child by _exit or exec: the exit handlers of XRT that it inherited may touch the
 * card.  After vfork or a bare clone nothing of this library may be called before an exec.
 *
 * Signals and exit: no handler is installed, and no call is safe in one.  Emulated cards need
 * SIGCHLD not to be ignored.  No exit handler of this library closes a device: do that before
 * exit() or the return from main, since a device at work uses what exit takes away; and see
 * vn_devices_lost.
 */
#ifndef VANILLIN_H
#define VANILLIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VN_VERSION "0.1.0"

#if defined(__GNUC__)
#define VN_API        __attribute__((visibility("default")))
#define VN_MUST_CHECK __attribute__((warn_unused_result))
#else
#define VN_API
#define VN_MUST_CHECK
#endif

/* The one list of errors: the enum, the names and the sentences come from it. */
#define VN_ERR_MAP(X)                                                                              \
	X(EARG, 1, "bad argument; the device was not touched")                                     \
	X(EIO, 2, "a file could not be read or written")                                           \
	X(EMODEL, 3, "the network is damaged or is not a VanillaNet")                              \
	X(EPROGRAM, 4, "the program file is damaged, or of another version")                       \
	X(EIMAGE, 5, "an image or data set could not be used")                                     \
	X(ENODEV, 6, "no such device")                                                             \
	X(ECONFIG, 7, "program and compute unit are of different configurations")                  \
	X(ENOMEM, 8, "out of memory, on the host or on the device")                                \
	X(ETIMEOUT, 9, "the device did not finish in time")                                        \
	X(EDEVICE, 10, "the compute unit reported an error")                                       \
	X(ERUNTIME, 11, "the runtime under the driver failed")                                     \
	X(EFIT, 12, "the network does not fit the target configuration")                           \
	X(EMISMATCH, 13, "two devices disagree")

enum vn_err {
	VN_OK = 0,
#define X(name, code, text) VN_##name = -(code),
	VN_ERR_MAP(X)
#undef X
};

/* What went wrong.  Owned by the caller; strings are always terminated.  They may quote bytes of a
 * file, as labels may hold any: escape them before a terminal sees them. */
typedef struct vn_error {
	int code;          /* the value that the call returned */
	char message[512]; /* one sentence: file, field, what is wrong */
	char hint[256];    /* how to mend it; may be empty */
} vn_error;

VN_API const char *vn_err_name(int code); /* "VN_ETIMEOUT"; never NULL */
VN_API const char *vn_strerror(int code); /* the sentence of the list; never NULL */

typedef struct vn_program vn_program;
typedef struct vn_device vn_device;
typedef struct vn_job vn_job;

/* ---- programs ---- */

/* How a picture becomes the image that a network takes. */
enum { VN_RESIZE_MAX = 8192 };
typedef struct vn_recipe {
	int resize;   /* 0: pictures have the image's size; else, up to VN_RESIZE_MAX, they are
	                 resized, and the image is cropped from the middle */
	int squash;   /* 0: @resize is the short side, the picture keeps its proportions; 1: it
	                 gets those of the image, and @resize is the image's short side */
	int bilinear; /* 0: bicubic */
	int bgr;      /* 1: blue comes first */
} vn_recipe;

/* What a program is; pointers live as long as the program. */
typedef struct vn_program_info {
	uint32_t version;    /* of the .vnx format */
	uint32_t config[10]; /* configuration record, words as in spec/cu.def */
	uint32_t config_hash;
	int in_c, in_h, in_w;  /* image */
	float mean[4], std[4]; /* normalisation the stem has swallowed; for information */
	vn_recipe recipe;
	int classes;
	int stages; /* stem + blocks */
	int descriptors;
	int group;             /* images one pass computes in resident mode */
	uint64_t weight_bytes; /* weights and parameters */
	uint64_t macs;         /* multiply-accumulates an image */
	uint64_t array_macs;   /* of them by the array: stem, 1x1 convolutions, FC */
} vn_program_info;

/* One stage's output as the TAP sees it: real value = q * scale * factor[c] + centre[c].  The
 * compiler gives every channel a unit of its own; @scale is the largest. */
typedef struct vn_stage_info {
	const char *name; /* "stem", "block1", ... */
	int c, h, w;
	float scale;
	const float *centre; /* [c] */
	uint64_t array_macs; /* of the stem or 1x1 convolution, an image */
	const float *factor; /* [c] 0 < factor <= 1 */
} vn_stage_info;

/* Read and check a .vnx: every checksum, every field, every descriptor's addresses, token balance.
 * Errors: VN_EIO, VN_EPROGRAM (message names section and field), VN_ENOMEM. */
VN_API VN_MUST_CHECK int vn_program_load(const char *path, vn_program **prog, vn_error *err);
/* The same from memory; @name is used in messages (NULL: "program"); @data may be freed afterwards.
 */
VN_API VN_MUST_CHECK int vn_program_parse(const char *name, const void *data, size_t bytes,
                                          vn_program **prog, vn_error *err);
VN_API void vn_program_free(vn_program *prog); /* NULL allowed */

/* All zeros for a @prog that is NULL. */
VN_API void vn_program_get_info(const vn_program *prog, vn_program_info *info);
/* @stage in [0, stages).  VN_EARG otherwise. */
VN_API VN_MUST_CHECK int vn_program_stage(const vn_program *prog, int stage, vn_stage_info *info);
VN_API const char *vn_program_label(const vn_program *prog, int cls); /* NULL where there is none */
/* Real value of one unit of class @cls's int32 logit; 0 where there is no such class. */
VN_API float vn_program_logit_scale(const vn_program *prog, int cls);
/* Classes of the @k largest real logits, best first; ties: the smaller class.  VN_EARG for a bad k.
 */
VN_API VN_MUST_CHECK int vn_program_top(const vn_program *prog, const int32_t *logits, int k,
                                        int *classes);

/* ---- devices ---- */

enum vn_weights {
	VN_RESIDENT = 0, /* all weights on the device; one start a batch */
	VN_STREAM = 1, /* stage by stage through two buffers, uploaded ahead of the stage that needs
	                  them */
};

/* Open "ref:", "hls:", "hls:16x16" ...  Options follow ';': key=value.  Every device takes
 *   timeout_ms=N   longest time of one start, and of any other call into a runtime below; 0: for
 *                  ever; devices that compute in this process ignore it
 *   chunk_kib=N    device memory for the records of one start (65536); larger batches are cut
 *   selftest=0|1   prove every compute unit bit by bit with a small network at the first load
 *                  (1 for cards, 0 for devices in software)
 *   timeline=FILE  what was done when, for chrome://tracing or ui.perfetto.dev: JSON in any locale.
 *                  FILE is written by vn_device_finish; until then an earlier one stays, and it
 *                  grows in FILE.*.tmp.  Devices of a process that name the same FILE share it,
 *                  and the last of them to finish writes it
 * Errors: VN_ENODEV unknown scheme or size (the hint lists them), VN_EARG, VN_ENOMEM, VN_ERUNTIME.
 */
VN_API VN_MUST_CHECK int vn_device_open(const char *uri, vn_device **dev, vn_error *err);
/* Wait for all submitted jobs, then complete the files that options of the URI name (timeline=, of
 * rtl: events=).  After it the device takes no program and no job (VN_EARG); status and counters can
 * still be read.  A second call does nothing.  Errors: VN_EIO (a file could not be written, as on a
 * full disk; what was there before is), VN_ERUNTIME (the device was given up; the files are
 * written). */
VN_API VN_MUST_CHECK int vn_device_finish(vn_device *dev, vn_error *err);
/* vn_device_finish, whose error is lost here, then free the device; the jobs stay readable.  NULL
 * allowed. */
VN_API void vn_device_close(vn_device *dev);
/* Put @prog on the device, which holds it as long as it needs it: the caller may free it at any
 * time.  Blocks until it is there; a vn_submit meanwhile waits.  Replaces an earlier one; fails with
 * jobs under way (VN_EARG; the earlier one stays).  After any other failure no program is on the
 * device.
 * Errors: VN_ECONFIG (the message names both configurations), VN_ENODEV (software without that
 * size, no .xclbin for it), VN_EMISMATCH (the self-test found wrong results), VN_ENOMEM,
 * VN_ERUNTIME. */
VN_API VN_MUST_CHECK int vn_device_load(vn_device *dev, const vn_program *prog,
                                        enum vn_weights mode, vn_error *err);
/* Status block of the last finished start, 64 words as in spec/cu.def.  VN_EARG before any. */
VN_API VN_MUST_CHECK int vn_device_status(vn_device *dev, uint32_t status[64], vn_error *err);
/* Cycles of an engine: it issued, waited for weights or parameters, waited for input, or could not
 * write its output.  The four sum to the cycles. */
enum { VN_BUSY, VN_STARVED_WEIGHTS, VN_STARVED_INPUT, VN_BLOCKED_OUTPUT, VN_COUNTED_KINDS };
enum { VN_LOAD, VN_ARRAY, VN_POST, VN_DEPTHWISE, VN_STORE, VN_COUNTED_ENGINES };
typedef struct vn_counters {
	uint64_t starts, images; /* that the sums below cover */
	uint64_t cycles;         /* from start to done; 0 where there is no clock (ref:, hls:) */
	uint64_t predicted;      /* cycles that the compiler's model expects (spec/timing.def) */
	uint64_t engine[VN_COUNTED_ENGINES][VN_COUNTED_KINDS];
} vn_counters;
/* Sums over all starts since the program was loaded: @stage -1 the starts of the whole network
 * (VN_RESIDENT), else those of one stage (VN_STREAM; info.stages is the FC).  Does not wait.
 * VN_EARG: no program, or no such stage. */
VN_API VN_MUST_CHECK int vn_device_counters(vn_device *dev, int stage, vn_counters *counters,
                                            vn_error *err);
/* Compute units that run the loaded program; 0: none is loaded.  They share the queue of jobs; with
 * two jobs a unit submitted, and one more, transfers overlap with compute and none idles. */
VN_API int vn_device_units(vn_device *dev);
/* Devices of this process that had to be given up inside a runtime that never returned, or whose
 * compute unit hung; a child of a fork has its parent's count too.  When not 0, leave the process by
 * _exit(2) after fflush: exit handlers of such a runtime may block or crash. */
VN_API int vn_devices_lost(void);
VN_API const char *vn_device_uri(const vn_device *dev);
/* What the scheme of a URI stands for: how many such devices make sense. */
enum vn_device_kind {
	VN_SOFTWARE,  /* computes in this process, in one thread: open one for each processor */
	VN_SIMULATED, /* likewise, cycle by cycle: slower by thousands, with much memory each */
	VN_CARD,      /* one or more cards, real or emulated, which can be open once: its compute
	                 units share one queue of jobs */
};
/* Opens nothing; looks at no more than the scheme.  VN_ENODEV: no such scheme, or not a URI. */
VN_API VN_MUST_CHECK int vn_device_kind_of(const char *uri, enum vn_device_kind *kind,
                                           vn_error *err);
/* "ref: hls: ..." one line per scheme with what it is; static storage. */
VN_API const char *vn_device_list(void);

/* ---- jobs ---- */

enum { VN_TAPS = 1 }; /* flag of vn_submit: also bring every stage's output */

/* Start @images images.  @pixels: uint8 [images][in_h][in_w][in_c], copied before the call returns.
 * Does not wait for the device.  Errors: VN_EARG (no program, no image), VN_ENOMEM, VN_ERUNTIME. */
VN_API VN_MUST_CHECK int vn_submit(vn_device *dev, const uint8_t *pixels, size_t images,
                                   unsigned flags, vn_job **job, vn_error *err);
/* Wait until the job is done, at most @timeout_ms (negative: for ever).
 * Errors: VN_ETIMEOUT (the job goes on; wait again or free it), VN_EDEVICE (the message names
 * descriptor and field), VN_ERUNTIME (also when a start passed the device's own limit, timeout_ms
 * of its URI). */
VN_API VN_MUST_CHECK int vn_wait(vn_job *job, int timeout_ms, vn_error *err);
/* After a successful wait: int32 accumulators of image @image, [classes]; NULL otherwise.  Owned by
 * the job. */
VN_API const int32_t *vn_job_logits(const vn_job *job, size_t image);
/* With VN_TAPS: int8 [c][h][w] of a stage; NULL otherwise.  Owned by the job. */
VN_API const int8_t *vn_job_tap(const vn_job *job, size_t image, int stage);
/* Free a job; of one that is not done the parts that have not begun are dropped, the others waited
 * for.  NULL allowed. */
VN_API void vn_job_free(vn_job *job);

#ifdef __cplusplus
}
#endif

#endif /* VANILLIN_H */
