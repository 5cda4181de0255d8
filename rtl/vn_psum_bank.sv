// SPDX-License-Identifier: Apache-2.0
//
// vn_psum_bank: one bank of the partial-sum buffer, for one group of LANES columns: a RAM with a
// write port and a read port whose output is registered twice (block RAM with its output register).
//
// re: q is the word two cycles later, and stays.  we: the word can be read by the next cycle's re.
module vn_psum_bank #(
    parameter int unsigned W = 512,
    parameter int unsigned WORDS = 1024
) (
    input  logic clk,
    input  logic we,
    input  logic [$clog2(WORDS)-1:0] waddr,
    input  logic [W-1:0] wdata,
    input  logic re,
    input  logic [$clog2(WORDS)-1:0] raddr,
    output logic [W-1:0] q
);
  (* ram_style = "block" *) logic [W-1:0] mem[WORDS];
  logic [W-1:0] word;
  logic read;

  always_ff @(posedge clk) begin
    if (we) mem[waddr] <= wdata;
    if (re) word <= mem[raddr];
    if (read) q <= word;
    read <= re;
  end
endmodule
