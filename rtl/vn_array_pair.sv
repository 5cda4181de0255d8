// SPDX-License-Identifier: Apache-2.0
//
// vn_array_pair: two neighbouring columns of vn_array_dsp, R cells each in R DSP48E2s.
//
// Activations and control bits of each row come from the pair to the left, are registered here and
// go on to the right.  A DSP holds (even << 19) + odd of the two weights of its row; a chain of
// CHAIN rows sums products down the P cascade, the next chain starts anew.  A chain's sum is
// (sum of even << 19) + sum of odd + 2^18: the bias keeps the lower field from borrowing, as
// 16 * 128 * 127 < 2^18.
//   w      the weights of the row that enters row 0 with shift_in: one cycle after it
//   sums   3 cycles after the activation of a chain's last row left this pair's register
// Cost: R DSP48E2, 10*R FF, no LUT.
module vn_array_pair #(
    parameter int unsigned R = 32,
    parameter int unsigned CHAIN = R < 16 ? R : 16
) (
    input  logic clk,
    input  logic [8*R-1:0] x_in,
    input  logic [R-1:0] switch_in,
    input  logic [R-1:0] shift_in,
    output logic [8*R-1:0] x_out,
    output logic [R-1:0] switch_out,
    output logic [R-1:0] shift_out,
    input  logic [26:0] w,
    output logic [48*(R/CHAIN)-1:0] sums
);
  localparam logic [47:0] BIAS = 48'h40000;

  always_ff @(posedge clk) begin
    x_out <= x_in;
    switch_out <= switch_in;
    shift_out <= shift_in;
  end

  // Cascades from row to row; a row's input is at its own index, its output at the next.
  logic [30*(R+1)-1:0] a;
  logic [48*(R+1)-1:0] p;
  assign a[29:0] = 30'd0;
  assign p[47:0] = 48'd0;
  for (genvar r = 0; r < R; r++) begin : row
    logic [47:0] p_in, p_end;
    assign p_in = r % CHAIN == 0 ? 48'd0 : p[48*r +: 48];
    vn_dsp48e2 #(.TOP(r == 0), .FIRST(r % CHAIN == 0), .BIAS(BIAS)) cell_pair (
        .clk, .a(r == 0 ? w : 27'h7ffffff), .a_in(a[30*r +: 30]), .a_out(a[30*(r+1) +: 30]),
        .shift(shift_out[r]), .switch(switch_out[r]), .b(x_out[8*r +: 8]), .p_in,
        .p_out(p[48*(r+1) +: 48]), .p(p_end)
    );
    if (r % CHAIN == CHAIN - 1) begin : last
      assign sums[48*(r/CHAIN) +: 48] = p_end;
    end
  end
endmodule
