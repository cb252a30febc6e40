# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the benches state-* share; each sources it with its own arguments.
#
#   BENCH_RECORDS=N   events
#   BENCH_TURNS=N     turns; figures are medians over them
#   BENCH_MEMORY=SIZE the memory limit of authsift, and the buffer of what it is compared with
#   BENCH_JOBS=N      threads of both
#   BENCH_DIR=DIR     where data and helpers are kept from run to run [${TMPDIR:-/tmp}/authsift-bench]; spill files too
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
authsift=${1:-./authsift}
jobs=${BENCH_JOBS:-2}
memory=${BENCH_MEMORY:-256M}
dir=${BENCH_DIR:-${TMPDIR:-/tmp}/authsift-bench}
AUTHSIFT_DATADIR=${AUTHSIFT_DATADIR:-$root}
export AUTHSIFT_DATADIR LC_ALL=C
beyond=0

[ -x "$authsift" ] || { echo "bench: no program at $authsift" >&2; exit 2; }
mkdir -p "$dir/tmp" "$dir/state"
for helper in turn state-data; do
    # shellcheck disable=SC2086 # CFLAGS are words
    ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 ${CFLAGS:--O2} -o "$dir/$helper" \
        "$here/$helper.c" -lm
done

files=8

# data KIND RECORDS GROUPS: makes the data if it is not there; sets $data, the folder that has it
data() {
    data=$dir/state/$1-$2-$3
    [ ! -e "$data/done" ] || return 0
    echo "bench: making $2 events ($1) in $data" >&2
    rm -rf "$data"
    mkdir -p "$data"
    file=0
    while [ "$file" -lt "$files" ]; do
        if [ "$1" = text ]; then
            "$dir/state-data" "$1" "$2" "$3" "$file" "$files" >>"$data/lines"
        else
            # Two at a time.
            "$dir/state-data" "$1" "$2" "$3" "$file" "$files" | gzip -1 >"$data/$file.jsonl.gz" &
            [ $((file % 2)) = 0 ] || wait
        fi
        file=$((file + 1))
    done
    wait
    : >"$data/done"
}

# once NAME COMMAND...: one turn; its wall seconds, core seconds and peak KiB are added to the file NAME
once() {
    to=$dir/state/turns-$1
    shift
    result=$("$dir/turn" "$@" 2>"$dir/state/errors")
    if [ "${result##* }" != 0 ]; then
        echo "bench: $*: exit status ${result##* }" >&2
        cat "$dir/state/errors" >&2
        exit 2
    fi
    echo "${result% *}" >>"$to"
}

fresh() { # forgets the turns of these names
    for name in "$@"; do rm -f "$dir/state/turns-$name"; done
}

# median NAME COLUMN: 1 wall seconds, 2 core seconds, 3 peak KiB
median() {
    cut -d ' ' -f "$2" "$dir/state/turns-$1" | sort -n |
        awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

peak_mib() { # of any turn
    cut -d ' ' -f 3 "$dir/state/turns-$1" | sort -n | awk 'END { printf "%.0f", $1 / 1024 }'
}

quotient() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

scan() { # the command, as words
    echo "$authsift scan --progress never -j$jobs --memory $memory --tmpdir $dir/tmp"
}

# at_most WHAT FIGURE BOUND
at_most() {
    if awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b) }'; then
        echo "ok: $1 $2, at most $3"
    else
        echo "BEYOND: $1 $2, should be at most $3"
        beyond=1
    fi
}

row() { # row NAME: a line of the table
    printf '%-44s %8.2f %8.2f %6s\n' "$1" "$(median "$1" 1)" "$(median "$1" 2)" "$(peak_mib "$1")"
}
head_row() {
    printf '%-44s %8s %8s %6s\n' "$1" seconds core MiB
}
