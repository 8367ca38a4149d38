#!/usr/bin/env bash
# Makes signatures.json: policies of CloudFront's developer guide, signed by openssl and spelled for the wire by
# openssl and tr, as the guide says to: private-content-linux-openssl. Usage: test/vectors/make-signatures.sh
#
# The private keys live in a temporary folder and end with this script, so the signatures cannot be made again;
# a new run makes new keys and replaces the whole file. What the file proves is judging. Minting is proved by
# test/signer/golden.cloud.test.ts, where openssl signs with the key of the test.
set -euo pipefail

guide=https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide
out=$(dirname "$0")/signatures.json
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT

openssl genrsa -out "$keys/rsa" 2048 2> /dev/null
openssl ecparam -name prime256v1 -genkey -noout -out "$keys/p256"

wire() { openssl base64 -A | tr -- '+=/' '-_~'; }
json() { sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'; }

first=yes
# name, page of the guide, URL to ask for, viewer address, policy
vector() {
  local name=$1 page=$2 url=$3 ip=$4 policy=$5
  for key in rsa p256; do
    for hash in SHA1 SHA256; do
      [ "$first" ] || printf ',\n'
      first=
      printf '    {\n      "name": "%s",\n      "source": "%s",\n      "key": "%s",\n      "hash": "%s",\n' \
        "$name" "$guide/$page" "$key" "$hash"
      printf '      "url": "%s",\n      "ip": "%s",\n      "policy": "%s",\n' "$url" "$ip" "$(printf %s "$policy" | json)"
      printf '      "policyWire": "%s",\n' "$(printf %s "$policy" | wire)"
      printf '      "signatureWire": "%s"\n    }' \
        "$(printf %s "$policy" | openssl dgst "-${hash,,}" -sign "$keys/$key" | wire)"
    done
  done
}

site=https://d111111abcdef8.cloudfront.net
canned() { printf '{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}' "$1"; }
{
  printf '{\n  "made": "test/vectors/make-signatures.sh, %s",\n  "keys": {\n' "$(openssl version | cut -d' ' -f1-2)"
  printf '    "rsa": "%s",\n' "$(openssl pkey -in "$keys/rsa" -pubout | json)"
  printf '    "p256": "%s"\n  },\n  "vectors": [\n' "$(openssl pkey -in "$keys/p256" -pubout | json)"

  # "Values that you specify in the policy statement for a signed URL that uses a canned policy"
  vector 'canned, a file with a query string' private-content-creating-signed-url-canned-policy.html \
    "$site/images/horizon.jpg?size=large&license=yes" 192.0.2.10 \
    "$(canned "$site/images/horizon.jpg?size=large&license=yes")"
  vector 'canned, the example signed URL' private-content-creating-signed-url-canned-policy.html \
    "$site/image.jpg?color=red&size=medium" 192.0.2.10 "$(canned "$site/image.jpg?color=red&size=medium")"

  # "Example policy statements for a signed cookie that uses a custom policy", white space removed as it says
  page=private-content-setting-signed-cookie-custom-policy.html
  vector 'custom, one file from a range of IP addresses' $page "$site/game_download.zip" 192.0.2.10 \
    '{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/game_download.zip","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'
  vector 'custom, all files in a directory from a range of IP addresses' $page "$site/training/orientation.pdf" 192.0.2.10 \
    '{"Statement":[{"Resource":"https://d111111abcdef8.cloudfront.net/training/*","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'
  vector 'custom, all files of all distributions from one IP address' $page "$site/training/orientation.pdf" 192.0.2.10 \
    '{"Statement":[{"Resource":"https://*","Condition":{"IpAddress":{"AWS:SourceIp":"192.0.2.10/32"},"DateGreaterThan":{"AWS:EpochTime":1767290400},"DateLessThan":{"AWS:EpochTime":1767376800}}}]}'
  # The same with its white space and the line end that the guide asks for behind it
  vector 'custom, with white space and a line end' $page "$site/training/orientation.pdf" 192.0.2.10 \
    $'{\n    "Statement": [\n        {\n            "Resource": "https://d111111abcdef8.cloudfront.net/training/*",\n            "Condition": {\n                "IpAddress": {\n                    "AWS:SourceIp": "192.0.2.0/24"\n                },\n                "DateLessThan": {\n                    "AWS:EpochTime": 1767290400\n                }\n            }\n        }\n    ]\n}\n '
  printf '\n  ]\n}\n'
} > "$out.new"
mv "$out.new" "$out"
