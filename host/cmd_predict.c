/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_predict.c - vanillin predict: cycles and what they would be on a card, without one.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "host/cli.h"
#include "host/fit.h"
#include "host/forecast.h"
#include "host/net.h"
#include "host/out.h"

enum { SHARES = 2 };
static const double shares[SHARES] = {0.80, 0.90}; /* of an SLR that units may take */
/* A DDR4-2400 channel of 64 bits; the part of its peak that a port reaches is spec/timing.def's. */
static const double DDR_BYTES = 19.2e9;
/* What a DSP48E2 can be clocked at (DS922, -2), and the int8 products it makes a cycle. */
static const double DSP_HZ = 775e6, DSP_PRODUCTS = 2;

struct predict {
	struct vh_common common;
	const char *net, *target, *params, *card;
	long clock, batch, units;
	int rows, cols;
	struct vh_forecast f;
	uint32_t many;                        /* images of a batch that is told of beside one */
	struct vn_predict one, batched, told; /* of one image, of @many, of --batch */
	struct vh_resources takes;
	int known; /* @takes */
};

/* One line for a card: so many units of it. */
struct line {
	int units, slr[VH_SLRS];
	double share;     /* of each SLR that they may take; 0: as many as were asked for */
	double rate;      /* images/s in batches of @many */
	double bytes;     /* of card memory a second */
	int by_memory;    /* the rate is what its DDRs deliver */
	double tops, dsp; /* of useful work; as a part of what the card's DSPs could do */
};

static double hertz(const struct predict *p)
{
	return 1e6 * (double)p->clock;
}

static uint64_t bytes_of(const struct predict *p, const struct vn_predict *t)
{
	uint64_t sum = 0;

	for (uint32_t s = 0; s <= p->f.n_stages; s++)
		sum += t->stages[s].weights + t->stages[s].maps;
	return sum;
}

static void set_line(const struct predict *p, const struct vh_card_room *card, struct line *l)
{
	const double bytes = (double)bytes_of(p, &p->batched) / p->many;
	const double most = card->ddr * DDR_BYTES * VN_T_PORT / 100 / bytes;

	l->rate = l->units * hertz(p) * p->many / (double)p->batched.cycles;
	l->by_memory = card->ddr && l->rate > most;
	if (l->by_memory)
		l->rate = most;
	l->bytes = l->rate * bytes;
	l->tops = 2e-12 * l->rate * (double)p->one.macs;
	l->dsp = l->rate * (double)p->one.macs / (vh_card_dsp(card) * DSP_PRODUCTS * DSP_HZ);
}

/* Line @i of a card; 0: there is none. */
static int line_of(const struct predict *p, const struct vh_card_room *card, int i, struct line *l)
{
	*l = (struct line){0};
	if (p->units ? i > 0 : i >= SHARES || !p->known)
		return 0;
	if (p->units) {
		l->units = (int)p->units;
	} else {
		l->share = shares[i];
		l->units = vh_fit(card, &p->takes, l->share, l->slr);
	}
	set_line(p, card, l);
	return 1;
}

/* ---- text ---- */

static const char *const bounds[VN_BOUNDS] = {[VN_BOUND_ARRAY] = "array",
                                              [VN_BOUND_WEIGHTS] = "weights",
                                              [VN_BOUND_POST] = "post",
                                              [VN_BOUND_DW] = "depthwise",
                                              [VN_BOUND_MAPS] = "maps"};

static double use_of(const struct predict *p, uint64_t macs, uint64_t cycles)
{
	const double cells = (double)p->f.config[VN_CFG_ROWS] * p->f.config[VN_CFG_COLS];

	return cycles ? 100 * (double)macs / ((double)cycles * cells) : 0;
}

