// SPDX-License-Identifier: Apache-2.0
//
// post_tb.cpp - vn_post against vn_post of hls/ compiled for the same size: random legal
// descriptors back to back under random stalls, then cycle counts without stalls.
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include "Vvn_post.h"
#include "tests/rtl/bench.h"
#include "tests/rtl/post_job.h"

extern "C" {
typedef struct {
	uint64_t w[8];
} vn_beat;
#define TWIN_OF(r, c)  TWIN_OF_(r, c)
#define TWIN_OF_(r, c) vn_post_##r##x##c
void TWIN_OF(VN_R, VN_C)(const uint32_t d[VN_DESC_WORDS], const vn_beat *weights,
                         int32_t psum[VN_PSUM_ENTRIES][VN_C], int8_t act[VN_ACT_WORDS][VN_R],
                         uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C]);
}

namespace
{

enum { IDLE, BUSY, WEIGHTS, INPUT, BLOCKED, STATES };
enum { READ_LATENCY = 3, WRITE_LATENCY = 3, MOST_OWED = 4 };

// Everything POST touches; the twin writes the wanted side when a job is added.
struct buffers {
	int32_t psum[VN_PSUM_ENTRIES][VN_C];
	int8_t act[VN_ACT_WORDS][VN_R], want_act[VN_ACT_WORDS][VN_R];
	uint8_t mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C], want_mid[VN_RING_ROWS][VN_BANK_SLOTS][VN_C];
};

struct stalls {
	uint32_t d, p, r, y; // percent of cycles
};

class bench
{
      public:
	bench() : b_(new buffers), top_(&bench_model<Vvn_post>())
	{
		for (auto &entry : b_->psum)
			for (auto &v : entry)
				v = random_word();
		fill(b_->act, b_->want_act);
		fill(b_->mid, b_->want_mid);
		top_->rst = 1;
		top_->clk = 0;
		top_->eval();
		for (int i = 0; i < 3; i++)
			cycle();
		top_->rst = 0;
		memset(states_, 0, sizeof(states_));
	}

	// The twin's results, and the job in the queue of the unit.
	void add(const job &j)
	{
		std::vector<vn_beat> param(j.vectors * VN_WORD_BEATS);

		for (auto &beat : param)
			for (auto &w : beat.w)
				w = rng();
		for (uint32_t i = 0; i < j.vectors; i++)
			for (uint32_t c = 0; c < VN_C; c++) {
				const uint32_t v = !j.raw && i == j.vectors - 1
				                           ? random_requant()
				                           : (uint32_t)random_word();

				memcpy((uint8_t *)&param[i * VN_WORD_BEATS] + 4 * c, &v, 4);
			}
		TWIN_OF(VN_R, VN_C)(j.d, param.data(), b_->psum, b_->want_act, b_->want_mid);
		jobs_.push_back(j);
		beats_.insert(beats_.end(), param.begin(), param.end());
		expected_writes_ += j.writes;
		owed_.push_back({j.mid, expected_writes_});
		expected_done_++;
	}

	// Other partial sums; only between runs.
	void scramble()
	{
		for (int i = 0; i < 2000; i++)
			b_->psum[pick(0, VN_PSUM_ENTRIES - 1)][pick(0, VN_C - 1)] = random_word();
	}

	// All jobs to their end.
	bool run(const stalls &s)
	{
		const uint64_t end = now_ + 1000000;

		stalls_ = s;
		offered_ = 0;
		while (done_ < expected_done_ && !bad_)
			if (now_ >= end)
				fail("no end");
			else
				cycle();
		for (int i = 0; i < 4 && !bad_; i++)
			cycle();
		if (done_ != expected_done_ || !beats_.empty() || !jobs_.empty())
			fail("too many dones, or beats left");
		if (writes_ != expected_writes_)
			fail("a word was not written just once");
		if (top_->state != IDLE)
			fail("not idle at the end");
		if (memcmp(b_->act, b_->want_act, sizeof(b_->act)) != 0)
			fail("activation buffer differs");
		if (memcmp(b_->mid, b_->want_mid, sizeof(b_->mid)) != 0)
			fail("middle buffer differs");
		return !bad_;
	}

