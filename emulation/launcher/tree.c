/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - processes and their children, by /proc.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulation/launcher/launcher.h"

/* Fields of /proc/PID/stat after the command's name, counted from its state (0). */
enum { STATE = 0, PARENT = 1, GROUP = 2, EXIT_CODE = 49, STAT_BYTES = 2048 };

static int parse_stat(const char *text, struct ve_process *p)
{
	/* The name is in parentheses and may hold any character. */
	const char *at = strrchr(text, ')');

	if (!at || at[1] != ' ' || !at[2])
		return 0;
	p->state = at[2];
	p->exit_code = 0;
	at += 3;
	for (int field = 1; field <= EXIT_CODE && *at; field++) {
		char *end;
		const long n = strtol(at, &end, 10);

		if (end == at)
			break;
		if (field == PARENT)
			p->parent = (pid_t)n;
		else if (field == GROUP)
			p->group = (pid_t)n;
		else if (field == EXIT_CODE)
			p->exit_code = (int)n;
		at = end;
	}
	return 1;
}

int ve_process_get(pid_t pid, struct ve_process *p)
{
	char text[STAT_BYTES];
	FILE *file;
	size_t n;

	*p = (struct ve_process){.pid = pid};
	snprintf(text, sizeof(text), "/proc/%d/stat", (int)pid);
	file = fopen(text, "re");
	if (!file)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	return parse_stat(text, p);
}

int ve_process_has(pid_t pid, const char *setting)
{
	const size_t length = strlen(setting);
	const int any = setting[length - 1] == '='; /* any value */
	char name[64], *line = NULL;
	size_t room = 0;
	int found = 0;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/environ", (int)pid);
	file = fopen(name, "re");
	if (!file)
		return 0;
	while (!found && getdelim(&line, &room, '\0', file) > 0)
		found = strncmp(line, setting, length) == 0 && (any || line[length] == '\0');
	free(line);
	fclose(file);
	return found;
}

/* ---- trees ---- */

struct list {
	pid_t *pid;
	size_t n, room;
};

static void add(struct list *l, pid_t pid)
{
	if (l->n == l->room) {
		const size_t room = l->room ? 2 * l->room : 64;
		pid_t *moved = realloc(l->pid, room * sizeof(*moved));

		if (!moved)
			return;
		l->pid = moved;
		l->room = room;
	}
	l->pid[l->n++] = pid;
}

/* Every thread has the children that it made.  Returns how many threads told. */
static int add_children(struct list *l, pid_t pid)
{
	char path[64 + NAME_MAX];
	struct dirent *entry;
	int told = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		FILE *file;
		int child;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, entry->d_name);
		file = fopen(path, "re");
		while (file && fscanf(file, "%9d", &child) == 1)
			add(l, child);
		told += file != NULL;
		if (file)
			fclose(file);
	}
	if (tasks)
		closedir(tasks);
	return told;
}

int ve_process_tree(pid_t root, void (*each)(const struct ve_process *p, void *ctx), void *ctx)
{
	struct list l = {0};
	const int told = add_children(&l, root);

	for (size_t i = 0; i < l.n; i++) {
		struct ve_process p;

		add_children(&l, l.pid[i]);
		if (ve_process_get(l.pid[i], &p))
			each(&p, ctx);
	}
	free(l.pid);
	return told > 0;
}
