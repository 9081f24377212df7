import { createRedisScript, type RedisScript } from "../../redis/redis-script.ts";
import { WINDOW_STEPS } from "../window-steps.ts";

/** First number of an answer when the call came so late that nobody waits for it: nothing was counted. Else it is 1, and the time follows. */
export const SCRIPT_TOO_LATE = 0;

/** Numbers per call in the answer: outcome, remaining, reset (µs), retry (µs; -1: never). */
export const ANSWER_CELLS = 4;
export const OUTCOMES = { refused: 0, allowed: 1, blocked: 2 } as const;

export const MODES = { take: "0", look: "1", shift: "2" } as const;
export const ALGORITHM_CODES = {
  "fixed-window": "f",
  "sliding-window": "w",
  "sliding-log": "l",
  "token-bucket": "b",
} as const;

/**
 * Decides any number of calls in one round trip. KEYS: counter and block key of each call. ARGV: the latest useful moment (0: any), the
 * number of rules, four values per rule (algorithm, limit, window, burst), then per call its rule, mode and amount.
 *
 * Inside, times are whole microseconds, which numbers hold exactly; FUZZ, a thousandth of one, is more than fractions of units are off by. Values carry their own ends, so that a key that somebody made immortal refuses nobody for ever, and every write sets a TTL. Whatever
 * is no value of ours (another type, nonsense) counts as nothing. Times ahead of the clock mean that it was set back: they count as now.
 */
