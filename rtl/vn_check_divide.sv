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
    output logic        busy,
    output logic [15:0] quotient
);
  logic [15:0] rest, by;
  logic [4:0] left;
  logic [16:0] less;  // the next rest if it is not negative

  assign busy = left != 5'd0;
  assign less = {rest, quotient[15]} - {1'b0, by};

  always_ff @(posedge clk)
    if (rst) left <= 5'd0;
    else if (start) begin
      left <= 5'd16;
      by <= divisor;
      {rest, quotient} <= dividend;
    end else if (busy) begin
      left <= left - 5'd1;
      rest <= less[16] ? {rest[14:0], quotient[15]} : less[15:0];
      quotient <= {quotient[14:0], !less[16]};
    end
endmodule
