/* SPDX-License-Identifier: Apache-2.0
 *
 * libxrt_coreutil.cpp - a library of the name of XRT's, with the faults of its scheduler.
 */
#include "tests/emulate/shim/waiters.h"

extern "C" bool shim_last_goes_on(bool signalled)
{
	return last_goes_on(signalled);
}
