// SPDX-License-Identifier: Apache-2.0
//
// vn_post_param: bias vectors and requantiser words of POST, by groups of LANES channels.
//
// Two halves: one descriptor's parameters are taken while the walk uses those of the one before.
// `start` announces a descriptor; its beats are taken (a group a cycle, so a beat a cycle from 16
// lanes on), then `full` until `take`.  `hold`: the half to be written is still being read.
// Reads take one cycle.  Cost: 32*LANES bits x 32*GROUPS of block RAM, 23*LANES x 2*GROUPS of LUT
// RAM (only the bits of M and S are read).
module vn_post_param #(
    parameter int unsigned C = 64,
    parameter int unsigned LANES = 16,
    parameter int unsigned GROUPS = 4,
    parameter int unsigned GROUP_W = 2
) (
    input  logic                clk,
    input  logic                rst,
    input  logic                start,
    input  logic                border,  // with start: nine bias vectors
    input  logic                raw,     // with start: no requantiser words
    output logic                full,
    output logic                want,    // beats are still to come
    input  logic                take,
    input  logic                hold,
    output logic                half,    // the half being filled
    input  logic                p_valid,
    output logic                p_ready,
    input  logic [511:0]        p_data,
    input  logic                bias_en,
    input  logic                bias_half,
    input  logic [3:0]          bias_case,
    input  logic [GROUP_W-1:0]  bias_group,
    output logic [32*LANES-1:0] bias,
    input  logic                req_en,
    input  logic                req_half,
    input  logic [GROUP_W-1:0]  req_group,
    output logic [32*LANES-1:0] req
);
  localparam int unsigned BEAT_GROUPS = (C < 16 ? C : 16) / LANES;

  (* ram_style = "block" *) logic [32*LANES-1:0] bias_mem[32*GROUPS];
  (* ram_style = "distributed" *) logic [32*LANES-1:0] req_mem[2*GROUPS];

  logic [3:0] vector, last_bias;
  logic [GROUP_W-1:0] group;
  logic requant, with_requant, write, last_group;
  logic [32*LANES-1:0] words;
  logic unused_padding;

  assign write = want && p_valid && !hold;
  assign p_ready = want && !hold && 32'(group) % BEAT_GROUPS == BEAT_GROUPS - 1;
  assign last_group = group == GROUP_W'(GROUPS - 1);
  assign words = p_data[32*LANES*(32'(group)%BEAT_GROUPS) +: 32*LANES];

  assign unused_padding = &{1'b0, p_data};

  always_ff @(posedge clk)
    if (rst) begin
      want <= 1'b0;
      full <= 1'b0;
      half <= 1'b0;
      group <= '0;
    end else begin
      if (start) want <= 1'b1;
      else if (write && last_group && (requant || (vector == last_bias && !with_requant))) begin
        want <= 1'b0;
        full <= 1'b1;
      end
      if (write) group <= last_group ? '0 : group + GROUP_W'(1);
      if (take) begin
        full <= 1'b0;
        half <= !half;
      end
    end

  always_ff @(posedge clk)
    if (start) begin
      vector <= 4'd0;
      requant <= 1'b0;
      last_bias <= border ? 4'd8 : 4'd0;
      with_requant <= !raw;
    end else if (write && last_group) begin
      vector <= vector + 4'd1;
      requant <= vector == last_bias;
    end

  always_ff @(posedge clk) begin
    if (write && !requant) bias_mem[32'({half, vector}) * GROUPS + 32'(group)] <= words;
    if (bias_en) bias <= bias_mem[32'({bias_half, bias_case}) * GROUPS + 32'(bias_group)];
  end

  always_ff @(posedge clk) begin
    if (write && requant) req_mem[32'(half) * GROUPS + 32'(group)] <= words;
    if (req_en) req <= req_mem[32'(req_half) * GROUPS + 32'(req_group)];
  end
endmodule
