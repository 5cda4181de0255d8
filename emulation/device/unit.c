/* SPDX-License-Identifier: Apache-2.0
 *
 * unit.c - registers and thread of a compute unit.
 *
 * The simulation is not for two at once: whoever uses it (the thread for a slice, the host for an
 * access) holds it by the flag `taken`.  The host goes first, or it might wait for long.
 */
#include "emulation/device/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "emulation/device/log.h"

enum {
	CTRL_START = 1, /* bits of CTRL */
	CTRL_DONE = 2,
	CTRL_IDLE = 4,
	CTRL_READY = 8,
	CTRL_RESTART = 0x80,
	DECODED = 0x1000, /* offsets that the compute unit's port has */
	HOLD_NS = 200000, /* the longest that a read of CTRL is held back */
};
#define NO_ANSWER 0xffffffffu

struct vd_unit {
	const char *name;
	int index;
	const struct vn_sim_ops *ops;
	struct vd_clock *clock;
	uint64_t hang_start; /* 0: none */
	pthread_t thread;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	struct vn_sim *sim; /* used by whoever has set `taken`, without the lock */
	int taken, host_waits;
	int stopping;
	int busy, done; /* as CTRL shows them */
	int dead;       /* busy for ever; changed only with the simulation taken */
	uint32_t restart, gie, ier, isr;
	unsigned polls;   /* reads of CTRL since the last start */
	uint64_t counted; /* cycle of the simulation up to which card time has been told */
	uint64_t starts, busy_cycles;
};

/* ---- the simulation ---- */

/* 0, and not taken: the unit died meanwhile. */
static int take_for_host(struct vd_unit *u)
{
	int taken;

	pthread_mutex_lock(&u->lock);
	u->host_waits = 1;
	while (u->taken)
		pthread_cond_wait(&u->changed, &u->lock);
	u->host_waits = 0;
	taken = u->taken = !u->dead;
	pthread_mutex_unlock(&u->lock);
	return taken;
}

/* 0, and not taken: vd_unit_free was called. */
static int take_for_slice(struct vd_unit *u)
{
	int taken;

	pthread_mutex_lock(&u->lock);
	while (!u->stopping && (u->taken || u->host_waits))
		pthread_cond_wait(&u->changed, &u->lock);
	taken = !u->stopping;
	u->taken |= taken;
	pthread_mutex_unlock(&u->lock);
	return taken;
}

static void give_back(struct vd_unit *u)
{
	pthread_mutex_lock(&u->lock);
	u->taken = 0;
	pthread_cond_broadcast(&u->changed);
	pthread_mutex_unlock(&u->lock);
}

/* Locked.  The unit will not work again; its time no longer holds up the others'. */
static void die(struct vd_unit *u)
{
	if (u->busy && !u->dead)
		vd_clock_finish(u->clock, u->index);
	u->busy = 1;
	u->dead = 1;
}

/* With the simulation taken. */
static void break_down(struct vd_unit *u, const char *what)
{
	const char *trouble = u->ops->trouble(u->sim);

	vd_complain("%s: %s: at its cycle %llu; it is dead from now on", u->name,
	            trouble[0] ? trouble : what, (unsigned long long)u->ops->cycle(u->sim));
	pthread_mutex_lock(&u->lock);
	die(u);
	pthread_mutex_unlock(&u->lock);
}

/* ---- the thread ---- */

/* Cycles since the last call, accesses of the host included. */
static void count(struct vd_unit *u)
{
	const uint64_t cycle = u->ops->cycle(u->sim), passed = cycle - u->counted;

	u->counted = cycle;
	pthread_mutex_lock(&u->lock);
	u->busy_cycles += passed;
	pthread_mutex_unlock(&u->lock);
	vd_clock_advance(u->clock, u->index, passed);
}

