// SPDX-License-Identifier: Apache-2.0
//
// vn_status: the status block (spec/cu.def), word by word into the mirror of vn_control and, unless
// its address is not 64-byte aligned, to card memory.  Twin of vn_status_words in hls/vn_status.h.
//
// Latency: about 90 cycles and the memory's response.  Inputs are stable from start to done.
// If memory refuses the block itself, ERROR of the mirror says BUS, FIELD the register STATUS.
module vn_status #(
    parameter logic [32*vn_spec_pkg::CONFIG_WORDS-1:0] CONFIG = '0,  // the configuration record, word 0 lowest
    parameter logic [31:0] HASH = '0
) (
    input  logic clk,
    input  logic rst,
    input  logic start,
    output logic done,
    input  logic [63:0] address,
    input  logic [7:0] code,
    input  logic [31:0] desc,
    input  logic [31:0] field,
    input  logic [31:0] images,
    input  logic [31:0] executed,
    output logic [5:0] counter_word,  // of vn_counters
    input  logic [31:0] counter_value,  // three cycles later
    // mirror
    output logic mirror_we,
    output logic [5:0] mirror_addr,
    output logic [31:0] mirror_data,
    // vn_axi_write
    output logic req_valid,
    input  logic req_ready,
    output logic [63:0] req_addr,
    output logic [31:0] req_beats,
    output logic w_valid,
    input  logic w_ready,
    output logic [511:0] w_data,
    input  logic w_done,
    input  logic w_err
);
  localparam int unsigned WORDS = vn_spec_pkg::STATUS_WORDS;
  typedef enum logic [2:0] {REST, WORD, SETTLE, BEAT, WAIT, FAILED1, FAILED2, FINISH} step_t;
  step_t step;
  logic aligned;

  // A word a cycle, in three stages: what is no counter, the counter's value beside it, the mirror.
  localparam int unsigned STAGES = 3;
  logic [5:0] word, word_1, word_2, word_3;
  logic [STAGES:1] under_way;
  logic [31:0] fixed_1, fixed_2, fixed_3, value;
  assign counter_word = word - 6'(vn_spec_pkg::ST_CYCLES);
  assign value = 32'(word_3) >= vn_spec_pkg::ST_CYCLES && 32'(word_3) < vn_spec_pkg::ST_COUNTERS + 40
      ? counter_value : fixed_3;
  always_ff @(posedge clk) begin
    under_way <= {under_way[STAGES-1:1], step == WORD};
    word_1 <= word;
    word_2 <= word_1;
    word_3 <= word_2;
    fixed_1 <= 32'd0;
    if (32'(word) >= vn_spec_pkg::ST_CONFIG && 32'(word) < vn_spec_pkg::ST_CYCLES)
      fixed_1 <= CONFIG[32*(32'(word) - vn_spec_pkg::ST_CONFIG) +: 32];
    case (32'(word))
      vn_spec_pkg::ST_MAGIC: fixed_1 <= vn_spec_pkg::STATUS_MAGIC;
      vn_spec_pkg::ST_VERSION: fixed_1 <= vn_spec_pkg::CONTRACT;
      vn_spec_pkg::ST_HASH: fixed_1 <= HASH;
      vn_spec_pkg::ST_ERROR: fixed_1 <= 32'(code);
      vn_spec_pkg::ST_DESC: fixed_1 <= desc;
      vn_spec_pkg::ST_FIELD: fixed_1 <= field;
      vn_spec_pkg::ST_IMAGES: fixed_1 <= images;
      vn_spec_pkg::ST_EXECUTED: fixed_1 <= executed;
      default: ;
    endcase
    fixed_2 <= fixed_1;
    fixed_3 <= fixed_2;
    if (under_way[STAGES]) w_data <= {value, w_data[511:32]};
    if (rst) under_way <= '0;
  end

  assign req_addr = address;
  assign req_beats = WORDS / 16;
  assign w_valid = step == BEAT;

  always_ff @(posedge clk) begin
    mirror_we <= under_way[STAGES] || step == FAILED1 || step == FAILED2;
    mirror_addr <= step == FAILED1 ? 6'(vn_spec_pkg::ST_ERROR) :
        step == FAILED2 ? 6'(vn_spec_pkg::ST_FIELD) : word_3;
    mirror_data <= step == FAILED1 ? 32'(vn_spec_pkg::ERR_BUS) :
        step == FAILED2 ? 32'(vn_spec_pkg::REG_STATUS) : value;
    if (rst) mirror_we <= 1'b0;
  end

  always_ff @(posedge clk) begin
    done <= 1'b0;
    aligned <= address[5:0] == 6'd0;
    if (req_ready) req_valid <= 1'b0;
    case (step)
      REST:
      if (start) begin
        step <= WORD;
        word <= 6'd0;
      end
      WORD: begin
        if (word == 6'd0) req_valid <= aligned;
        word <= word + 6'd1;
        if (word[3:0] == 4'd15) step <= SETTLE;
      end
      // The last word of a beat is on its way; after the last of all, `word` is 0 again.
      SETTLE: if (under_way == '0) step <= aligned ? BEAT : word == 6'd0 ? FINISH : WORD;
      BEAT: if (w_ready) step <= word == 6'd0 ? WAIT : WORD;
      WAIT: if (w_done) step <= w_err ? FAILED1 : FINISH;
      FAILED1: step <= FAILED2;
      FAILED2: step <= FINISH;
      default: begin
        done <= 1'b1;
        step <= REST;
      end
    endcase
    if (rst) begin
      step <= REST;
      req_valid <= 1'b0;
      done <= 1'b0;
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!start || step == REST) else $fatal(1, "a start before done");
      assert (!w_done || step == WAIT) else $fatal(1, "a response that nobody waits for");
    end
  vn_stays #(.W(96)) req_stays (
      .clk, .rst, .valid(req_valid), .ready(req_ready), .data({req_addr, req_beats})
  );
  vn_stays #(.W(512)) w_stays (.clk, .rst, .valid(w_valid), .ready(w_ready), .data(w_data));
`endif
endmodule