static void print_stages(const struct predict *p)
{
	const struct vn_predict *t = &p->told;

	printf("%-8s %12s %9s %16s %13s  %s\n", "stage", "cycles", "useful %", "weights B/cycle",
	       "maps B/cycle", "bound by");
	for (uint32_t s = 0; s <= p->f.n_stages; s++) {
		const struct vn_predict_stage *st = &t->stages[s];
		const double cycles = st->cycles ? (double)st->cycles : 1;

		printf("%-8s %12.0f %9.2f %16.1f %13.1f  %s\n", p->f.name[s],
		       (double)st->cycles / (double)p->batch, use_of(p, st->macs, st->cycles),
		       (double)st->weights / cycles, (double)st->maps / cycles,
		       bounds[vn_predict_bound(st)]);
	}
	printf("%-8s %12.0f %9.2f\n", "all", (double)t->cycles / (double)p->batch,
	       use_of(p, t->macs, t->cycles));
}

static void print_engines(const struct predict *p)
{
	static const char *const names[VN_ENGINES] = {[VN_ENGINE_LOAD] = "load",
	                                              [VN_ENGINE_ARRAY] = "array",
	                                              [VN_ENGINE_POST] = "post",
	                                              [VN_ENGINE_DW] = "depthwise",
	                                              [VN_ENGINE_STORE] = "store"};

	printf("busy, %%: ");
	for (int e = 0; e < VN_ENGINES; e++)
		printf(" %s %.1f", names[e],
		       100 * (double)p->told.spent[e][VN_SPENT_BUSY] / (double)p->told.cycles);
	putchar('\n');
}

static void print_line(const struct vh_card_room *card, const struct line *l)
{
	printf("%-5s", card->name);
	if (l->share > 0)
		printf(" %4.0f %%", 100 * l->share);
	else
		printf(" %6s", "-");
	printf(" %6d %10.1f %7.1f%s %6.2f %8.1f", l->units, l->rate, 1e-9 * l->bytes,
	       l->by_memory ? "*" : " ", l->tops, 100 * l->dsp);
	for (int s = 0; l->share > 0 && s < card->slrs; s++)
		printf("%s%d", s ? "+" : "  ", l->slr[s]);
	putchar('\n');
}

static int wanted(const struct predict *p, const struct vh_card_room *card)
{
	return !p->card || !strcmp(p->card, card->name);
}

static void print_cards(const struct predict *p)
{
	const struct vh_card_room *card;
	int starved = 0;

	if (!p->known && !p->units) {
		printf("\nWhat this compute unit takes of a card is not known (spec/units.def has "
		       "it "
		       "for 32x64 only): --units N tells of N.\n");
		return;
	}
	printf("\ncard   taken  units   images/s    GB/s    TOPS  of DSPs %%  units an SLR\n");
	for (int i = 0; (card = vh_card_at(i)) != NULL; i++) {
		struct line l;

		for (int j = 0; wanted(p, card) && line_of(p, card, j, &l); j++) {
			print_line(card, &l);
			starved |= l.by_memory;
		}
	}
	if (starved)
		printf("* as much as its DDRs deliver\n");
	printf("taken: part of every resource of an SLR that units may have, by spec/units.def "
	       "(yosys and a model of it, docs/sweep.md), before placement.\n"
	       "of DSPs: useful products against two a cycle of every DSP that the platform "
	       "leaves, "
	       "at %.0f MHz.\n",
	       1e-6 * DSP_HZ);
}

static void print_peers(void)
{
	printf("\nPublished of others, not measured here:\n");
#define VN_PEER(system, network, figure, source)                                                   \
	printf("  %s: %s, %s [%s]\n", system, network, figure, source);
#include "host/peers.def"
}

static void print_head(const struct predict *p)
{
	const uint32_t *c = p->f.config;

	vh_say(stdout, "predict: ", p->net, "");
	printf(" on %ux%u (DW_CH=%u LANES=%u MAX_N=%u ACT_WORDS=%u) batch=%ld: all predicted, at "
	       "an "
	       "assumed clock of %ld MHz\n",
	       c[VN_CFG_ROWS], c[VN_CFG_COLS], c[VN_CFG_DW_CH], c[VN_CFG_LANES], c[VN_CFG_MAX_N],
	       c[VN_CFG_ACT_WORDS], p->batch, p->clock);
}

