// SPDX-License-Identifier: Apache-2.0
//
// tokens.sv - proof harness of vn_tokens: for an arbitrary pair (giver a, receiver b), in every
// environment that follows the rules below, its counter is what the books say, never passes 1071
// and never goes below zero, and what the module shows of it, which is a cycle old, is right: who
// is ready finds all that it wants in this cycle, and who is not is so for a reason.
//
// The environment is any dispatcher that
//   - hands descriptors to the engines in list order, where the pair's counter `listed` always
//     stays within 0..63 (vn_order) and a receiver's descriptor wants at most `listed` tokens;
//   - has at most 16 descriptors of the receiver waiting for their tokens;
// any engines that signal at most what their descriptors signal and take only when ready, and any
// queues that ask for the same tokens until they are taken.
// The queue of waiting descriptors is abstracted to their number and the sum of what they want: any
// head that leaves at most 63 for each of the others may come next, which allows more than a queue.
module tokens (
    input logic         clk,
    input logic         load,
    input logic [149:0] initial_i,
    input logic [4:0]   asks,
    input logic [149:0] want,
    input logic [4:0]   take,
    input logic [24:0]  give,
    input logic         dispatch_a,  // a descriptor of a that signals b
    input logic         dispatch_b,  // a descriptor of b that wants `wants` of a
    input logic [5:0]   wants
);
  (* anyconst *) logic [2:0] a;
  (* anyconst *) logic [2:0] b;

  logic [4:0] ready;
  logic [24:0] lacking;
  logic [274:0] probe;
  logic rst;

  vn_tokens dut (.*);

  logic [4:0] pair, shown;
  logic [10:0] count;
  logic [5:0] head, first;
  logic given, taken;
  assign pair = 5'd5 * 5'(a) + 5'(b);
  assign shown = 5'd5 * 5'(b) + 5'(a);
  assign count = probe[11*pair+:11];
  assign head = want[6*shown+:6];
  assign first = initial_i[6*pair+:6];
  assign given = give[pair];
  assign taken = take[b];

  // The cycle before: did b ask, and for what; was anything missing?
  logic asked, missed;
  logic [29:0] row, row_before;
  assign row = want[30*b+:30];
  always_ff @(posedge clk) begin
    asked <= !rst && !load && asks[b] && !take[b];
    missed <= count < 11'(head);
    row_before <= row;
  end

  // The environment's books.
  logic [10:0] most;     // 63 for each of b's descriptors handed out whose tokens are not taken
  logic [10:0] wanted;   // what they want of a, in all
  logic [10:0] owed;     // tokens that are there or that descriptors handed out will give
  logic [10:0] balance;  // initial_i + gives - takes: the scoreboard
  logic [10:0] listed;   // the counter in list order
  assign listed = owed - wanted;

  initial rst = 1'b1;
  always_ff @(posedge clk) rst <= 1'b0;

  always_comb begin
    assume (a < 3'd5 && b < 3'd5 && a != b);
    assume ((take & ~ready) == 5'd0);
    if (asked) assume (asks[b] && row == row_before);
    if (taken) begin
      assume (most >= 11'd63 && 11'(head) <= wanted);
      assume (wanted - 11'(head) <= most - 11'd63);
    end
    if (given) assume (balance != owed);
    if (dispatch_b) assume (11'(wants) <= listed && most <= 11'd945);
    if (dispatch_a) assume (listed < 11'd63);
    if (dispatch_a) assume (!dispatch_b);
  end

  always_ff @(posedge clk)
    if (rst) begin
      most <= '0;
      wanted <= '0;
      owed <= '0;
      balance <= '0;
    end else if (load) begin
      most <= '0;
      wanted <= '0;
      owed <= 11'(first);
      balance <= 11'(first);
    end else begin
      most <= most + (dispatch_b ? 11'd63 : 11'd0) - (taken ? 11'd63 : 11'd0);
      wanted <= wanted + (dispatch_b ? 11'(wants) : 11'd0) - (taken ? 11'(head) : 11'd0);
      owed <= owed + 11'(dispatch_a) - (taken ? 11'(head) : 11'd0);
      balance <= balance + 11'(given) - (taken ? 11'(head) : 11'd0);
    end

  logic none_lacks;
  assign none_lacks = lacking[5*b+:5] == 5'd0;

  always_comb
    if (!rst) begin
      // conservation: gives and takes are all there is
      a_count: assert (count == balance);
      // the books: none of the sums above wraps
      a_listed: assert (wanted <= owed && listed <= 11'd63);
      a_wanted: assert (wanted <= most && most <= 11'd1008);
      // neither overflow nor underflow
      a_limit: assert (balance <= owed && owed <= 11'd1071);
      if (taken) a_enough: assert (count >= 11'(head));
      // what is shown: of the cycle before, and still true where it matters
      a_lacking: assert (lacking[shown] == (asked && missed));
      a_ready: assert (ready[b] == (asked && none_lacks));
      if (ready[b]) a_grant: assert (asks[b] && count >= 11'(head));
    end
endmodule
