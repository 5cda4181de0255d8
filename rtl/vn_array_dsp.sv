// SPDX-License-Identifier: Apache-2.0
//
// vn_array_dsp: vn_array in DSP48E2s, half of one a cell.
//
//              pair 0        pair 1    ...   w_row: pair p is delayed by p, packed and registered
//                |             |
//   x row 0 -> [DSP] --------> [DSP] ->      x_data: row r is delayed by r mod CHAIN
//                |             |
//   x row 1 -> [DSP] --------> [DSP] ->      switch goes with it; shift does not wait
//                v             v
//             vn_chain_add  vn_chain_add     sums: pair p is delayed by PAIRS-1-p
//
// Each chain of CHAIN rows is skewed from 0, so that the chains of a pair end together.
// Row r may shift once the switch has passed it.  Since a turn's shift number n comes n+1 cycles or
// more after the switch, row r shifts with number r mod CHAIN and later: row r needs no earlier
// ones.
// Latency: CHAIN + PAIRS + 2 + log2(R/CHAIN).
// Cost beside vn_array_pair and vn_chain_add: 8 LUT a pair for packing; SRLs for the skews: about
// 9 a row, 16 a pair, and 20 a column to straighten the sums.
module vn_array_dsp #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned CHAIN = R < 16 ? R : 16
) (
    input  logic clk,
    input  logic rst,
    input  logic [8*R-1:0] x_data,
    input  logic x_switch,
    input  logic w_shift,
    input  logic [8*C-1:0] w_row,
    output logic [32*C-1:0] sum
);
  localparam int unsigned PAIRS = C / 2;
  localparam int unsigned CHAINS = R / CHAIN;
  localparam int unsigned W = 19 + $clog2(CHAINS);  // bits of a sum

  // Left edge.  open[n]: at least n rows of the next tile have come.
  logic [CHAIN-1:0] open;
  logic [CHAIN-2:0] opened;
  assign open = {opened, 1'b1};
  always_ff @(posedge clk)
    if (rst || x_switch) opened <= '0;
    else if (w_shift) opened <= open[CHAIN-2:0];

  // From pair to pair; a pair's input is at its own index, its output at the next.
  logic [8*R*(PAIRS+1)-1:0] x;
  logic [R*(PAIRS+1)-1:0] switch, shift;
  for (genvar r = 0; r < R; r++) begin : edge_row
    vn_shift_line #(.W(9), .N(r % CHAIN)) skew (
        .clk, .d({x_switch, x_data[8*r +: 8]}), .q({switch[r], x[8*r +: 8]})
    );
    assign shift[r] = w_shift && open[r%CHAIN];
  end

  for (genvar p = 0; p < PAIRS; p++) begin : pair
    // Weights of the row, two in one: (even << 19) + odd.
    logic [7:0] even_w, odd_w;
    logic [26:0] w;
    vn_shift_line #(.W(16), .N(p)) skew (.clk, .d(w_row[16*p +: 16]), .q({odd_w, even_w}));
    always_ff @(posedge clk) w <= {even_w - {7'd0, odd_w[7]}, {11{odd_w[7]}}, odd_w};

    logic [48*CHAINS-1:0] sums;
    vn_array_pair #(.R(R), .CHAIN(CHAIN)) cells (
        .clk, .x_in(x[8*R*p +: 8*R]), .switch_in(switch[R*p +: R]), .shift_in(shift[R*p +: R]),
        .x_out(x[8*R*(p+1) +: 8*R]), .switch_out(switch[R*(p+1) +: R]),
        .shift_out(shift[R*(p+1) +: R]), .w, .sums
    );

    logic [W-1:0] even, odd, even_q, odd_q;
    vn_chain_add #(.N(CHAINS)) add (.clk, .sums, .even, .odd);
    vn_shift_line #(.W(2 * W), .N(PAIRS - 1 - p)) straighten (
        .clk, .d({odd, even}), .q({odd_q, even_q})
    );
    assign sum[64*p +: 32] = {{(32 - W) {even_q[W-1]}}, even_q};
    assign sum[64*p+32 +: 32] = {{(32 - W) {odd_q[W-1]}}, odd_q};
  end
endmodule
