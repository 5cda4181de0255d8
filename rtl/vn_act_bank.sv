// SPDX-License-Identifier: Apache-2.0
//
// vn_act_bank: WORDS words of R bytes of vn_act, as deep as one UltraRAM.  Port A reads, port B
// reads or writes bytes.
//
// An access is registered before the RAM and its word behind it (the RAM's output register, without
// which a word comes too late for a logic level): a read's word is there three cycles later, and
// stays.  A write in the cycle after can be read.
module vn_act_bank #(
    parameter int unsigned R = 32,
    parameter int unsigned WORDS = 4096,
    localparam int unsigned AW = $clog2(WORDS)
) (
    input  logic           clk,
    input  logic           a_en,
    input  logic [AW-1:0]  a_addr,
    output logic [8*R-1:0] a_word,
    input  logic           b_en,
    input  logic           b_we,
    input  logic [AW-1:0]  b_addr,
    input  logic [R-1:0]   b_strb,
    input  logic [8*R-1:0] b_data,
    output logic [8*R-1:0] b_word
);
  (* ram_style = "ultra" *) logic [8*R-1:0] mem[WORDS];

  (* keep = "true" *) logic en_a, read, write;
  (* keep = "true" *) logic [AW-1:0] addr_a, addr_b;
  logic came_a, came_b;
  logic [8*R-1:0] read_a, read_b;

  always_ff @(posedge clk) begin
    en_a <= a_en;
    addr_a <= a_addr;
    if (en_a) read_a <= mem[addr_a];
    came_a <= en_a;
    if (came_a) a_word <= read_a;
  end

`ifdef VN_SIM
  // The same, written as a word: Verilator looks at every byte's own write in every cycle.
  logic [8*R-1:0] mask;
  always_comb for (int unsigned i = 0; i < R; i++) mask[8*i +: 8] = {8{b_strb[i]}};
`endif
  // b_strb and b_data are registers of vn_act, one cycle behind b_addr: all banks share them.
  always_ff @(posedge clk) begin
    read <= b_en && !b_we;
    write <= b_en && b_we;
    addr_b <= b_addr;
    if (write) begin
`ifdef VN_SIM
      mem[addr_b] <= (mem[addr_b] & ~mask) | (b_data & mask);
`else
      for (int unsigned i = 0; i < R; i++)
        if (b_strb[i]) mem[addr_b][8*i +: 8] <= b_data[8*i +: 8];
`endif
    end else if (read) read_b <= mem[addr_b];
    came_b <= read;
    if (came_b) b_word <= read_b;
  end
endmodule
