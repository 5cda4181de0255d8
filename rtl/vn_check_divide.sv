// SPDX-License-Identifier: Apache-2.0
//
// vn_check_divide: floor(dividend / divisor), unsigned, one quotient bit a cycle (restoring).
//
// The quotient must fit 16 bits: dividend[31:16] < divisor; otherwise it is garbage.
// Latency: start in cycle t; busy in t+1 .. t+16; quotient valid from t+17 until the next start.
// Cost: about 50 FF and 60 LUTs.
module vn_check_divide (
    input  logic        clk,
    input  logic        rst,
    input  logic        start,
    input  logic [31:0] dividend,
    input  logic [15:0] divisor,
    output logic        busy_next,  // busy in the cycle to come
    output logic [15:0] quotient
);
  logic [15:0] rest, by;
  logic [3:0] left;  // steps after this one
  logic busy, ends;  // ends: left is 0
  logic [16:0] less;  // the next rest if it is not negative

  assign less = {rest, quotient[15]} - {1'b0, by};

  always_ff @(posedge clk)
    if (rst) busy <= 1'b0;
    else busy <= busy_next;
  assign busy_next = start || (busy && !ends);

  always_ff @(posedge clk)
    if (start) begin
      left <= 4'd15;
      ends <= 1'b0;
      by <= divisor;
      {rest, quotient} <= dividend;
    end else if (busy) begin
      left <= left - 4'd1;
      ends <= left == 4'd1;
      rest <= less[16] ? {rest[14:0], quotient[15]} : less[15:0];
      quotient <= {quotient[14:0], !less[16]};
    end
endmodule