/* The interrupt is high: take it, and ap_done, from the compute unit. */
static void finish(struct vd_unit *u)
{
	uint32_t ctrl = 0;

	if (u->ops->write(u->sim, VN_REG_ISR, 1) || u->ops->read(u->sim, VN_REG_CTRL, &ctrl)) {
		break_down(u, "a register access got no answer");
		return;
	}
	vd_log(VD_MESSAGES, "%s: done, card time %llu", u->name,
	       (unsigned long long)vd_clock_now(u->clock));
	pthread_mutex_lock(&u->lock);
	u->done = 1;
	u->isr |= u->ier;
	if (ctrl & CTRL_START) { /* by auto_restart */
		u->starts++;
	} else {
		u->busy = 0;
		vd_clock_finish(u->clock, u->index);
	}
	pthread_mutex_unlock(&u->lock);
}

static void run_slice(struct vd_unit *u)
{
	const enum vn_sim_stop stop = u->ops->run(u->sim, VD_SLICE);

	count(u);
	if (stop == VN_SIM_DONE)
		finish(u);
	else if (stop == VN_SIM_HUNG)
		break_down(u, "the compute unit hangs: nothing has moved for long");
	else if (stop == VN_SIM_TROUBLE)
		break_down(u, "the simulation failed");
}

static int wait_for_start(struct vd_unit *u)
{
	int busy;

	pthread_mutex_lock(&u->lock);
	while (!u->stopping && (!u->busy || u->dead))
		pthread_cond_wait(&u->changed, &u->lock);
	busy = !u->stopping;
	pthread_mutex_unlock(&u->lock);
	return busy;
}

static void *work(void *arg)
{
	struct vd_unit *u = arg;

	while (wait_for_start(u) && vd_clock_wait(u->clock, u->index) && take_for_slice(u)) {
		if (!u->dead)
			run_slice(u);
		give_back(u);
	}
	return NULL;
}

/* ---- registers ---- */

/* Locked.  Hosts read CTRL without pause, which takes a processor from the simulation: from the
 * second read of a start on, let it wait for something to see, but not for long. */
static void hold_poll(struct vd_unit *u)
{
	struct timespec end;

	if (u->polls++ == 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += HOLD_NS;
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	while (u->busy && !u->done)
		if (pthread_cond_timedwait(&u->changed, &u->lock, &end))
			return;
}

/* Locked. */
static uint32_t read_ctrl(struct vd_unit *u)
{
	uint32_t done;

	hold_poll(u);
	done = u->done ? CTRL_DONE | CTRL_READY : 0;

	u->done = 0;
	return u->restart | done | (u->busy ? CTRL_START : CTRL_IDLE);
}

/* Locked.  Whether @offset is one of the registers that are kept here. */
static int read_here(struct vd_unit *u, uint32_t offset, uint32_t *value)
{
	switch (offset) {
	case VN_REG_CTRL:
		*value = read_ctrl(u);
		return 1;
	case VN_REG_GIE:
		*value = u->gie;
		return 1;
	case VN_REG_IER:
		*value = u->ier;
		return 1;
	case VN_REG_ISR:
		*value = u->isr;
		return 1;
	default:
		*value = u->dead ? NO_ANSWER : 0;
		return u->dead || offset >= DECODED;
	}
}

static int write_here(struct vd_unit *u, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case VN_REG_CTRL:
		u->restart = value & CTRL_RESTART;
		return u->dead;
	case VN_REG_GIE:
		u->gie = value & 1;
		return 1;
	case VN_REG_IER:
		u->ier = value & 3;
		return 1;
	case VN_REG_ISR:
		u->isr ^= value & 3;
		return 1;
	default:
		return u->dead || offset >= DECODED;
	}
}

/* Locked, with the simulation taken.  1: the compute unit is to have the start as well. */
static int start(struct vd_unit *u)
{
	if (u->busy)
		return 1; /* which is an error that it reports */
	u->starts++;
	u->polls = 0;
	u->busy = 1;
	if (u->starts == u->hang_start) {
		u->dead = 1;
		return 0;
	}
	u->counted = u->ops->cycle(u->sim);
	vd_clock_start(u->clock, u->index);
	return 1;
}