	// To some moment, at which all is left as it is.
	bool abandon(const stalls &s)
	{
		stalls_ = s;
		for (uint32_t i = pick(1, 600); i > 0 && !bad_; i--)
			cycle();
		return !bad_;
	}

	void fail(const char *what)
	{
		if (!bad_)
			printf("post_tb %dx%d, %d lanes: FAIL: %s at cycle %llu\n", VN_R, VN_C,
			       (int)LANES, what, (unsigned long long)now_);
		bad_ = true;
	}

	uint64_t now_ = 0, reads_ = 0, writes_ = 0, states_[STATES + 3];
	uint64_t offered_ = 0, first_read_ = 0, last_read_ = 0, last_done_ = 0; // cycles

      private:
	template <typename T> void fill(T &a, T &b)
	{
		for (size_t i = 0; i < sizeof(T); i++)
			((uint8_t *)&a)[i] = (uint8_t)rng();
		memcpy(&b, &a, sizeof(T));
	}

	void cycle()
	{
		drive();
		top_->eval();
		if (!top_->rst) {
			check_held();
			sample();
		}
		top_->clk = 1;
		top_->eval();
		top_->clk = 0;
		now_++;
		put_read_data();
		top_->eval();
	}

	// What is offered stays until taken; the rest is drawn anew, data pins as noise.
	void drive()
	{
		top_->d_valid = !jobs_.empty() && (d_open_ || !chance(stalls_.d));
		d_open_ = top_->d_valid;
		if (d_open_)
			memcpy(&top_->d, jobs_.front().d, VN_BEAT_BYTES);
		if (d_open_ && offered_ == 0)
			offered_ = now_;
		top_->p_valid = !beats_.empty() && (p_open_ || !chance(stalls_.p));
		p_open_ = top_->p_valid;
		for (int i = 0; i < 16; i++)
			top_->p_data[i] =
			        p_open_ ? (uint32_t)(beats_.front().w[i / 2] >> (32 * (i % 2)))
			                : (uint32_t)rng();
		top_->r_ready = !chance(stalls_.r) && (stalls_.r < 50 || top_->r_valid);
		top_->y_ready = !chance(stalls_.y) && (stalls_.y < 50 || top_->y_valid) &&
		                answers_.size() < MOST_OWED;
		top_->y_done = !answers_.empty() && answers_.front() <= now_;
		if (top_->y_done)
			answers_.pop_front();
	}

	void check_held()
	{
		if (held_r_ &&
		    (!top_->r_valid || top_->r_addr != r_addr_ || top_->r_group != r_group_))
			fail("a read was changed before it was taken");
		if (held_y_ &&
		    (!top_->y_valid || top_->y_addr != y_addr_ || top_->y_strb != y_strb_ ||
		     top_->y_last != y_last_ || memcmp(y_data_, &top_->y_data, VN_R) != 0))
			fail("a write was changed before it was taken");
		held_r_ = top_->r_valid && !top_->r_ready;
		held_y_ = top_->y_valid && !top_->y_ready;
		r_addr_ = top_->r_addr;
		r_group_ = top_->r_group;
		y_addr_ = top_->y_addr;
		y_strb_ = top_->y_strb;
		y_last_ = top_->y_last;
		memcpy(y_data_, &top_->y_data, VN_R);
	}

	void sample()
	{
		states_[top_->state]++;
		if (top_->d_valid && top_->d_ready) {
			jobs_.pop_front();
			d_open_ = false;
		}
		if (top_->p_valid && top_->p_ready) {
			beats_.pop_front();
			p_open_ = false;
		}
		sample_read();
		if (top_->y_valid && top_->y_ready)
			write_act();
		if (top_->m_we)
			write_mid();
		if (top_->done)
			finish();
	}

