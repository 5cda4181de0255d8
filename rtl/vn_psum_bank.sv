// SPDX-License-Identifier: Apache-2.0
//
// vn_psum_bank: one bank of the partial-sum buffer, for one group of LANES columns: a RAM with a
// write port and a read port with registers at its address and, twice, at its output (block RAM
// with its output register).
//
// re: q is the word three cycles later, and stays.  we: a re in that cycle reads the new word.
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
  (* keep = "true" *) logic reading;
  (* keep = "true" *) logic [$clog2(WORDS)-1:0] from;
  logic came;

  always_ff @(posedge clk) begin
    reading <= re;
    from <= raddr;
    if (we) mem[waddr] <= wdata;
    if (reading) word <= mem[from];
    came <= reading;
    if (came) q <= word;
  end
endmodule