static int print_text(const struct predict *p)
{
	print_head(p);
	print_stages(p);
	print_engines(p);
	printf("one unit: %.3f ms for one image alone, %.1f images/s one by one, %.1f in batches "
	       "of "
	       "%u\n",
	       1e3 * (double)p->one.cycles / hertz(p), hertz(p) / (double)p->one.cycles,
	       hertz(p) * p->many / (double)p->batched.cycles, p->many);
	print_cards(p);
	print_peers();
	return VH_OK;
}

/* ---- JSON ---- */

static json_t *stages_json(const struct predict *p)
{
	json_t *list = json_array();

	for (uint32_t s = 0; s <= p->f.n_stages; s++) {
		const struct vn_predict_stage *st = &p->told.stages[s];
		json_t *demand = json_object();

		for (int b = 0; b < VN_BOUNDS; b++)
			json_object_set_new(
			        demand, bounds[b],
			        json_integer((json_int_t)vn_predict_demand(st, (enum vn_bound)b)));
		json_array_append_new(
		        list,
		        json_pack("{s:s,s:I,s:f,s:I,s:I,s:I,s:s,s:o}", "name", p->f.name[s],
		                  "cycles", (json_int_t)st->cycles, "utilisation",
		                  use_of(p, st->macs, st->cycles) / 100, "macs",
		                  (json_int_t)st->macs, "weight_bytes", (json_int_t)st->weights,
		                  "map_bytes", (json_int_t)st->maps, "bound_by",
		                  bounds[vn_predict_bound(st)], "demand", demand));
	}
	return list;
}

static json_t *line_json(const struct vh_card_room *card, const struct line *l)
{
	json_t *o =
	        json_pack("{s:s,s:i,s:f,s:f,s:b,s:f,s:f}", "card", card->name, "units", l->units,
	                  "images_per_s", l->rate, "bytes_per_s", l->bytes, "bound_by_memory",
	                  l->by_memory, "tops", l->tops, "of_dsp_limit", l->dsp);
	json_t *slrs = json_array();

	for (int s = 0; s < card->slrs; s++)
		json_array_append_new(slrs, json_integer(l->slr[s]));
	if (o && l->share > 0) {
		json_object_set_new(o, "taken", json_real(l->share));
		json_object_set(o, "units_an_slr", slrs);
	}
	json_decref(slrs);
	return o;
}

static json_t *cards_json(const struct predict *p)
{
	json_t *list = json_array();
	const struct vh_card_room *card;
	struct line l;

	for (int i = 0; (card = vh_card_at(i)) != NULL; i++)
		for (int j = 0; wanted(p, card) && line_of(p, card, j, &l); j++)
			json_array_append_new(list, line_json(card, &l));
	return list;
}

static json_t *peers_json(void)
{
	json_t *list = json_array();

#define VN_PEER(system_, network_, figure_, source_)                                               \
	json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:b}", "system", system_,          \
	                                      "network", network_, "figure", figure_, "source",    \
	                                      source_, "published", 1));
#include "host/peers.def"
	return list;
}

