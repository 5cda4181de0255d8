#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# wrapper.sh TOP.sv NAME=VALUE... - print a Verilog module vn_cu_kernel with the ports of vn_cu, around one with these parameters.
# Vivado's IP packager takes no SystemVerilog as the top of an IP (UG1118), and so the kernel needs no parameters of its own.
set -eu
top=$1; shift
parameters=$(printf '.%s, ' "$@" | sed 's/=\([0-9]*\)/(\1)/g; s/, $//')
awk -v parameters="$parameters" '
/^\) \($/ { inside = 1; next }
/^\);$/ && inside { exit }
inside && match($0, /(input|output) +logic/) {
	direction = $1
	range = match($0, /\[[^]]*\]/) ? substr($0, RSTART, RLENGTH) " " : ""
	name = $NF; sub(/,$/, "", name)
	ports = ports (n ? ",\n" : "") "    " direction " wire " range name
	pins = pins (n ? ",\n" : "") "      ." name "(" name ")"
	n++
}
END {
	if (n == 0) { print "error: no ports found" > "/dev/stderr"; exit 1 }
	print "// Printed by bitstreams/wrapper.sh from rtl/vn_cu.sv."
	print "module vn_cu_kernel (\n" ports "\n);"
	print "  vn_cu #(" parameters ") cu (\n" pins "\n  );"
	print "endmodule"
}' "$top"
