/* SPDX-License-Identifier: Apache-2.0
 *
 * share_card XCLBIN THREADS RUNS - threads that share card 0, each with a kernel and buffers of its
 * own, do runs of zero descriptors, which the compute unit refuses in its status.  Every buffer is
 * new, and every run must have ended and left its status.  Prints "THREADS x RUNS, N wrong".
 */
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "spec/spec.h"

static const size_t BYTES = 4096;

static bool is_refused(const uint32_t *status)
{
	return status[VN_ST_MAGIC] == VN_STATUS_MAGIC && status[VN_ST_ERROR] == VN_CU_ARGUMENT;
}

static bool one_run(xrt::device &card, xrt::kernel &kernel)
{
	xrt::bo program(card, BYTES, kernel.group_id(0)), weights(card, BYTES, kernel.group_id(4));
	xrt::bo map(card, BYTES, kernel.group_id(5)), status(card, BYTES, kernel.group_id(8));
	auto *words = status.map<uint32_t *>();

	memset(words, 0xff, BYTES);
	status.sync(XCL_BO_SYNC_BO_TO_DEVICE);
	auto run = kernel(program, 0u, 0u, 1u, weights, map, map, map, status);
	if (run.wait() != ERT_CMD_STATE_COMPLETED)
		return false;
	status.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
	return is_refused(words);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	const int threads = atoi(argv[2]), runs = atoi(argv[3]);
	xrt::device card(0);
	const auto id = card.load_xclbin(std::string(argv[1]));
	std::atomic<int> wrong{0};
	std::vector<std::thread> all;

	for (int i = 0; i < threads; i++)
		all.emplace_back([&] {
			xrt::kernel kernel(card, id, "vn_cu");

			for (int j = 0; j < runs; j++)
				wrong += !one_run(card, kernel);
		});
	for (auto &thread : all)
		thread.join();
	printf("%d x %d, %d wrong\n", threads, runs, wrong.load());
	return wrong != 0;
}
