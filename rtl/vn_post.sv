// SPDX-License-Identifier: Apache-2.0
//
// vn_post: descriptor POST - bias, max pool, ReLU by saturation, requantise, or raw int32
// (docs/program-format.md).  Twin of hls/vn_post.c.
//
// LANES = min(16, R) channels at once: read psum -> add bias -> running maximum of the window ->
// requantise -> queue -> activation buffer or middle buffer.  A read taken in cycle k: data k+3,
// sum k+4, maximum k+5, 8 bits k+12, written k+14 at the earliest (RAW: k+6).  The pipeline never
// stops: a read is issued only when the queue has a place for its result, so that back pressure of
// y_ready loses nothing.  The last result of a descriptor goes to the middle buffer only when that
// of the descriptor before can be read, so that dones are in order.
// Throughput: a read a cycle (RAW: an activation word a cycle), without gaps.  Two descriptors are
// held: one walked, the next one planned and its parameters taken.  Of one that comes alone in
// cycle 0, with P = vectors * C/LANES cycles for its parameters and S = max(20, P + 1), the reads
// are taken from S+2 on, and done comes in S + 16 + reads (activation buffer: 2 later; RAW: S + 10 +
// words).  After another one S is also the last one's S + reads, so that nothing is lost (RAW: 15
// more, the pipeline drains).
// Cost (R = 32, C = 64): 7200 LUTs, 5900 flip-flops, 34 DSP48E2, 15 RAMB18E2.
module vn_post #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned GROUP_W = C > LANES ? $clog2(C / LANES) : 1,  // the rest follows: leave it
    parameter int unsigned PSUM_W = $clog2(PSUM_ENTRIES),
    parameter int unsigned ACT_W = $clog2(ACT_WORDS),
    parameter int unsigned SLOT_W = $clog2(MID_SLOTS / 8)
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                d_valid,
    output logic                d_ready,
    input  logic [511:0]        d,
    output logic                done,
    output logic [2:0]          state,
    input  logic                p_valid,
    output logic                p_ready,
    input  logic [511:0]        p_data,
    output logic                r_valid,
    input  logic                r_ready,
    output logic [PSUM_W-1:0]   r_addr,
    output logic [GROUP_W-1:0]  r_group,
    input  logic [32*LANES-1:0] r_data,
    output logic                m_we,
    output logic [2:0]          m_bank,
    output logic [SLOT_W-1:0]   m_slot,
    output logic [GROUP_W-1:0]  m_group,
    output logic [8*LANES-1:0]  m_data,
    output logic                y_valid,
    input  logic                y_ready,
    output logic                y_last,
    output logic [ACT_W-1:0]    y_addr,
    output logic [R-1:0]        y_strb,
    output logic [8*R-1:0]      y_data,
    input  logic                y_done
);
  localparam int unsigned GROUPS = C / LANES;
  localparam int unsigned PARTS = R / LANES;  // groups of an activation word
  localparam int unsigned RAW_WORDS = 4 * LANES / R;  // activation words of a group's int32
  localparam int unsigned DST_W = ACT_W > SLOT_W ? ACT_W : SLOT_W;
  localparam int unsigned DEPTH = 32;  // results on their way or queued: covers the 14 cycles
  localparam int unsigned PTR_W = $clog2(DEPTH);
  localparam int unsigned S_LSB = vn_spec_pkg::REQ_S_LSB;
  localparam int unsigned FLAGS = vn_spec_pkg::D_ALL_FLAGS_LSB;

  localparam logic [2:0] IDLE = 3'd0, BUSY = 3'd1, WEIGHTS = 3'd2, BLOCKED = 3'd4;

  if (R < 8 || R > 64 || C < R || C > 128 || (R & (R - 1)) != 0 || (C & (C - 1)) != 0 ||
      LANES != (R < 16 ? R : 16))
  begin : g_check
    $error("vn_post: impossible R, C or LANES");
  end

  // Plan, parameters, walk.
  logic plan_ready, param_full, param_want, param_hold, param_half, start, walk_idle, stuck, room;
  logic empty, drained;
  logic [511:0] job;
  logic [15:0] y_begin, y_rem, y_rest, x_begin, x_rem, x_rest, turn;
  logic [2:0] y_size, x_size;
  logic [1:0] y_ratio, x_ratio;
  logic [PSUM_W-1:0] entry;
  logic [DST_W-1:0] dst, dst_wrap;
  logic [3:0] e_case;
  logic e_half, e_first, e_last, e_u8, e_raw;
  logic tag_we, tag_mid, tag_raw, tag_last;
  logic [2:0] tag_bank;
  logic [GROUP_W-1:0] tag_group;
  logic [DST_W-1:0] tag_dst;

  // RAW results come out earlier than 8-bit ones, so none of those may be on its way.
  assign drained = empty && !tag_we;
  assign start = plan_ready && param_full && walk_idle &&
                 (!job[FLAGS + vn_spec_pkg::FLAG_RAW] || drained);

  vn_post_plan #(.PSUM_W(PSUM_W), .DST_W(DST_W)) plan (
      .clk, .rst, .d_valid, .d_ready, .d, .ready(plan_ready), .take(start), .job,
      .y_begin, .y_rem, .y_size, .y_ratio, .y_rest, .x_begin, .x_rem, .x_size, .x_ratio, .x_rest,
      .entry, .dst, .dst_wrap, .turn
  );

  vn_post_walk #(
      .GROUPS(GROUPS), .GROUP_W(GROUP_W), .PARTS(PARTS), .RAW_WORDS(RAW_WORDS),
      .PSUM_W(PSUM_W), .DST_W(DST_W)
  ) walk (
      .clk, .rst, .idle(walk_idle), .stuck, .room, .start, .half(param_half), .job,
      .y_begin, .y_rem, .y_size, .y_ratio, .y_rest, .x_begin, .x_rem, .x_size, .x_ratio, .x_rest,
      .entry, .dst, .dst_wrap, .turn, .r_valid, .r_ready, .r_addr, .r_group,
      .e_case, .e_half, .e_first, .e_last, .e_u8, .e_raw,
      .tag_we, .tag_mid, .tag_raw, .tag_last, .tag_bank, .tag_group, .tag_dst
  );

  // The element in each stage: 0 after the read, 2 data there, 3 sum there, 4 maximum there.
  logic v0, v1, v2, v3, v4, half0, half1, half2, half3, first0, first1, first2, first3;
  logic last0, last1, last2, last3, u8_0, u8_1, u8_2, u8_3, u8_4, raw0, raw1, raw2, raw3;
  logic [GROUP_W-1:0] group0, group1, group2, group3;
  logic [3:0] case0, case1;
  logic [32*LANES-1:0] bias;
  logic [32*LANES-1:0] req;
  logic unused_bits;

  assign param_hold = (r_valid && e_half == param_half) || (v0 && half0 == param_half) ||
                      (v1 && half1 == param_half) || (v2 && half2 == param_half) ||
                      (v3 && half3 == param_half);

  vn_post_param #(.C(C), .LANES(LANES), .GROUPS(GROUPS), .GROUP_W(GROUP_W)) param (
      .clk, .rst, .start(d_valid && d_ready), .border(d[FLAGS + vn_spec_pkg::FLAG_BORDER]),
      .raw(d[FLAGS + vn_spec_pkg::FLAG_RAW]), .full(param_full), .want(param_want), .take(start),
      .hold(param_hold), .half(param_half), .p_valid, .p_ready, .p_data,
      .bias_en(v1), .bias_half(half1), .bias_case(case1), .bias_group(group1), .bias,
      .req_en(v3 && last3 && !raw3), .req_half(half3), .req_group(group3), .req
  );

  always_ff @(posedge clk)
    if (rst) begin
      v0 <= 1'b0;
      v1 <= 1'b0;
      v2 <= 1'b0;
      v3 <= 1'b0;
      v4 <= 1'b0;
    end else begin
      v0 <= r_valid && r_ready;
      v1 <= v0;
      v2 <= v1;
      v3 <= v2;
      v4 <= v3 && last3 && !raw3;
    end

  always_ff @(posedge clk) begin
    if (r_valid && r_ready) begin
      half0 <= e_half;
      first0 <= e_first;
      last0 <= e_last;
      u8_0 <= e_u8;
      raw0 <= e_raw;
      group0 <= r_group;
      case0 <= e_case;
    end
    if (v0) begin
      half1 <= half0;
      first1 <= first0;
      last1 <= last0;
      u8_1 <= u8_0;
      raw1 <= raw0;
      group1 <= group0;
      case1 <= case0;
    end
    if (v1) begin
      half2 <= half1;
      first2 <= first1;
      last2 <= last1;
      u8_2 <= u8_1;
      raw2 <= raw1;
      group2 <= group1;
    end
    if (v2) begin
      half3 <= half2;
      first3 <= first2;
      last3 <= last2;
      u8_3 <= u8_2;
      raw3 <= raw2;
      group3 <= group2;
    end
    if (v3) u8_4 <= u8_3;
  end

  // The lanes.
  logic [vn_cu_pkg::REQUANT_LATENCY:1] in_requant;  // results in the requantisers
  logic requant_ce, requant_out;
  logic [32*LANES-1:0] sums;
  logic [8*LANES-1:0] bytes;

  assign unused_bits = &{1'b0, req};  // between M and S, and above
  assign requant_out = in_requant[vn_cu_pkg::REQUANT_LATENCY];
  assign requant_ce = v4 || in_requant[vn_cu_pkg::REQUANT_LATENCY-1:1] != '0;

  always_ff @(posedge clk)
    if (rst) in_requant <= '0;
    else in_requant <= {in_requant[vn_cu_pkg::REQUANT_LATENCY-1:1], v4};

  for (genvar l = 0; l < LANES; l++) begin : g_lane
    logic signed [31:0] sum, best;

    always_ff @(posedge clk) begin
      if (v2) sum <= r_data[32*l +: 32] + bias[32*l +: 32];
      if (v3 && !raw3 && (first3 || sum > best)) best <= sum;
    end

    assign sums[32*l +: 32] = sum;

    vn_requant requant (
        .clk, .ce(requant_ce), .acc(best), .m(req[32*l +: 17]), .s(req[32*l+S_LSB +: 6]),
        .u8(u8_4), .q(bytes[8*l +: 8])
    );
  end

  // The queue: places are reserved with their tags in order, filled in the same order.
  logic [32*LANES-1:0] data_mem[DEPTH];
  logic [DST_W+GROUP_W+5:0] tag_mem[DEPTH];
  logic [PTR_W:0] reserved, filled, taken;
  logic fill, load, pop, out_free, behind;
  logic [2:0] owed;  // last words that cannot be read yet: vn_act holds at most 4
  logic head_mid, head_raw, head_last, out_last, mid_done;
  logic [2:0] head_bank;
  logic [GROUP_W-1:0] head_group;
  logic [DST_W-1:0] head_dst, out_dst;
  logic [32*LANES-1:0] head_data;
  logic [1:0] word;  // RAW: of the head's group

  assign empty = reserved == taken;
  assign room = (PTR_W + 1)'(reserved - taken) != (PTR_W + 1)'(DEPTH);
  assign fill = requant_out || (v3 && raw3);
  assign {head_mid, head_raw, head_last, head_bank, head_group, head_dst} =
      tag_mem[taken[PTR_W-1:0]];
  assign head_data = data_mem[taken[PTR_W-1:0]];
  assign out_free = !y_valid || y_ready;
  assign behind = owed != 3'd0 || (y_valid && out_last);
  assign load = out_free && filled != taken && !(head_mid && head_last && behind);
  assign pop = load && (!head_raw || word == 2'(RAW_WORDS - 1));

  always_ff @(posedge clk) begin
    if (tag_we)
      tag_mem[reserved[PTR_W-1:0]] <=
          {tag_mid, tag_raw, tag_last, tag_bank, tag_group, tag_dst};
    if (fill)
      data_mem[filled[PTR_W-1:0]] <= requant_out ? {{(24 * LANES) {1'b0}}, bytes} : sums;
  end

  always_ff @(posedge clk)
    if (rst) begin
      reserved <= '0;
      filled <= '0;
      taken <= '0;
      word <= 2'd0;
      y_valid <= 1'b0;
      m_we <= 1'b0;
      owed <= 3'd0;
      mid_done <= 1'b0;
    end else begin
      if (tag_we) reserved <= reserved + (PTR_W + 1)'(1);
      if (fill) filled <= filled + (PTR_W + 1)'(1);
      if (pop) taken <= taken + (PTR_W + 1)'(1);
      if (load && head_raw) word <= pop ? 2'd0 : word + 2'd1;
      if (out_free) y_valid <= load && !head_mid;
      m_we <= load && head_mid;
      if ((y_valid && y_ready && out_last) != y_done)
        owed <= y_done ? owed - 3'd1 : owed + 3'd1;
      mid_done <= m_we && out_last;
    end

  always_ff @(posedge clk)
    if (load) begin
      out_last <= head_last && pop;
      out_dst <= head_raw ? head_dst + DST_W'(word) : head_dst;
      m_bank <= head_bank;
      m_group <= head_group;
      if (head_raw) begin
        y_strb <= '1;
        y_data <= head_data[8*R*(32'(word)%RAW_WORDS) +: 8*R];
      end else begin
        y_strb <= R'({LANES{1'b1}}) << (LANES * (32'(head_group) % PARTS));
        y_data <= {PARTS{head_data[8*LANES-1:0]}};
      end
    end

  assign done = mid_done || y_done;
  assign y_last = out_last;
  assign y_addr = out_dst[ACT_W-1:0];
  assign m_slot = out_dst[SLOT_W-1:0];
  assign m_data = y_data[8*LANES-1:0];

  always_comb
    if (r_valid) state = r_ready ? BUSY : BLOCKED;
    else if (stuck || (y_valid && !y_ready)) state = BLOCKED;
    else if (!empty || y_valid || m_we) state = BUSY;
    else if (param_want && !p_valid) state = WEIGHTS;
    else state = d_ready ? IDLE : BUSY;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (32'((PTR_W + 1)'(reserved - taken)) <= DEPTH)
        else $fatal(1, "more results than places");
      assert (!fill || filled != reserved) else $fatal(1, "a result without a place");
      assert (!(&owed && y_valid && y_last)) else $fatal(1, "too many words are owed");
      assert (!(requant_out && v3 && raw3)) else $fatal(1, "two results in one cycle");
    end
  vn_stays #(.W(1 + ACT_W + R + 8 * R)) y_stays (
      .clk, .rst, .valid(y_valid), .ready(y_ready), .data({y_last, y_addr, y_strb, y_data})
  );
`endif
endmodule
