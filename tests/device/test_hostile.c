/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hostile.c - a host that means harm, or whose memory is damaged: a conversation in every
 * message of which something is changed at random.
 *
 * The server runs here, under sanitizers, with a stub for a compute unit.  Each conversation must
 * end, in one of the ways it may, with whole answers; card memory is malloc's, so that a byte
 * outside of it is found.  SEED and LONG are those of make test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "emulation/device/bulk.h"
#include "emulation/device/log.h"
#include "emulation/device/serve.h"
#include "spec/spec.h"
#include "tests/device/message.h"

enum {
	ROUNDS = 3000,
	ROUNDS_LONG = 400000,
	BANK_BYTES = 1 << 16,
	TOP_BYTES = 4096,
	MESSAGES = 64,
	REGISTERS = 1024,
	PASSES = 3, /* slices of a start of the stub */
};
#define UNIT_AT 0x1800000u
#define TOP_AT  (UINT64_MAX - TOP_BYTES + 1)

/* ---- a stub for a compute unit ---- */

struct vn_sim {
	uint32_t registers[REGISTERS];
	uint64_t cycle;
	int passes, done;
};

static struct vn_sim *stub_create(const struct vn_sim_options *options, char *error, size_t size)
{
	(void)options;
	snprintf(error, size, "no memory");
	return calloc(1, sizeof(struct vn_sim));
}

static void stub_destroy(struct vn_sim *sim)
{
	free(sim);
}

static int stub_map(struct vn_sim *sim, uint64_t address, void *host, uint64_t bytes)
{
	(void)sim, (void)address, (void)host, (void)bytes;
	return 0;
}

static int stub_write(struct vn_sim *sim, uint32_t offset, uint32_t value)
{
	assert_true(offset % 4 == 0 && offset / 4 < REGISTERS);
	sim->registers[offset / 4] = value;
	if (offset == VN_REG_CTRL && (value & 1))
		sim->passes = PASSES;
	if (offset == VN_REG_ISR)
		sim->done = 0;
	return 0;
}

static int stub_read(struct vn_sim *sim, uint32_t offset, uint32_t *value)
{
	assert_true(offset % 4 == 0 && offset / 4 < REGISTERS);
	*value = offset == VN_REG_CTRL ? 4 : sim->registers[offset / 4];
	return 0;
}

static enum vn_sim_stop stub_run(struct vn_sim *sim, uint64_t cycles)
{
	sim->cycle += cycles;
	if (sim->passes > 0 && --sim->passes == 0)
		sim->done = 1;
	return sim->done ? VN_SIM_DONE : VN_SIM_LIMIT;
}

static uint64_t stub_cycle(const struct vn_sim *sim)
{
	return sim->cycle;
}

static const char *stub_trouble(const struct vn_sim *sim)
{
	(void)sim;
	return "";
}

static const struct vn_sim_ops stub = {
        .abi = VN_SIM_ABI,
        .create = stub_create,
        .destroy = stub_destroy,
        .map = stub_map,
        .write = stub_write,
        .read = stub_read,
        .run = stub_run,
        .cycle = stub_cycle,
        .trouble = stub_trouble,
};

/* ---- the card ---- */

static struct vd_card card = {
        .clock_mhz = 300,
        .units = {{"vn_cu_1", UNIT_AT, 0x10000}, {"vn_cu_2", UNIT_AT + 0x10000, 0x1000}},
        .n_units = 2,
        .banks = {{"HBM[0]", 0, BANK_BYTES, NULL}, {"top", TOP_AT, TOP_BYTES, NULL}},
        .n_banks = 2,
};
static struct vd_clock *card_clock;
static struct vd_unit *units[2];

static int make_card(void **state)
{
	struct vd_options options;

	(void)state;
	assert_int_equal(vd_options_parse(NULL, &options, NULL), 0);
	for (int i = 0; i < card.n_banks; i++)
		card.banks[i].memory = calloc(1, (size_t)card.banks[i].bytes);
	card_clock = vd_clock_new();
	for (int i = 0; i < card.n_units; i++)
		assert_int_equal(
		        vd_unit_new(&card, i, &options, &stub, card_clock, &units[i], NULL), 0);
	return 0;
}