export function createCounterScript(readTime = "redis.call('TIME')"): RedisScript {
  return createRedisScript(`
local time = ${readTime}
local now = time[1] * 1000000 + time[2]
local out = {1, now}
local useful = tonumber(ARGV[1]) * 1000
if useful > 0 and now > useful then out[1] = 0 return out end
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local pack, unpack = cmsgpack.pack, cmsgpack.unpack
local STEPS = ${WINDOW_STEPS}
local FUZZ = 0.001

local function keep(key, ttl, ...)
  if ttl > 0 then redis.call('SET', key, pack(...), 'PX', ceil(ttl / 1000) + 1000) else redis.call('DEL', key) end
end

local function read(value)
  if not value then return nil end
  local fine, a, b = pcall(unpack, value)
  if fine and type(a) == 'number' and type(b) == 'number' then return a, b end
end

local function fixed(key, value, mode, limit, window, burst, amount)
  local count, till = read(value)
  if not count or till <= now then count, till = 0, now + window end
  till = min(till, now + window)
  if mode == '2' then
    count = max(0, count + amount)
    keep(key, count > 0 and till - now or 0, count, till)
    amount = 1
  elseif count + amount <= limit and mode == '0' then
    count = count + amount
    keep(key, till - now, count, till)
    return 1, limit - count, till - now, 0
  end
  local reset = count > 0 and till - now or 0
  if count + amount <= limit then return 1, limit - count, reset, 0 end
  return 0, max(0, limit - count), reset, amount > limit and -1 or till - now
end

local function bucket(key, value, mode, limit, window, burst, amount)
  local unit = window / limit
  local slack = min(FUZZ / unit, 0.001)
  local level, since = read(value)
  if level then level = max(0, level - max(0, now - since) / unit) else level = 0 end
  if mode == '2' then
    level = max(0, level + amount)
    keep(key, level * unit, level, now)
    amount = 1
  elseif level + amount <= burst + slack and mode == '0' then
    level = level + amount
    keep(key, level * unit, level, now)
    return 1, floor(burst - level + slack), level * unit, 0
  end
  local remaining = max(0, floor(burst - level + slack))
  if level + amount <= burst + slack then return 1, remaining, level * unit, 0 end
  return 0, remaining, level * unit, amount > burst and -1 or (level + amount - burst) * unit
end

local function load(value, step)
  local list, gone, total = unpack(value), 0, 0
  for i = 1, #list, 2 do
    if step - list[i] > STEPS then gone = i + 1 else total = total + list[i + 1] end
    if list[i] > step then list[i] = step end
  end
  if gone == 0 then return list, total end
  local kept = {}
  for i = gone + 1, #list do kept[i - gone] = list[i] end
  return kept, total
end

local function window(key, value, mode, limit, length, burst, amount)
  local size = length / STEPS
  local step = floor(now / size)
  local list, total, fine = {}, 0, false
  if value then
    fine, list, total = pcall(load, value, step)
    if not fine then list, total = {}, 0 end
  end
  local n = #list
  local function add(units)
    if n > 0 and list[n - 1] == step then list[n] = list[n] + units
    else list[n + 1], list[n + 2], n = step, units, n + 2 end
    total = total + units
    keep(key, (step + STEPS + 1) * size - now, list)
  end
  if mode == '2' then
    if amount > 0 then add(amount)
    elseif total > 0 then
      local back = min(total, -amount)
      total = total - back
      while back > 0 do
        local taken = min(back, list[n])
        list[n], back = list[n] - taken, back - taken
        if list[n] == 0 then list[n], list[n - 1], n = nil, nil, n - 2 end
      end
      keep(key, n > 0 and (list[n - 1] + STEPS + 1) * size - now or 0, list)
    end
    amount = 1
  elseif total + amount <= limit and mode == '0' then
    add(amount)
    return 1, limit - total, (step + STEPS + 1) * size - now, 0
  end
  local reset = n > 0 and (list[n - 1] + STEPS + 1) * size - now or 0
  if total + amount <= limit then return 1, limit - total, reset, 0 end
  if amount > limit then return 0, max(0, limit - total), reset, -1 end
  local needed, i = total + amount - limit, 0
  while needed > 0 and i < n do i = i + 2 needed = needed - list[i] end
  return 0, max(0, limit - total), reset, (list[i - 1] + STEPS + 1) * size - now
end

local function log(key, value, mode, limit, length, burst, amount)
  if value then redis.call('DEL', key) end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - length)
  local total = redis.call('ZCARD', key)
  local function add(units)
    for i = 1, units do redis.call('ZADD', key, string.format('%.0f', now), string.format('%.0f:%d', now, total + i)) end
    total = total + units
    redis.call('PEXPIRE', key, ceil(length / 1000) + 1000)
  end
  local function reset()
    local newest = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
    return newest[2] and newest[2] - now + length or 0
  end
  if mode == '2' then
    if amount > 0 then add(amount)
    elseif total > 0 then
      redis.call('ZREMRANGEBYRANK', key, amount, -1)
      total = max(0, total + amount)
    end
    amount = 1
  elseif total + amount <= limit and mode == '0' then
    add(amount)
    return 1, limit - total, length, 0
  end
  if total + amount <= limit then return 1, limit - total, reset(), 0 end
  if amount > limit then return 0, max(0, limit - total), reset(), -1 end
  local at = total + amount - limit - 1
  local freed = redis.call('ZRANGE', key, at, at, 'WITHSCORES')
  return 0, max(0, limit - total), reset(), freed[2] - now + length
end

local take = {f = fixed, b = bucket, w = window, l = log}
local rules, at = {}, 3
for i = 1, tonumber(ARGV[2]) do
  rules[i] = {take[ARGV[at]], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]) * 1000, tonumber(ARGV[at + 3])}
  at = at + 4
end
local o = 2
for k = 1, #KEYS, 2 do
  local rule, mode, amount = rules[tonumber(ARGV[at])], ARGV[at + 1], tonumber(ARGV[at + 2])
  at = at + 3
  local key, values = KEYS[k], redis.call('MGET', KEYS[k], KEYS[k + 1])
  local blocked = values[2] and tonumber(values[2])
  if blocked and blocked <= now then blocked = nil end
  local allowed, remaining, reset, retry
  if not blocked or mode == '2' then
    allowed, remaining, reset, retry = rule[1](key, values[1], mode, rule[2], rule[3], rule[4], amount)
  end
  if blocked then
    allowed, remaining, reset, retry = 2, 0, blocked - now, blocked - now
  else
    if allowed == 0 and redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, ceil(max(0, reset) / 1000) + 1000) end
  end
  out[o + 1], out[o + 2], out[o + 3], out[o + 4] = allowed, remaining, ceil(reset - FUZZ), ceil(retry - FUZZ)
  o = o + 4
end
return out
`);
}

/** Blocks KEYS[1] for ARGV[1] milliseconds. */
export function createBlockScript(readTime = "redis.call('TIME')"): RedisScript {
  return createRedisScript(`
local time = ${readTime}
redis.call('SET', KEYS[1], string.format('%.0f', time[1] * 1000000 + time[2] + ARGV[1] * 1000), 'PX', ARGV[1])
return 1
`);
}
