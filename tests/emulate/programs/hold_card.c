/* SPDX-License-Identifier: Apache-2.0
 *
 * hold_card XCLBIN SECONDS [kill|abort] - a plain XRT program: open card 0, write and read back a
 * buffer every 20 ms for SECONDS, close.  kill: end the card's process half-way, as its own child;
 * abort: end itself with the card open.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xrt/experimental/xrt_bo.h>
#include <xrt/experimental/xrt_device.h>
#include <xrt/experimental/xrt_kernel.h>

enum { BYTES = 1 << 16, STEPS_PER_S = 50 };

static int moved_right(xrtBufferHandle bo, unsigned char *map, int step)
{
	memset(map, step + 1, BYTES);
	if (xrtBOSync(bo, XCL_BO_SYNC_BO_TO_DEVICE, BYTES, 0))
		return 0;
	memset(map, 0, BYTES);
	if (xrtBOSync(bo, XCL_BO_SYNC_BO_FROM_DEVICE, BYTES, 0))
		return 0;
	for (int i = 0; i < BYTES; i++)
		if (map[i] != (unsigned char)(step + 1))
			return 0;
	return 1;
}

/* Direct children of this process: the card's. */
static void kill_card(void)
{
	char command[64];

	snprintf(command, sizeof(command), "kill -9 $(pgrep -P %d -x vn_device)", (int)getpid());
	if (system(command) != 0)
		fprintf(stderr, "hold_card: no card's process to kill\n");
}

static int hold(xrtDeviceHandle card, long steps, const char *what)
{
	xrtKernelHandle kernel;
	xrtBufferHandle bo;
	unsigned char *map;
	int good = 1;
	xuid_t uuid;

	xrtDeviceGetXclbinUUID(card, uuid);
	kernel = xrtPLKernelOpen(card, uuid, "vn_cu");
	bo = kernel ? xrtBOAlloc(card, BYTES, 0, xrtKernelArgGroupId(kernel, 0)) : NULL;
	map = bo ? xrtBOMap(bo) : NULL;
	if (!map)
		return 0;
	printf("open\n");
	fflush(stdout);
	for (long i = 0; good && i <= steps; i++) {
		good = moved_right(bo, map, (int)i);
		if (i == steps / 2 && strcmp(what, "kill") == 0)
			kill_card();
		if (i == steps / 2 && strcmp(what, "abort") == 0)
			kill(getpid(), SIGKILL);
		usleep(i < steps ? 1000000 / STEPS_PER_S : 0);
	}
	xrtBOFree(bo);
	xrtKernelClose(kernel);
	return good;
}

int main(int argc, char **argv)
{
	xrtDeviceHandle card = argc > 2 ? xrtDeviceOpen(0) : NULL;
	int good;

	if (!card)
		return 1;
	good = xrtDeviceLoadXclbinFile(card, argv[1]) == 0 &&
	       hold(card, (long)(atof(argv[2]) * STEPS_PER_S), argc > 3 ? argv[3] : "");
	xrtDeviceClose(card);
	printf("%s\n", good ? "good" : "bad");
	return !good;
}