static int free_card(void **state)
{
	(void)state;
	vd_clock_stop(card_clock);
	for (int i = 0; i < card.n_units; i++)
		vd_unit_free(units[i]);
	vd_clock_free(card_clock);
	for (int i = 0; i < card.n_banks; i++)
		free(card.banks[i].memory);
	return 0;
}

/* ---- a conversation ---- */

struct message {
	uint32_t opcode;
	struct body body;
};

struct conversation {
	struct message m[MESSAGES];
	int n;
};

static struct body *add(struct conversation *c, uint32_t opcode)
{
	assert_true(c->n < MESSAGES);
	c->m[c->n].opcode = opcode;
	return &c->m[c->n++].body;
}

static void free_conversation(struct conversation *c)
{
	for (int i = 0; i < c->n; i++)
		free(c->m[i].body.data);
}

/* As XRT has it, but with @place() for each address and size. */
static void converse(struct conversation *c, uint64_t (*place)(uint64_t))
{
	uint8_t data[300] = {1, 2, 3}, pair[] = "\x0a\x03key\x12\x05value";
	uint32_t words[28] = {1};

	c->n = 0;
	memset(c->m, 0, sizeof(c->m));
	body_bytes(add(c, OP_ENVIRONMENT), 3, pair, sizeof(pair) - 1);
	body_number(add(c, OP_ALLOCATE), 1, place(0x1000));
	body_number(&c->m[c->n - 1].body, 2, place(4096));
	body_to_card(add(c, OP_TO_CARD), place(0x1000), place(16), data, sizeof(data));
	body_to_card(add(c, OP_TO_CARD), place(TOP_AT), 0, data, 64);
	body_write(add(c, OP_WRITE), place(UNIT_AT), words, sizeof(words));
	body_read(add(c, OP_READ), place(UNIT_AT), 4);
	body_write(add(c, OP_WRITE), place(UNIT_AT + 0x10000), words, 4);
	body_read(add(c, OP_READ), place(UNIT_AT + 0x10000), 4);
	add(c, OP_DEBUG);
	body_read(add(c, OP_READ), place(UNIT_AT + VN_REG_MIRROR), place(256));
	body_write(add(c, OP_MEMORY_WRITE), place(0x2000), data, sizeof(data));
	body_read(add(c, OP_MEMORY_READ), place(0x2000), place(64));
	body_from_card(add(c, OP_FROM_CARD), place(0x1000), place(16), 300);
	body_number(add(c, OP_FREE), 1, place(0x1000));
	add(c, OP_TIME);
	body_number(add(c, OP_CLOSE), 3, 0);
}

static uint64_t as_it_is(uint64_t value)
{
	return value;
}

static struct body flatten(const struct conversation *c)
{
	struct body stream = {0};

	for (int i = 0; i < c->n; i++) {
		body_header(&stream, c->m[i].body.n, c->m[i].opcode);
		body_append(&stream, c->m[i].body.data, c->m[i].body.n);
	}
	return stream;
}

/* ---- what is done to it ---- */

static uint64_t random_state;

static uint64_t draw(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % below;
}

/* A number where limits are. */
static uint64_t nasty(uint64_t value)
{
	static const uint64_t around[] = {
	        0,        BANK_BYTES, TOP_AT,     UINT64_MAX,  UNIT_AT,           UNIT_AT + 0x10000,
	        1u << 31, 1ull << 32, 1ull << 63, VD_BODY_MAX, UNIT_AT + 0x11000, 16 << 20};

	switch (draw(4)) {
	case 0:
		return around[draw(sizeof(around) / sizeof(around[0]))] + draw(9) - 4;
	case 1:
		return draw(UINT64_MAX) >> draw(64);
	default:
		return value;
	}
}

static void remove_bytes(struct body *b, size_t at, size_t n)
{
	memmove(b->data + at, b->data + at + n, b->n - at - n);
	b->n -= n;
}

