#!/usr/bin/env bash
# A first repair by curl: a unit is sold, fails under its warranty, and is repaired by a service center, to the end of its claim.
# API and KEY are on the screen of `npm start`. It may be run any number of times.
#
# Addresses have the id of the account that acts, below /accounts/, and its own token. Bodies have account numbers: by its
# number, and never by its id, a party is named to another one (the buyer of a unit, the manufacturer of a claim, a service center).
set -euo pipefail
: "${API:?the address of the API}" "${KEY:?the key of the operator}"
RUN=$(date +%s)-$$
CLOCK=repair-$RUN

# Every command has an Idempotency-Key of its own: repeating the command with the same key changes nothing.
said=0
send() { # method, path, credentials, body
  curl -sS --fail-with-body -X "$1" "$API$2" -H "authorization: Bearer $3" -H "idempotency-key: first-repair-$said-$RUN" \
    -H 'content-type: application/json' -d "$4"
}
get() { # path, credentials
  curl -sS --fail-with-body "$API$1" -H "authorization: Bearer $2"
}
field() { node -pe 'eval("JSON.parse(require(`node:fs`).readFileSync(0, `utf8`))" + process.argv[1])' "$1" <<<"$answer"; }

# Each step says what it is, then shows its answer; the first one that fails ends the script.
step() { # what it is, then send or get with its arguments
  said=$((said + 1))
  echo
  echo "# $1"
  if ! answer=$("${@:2}"); then
    echo "${answer:-}" >&2
    echo "This step failed, and those after it were not tried: $1" >&2
    exit 1
  fi
  echo "$answer"
}
# What a command leads to comes in its own time: it is read until it is so.
reached() { # what it is, path, credentials, what has to be true of the answer
  echo
  echo "# $1"
  for _ in $(seq 150); do
    if answer=$(get "$2" "$3" 2>/dev/null) && [ "$(field "$4")" = true ]; then
      echo "$answer"
      return
    fi
    sleep 0.2
  done
  echo "$answer" >&2
  echo "This never came, and what is after it was not tried: $1" >&2
  exit 1
}

# A party in service: $id is for addresses, $number is for the others.
joins() { # role, what else it registers with, its name
  step "$3 registers as $1" send POST /accounts '' "{\"role\":\"$1\",$2\"clock\":\"$CLOCK\",
    \"organisation\":{\"name\":\"$3\",\"address\":\"12 Example Street, Tianjin 300000\"},
    \"contact\":{\"name\":\"Li Example\",\"email\":\"li@tools.example\",\"phone\":\"+86 22 5555 0100\"}}"
  id=$(field .accountId)
  token=$(field .token)
  agreement="{\"version\":\"$(field .agreement.version)\",\"textHash\":\"$(field .agreement.textHash)\"}"
  step 'It confirms the agreement: A1' send POST "/accounts/$id/confirmation" "$token" "$agreement"
  step 'The operator verifies it: U1' send POST "/accounts/$id/verification" "$KEY" '{"outcome":"verified"}'
  if [ "$1" != customer ]; then
    reached 'Its order: C3' "/accounts/$id/orders" "$token" '.length > 0'
    step 'The bank has the money: C6' send POST /receipts "$KEY" "{\"bankTransactionId\":\"first-repair-$said-$RUN\",
      \"amount\":$(field '[0].total'),\"currency\":\"CNY\",\"reference\":\"$(field '[0].reference')\",\"bookedOn\":\"2027-05-31\"}"
  fi
  reached 'Its service is on' "/accounts/$id" "$token" '.tags.includes("service")'
  step 'The account, with its number' get "/accounts/$id" "$token"
  number=$(field .accountNumber)
}

step 'The operator sets the price of the edition that includes repairs' send POST /price-lists "$KEY" \
  '{"role":"manufacturer","edition":"professional","currency":"CNY","yearlyAmount":1200000,"effectiveFrom":"2026-01-01T00:00:00.000Z"}'
step 'and of the service to service centers' send POST /price-lists "$KEY" \
  '{"role":"serviceCenter","currency":"CNY","yearlyAmount":600000,"effectiveFrom":"2026-01-01T00:00:00.000Z"}'
step 'The operator makes a clock for trying things out' send POST /clocks "$KEY" \
  "{\"name\":\"$CLOCK\",\"at\":\"2027-05-31T02:00:00.000Z\"}"

joins manufacturer '"edition":"professional",' 'Sample Tools Ltd.'
maker=$id maker_token=$token maker_number=$number
joins customer '' 'Example Household'
buyer=$id buyer_token=$token buyer_number=$number
joins serviceCenter '' 'Sample Repairs Ltd.'
center=$id center_token=$token center_number=$number

step 'The manufacturer has a model, with its components' send PUT "/accounts/$maker/models/SD-18V" "$maker_token" \
  '{"name":"Cordless drill 18 V","components":[{"id":"motor","partOf":null},{"id":"blade","partOf":null}]}'
