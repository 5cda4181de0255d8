// SPDX-License-Identifier: Apache-2.0
//
// array_top: the flavours of vn_array side by side, for array_tb.cpp; without VN_DPI the third is
// the second.
module array_top #(
    parameter int unsigned R = 8,
    parameter int unsigned C = 8
) (
    input  logic clk,
    input  logic rst,
    input  logic ce,
    input  logic [8*R-1:0] x_data,
    input  logic x_switch,
    input  logic w_shift,
    input  logic [8*C-1:0] w_row,
    output logic [32*C-1:0] sum_dsp,
    output logic [32*C-1:0] sum_flat,
    output logic [32*C-1:0] sum_dpi
);
  vn_array #(.R(R), .C(C), .FLAVOUR(0)) dsp (
      .clk, .rst, .ce, .x_data, .x_switch, .w_shift, .w_row, .sum(sum_dsp)
  );
  vn_array #(.R(R), .C(C), .FLAVOUR(1)) flat (
      .clk, .rst, .ce, .x_data, .x_switch, .w_shift, .w_row, .sum(sum_flat)
  );
`ifdef VN_DPI
  vn_array #(.R(R), .C(C), .FLAVOUR(2)) dpi (
      .clk, .rst, .ce, .x_data, .x_switch, .w_shift, .w_row, .sum(sum_dpi)
  );
`else
  assign sum_dpi = sum_flat;
`endif
endmodule
