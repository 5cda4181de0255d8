// SPDX-License-Identifier: Apache-2.0
//
// vn_credit: room left in a FIFO of DEPTH entries beyond what it holds and what is on its way.
//
// `take` books `amount` entries, at least one, only with `enough`; `give` returns one that left
// the FIFO.
// If each booked entry comes at most once, the FIFO never overflows: tests/formal/credit.sv.
// Latency: enough follows amount in the same cycle; a returned entry counts in the next.
module vn_credit #(
    parameter int unsigned DEPTH = 64,
    parameter int unsigned AMOUNT_W = 7
) (
    input  logic clk,
    input  logic rst,
    input  logic [AMOUNT_W-1:0] amount,
    output logic enough,
    input  logic take,
    input  logic give,
    output logic full,  // nothing is held or on its way
    output logic [$clog2(DEPTH):0] room
);
  localparam int unsigned W = $clog2(DEPTH) + 1;
  localparam int unsigned CW = W > AMOUNT_W ? W : AMOUNT_W;

  assign enough = CW'(room) >= CW'(amount);

  always_ff @(posedge clk)
    if (rst) begin
      room <= W'(DEPTH);
      full <= 1'b1;
    end else if (take || give) begin
      room <= room - (take ? W'(amount) : '0) + W'(give);
      full <= !take && room == W'(DEPTH - 1);
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!take || (enough && amount != '0))
        else $fatal(1, "more taken than there is, or nothing");
      assert (32'(room) + 32'(give) <= DEPTH) else $fatal(1, "more room than the FIFO has");
    end
`endif
endmodule
