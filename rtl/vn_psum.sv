// SPDX-License-Identifier: Apache-2.0
//
// vn_psum: the partial-sum buffer, PSUM_ENTRIES entries of C int32 in two banks, the halves.
//
// vn_mm adds to an entry or starts it, one entry a cycle, always granted:
//   cycle 0  w_en, w_addr, w_add
//         2  the RAM is read if w_add
//         4  w_data, when the old sums are there
//         5  the RAM is written
//   An entry can be read by a r_* transfer from cycle 5 on, by another w_add from cycle 4 on.
// vn_post reads LANES columns of an entry: r_data is there three cycles after the transfer, for
// that cycle.  r_ready is low only in the cycle after a w_add to the same bank, which then has the
// RAM's read port.
//
// A group of LANES columns is a module of its own, with its own copies of what controls it, so that
// no register drives more than one group, and a read of one leaves the others still.
// Cost: see vn_psum_group.
module vn_psum #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned LANES = R < 16 ? R : 16,
    parameter int unsigned GROUP_W = C > LANES ? $clog2(C / LANES) : 1  // follows: leave it
) (
    input  logic clk,
    input  logic rst,
    // vn_mm
    input  logic w_en,
    input  logic [$clog2(PSUM_ENTRIES)-1:0] w_addr,
    input  logic w_add,
    input  logic [32*C-1:0] w_data,  // four cycles later
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
  logic [3:1] en, add;
  logic [1:0] w_read;  // of the banks, in stage 1
  logic [AW-1:0] addr_1, addr_2, addr_3;
  always_ff @(posedge clk) begin
    if (rst) en <= '0;
    else en <= {en[2:1], w_en};
    add <= {add[2:1], w_add};
    w_read <= {w_addr[AW-1], !w_addr[AW-1]} & {2{w_en && w_add}};
    addr_1 <= w_addr;
    addr_2 <= addr_1;
    addr_3 <= addr_2;
  end

  // The read.
  logic taken;
  logic [2:1] bank;
  logic [GROUP_W-1:0] group_1, group_2;
  (* max_fanout = 64 *) logic bank_3;
  (* max_fanout = 64 *) logic [GROUP_W-1:0] group_3;
  assign r_ready = !w_read[r_addr[AW-1]];
  assign taken = r_valid && r_ready;
  always_ff @(posedge clk) begin
    {bank_3, bank} <= {bank, r_addr[AW-1]};
    group_1 <= r_group;
    group_2 <= group_1;
    group_3 <= group_2;
  end

  logic [GROUPS*W-1:0] low, high;  // what the banks put out
  assign r_data = bank_3 ? high[W*32'(group_3) +: W] : low[W*32'(group_3) +: W];

  for (genvar g = 0; g < GROUPS; g++) begin : group
    vn_psum_group #(.LANES(LANES), .PSUM_ENTRIES(PSUM_ENTRIES)) columns (
        .clk, .rst, .w_read, .w_addr(addr_1), .r_en(taken && 32'(r_group) == g), .r_addr,
        .en(en[3]), .add(add[3]), .addr(addr_3), .data(w_data[W*g +: W]),
        .low(low[W*g +: W]), .high(high[W*g +: W])
    );
  end

`ifdef VN_ASSERT
  // That vn_post reads only what is written is up to the program and its tokens.
  always_ff @(posedge clk)
    if (!rst)
      assert (!(w_en && w_add && ((en[1] && addr_1 == w_addr) || (en[2] && addr_2 == w_addr) ||
                                  (en[3] && addr_3 == w_addr))))
        else $fatal(1, "an entry is added to before it is written");
`endif
endmodule
