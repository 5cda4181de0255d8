#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rtl/gen/vn_spec_pkg.sv and docs/contract.md are what spec/ generates.
set -u
B=${B:-build}
. tests/lib.sh
check "the package: make gen" 0 diff -u rtl/gen/vn_spec_pkg.sv <("$B/gen_spec" sv)
check "the contract: make gen" 0 diff -u docs/contract.md <("$B/gen_spec" md)
# The comparison itself is shown to fail.
check "a changed package is noticed" 1 diff -u rtl/gen/vn_spec_pkg.sv <("$B/gen_spec" sv | sed 's/parameter/localparam/')
finish
