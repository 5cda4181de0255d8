// SPDX-License-Identifier: Apache-2.0
//
// vn_mid_bank: SLOTS * GROUPS words, one write port, one read port of two cycles (vn_mid).
//
// Cut into blocks of 4096 words, the depth of a URAM288, so that no cascade is needed; the second
// cycle of the read is the register behind the choice among the blocks.
module vn_mid_bank #(
    parameter int unsigned WIDTH = 128,
    parameter int unsigned SLOTS = 2048,
    parameter int unsigned GROUPS = 4,
    localparam int unsigned SLOT_W = $clog2(SLOTS),
    localparam int unsigned GROUP_W = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
    input  logic               clk,
    input  logic               we,
    input  logic [ SLOT_W-1:0] wslot,
    input  logic [GROUP_W-1:0] wgroup,
    input  logic [  WIDTH-1:0] wdata,
    input  logic               en,
    input  logic [ SLOT_W-1:0] rslot,
    input  logic [GROUP_W-1:0] rgroup,
    output logic [  WIDTH-1:0] rdata
);
  localparam int unsigned WORDS = SLOTS * GROUPS;
  localparam int unsigned DEPTH = WORDS < 4096 ? WORDS : 4096;
  localparam int unsigned BLOCKS = (WORDS + DEPTH - 1) / DEPTH;
  localparam int unsigned AW = $clog2(DEPTH);
  localparam int unsigned BW = BLOCKS > 1 ? $clog2(BLOCKS) : 1;

  function automatic [31:0] word_of(input [SLOT_W-1:0] slot, input [GROUP_W-1:0] group);
    word_of = GROUPS * 32'(slot) + (GROUPS > 1 ? 32'(group) : 32'd0);
  endfunction

  logic [31:0] waddr, raddr;
  logic [BW-1:0] wblock, rblock, block_q;
  logic [WIDTH-1:0] q[BLOCKS];
  logic en_q;

  assign waddr  = word_of(wslot, wgroup);
  assign raddr  = word_of(rslot, rgroup);
  assign wblock = waddr[AW+:BW];
  assign rblock = raddr[AW+:BW];

  for (genvar i = 0; i < BLOCKS; i++) begin : g_block
    (* ram_style = "ultra" *) logic [WIDTH-1:0] mem[DEPTH];

    always_ff @(posedge clk) begin
      if (we && (BLOCKS == 1 || wblock == BW'(i))) mem[waddr[AW-1:0]] <= wdata;
      if (en && (BLOCKS == 1 || rblock == BW'(i))) q[i] <= mem[raddr[AW-1:0]];
    end
  end

  always_ff @(posedge clk) begin
    if (en || en_q) en_q <= en;
    if (en) block_q <= rblock;
    if (en_q) rdata <= BLOCKS == 1 ? q[0] : q[block_q];
  end
endmodule
