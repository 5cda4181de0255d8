// SPDX-License-Identifier: Apache-2.0
//
// vn_array: the weight-stationary systolic array, R x C cells.  Twin of the cells of
// hls/vn_array.c.
//
// A pixel of R int8 channels enters in a cycle; C int32 sums of its products with the weights leave
// LATENCY cycles later, all columns together.  The weights of the next tile enter a shadow, a row a
// cycle, and become active with the first pixel of the tile.
//
//   x_data, x_switch   a pixel; x_switch: it is the first of a tile, for it the shadow becomes
//                      active
//   w_shift, w_row     a row of the next tile, row R-1 first.  Between two switches exactly R rows
//                      enter, none of them in a cycle of a switch: a turn (from a switch to the
//                      next) lasts R+1 cycles at least
//   ce                 low in cycles that may be skipped: nothing enters, and nothing has entered
//                      in the LATENCY-1 cycles before.  The simulated flavours then cost nothing;
//                      the DSP flavour runs on, which saves a clock enable at every register
//   sum                of a cycle in which no pixel entered: undefined
//   rst                forgets the rows in the shadow
//
// FLAVOUR: 0 DSP48E2 (vn_array_dsp), 1 for simulation (vn_array_flat), 2 a C model (vn_array_dpi,
// needs VN_DPI defined).  All have the same latency.
module vn_array #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned FLAVOUR = 0,
    parameter int unsigned CHAIN = R < 16 ? R : 16,  // rows that one chain of DSPs sums
    parameter int unsigned LATENCY = CHAIN + C / 2 + 2 + $clog2(R / CHAIN)
) (
    input  logic clk,
    input  logic rst,
    input  logic ce,
    input  logic [8*R-1:0] x_data,
    input  logic x_switch,
    input  logic w_shift,
    input  logic [8*C-1:0] w_row,
    output logic [32*C-1:0] sum
);
  if (LATENCY != CHAIN + C / 2 + 2 + $clog2(R / CHAIN)) begin : impossible_latency
    $error("vn_array: LATENCY is not that of the DSP flavour");
  end

  if (FLAVOUR == 0) begin : dsp
    vn_array_dsp #(.R(R), .C(C)) array (
        .clk, .rst, .x_data, .x_switch, .w_shift, .w_row, .sum
    );
  end else if (FLAVOUR == 1) begin : flat
    vn_array_flat #(.R(R), .C(C), .LATENCY(LATENCY)) array (
        .clk, .rst, .ce, .x_data, .x_switch, .w_shift, .w_row, .sum
    );
  end
`ifdef VN_DPI
  else if (FLAVOUR == 2) begin : dpi
    vn_array_dpi #(.R(R), .C(C), .LATENCY(LATENCY)) array (
        .clk, .rst, .ce, .x_data, .x_switch, .w_shift, .w_row, .sum
    );
  end
`endif
  else begin : impossible
    $error("vn_array: no such FLAVOUR");
  end
endmodule
