// SPDX-License-Identifier: Apache-2.0
//
// vn_credit: room left in a FIFO of DEPTH entries beyond what it holds and what is on its way.
//
// Who wants `amount` entries, at least one, says `offer`, and both stay until `take` books them,
// which it may in a cycle with `enough`; `give` returns one that left the FIFO.
// If each booked entry comes at most once, the FIFO never overflows: tests/formal/credit.sv.
// Latency: enough follows an offer one cycle later, and is low in the cycle after a take; a
// returned entry counts two cycles later.  Every output is a register.
module vn_credit #(
    parameter int unsigned DEPTH = 64,
    parameter int unsigned AMOUNT_W = 7
) (
    input  logic clk,
    input  logic rst,
    input  logic offer,
    input  logic [AMOUNT_W-1:0] amount,
    output logic enough,
    input  logic take,
    input  logic give,
    output logic full,  // nothing is held or on its way
    output logic [$clog2(DEPTH):0] room
`ifdef FORMAL
    ,
    output logic [$clog2(DEPTH):0] probe  // rest
`endif
);
  localparam int unsigned W = $clog2(DEPTH) + 1;
  localparam int unsigned CW = W > AMOUNT_W ? W : AMOUNT_W;

  logic given;
  logic [W-1:0] rest;  // room without the amount on offer, as good as enough

`ifdef FORMAL
  assign probe = rest;
`endif

  always_ff @(posedge clk)
    if (rst) begin
      room <= W'(DEPTH);
      full <= 1'b1;
      enough <= 1'b0;
      given <= 1'b0;
    end else begin
      room <= (take ? rest : room) + W'(given);
      full <= !take && (full || (given && room == W'(DEPTH - 1)));
      enough <= offer && !take && CW'(room) >= CW'(amount);
      given <= give;
    end
  always_ff @(posedge clk) rest <= room - W'(amount) + W'(given);

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!take || (enough && amount != '0))
        else $fatal(1, "more taken than there is, or nothing");
      assert (32'(room) + 32'(given) + 32'(give) <= DEPTH)
        else $fatal(1, "more room than the FIFO has");
    end
`endif
endmodule
