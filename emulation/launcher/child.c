/* SPDX-License-Identifier: Apache-2.0
 *
 * child.c - the program under emulation: start, signals, time-out, end.
 *
 * It gets a session of its own, for XRT's handlers of SIGSEGV and SIGABRT signal their whole
 * process group; so a terminal's signals reach the launcher alone, which passes them on.  The
 * launcher adopts what the program leaves behind (PR_SET_CHILD_SUBREAPER) and ends it; if the
 * launcher is killed, so is the program (PR_SET_PDEATHSIG).
 */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "emulation/launcher/launcher.h"

enum {
	TICK_MS = 50,
	LOOK_TICKS = 4,
	TERM_GRACE_MS = 2000, /* that the program has to end after SIGTERM */
	LEFT_GRACE_MS = 2000, /* that what it left has to end by itself */
};

static const int PASSED[] = {SIGINT,  SIGTERM, SIGHUP,   SIGQUIT, SIGUSR1,
                             SIGUSR2, SIGCONT, SIGWINCH, SIGTSTP};

struct child {
	const struct ve_emulation *e;
	const struct ve_folder *f;
	pid_t pid;
	int ended, status;
	/* An adopted process that a signal has killed, if possible a card's, and waitpid's status
	 * of it; 0: none */
	pid_t orphan;
	int orphan_status;
	sigset_t caught, before;
	int64_t killed_at; /* when it gets SIGKILL; 0: never */
	int exit_code;     /* an enum ve_exit once it is being ended; 0 */
	struct ve_cards cards;
};

/* ---- start ---- */

static void become_program(const struct child *c, pid_t launcher, int report)
{
	int error;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launcher)
		_exit(VE_FAILED);
	sigprocmask(SIG_SETMASK, &c->before, NULL);
	/* XRT runs shell commands, which fail where children are not waited for. */
	signal(SIGCHLD, SIG_DFL);
	execvp(c->e->program, c->e->argv);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(VE_FAILED);
	_exit(VE_NOT_FOUND);
}

static int fail_start(const struct child *c, int error, int *exit_code, vn_error *err)
{
	const int missing = error == ENOENT;

	*exit_code = missing ? VE_NOT_FOUND : VE_CANNOT;
	return vn_fail(err, VN_ENODEV, missing ? "is it in PATH?" : NULL,
	               "%.300s cannot be started: %s", c->e->argv[0], strerror(error));
}

/* Errors as ve_run's. */
static int start(struct child *c, int *exit_code, vn_error *err)
{
	const pid_t launcher = getpid();
	int report[2], error = 0;

	*exit_code = VE_FAILED;
	if (pipe2(report, O_CLOEXEC) != 0)
		return vn_fail(err, VN_ERUNTIME, NULL, "no pipe: %s", strerror(errno));
	fflush(NULL);
	c->pid = fork();
	if (c->pid == 0)
		become_program(c, launcher, report[1]);
	close(report[1]);
	if (c->pid < 0)
		error = errno;
	else if (read(report[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(report[0]);
	if (c->pid > 0 && error)
		waitpid(c->pid, NULL, 0);
	return error ? fail_start(c, error, exit_code, err) : 0;
}

/* ---- signals ---- */

static int is_card(const struct ve_process *p)
{
	return ve_process_has(p->pid, "EMULATION_SOCKETID=");
}

/* What a terminal would send to the program and what it has started; but the card's process must
 * live, or XRT never ends. */
struct pass {
	pid_t group;
	int number;
};

static void pass_to(const struct ve_process *p, void *ctx)
{
	const struct pass *pass = ctx;

	if (p->group == pass->group && p->pid != pass->group && p->state != 'Z' && !is_card(p))
		kill(p->pid, pass->number);
}

static void pass_on(const struct child *c, int number)
{
	struct pass pass = {c->pid, number};

	if (number == SIGINT || number == SIGQUIT)
		ve_process_tree(c->pid, pass_to, &pass);
	if (number == SIGTSTP) {
		kill(-c->pid, SIGSTOP);
		raise(SIGSTOP);
	} else if (number == SIGCONT) {
		kill(-c->pid, SIGCONT);
	} else {
		kill(c->pid, number);
	}
}

/* Sleep until a signal that is passed on, a child's end, or the tick. */
static int next_signal(const struct child *c)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	const int number = sigtimedwait(&c->caught, NULL, &tick);

	return number > 0 && number != SIGCHLD ? number : 0;
}

static void note_orphan(struct child *c, pid_t pid, int status)
{
	if (c->orphan && ve_card_seen(&c->cards, c->orphan))
		return;
	c->orphan = pid;
	c->orphan_status = status;
}

/* Wait for whoever has ended.  0: no child is left. */
static int reap(struct child *c)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == c->pid) {
			c->ended = 1;
			c->status = status;
		} else if (WIFSIGNALED(status)) {
			note_orphan(c, pid, status);
		}
	return pid == 0;
}

