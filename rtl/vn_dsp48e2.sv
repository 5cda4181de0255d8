// SPDX-License-Identifier: Apache-2.0
//
// vn_dsp48e2: one DSP48E2 (UG579) as a cell pair of vn_array_dsp: two weights, one activation.
//
//   A1  the shadow: takes the weights of the cell above (ACIN, at the TOP the pin a) with `shift`
//   A2  the active weights: take the shadow with `switch`
//   B2  the activation, every cycle, in step with `switch`
//   P   M + the sum from above; the FIRST of a chain starts with BIAS instead, by the W multiplexer
// ACOUT is A1 (ACASCREG 1 with AREG 2), so that shadows pass down while the active weights rest.
// Latency: from b and switch 3 cycles to p.  Cost: one DSP48E2, no LUT, no FF.
module vn_dsp48e2 #(
    parameter bit TOP = 1'b0,
    parameter bit FIRST = 1'b0,
    parameter logic [47:0] BIAS = 48'h0
) (
    input  logic clk,
    input  logic [26:0] a,
    input  logic [29:0] a_in,
    output logic [29:0] a_out,
    input  logic shift,
    input  logic switch,
    input  logic [7:0] b,
    input  logic [47:0] p_in,
    output logic [47:0] p_out,
    output logic [47:0] p
);
  // Unused inputs are tied as UG579 recommends: C and D high, their registers never loaded.
  DSP48E2 #(
      .AREG(2), .ACASCREG(1), .A_INPUT(TOP ? "DIRECT" : "CASCADE"), .AMULTSEL("A"),
      .BREG(1), .BCASCREG(1), .B_INPUT("DIRECT"), .BMULTSEL("B"),
      .CREG(1), .DREG(1), .ADREG(1), .MREG(1), .PREG(1),
      .INMODEREG(0), .OPMODEREG(0), .ALUMODEREG(0), .CARRYINREG(0), .CARRYINSELREG(0),
      .RND(BIAS), .USE_MULT("MULTIPLY"), .USE_SIMD("ONE48"), .USE_WIDEXOR("FALSE"),
      .USE_PATTERN_DETECT("NO_PATDET"), .AUTORESET_PATDET("NO_RESET"), .PREADDINSEL("A")
  ) dsp (
      .CLK(clk),
      .A({{3{a[26]}}, a}), .ACIN(a_in), .ACOUT(a_out), .CEA1(shift), .CEA2(switch),
      .B({{10{b[7]}}, b}), .BCIN(18'd0), .BCOUT(), .CEB1(1'b0), .CEB2(1'b1),
      .C({48{1'b1}}), .CEC(1'b0), .D({27{1'b1}}), .CED(1'b0), .CEAD(1'b0),
      .CEM(1'b1), .PCIN(p_in), .PCOUT(p_out), .P(p), .CEP(1'b1),
      .INMODE(5'b00000), .CEINMODE(1'b0),  // A2 and B2 to the multiplier
      .OPMODE(FIRST ? 9'b10_000_01_01 : 9'b00_001_01_01), .CECTRL(1'b0),  // W, Z, Y, X
      .ALUMODE(4'b0000), .CEALUMODE(1'b0),  // W + X + Y + Z
      .CARRYIN(1'b0), .CARRYINSEL(3'b000), .CECARRYIN(1'b0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0),
      .CARRYCASCOUT(), .CARRYOUT(), .MULTSIGNOUT(), .OVERFLOW(), .UNDERFLOW(),
      .PATTERNBDETECT(), .PATTERNDETECT(), .XOROUT(),
      .RSTA(1'b0), .RSTALLCARRYIN(1'b0), .RSTALUMODE(1'b0), .RSTB(1'b0), .RSTC(1'b0),
      .RSTCTRL(1'b0), .RSTD(1'b0), .RSTINMODE(1'b0), .RSTM(1'b0), .RSTP(1'b0)
  );
endmodule