step 'and a policy: from the purchase two years for parts, one for labour, half of one for shipping; not for wear: W1' \
  send PUT "/accounts/$maker/policies/standard-2026" "$maker_token" '{"models":["SD-18V"],
    "inForce":{"from":"2026-01-01","until":null},"deadOnArrival":null,
    "lines":[{"id":"whole","components":"all","except":[],"excludes":["wear","misuse"],"transfers":1,
      "start":{"rules":[{"basis":"proofOfPurchase","plus":null}],"noLaterThan":[]},
      "cover":{"parts":{"months":24,"usage":null,"proRata":null},"labour":{"months":12,"usage":null,"proRata":null},
        "shipping":{"months":6,"usage":null,"proRata":null}}}]}'
step 'The service center says what it repairs: the manufacturer by its number' \
  send PUT "/accounts/$center/service-center" "$center_token" \
  "{\"region\":\"CN-TJ\",\"capacity\":20,\"models\":[{\"manufacturer\":\"$maker_number\",\"model\":\"SD-18V\"}]}"
step 'The manufacturer authorises it, by its number: W4' \
  send PUT "/accounts/$maker/authorised-centers/$center_number" "$maker_token" '{}'

step 'A unit is made' send PUT "/accounts/$maker/units/SD18-1" "$maker_token" \
  '{"model":"SD-18V","dates":{"shipment":"2027-02-01","proofOfPurchase":"2027-03-01"}}'
step 'It is sold, to the customer of this number' send POST "/accounts/$maker/units/SD18-1/owners" "$maker_token" \
  "{\"on\":\"2027-03-01\",\"customer\":\"$buyer_number\",\"region\":\"CN-TJ\"}"
step 'What would be covered' get "/accounts/$maker/units/SD18-1/coverage?on=2027-05-30&component=motor&cause=defect" "$maker_token"

step 'It fails: the customer claims from the manufacturer of this number: W2' \
  send POST "/accounts/$buyer/claims" "$buyer_token" "{\"manufacturer\":\"$maker_number\",\"serial\":\"SD18-1\",
    \"failedOn\":\"2027-05-30\",\"lines\":[{\"component\":\"motor\",\"cause\":\"defect\"}]}"
claim=$(field .claimId)
repair=repairs/$claim.1
reached 'Decided by rules, and paid in full: a repair is ordered, and the service center asked: W3, W4' \
  "/accounts/$maker/$repair" "$maker_token" '.state === "offered"'
step 'The claim' get "/accounts/$buyer/claims/$claim" "$buyer_token"

does() { # what it is, account, token, action, body
  step "$1" send POST "/accounts/$2/$repair/$4" "$3" "$5"
}
does 'The service center accepts' "$center" "$center_token" acceptance '{}'
reached 'Its own subscription is looked at; then the unit is awaited' "/accounts/$buyer/$repair" "$buyer_token" \
  '.state === "awaitingShipment"'
does 'The customer sends the unit' "$buyer" "$buyer_token" shipment '{"tracking":"SF-1234567890"}'
does 'The service center takes it in, and its clock runs: W5' "$center" "$center_token" receipt \
  '{"serial":"SD18-1","condition":"ok","missing":[]}'
does 'It finds the fault, and what the repair costs' "$center" "$center_token" inspection '{"finding":"faultConfirmed",
  "currency":"CNY","costs":[{"lineId":"l1","costClass":"parts","amount":20000}],"usage":{"hours":41}}'
does 'A motor is on order: the clock is paused' "$center" "$center_token" parts/order '{"partId":"P-7","component":"motor"}'
does 'It has arrived' "$center" "$center_token" parts/arrival '{"partId":"P-7"}'
does 'It is built in' "$center" "$center_token" parts/use '{"partId":"P-7"}'
does 'The repair is done' "$center" "$center_token" completion '{}'
does 'and tested' "$center" "$center_token" test/pass '{}'
does 'The unit goes back' "$center" "$center_token" return '{"tracking":"SF-1234567891"}'
does 'The customer has it again: W6' "$buyer" "$buyer_token" delivery '{}'
step 'The repair, as the manufacturer sees it' get "/accounts/$maker/$repair" "$maker_token"
reached 'The claim is carried out, and can be disputed for a while' "/accounts/$buyer/claims/$claim" "$buyer_token" \
  '.state === "fulfilled"'
step '31 days later' send POST "/clocks/$CLOCK/advance" "$KEY" '{"by":"P31D"}'
reached 'Nobody disputed it: the claim is closed' "/accounts/$buyer/claims/$claim" "$buyer_token" '.state === "closed"'

echo
echo '# To go on: the repair, and its three parties'
echo "REPAIR=$repair"
echo "MANUFACTURER=$maker TOKEN=$maker_token NUMBER=$maker_number"
echo "CUSTOMER=$buyer TOKEN=$buyer_token NUMBER=$buyer_number"
echo "SERVICE_CENTER=$center TOKEN=$center_token NUMBER=$center_number"
echo "curl $API/accounts/$center/$repair -H 'authorization: Bearer $center_token'"
