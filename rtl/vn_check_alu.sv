// SPDX-License-Identifier: Apache-2.0
//
// vn_check_alu: the registers and the arithmetic of vn_check_program's instructions.
//
// A cycle of en executes {alu, load} with operand o.  A is signed; X, Y and products are unsigned.
// holds: the comparison of this instruction, in the same cycle.
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
  logic [31:0] x;
  logic [15:0] y, q;
  logic [47:0] m, p;
  logic y_new, m_new;
  logic from_p, from_q, write, wrap, from_0, subtract, less;

  assign {from_p, from_q, write, wrap, from_0, subtract, less} = alu;
  assign operand = from_p ? W'(p) : from_q ? W'(q) : W'(o);
  assign base = from_0 ? '0 : a;
  assign sum = base + (subtract ? ~operand : operand) + W'(subtract && !less);
  assign holds = !sum[W-1];

  vn_check_divide divide (
      .clk, .rst, .start(en && load[4]), .dividend(a[31:0]), .divisor(o[15:0]), .busy, .quotient(q)
  );

  always_ff @(posedge clk)
    if (en) begin
      if (write && !(wrap && sum[W-1])) a <= sum;
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
    if (y_new) m <= x * y;
    if (m_new) p <= m;
  end
endmodule
