// SPDX-License-Identifier: Apache-2.0
//
// vn_psum_group: LANES columns of vn_psum, the two banks and their adders.
//
//   w_read, w_addr   reads a bank (bit a bank) for an addition; goes before r_en, r_addr
//   low, high        what the banks put out, three cycles after the read, and stay
//   en, add, addr    two cycles after w_read, w_addr; in the next cycle `data` is added or written
// Cost: 32 LUT (LUT6_2) and 32 FF a column; block RAM, per bank of 1024 words LANES*32/36 RAMB36.
module vn_psum_group #(
    parameter int unsigned LANES = 16,
    parameter int unsigned PSUM_ENTRIES = 2048,
    localparam int unsigned AW = $clog2(PSUM_ENTRIES),
    localparam int unsigned W = 32 * LANES
) (
    input  logic          clk,
    input  logic          rst,
    input  logic [1:0]    w_read,
    input  logic [AW-1:0] w_addr,
    input  logic          r_en,
    input  logic [AW-1:0] r_addr,
    input  logic          en,
    input  logic          add,
    input  logic [AW-1:0] addr,
    input  logic [W-1:0]  data,
    output logic [W-1:0]  low,
    output logic [W-1:0]  high
);
  // Copies for this group: equal registers of other groups must not be merged with them.
  (* keep = "true" *) logic en_q, add_q;
  (* keep = "true" *) logic [AW-1:0] addr_q, waddr;
  (* keep = "true" *) logic we_low, we_high;
  always_ff @(posedge clk) begin
    en_q <= en && !rst;
    add_q <= add;
    addr_q <= addr;
    waddr <= addr_q;
    we_low <= en_q && !rst && !addr_q[AW-1];
    we_high <= en_q && !rst && addr_q[AW-1];
  end

  logic [W-1:0] sum;
  for (genvar l = 0; l < LANES; l++) begin : lane
    vn_psum_add adder (
        .clk, .en(en_q), .add(add_q), .second(addr_q[AW-1]), .low(low[32*l +: 32]),
        .high(high[32*l +: 32]), .value(data[32*l +: 32]), .sum(sum[32*l +: 32])
    );
  end

  vn_psum_bank #(.W(W), .WORDS(PSUM_ENTRIES / 2)) bank_low (
      .clk, .we(we_low), .waddr(waddr[AW-2:0]), .wdata(sum),
      .re(w_read[0] || (r_en && !r_addr[AW-1])),
      .raddr(w_read[0] ? w_addr[AW-2:0] : r_addr[AW-2:0]), .q(low)
  );
  vn_psum_bank #(.W(W), .WORDS(PSUM_ENTRIES / 2)) bank_high (
      .clk, .we(we_high), .waddr(waddr[AW-2:0]), .wdata(sum),
      .re(w_read[1] || (r_en && r_addr[AW-1])),
      .raddr(w_read[1] ? w_addr[AW-2:0] : r_addr[AW-2:0]), .q(high)
  );
endmodule
