#!/usr/bin/env bash
# A first contract by curl: registered, confirmed, verified, paid, and noticed 90 days before it ends.
# API and KEY are on the screen of `npm start`. It may be run any number of times.
set -euo pipefail
: "${API:?the address of the API}" "${KEY:?the key of the operator}"
RUN=$(date +%s)-$$

# Every command has an Idempotency-Key of its own: repeating the command with the same key changes nothing.
post() { # path, credentials, name of the command, body
  curl -sS --fail-with-body -X POST "$API$1" -H "authorization: Bearer $2" -H "idempotency-key: first-$3-$RUN" \
    -H 'content-type: application/json' -d "$4"
}
get() { # path, credentials
  curl -sS --fail-with-body "$API$1" -H "authorization: Bearer $2"
}
field() { node -pe 'eval("JSON.parse(require(`node:fs`).readFileSync(0, `utf8`))" + process.argv[1])' "$1" <<<"$answer"; }

# Each step says what it is, then shows its answer; the first one that fails ends the script.
step() { # what it is, then post or get with its arguments
  echo
  echo "# $1"
  if ! answer=$("${@:2}"); then
    echo "${answer:-}" >&2
    echo "This step failed, and those after it were not tried: $1 ($2 $API$3)" >&2
    exit 1
  fi
  echo "$answer"
}

step 'The operator sets a price' post /price-lists "$KEY" price \
  '{"role":"manufacturer","edition":"professional","currency":"CNY","yearlyAmount":1200000,"effectiveFrom":"2026-01-01T00:00:00.000Z"}'
step 'The operator makes a clock for trying things out' post /clocks "$KEY" clock "{\"name\":\"first-$RUN\"}"

step 'A manufacturer registers' post /accounts '' register "{\"role\":\"manufacturer\",\"edition\":\"professional\",\"clock\":\"first-$RUN\",
  \"organisation\":{\"name\":\"Sample Tools Ltd.\",\"address\":\"12 Example Street\"},
  \"contact\":{\"name\":\"Li Example\",\"email\":\"li@tools.example\",\"phone\":\"+86 22 5555 0100\"}}"
id=$(field .accountId)
token=$(field .token)
hash=$(field .agreement.textHash)

step 'It confirms the agreement: clause A1' \
  post "/accounts/$id/confirmation" "$token" confirm "{\"version\":\"1\",\"textHash\":\"$hash\"}"
step 'The operator verifies it, and an order is made: C1, C3' \
  post "/accounts/$id/verification" "$KEY" verify '{"outcome":"verified"}'

step 'The order, with the reference that the transfer must carry' get "/accounts/$id/orders" "$token"
reference=$(field '[0].reference')

step 'The bank has the money: C6' post /receipts "$KEY" receipt \
  "{\"bankTransactionId\":\"first-$RUN\",\"amount\":1200000,\"currency\":\"CNY\",\"text\":\"$reference\",\"bookedOn\":\"2026-11-22\"}"
step '280 days later' post "/clocks/first-$RUN/advance" "$KEY" advance '{"by":"P280D"}'
step 'The account: in force, and what is next' get "/accounts/$id" "$token"
step 'Its notices; the one 90 days before expiry is R1' get "/accounts/$id/notices" "$token"

echo
echo '# To go on: the account, its token, and its clock'
echo "ACCOUNT=$id"
echo "TOKEN=$token"
echo "CLOCK=first-$RUN"
echo "curl $API/accounts/$id -H 'authorization: Bearer $token'"