static json_t *config_json(const uint32_t config[VN_CONFIG_WORDS])
{
	json_t *o = json_object();

#define VN_CONFIG(name, word, value, least, most, doc)                                             \
	json_object_set_new(o, #name, json_integer(config[word]));
#include "spec/cu.def"
	return o;
}

static int print_json(const struct predict *p)
{
	return vh_print_json(json_pack(
	        "{s:o,s:b,s:i,s:b,s:o,s:i,s:I,s:f,s:o,s:I,s:f,s:i,s:f,s:o,s:s,s:o}", "network",
	        vh_json_text(p->net), "predicted", 1, "clock_mhz", (int)p->clock, "clock_assumed",
	        1, "config", config_json(p->f.config), "batch", (int)p->batch, "cycles",
	        (json_int_t)p->told.cycles, "utilisation", vn_predict_use(&p->told, p->f.config),
	        "stages", stages_json(p), "cycles_of_one_image", (json_int_t)p->one.cycles,
	        "latency_ms", 1e3 * (double)p->one.cycles / hertz(p), "images_of_a_full_batch",
	        (int)p->many, "images_per_s", hertz(p) * p->many / (double)p->batched.cycles,
	        "cards", cards_json(p), "resources",
	        "spec/units.def: yosys and a model of it, before placement", "peers",
	        peers_json()));
}

/* ---- command ---- */

static int predict(struct predict *p, vn_error *err)
{
	int rc = vh_forecast_open(p->net, p->rows, p->cols, p->params, &p->f, err);

	if (rc)
		return rc;
	p->many = p->batch > 1 ? (uint32_t)p->batch : p->f.group.group > 1 ? p->f.group.group : 1;
	p->known = vh_unit_takes(p->f.config, &p->takes);
	rc = vh_forecast_run(&p->f, 1, &p->one, err);
	rc = rc ? rc : vh_forecast_run(&p->f, p->many, &p->batched, err);
	p->told = p->batch == 1 ? p->one : p->batched;
	return rc;
}

static int check(struct predict *p, const char *command)
{
	char end;

	if (p->target && sscanf(p->target, "%4dx%4d%c", &p->rows, &p->cols, &end) != 2)
		return vh_usage(command, "--target: '%s' is not a size as 16x16", p->target);
	if (p->card && !vh_card_find(p->card))
		return vh_usage(command, "--card: '%s' is none of"
#define VN_CARD(name, platform, part) " " #name
#include "spec/cards.def"
		                ,
		                p->card);
	return VH_GO_ON;
}

static int run(const struct vh_command *self, int argc, char **argv)
{
	struct predict p = {.clock = 300, .batch = 1};
	const char *card = NULL;
	const struct vh_option options[] = {
	        {"target", 0, VH_TEXT, "RxC",
	         "size of the compute unit's array (default: the program's, else 32x64)", &p.target,
	         0, 0},
	        {"params", 0, VH_TEXT, "NAME=N...",
	         "what else differs of the compute unit, as for compile", &p.params, 0, 0},
	        {"card", 0, VH_TEXT, "CARD", "only this card (default: all)", &card, 0, 0},
	        {"clock", 0, VH_NUMBER, "MHZ", "clock to assume (default 300)", &p.clock, 1, 775},
	        {"batch", 0, VH_NUMBER, "N", "images of a batch (default 1)", &p.batch, 1, 4096},
	        {"units", 0, VH_NUMBER, "N",
	         "compute units on a card (default: as many as fit, at 80 and 90 %)", &p.units, 1,
	         64},
	        {0},
	};
	vn_error err = {0};
	int n, rc = vh_parse(self, options, &p.common, argc, argv, &n);

	if (rc != VH_GO_ON)
		return rc;
	p.net = argv[0];
	p.card = card;
	rc = check(&p, self->name);
	if (rc != VH_GO_ON)
		return rc;
	rc = vh_exit_code(predict(&p, &err), &err);
	if (rc == VH_OK)
		rc = p.common.json ? print_json(&p) : print_text(&p);
	vh_forecast_free(&p.f);
	return rc;
}

const struct vh_command VH_PREDICT = {
        .name = "predict",
        .operands = "NET",
        .summary =
                "cycles, what binds them, and images/s on each card, without device or simulation",
        .least = 1,
        .most = 1,
        .kind = VH_ASKS_MACHINE,
        .more = VH_NET_HELP,
        .run = run,
};
