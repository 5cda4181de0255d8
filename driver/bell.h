/* SPDX-License-Identifier: Apache-2.0
 *
 * bell.h - inside the driver: sleeping until a callback of a runtime comes, or for a while.
 *
 * A callback may come late, when its start was given up and all else is freed: so each callback
 * that is to come holds the bell too.
 */
#ifndef VN_BELL_H
#define VN_BELL_H

struct vn_bell;

/* Held once.  NULL: no memory. */
struct vn_bell *vn_bell_new(void);
/* Hold it once more, for a callback to come. */
void vn_bell_hold(struct vn_bell *bell);
/* Let go; the last one frees it.  NULL allowed. */
void vn_bell_drop(struct vn_bell *bell);
/* From the callback: wake the sleeper, and let go. */
void vn_bell_ring(struct vn_bell *bell);
/* Sleep until it rings, at most @ms (less than 1000); at once if it rang since the last sleep. */
void vn_bell_sleep(struct vn_bell *bell, int ms);

#endif /* VN_BELL_H */
