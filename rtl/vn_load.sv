// SPDX-License-Identifier: Apache-2.0
//
// vn_load: LOAD engine, card memory to activation buffer.  Twin of vn_mem_load in hls/vn_mem.c.
//
// Asks for the chunks one after the other, as early as the reader takes them, and writes a word of
// R bytes a cycle as the beats come.  One descriptor at a time.
// Latency: up to 40 cycles to the first request.  Throughput: a word a cycle.
module vn_load #(
    parameter int unsigned R = 32,
    parameter int unsigned ACT_WORDS = 65536
) (
    input  logic clk,
    input  logic rst,
    input  logic [63:0] inputs,   // bases of the two spaces
    input  logic [63:0] scratch,
    // engine
    input  logic d_valid,
    output logic d_ready,
    input  logic [511:0] d,
    input  logic [31:0] image,
    input  logic [vn_cu_pkg::TAG_W-1:0] tag,
    output logic done,
    output logic [2:0] state,
    // vn_axi_read
    output logic req_valid,
    input  logic req_ready,
    output logic [63:0] req_addr,
    output logic [31:0] req_beats,
    output logic [vn_cu_pkg::TAG_W-1:0] req_tag,
    input  logic q_valid,
    output logic q_ready,
    input  logic [511:0] q_data,
    // vn_act
    output logic y_valid,
    input  logic y_ready,
    output logic y_last,
    output logic [$clog2(ACT_WORDS)-1:0] y_addr,
    output logic [R-1:0] y_strb,
    output logic [8*R-1:0] y_data,
    input  logic y_done
);
  localparam int unsigned AW = $clog2(ACT_WORDS);
  localparam int unsigned PER_BEAT = 64 / R;  // words of a beat

  logic active;
  logic start;
  assign d_ready = !active;
  assign start = d_valid && d_ready;

  // Fields of the descriptor under way.
  logic [AW-1:0] act_step;
  logic [31:0] words_less_1;
  logic [15:0] chunks;
  wire [31:0] d_words = d[vn_spec_pkg::D_LOAD_WORDS_LSB +: 32];
  wire [15:0] d_chunks = d[vn_spec_pkg::D_LOAD_CHUNKS_LSB +: 16];
  wire [AW-1:0] d_step = d[vn_spec_pkg::D_LOAD_ACT_STEP_LSB +: AW];
  wire [AW-1:0] d_act = d[vn_spec_pkg::D_LOAD_ACT_LSB +: AW];

  wire from_input = d[vn_spec_pkg::D_LOAD_SPACE_LSB +: 2] == vn_spec_pkg::SPACE_INPUT;
  vn_chunks #(.R(R)) requests (
      .clk, .rst, .idle(!active), .start, .d, .image, .tag,
      .base(from_input ? inputs : scratch), .req_valid, .req_ready, .req_addr, .req_beats, .req_tag
  );

  // Words: `part` of the beat at the head of the reader's FIFO.  What is said of the word at hand
  // and of its chunk lies in registers.
  logic [31:0] left;  // words of the chunk after this one
  logic [AW-1:0] following;  // first word of the next chunk
  logic [$clog2(PER_BEAT+1)-1:0] part;
  logic beat_last, chunk_last, single;  // single: chunks of one word
  logic final_chunk;
  wire move = y_valid && y_ready;
  wire left_1 = left == 32'd1;
  assign y_valid = active && q_valid;
  assign y_last = chunk_last && final_chunk;
  assign y_strb = {R{1'b1}};
  assign y_data = q_data[8*R*32'(part) +: 8*R];
  assign q_ready = active && y_ready && beat_last;
  assign done = y_done;

  always_ff @(posedge clk)
    if (rst) active <= 1'b0;
    else if (start) active <= 1'b1;
    else if (move && y_last) active <= 1'b0;

  always_ff @(posedge clk)
    if (!active) begin
      words_less_1 <= d_words - 32'd1;
      single <= d_words == 32'd1;
      left <= d_words - 32'd1;
      chunks <= d_chunks;
      final_chunk <= d_chunks == 16'd1;
      act_step <= d_step;
      following <= d_act + d_step;
      y_addr <= d_act;
      part <= '0;
      beat_last <= PER_BEAT == 1 || d_words == 32'd1;
      chunk_last <= d_words == 32'd1;
    end else if (move) begin
      if (chunk_last) begin
        left <= words_less_1;
        chunk_last <= single;
        beat_last <= PER_BEAT == 1 || single;
        part <= '0;
        y_addr <= following;
        following <= following + act_step;
        chunks <= chunks - 16'd1;
        final_chunk <= chunks == 16'd2;
      end else begin
        left <= left - 32'd1;
        chunk_last <= left_1;
        beat_last <= left_1 || 32'(part) + 2 == PER_BEAT || PER_BEAT == 1;
        part <= beat_last ? '0 : part + 1'b1;
        y_addr <= y_addr + 1'b1;
      end
    end

  always_comb
    if (!active) state = vn_cu_pkg::STATE_IDLE;
    else if (!q_valid) state = vn_cu_pkg::STATE_INPUT;
    else state = y_ready ? vn_cu_pkg::STATE_BUSY : vn_cu_pkg::STATE_BLOCKED;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!y_valid || ((left == 32'd0) == chunk_last && chunks != 16'd0))
        else $fatal(1, "a word beyond the chunk");
      assert (!active || 32'(part) < PER_BEAT) else $fatal(1, "a part beyond the beat");
    end
  vn_stays #(.W(1 + AW + R + 8 * R)) y_stays (
      .clk, .rst, .valid(y_valid), .ready(y_ready), .data({y_last, y_addr, y_strb, y_data})
  );
`endif
endmodule
