// SPDX-License-Identifier: Apache-2.0
//
// vn_check_program: the range checks of spec/check.h as microprograms for vn_check_alu.
// One instruction a cycle of en, two cycles of en after step and prog: in the first every program gives
// its word, in the second one of them is chosen.
//
// An instruction does up to three things with its operand O (a field of the descriptor or a
// constant, src) and the registers from before the instruction:
//   alu   A <= 0 or A, plus or minus O, the last product P or the last quotient Q; or only compare:
//         GT is A > O, GE is A >= O
//   load  X, Y <= O, A ... ; a product X*Y starts with each load of Y and is P three instructions
//         later; DIV starts A / O and quit waits for its quotient
//   test  fault `field` if the comparison holds (RANGE), or one of the other tests of vn_check
// `last` ends the check; POST goes on with its next part after each of the first two.
//
// start chooses the program of opcode op, whose instructions the cycles of en then fetch.
module vn_check_program (
    input  logic       clk,
    input  logic       start,
    input  logic [2:0] op,
    input  logic       mid,    // flags of the descriptor
    input  logic       raw,
    input  logic       en,
    output logic [6:0] src,    // {constant, 32 bits wide, number of its 16 bits or of the constant}
    output logic [6:0] alu,    // {from P, from Q, write, wrap, base 0, subtract, minus one}
    output logic [4:0] load,   // {DIV, Y: 1 O, 2 O-1, 3 Q, X: 1 O, 2 A}
    output logic [2:0] test,
    output logic [3:0] field,
    output logic       quit,   // waits for the quotient
    output logic       last
);
  // Programs; POST goes on with POST_WINDOW and then one of the last three.
  localparam logic [3:0] MOVE = 4'd0, MM = 4'd1, POST = 4'd2, DW = 4'd3, WSUM = 4'd4;
  localparam logic [3:0] POST_WINDOW = 4'd5, POST_MID = 4'd6, POST_RAW = 4'd7, POST_ACT = 4'd8;

  localparam logic [6:0] NOP = 7'b0000000, SET = 7'b0010100, ADD = 7'b0010000, SUB = 7'b0010010;
  localparam logic [6:0] DEC = 7'b0010011;  // with ZERO
  localparam logic [6:0] WRAP = 7'b0011010;  // subtract if the comparison before holds
  localparam logic [6:0] SET_P = 7'b1010100, ADD_P = 7'b1010000, SUB_P = 7'b1010010;
  localparam logic [6:0] ADD_Q = 7'b0110000;
  localparam logic [6:0] GT = 7'b0000011, GE = 7'b0000010, GT_P = 7'b1000011;

  localparam logic [4:0] NO = 5'b00000, X = 5'b00001, X_A = 5'b00010;
  localparam logic [4:0] Y = 5'b00100, Y_LESS = 5'b01000, Y_Q = 5'b01100, DIV = 5'b10000;
  localparam logic [4:0] X_A_Y = X_A | Y;

  localparam logic [2:0] NONE = vn_check_pkg::TEST_NONE, RANGE = vn_check_pkg::TEST_RANGE;
  localparam logic [2:0] IF_RAW = vn_check_pkg::TEST_IF_RAW, DEFER = vn_check_pkg::TEST_DEFER;
  localparam logic [2:0] DEFERRED = vn_check_pkg::TEST_DEFERRED, MOD8 = vn_check_pkg::TEST_MOD8;
  localparam logic [2:0] FLAGS = vn_check_pkg::TEST_FLAGS, SPACE = vn_check_pkg::TEST_SPACE;

  localparam logic [1:0] QUIT = 2'b10, LAST = 2'b01;

  localparam logic [6:0] ZERO = vn_check_pkg::K_ZERO, ACT_WORDS = vn_check_pkg::K_ACT_WORDS;
  localparam logic [6:0] MID_SLOTS = vn_check_pkg::K_MID_SLOTS, BANK = vn_check_pkg::K_BANK;
  localparam logic [6:0] PSUM_ENTRIES = vn_check_pkg::K_PSUM_ENTRIES;
  localparam logic [6:0] MAX_N = vn_check_pkg::K_MAX_N, MAX_KTILES = vn_check_pkg::K_MAX_KTILES;
  localparam logic [6:0] GROUPS_1 = vn_check_pkg::K_GROUPS_1;
  localparam logic [6:0] RAW_WORDS = vn_check_pkg::K_RAW_WORDS;

  // Field F of the descriptor as an operand, and its word.
  `define F(f) 7'(vn_spec_pkg::D_``f``_LSB / 16 + (vn_spec_pkg::D_``f``_WIDTH > 16 ? 32 : 0))
  `define W(f) 4'(vn_spec_pkg::D_``f``_LSB / 32)

  localparam int unsigned BITS = 28;

  // Without a test, and with one.
  function automatic [BITS-1:0] act(input [6:0] o, input [6:0] s, input [4:0] l);
    act = {o, s, l, NONE, 4'd0, 2'd0};
  endfunction

  function automatic [BITS-1:0] check(input [6:0] o, input [6:0] s, input [2:0] t, input [3:0] f);
    check = {o, s, NO, t, f, 2'd0};
  endfunction

  // vn_check_move; STORE's fields lie where LOAD's do
  function automatic [BITS-1:0] move(input [5:0] i);
    case (i)
      6'd0: move = act(NOP, `F(LOAD_ACT_STEP), X);
      6'd1: move = act(NOP, `F(LOAD_CHUNKS), Y_LESS);
      6'd2: move = check(NOP, `F(LOAD_SPACE), SPACE, `W(LOAD_SPACE));
      6'd3: move = act(SET, `F(LOAD_WORDS), NO);
      6'd4: move = check(GT, ACT_WORDS, RANGE, `W(LOAD_WORDS));
      6'd5: move = act(ADD, `F(LOAD_ACT), NO);
      6'd6: move = act(ADD_P, ZERO, NO);
      default: move = check(GT, ACT_WORDS, RANGE, `W(LOAD_ACT)) | BITS'(LAST);
    endcase
  endfunction

  // vn_check_mm; whether PSUM is right is known early and said last
  function automatic [BITS-1:0] mm(input [5:0] i);
    case (i)
      6'd0: mm = act(NOP, `F(MM_N0), X);
      6'd1: mm = act(NOP, `F(MM_N1), Y);
      6'd2: mm = act(SET, `F(MM_KTILES), NO);
      6'd3: mm = check(GT, MAX_KTILES, RANGE, `W(MM_KTILES));
      6'd4: mm = act(SET_P, ZERO, NO);  // N0*N1
      6'd5: mm = check(GT, BANK, RANGE, `W(MM_N0)) | act(NOP, 7'd0, X_A);
      6'd6: mm = act(NOP, `F(MM_N2), Y);
      6'd7: mm = act(SET, `F(MM_PSUM), NO);
      6'd8: mm = check(GE, PSUM_ENTRIES, DEFER, 4'd0);
      6'd9: mm = act(GE, BANK, NO);
      6'd10: mm = act(WRAP, BANK, NO);
      6'd11: mm = act(ADD_P, ZERO, NO);  // N0*N1*N2
      6'd12: mm = check(GT, BANK, DEFER, 4'd0);
      6'd13: mm = act(SET_P, ZERO, NO);
      6'd14: mm = check(GT, BANK, RANGE, `W(MM_N2));
      6'd15: mm = act(SET, `F(MM_K_STEP), NO);
      6'd16: mm = check(GE, ACT_WORDS, RANGE, `W(MM_K_STEP));
      6'd17: mm = act(SET, `F(MM_S1), X);
      6'd18: mm = check(GE, ACT_WORDS, RANGE, `W(MM_S1));
      6'd19: mm = act(NOP, `F(MM_N1), Y_LESS);
      6'd20: mm = act(SET, `F(MM_S2), X);
      6'd21: mm = check(GE, ACT_WORDS, RANGE, `W(MM_S2));
      6'd22: mm = act(SET_P, `F(MM_N2), Y_LESS);  // (N1-1)*S1
      6'd23: mm = act(NOP, `F(MM_K_STEP), X);
      6'd24: mm = act(NOP, `F(MM_KTILES), Y_LESS);
      6'd25: mm = act(ADD_P, ZERO, NO);  // (N2-1)*S2
      6'd26: mm = act(ADD, `F(MM_N0), NO);
      6'd27: mm = act(ADD_P, ZERO, NO);  // (KTILES-1)*K_STEP
      6'd28: mm = act(ADD, `F(MM_ACT), NO);
      6'd29: mm = check(GT, ACT_WORDS, RANGE, `W(MM_ACT));
      default: mm = check(NOP, ZERO, DEFERRED, `W(MM_PSUM)) | BITS'(LAST);
    endcase
  endfunction

  // vn_check_dw
  function automatic [BITS-1:0] dw(input [5:0] i);
    case (i)
      6'd0: dw = act(NOP, `F(DW_PITCH), X);
      6'd1: dw = check(NOP, `F(DW_RING), MOD8, `W(DW_RING)) | act(NOP, 7'd0, Y);
      6'd2: dw = act(SET, `F(DW_MAP_W), NO);
      6'd3: dw = check(GT, `F(DW_PITCH), RANGE, `W(DW_RING));
      6'd4: dw = check(SET, `F(DW_MID), MOD8, `W(DW_MID));
      6'd5: dw = act(ADD_P, ZERO, NO);
      6'd6: dw = check(GT, MID_SLOTS, RANGE, `W(DW_MID));
      6'd7: dw = act(SET, `F(DW_Y0), NO);
      6'd8: dw = act(ADD, `F(DW_ROWS), NO);
      6'd9: dw = check(GT, `F(DW_MAP_H), RANGE, `W(DW_Y0));
      6'd10: dw = act(SET, `F(DW_X0), NO);
      6'd11: dw = act(ADD, `F(DW_COLS), NO);
      6'd12: dw = check(GT, `F(DW_MAP_W), RANGE, `W(DW_X0));
      6'd13: dw = act(SET, `F(DW_N), NO);
      6'd14: dw = check(GT, MAX_N, RANGE, `W(DW_N));
      6'd15: dw = act(NOP, `F(DW_DST_STEP), X);
      6'd16: dw = act(NOP, GROUPS_1, Y);
      6'd17: dw = act(NOP, `F(DW_DST_PITCH), X);
      6'd18: dw = act(NOP, `F(DW_ROWS), Y_LESS);
      6'd19: dw = act(SET_P, ZERO, NO);
      6'd20: dw = act(ADD, `F(DW_COLS), NO);
      6'd21: dw = act(ADD_P, ZERO, NO);
      6'd22: dw = act(ADD, `F(DW_ACT), NO);
      default: dw = check(GT, ACT_WORDS, RANGE, `W(DW_ACT)) | BITS'(LAST);
    endcase
  endfunction

  // vn_check_wsum
  function automatic [BITS-1:0] wsum(input [5:0] i);
    case (i)
      6'd0: wsum = act(NOP, `F(WSUM_PITCH), X);
      6'd1: wsum = check(NOP, `F(WSUM_RING), MOD8, `W(WSUM_RING)) | act(NOP, 7'd0, Y);
      6'd2: wsum = act(SET, `F(WSUM_MAP_W), NO);
      6'd3: wsum = check(GT, `F(WSUM_PITCH), RANGE, `W(WSUM_RING));
      6'd4: wsum = check(SET, `F(WSUM_MID), MOD8, `W(WSUM_MID));
      6'd5: wsum = act(ADD_P, ZERO, NO);
      6'd6: wsum = check(GT, MID_SLOTS, RANGE, `W(WSUM_MID));
      6'd7: wsum = act(SET, `F(WSUM_MAP_H), NO);
      6'd8: wsum = check(GT, `F(WSUM_RING), RANGE, `W(WSUM_MAP_H));
      6'd9: wsum = act(NOP, `F(WSUM_DST_STEP), X);
      6'd10: wsum = act(NOP, GROUPS_1, Y);
      6'd11: wsum = act(SET, `F(WSUM_ACT), NO);
      6'd12: wsum = act(NOP, ZERO, NO);
      6'd13: wsum = act(ADD_P, ZERO, NO);
      default: wsum = check(GE, ACT_WORDS, RANGE, `W(WSUM_ACT)) | BITS'(LAST);
    endcase
  endfunction

  // vn_check_post, flags and sizes
  function automatic [BITS-1:0] post(input [5:0] i);
    case (i)
      6'd0: post = check(NOP, ZERO, FLAGS, `W(ALL_FLAGS));
      6'd1: post = act(SET, `F(POST_OUT_H), NO);
      6'd2: post = check(GT, `F(POST_IN_H), RANGE, `W(POST_IN_H));
      6'd3: post = act(SET, `F(POST_IN_H), NO);
      6'd4: post = act(SUB, `F(POST_OUT_H), NO);
      6'd5: post = check(GT, ZERO, IF_RAW, `W(POST_IN_H));
      6'd6: post = act(SUB, `F(POST_OUT_H), NO);
      6'd7: post = check(GT, `F(POST_OUT_H), RANGE, `W(POST_IN_H));
      6'd8: post = act(SET, `F(POST_OUT_W), NO);
      6'd9: post = check(GT, `F(POST_IN_W), RANGE, `W(POST_IN_W));
      6'd10: post = act(SET, `F(POST_IN_W), NO);
      6'd11: post = act(SUB, `F(POST_OUT_W), NO);
      6'd12: post = check(GT, ZERO, IF_RAW, `W(POST_IN_W));
      6'd13: post = act(SUB, `F(POST_OUT_W), NO);
      default: post = check(GT, `F(POST_OUT_W), RANGE, `W(POST_IN_W));
    endcase
  endfunction

  // vn_check_post, the windows' extent.  IY0 > floor(OY0*IN_H/OUT_H) is IY0*OUT_H > OY0*IN_H; the
  // last conv row, ceil((OY0+ROWS)*IN_H/OUT_H) - 1, is floor(((OY0+ROWS)*IN_H - 1)/OUT_H).
  function automatic [BITS-1:0] post_window(input [5:0] i);
    case (i)
      6'd0: post_window = act(NOP, `F(POST_IY0), X);
      6'd1: post_window = act(NOP, `F(POST_OUT_H), Y);
      6'd2: post_window = act(SET, `F(POST_OY0), X);
      6'd3: post_window = act(ADD, `F(POST_ROWS), NO);
      6'd4: post_window = check(GT, `F(POST_OUT_H), RANGE, `W(POST_OY0));
      6'd5: post_window = act(SET_P, `F(POST_IN_H), Y);  // IY0*OUT_H
      6'd6: post_window = act(NOP, `F(POST_ROWS), X);
      6'd7: post_window = act(NOP, `F(POST_IN_H), Y);
      6'd8: post_window = check(GT_P, ZERO, RANGE, `W(POST_IY0));  // OY0*IN_H
      6'd9: post_window = act(SET_P, ZERO, NO);
      6'd10: post_window = act(ADD_P, ZERO, NO);  // ROWS*IN_H
      6'd11: post_window = act(DEC, ZERO, NO);
      6'd12: post_window = act(NOP, `F(POST_OUT_H), DIV);
      6'd13: post_window = act(NOP, `F(POST_IX0), X);
      6'd14: post_window = act(NOP, `F(POST_OUT_W), Y);
      6'd15: post_window = act(SET, `F(POST_OX0), X);
      6'd16: post_window = act(ADD, `F(POST_COLS), NO);
      6'd17: post_window = check(GT, `F(POST_OUT_W), RANGE, `W(POST_OX0));
      6'd18: post_window = act(SET_P, `F(POST_IN_W), Y);  // IX0*OUT_W
      6'd19: post_window = act(NOP, `F(POST_COLS), X);
      6'd20: post_window = act(NOP, `F(POST_IN_W), Y);
      6'd21: post_window = check(GT_P, ZERO, RANGE, `W(POST_IX0));  // OX0*IN_W
      6'd22: post_window = act(SET_P, ZERO, NO);
      6'd23: post_window = act(ADD_P, ZERO, NO);  // COLS*IN_W
      6'd24: post_window = act(DEC, ZERO, NO);
      6'd25: post_window = act(NOP, `F(POST_PITCH), X);
      6'd26: post_window = act(NOP, ZERO, Y_Q) | BITS'(QUIT);  // last conv row
      6'd27: post_window = act(NOP, `F(POST_OUT_W), DIV);
      6'd28: post_window = act(NOP, `F(POST_IY0), Y);
      6'd29: post_window = act(SET_P, ZERO, NO);  // last row * PITCH
      6'd30: post_window = act(ADD, `F(POST_PSUM), NO);
      6'd31: post_window = act(SUB_P, ZERO, NO);  // IY0 * PITCH
      6'd32: post_window = act(SUB, `F(POST_IX0), NO);
      6'd33: post_window = act(ADD_Q, ZERO, NO) | BITS'(QUIT);  // last conv column
      default: post_window = check(GE, PSUM_ENTRIES, RANGE, `W(POST_PSUM));
    endcase
  endfunction

  // vn_check_post_dst, MID
  function automatic [BITS-1:0] post_mid(input [5:0] i);
    case (i)
      6'd0: post_mid = act(NOP, `F(POST_DST_PITCH), X);
      6'd1: post_mid = check(NOP, `F(POST_RING), MOD8, `W(POST_RING)) | act(NOP, 7'd0, Y);
      6'd2: post_mid = act(SET, ZERO, NO);
      6'd3: post_mid = check(GE, `F(POST_RING), RANGE, `W(POST_RING));
      6'd4: post_mid = act(SET, `F(POST_OX0), NO);
      6'd5: post_mid = act(ADD, `F(POST_COLS), NO);
      6'd6: post_mid = check(GT, `F(POST_DST_PITCH), RANGE, `W(POST_RING));
      6'd7: post_mid = check(SET, `F(POST_DST), MOD8, `W(POST_DST));
      6'd8: post_mid = act(ADD_P, ZERO, NO);
      default: post_mid = check(GT, MID_SLOTS, RANGE, `W(POST_DST)) | BITS'(LAST);
    endcase
  endfunction

  // vn_check_post_dst, RAW
  function automatic [BITS-1:0] post_raw(input [5:0] i);
    case (i)
      6'd0: post_raw = act(NOP, `F(POST_ROWS), X);
      6'd1: post_raw = act(NOP, `F(POST_COLS), Y);
      6'd2: post_raw = act(SET, `F(POST_RING), NO);
      6'd3: post_raw = check(GT, ZERO, RANGE, `W(POST_RING));
      6'd4: post_raw = act(SET_P, ZERO, NO);  // ROWS*COLS
      6'd5: post_raw = act(NOP, RAW_WORDS, X_A_Y);
      6'd6: post_raw = act(SET, `F(POST_DST), NO);
      6'd7: post_raw = act(NOP, ZERO, NO);
      6'd8: post_raw = act(ADD_P, ZERO, NO);
      default: post_raw = check(GT, ACT_WORDS, RANGE, `W(POST_DST)) | BITS'(LAST);
    endcase
  endfunction

  // vn_check_post_dst, int8 to the activation buffer
  function automatic [BITS-1:0] post_act(input [5:0] i);
    case (i)
      6'd0: post_act = act(SET, `F(POST_RING), NO);
      6'd1: post_act = check(GT, ZERO, RANGE, `W(POST_RING));
      6'd2: post_act = act(NOP, `F(POST_DST_STEP), X);
      6'd3: post_act = act(NOP, GROUPS_1, Y);
      6'd4: post_act = act(NOP, `F(POST_DST_PITCH), X);
      6'd5: post_act = act(NOP, `F(POST_ROWS), Y_LESS);
      6'd6: post_act = act(SET_P, ZERO, NO);
      6'd7: post_act = act(ADD, `F(POST_COLS), NO);
      6'd8: post_act = act(ADD_P, ZERO, NO);
      6'd9: post_act = act(ADD, `F(POST_DST), NO);
      default: post_act = check(GT, ACT_WORDS, RANGE, `W(POST_DST)) | BITS'(LAST);
    endcase
  endfunction

  `undef F
  `undef W

  localparam logic [5:0] POST_LAST = 6'd14, POST_WINDOW_LAST = 6'd34;
  logic [3:0] prog;
  logic [5:0] step;
  logic part_last;  // step is the last of a part of POST that goes on

  always_ff @(posedge clk)
    if (start) begin
      step <= 6'd0;
      part_last <= 1'b0;
      case ({5'd0, op})
        vn_spec_pkg::OP_MM: prog <= MM;
        vn_spec_pkg::OP_POST: prog <= POST;
        vn_spec_pkg::OP_DW: prog <= DW;
        vn_spec_pkg::OP_WSUM: prog <= WSUM;
        default: prog <= MOVE;
      endcase
    end else if (en) begin
      step <= part_last ? 6'd0 : step + 6'd1;
      part_last <= (prog == POST && step == POST_LAST - 6'd1) ||
          (prog == POST_WINDOW && step == POST_WINDOW_LAST - 6'd1);
      if (part_last) prog <= prog == POST ? POST_WINDOW : mid ? POST_MID : raw ? POST_RAW : POST_ACT;
    end

  logic [3:0] prog_1;  // of the words below
  logic [BITS-1:0] word_move, word_mm, word_post, word_dw, word_wsum, word_window, word_mid, word_raw,
      word_act, word;
  always_ff @(posedge clk)
    if (en) begin
      prog_1 <= prog;
      word_move <= move(step);
      word_mm <= mm(step);
      word_post <= post(step);
      word_dw <= dw(step);
      word_wsum <= wsum(step);
      word_window <= post_window(step);
      word_mid <= post_mid(step);
      word_raw <= post_raw(step);
      word_act <= post_act(step);
      {alu, src, load, test, field, quit, last} <= word;
    end
  always_comb
    case (prog_1)
      MOVE: word = word_move;
      MM: word = word_mm;
      POST: word = word_post;
      DW: word = word_dw;
      WSUM: word = word_wsum;
      POST_WINDOW: word = word_window;
      POST_MID: word = word_mid;
      POST_RAW: word = word_raw;
      default: word = word_act;
    endcase
endmodule
