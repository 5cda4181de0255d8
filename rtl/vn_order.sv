// SPDX-License-Identifier: Apache-2.0
//
// vn_order: the token counters in list order; they only find faults.  Twin of hls/vn_token.h.
//
// op (stable, like d and engine, from start to done):
//   0 BEGIN  the counters take the values of BEGIN descriptor d; HOME wants them back there
//   1 TAKE   take what descriptor d of engine waits for; ok is 0 if a token is not there
//   2 GIVE   give what d signals; ok is 0 if a counter passes TOKEN_MAX
//   3 HOME   ok is 0 if a counter is not where BEGIN put it (d and engine do not matter)
// After ok = 0 the counters are good for nothing but another BEGIN.
//
// start and done are pulses; ok is valid with done.  One counter a cycle.
// A counter is read in one cycle, and checked and written in the next.
// Latency, start to done: TAKE, GIVE 8 cycles; BEGIN, HOME 28.
// Cost: memories of 64 x 7 and 64 x 6 bits in LUTs (pair (a, b) at address {a, b}), about 210 LUTs.
module vn_order (
    input  logic         clk,
    input  logic         rst,
    input  logic         start,
    input  logic [1:0]   op,
    input  logic [511:0] d,
    input  logic [2:0]   engine,
    output logic         done,
    output logic         ok
);
  localparam logic [1:0] BEGIN = 2'd0, TAKE = 2'd1, GIVE = 2'd2;
  localparam int unsigned BITS = vn_spec_pkg::TOKEN_BITS, ROW = vn_spec_pkg::TOKEN_ROW;
  localparam logic [2:0] LAST = 3'(vn_spec_pkg::ENGINES - 1);

  logic [BITS:0] counts[64];
  logic [BITS-1:0] homes[64];

  logic busy, bad, last;
  logic [2:0] outer, inner, row_no, a, b;  // row_no: of the row to come
  logic [ROW-1:0] row, row_d;  // five numbers; the lowest is the next counter's
  logic [4:0] signals;
  // The counter that was read.
  logic valid, last_1, bad_1, last_2;
  logic [5:0] at;
  logic [BITS:0] count, next;
  logic [BITS-1:0] value, home;

  assign signals = d[vn_spec_pkg::D_ALL_SIGNAL_LSB+:5];

  always_comb
    if (op == TAKE) row_d = d[vn_spec_pkg::D_ALL_WAIT_LOAD_LSB+:ROW];
    else if (op == GIVE)
      row_d = {
        BITS'(signals[4]), BITS'(signals[3]), BITS'(signals[2]), BITS'(signals[1]), BITS'(signals[0])
      };
    else
      case (row_no)
        3'd0: row_d = d[vn_spec_pkg::D_BEGIN_TOKENS_LOAD_LSB+:ROW];
        3'd1: row_d = d[vn_spec_pkg::D_BEGIN_TOKENS_ARRAY_LSB+:ROW];
        3'd2: row_d = d[vn_spec_pkg::D_BEGIN_TOKENS_POST_LSB+:ROW];
        3'd3: row_d = d[vn_spec_pkg::D_BEGIN_TOKENS_DW_LSB+:ROW];
        default: row_d = d[vn_spec_pkg::D_BEGIN_TOKENS_STORE_LSB+:ROW];
      endcase

  assign a = op == TAKE ? inner : op == GIVE ? engine : outer;
  assign b = op == TAKE ? engine : inner;
  assign last = inner == LAST && (op == TAKE || op == GIVE || outer == LAST);

  always_ff @(posedge clk) begin
    at <= {a, b};
    count <= counts[{a, b}];
    home <= homes[{a, b}];
    value <= row[BITS-1:0];
  end

  // One adder: 0 or the counter, plus or minus the number.
  logic [BITS+1:0] sum;
  logic dropped;
  assign {sum, dropped} = {op == BEGIN ? (BITS+2)'(0) : {1'b0, count}, 1'b1} +
      {op == TAKE ? ~{2'b00, value} : {2'b00, value}, op == TAKE};
  assign next = sum[BITS:0];
  always_comb
    case (op)
      BEGIN: bad = 1'b0;
      TAKE: bad = sum[BITS+1];
      GIVE: bad = next > (BITS+1)'(vn_spec_pkg::TOKEN_MAX);
      default: bad = count != {1'b0, home};
    endcase

  always_ff @(posedge clk)
    if (valid && op <= GIVE) counts[at] <= next;
  always_ff @(posedge clk) if (valid && op == BEGIN) homes[at] <= value;

  always_ff @(posedge clk) begin
    if (start) begin
      inner <= 3'd0;
      outer <= 3'd0;
      row_no <= 3'd1;
      row <= row_d;
    end else if (busy) begin
      inner <= inner == LAST ? 3'd0 : inner + 3'd1;
      if (inner == LAST) begin
        outer <= outer + 3'd1;
        row_no <= row_no + 3'd1;
      end
      row <= inner == LAST ? row_d : {BITS'(0), row[ROW-1:BITS]};
    end
    if (rst || !(busy || start)) row_no <= 3'd0;
    last_1 <= last;
    bad_1 <= valid && bad;
    if (start) ok <= 1'b1;
    else if (bad_1) ok <= 1'b0;
  end

  always_ff @(posedge clk)
    if (rst) begin
      busy <= 1'b0;
      valid <= 1'b0;
      last_2 <= 1'b0;
      done <= 1'b0;
    end else begin
      busy <= start || (busy && !last);
      valid <= busy;
      last_2 <= valid && last_1;
      done <= last_2;
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!start || (!busy && !valid)) else $fatal(1, "a start before done");
    end
`endif
endmodule