	void sample_read()
	{
		read &now = reads_under_way_[0];

		std::move_backward(reads_under_way_, reads_under_way_ + READ_LATENCY - 1,
		                   reads_under_way_ + READ_LATENCY);
		if (read_state_ != STATES && top_->state != read_state_)
			fail("state does not tell of the read a cycle before");
		read_state_ = !top_->r_valid ? STATES : top_->r_ready ? BUSY : BLOCKED;
		now.valid = top_->r_valid && top_->r_ready;
		if (!now.valid)
			return;
		now.addr = top_->r_addr;
		now.group = top_->r_group;
		if (now.addr >= VN_PSUM_ENTRIES || now.group >= GROUPS) {
			fail("reads outside the partial sums");
			now.valid = false;
		}
		if (last_read_ < offered_)
			first_read_ = now_;
		last_read_ = now_;
		reads_++;
	}

	// The descriptor of this done: all that it wrote can be read.
	void finish()
	{
		done_++;
		last_done_ = now_;
		if (owed_.empty() || owed_.front().mid == (top_->y_done != 0))
			fail("a done out of order");
		if (owed_.empty())
			return;
		if (writes_ < owed_.front().writes)
			fail("a done before the last write");
		owed_.pop_front();
	}

	// y_done comes WRITE_LATENCY cycles after the last word, or later.
	void write_act()
	{
		writes_++;
		if (top_->y_last)
			answers_.push_back(std::max(now_ + WRITE_LATENCY,
			                            answers_.empty() ? 0 : answers_.back() + 1) +
			                   (chance(stalls_.y) ? pick(0, 9) : 0));
		if (top_->y_addr >= VN_ACT_WORDS) {
			fail("writes outside the activation buffer");
			return;
		}
		for (int i = 0; i < VN_R; i++)
			if ((uint64_t)top_->y_strb >> i & 1)
				b_->act[top_->y_addr][i] = ((const int8_t *)&top_->y_data)[i];
	}

	void write_mid()
	{
		writes_++;
		if (top_->m_slot >= VN_BANK_SLOTS || top_->m_group >= GROUPS)
			fail("writes outside the middle buffer");
		else
			memcpy(b_->mid[top_->m_bank][top_->m_slot] + top_->m_group * LANES,
			       &top_->m_data, LANES);
	}

	// Data READ_LATENCY cycles after the transfer, noise in every other cycle.
	void put_read_data()
	{
		const read &oldest = reads_under_way_[READ_LATENCY - 1];

		for (uint32_t i = 0; i < LANES; i++)
			top_->r_data[i] =
			        oldest.valid
			                ? (uint32_t)b_->psum[oldest.addr][oldest.group * LANES + i]
			                : (uint32_t)rng();
	}

	struct result {
		bool mid;
		uint64_t writes; // until then, all in all
	};

	struct read {
		bool valid = false;
		uint32_t addr = 0, group = 0;
	};

	std::unique_ptr<buffers> b_;
	Vvn_post *top_;
	std::deque<job> jobs_;
	std::deque<vn_beat> beats_;
	std::deque<result> owed_;      // dones to come
	std::deque<uint64_t> answers_; // cycles of the y_done to come
	read reads_under_way_[READ_LATENCY];
	uint32_t read_state_ = STATES; // that the next cycle must show; STATES: any
	stalls stalls_ = {0, 0, 0, 0};
	bool d_open_ = false, p_open_ = false, held_r_ = false, held_y_ = false, bad_ = false;
	bool y_last_ = false;
	uint32_t r_addr_ = 0, r_group_ = 0, y_addr_ = 0;
	uint64_t y_strb_ = 0, done_ = 0, expected_done_ = 0, expected_writes_ = 0;
	uint8_t y_data_[VN_R];
};

// Jobs of each kind.
struct coverage {
	uint32_t jobs, raw, mid, act, border, four, overlap, wraps;
};

