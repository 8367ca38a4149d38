-- The requests of a run: `wrk … -s requests.lua -- <path> <file of Cookie headers>`. Prints what came of them as JSON.
local requests = {}
local sent = 0

function init(args)
  local path, file = args[1], args[2]
  for cookie in io.lines(file) do
    requests[#requests + 1] = wrk.format("GET", path, { ["Host"] = wrk.headers["Host"], ["Cookie"] = cookie })
  end
end

function request()
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"failed":%d}\n',
    summary.requests, summary.duration, errors.status, failed))
end
