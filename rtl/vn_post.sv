// SPDX-License-Identifier: Apache-2.0
//
// vn_post: descriptor POST - bias, max pool, ReLU by saturation, requantise, or raw int32
// (docs/program-format.md).  Twin of hls/vn_post.c.
//
// LANES channels at once: read psum -> add bias -> running maximum of the window -> requantise ->
// queue -> activation buffer or middle buffer.  A read taken in cycle k: data k+3, sum k+4, maximum
// k+5, 8 bits k+12, written k+14 at the earliest (RAW: k+6).  The pipeline never stops: a read is
// issued only when the queue has a place for its result, so that back pressure of y_ready loses
// nothing.
// Throughput: a read a cycle (RAW: an activation word a cycle), without gaps.  Two descriptors are
// held: one walked, the next one planned and its parameters taken.  Of one that comes alone in
// cycle 0, with P = vectors * C/min(LANES, 16) cycles for its parameters and S = max(24, P + 3), the
// reads are taken from S+2 on, and done comes in S + 16 + reads (activation
// buffer: 2 later; RAW: S + 10 + words).  After another
// one S is also the last one's S + reads, so that nothing is lost; but one more where that one's
// last window is a single read (LANES = C), and 18 more for RAW: the pipeline drains.
// Cost (yosys, R = 32, C = 64): 6,900 LUTs, 7,600 flip-flops, 34 DSP48E2, 15 RAMB18E2; with
// 32 lanes 12,700, 13,400, 66 and 30.
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
  localparam int unsigned DST_W = ACT_W > SLOT_W ? ACT_W : SLOT_W;
  localparam int unsigned S_LSB = vn_spec_pkg::REQ_S_LSB;
  localparam int unsigned FLAGS = vn_spec_pkg::D_ALL_FLAGS_LSB;
  localparam int unsigned REQUANT = vn_cu_pkg::REQUANT_LATENCY;

  if (R < 8 || R > 64 || C < R || C > 128 || (R & (R - 1)) != 0 || (C & (C - 1)) != 0 ||
      LANES < 8 || LANES > 32 || LANES > R || 4 * LANES < R || (LANES & (LANES - 1)) != 0)
  begin : g_check
    $error("vn_post: impossible R, C or LANES");
  end

  // Plan, windows, parameters, walk.
  logic plan_ready, begun, param_full, param_want, param_half, start, started, drained, busy, room, empty;
  logic [511:0] job;
  logic [15:0] y_rem, y_rest, x_rem, x_rest, turn;
  logic [15:0] rows, cols;
  logic one_row, one_col, y_over, x_over, ring_end;
  logic [16:0] y_less, x_less;
  logic [1:0] y_ratio, x_ratio;
  logic [PSUM_W-1:0] pitch, y_at, y_stride, x_at;
  logic y_head, y_tail, x_head, x_tail;
  logic [DST_W-1:0] dst, dst_wrap;
  logic w_valid, w_ready, w_first, w_row_end, w_last;
  logic [PSUM_W-1:0] w_addr;
  logic [1:0] w_dy, w_dx;
  logic [3:0] w_edge;
  logic [1:0] e_case_y, e_case_x;
  logic e_half, e_first, e_last, e_end, e_u8, e_raw;
  logic result, result_pixel, result_row, result_last;
  logic [GROUP_W-1:0] result_group;

  assign pitch = PSUM_W'(job[vn_spec_pkg::D_POST_PITCH_LSB +: 16]);

  vn_post_plan #(.PSUM_W(PSUM_W), .DST_W(DST_W)) plan (
      .clk, .rst, .d_valid, .d_ready, .d, .ready(plan_ready), .begun, .take(start), .job, .rows, .cols, .one_row, .one_col, .y_over, .y_rem, .y_rest, .y_less, .y_ratio, .y_at, .y_stride, .y_head, .y_tail,
      .x_over, .x_rem, .x_rest, .x_less, .x_ratio, .x_at, .x_head, .x_tail, .dst, .dst_wrap, .turn,
      .ring_end
  );

  vn_post_windows #(.PSUM_W(PSUM_W)) windows (
      .clk, .rst, .ready(plan_ready), .begin_job(begun),
      .rows, .cols, .one_row, .one_col, .y_over, .y_rem, .y_rest, .y_less, .y_ratio,
      .y_at, .pitch, .stride(y_stride), .y_head, .y_tail, .x_over, .x_rem, .x_rest, .x_less, .x_ratio, .x_at,
      .x_head, .x_tail, .w_valid, .w_ready, .w_addr, .w_dy, .w_dx, .w_first, .w_row_end, .w_last,
      .w_edge
  );

  vn_post_walk #(.GROUPS(GROUPS), .GROUP_W(GROUP_W), .PSUM_W(PSUM_W)) walk (
      .clk, .rst, .busy, .room,
      .can_start(param_full && (!job[FLAGS + vn_spec_pkg::FLAG_RAW] || drained)), .start,
      .half(param_half), .u8(job[FLAGS + vn_spec_pkg::FLAG_U8]),
      .raw(job[FLAGS + vn_spec_pkg::FLAG_RAW]), .border(job[FLAGS + vn_spec_pkg::FLAG_BORDER]),
      .pitch, .w_valid, .w_ready, .w_addr, .w_dy, .w_dx, .w_first, .w_row_end, .w_last, .w_edge,
      .r_valid, .r_ready, .r_addr, .r_group, .e_case_y, .e_case_x, .e_half, .e_first, .e_last, .e_end, .e_u8,
      .e_raw, .result, .result_group, .result_pixel, .result_row, .result_last
  );

  always_ff @(posedge clk) begin
    started <= start && !rst;
    // RAW results come out earlier than 8-bit ones, so none of those may be on its way.
    drained <= !busy && !result && empty;
  end

  // The element in each stage: 1 after the read, 3 data there, 4 sum there, 5 maximum there.
  logic read;
  logic [4:1] v, half, first, last, last_read, u8, raw;
  logic [4*GROUP_W-1:0] group;
  logic [3:0] case1;
  logic v5, u8_5;
  logic [32*LANES-1:0] bias;
  logic [32*LANES-1:0] req;
  logic unused_bits;

  assign read = r_valid && r_ready;
  assign unused_bits = &{1'b0, req};  // between M and S, and above

  vn_post_param #(.C(C), .LANES(LANES), .GROUPS(GROUPS), .GROUP_W(GROUP_W)) param (
      .clk, .rst, .start(d_valid && d_ready), .border(d[FLAGS + vn_spec_pkg::FLAG_BORDER]),
      .raw(d[FLAGS + vn_spec_pkg::FLAG_RAW]), .full(param_full), .want(param_want), .take(start),
      .half(param_half), .release_half(v[4] && last_read[4]), .p_valid, .p_ready, .p_data,
      .bias_en(v[1]), .bias_half(half[1]), .bias_case(case1), .bias_group(group[GROUP_W-1:0]),
      .bias, .req_en(v[4] && last[4] && !raw[4]), .req_half(half[4]),
      .req_group(group[3*GROUP_W +: GROUP_W]), .req
  );

  always_ff @(posedge clk)
    if (rst) begin
      v <= '0;
      v5 <= 1'b0;
    end else begin
      v <= {v[3:1], read};
      v5 <= v[4] && last[4] && !raw[4];
    end

  always_ff @(posedge clk)
    if (r_valid || v != '0) begin
      half <= {half[3:1], e_half};
      first <= {first[3:1], e_first};
      last <= {last[3:1], e_last};
      last_read <= {last_read[3:1], e_end};
      u8 <= {u8[3:1], e_u8};
      raw <= {raw[3:1], e_raw};
      group <= {group[3*GROUP_W-1:0], r_group};
      case1 <= {1'b0, e_case_y, 1'b0} + {2'b0, e_case_y} + {2'b0, e_case_x};
      u8_5 <= u8[4];
    end

  // The lanes; their enables, one for eight of them, are registers.
  logic [REQUANT:1] in_requant;  // results in the requantisers; the last: at their outputs
  logic requant_next;
  logic [32*LANES-1:0] sums;
  logic [8*LANES-1:0] bytes;

  always_ff @(posedge clk)
    if (rst) in_requant <= '0;
    else in_requant <= {in_requant[REQUANT-1:1], v5};

  assign requant_next = (v[4] && last[4] && !raw[4]) || v5 || in_requant[REQUANT-2:1] != '0;

  for (genvar i = 0; i < LANES / 8; i++) begin : g_enable
    (* keep *) logic sum_en, best_en, best_first, requant_en;

    always_ff @(posedge clk) begin
      sum_en <= v[2];
      best_en <= v[3] && !raw[3];
      best_first <= first[3];
      requant_en <= requant_next;
    end

    for (genvar l = 8 * i; l < 8 * i + 8; l++) begin : g_lane
      logic signed [31:0] sum, best;

      always_ff @(posedge clk) begin
        if (sum_en) sum <= r_data[32*l +: 32] + bias[32*l +: 32];
        if (best_en && (best_first || sum > best)) best <= sum;
      end

      assign sums[32*l +: 32] = sum;

      vn_requant requant (
          .clk, .ce(requant_en), .acc(best), .m(req[32*l +: 17]), .s(req[32*l+S_LSB +: 6]),
          .u8(u8_5), .q(bytes[8*l +: 8])
      );
    end
  end

  // Where results go.
  logic tag_mid, tag_raw;
  logic [2:0] tag_bank;
  logic [DST_W-1:0] tag_dst;

  vn_post_place #(
      .GROUP_W(GROUP_W), .PARTS(R / LANES), .RAW_WORDS(4 * LANES / R), .DST_W(DST_W)
  ) place (
      .clk, .start(started), .job, .dst, .dst_wrap, .turn, .ring_end, .result, .result_group, .result_pixel,
      .result_row, .tag_mid, .tag_raw, .tag_bank, .tag_dst
  );

  vn_post_queue #(
      .R(R), .LANES(LANES), .GROUP_W(GROUP_W), .DST_W(DST_W), .ACT_W(ACT_W), .SLOT_W(SLOT_W)
  ) queue (
      .clk, .rst, .room, .empty, .reserve(result), .tag_mid, .tag_raw,
      .tag_last(result_pixel && result_row && result_last), .tag_bank, .tag_group(result_group),
      .tag_dst, .fill(in_requant[REQUANT] || (v[4] && raw[4])),
      .fill_data(in_requant[REQUANT] ? {{(24 * LANES) {1'b0}}, bytes} : sums),
      .m_we, .m_bank, .m_slot, .m_group, .m_data, .y_valid, .y_ready, .y_last, .y_addr, .y_strb,
      .y_data, .y_done, .done
  );

  logic y_stalled;

  always_ff @(posedge clk) y_stalled <= y_valid && !y_ready;

  always_ff @(posedge clk)
    if (rst) state <= vn_cu_pkg::STATE_IDLE;
    else if (r_valid) state <= r_ready ? vn_cu_pkg::STATE_BUSY : vn_cu_pkg::STATE_BLOCKED;
    else if ((busy && !room) || y_stalled) state <= vn_cu_pkg::STATE_BLOCKED;
    else if (busy || !empty || y_valid || m_we) state <= vn_cu_pkg::STATE_BUSY;
    else if (param_want && !p_valid) state <= vn_cu_pkg::STATE_WEIGHTS;
    else state <= d_ready ? vn_cu_pkg::STATE_IDLE : vn_cu_pkg::STATE_BUSY;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst)
      assert (!(in_requant[REQUANT] && v[4] && raw[4])) else $fatal(1, "two results in one cycle");
`endif
endmodule
