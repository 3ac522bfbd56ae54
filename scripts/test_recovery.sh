#!/usr/bin/env bash
# Shows that recovery works, against a stack that runs: asks for a course, asks for a recovery while nodes are in the
# making, and follows the course to its end. Needs curl, sed and grep, and nothing else.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: [BASE_URL=http://127.0.0.1:8000] scripts/test_recovery.sh [--force] [--mode Light|Fast|Deep] [--timeout SECONDS]

Asks for a course, waits until a node of it is generating or completed, triggers a recovery, and follows the course.

  --force            take nodes from living workers too, as a restart of everything would
  --mode MODE        how large a course: Light (the default), Fast or Deep
  --timeout SECONDS  give up after so long; 300 by default
  -h, --help         show this

Exit code: 0 when the course was completed, 1 otherwise, 2 for a mistake in the arguments.
While the bar moves, kill a generation process (kill -9) and see that it goes on.
USAGE
}

mistake() {
  printf '%s\n\n' "$1" >&2
  usage >&2
  exit 2
}

BASE_URL=${BASE_URL:-http://127.0.0.1:8000}
API=${BASE_URL%/}/api/v1/course-map
FORCE=false
MODE=Light
TIMEOUT=300
while [ $# -gt 0 ]; do
  case $1 in
    --force) FORCE=true ;;
    --mode)
      MODE=${2:-}
      case $MODE in Light | Fast | Deep) shift ;; *) mistake '--mode is Light, Fast or Deep.' ;; esac
      ;;
    --timeout)
      TIMEOUT=${2:-}
      case $TIMEOUT in '' | *[!0-9]* | 0*) mistake '--timeout is a number of seconds.' ;; *) shift ;; esac
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) mistake "There is no option $1." ;;
  esac
  shift
done

fail() {
  printf '\nFAILED: %s\n' "$1" >&2
  exit 1
}

# The value of a key that a JSON document on standard input has once; nothing when it has none.
value_of() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}]*\).*/\1/p" | sed -n 1p; }

# How many nodes of a progress document have this status.
nodes_that_are() { grep -o "\"status\":\"$1\"" <<<"$progress" | grep -c . || true; }

# Reads the course's progress; leaves the last one as it was when the gateway does not answer.
look() {
  local document
  document=$(curl -sS --max-time 10 "$API/$course/progress" 2>/dev/null) || return 0
  case $document in *'"nodes_status"'*) progress=$document ;; esac
  # The course's own status stands first; the nodes' statuses have another key.
  overall=$(sed 's/"nodes_status".*//' <<<"$progress" | value_of overall_status)
  completed=$(nodes_that_are completed)
  failed=$(nodes_that_are failed)
  generating=$(nodes_that_are generating)
  pending=$(nodes_that_are pending)
}

bar() {
  local total=$((completed + failed + generating + pending)) width=30 filled=0
  if [ "$total" -gt 0 ]; then filled=$((completed * width / total)); fi
  local done_part rest_part
  done_part=$(printf '%*s' "$filled" '')
  rest_part=$(printf '%*s' "$((width - filled))" '')
  local line="[${done_part// /#}${rest_part// /-}] $completed/$total cards, $generating generating, $failed failed: $overall"
  # On a terminal the bar moves in place; elsewhere a line is printed when something has changed.
  if [ -t 1 ]; then
    printf '\r%-100s' "$line"
  elif [ "$line" != "${last_line:-}" ]; then
    printf '%s\n' "$line"
  fi
  last_line=$line
}

is_over() { case $overall in completed | partial_failed | failed | cancelled) return 0 ;; *) return 1 ;; esac; }

out_of_time() { [ "$SECONDS" -ge "$TIMEOUT" ]; }

curl -fs --max-time 10 "${BASE_URL%/}/healthz" >/dev/null || fail "no gateway is ready at $BASE_URL (set BASE_URL)"

echo "1. Asking for a $MODE course at $BASE_URL"
answer=$(curl -sS --max-time 30 "$API/generate" \
  -H 'content-type: application/json' -H 'prefer: respond-async' \
  -d "{\"topic\":\"Recovery\",\"level\":\"Intermediate\",\"focus\":\"processes that die\",\"verified_concept\":\"transactions\",\"mode\":\"$MODE\",\"total_commitment_minutes\":120}") ||
  fail 'the gateway did not answer'
course=$(value_of course_map_id <<<"$answer")
[ -n "$course" ] || fail "the gateway refused: $answer"
echo "   course $course"

echo '2. Waiting until a node is generating or completed'
progress='' overall='' completed=0 failed=0 generating=0 pending=0
while [ $((generating + completed)) -eq 0 ]; do
  look
  if is_over; then break; fi
  out_of_time && fail "no node was taken up within $TIMEOUT s; is a generation process running?"
  sleep 0.2
done

echo "3. Triggering a recovery (force=$FORCE)"
answer=$(curl -sS --max-time 60 -X POST "$API/admin/recover-tasks?force=$FORCE") || fail 'the gateway did not answer'
case $answer in
  *'"stats"'*) ;;
  *) fail "the recovery was refused: $answer" ;;
esac
echo "   $(value_of message <<<"$answer"): $(value_of courses_found <<<"$answer") open course(s)," \
  "$(value_of nodes_reset <<<"$answer") nodes reset, $(value_of tasks_restarted <<<"$answer") tasks restarted"

echo '4. Following the course'
until is_over; do
  out_of_time && fail "the course is still $overall after $TIMEOUT s"
  look
  bar
  is_over || sleep 0.5
done
bar
echo
echo "The course is $overall after $SECONDS s: $completed cards completed, $failed failed."
[ "$overall" = completed ] || fail "the course should be completed; look at $API/$course/progress"
echo 'Recovery left nothing behind.'
