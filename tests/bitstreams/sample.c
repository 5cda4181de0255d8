/* SPDX-License-Identifier: Apache-2.0
 *
 * sample.c - see sample.h.
 */
#define _GNU_SOURCE /* nftw */
#include "tests/bitstreams/sample.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/program.h"

_Static_assert(offsetof(struct sample, head.section) == offsetof(struct axlf, m_sections),
               "the sample's head is that of an .xclbin");
_Static_assert(offsetof(struct sample, ip.ip) - offsetof(struct sample, ip) ==
                       offsetof(struct ip_layout, m_ip_data),
               "the sample's IP_LAYOUT is one");

const uint32_t sample_config[VN_CONFIG_WORDS] = {2, 16, 16, 65536, 16384, 2048, 4, 1024, 16, 4};

char sample_folder[SAMPLE_FOLDER_MAX];

void sample_make(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->head.magic, "xclbin2", 8);
	s->head.signature = -1;
	s->head.header.m_length = sizeof(*s);
	s->head.header.m_mode = XCLBIN_HW_EMU;
	s->head.header.m_numSections = 2;
	strcpy((char *)s->head.header.m_platformVBNV, SAMPLE_PLATFORM);
	for (int i = 0; i < 16; i++)
		s->head.header.uuid[i] = (unsigned char)(0x11 * i);
	s->head.section[0].m_sectionKind = IP_LAYOUT;
	s->head.section[0].m_sectionOffset = offsetof(struct sample, ip);
	s->head.section[0].m_sectionSize = sizeof(s->ip);
	s->head.section[1].m_sectionKind = CLOCK_FREQ_TOPOLOGY;
	s->head.section[1].m_sectionOffset = offsetof(struct sample, clock);
	s->head.section[1].m_sectionSize = sizeof(s->clock);
	s->ip.count = SAMPLE_UNITS + 1;
	s->ip.ip[0].m_type = IP_MEM_DDR4;
	strcpy((char *)s->ip.ip[0].m_name, "vn_cu:memory");
	for (int u = 1; u <= SAMPLE_UNITS; u++) {
		s->ip.ip[u].m_type = IP_KERNEL;
		s->ip.ip[u].m_base_address = 0x1000000ull * (unsigned)u;
		sprintf((char *)s->ip.ip[u].m_name, "vn_cu:vn_cu_%d", u);
	}
	s->clock.count = 2;
	s->clock.clock[0].m_freq_Mhz = 500;
	s->clock.clock[0].m_type = CT_KERNEL;
	s->clock.clock[1].m_freq_Mhz = SAMPLE_CLOCK;
	s->clock.clock[1].m_type = CT_DATA;
}

/* The process that has the folder, and the socket whose other end it watches. */
static pid_t keeper;
static int keeper_socket = -1;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int make_folder(void)
{
	const char *set = getenv("TMPDIR");

	/* In memory where that is possible: the fuzzer writes thousands of files. */
	snprintf(sample_folder, sizeof(sample_folder), "%s/vn_xclbin.XXXXXX",
	         set && set[0] && strlen(set) < SAMPLE_FOLDER_MAX - 32 ? set : "/dev/shm");
	if (mkdtemp(sample_folder))
		return 0;
	strcpy(sample_folder, "/tmp/vn_xclbin.XXXXXX");
	return mkdtemp(sample_folder) ? 0 : -1;
}

/* Make the folder, tell its name, and remove it when the other side closes or is no more. */
static int keep_folder(int socket)
{
	char none;

	setsid(); /* a signal to the group is not for it */
	if (make_folder() != 0)
		return 1;
	if (send(socket, sample_folder, sizeof(sample_folder), MSG_NOSIGNAL) > 0)
		while (recv(socket, &none, 1, 0) < 0 && errno == EINTR)
			;
	return nftw(sample_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0;
}

/* However this process ends, and whenever, also by a signal: the folder goes. */
int sample_setup(void **state)
{
	int ends[2];
	ssize_t told;

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	keeper = fork();
	if (keeper == 0) {
		close(ends[0]);
		_exit(keep_folder(ends[1]));
	}
	close(ends[1]);
	keeper_socket = ends[0];
	do
		told = recv(keeper_socket, sample_folder, sizeof(sample_folder), 0);
	while (told < 0 && errno == EINTR);
	return keeper > 0 && told == (ssize_t)sizeof(sample_folder) ? 0 : -1;
}

int sample_teardown(void **state)
{
	int status;

	(void)state;
	close(keeper_socket);
	return waitpid(keeper, &status, 0) == keeper && status == 0 ? 0 : -1;
}

const char *sample_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", sample_folder, name);
	return path;
}

void sample_write(const char *name, const void *data, size_t bytes)
{
	FILE *file = fopen(sample_path(name), "wb");

	if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0)
		abort();
}

void sample_entry(const char *file, const struct sample *s, char text[1024])
{
	const uint32_t *c = sample_config;
	char uuid[33];

	for (int i = 0; i < 16; i++)
		sprintf(uuid + 2 * i, "%02x", s->head.header.uuid[i]);
	snprintf(text, 1024,
	         "{\"file\": \"%s\", \"card\": \"u50\", \"platform\": \"" SAMPLE_PLATFORM
	         "\", \"mode\": \"hw_emu\", \"made_from\": \"rtl\", "
	         "\"config\": [%u,%u,%u,%u,%u,%u,%u,%u,%u,%u], \"hash\": \"%08x\", \"units\": %d, "
	         "\"clock_mhz\": %d.0, \"uuid\": \"%s\"}",
	         file, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9],
	         vn_config_hash(c), SAMPLE_UNITS, SAMPLE_CLOCK, uuid);
}

void sample_replace(char text[1024], const char *from, const char *to)
{
	char rest[1024];
	char *at = strstr(text, from);

	if (!at)
		abort();
	strcpy(rest, at + strlen(from));
	snprintf(at, 1024 - (size_t)(at - text), "%s%s", to, rest);
}

void sample_manifest(const char *const *entries, int n)
{
	FILE *file = fopen(sample_path("manifest.json"), "w");

	if (!file)
		abort();
	fprintf(file, "{\"format\": 1, \"files\": [");
	for (int i = 0; i < n; i++)
		fprintf(file, "%s%s", i ? ", " : "", entries[i]);
	fprintf(file, "]}\n");
	if (fclose(file) != 0)
		abort();
}
