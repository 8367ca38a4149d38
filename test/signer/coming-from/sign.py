"""Runs the page's Python: values and set-up, then call by call. Reads the request from standard input."""

import json
import sys

request = json.load(sys.stdin)
scope = {'key_pair_id': request['keyPairId'], 'private_key': request['privateKey']}
exec(request['setUp'], scope)
print(json.dumps([eval(call, scope) for call in request['calls']]))