/* ---- the end ---- */

/* End the program, now or in TERM_GRACE seconds. */
static void end_program(struct child *c, int exit_code)
{
	c->exit_code = exit_code;
	c->killed_at = vn_now_ms() + TERM_GRACE_MS;
	kill(c->pid, SIGTERM);
	kill(c->pid, SIGCONT);
}

static void end_one(const struct ve_process *p, void *ctx)
{
	const int late = *(const int *)ctx;

	/* A card's process ends by itself once its program is gone, and may have a report to
	 * write. */
	if (late || !is_card(p))
		kill(p->pid, late ? SIGKILL : SIGTERM);
}

/* End what the program has left. */
static void end_rest(struct child *c)
{
	const int64_t until = vn_now_ms() + LEFT_GRACE_MS;
	int late = 0;

	if (!reap(c))
		return;
	ve_process_tree(getpid(), end_one, &late);
	while (reap(c)) {
		late = vn_now_ms() >= until;
		if (late)
			ve_process_tree(getpid(), end_one, &late);
		next_signal(c);
	}
}

static int is_late(const struct child *c, int64_t started)
{
	return c->e->timeout > 0 && vn_now_ms() - started >= 1000 * (int64_t)c->e->timeout;
}

static void card_ended(const struct child *c, const char *why, vn_error *err)
{
	vn_error_set(err, VN_ERUNTIME, "what it said is above; --log FILE keeps an account of it",
	             "the emulated card's process ended %s while %.200s was using it", why,
	             c->e->argv[0]);
}

static void supervise(struct child *c, vn_error *err)
{
	const int64_t started = vn_now_ms();
	char why[64];

	for (long tick = 0; !c->ended; tick++) {
		const int number = next_signal(c);

		if (number)
			pass_on(c, number);
		reap(c);
		if (c->ended)
			break;
		if (c->exit_code) {
			if (vn_now_ms() >= c->killed_at)
				kill(c->pid, SIGKILL);
		} else if (is_late(c, started)) {
			vn_error_set(err, VN_ETIMEOUT, "give it more with --timeout",
			             "%.300s did not end within %ld seconds and was ended",
			             c->e->argv[0], c->e->timeout);
			end_program(c, VE_TIMEOUT);
		} else if (tick % LOOK_TICKS == 0 && ve_card_gone(&c->cards, c->f, why)) {
			card_ended(c, why, err);
			end_program(c, VE_FAILED);
		}
	}
}

/* May the program have died of its orphan's death?  It does not if one signal has ended both, which
 * then was meant for their group; nor if the orphan is a child of its own and no card.  What no look
 * has seen may be a card's process that lived shortly: then the program has died of SIGPIPE. */
static int died_of_orphan(const struct child *c)
{
	const int number = WIFSIGNALED(c->status) ? WTERMSIG(c->status)
	                                          : WEXITSTATUS(c->status) - 128; /* a shell's */

	if (c->status == 0 || !c->orphan || number == WTERMSIG(c->orphan_status))
		return 0;
	return number == SIGPIPE || ve_card_seen(&c->cards, c->orphan);
}

/* The program may have died of its card's death before that was noticed. */
static void blame_card(struct child *c, vn_error *err)
{
	char why[64];

	reap(c);
	if (c->exit_code || !died_of_orphan(c) || !ve_card_left_open(c->f))
		return;
	ve_card_why(c->orphan_status, why);
	card_ended(c, why, err);
	c->exit_code = VE_FAILED;
}

/* A full disk makes XRT fail in ways that do not tell. */
static void blame_disk(const struct child *c, vn_error *err)
{
	const long mib = ve_free_mib(c->f);

	if (mib != 0 || (c->status == 0 && !c->exit_code))
		return;
	vn_error_set(err, VN_EIO, "free some room, or set TMPDIR to a folder on another disk",
	             "the disk of the run folder %.300s is full, so that the emulated card could "
	             "not work",
	             c->f->path);
}

int ve_run(const struct ve_emulation *e, const struct ve_folder *f, int *exit_code, vn_error *err)
{
	struct child c = {.e = e, .f = f};
	int rc;

	err->code = 0;
	sigemptyset(&c.caught);
	sigaddset(&c.caught, SIGCHLD);
	for (size_t i = 0; i < sizeof(PASSED) / sizeof(PASSED[0]); i++)
		sigaddset(&c.caught, PASSED[i]);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &c.caught, &c.before);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	rc = start(&c, exit_code, err);
	if (!rc) {
		supervise(&c, err);
		blame_card(&c, err);
		blame_disk(&c, err);
		end_rest(&c);
		*exit_code = c.exit_code             ? c.exit_code
		             : WIFSIGNALED(c.status) ? 128 + WTERMSIG(c.status)
		                                     : WEXITSTATUS(c.status);
		rc = err->code;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	sigprocmask(SIG_SETMASK, &c.before, NULL);
	return rc;
}
