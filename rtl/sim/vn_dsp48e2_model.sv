// SPDX-License-Identifier: Apache-2.0
//
// DSP48E2: behaviour of the UltraScale+ primitive for simulation, from UG579 and UG974.
//
// Has: every register and its parameter, clock enables and resets, both cascades, the pre-adder,
// the 27 x 18 multiplier, the W, X, Y, Z multiplexers (OPMODE), the four additions of ALUMODE and
// CARRYIN.  Has not, and stops the simulation when asked: SIMD, logic functions, wide XOR, the
// pattern detector, inverted pins, other carries than CARRYIN, MACC extension.  Outputs that belong
// to those are 0.
/* verilator lint_off UNUSEDPARAM */
module DSP48E2 #(
    parameter int ACASCREG = 1,
    parameter int ADREG = 1,
    parameter int ALUMODEREG = 1,
    parameter string AMULTSEL = "A",
    parameter int AREG = 1,
    parameter string AUTORESET_PATDET = "NO_RESET",
    parameter string AUTORESET_PRIORITY = "RESET",
    parameter string A_INPUT = "DIRECT",
    parameter int BCASCREG = 1,
    parameter string BMULTSEL = "B",
    parameter int BREG = 1,
    parameter string B_INPUT = "DIRECT",
    parameter int CARRYINREG = 1,
    parameter int CARRYINSELREG = 1,
    parameter int CREG = 1,
    parameter int DREG = 1,
    parameter int INMODEREG = 1,
    parameter logic [3:0] IS_ALUMODE_INVERTED = 4'b0,
    parameter logic IS_CARRYIN_INVERTED = 1'b0,
    parameter logic IS_CLK_INVERTED = 1'b0,
    parameter logic [4:0] IS_INMODE_INVERTED = 5'b0,
    parameter logic [8:0] IS_OPMODE_INVERTED = 9'b0,
    parameter logic [47:0] MASK = 48'h3FFFFFFFFFFF,
    parameter int MREG = 1,
    parameter int OPMODEREG = 1,
    parameter logic [47:0] PATTERN = 48'h0,
    parameter string PREADDINSEL = "A",
    parameter int PREG = 1,
    parameter logic [47:0] RND = 48'h0,
    parameter string SEL_MASK = "MASK",
    parameter string SEL_PATTERN = "PATTERN",
    parameter string USE_MULT = "MULTIPLY",
    parameter string USE_PATTERN_DETECT = "NO_PATDET",
    parameter string USE_SIMD = "ONE48",
    parameter string USE_WIDEXOR = "FALSE",
    parameter string XORSIMD = "XOR24_48_96"
) (
    output logic [29:0] ACOUT,
    output logic [17:0] BCOUT,
    output logic CARRYCASCOUT,
    output logic [3:0] CARRYOUT,
    output logic MULTSIGNOUT,
    output logic OVERFLOW,
    output logic [47:0] P,
    output logic PATTERNBDETECT,
    output logic PATTERNDETECT,
    output logic [47:0] PCOUT,
    output logic UNDERFLOW,
    output logic [7:0] XOROUT,
    input  logic [29:0] A,
    input  logic [29:0] ACIN,
    input  logic [3:0] ALUMODE,
    input  logic [17:0] B,
    input  logic [17:0] BCIN,
    input  logic [47:0] C,
    input  logic CARRYCASCIN,
    input  logic CARRYIN,
    input  logic [2:0] CARRYINSEL,
    input  logic CEA1,
    input  logic CEA2,
    input  logic CEAD,
    input  logic CEALUMODE,
    input  logic CEB1,
    input  logic CEB2,
    input  logic CEC,
    input  logic CECARRYIN,
    input  logic CECTRL,
    input  logic CED,
    input  logic CEINMODE,
    input  logic CEM,
    input  logic CEP,
    input  logic CLK,
    input  logic [26:0] D,
    input  logic [4:0] INMODE,
    input  logic MULTSIGNIN,
    input  logic [8:0] OPMODE,
    input  logic [47:0] PCIN,
    input  logic RSTA,
    input  logic RSTALLCARRYIN,
    input  logic RSTALUMODE,
    input  logic RSTB,
    input  logic RSTC,
    input  logic RSTCTRL,
    input  logic RSTD,
    input  logic RSTINMODE,
    input  logic RSTM,
    input  logic RSTP
);
  /* verilator lint_on UNUSEDPARAM */
  assign {CARRYCASCOUT, CARRYOUT, MULTSIGNOUT, OVERFLOW, UNDERFLOW} = '0;
  assign {PATTERNBDETECT, PATTERNDETECT, XOROUT} = '0;

  initial begin
    if (USE_MULT != "MULTIPLY") $fatal(1, "DSP48E2: USE_MULT %s is not modelled", USE_MULT);
    if (USE_SIMD != "ONE48") $fatal(1, "DSP48E2: USE_SIMD %s is not modelled", USE_SIMD);
    if (USE_WIDEXOR != "FALSE") $fatal(1, "DSP48E2: the wide XOR is not modelled");
    if (USE_PATTERN_DETECT != "NO_PATDET" || AUTORESET_PATDET != "NO_RESET")
      $fatal(1, "DSP48E2: the pattern detector is not modelled");
    if ({IS_ALUMODE_INVERTED, IS_CARRYIN_INVERTED, IS_CLK_INVERTED, IS_INMODE_INVERTED,
         IS_OPMODE_INVERTED} != '0)
      $fatal(1, "DSP48E2: inverted pins are not modelled");
    if (ACASCREG > AREG || (AREG == 2 ? ACASCREG == 0 : ACASCREG != AREG))
      $fatal(1, "DSP48E2: ACASCREG %0d does not go with AREG %0d", ACASCREG, AREG);
    if (BCASCREG > BREG || (BREG == 2 ? BCASCREG == 0 : BCASCREG != BREG))
      $fatal(1, "DSP48E2: BCASCREG %0d does not go with BREG %0d", BCASCREG, BREG);
  end

  // Modes.
  logic [8:0] opmode_q, opmode;
  logic [3:0] alumode_q, alumode;
  logic [4:0] inmode_q, inmode;
  logic carry_q, carry;
  assign opmode = OPMODEREG == 1 ? opmode_q : OPMODE;
  assign alumode = ALUMODEREG == 1 ? alumode_q : ALUMODE;
  assign inmode = INMODEREG == 1 ? inmode_q : INMODE;
  assign carry = CARRYINREG == 1 ? carry_q : CARRYIN;
  always_ff @(posedge CLK) begin
    if (RSTCTRL) opmode_q <= '0;
    else if (CECTRL) opmode_q <= OPMODE;
    if (RSTALUMODE) alumode_q <= '0;
    else if (CEALUMODE) alumode_q <= ALUMODE;
    if (RSTINMODE) inmode_q <= '0;
    else if (CEINMODE) inmode_q <= INMODE;
    if (RSTALLCARRYIN) carry_q <= 1'b0;
    else if (CECARRYIN) carry_q <= CARRYIN;
  end

  // Operands: with two registers the second takes the first, with one it takes the input.
  logic [29:0] a_in, a1, a2, a;
  logic [17:0] b_in, b1, b2, b;
  logic [47:0] c_q, c;
  logic [26:0] d_q, d;
  assign a_in = A_INPUT == "CASCADE" ? ACIN : A;
  assign b_in = B_INPUT == "CASCADE" ? BCIN : B;
  assign a = AREG == 0 ? a_in : a2;
  assign b = BREG == 0 ? b_in : b2;
  assign c = CREG == 1 ? c_q : C;
  assign d = DREG == 1 ? d_q : D;
  assign ACOUT = ACASCREG == AREG ? a : a1;
  assign BCOUT = BCASCREG == BREG ? b : b1;
  always_ff @(posedge CLK) begin
    if (RSTA) a1 <= '0;
    else if (CEA1) a1 <= a_in;
    if (RSTA) a2 <= '0;
    else if (CEA2) a2 <= AREG == 2 ? a1 : a_in;
    if (RSTB) b1 <= '0;
    else if (CEB1) b1 <= b_in;
    if (RSTB) b2 <= '0;
    else if (CEB2) b2 <= BREG == 2 ? b1 : b_in;
    if (RSTC) c_q <= '0;
    else if (CEC) c_q <= C;
    if (RSTD) d_q <= '0;
    else if (CED) d_q <= D;
  end

  // Pre-adder and multiplier.  INMODE: 0 A1 for A2, 1 gates the pre-adder's side, 2 D, 3 minus, 4
  // B1 for B2.
  logic [26:0] a_gated, pre, ad, ad_q, a_mult;
  logic [17:0] b_gated, b_mult;
  logic [44:0] product, m_q, m;
  assign a_gated = PREADDINSEL == "A" && inmode[1] ? '0 : inmode[0] ? a1[26:0] : a[26:0];
  assign b_gated = PREADDINSEL == "B" && inmode[1] ? '0 : inmode[4] ? b1 : b;
  assign pre = PREADDINSEL == "B" ? {{9{b_gated[17]}}, b_gated} : a_gated;
  assign ad = (inmode[2] ? d : 27'd0) + (inmode[3] ? -pre : pre);
  assign a_mult = AMULTSEL == "A" ? a_gated : ADREG == 1 ? ad_q : ad;
  assign b_mult = BMULTSEL == "B" ? b_gated : ADREG == 1 ? ad_q[17:0] : ad[17:0];
  assign product = {{18{a_mult[26]}}, a_mult} * {{27{b_mult[17]}}, b_mult};
  assign m = MREG == 1 ? m_q : product;
  always_ff @(posedge CLK) begin
    if (RSTD) ad_q <= '0;
    else if (CEAD) ad_q <= ad;
    if (RSTM) m_q <= '0;
    else if (CEM) m_q <= product;
  end

  // Adder.  X and Y have the product together; it is counted in X here.
  logic [47:0] w, x, y, z, sum, alu, p_q;
  always_comb begin
    case (opmode[8:7])
      2'b00: w = '0;
      2'b01: w = p_q;
      2'b10: w = RND;
      2'b11: w = c;
    endcase
    case (opmode[1:0])
      2'b00: x = '0;
      2'b01: x = {{3{m[44]}}, m};
      2'b10: x = p_q;
      2'b11: x = {a, b};
    endcase
    case (opmode[3:2])
      2'b10: y = '1;
      2'b11: y = c;
      default: y = '0;
    endcase
    case (opmode[6:4])
      3'b001: z = PCIN;
      3'b010: z = p_q;
      3'b011: z = c;
      3'b101: z = {{17{PCIN[47]}}, PCIN[47:17]};
      3'b110: z = {{17{p_q[47]}}, p_q[47:17]};
      default: z = '0;
    endcase
  end
  // ALUMODE[0] inverts Z, [1] the result: 0 Z + s, 1 -Z + s - 1, 2 -(Z + s) - 1, 3 Z - s.
  assign sum = w + x + y + {47'd0, carry};
  assign alu = (alumode[0] ? ~z : z) + sum;
  assign P = PREG == 1 ? p_q : alumode[1] ? ~alu : alu;
  assign PCOUT = P;
  always_ff @(posedge CLK) begin
    if (RSTP) p_q <= '0;
    else if (CEP) p_q <= alumode[1] ? ~alu : alu;
  end

  always_ff @(posedge CLK) begin
    if (alumode[3:2] != 2'b00) $fatal(1, "DSP48E2: ALUMODE %b is not modelled", alumode);
    if (CARRYINSEL != 3'b000)
      $fatal(1, "DSP48E2: CARRYINSEL %b is not modelled", CARRYINSEL);
    if (opmode[6:4] == 3'b100 || opmode[6:4] == 3'b111 ||
        (opmode[1:0] == 2'b01) != (opmode[3:2] == 2'b01))
      $fatal(1, "DSP48E2: OPMODE %b is not modelled", opmode);
  end
endmodule
