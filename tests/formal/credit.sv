// SPDX-License-Identifier: Apache-2.0
//
// credit.sv - proof harness of vn_credit with the vn_fifo that it guards, as vn_axi_read has them.
// For any requester that keeps its offer until it takes, any memory that returns at most what was booked, and any reader: every entry
// that comes finds room, and booked, on the way, held and returned in the last cycle always add up to the FIFO's depth; enough is
// exactly what the last cycle's offer and room make it.
module credit (
    input logic clk,
    input logic offer,
    input logic [AMOUNT_W-1:0] amount,
    input logic take,
    input logic in_valid,
    input logic out_ready
);
  localparam int unsigned DEPTH = 8, AMOUNT_W = 4, W = 4;

  logic rst, enough, full, give, in_ready, out_valid, out_data;
  logic [W-1:0] room, count, probe;
  logic [W-2:0] in_memory, in_all;
  logic follows, some;
  vn_credit #(.DEPTH(DEPTH), .AMOUNT_W(AMOUNT_W)) dut (.*);
  vn_fifo #(.WIDTH(1), .DEPTH(DEPTH), .STYLE("block")) guarded (
      .*, .in_data(1'b0), .probe(in_memory), .probe_front(in_all), .probe_next(follows), .probe_some(some)
  );

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  logic [7:0] coming;  // booked and not in the FIFO yet
  assign give = out_valid && out_ready;
  logic given;  // an entry returned in the last cycle
  logic may;  // what enough must be
  logic waits;
  logic [AMOUNT_W-1:0] offered;
  always_ff @(posedge clk) begin
    given <= !rst && give;
    may <= !rst && offer && !take && 8'(amount) <= 8'(room);
    waits <= !rst && offer && !take;
    offered <= amount;
  end
  always_comb begin
    assume (!take || enough);
    assume (!offer || amount != '0);
    assume (!waits || (offer && amount == offered));
    assume (!in_valid || coming != 8'd0);
  end
  always_ff @(posedge clk)
    coming <= rst ? 8'd0 : coming + (take ? 8'(amount) : 8'd0) - 8'(in_valid);

  always_comb
    if (!rst) begin
      a_room: assert (!in_valid || in_ready);
      a_sum: assert (8'(room) + coming + 8'(count) + 8'(given) == 8'(DEPTH));
      a_terms: assert (room <= W'(DEPTH) && coming <= 8'(DEPTH) && count <= W'(DEPTH));
      a_enough: assert (enough == may && (!enough || 8'(amount) <= 8'(room)));
      a_rest: assert (!enough || 8'(probe) + 8'(amount) == 8'(room));
      a_full: assert (full == (coming == 8'd0 && count == '0 && !given));
      // The FIFO's own, which fifo.sv proves.
      a_held: assert (!out_valid || count != '0);
      a_fifo: assert (follows && some == (count != W'(out_valid)) &&
                      in_memory == (W - 1)'(count - W'(out_valid)) &&
                      in_all == (W - 1)'(count) && in_ready == (count < W'(DEPTH)));
    end
endmodule
