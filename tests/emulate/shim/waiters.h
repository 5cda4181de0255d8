/* SPDX-License-Identifier: Apache-2.0
 *
 * waiters.h - how XRT's scheduler and those who wait for it miss each other.  All static, for both
 * the made-up libxrt_coreutil.so.2 and a program have these as code of their own.
 */
#ifndef TESTS_EMULATE_WAITERS_H
#define TESTS_EMULATE_WAITERS_H

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

/* Threads that wait for one condition, each for its own state, as for a run. */
struct waiters {
	static const int N = 8;
	std::mutex mutex;
	std::condition_variable done;
	bool state[N] = {};
	int waiting = 0, ended = 0;
};

static void waits(waiters &w, int i)
{
	std::unique_lock<std::mutex> lock(w.mutex);

	w.waiting++;
	while (!w.state[i])
		w.done.wait(lock);
	w.ended++;
}

/* What becomes true within half a second. */
template <typename F> static bool soon(waiters &w, F is_true)
{
	for (int i = 0; i < 50; i++) {
		std::this_thread::sleep_for(std::chrono::milliseconds(10));
		const std::lock_guard<std::mutex> lock(w.mutex);
		if (is_true())
			return true;
	}
	return false;
}

/* Does the last of those that wait go on, once its state is set and one is woken (@signalled), or
 * none is? */
static bool last_goes_on(bool signalled)
{
	std::vector<std::thread> all;
	waiters w;
	bool good;

	for (int i = 0; i < waiters::N; i++) {
		all.emplace_back(waits, std::ref(w), i);
		soon(w, [&] { return w.waiting == i + 1; });
	}
	{
		const std::lock_guard<std::mutex> lock(w.mutex);
		w.state[waiters::N - 1] = true;
	}
	if (signalled)
		w.done.notify_one();
	good = soon(w, [&] { return w.ended == 1; });
	{
		const std::lock_guard<std::mutex> lock(w.mutex);
		for (auto &s : w.state)
			s = true;
	}
	w.done.notify_all();
	for (auto &thread : all)
		thread.join();
	return good;
}

#endif /* TESTS_EMULATE_WAITERS_H */
