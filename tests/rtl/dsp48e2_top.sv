// SPDX-License-Identifier: Apache-2.0
//
// dsp48e2_top: DSP48E2s of six settings, on the same pins, for dsp48e2_tb.cpp.
module dsp48e2_top (
    input  logic clk,
    input  logic [12:0] ce,  // in the order of the ports below
    input  logic [9:0] reset,
    input  logic [29:0] a,
    input  logic [29:0] acin,
    input  logic [17:0] b,
    input  logic [17:0] bcin,
    input  logic [47:0] c,
    input  logic [26:0] d,
    input  logic [47:0] pcin,
    input  logic carryin,
    input  logic [8:0] opmode,
    input  logic [3:0] alumode,
    input  logic [4:0] inmode,
    output logic [6*30-1:0] acout,
    output logic [6*18-1:0] bcout,
    output logic [6*48-1:0] p,
    output logic [6*48-1:0] pcout
);
  for (genvar i = 0; i < 6; i++) begin : set
    dsp48e2_setting #(.SET(i)) dut (
        .clk, .ce, .reset, .a, .acin, .b, .bcin, .c, .d, .pcin, .carryin, .opmode, .alumode,
        .inmode, .acout(acout[30*i +: 30]), .bcout(bcout[18*i +: 18]), .p(p[48*i +: 48]),
        .pcout(pcout[48*i +: 48])
    );
  end
endmodule

module dsp48e2_setting #(
    parameter int SET = 0  // as in the list of dsp48e2_tb.cpp
) (
    input  logic clk,
    input  logic [12:0] ce,  // in the order of the ports below
    input  logic [9:0] reset,
    input  logic [29:0] a,
    input  logic [29:0] acin,
    input  logic [17:0] b,
    input  logic [17:0] bcin,
    input  logic [47:0] c,
    input  logic [26:0] d,
    input  logic [47:0] pcin,
    input  logic carryin,
    input  logic [8:0] opmode,
    input  logic [3:0] alumode,
    input  logic [4:0] inmode,
    output logic [29:0] acout,
    output logic [17:0] bcout,
    output logic [47:0] p,
    output logic [47:0] pcout
);
  localparam bit VN = SET == 0 || SET == 1;  // as in vn_dsp48e2, top or not
  localparam bit BARE = SET == 3;  // no register but P
  localparam int ONE = VN || BARE ? 0 : 1;
  localparam int AREG = VN || SET == 4 ? 2 : BARE ? 0 : 1;
  localparam int ACASCREG = VN ? 1 : AREG;
  localparam int BREG = SET == 5 ? 2 : BARE ? 0 : 1;
  localparam int BCASCREG = SET == 5 ? 1 : BREG;
  DSP48E2 #(
      .AREG(AREG), .ACASCREG(ACASCREG), .BREG(BREG), .BCASCREG(BCASCREG),
      .A_INPUT(SET == 1 || SET == 5 ? "CASCADE" : "DIRECT"),
      .B_INPUT(SET == 4 ? "CASCADE" : "DIRECT"),
      .AMULTSEL(SET == 2 || SET == 5 ? "AD" : "A"), .BMULTSEL(SET == 4 ? "AD" : "B"),
      .PREADDINSEL(SET == 4 ? "B" : "A"),
      .CREG(BARE ? 0 : 1), .DREG(BARE ? 0 : 1), .ADREG(SET == 5 ? 0 : 1), .MREG(BARE ? 0 : 1),
      .PREG(SET == 5 ? 0 : 1), .OPMODEREG(ONE), .ALUMODEREG(ONE), .INMODEREG(ONE),
`ifdef VN_DSP48E2_SIMD
      .USE_SIMD("TWO24"),
`endif
      .CARRYINREG(ONE), .CARRYINSELREG(0), .RND(48'h0000_0004_0000)
  ) dsp (
      .CLK(clk), .A(a), .ACIN(acin), .ACOUT(acout), .B(b), .BCIN(bcin), .BCOUT(bcout), .C(c),
      .D(d), .P(p), .PCIN(pcin), .PCOUT(pcout), .CARRYIN(carryin), .OPMODE(opmode),
      .ALUMODE(alumode), .INMODE(inmode), .CARRYINSEL(3'b000), .CARRYCASCIN(1'b0),
      .MULTSIGNIN(1'b0), .CARRYCASCOUT(), .CARRYOUT(), .MULTSIGNOUT(), .OVERFLOW(), .UNDERFLOW(),
      .PATTERNBDETECT(), .PATTERNDETECT(), .XOROUT(),
      .CEA1(ce[0]), .CEA2(ce[1]), .CEB1(ce[2]), .CEB2(ce[3]), .CEC(ce[4]), .CED(ce[5]),
      .CEAD(ce[6]), .CEM(ce[7]), .CEP(ce[8]), .CECTRL(ce[9]), .CEALUMODE(ce[10]),
      .CEINMODE(ce[11]), .CECARRYIN(ce[12]),
      .RSTA(reset[0]), .RSTB(reset[1]), .RSTC(reset[2]), .RSTD(reset[3]), .RSTM(reset[4]),
      .RSTP(reset[5]), .RSTCTRL(reset[6]), .RSTALUMODE(reset[7]), .RSTINMODE(reset[8]),
      .RSTALLCARRYIN(reset[9])
  );
endmodule
