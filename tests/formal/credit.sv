// SPDX-License-Identifier: Apache-2.0
//
// credit.sv - proof harness of vn_credit with the vn_fifo that it guards, as vn_axi_read has them.
// For any requester, any memory that returns at most what was booked, and any reader: every entry
// that comes finds room, and booked, on the way and held always add up to the FIFO's depth.
module credit (
    input logic clk,
    input logic [AMOUNT_W-1:0] amount,
    input logic take,
    input logic in_valid,
    input logic out_ready
);
  localparam int unsigned DEPTH = 8, AMOUNT_W = 4, W = 4;

  logic rst, enough, full, give, in_ready, out_valid, out_data;
  logic [W-1:0] room, count;
  logic [W-2:0] probe;
  vn_credit #(.DEPTH(DEPTH), .AMOUNT_W(AMOUNT_W)) dut (.*);
  vn_fifo #(.WIDTH(1), .DEPTH(DEPTH), .STYLE("block")) guarded (.*, .in_data(1'b0));

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic [7:0] coming;  // booked and not in the FIFO yet
  assign give = out_valid && out_ready;
  always_comb begin
    assume (!take || (enough && amount != '0));
    assume (!in_valid || coming != 8'd0);
  end
  always_ff @(posedge clk)
    coming <= rst ? 8'd0 : coming + (take ? 8'(amount) : 8'd0) - 8'(in_valid);

  always_comb
    if (!rst) begin
      a_room: assert (!in_valid || in_ready);
      a_sum: assert (8'(room) + coming + 8'(count) == 8'(DEPTH));
      a_terms: assert (room <= W'(DEPTH) && coming <= 8'(DEPTH) && count <= W'(DEPTH));
      a_enough: assert (enough == (8'(amount) <= 8'(room)));
      a_full: assert (full == (coming == 8'd0 && count == '0));
      a_held: assert (!out_valid || count != '0);
    end
endmodule
