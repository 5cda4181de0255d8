/* SPDX-License-Identifier: Apache-2.0
 *
 * card.c - notice that an emulated card's process has ended under the program.
 *
 * XRT notices nothing: it waits 300 seconds for a process that does not come, and reads for ever
 * from one that is gone.  While a card is open there is its socket, /tmp/$USER/device0_0_PID, PID
 * being the program that opened it; XRT removes it when it closes the card.  The card's process has
 * the socket's name in its environment.  So: a socket, its program alive, and no such process.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "emulation/launcher/launcher.h"

/* How long without the process: after it failed, and where it may be an ordinary end. */
enum { FAILED_MS = 500, ENDED_MS = 10000 };

struct look {
	struct ve_cards *cards;
	char setting[300]; /* "EMULATION_SOCKETID=device0_0_123" */
	int lives;         /* processes with it */
	int status;        /* of a child that failed and was not waited for; 0: none */
};

int ve_card_seen(const struct ve_cards *cards, pid_t pid)
{
	for (int i = 0; i < VE_CARDS_MAX; i++)
		if (cards->seen[i] == pid)
			return 1;
	return 0;
}

static int is_alive(struct look *look, pid_t pid)
{
	if (!ve_process_has(pid, look->setting))
		return 0;
	if (!ve_card_seen(look->cards, pid))
		look->cards->seen[look->cards->seen_n++ % VE_CARDS_MAX] = pid;
	return 1;
}

static void look_at(const struct ve_process *p, void *ctx)
{
	struct look *look = ctx;

	if (p->state != 'Z')
		look->lives += is_alive(look, p->pid);
	else if (p->exit_code)
		look->status = p->exit_code;
}

/* "device0_0_123" to 123; 0: another name */
static pid_t program_of(const char *socket)
{
	int end = 0, pid = 0;

	if (sscanf(socket, "device%*9d_%*9d_%9d%n", &pid, &end) != 1 || socket[end])
		return 0;
	return pid;
}

/* 1: the process behind @socket is gone; its end is in @look. */
static int is_gone(const char *socket, struct look *look)
{
	const pid_t program = program_of(socket);
	struct ve_process p;

	if (!program || !ve_process_get(program, &p) || p.state == 'Z')
		return 0;
	*look = (struct look){.cards = look->cards};
	snprintf(look->setting, sizeof(look->setting), "EMULATION_SOCKETID=%.255s", socket);
	return ve_process_tree(program, look_at, look) && look->lives == 0;
}

void ve_card_why(int status, char *why)
{
	if (WIFSIGNALED(status))
		snprintf(why, 64, "(signal %d)", WTERMSIG(status));
	else if (status)
		snprintf(why, 64, "(exit code %d)", WEXITSTATUS(status));
	else
		snprintf(why, 64, "(it did not start, or ended by itself)");
}

int ve_card_gone(struct ve_cards *cards, const struct ve_folder *f, char *why)
{
	DIR *dir = opendir(f->sockets);
	struct look look = {.cards = cards};
	struct dirent *entry;
	int gone = 0;

	while (dir && !gone && (entry = readdir(dir)))
		gone = is_gone(entry->d_name, &look);
	if (dir)
		closedir(dir);
	if (!gone) {
		cards->gone_since = 0;
		return 0;
	}
	if (cards->gone_since == 0)
		cards->gone_since = vn_now_ms();
	ve_card_why(look.status, why);
	return vn_now_ms() - cards->gone_since >= (look.status ? FAILED_MS : ENDED_MS);
}

int ve_card_left_open(const struct ve_folder *f)
{
	DIR *dir = opendir(f->sockets);
	struct dirent *entry;
	int open = 0;

	while (dir && (entry = readdir(dir)))
		open |= program_of(entry->d_name) != 0;
	if (dir)
		closedir(dir);
	return open;
}
