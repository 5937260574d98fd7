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
show() { echo; echo "# $1"; echo "$2"; }
field() { node -pe 'eval("JSON.parse(require(`node:fs`).readFileSync(0, `utf8`))" + process.argv[1])' "$1"; }

show 'The operator sets a price, and a clock for trying things out' "$(
  post /price-lists "$KEY" price '{"role":"manufacturer","edition":"professional","currency":"CNY","yearlyAmount":1200000,"effectiveFrom":"2026-01-01T00:00:00.000Z"}'
  post /clocks "$KEY" clock "{\"name\":\"first-$RUN\"}"
)"

account=$(post /accounts '' register "{\"role\":\"manufacturer\",\"edition\":\"professional\",\"clock\":\"first-$RUN\",
  \"organisation\":{\"name\":\"Sample Tools Ltd.\",\"address\":\"12 Example Street\"},
  \"contact\":{\"name\":\"Li Example\",\"email\":\"li@tools.example\",\"phone\":\"+86 22 5555 0100\"}}")
show 'A manufacturer registers' "$account"
id=$(field .accountId <<<"$account")
token=$(field .token <<<"$account")
hash=$(field .agreement.textHash <<<"$account")

show 'It confirms the agreement: clause A1' \
  "$(post "/accounts/$id/confirmation" "$token" confirm "{\"version\":\"1\",\"textHash\":\"$hash\"}")"
show 'The operator verifies it, and an order is made: C1, C3' \
  "$(post "/accounts/$id/verification" "$KEY" verify '{"outcome":"verified"}')"

orders=$(curl -sS "$API/accounts/$id/orders" -H "authorization: Bearer $token")
show 'The order, with the reference that the transfer must carry' "$orders"
reference=$(field '[0].reference' <<<"$orders")

show 'The bank has the money: C6' "$(
  post /receipts "$KEY" receipt "{\"bankTransactionId\":\"first-$RUN\",\"amount\":1200000,\"currency\":\"CNY\",\"text\":\"$reference\",\"bookedOn\":\"2026-11-22\"}"
)"
show '280 days later' "$(post "/clocks/first-$RUN/advance" "$KEY" advance '{"by":"P280D"}')"
show 'The account: in force, and what is next' "$(curl -sS "$API/accounts/$id" -H "authorization: Bearer $token")"
show 'Its notices; the one 90 days before expiry is R1' \
  "$(curl -sS "$API/accounts/$id/notices" -H "authorization: Bearer $token")"
