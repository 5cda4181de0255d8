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
  logic [31:0] words;
  logic [15:0] chunks;
  wire [31:0] d_words = d[vn_spec_pkg::D_LOAD_WORDS_LSB +: 32];

  wire from_input = d[vn_spec_pkg::D_LOAD_SPACE_LSB +: 2] == vn_spec_pkg::SPACE_INPUT;
  vn_chunks #(.R(R)) requests (
      .clk, .rst, .start, .d, .image, .tag, .base(from_input ? inputs : scratch), .req_valid,
      .req_ready, .req_addr, .req_beats, .req_tag
  );

  // Words: `part` of the beat at the head of the reader's FIFO.
  logic [31:0] left;  // words of the chunk
  logic [AW-1:0] first;  // word of the chunk
  logic [$clog2(PER_BEAT+1)-1:0] part;
  logic beat_last, chunk_last;
  assign beat_last = 32'(part) == PER_BEAT - 1 || left == 32'd1;
  assign chunk_last = left == 32'd1;
  assign y_valid = active && q_valid;
  assign y_last = chunk_last && chunks == 16'd1;
  assign y_strb = {R{1'b1}};
  assign y_data = q_data[8*R*32'(part) +: 8*R];
  assign q_ready = active && y_ready && beat_last;
  assign done = y_done;

  always_ff @(posedge clk)
    if (rst) active <= 1'b0;
    else if (start) begin
      active <= 1'b1;
      words <= d_words;
      left <= d_words;
      chunks <= d[vn_spec_pkg::D_LOAD_CHUNKS_LSB +: 16];
      act_step <= d[vn_spec_pkg::D_LOAD_ACT_STEP_LSB +: AW];
      first <= d[vn_spec_pkg::D_LOAD_ACT_LSB +: AW];
      y_addr <= d[vn_spec_pkg::D_LOAD_ACT_LSB +: AW];
      part <= '0;
    end else if (y_valid && y_ready) begin
      part <= beat_last ? '0 : part + 1'b1;
      left <= left - 32'd1;
      y_addr <= y_addr + 1'b1;
      if (chunk_last) begin
        left <= words;
        first <= first + act_step;
        y_addr <= first + act_step;
        chunks <= chunks - 16'd1;
        active <= !y_last;
      end
    end

  always_comb
    if (!active) state = vn_cu_pkg::STATE_IDLE;
    else if (!q_valid) state = vn_cu_pkg::STATE_INPUT;
    else state = y_ready ? vn_cu_pkg::STATE_BUSY : vn_cu_pkg::STATE_BLOCKED;

`ifdef VN_ASSERT
  always_ff @(posedge clk)
    if (!rst) begin
      assert (!y_valid || (left != 32'd0 && chunks != 16'd0))
        else $fatal(1, "a word beyond the chunk");
      assert (!active || 32'(part) < PER_BEAT) else $fatal(1, "a part beyond the beat");
    end
  vn_stays #(.W(1 + AW + R + 8 * R)) y_stays (
      .clk, .rst, .valid(y_valid), .ready(y_ready), .data({y_last, y_addr, y_strb, y_data})
  );
`endif
endmodule
