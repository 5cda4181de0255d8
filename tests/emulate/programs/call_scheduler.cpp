/* SPDX-License-Identifier: Apache-2.0
 *
 * call_scheduler - as call_shim, of the made-up libxrt_coreutil.so.2.
 */
#include <cstdio>

#include "tests/emulate/shim/waiters.h"

extern "C" bool shim_last_goes_on(bool signalled);

static void tell(const char *name, bool good)
{
	fprintf(stderr, "%s %s\n", name, good ? "good" : "bad");
}

int main()
{
	tell("its signal to the wrong one", shim_last_goes_on(true));
	tell("its lost signal", shim_last_goes_on(false));
	tell("own signal to one", !last_goes_on(true));
	tell("own wait", !last_goes_on(false));
	return 0;
}
