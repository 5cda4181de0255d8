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
// Latency, start to done: TAKE, GIVE 6 cycles; BEGIN, HOME 26.
// Cost: memories of 64 x 7 and 64 x 6 bits in LUTs (pair (a, b) at address {a, b}), about 210 LUTs.
module vn_order (
    input  logic         clk,
    input  logic         rst,
    input  logic         start,
    input  logic [2:0]   op,
    input  logic [511:0] d,
    input  logic [2:0]   engine,
    output logic         done,
    output logic         ok
);
  localparam logic [2:0] BEGIN = 3'd0, TAKE = 3'd1, GIVE = 3'd2;
  localparam int unsigned BITS = vn_spec_pkg::TOKEN_BITS, ROW = vn_spec_pkg::TOKEN_ROW;
  localparam logic [2:0] LAST = 3'(vn_spec_pkg::ENGINES - 1);

  logic [BITS:0] counts[64];
  logic [BITS-1:0] homes[64];

  logic busy, bad, last;
  logic [2:0] outer, inner, row_no, a, b;
  logic [BITS:0] count, next;
  logic [ROW-1:0] row, row_d;  // five numbers; the lowest is the next counter's
  logic [BITS-1:0] value, home;
  logic [4:0] signals;

  assign signals = d[vn_spec_pkg::D_ALL_SIGNAL_LSB+:5];
  assign row_no = busy ? outer + 3'd1 : 3'd0;

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
  assign count = counts[{a, b}];
  assign home = homes[{a, b}];
  assign value = row[BITS-1:0];

  always_comb begin
    next = {1'b0, value};
    bad = 1'b0;
    case (op)
      BEGIN: ;
      TAKE: begin
        bad = count < {1'b0, value};
        next = count - {1'b0, value};
      end
      GIVE: begin
        next = count + {1'b0, value};
        bad = next > (BITS+1)'(vn_spec_pkg::TOKEN_MAX);
      end
      default: bad = count != {1'b0, home};
    endcase
  end

  always_ff @(posedge clk)
    if (busy && (op == BEGIN || op == TAKE || op == GIVE)) counts[{a, b}] <= next;
  always_ff @(posedge clk) if (busy && op == BEGIN) homes[{a, b}] <= value;

  always_ff @(posedge clk)
    if (rst) begin
      busy <= 1'b0;
      done <= 1'b0;
    end else begin
      done <= busy && last;
      if (start) begin
        busy <= 1'b1;
        ok <= 1'b1;
        inner <= 3'd0;
        outer <= 3'd0;
        row <= row_d;
      end else if (busy) begin
        busy <= !last;
        inner <= inner == LAST ? 3'd0 : inner + 3'd1;
        if (inner == LAST) outer <= outer + 3'd1;
        row <= inner == LAST ? row_d : {BITS'(0), row[ROW-1:BITS]};
        if (bad) ok <= 1'b0;
      end
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!start || (!busy && op <= 3'd3)) else $fatal(1, "a start before done, or no such op");
    end
`endif
endmodule