/* One change of @b at random. */
static void damage(struct body *b)
{
	const size_t at = b->n ? (size_t)draw(b->n) : 0;
	const size_t n = b->n ? 1 + (size_t)draw(b->n - at < 8 ? b->n - at : 8) : 0;
	uint8_t junk[8];

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)draw(256);
	if (b->n == 0) {
		body_append(b, junk, 1 + (size_t)draw(8));
		return;
	}
	switch (draw(6)) {
	case 0:
		b->data[at] ^= (uint8_t)(1u << draw(8));
		break;
	case 1:
		memcpy(b->data + at, junk, n);
		break;
	case 2:
		memset(b->data + at, 0xff, n);
		break;
	case 3:
		remove_bytes(b, at, n);
		break;
	case 4:
		b->n = at;
		break;
	default:
		body_append(b, junk, n);
		break;
	}
}

/* Some bytes to send: the conversation with something wrong. */
static struct body hostile(void)
{
	struct conversation c;
	struct body stream;

	converse(&c, draw(2) ? nasty : as_it_is);
	for (int i = (int)draw(3); i-- > 0;) {
		struct message *m = &c.m[draw((uint64_t)c.n)];

		if (draw(4) == 0)
			m->opcode = (uint32_t)draw(30);
		else
			damage(&m->body);
	}
	stream = flatten(&c);
	if (draw(4) == 0)
		damage(&stream);
	if (draw(10) == 0 && stream.n >= HEADER) {
		const uint64_t length = nasty(0);

		memcpy(stream.data + 1, &length, sizeof(length));
	}
	free_conversation(&c);
	return stream;
}

/* ---- the other end of the socket ---- */

struct peer {
	int fd;
	const struct body *stream;
	struct body answers;
	pthread_t thread;
};

static void *send_stream(void *arg)
{
	struct peer *p = arg;
	size_t sent = 0;

	while (sent < p->stream->n) {
		const ssize_t n =
		        send(p->fd, p->stream->data + sent, p->stream->n - sent, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	shutdown(p->fd, SHUT_WR);
	return NULL;
}

static void *take_answers(void *arg)
{
	struct peer *p = arg;
	uint8_t bytes[65536];
	ssize_t n;

	while ((n = recv(p->fd, bytes, sizeof(bytes), 0)) > 0)
		body_append(&p->answers, bytes, (size_t)n);
	return NULL;
}

/* Whole answers, as many as @most; how many. */
static int count_answers(const struct body *answers, uint64_t most)
{
	uint64_t bytes;
	int n = 0;

	for (size_t at = 0; at < answers->n; n++) {
		assert_true(answers->n - at >= ANSWER_HEADER);
		assert_int_equal(answers->data[at], 0x09);
		memcpy(&bytes, answers->data + at + 1, sizeof(bytes));
		assert_true(bytes <= answers->n - at - ANSWER_HEADER);
		at += ANSWER_HEADER + (size_t)bytes;
	}
	assert_true((uint64_t)n <= most);
	return n;
}

/* Serve @stream; the answers in @answers. */
static enum vd_end serve(const struct body *stream, struct body *answers, int *n_answers)
{
	struct vd_wire wire = {.path = "/nowhere", .requests_path = "/nowhere"};
	struct vd_server server = {
	        .card = &card,
	        .units = {units[0], units[1]},
	        .clock = card_clock,
	        .wire = &wire,
	        .complaints = 1 << 20, /* enough: no more on stderr */
	};
	struct peer peer = {.stream = stream};
	pthread_t sender;
	vn_error err = {0};
	enum vd_end end;
	int main[2], requests[2], signals[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, main), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, requests), 0);
	assert_int_equal(pipe(signals), 0);
	wire.fd = main[0];
	wire.requests = requests[0];
	wire.signals = signals[0];
	fcntl(wire.fd, F_SETFL, O_NONBLOCK);
	peer.fd = main[1];
	assert_int_equal(pthread_create(&peer.thread, NULL, take_answers, &peer), 0);
	assert_int_equal(pthread_create(&sender, NULL, send_stream, &peer), 0);
	end = vd_serve(&server, &err);
	vd_wire_close(&wire, 0);
	pthread_join(sender, NULL);
	pthread_join(peer.thread, NULL);
	close(main[1]);
	close(requests[1]);
	close(signals[1]);
	assert_int_equal(end == VD_END_FAILED, err.message[0] != 0);
	*n_answers = count_answers(&peer.answers, server.messages);
	*answers = peer.answers;
	return end;
}

/* ---- tests ---- */

