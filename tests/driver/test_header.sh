#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No function of the public header is forgotten: each that takes a pointer is called with NULL by test_api.c, each that
# takes a device or job is called in a forked child by inherit.c.
set -u
cd "$(dirname "$0")/../.." || exit 1
checks=0 failures=0

# "name arguments", a line each.
functions=$(tr '\n\t' '  ' <include/vanillin.h | sed 's/;/;\n/g' | grep -o 'VN_API .*' |
	sed -n 's/.*[ *]\(vn_[a-z_]*\)(\(.*\)) *;$/\1 \2/p')
# called FUNCTION FILE BEFORE: FILE has the call, its parenthesis followed by what matches.
called() {
	checks=$((checks + 1))
	tr '\n' ' ' <"$2" | grep -Eq "$1\($3" && return
	echo "FAIL $1: no such call in $2"
	failures=$((failures + 1))
}
while read -r name arguments; do
	[[ $arguments == *\** ]] && called "$name" tests/driver/test_api.c '[^;]*NULL'
	[[ $arguments =~ vn_(device|job)\ \*[a-z] ]] && called "$name" tests/driver/inherit.c 'in->(dev|job)'
done <<<"$functions"
[ "$checks" -ge 30 ] || { echo "FAIL only $checks checks: the header was not understood"; exit 1; }
[ "$failures" = 0 ] || exit 1
echo "PASS $checks checks"
