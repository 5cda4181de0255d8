// SPDX-License-Identifier: Apache-2.0
//
// vn_array_dpi: vn_array for simulation, as a C model (rtl/sim/vn_array_dpi.c) that is called once
// an enabled cycle.  Needs that file linked.
// Not for synthesis.
`ifndef SYNTHESIS
module vn_array_dpi #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned LATENCY = 51
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
  import "DPI-C" function chandle vn_array_dpi_new(
      input int rows, input int cols, input int latency);
  import "DPI-C" function void vn_array_dpi_reset(input chandle handle);
  import "DPI-C" function void vn_array_dpi_step(
      input chandle handle, input bit x_switch, input bit w_shift, input bit [8*R-1:0] x_data,
      input bit [8*C-1:0] w_row, output bit [32*C-1:0] sum);

  import "DPI-C" function void vn_array_dpi_free(input chandle handle);

  chandle model;
  initial model = vn_array_dpi_new(R, C, LATENCY);
  final vn_array_dpi_free(model);

  bit [32*C-1:0] next;
  always_ff @(posedge clk) begin
    if (ce) begin
      vn_array_dpi_step(model, x_switch, w_shift, x_data, w_row, next);
      sum <= next;
    end
    if (rst) vn_array_dpi_reset(model);
  end
endmodule
`endif
