#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The link recipes: every unit within its SLR, every bank there, faults noticed; --units and --card.
set -u
export B=${B:-build}
. tests/lib.sh
judged=$(${PYTHON:-/usr/bin/python3} tests/bitstreams/recipes.py) || failed "recipes.py"
echo "$judged"
checks=$((checks + $(sed -n 's/^\([0-9]*\) planted faults, \([0-9]*\) lines refused$/\1 + \2/p' <<<"$judged")))
expect() { # name pattern text
	if grep -q -- "$2" <<<"$3"; then pass "$1"; else failed "$1" "no \"$2\" in: $3"; fi
}
recipe=$("$B"/mkxclbin recipe --card u250 --recipe bitstreams/u250.cfg --units 3)
expect units '^nk=vn_cu:3:vn_cu_1.vn_cu_2.vn_cu_3$' "$recipe"
[ "$(grep -c '^sp=' <<<"$recipe")" = 9 ] && [ "$(grep -c '^slr=' <<<"$recipe")" = 3 ] || failed "units" "lines of others are left"
expect "too many" '9 compute units wanted of its 8' "$("$B"/mkxclbin recipe --card u250 --recipe bitstreams/u250.cfg --units 9 2>&1)"
expect "not a number" 'not a number' "$("$B"/mkxclbin recipe --card u250 --recipe bitstreams/u250.cfg --units 1x 2>&1)"
cards=$(sed -n 's/^VN_CARD(\([a-z0-9]*\),.*/\1/p' spec/cards.def | xargs)
expect "no card" "no card u30; there are: $cards\$" "$("$B"/mkxclbin recipe --card u30 --recipe bitstreams/u50.cfg 2>&1)"
expect "no file" 'absent.cfg: cannot be read' "$("$B"/mkxclbin recipe --card u50 --recipe absent.cfg 2>&1)"
expect usage '^usage: mkxclbin' "$("$B"/mkxclbin recipe --card u50 2>&1)"
for c in kernel "recipe --card u250 --recipe bitstreams/u250.cfg"; do
	# shellcheck disable=SC2086
	expect "full disk: $c" 'error: .* \(could not\|cannot\) be written' "$("$B"/mkxclbin $c 2>&1 >/dev/full; echo "exit $?")"
	# shellcheck disable=SC2086
	"$B"/mkxclbin $c >/dev/full 2>&1 && failed "full disk: $c" "exit code 0"
done
finish
