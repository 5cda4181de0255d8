/* SPDX-License-Identifier: Apache-2.0
 *
 * call.h - inside the driver: calls into a back end that may never return.
 *
 * A runtime below a back end can block for ever (XRT's waits, and its transfers when the other end
 * is gone).  Each thread that calls notes when the call must be over.  A watchdog thread, of
 * devices whose back end has a deadline, gives up a call that is not: the device is lost, jobs
 * under way fail with a sentence, the thread is abandoned inside the call, and whatever the device
 * holds stays allocated, since that thread may still touch it.
 */
#ifndef VN_CALL_H
#define VN_CALL_H

#include <pthread.h>
#include <stdint.h>

#include "base/clock.h"
#include "include/vanillin.h"

struct vn_device;

/* A call under way.  Under the device's lock. */
struct vn_call {
	const char *what;   /* "writing the input records"; NULL: none */
	int64_t expires_ms; /* monotonic; 0: never */
	int abandoned;
};

struct vn_watch {
	int on; /* there is a watchdog */
	int end;
	pthread_t thread;
	pthread_cond_t wake;
	struct vn_call loader;  /* of vn_call_guarded */
	void *left;             /* by one that was given up, and may be used yet */
	int lost;               /* stuck or left as it is: free nothing */
	struct vn_device *next; /* of those that stay */
	vn_error error;         /* once lost: what every call on the device answers */
};

/* Before and after each call into the back end.  @limit_ms: 0 for the device's deadline, with a
 * grace.  vn_call_leave does not return where the call was given up: the thread ends. */
void vn_call_enter(struct vn_device *dev, struct vn_call *call, const char *what, int limit_ms);
void vn_call_leave(struct vn_device *dev, struct vn_call *call);

/* For what no worker does: run @f(dev, arg, err), which notes its calls in watch.loader, and return
 * its value.  With a watchdog it runs in a thread of its own, on a copy of the @size bytes of @arg,
 * and the answer is VN_ERUNTIME when it is given up. */
typedef int vn_guarded(struct vn_device *dev, const void *arg, vn_error *err);
VN_MUST_CHECK int vn_call_guarded(struct vn_device *dev, vn_guarded *f, const void *arg,
                                  size_t size, vn_error *err);

/* The watchdog.  VN_ENOMEM. */
VN_MUST_CHECK int vn_watch_start(struct vn_device *dev, vn_error *err);
void vn_watch_stop(struct vn_device *dev);
/* The device is left as it is though nothing is stuck: count it among the lost. */
void vn_watch_leave(struct vn_device *dev);
/* Nobody will free the device. */
void vn_watch_keep(struct vn_device *dev);
/* Lock held: VN_ERUNTIME with the sentence if the device is lost, else 0. */
VN_MUST_CHECK int vn_watch_lost(const struct vn_device *dev, vn_error *err);

#endif /* VN_CALL_H */
