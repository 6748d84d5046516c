-- Each request stores a setting of one of the users whose tokens are in TOKENS_FILE.
local tokens = {}
for line in io.lines(os.getenv("TOKENS_FILE")) do tokens[#tokens + 1] = line end

local next_token = 0

function request()
  next_token = next_token % #tokens + 1
  return wrk.format("PUT", nil, {
    ["Authorization"] = "Bearer " .. tokens[next_token],
    ["Content-Type"] = "application/json",
  }, '{"value":"dark"}')
end
