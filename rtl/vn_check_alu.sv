// SPDX-License-Identifier: Apache-2.0
//
// vn_check_alu: the registers and the arithmetic of vn_check_program's instructions.
//
// Two stages.  A cycle of take chooses the operand of instruction {alu, load}: o, the last product or
// the last quotient.  The cycle of en after it executes: A is signed; X, Y and products are unsigned.
// holds: the comparison of what is executed, in the same cycle.
// wrap: writes only if the comparison of the instruction before holds.
// A product is P three instructions after the load of Y, a quotient Q is there when its divider is not busy.
// No descriptor that is right so far makes A leave 50 bits: the largest is CHUNKS*ACT_STEP + ...
// Cost: a 32 x 16 multiplier (2 DSP48E2), a 50-bit adder, vn_check_divide.
module vn_check_alu (
    input  logic        clk,
    input  logic        rst,
    input  logic        take,
    input  logic [6:0]  alu,
    input  logic [4:0]  load,
    input  logic [31:0] o,
    input  logic        en,
    output logic        holds,
    output logic        busy_next  // busy in the cycle to come
);
  localparam int unsigned W = 50;

  logic [W-1:0] a, chosen, operand, sum;
  logic [31:0] x, from_o;
  logic [15:0] y, q;
  logic [32:0] m_low;  // x * y by parts, one DSP48E2 each
  logic [30:0] m_high;
  logic [47:0] product;
  logic y_new, held, dropped;  // held: the comparison before

  // The operand, inverted to subtract it.
  logic from_p, from_q, subtract, less;
  assign {from_p, from_q, subtract, less} = {alu[6:5], alu[1:0]};
  assign product = {m_high, 17'd0} + 48'(m_low);
  assign chosen = from_p ? W'(product) : from_q ? W'(q) : W'(o);
  logic write, wrap, from_0, carry;
  logic [4:0] loads;
  always_ff @(posedge clk)
    if (take) begin
      operand <= subtract ? ~chosen : chosen;
      carry <= subtract && !less;
      {write, wrap, from_0} <= alu[4:2];
      loads <= load;
      from_o <= o;
    end

  assign {sum, dropped} = {from_0 ? W'(0) : a, 1'b1} + {operand, carry};  // one chain
  assign holds = !sum[W-1];

  vn_check_divide divide (
      .clk, .rst, .start(en && loads[4]), .dividend(a[31:0]), .divisor(from_o[15:0]), .busy_next,
      .quotient(q)
  );

  always_ff @(posedge clk)
    if (en) begin
      held <= holds;
      if (write && (!wrap || held)) a <= sum;
      case (loads[1:0])
        2'd1: x <= from_o;
        2'd2: x <= a[31:0];
        default: ;
      endcase
      case (loads[3:2])
        2'd1: y <= from_o[15:0];
        2'd2: y <= from_o[15:0] - 16'd1;
        2'd3: y <= q;
        default: ;
      endcase
    end

  always_ff @(posedge clk)
    if (rst) y_new <= 1'b0;
    else y_new <= en && loads[3:2] != 2'd0;

  always_ff @(posedge clk)
    if (y_new) begin
      m_low <= 33'(x[16:0]) * 33'(y);
      m_high <= 31'(x[31:17]) * 31'(y);
    end
endmodule
