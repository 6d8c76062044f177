#!/usr/bin/env bash
# Walks every address of practice (/api/v1) against a running demo: signs up, confirms by the mail in the demo's mailbox,
# talks, is evaluated, looks at the trend, and deletes the account again. Prints each status; ends with 1 on a surprise.
#
#     make run &
#     docs/practice_walk.sh http://127.0.0.1:8000
#
# Needs curl and python3. Everything it makes is gone when it is done.
set -euo pipefail

SITE="${1:-http://127.0.0.1:8000}"
API="$SITE/api/v1"
EMAIL="walk-$(date +%s)-$$@example.com"
PASSWORD="seven herons on a wire"
OTHER="eight herons on a roof"
BODY="$(mktemp)"
trap 'rm -f "$BODY"' EXIT
TOKEN=""
surprises=0

# call WANTED VERB PATH [JSON]: one request; its answer is in $BODY, its status is printed and compared.
call() {
  local wanted="$1" verb="$2" path="$3" data="${4:-}" status
  local options=(--silent --show-error --max-time 120 --output "$BODY" --write-out '%{http_code}' --request "$verb")
  [ -n "$TOKEN" ] && options+=(--header "Authorization: Bearer $TOKEN")
  [ -n "$data" ] && options+=(--header 'Content-Type: application/json' --data "$data")
  status="$(curl "${options[@]}" "$API$path")" || status="000"
  if [ "$status" = "$wanted" ]; then
    printf '%s  %-6s %s\n' "$status" "$verb" "$path"
  else
    printf '%s  %-6s %s   <- expected %s: %s\n' "$status" "$verb" "$path" "$wanted" "$(head -c 300 "$BODY")"
    surprises=$((surprises + 1))
  fi
}

# said NAME: a value of the last answer, e.g. token, or error.code.
said() {
  python3 -c 'import functools, json, sys
value = functools.reduce(lambda value, name: value[name], sys.argv[2].split("."), json.load(open(sys.argv[1])))
print(value)' "$BODY" "$1" 2>/dev/null || true
}

# must VALUE WANTED WHAT
must() {
  if [ "$1" != "$2" ]; then
    printf '     %s: "%s" instead of "%s"\n' "$3" "$1" "$2"
    surprises=$((surprises + 1))
  fi
}

# token_by_mail KIND: the token of the newest letter to us whose link leads to /coaching/KIND, waited for.
token_by_mail() {
  SITE="$SITE" EMAIL="$EMAIL" python3 - "$1" <<'PYTHON'
import html, os, re, sys, time, urllib.request
from urllib.parse import unquote

site, address, kind = os.environ["SITE"], os.environ["EMAIL"], sys.argv[1]
for _ in range(int(os.environ.get("LETTER_TRIES", "120"))):
    page = urllib.request.urlopen(f"{site}/demo/mail", timeout=30).read().decode()
    for name, row in re.findall(r'<a href="\?mail=([0-9a-f-]+)"[^>]*>(.*?)</a>', page, re.DOTALL):
        if f"to {address}," not in html.unescape(row):
            continue
        letter = html.unescape(urllib.request.urlopen(f"{site}/demo/mail?mail={name}", timeout=30).read().decode())
        found = re.search(rf"/coaching/{kind}#([^\"<\s]+)", letter)
        if found:
            print(unquote(found[1]))
            sys.exit()
    time.sleep(0.5)
sys.exit(f"no letter to {address} with a link to /coaching/{kind} within a minute")
PYTHON
}

curl --silent --fail --max-time 30 --output /dev/null "$SITE/health" || { echo "Nothing answers at $SITE."; exit 1; }

echo "# without an account"
call 401 GET /auth/me
call 401 GET /sessions
call 400 POST /auth/signup '{"email": "no address"}'

echo "# sign up, confirm, sign in"
call 201 POST /auth/signup "{\"email\": \"$EMAIL\", \"name\": \"Wren Walker\", \"password\": \"$PASSWORD\"}"
call 201 POST /auth/signup "{\"email\": \"$EMAIL\", \"name\": \"Wren Walker\", \"password\": \"$PASSWORD\"}"
call 401 POST /auth/login "{\"email\": \"$EMAIL\", \"password\": \"$PASSWORD\"}"
call 200 POST /auth/resend-verification "{\"email\": \"$EMAIL\"}"
sleep 2 # until the newest of the three letters is there: older links open nothing
CONFIRM="$(token_by_mail verify)"
call 200 POST /auth/verify-email "{\"token\": \"$CONFIRM\", \"password\": \"$PASSWORD\"}"
call 200 POST /auth/login "{\"email\": \"$EMAIL\", \"password\": \"$PASSWORD\"}"
REFRESH="$(said refresh)"
call 200 POST /auth/refresh "{\"refresh\": \"$REFRESH\"}"
TOKEN="$(said token)"
call 200 GET /auth/me
must "$(said email)" "$EMAIL" "who is signed in"

