// SPDX-License-Identifier: Apache-2.0
// A counter of WIDTH bits: one LUT, the carry chain, its own register.
module vn_counter #(
    parameter int WIDTH = 32
) (
    input  logic             clk,
    input  logic             rst,
    output logic [WIDTH-1:0] count
);
  always_ff @(posedge clk)
    if (rst) count <= '0;
    else count <= count + 1'b1;
endmodule
