-- Each client sends 16 requests at once, and the next 16 after all their answers.
local requests

function init()
  local each = {}
  for number = 1, 16 do each[number] = wrk.format("GET", "/livez") end
  requests = table.concat(each)
end

function request()
  return requests
end
