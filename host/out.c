/* SPDX-License-Identifier: Apache-2.0
 *
 * out.c - errors, progress, JSON, interrupts.
 */
#include "host/out.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "host/cli.h"

enum { BAR = 40 };

static const double SHOW_AFTER = 2, REDRAW = 0.1; /* seconds */

static int json_on;
static volatile sig_atomic_t interrupted;

void vh_set_json(int on)
{
	json_on = on;
}

/* ---- JSON ---- */

json_t *vh_json_text(const char *text)
{
	static const char replacement[] = "\xef\xbf\xbd";
	json_t *string = json_string(text);
	char *mended, *out;

	if (string)
		return string;
	mended = out = malloc(3 * strlen(text) + 1);
	if (!mended)
		return NULL;
	while (*text) {
		uint32_t code;
		const size_t good = vn_utf8(text, &code), bytes = good ? good : 3;

		memcpy(out, good ? text : replacement, bytes);
		out += bytes;
		text += good ? good : 1;
	}
	*out = '\0';
	string = json_string(mended);
	free(mended);
	return string;
}

/* ---- text ---- */

void vh_say(FILE *file, const char *before, const char *text, const char *after)
{
	fputs(before, file);
	vn_put(file, text);
	fputs(after, file);
}

/* ---- errors ---- */

static void print_error(const char *name, const char *message, const char *hint)
{
	vh_say(stderr, "vanillin: ", message, "\n");
	if (hint[0])
		vh_say(stderr, "hint: ", hint, "\n");
	if (json_on)
		vh_print_json(json_pack("{s:{s:s,s:o,s:o}}", "error", "code", name, "message",
		                        vh_json_text(message), "hint", vh_json_text(hint)));
}

int vh_usage(const char *cmd, const char *fmt, ...)
{
	char message[512], hint[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	snprintf(hint, sizeof(hint), "vanillin %s%s--help", cmd ? cmd : "", cmd ? " " : "");
	print_error("usage", message, hint);
	return VH_USAGE;
}

int vh_report(const vn_error *err)
{
	print_error(vn_err_name(err->code), err->message[0] ? err->message : vn_strerror(err->code),
	            err->hint);
	return VH_FAILED;
}

void vh_note(const char *fmt, ...)
{
	char message[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	vh_say(stderr, "vanillin: note: ", message, "\n");
}

int vh_version(void)
{
	printf("vanillin %s\n", VN_VERSION);
	return VH_OK;
}

int vh_print_json(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_INDENT(2)) : NULL;
	const int rc = text ? VH_OK : VH_FAILED;

	if (text) {
		vn_put_json(stdout, text);
		putchar('\n');
	} else {
		fputs("vanillin: no memory for the JSON object\n", stderr);
	}
	free(text);
	json_decref(object);
	return rc;
}

/* ---- progress ---- */

double vh_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void vh_progress_begin(struct vh_progress *p, const char *what)
{
	*p = (struct vh_progress){.what = what, .begun = vh_seconds(), .on = isatty(STDERR_FILENO)};
}

void vh_progress(struct vh_progress *p, double fraction)
{
	const double now = vh_seconds();
	const int full = (int)(fraction * BAR);

	if (!p->on || now - p->begun < SHOW_AFTER || now - p->drawn < REDRAW)
		return;
	p->drawn = now;
	p->shown = 1;
	fprintf(stderr, "\r%s [", p->what);
	for (int i = 0; i < BAR; i++)
		fputc(i < full ? '#' : ' ', stderr);
	fprintf(stderr, "] %3.0f %%", fraction * 100);
	fflush(stderr);
}

void vh_progress_end(struct vh_progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = 0;
}

/* ---- interrupts ---- */

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void vh_catch_interrupt(void)
{
	struct sigaction act = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};

	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, NULL);
}

int vh_interrupted(void)
{
	return interrupted != 0;
}

int vh_report_interrupt(void)
{
	print_error("interrupted", "interrupted", "");
	return VH_INTERRUPTED;
}

int vh_exit_code(int rc, const vn_error *err)
{
	if (rc == 0)
		return VH_OK;
	return rc == VH_STOPPED ? vh_report_interrupt() : vh_report(err);
}