void count(coverage &n, const job &j)
{
	n.jobs++;
	n.raw += j.raw;
	n.mid += j.mid;
	n.act += !j.raw && !j.mid;
	n.border += j.border;
	n.four += j.widest == 4;
	n.overlap += j.overlap;
	n.wraps += j.wraps;
}

bool stalled(bench &b, const uint32_t cfg[VN_CONFIG_WORDS], int rounds, coverage &n)
{
	for (int i = 0; i < rounds; i++) {
		const stalls s = {chance(60) ? 0 : pick(0, 95), chance(40) ? 0 : pick(0, 90),
		                  chance(50) ? 0 : pick(0, 90), chance(40) ? 0 : pick(0, 95)};

		b.scramble();
		for (int k = 0; k < 12; k++) {
			const job j = random_job(cfg, chance(50) ? 3 : 12);

			b.add(j);
			count(n, j);
		}
		if (!b.run(s))
			return false;
	}
	for (int state : {IDLE, BUSY, WEIGHTS, BLOCKED})
		if (b.states_[state] == 0)
			b.fail("a state was never seen");
	if (b.states_[INPUT] != 0)
		b.fail("no such state");
	if (n.raw == 0 || n.mid == 0 || n.act == 0 || n.border == 0 || n.four == 0 ||
	    n.overlap == 0 || n.wraps == 0)
		b.fail("a kind of descriptor was never drawn");
	return true;
}

// One descriptor, or a chain of which at most the last is RAW, must end in the predicted cycle and
// read in every cycle.
bool timed(bench &b, const uint32_t cfg[VN_CONFIG_WORDS], int length)
{
	predictor p;
	std::vector<job> jobs;
	uint64_t done = 0;

	while ((int)jobs.size() < length) {
		const job j = random_job(cfg, chance(50) ? 4 : 24);

		if (!j.raw || (int)jobs.size() == length - 1)
			jobs.push_back(j);
	}
	for (const job &j : jobs) {
		b.add(j);
		done = p.done(j, 1000);
	}
	if (!b.run({0, 0, 0, 0}))
		return false;
	if (b.last_done_ - b.offered_ != done - 1000) {
		printf("%llu cycles, not %llu: ", (unsigned long long)(b.last_done_ - b.offered_),
		       (unsigned long long)(done - 1000));
		b.fail("not the predicted time");
		return false;
	}
	if (length == 1 && !jobs[0].raw && b.last_read_ - b.first_read_ + 1 != jobs[0].reads) {
		b.fail("a gap between two reads");
		return false;
	}
	return true;
}

} // namespace

int main(int argc, char **argv)
{
	const uint32_t cfg[VN_CONFIG_WORDS] = VN_CONFIG_RECORD;
	const bench_options o = bench_begin(argc, argv, 150);
	const int rounds = (int)o.count;
	coverage n = {};

	rng.seed(o.seed);
	for (int life = 0; life < BENCH_LIVES; life++) {
		bench b;

		for (int k = 0; k < 6; k++)
			b.add(random_job(cfg, 12));
		if (!b.abandon({0, 0, 20, 50}))
			return 1;
	}
	bench b;
	if (!stalled(b, cfg, rounds, n))
		return 1;
	for (int i = 0; i < 5 * rounds; i++)
		if (!timed(b, cfg, i % 2 == 0 ? 1 : 7))
			return 1;
	printf("post_tb %dx%d, %d lanes: %u descriptors (%u raw, %u mid, %u act, %u border, "
	       "%u with "
	       "windows of 4, %u overlapping, %u over the ring's end), %d timed runs, %llu reads, "
	       "%llu "
	       "writes, %llu cycles\n",
	       VN_R, VN_C, (int)LANES, n.jobs, n.raw, n.mid, n.act, n.border, n.four, n.overlap,
	       n.wraps, 5 * rounds, (unsigned long long)b.reads_, (unsigned long long)b.writes_,
	       (unsigned long long)b.now_);
	return bench_end(true, b.writes_ + 5 * (uint64_t)rounds);
}
