/* SPDX-License-Identifier: Apache-2.0
 *
 * decoupled.h - run an entry as hardware may: each engine works through its own descriptors, as far
 * ahead of the others as the tokens let it, in a random order.
 */
#ifndef VN_DECOUPLED_H
#define VN_DECOUPLED_H

#include "model/refcu.h"

/* @seed: which order.  @greedy: the engine that runs ahead of all others whenever it can,
 * VN_ENGINES for none. Returns 1, or 0 when no engine can go on before all is done (a deadlock). */
int decoupled_run(struct vn_refcu *cu, const struct vn_cu_args *args, uint32_t seed,
                  uint32_t greedy);

#endif /* VN_DECOUPLED_H */
