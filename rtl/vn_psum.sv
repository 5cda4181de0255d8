// SPDX-License-Identifier: Apache-2.0
//
// vn_psum: the partial-sum buffer, PSUM_ENTRIES entries of C int32 in two banks, the halves.
//
// vn_mm adds to an entry or starts it, one entry a cycle, always granted:
//   cycle 0  w_en, w_addr, w_add      (the RAM is read if w_add)
//         2  w_data                   two cycles behind its address, when the old sums are there
//         3  the RAM is written
//         4  the entry can be read, by r_* or by another w_add
// vn_post reads LANES columns of an entry: r_data is there two cycles after the transfer, for that
// cycle.  r_ready is low only while a w_add reads the same bank.
//
// A group of LANES columns of a bank is a RAM of its own, so that a read of one group leaves the
// others still.
// Cost: for the addition 32 LUT (LUT6_2) and 32 FF a column; block RAM, per bank of 1024 words
// C*32/36 RAMB36.
module vn_psum #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned GROUP_W = C > LANES ? $clog2(C / LANES) : 1  // the rest follows: leave it
) (
    input  logic clk,
    input  logic rst,
    // vn_mm
    input  logic w_en,
    input  logic [$clog2(PSUM_ENTRIES)-1:0] w_addr,
    input  logic w_add,
    input  logic [32*C-1:0] w_data,  // two cycles later
    // vn_post
    input  logic r_valid,
    output logic r_ready,
    input  logic [$clog2(PSUM_ENTRIES)-1:0] r_addr,
    input  logic [GROUP_W-1:0] r_group,
    output logic [32*LANES-1:0] r_data
);
  localparam int unsigned AW = $clog2(PSUM_ENTRIES);
  localparam int unsigned GROUPS = C / LANES;
  localparam int unsigned W = 32 * LANES;

  // The write, a stage a cycle.
  logic en_1, en_2, en_3, add_1, add_2;
  logic [AW-1:0] addr_1, addr_2, addr_3;
  always_ff @(posedge clk) begin
    en_1 <= w_en && !rst;
    en_2 <= en_1 && !rst;
    en_3 <= en_2 && !rst;
    add_1 <= w_add;
    add_2 <= add_1;
    addr_1 <= w_addr;
    addr_2 <= addr_1;
    addr_3 <= addr_2;
  end

  // The read.
  logic w_read, taken;
  logic bank_1, bank_2;
  logic [GROUP_W-1:0] group_1, group_2;
  assign w_read = w_en && w_add;
  assign r_ready = !(w_read && w_addr[AW-1] == r_addr[AW-1]);
  assign taken = r_valid && r_ready;
  always_ff @(posedge clk) begin
    if (taken) begin
      bank_1 <= r_addr[AW-1];
      group_1 <= r_group;
    end
    bank_2 <= bank_1;
    group_2 <= group_1;
  end

  logic [GROUPS*W-1:0] low, high;  // what the banks put out
  assign r_data = bank_2 ? high[W*32'(group_2) +: W] : low[W*32'(group_2) +: W];

  for (genvar g = 0; g < GROUPS; g++) begin : group
    logic [W-1:0] sum;
    logic mine;
    assign mine = taken && 32'(r_group) == g;

    for (genvar l = 0; l < LANES; l++) begin : lane
      vn_psum_add adder (
          .clk, .en(en_2), .add(add_2), .second(addr_2[AW-1]), .low(low[W*g+32*l +: 32]),
          .high(high[W*g+32*l +: 32]), .value(w_data[W*g+32*l +: 32]), .sum(sum[32*l +: 32])
      );
    end

    vn_psum_bank #(.W(W), .WORDS(PSUM_ENTRIES / 2)) bank_low (
        .clk,
        .we(en_3 && !addr_3[AW-1]), .waddr(addr_3[AW-2:0]), .wdata(sum),
        .re((w_read && !w_addr[AW-1]) || (mine && !r_addr[AW-1])),
        .raddr(w_read && !w_addr[AW-1] ? w_addr[AW-2:0] : r_addr[AW-2:0]),
        .q(low[W*g +: W])
    );
    vn_psum_bank #(.W(W), .WORDS(PSUM_ENTRIES / 2)) bank_high (
        .clk,
        .we(en_3 && addr_3[AW-1]), .waddr(addr_3[AW-2:0]), .wdata(sum),
        .re((w_read && w_addr[AW-1]) || (mine && r_addr[AW-1])),
        .raddr(w_read && w_addr[AW-1] ? w_addr[AW-2:0] : r_addr[AW-2:0]),
        .q(high[W*g +: W])
    );
  end

`ifdef VN_ASSERT
  // That vn_post reads only what is written is up to the program and its tokens.
  always_ff @(posedge clk)
    if (!rst)
      assert (!(w_read && ((en_1 && addr_1 == w_addr) || (en_2 && addr_2 == w_addr) ||
                           (en_3 && addr_3 == w_addr))))
        else $fatal(1, "an entry is added to before it is written");
`endif
endmodule
