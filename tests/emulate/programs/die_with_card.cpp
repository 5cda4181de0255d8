/* SPDX-License-Identifier: Apache-2.0
 *
 * die_with_card XCLBIN HOW - end with card 0 open, as programs do that know nothing of emulation:
 * uncaught, stalled (the same while the card's process is stopped), assert, fault (SIGSEGV), own
 * (the same, and a handler of its own exits with 9), exit (with 6), group (SIGUSR1 to its whole
 * process group), or the name of a signal.  1: it lives on.
 */
#include <cassert>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <xrt/xrt_device.h>

static const struct {
	const char *name;
	int number;
} SIGNALS[] = {
        {"FPE", SIGFPE},   {"ABRT", SIGABRT}, {"ILL", SIGILL}, {"BUS", SIGBUS},
        {"KILL", SIGKILL}, {"TERM", SIGTERM}, {"INT", SIGINT},
};

static void leave(int)
{
	_exit(9);
}

static void touch_nothing()
{
	void *page = mmap(nullptr, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*static_cast<volatile char *>(page) = 1;
}

static int stop_card()
{
	return system(("pkill -STOP -x -P " + std::to_string(getpid()) + " vn_device").c_str());
}

static void end(const std::string &how)
{
	if (how == "stalled" && stop_card() != 0)
		exit(2);
	if (how == "uncaught" || how == "stalled")
		throw std::runtime_error("nobody catches this");
	if (how == "exit")
		exit(6);
	if (how == "group") {
		usleep(500 * 1000); /* so that the launcher has seen the card's process */
		kill(0, SIGUSR1);
	}
	if (how == "own" || how == "fault")
		touch_nothing();
	assert(how != "assert");
	for (const auto &s : SIGNALS)
		if (how == s.name)
			raise(s.number);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (strcmp(argv[2], "own") == 0)
		signal(SIGSEGV, leave);
	xrt::device card(0);
	card.load_xclbin(std::string(argv[1]));
	end(argv[2]);
	return 1;
}