void vd_unit_write(struct vd_unit *u, uint32_t offset, uint32_t value)
{
	const int starts = offset == VN_REG_CTRL && (value & CTRL_START);
	int here, passed_on = 1;

	pthread_mutex_lock(&u->lock);
	here = write_here(u, offset, value);
	pthread_mutex_unlock(&u->lock);
	if (here || !take_for_host(u))
		return;
	if (starts) {
		pthread_mutex_lock(&u->lock);
		passed_on = start(u);
		pthread_mutex_unlock(&u->lock);
		vd_log(VD_MESSAGES, "%s: start, card time %llu%s", u->name,
		       (unsigned long long)vd_clock_now(u->clock),
		       passed_on ? "" : ": hangs, as VANILLIN_CARD wants");
	}
	if (passed_on && u->ops->write(u->sim, offset, value))
		break_down(u, "a register access got no answer");
	give_back(u);
}

uint32_t vd_unit_read(struct vd_unit *u, uint32_t offset)
{
	uint32_t value = NO_ANSWER;
	int here;

	pthread_mutex_lock(&u->lock);
	here = read_here(u, offset, &value);
	pthread_mutex_unlock(&u->lock);
	if (here)
		return value;
	if (!take_for_host(u))
		return NO_ANSWER;
	if (u->ops->read(u->sim, offset, &value)) {
		value = NO_ANSWER;
		break_down(u, "a register access got no answer");
	}
	give_back(u);
	return value;
}

void vd_unit_totals(struct vd_unit *u, uint64_t *starts, uint64_t *busy_cycles)
{
	pthread_mutex_lock(&u->lock);
	*starts = u->starts;
	*busy_cycles = u->busy_cycles;
	pthread_mutex_unlock(&u->lock);
}

/* ---- life ---- */

static int make_sim(struct vd_unit *u, const struct vd_card *card, const struct vd_options *options,
                    vn_error *err)
{
	struct vn_sim_options wanted = {.timing = options->timing, .n_faults = options->n_faults};
	char text[256];

	memcpy(wanted.faults, options->faults, sizeof(wanted.faults));
	wanted.timing.seed += (uint64_t)u->index;
	u->sim = u->ops->create(&wanted, text, sizeof(text));
	if (!u->sim)
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: %s", u->name, text);
	for (int i = 0; i < card->n_banks; i++)
		if (u->ops->map(u->sim, card->banks[i].base, card->banks[i].memory,
		                card->banks[i].bytes))
			return vn_fail(err, VN_ERUNTIME, NULL, "%s: %s cannot be mapped", u->name,
			               card->banks[i].name);
	if (u->ops->write(u->sim, VN_REG_GIE, 1) || u->ops->write(u->sim, VN_REG_IER, 1))
		return vn_fail(err, VN_ERUNTIME, NULL, "%s: its registers do not answer", u->name);
	return 0;
}

int vd_unit_new(const struct vd_card *card, int index, const struct vd_options *options,
                const struct vn_sim_ops *ops, struct vd_clock *clock, struct vd_unit **unit,
                vn_error *err)
{
	struct vd_unit *u = calloc(1, sizeof(*u));
	pthread_condattr_t monotonic;
	int rc;

	*unit = NULL;
	if (!u)
		return vn_fail_nomem(err, sizeof(*u), "a compute unit");
	u->name = card->units[index].name;
	u->index = index;
	u->ops = ops;
	u->clock = clock;
	if (strcmp(options->hang_unit, u->name) == 0)
		u->hang_start = options->hang_start;
	rc = make_sim(u, card, options, err);
	pthread_mutex_init(&u->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&u->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (!rc && pthread_create(&u->thread, NULL, work, u) != 0)
		rc = vn_fail(err, VN_ERUNTIME, NULL, "%s: no thread for it", u->name);
	if (rc) {
		ops->destroy(u->sim);
		free(u);
		return rc;
	}
	*unit = u;
	return 0;
}

void vd_unit_free(struct vd_unit *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->lock);
	u->stopping = 1;
	pthread_cond_broadcast(&u->changed);
	pthread_mutex_unlock(&u->lock);
	pthread_join(u->thread, NULL);
	u->ops->destroy(u->sim);
	pthread_cond_destroy(&u->changed);
	pthread_mutex_destroy(&u->lock);
	free(u);
}
