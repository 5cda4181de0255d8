#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# hls/ keeps to docs/hls-subset.md, and each rule refuses the file made to break it, and only that rule.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/lib.sh
PYTHON=${PYTHON:-/usr/bin/python3}
subset=tools/check_hls_subset.py

for tool in "${CLANG:-clang}" "$PYTHON"; do
	command -v "$tool" >/dev/null || skip "$tool is not installed"
done

"$PYTHON" $subset hls/vn_*.c && ok || failed "hls/ breaks the subset"

rules=$("$PYTHON" $subset --rules | awk '{print $1}')
for rule in $rules; do
	file=tests/hls/must_fail/$rule.c
	[ -f "$file" ] || { failed "rule $rule has no file that must fail"; continue; }
	got=$("$PYTHON" $subset "$file" | awk '{print $2}' | sort -u | tr -d ':' | tr '\n' ' ')
	grep -q "^| \`$rule\` |" docs/hls-subset.md && ok || failed "rule $rule is not in docs/hls-subset.md"
	[ "$got" = "$rule " ] && ok || failed "$file" "refused for '$got', not for '$rule'"
done
# A compiler that answers with another file's tree, as ccache did, must not pass for a clean file.
printf '#!/bin/sh\n%s -std=c11 -w -I. -fsyntax-only -Xclang -ast-dump=json hls/vn_array.c\n' "${CLANG:-clang}" >"$T/clang"
chmod +x "$T/clang"
CLANG=$T/clang "$PYTHON" $subset tests/hls/must_fail/goto.c >/dev/null 2>&1
[ $? = 2 ] && ok || failed "another file's syntax tree is not noticed"
for file in tests/hls/must_fail/*.c; do
	rule=$(basename "$file" .c)
	grep -qx "$rule" <<<"$rules" && ok || failed "$file" "there is no rule $rule"
done
finish
