"""What Redis or Valkey does at one go for the store of reads, in Lua.

Records are those of ``records``; where a script decides, it decides as the functions there do, and
the contract suite compares them.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha1

CONSUME = """
local function holds(held)
  local at = string.find(held, ARGV[1], 1, true)
  while at and at % 4 ~= 1 do at = string.find(held, ARGV[1], at + 1, true) end
  return at
end
local held = redis.call('GET', KEYS[1]) or ''
if #held >= tonumber(ARGV[2]) * 4 or holds(held) then return held end
redis.call('SET', KEYS[1], held .. ARGV[1], 'EX', ARGV[3])
if KEYS[2] then
  local beside = redis.call('GET', KEYS[2]) or ''
  if not holds(beside) then redis.call('SET', KEYS[2], beside .. ARGV[1], 'EX', ARGV[3]) end
end
return held
"""
"""The reader's key and perhaps one beside; story, allowance, seconds to keep. What was held."""

CONSUME_ROLLING = """
local story, allowance = struct.unpack('<I4', ARGV[1]), tonumber(ARGV[2])
local since, today, oldest = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local function look(held)
  local before, known, kept = 0, false, {}
  for at = 1, #held, 8 do
    local other, day = struct.unpack('<I4I4', held, at)
    if day >= since and day <= today then
      before = before + 1
      known = known or other == story
    end
    if other ~= story and day >= oldest then kept[#kept + 1] = string.sub(held, at, at + 7) end
  end
  return before, known, table.concat(kept)
end
local function note(key, kept)
  redis.call('SET', key, kept .. ARGV[1] .. struct.pack('<I4', today), 'EX', ARGV[3])
end
local held = redis.call('GET', KEYS[1]) or ''
local before, known, kept = look(held)
if known or before >= allowance then return held end
note(KEYS[1], kept)
if KEYS[2] then
  local _, beside_known, beside_kept = look(redis.call('GET', KEYS[2]) or '')
  if not beside_known then note(KEYS[2], beside_kept) end
end
return held
"""
"""The same with the first day that counts, today, and the first day that is kept."""

REPLACE = """
for n, key in ipairs(KEYS) do
  if (redis.call('GET', key) or '') ~= ARGV[2 * n] then return 0 end
end
for n, key in ipairs(KEYS) do
  local new = ARGV[2 * n + 1]
  if new == '' then redis.call('DEL', key) else redis.call('SET', key, new, 'EX', ARGV[1]) end
end
return 1
"""
"""Records and, for each, what it must hold still and what it shall hold then: all, or 0 and none."""

ADMIT = """
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
"""A bucket of one day; member, most members, seconds to keep. 1 if admitted."""

TOUCH = """
local used = redis.call('ZSCORE', KEYS[1], ARGV[1])
local known = used and tonumber(used) > tonumber(ARGV[3])
if not known and redis.call('ZCOUNT', KEYS[1], '(' .. ARGV[3], '+inf') >= tonumber(ARGV[4]) then
  return 0
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""
"""A holder; member, now, the last instant that is forgotten, most members, seconds to keep."""


@cache
def name_script(script: str) -> bytes:
    """The name under which Redis keeps a script."""
    return sha1(script.encode(), usedforsecurity=False).hexdigest().encode()
