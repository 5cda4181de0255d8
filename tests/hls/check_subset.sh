#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# check_subset.sh - hls/ keeps to docs/hls-subset.md, and each rule refuses the file made to break it, and only that rule.
# Last line PASS, FAIL or SKIP; exit status 0, 1, 77.
set -u
cd "$(dirname "$0")/../.." || exit 1
PYTHON=${PYTHON:-/usr/bin/python3}
check=tools/check_hls_subset.py
bad=0

for tool in "${CLANG:-clang}" "$PYTHON"; do
	command -v "$tool" >/dev/null || { echo "SKIP check_subset: $tool is not installed"; exit 77; }
done

"$PYTHON" $check hls/vn_*.c || { echo "hls/ breaks the subset"; bad=1; }

rules=$("$PYTHON" $check --rules | awk '{print $1}')
for rule in $rules; do
	file=tests/hls/must_fail/$rule.c
	[ -f "$file" ] || { echo "rule $rule has no file that must fail"; bad=1; continue; }
	got=$("$PYTHON" $check "$file" | awk '{print $2}' | sort -u | tr -d ':' | tr '\n' ' ')
	grep -q "^| \`$rule\` |" docs/hls-subset.md || { echo "rule $rule is not in docs/hls-subset.md"; bad=1; }
	[ "$got" = "$rule " ] || { echo "$file: refused for '$got', not for '$rule'"; bad=1; }
done
# A compiler that answers with another file's tree, as ccache did, must not pass for a clean file.
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
printf '#!/bin/sh\n%s -std=c11 -w -I. -fsyntax-only -Xclang -ast-dump=json hls/vn_array.c\n' "${CLANG:-clang}" >"$work/clang"
chmod +x "$work/clang"
CLANG=$work/clang "$PYTHON" $check tests/hls/must_fail/goto.c >/dev/null 2>&1
[ $? = 2 ] || { echo "another file's syntax tree is not noticed"; bad=1; }
for file in tests/hls/must_fail/*.c; do
	rule=$(basename "$file" .c)
	grep -qx "$rule" <<<"$rules" || { echo "$file: there is no rule $rule"; bad=1; }
done

[ $bad = 0 ] && echo "PASS check_subset: hls/ and $(wc -w <<<"$rules") rules" && exit 0
echo "FAIL check_subset"
exit 1