/* The card works: as it must before and after. */
static void check_sane(void)
{
	struct body stream, answers;
	struct conversation c;
	int n;

	converse(&c, as_it_is);
	stream = flatten(&c);
	memset(card.banks[0].memory, 0, BANK_BYTES);
	assert_int_equal(serve(&stream, &answers, &n), VD_END_CLOSED);
	assert_int_equal(n, c.n);
	assert_int_equal(card.banks[0].memory[0x1010], 1);
	assert_int_equal(card.banks[0].memory[0x1012], 3);
	free(answers.data);
	free(stream.data);
	free_conversation(&c);
}

static void test_hostile(void **state)
{
	const char *seed = getenv("SEED"), *is_long = getenv("LONG");
	const int rounds = is_long && is_long[0] == '1' ? ROUNDS_LONG : ROUNDS;
	int ends[VD_END_FAILED + 1] = {0};

	(void)state;
	printf("seed=%s\n", seed ? seed : "1");
	check_sane();
	for (int i = 0; i < rounds; i++) {
		struct body stream, answers;
		int n;

		random_state = ((seed ? strtoull(seed, NULL, 10) : 1) << 32 | (uint64_t)i) *
		                       0x9e3779b97f4a7c15u |
		               1;
		stream = hostile();
		ends[serve(&stream, &answers, &n)]++;
		free(answers.data);
		free(stream.data);
	}
	check_sane();
	printf("%d conversations: %d closed, %d cut off, %d refused\n", rounds, ends[VD_END_CLOSED],
	       ends[VD_END_GONE], ends[VD_END_FAILED]);
	/* each kind of end is reached, or the changes are of no use */
	assert_true(ends[VD_END_CLOSED] > rounds / 20);
	assert_true(ends[VD_END_GONE] > rounds / 20);
	assert_true(ends[VD_END_FAILED] > rounds / 20);
	assert_int_equal(ends[VD_END_SIGNAL], 0);
}

/* Nothing but noise, with and without a header. */
static void test_noise(void **state)
{
	(void)state;
	random_state = 12345;
	for (int i = 0; i < 500; i++) {
		struct body stream = {0}, answers;
		int n;

		if (i % 2)
			body_header(&stream, draw(300), (uint32_t)draw(25));
		for (int j = (int)draw(300); j-- > 0;) {
			const uint8_t byte = (uint8_t)draw(256);

			body_append(&stream, &byte, 1);
		}
		assert_int_not_equal(serve(&stream, &answers, &n), VD_END_SIGNAL);
		free(answers.data);
		free(stream.data);
	}
	check_sane();
}

/* A bulk body by itself, so that its end is the memory's. */
static void test_bulk_bodies(void **state)
{
	struct vd_bulk bulk;

	(void)state;
	random_state = 54321;
	for (int i = 0; i < 20000; i++) {
		const int to_device = i % 2;
		struct body made = {0};
		uint8_t *body;

		if (to_device)
			body_to_card(&made, nasty(0x1000), nasty(16), "0123456789", 10);
		else
			body_from_card(&made, nasty(0x1000), nasty(16), 10);
		damage(&made);
		body = malloc(made.n);
		memcpy(body, made.data, made.n);
		if (vd_bulk_parse(body, made.n, to_device, &bulk) == 0 && bulk.data_bytes > 0)
			assert_true(bulk.data[bulk.data_bytes - 1] < 256); /* can be read */
		free(body);
		free(made.data);
	}
}

/* A protobuf bomb: as many pairs as fit. */
static void test_many_pairs(void **state)
{
	struct body stream = {0}, body = {0}, answers;
	int n;

	(void)state;
	for (int i = 0; i < 1 << 19; i++)
		body_append(&body, "\x1a\x00", 2);
	body_header(&stream, body.n, OP_ENVIRONMENT);
	body_append(&stream, body.data, body.n);
	assert_int_equal(serve(&stream, &answers, &n), VD_END_GONE);
	assert_int_equal(n, 1);
	free(answers.data);
	free(stream.data);
	free(body.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_hostile),
	        cmocka_unit_test(test_noise),
	        cmocka_unit_test(test_bulk_bodies),
	        cmocka_unit_test(test_many_pairs),
	};

	if (vd_log_open("/dev/null", VD_VALUES, NULL))
		return 1;
	return cmocka_run_group_tests(tests, make_card, free_card);
}
