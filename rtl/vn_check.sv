// SPDX-License-Identifier: Apache-2.0
//
// vn_check: is this descriptor one that the compute unit can execute?  Agrees with spec/check.h on
// (code, field) for every d; first: vn_check_begin, else vn_check_desc.
//
// start, done: pulses; d, first, group, hash stable from start until done; code and field are valid
// with done and stay until the next start.
//
// A descriptor passes in pairs of words through vn_check_form; behind them vn_check_program's
// instructions fetch the fields one by one and vn_check_alu computes.  Five stages: instruction
// (program), its word pair (pair_q), its operand (o), execution, and what its test says (what).
// Latency, start to done, of a right descriptor: LOAD, STORE 21; MM 44; DW 37; WSUM 28; POST 90 at
// most; BEGIN 11; a fault is found no later, an opcode that cannot be here after 1.
// Cost: about 1000 LUTs, 620 FF, 2 DSP48E2.
module vn_check #(
    parameter int unsigned R = 32,
    parameter int unsigned C = 64,
    parameter int unsigned ACT_WORDS = 65536,
    parameter int unsigned MID_SLOTS = 16384,
    parameter int unsigned PSUM_ENTRIES = 2048,
    parameter int unsigned MAX_N = 4,
    parameter int unsigned MAX_KTILES = 1024
) (
    input  logic         clk,
    input  logic         rst,
    input  logic         start,
    input  logic         first,
    input  logic [511:0] d,
    input  logic [7:0]   group,
    input  logic [31:0]  hash,
    output logic         done,
    output logic [7:0]   code,
    output logic [4:0]   field
);
  localparam int unsigned FLAGS = vn_spec_pkg::D_ALL_FLAGS_LSB;
  localparam logic [3:0] INPUT_SCRATCH =
      4'd1 << vn_spec_pkg::SPACE_INPUT | 4'd1 << vn_spec_pkg::SPACE_SCRATCH;
  localparam logic [3:0] OUTPUT_SCRATCH =
      4'd1 << vn_spec_pkg::SPACE_OUTPUT | 4'd1 << vn_spec_pkg::SPACE_SCRATCH;

  if (PSUM_ENTRIES % 2 != 0 || C % R != 0 || vn_spec_pkg::RING_ROWS != 8) $error("impossible size");
  if (vn_spec_pkg::D_STORE_ACT_LSB != vn_spec_pkg::D_LOAD_ACT_LSB
      || vn_spec_pkg::D_STORE_SPACE_LSB != vn_spec_pkg::D_LOAD_SPACE_LSB)
    $error("LOAD and STORE are checked by one program");

  logic [7:0] op_d, op;  // op and the flags: from the cycle after start
  logic mid, raw, u8;
  assign op_d = d[vn_spec_pkg::D_ALL_OP_LSB+:8];
  always_ff @(posedge clk) begin
    op <= op_d;
    mid <= d[FLAGS+vn_spec_pkg::FLAG_MID];
    raw <= d[FLAGS+vn_spec_pkg::FLAG_RAW];
    u8 <= d[FLAGS+vn_spec_pkg::FLAG_U8];
  end

  // What the opcode alone says.
  logic [7:0] op_code;
  always_comb begin
    case (op_d)
      vn_spec_pkg::OP_BEGIN: op_code = first ? vn_spec_pkg::ERR_NONE : vn_spec_pkg::ERR_BEGIN;
      vn_spec_pkg::OP_LOAD, vn_spec_pkg::OP_MM, vn_spec_pkg::OP_POST, vn_spec_pkg::OP_DW,
      vn_spec_pkg::OP_WSUM, vn_spec_pkg::OP_STORE:
      op_code = vn_spec_pkg::ERR_NONE;
      default: op_code = vn_spec_pkg::ERR_OPCODE;
    endcase
    if (first && op_d != vn_spec_pkg::OP_BEGIN) op_code = vn_spec_pkg::ERR_BEGIN;
  end

  // Control: eight pairs for the form, then one per instruction.
  logic scanning, ahead, begins, running, hold;  // ahead, begins: scans the last pair but one, the last
  logic fetch;  // ahead, begins or running without hold; once more after a verdict
  logic [2:0] pair, pair_no;  // pair_no: of pair_q
  logic scanned, judge;  // pair_q is the form's; the form has seen all
  logic valid_0, valid_1, valid_2, valid_3, valid_4;  // the stages hold an instruction of the program
  logic stop;  // the verdict is there

  logic [6:0] src_0, src_1, alu_0, alu_1, alu_2;
  logic [4:0] load_0, load_1, load_2;
  logic [2:0] test_0, test_1, test_2, test_3, test_4;
  logic [3:0] field_0, field_1, field_2, field_3, field_4;
  logic quit_0, quit_1, last_0, last_1, last_2, last_3, last_4;
  vn_check_program program_rom (
      .clk, .start, .op(op_d[2:0]), .mid, .raw, .en(fetch), .src(src_0), .alu(alu_0), .load(load_0),
      .test(test_0), .field(field_0), .quit(quit_0), .last(last_0)
  );

  logic [63:0] pair_q;
  logic [31:0] o, constant, from_pair;
  always_ff @(posedge clk)
    if (scanning) pair_q <= d[64*pair+:64];
    else if (fetch) pair_q <= d[64*src_0[4:2]+:64];

  always_comb
    case (src_1)
      vn_check_pkg::K_ACT_WORDS: constant = ACT_WORDS;
      vn_check_pkg::K_MID_SLOTS: constant = MID_SLOTS;
      vn_check_pkg::K_PSUM_ENTRIES: constant = PSUM_ENTRIES;
      vn_check_pkg::K_BANK: constant = PSUM_ENTRIES / 2;
      vn_check_pkg::K_MAX_N: constant = MAX_N;
      vn_check_pkg::K_MAX_KTILES: constant = MAX_KTILES;
      vn_check_pkg::K_GROUPS_1: constant = C / R - 1;
      vn_check_pkg::K_RAW_WORDS: constant = 4 * C / R;
      default: constant = 32'd0;
    endcase
  assign from_pair = {
    src_1[5] ? (src_1[1] ? pair_q[63:48] : pair_q[31:16]) : 16'd0, pair_q[16*src_1[1:0]+:16]
  };

  always_ff @(posedge clk)
    if (fetch) begin
      {src_1, alu_1, load_1, test_1, field_1, quit_1, last_1} <=
          {src_0, alu_0, load_0, test_0, field_0, quit_0, last_0};
      {alu_2, load_2, test_2, field_2, last_2} <= {alu_1, load_1, test_1, field_1, last_1};
      o <= src_1[6] ? constant : from_pair;
    end

  logic form_found;
  logic [7:0] form_code;
  logic [4:0] form_field;
  vn_check_form form (
      .clk, .start, .valid(scanned), .pair(pair_no), .next(pair), .w(pair_q), .op(op[2:0]), .group, .hash,
      .found(form_found), .code(form_code), .field(form_field)
  );

  logic quits, quits_next, holds, divides, deferred, fault;  // quits: valid_2, an instruction that waits
  vn_check_alu arithmetic (
      .clk, .rst, .take(valid_2 && !hold), .alu(alu_2), .load(load_2), .o, .en(valid_3), .holds,
      .busy_next(divides)
  );

  // The last stage: whatever the test asks is a register by now.
  logic sure_3, sure, what;  // a fault whatever the comparison says; that holds
  always_ff @(posedge clk) begin
    case (test_2)
      vn_check_pkg::TEST_MOD8: sure_3 <= o[2:0] != 3'd0;
      vn_check_pkg::TEST_FLAGS: sure_3 <= mid != u8 || (raw && mid);
      vn_check_pkg::TEST_SPACE:
      sure_3 <= op == vn_spec_pkg::OP_LOAD ? !INPUT_SCRATCH[o[1:0]] : !OUTPUT_SCRATCH[o[1:0]];
      default: sure_3 <= 1'b0;
    endcase
    {test_3, field_3, last_3} <= {test_2, field_2, last_2};
    {test_4, field_4, last_4} <= {test_3, field_3, last_3};
    sure <= sure_3;
    what <= holds;
  end
  assign fault = sure
      || (what && (test_4 == vn_check_pkg::TEST_RANGE || (test_4 == vn_check_pkg::TEST_IF_RAW && raw)))
      || (deferred && test_4 == vn_check_pkg::TEST_DEFERRED);

  assign stop = (judge && (form_found || first))
      || (valid_4 && (fault || last_4));

  always_ff @(posedge clk)
    if (start) deferred <= 1'b0;
    else if (valid_4 && test_4 == vn_check_pkg::TEST_DEFER && what) deferred <= 1'b1;

  always_ff @(posedge clk)
    if (start) {code, field} <= {op_code, 5'd0};
    else if (judge) {code, field} <= {form_code, form_field};
    else if (valid_4 && fault) {code, field} <= {vn_spec_pkg::ERR_RANGE, 1'b0, field_4};

  // The whole pipeline hangs on hold and fetch: registers, known a cycle ahead.
  logic hold_next;
  assign quits_next = fetch ? valid_1 && quit_1 : quits;
  assign hold_next = quits_next && divides;
  always_ff @(posedge clk) hold <= hold_next;

  always_ff @(posedge clk) begin
    pair <= start ? 3'd0 : pair + 3'(scanning);
    pair_no <= pair;
  end
  always_ff @(posedge clk)
    if (rst) begin
      scanning <= 1'b0;
      ahead <= 1'b0;
      begins <= 1'b0;
      running <= 1'b0;
      fetch <= 1'b0;
      scanned <= 1'b0;
      judge <= 1'b0;
      done <= 1'b0;
      {valid_0, valid_1, valid_2, valid_3, valid_4, quits} <= 6'b000000;
    end else begin
      scanning <= start ? op_code == vn_spec_pkg::ERR_NONE : scanning && !begins;
      ahead <= !start && scanning && pair == 3'd5;
      begins <= !start && ahead;
      scanned <= scanning;
      judge <= scanned && pair_no == 3'd7;
      running <= begins || (running && !stop);
      fetch <= (!start && ((scanning && pair == 3'd5) || ahead)) || ((begins || running) && !hold_next);
      if (stop || start) {valid_0, valid_1, valid_2, quits} <= 4'b0000;
      else if (fetch) {valid_0, valid_1, valid_2, quits} <= {begins || running, valid_0, valid_1, quits_next};
      valid_3 <= valid_2 && !hold && !stop && !start;
      valid_4 <= valid_3 && !stop && !start;
      done <= stop || (start && op_code != vn_spec_pkg::ERR_NONE);
    end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!start || !(scanning || scanned || running)) else $fatal(1, "a start before done");
      assert (!done || !(scanning || scanned)) else $fatal(1, "done before all words are seen");
    end
`endif
endmodule