echo "# profile and account"
call 200 GET /users/profile
call 200 PUT /users/profile '{"name": "Wren A. Walker"}'
call 200 PATCH /users/profile '{"name": "Wren Walker"}'
must "$(said name)" "Wren Walker" "the name"
call 200 GET /users/account

echo "# a session"
call 400 POST /sessions '{"preparation_type": "Dance"}'
call 201 POST /sessions '{"preparation_type": "Pitch", "meeting_subtype": "Seed round", "tone": "Sceptical"}'
SESSION="$(said id)"
call 200 GET "/sessions?status=setup&preparation_type=Pitch"
call 200 GET "/sessions/$SESSION"
call 200 PATCH "/sessions/$SESSION" '{"agenda": "What we built, who pays, what we ask for"}'
call 409 POST "/sessions/$SESSION/complete" '{}'
call 200 POST "/sessions/$SESSION/messages" '{"open": true}'
call 400 POST "/sessions/$SESSION/messages" '{}'
number=0
while IFS= read -r words; do
  number=$((number + 1))
  call 200 POST "/sessions/$SESSION/messages" "{\"text\": \"$words\", \"key\": \"walk-$number\"}"
  must "$(said turn_number)" "$number" "the turn"
done <<'WORDS'
We make a scale that tells a bakery overnight how much dough to set. First, it weighs what was left; then it reads the weather.
Fair question. I measured it against 6 bakeries without the scale over the same 4 months: 38 percent less bread is thrown away.
You asked for a reason to invest now: flour rose by 22 percent this year. I propose a call next week, shall we say Tuesday?
WORDS
call 200 POST "/sessions/$SESSION/messages" '{"text": "And we are four people.", "key": "walk-3"}'
must "$(said turn_number)" "3" "the same key once more is the same turn"
call 200 GET "/sessions/$SESSION/messages"
call 200 POST "/sessions/$SESSION/messages/stop" '{}'
printf '     streamed: '
curl --silent --no-buffer --max-time 120 --header "Authorization: Bearer $TOKEN" --header 'Accept: text/event-stream' \
  --header 'Content-Type: application/json' --data '{"text": "How did I do?", "key": "walk-4"}' \
  "$API/sessions/$SESSION/messages" >"$BODY" || true
grep '^event: ' "$BODY" | sort | uniq -c | tr -s ' \n' ' ' || true
echo
must "$(grep -c '^event: done' "$BODY" || true)" "1" "events that end the stream"

echo "# evaluated"
call 404 GET "/sessions/$SESSION/evaluation"
call 409 POST "/sessions/$SESSION/evaluate" '{}'
call 200 POST "/sessions/$SESSION/complete" '{}'
call 409 POST "/sessions/$SESSION/messages" '{"text": "One thing more."}'
call 200 POST "/sessions/$SESSION/evaluate" '{}'
call 200 GET "/sessions/$SESSION/evaluation"
printf '     overall: %s\n' "$(said overall)"
call 200 GET /analytics/trends
must "$(said sessions)" "1" "sessions of the trend"
call 200 GET /analytics/improvements
call 200 GET /analytics/practice-plan
call 200 DELETE "/sessions/$SESSION"
must "$(said status)" "archived" "the session"
call 200 PATCH "/sessions/$SESSION" '{"status": "completed"}'
call 404 GET /sessions/00000000-0000-4000-8000-000000000000

echo "# passwords"
call 422 POST /users/change-password "{\"current_password\": \"wrong\", \"new_password\": \"$OTHER\"}"
call 200 POST /users/change-password "{\"current_password\": \"$PASSWORD\", \"new_password\": \"$OTHER\"}"
call 401 GET /auth/me # every token before it is dead
TOKEN=""
call 200 POST /auth/forgot-password "{\"email\": \"$EMAIL\"}"
RESET="$(token_by_mail reset)"
call 200 POST /auth/reset-password "{\"token\": \"$RESET\", \"password\": \"$PASSWORD\"}"
call 410 POST /auth/reset-password "{\"token\": \"$RESET\", \"password\": \"$OTHER\"}"
call 200 POST /auth/login "{\"email\": \"$EMAIL\", \"password\": \"$PASSWORD\"}"
TOKEN="$(said token)"
call 404 DELETE /users/sign-ins/00000000-0000-4000-8000-000000000000
call 200 POST /auth/logout '{}'
call 401 GET /auth/me
TOKEN=""

echo "# and away with it all"
call 200 POST /auth/login "{\"email\": \"$EMAIL\", \"password\": \"$PASSWORD\"}"
TOKEN="$(said token)"
call 422 DELETE /users/account '{"password": "wrong"}'
call 200 DELETE /users/account "{\"password\": \"$PASSWORD\"}"
call 401 GET /auth/me
TOKEN=""
call 401 POST /auth/login "{\"email\": \"$EMAIL\", \"password\": \"$PASSWORD\"}"

if [ "$surprises" -gt 0 ]; then
  echo "$surprises surprises"
  exit 1
fi
echo "Everything answered as expected."
