// SPDX-License-Identifier: Apache-2.0
//
// vn_status: the status block (spec/cu.def), word by word into the mirror of vn_control and, unless
// its address is not 64-byte aligned, to card memory.  Twin of vn_status_words in hls/vn_status.h.
//
// Latency: about 70 cycles and the memory's response.  Inputs are stable from start to done.
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
    input  logic [31:0] counter_value,
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
  typedef enum logic [2:0] {REST, WORD, BEAT, WAIT, FAILED1, FAILED2, FINISH} step_t;
  step_t step;
  logic [5:0] word;
  logic [31:0] value;
  wire aligned = address[5:0] == 6'd0;

  always_comb begin
    counter_word = word - 6'(vn_spec_pkg::ST_CYCLES);
    value = 32'd0;
    if (word >= 6'(vn_spec_pkg::ST_CYCLES)) begin
      value = 32'(word) < vn_spec_pkg::ST_COUNTERS + 40 ? counter_value : 32'd0;
    end else if (word >= 6'(vn_spec_pkg::ST_CONFIG)) begin
      value = CONFIG[32*(32'(word) - vn_spec_pkg::ST_CONFIG) +: 32];
    end else
      case (32'(word))
        vn_spec_pkg::ST_MAGIC: value = vn_spec_pkg::STATUS_MAGIC;
        vn_spec_pkg::ST_VERSION: value = vn_spec_pkg::CONTRACT;
        vn_spec_pkg::ST_HASH: value = HASH;
        vn_spec_pkg::ST_ERROR: value = 32'(code);
        vn_spec_pkg::ST_DESC: value = desc;
        vn_spec_pkg::ST_FIELD: value = field;
        vn_spec_pkg::ST_IMAGES: value = images;
        default: value = executed;
      endcase
  end

  assign req_addr = address;
  assign req_beats = WORDS / 16;
  assign w_valid = step == BEAT;

  always_ff @(posedge clk) begin
    done <= 1'b0;
    mirror_we <= 1'b0;
    if (rst) begin
      step <= REST;
      req_valid <= 1'b0;
    end else begin
      if (req_valid && req_ready) req_valid <= 1'b0;
      case (step)
        REST:
        if (start) begin
          step <= WORD;
          word <= 6'd0;
          req_valid <= aligned;
        end
        WORD: begin
          mirror_we <= 1'b1;
          mirror_addr <= word;
          mirror_data <= value;
          w_data <= {value, w_data[511:32]};
          word <= word + 6'd1;
          if (word[3:0] == 4'd15) begin
            if (aligned) step <= BEAT;
            else if (word == 6'(WORDS - 1)) step <= FINISH;
          end
        end
        BEAT: if (w_ready) step <= word == 6'd0 ? WAIT : WORD;
        WAIT: if (w_done) step <= w_err ? FAILED1 : FINISH;
        FAILED1: begin
          mirror_we <= 1'b1;
          mirror_addr <= 6'(vn_spec_pkg::ST_ERROR);
          mirror_data <= 32'(vn_spec_pkg::ERR_BUS);
          step <= FAILED2;
        end
        FAILED2: begin
          mirror_we <= 1'b1;
          mirror_addr <= 6'(vn_spec_pkg::ST_FIELD);
          mirror_data <= 32'(vn_spec_pkg::REG_STATUS);
          step <= FINISH;
        end
        default: begin
          done <= 1'b1;
          step <= REST;
        end
      endcase
    end
  end

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (step <= FINISH) else $fatal(1, "no such step");
      assert (!start || step == REST) else $fatal(1, "a start before done");
      assert (!w_done || step == WAIT) else $fatal(1, "a response that nobody waits for");
    end
  vn_stays #(.W(96)) req_stays (
      .clk, .rst, .valid(req_valid), .ready(req_ready), .data({req_addr, req_beats})
  );
  vn_stays #(.W(512)) w_stays (.clk, .rst, .valid(w_valid), .ready(w_ready), .data(w_data));
`endif
endmodule
