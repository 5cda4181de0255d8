// SPDX-License-Identifier: Apache-2.0
//
// vn_mid_bank: SLOTS * GROUPS words, one write port, one read port of three cycles (vn_mid).
//
// Cut into blocks of 4096 words, the depth of a URAM288, so that no cascade is needed.  The second
// cycle of the read is each block's output register, the third the one behind the choice among
// them; a write takes one cycle more, for the choice of its block.
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
  logic [BW-1:0] rblock, block_1, block_2;
  logic [BLOCKS-1:0] we_q;
  logic [AW-1:0] waddr_q;
  logic [WIDTH-1:0] wdata_q;
  logic [WIDTH-1:0] q[BLOCKS];
  logic en_1, en_2;

  assign waddr  = word_of(wslot, wgroup);
  assign raddr  = word_of(rslot, rgroup);
  assign rblock = raddr[AW+:BW];

  for (genvar i = 0; i < BLOCKS; i++) begin : g_block
    (* ram_style = "ultra" *) logic [WIDTH-1:0] mem[DEPTH];
    logic [WIDTH-1:0] out;

    always_ff @(posedge clk) begin
      if (we || we_q[i]) we_q[i] <= we && (BLOCKS == 1 || waddr[AW+:BW] == BW'(i));
      if (we_q[i]) mem[waddr_q] <= wdata_q;
      if (en && (BLOCKS == 1 || rblock == BW'(i))) out <= mem[raddr[AW-1:0]];
      if (en_1 && (BLOCKS == 1 || block_1 == BW'(i))) q[i] <= out;
    end
  end

  always_ff @(posedge clk) begin
    if (we) begin
      waddr_q <= waddr[AW-1:0];
      wdata_q <= wdata;
    end
    if (en || en_1 || en_2) begin
      en_1 <= en;
      en_2 <= en_1;
    end
    if (en) block_1 <= rblock;
    if (en_1) block_2 <= block_1;
    if (en_2) rdata <= BLOCKS == 1 ? q[0] : q[block_2];
  end
endmodule
