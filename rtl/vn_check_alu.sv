// SPDX-License-Identifier: Apache-2.0
//
// vn_check_alu: the registers and the arithmetic of vn_check_program's instructions.
//
// A cycle of en executes {alu, load} with operand o.  A is signed; X, Y and products are unsigned.
// holds: the comparison of this instruction, in the same cycle.
// wrap: writes only if the comparison of the instruction before holds.
// A product is P three instructions after the load of Y, a quotient Q is there when busy is low.
// No descriptor that is right so far makes A leave 50 bits: the largest is CHUNKS*ACT_STEP + ...
// Cost: a 32 x 16 multiplier (2 DSP48E2), a 50-bit adder, vn_check_divide.
module vn_check_alu (
    input  logic        clk,
    input  logic        rst,
    input  logic        en,
    input  logic [6:0]  alu,
    input  logic [4:0]  load,
    input  logic [31:0] o,
    output logic        holds,
    output logic        busy
);
  localparam int unsigned W = 50;

  logic [W-1:0] a, base, operand, sum;
  logic held;  // the comparison before
  logic dropped;
  logic [31:0] x;
  logic [15:0] y, q;
  logic [47:0] p;
  logic [32:0] m_low;  // x * y by parts, one DSP48E2 each
  logic [30:0] m_high;
  logic y_new, m_new;
  logic from_p, from_q, write, wrap, from_0, subtract, less;

  assign {from_p, from_q, write, wrap, from_0, subtract, less} = alu;
  assign operand = from_p ? W'(p) : from_q ? W'(q) : W'(o);
  assign base = from_0 ? '0 : a;
  assign {sum, dropped} = {base, 1'b1} + {subtract ? ~operand : operand, subtract && !less};  // one carry chain
  assign holds = !sum[W-1];

  vn_check_divide divide (
      .clk, .rst, .start(en && load[4]), .dividend(a[31:0]), .divisor(o[15:0]), .busy, .quotient(q)
  );

  always_ff @(posedge clk)
    if (en) begin
      held <= holds;
      if (write && (!wrap || held)) a <= sum;
      case (load[1:0])
        2'd1: x <= o;
        2'd2: x <= a[31:0];
        default: ;
      endcase
      case (load[3:2])
        2'd1: y <= o[15:0];
        2'd2: y <= o[15:0] - 16'd1;
        2'd3: y <= q;
        default: ;
      endcase
    end

  always_ff @(posedge clk)
    if (rst) begin
      y_new <= 1'b0;
      m_new <= 1'b0;
    end else begin
      y_new <= en && load[3:2] != 2'd0;
      m_new <= y_new;
    end

  always_ff @(posedge clk) begin
    if (y_new) begin
      m_low <= 33'(x[16:0]) * 33'(y);
      m_high <= 31'(x[31:17]) * 31'(y);
    end
    if (m_new) p <= {m_high, 17'd0} + 48'(m_low);
  end
endmodule
