-- Requests of many readers for wrk: load.lua TARGET MODE COOKIES PATHS
-- TARGET: gate | file (a file server keeps previews under /preview).
-- MODE: mix | new | again | stopped | one | each. Readers go in blocks, so that one reader's requests
-- keep their order although many connections are open.
local BLOCK = 100
local cookies, paths = {}, {}
local target, mode, head
local first, step, place, turn = 0, 0, 0, 0

local function read(name, into)
  for line in io.lines(name) do into[#into + 1] = line end
end

function init(args)
  target, mode = args[1], args[2]
  read(args[3], cookies)
  read(args[4], paths)
  head = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port ..
    "\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/150.0" ..
    "\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Encoding: gzip, deflate" ..
    "\r\nAccept-Language: en-IN,en\r\nCookie: "
end

-- steps 0..4 open new stories; 5..19 by turns open one of the five again or meet the wall
local function what(reader, at)
  local own = reader * 7
  if mode == "new" then return own + at, false end
  if mode == "again" then return own + at % 5, false end
  if mode == "stopped" then return own + 5 + at % 15, true end
  if mode == "one" or mode == "each" then return turn, false end
  if at < 5 then return own + at, false end
  if at % 2 == 1 then return own + at % 5, false end
  return own + 5 + at % 15, true
end

local STEPS = { mix = 20, new = 5, again = 5, stopped = 15, one = 1, each = 1 }

function request()
  local reader = (first + place) % #cookies
  local story, stopped = what(reader, step)
  place = place + 1
  turn = turn + 1
  if place == BLOCK then
    place, step = 0, step + 1
    if step == STEPS[mode] then step, first = 0, first + BLOCK end
  end
  local path = paths[story % #paths + 1]
  if stopped and target == "file" then path = "/preview" .. path end
  return "GET " .. path .. head .. cookies[reader + 1] .. "\r\n\r\n"
end
