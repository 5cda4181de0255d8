/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - vn_device: a card for programs under XRT's hw_emu, its compute units Verilated.
 *
 * XRT starts it, in the folder that it has unpacked from the .xclbin, beside card.json and the
 * compute unit's plug-in; see README.md.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "emulation/device/card.h"
#include "emulation/device/log.h"
#include "emulation/device/options.h"
#include "emulation/device/report.h"
#include "emulation/device/serve.h"
#include "emulation/device/wire.h"

enum {
	CONNECT_SECONDS = 60,
	EXIT_SIGTERM = 128 + SIGTERM,
};

/* A line in the file that VANILLIN_DEVICE_PIDFILE names: "pid" at the begin, "pid end" when the
 * host has closed the card or gone.  A process that lacks the second and is no more broke off. */
static void tell_pid(const char *what)
{
	const char *path = getenv("VANILLIN_DEVICE_PIDFILE");
	char line[32];
	const int n = snprintf(line, sizeof(line), "%d%s\n", (int)getpid(), what);
	int fd;

	if (!path || !path[0])
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		vd_complain("%s cannot be written: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int check_plugin(const struct vd_card *card, const struct vn_sim_ops *ops, vn_error *err)
{
	if (!ops || ops->abi != VN_SIM_ABI)
		return vn_fail(err, VN_ERUNTIME, "make xclbin",
		               "%s is of another version of this software", card->plugin);
	for (int i = 0; i < VN_CONFIG_WORDS; i++)
		if (ops->config[i] != card->config[i])
			return vn_fail(err, VN_ECONFIG, "make xclbin",
			               "%s: word %d of its configuration is %u, card.json says %u",
			               card->plugin, i, ops->config[i], card->config[i]);
	return 0;
}

/* For good: its thread-local objects may outlive the simulations. */
static int open_plugin(const struct vd_card *card, const struct vn_sim_ops **ops, vn_error *err)
{
	char path[VD_NAME_MAX + 2];
	void *library;

	snprintf(path, sizeof(path), "./%s", card->plugin);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!library)
		return vn_fail(err, VN_ERUNTIME, "make xclbin", "%s", dlerror());
	*ops = dlsym(library, VN_SIM_SYMBOL);
	return check_plugin(card, *ops, err);
}

static int make_units(struct vd_server *s, const struct vd_options *options, vn_error *err)
{
	const struct vn_sim_ops *ops = NULL;
	int rc = open_plugin(s->card, &ops, err);

	for (int i = 0; !rc && i < s->card->n_units; i++)
		rc = vd_unit_new(s->card, i, options, ops, s->clock, &s->units[i], err);
	return rc;
}

static int converse(struct vd_server *s, vn_error *err)
{
	static const char *const ends[] = {"the host has closed the card", "the host has gone",
	                                   "ended by SIGTERM", "ended by an error"};
	enum vd_end end = VD_END_FAILED;

	switch (vd_wire_connect(s->wire, CONNECT_SECONDS, err)) {
	case VD_MESSAGE:
		vd_log(VD_LIFE, "connected to %s", s->wire->path);
		end = vd_serve(s, err);
		break;
	case VD_SIGNAL:
		end = VD_END_SIGNAL;
		break;
	default:
		break;
	}
	vd_log(VD_LIFE, "%s, card time %llu", ends[end],
	       (unsigned long long)vd_clock_now(s->clock));
	vd_wire_close(s->wire, end != VD_END_CLOSED);
	if (end == VD_END_FAILED)
		return err->code;
	if (end == VD_END_SIGNAL)
		return EXIT_SIGTERM;
	tell_pid(" end");
	return 0;
}

/* Everything between the options and the report. */
static int run(const struct vd_options *options, vn_error *err)
{
	struct vd_card card = {0};
	struct vd_wire wire;
	struct vd_server server = {.card = &card, .wire = &wire, .die = options->die};
	int rc = vd_wire_open(&wire, err), ended;

	if (!rc)
		rc = vd_card_load("card.json", &card, err);
	server.clock = vd_clock_new();
	if (!rc && !server.clock)
		rc = vn_fail_nomem(err, 1, "the clock");
	if (!rc)
		rc = make_units(&server, options, err);
	if (!rc) {
		vd_log(VD_LIFE, "card %s, %d compute units, %d banks", card.name, card.n_units,
		       card.n_banks);
		rc = converse(&server, err);
		ended = vd_report(options->report, &server, err);
		rc = rc ? rc : ended;
	}
	if (server.clock)
		vd_clock_stop(server.clock);
	for (int i = 0; i < VD_UNITS_MAX; i++)
		vd_unit_free(server.units[i]);
	vd_clock_free(server.clock);
	vd_card_free(&card);
	return rc;
}

static int help(void)
{
	puts("usage: vn_device\n\n"
	     "A card for programs under XRT's hw_emu, its compute units Verilated.  XRT starts "
	     "it,\n"
	     "in a folder with card.json and libvn_rtl_RxC.so.  The environment variable\n"
	     "VANILLIN_CARD holds options, as in log=/tmp/card.log;level=1.");
	return 0;
}

int main(int argc, char **argv)
{
	struct vd_options options;
	vn_error err = {0};
	int rc;

	if (argc > 1 && strcmp(argv[1], "--help") == 0) /* XRT passes arguments of its own */
		return help();
	tell_pid("");
	/* Ctrl-C is for the host, which ends the conversation. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	rc = vd_options_parse(getenv("VANILLIN_CARD"), &options, &err);
	if (!rc)
		rc = vd_log_open(options.log, options.level, &err);
	if (!rc)
		rc = run(&options, &err);
	if (err.code != 0)
		vd_complain("error: %s%s%s", err.message, err.hint[0] ? "\nhint: " : "", err.hint);
	vd_log_close();
	return rc < 0 ? EXIT_FAILURE : rc;
}
