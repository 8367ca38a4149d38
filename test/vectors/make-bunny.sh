#!/usr/bin/env bash
# Makes bunny.json: tokens as Bunny documents them, made by openssl. Usage: test/vectors/make-bunny.sh
#
# The message of an HMAC token is path, expiry, address bytes, parameters sorted by name:
# https://docs.bunny.net/cdn/security/token-authentication/advanced
# Those marked "published" are also in Bunny's own list, made by Bunny's signers, with the same token:
# https://github.com/BunnyWay/BunnyCDN.TokenAuthentication (e2e/vectors.json, 48ff1af)
# Run again, it writes the same file.
set -euo pipefail

out=$(dirname "$0")/bunny.json
key=SecurityKey
expires=1598024587
video=d9d9ab1f-fc9f-4488-9c26-4ffc653c0024
host=https://token-tester.b-cdn.net

wire() { openssl base64 -A | tr -- '+/' '-_' | tr -d =; }
# The argument is a format of printf, so that an address can be written as \x01\x02.
# shellcheck disable=SC2059
hmac() { printf "$1" | openssl dgst -sha256 -hmac "$key" -binary | wire; }
# shellcheck disable=SC2059
sha256() { printf "$1" | openssl dgst -sha256 -binary | wire; }
hex() { printf %s "$1" | openssl dgst -sha256 -r | cut -d' ' -f1; }

first=yes
# name, published or "", call, subject, options (JSON), URL
vector() {
  [ "$first" ] || printf ',\n'
  first=
  printf '    {\n      "name": "%s",\n      "published": %s,\n' "$1" "$([ "$2" ] && echo true || echo false)"
  printf '      "call": "%s",\n      "subject": "%s",\n      "options": %s,\n      "url": "%s"\n    }' "$3" "$4" "$5" "$6"
}
# name, published or "", options, flag, message behind the path and expiry, parameters in the URL
file() {
  vector "$1" "$2" signFileUrl /300kb.jpg "$3" \
    "$host/300kb.jpg?token=HS256-$4$(hmac "/300kb.jpg$expires$5")$6&expires=$expires"
}
# name, options, flag, address, parameters in front of token_path as they are signed, the same in the URL
playlist() {
  vector "$1" '' signPlaylistUrl "$video" "$2" \
    "$host/bcdn_token=HS256-$3$(hmac "/$video/$expires$4$5token_path=/$video/")$6&token_path=%2F$video%2F&expires=$expires/$video/playlist.m3u8"
}
# name, form, URL: judged alone, since nobody should sign it any more
old() {
  vector "$1" "$2" judge '' '{}' "$3"
}

{
  printf '{\n  "made": "test/vectors/make-bunny.sh, %s",\n' "$(openssl version | cut -d' ' -f1)"
  printf '  "tokenKey": "%s",\n  "expires": %s,\n  "vectors": [\n' "$key" "$expires"

  file 'one file' yes '{}' '' '' ''
  file 'countries allowed' yes '{"countriesAllowed":["CA","US"]}' '' 'token_countries=CA,US' '&token_countries=CA%2CUS'
  file 'countries blocked' yes '{"countriesBlocked":["RU","CN"]}' '' \
    'token_countries_blocked=RU,CN' '&token_countries_blocked=RU%2CCN'
  file 'query parameters ignored' yes '{"ignoreParams":true}' '' 'token_ignore_params=true' '&token_ignore_params=true'
  file 'a speed limit' yes '{"speedLimitKBps":1000}' '' 'limit=1000' '&limit=1000'
  file 'an IPv4 address' yes '{"ipAddress":"1.2.3.4"}' 1- '\x01\x02\x03\x04' ''
  file 'an IPv4 address in the form of IPv6' '' '{"ipAddress":"::ffff:1.2.3.4"}' 1- '\x01\x02\x03\x04' ''
  file 'an IPv4 network' '' '{"ipAddress":"1.2.3.0/24"}' 1- '\x01\x02\x03\x00' ''
  file 'an IPv6 address' yes '{"ipAddress":"2001:0db8:85a3:0000:0000:8a2e:0370:7334"}' 1- \
    '\x20\x01\x0d\xb8\x85\xa3\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00' ''
  file 'an address and blocked countries' yes '{"ipAddress":"1.2.3.4","countriesBlocked":["RU","CN"]}' 1- \
    '\x01\x02\x03\x04token_countries_blocked=RU,CN' '&token_countries_blocked=RU%2CCN'
  file 'an address, and query parameters ignored' yes '{"ipAddress":"1.2.3.4","ignoreParams":true}' 1- \
    '\x01\x02\x03\x04token_ignore_params=true' '&token_ignore_params=true'

  playlist 'a video' '{}' '' '' '' ''
  playlist 'a video for one network' '{"ipAddress":"2001:db8:85a3::8a2e:370:7334"}' 1- \
    '\x20\x01\x0d\xb8\x85\xa3\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00' '' ''
  playlist 'a video with everything' '{"ipAddress":"1.2.3.4","countriesAllowed":["de","AT"],"speedLimitKBps":5000}' 1- \
    '\x01\x02\x03\x04' 'limit=5000&token_countries=DE,AT&' '&limit=5000&token_countries=DE%2CAT'
  playlist 'a video whose players append parameters' '{"ignoreParams":true}' '' '' \
    'token_ignore_params=true&' '&token_ignore_params=true'

  old 'the older form' '' "$host/300kb.jpg?token=$(sha256 "${key}/300kb.jpg$expires")&expires=$expires"
  old 'the older form with an address' '' "$host/300kb.jpg?token=$(sha256 "${key}/300kb.jpg${expires}1.2.3.4")&expires=$expires"
  old 'the older form of a directory' '' \
    "$host/bcdn_token=$(sha256 "${key}/$video/${expires}token_countries=CA,US&token_path=/$video/")&token_countries=CA%2CUS&token_path=%2F$video%2F&expires=$expires/$video/playlist.m3u8"
  printf '\n  ],\n'

  # The inputs of the documentation's example, whose result it does not print: https://docs.bunny.net/stream/token-authentication
  embed_key=4742a81b-bf15-42fe-8b1c-8fcb9024c550
  embed_video=32d140e2-e4f4-4eec-9d53-20371e9be607
  printf '  "embed": {\n    "embedTokenKey": "%s",\n    "libraryId": 759,\n    "videoId": "%s",\n    "expires": 1623440202,\n' \
    "$embed_key" "$embed_video"
  printf '    "url": "https://player.mediadelivery.net/embed/759/%s?token=%s&expires=1623440202"\n  },\n' \
    "$embed_video" "$(hex "$embed_key${embed_video}1623440202")"
  printf '  "upload": {\n    "libraryId": 759,\n    "apiKey": "%s",\n    "videoId": "%s",\n    "expires": %s,\n' "$key" "$video" "$expires"
  printf '    "signature": "%s"\n  },\n' "$(hex "759$key$expires$video")"
  body='{"VideoLibraryId":133,"VideoGuid":"657bb740-a71b-4529-a012-528021c31a92","Status":3}'
  printf '  "webhook": {\n    "readOnlyKey": "%s",\n    "body": "%s",\n    "signature": "%s"\n  }\n}\n' "$key" \
    "$(printf %s "$body" | sed 's/"/\\"/g')" "$(printf %s "$body" | openssl dgst -sha256 -hmac "$key" -r | cut -d' ' -f1)"
} > "$out"
