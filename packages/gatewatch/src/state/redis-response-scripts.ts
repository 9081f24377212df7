import { createRedisScript } from "./redis/redis-script.ts";

/** KEYS: resource, generation, purges' count (one node only); ARGV: variant. */
export const LOOKUP = createRedisScript(`
local kept = redis.call('HMGET', KEYS[1], 'vary', ARGV[1])
local generation = redis.call('GET', KEYS[2])
if KEYS[3] then return {kept[1], kept[2], generation, redis.call('GET', KEYS[3])} end
return {kept[1], kept[2], generation}`);

/** KEYS: resource, generation, lease; ARGV: variant, vary, packed response, stamp, keepMs, generation, token, most variants. */
export const PUT = createRedisScript(`
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[6] then return 0 end
local holder = redis.call('GET', KEYS[3])
if holder and holder ~= '-' and ARGV[7] ~= '' and holder ~= ARGV[7] then return 0 end
if (redis.call('HGET', KEYS[1], 'vary') or '') ~= ARGV[2] or redis.call('HLEN', KEYS[1]) > 2 * tonumber(ARGV[8]) then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'vary', ARGV[2])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3], ARGV[1] .. ':s', ARGV[4])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
if holder and (holder == '-' or holder == ARGV[7]) then redis.call('DEL', KEYS[3]) end
return 1`);

/** KEYS: resource, generation; ARGV: new generation, its life in ms. */
export const DROP = createRedisScript(`
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return redis.call('DEL', KEYS[1])`);

/** KEYS: count, log; ARGV: purge, life in ms, longest log. The count is Redis's time, so that a lost one is never used again. */
export const PURGE = createRedisScript(`
local time = redis.call('TIME')
local count = math.max(time[1] * 1000 + math.floor(time[2] / 1000), tonumber(redis.call('GET', KEYS[1]) or '0') + 1)
local text = string.format('%.0f', count)
redis.call('SET', KEYS[1], text, 'PX', ARGV[2])
redis.call('LPUSH', KEYS[2], text .. ' ' .. ARGV[1])
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return text`);

/** KEYS: lease, resource; ARGV: token, leaseMs, variant, stamp. 1: it is yours; 0: another's; 2: in vain; 3: filled meanwhile. */
export const ACQUIRE = createRedisScript(`
if (redis.call('HGET', KEYS[2], ARGV[3] .. ':s') or '') ~= ARGV[4] then return 3 end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) == '-' then return 2 end
return 0`);

/** KEYS: lease; ARGV: token, leaseMs. */
export const RENEW = createRedisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`);

/** KEYS: lease; ARGV: token, how long to say that waiting is in vain (ms; 0: not at all). */
export const RELEASE = createRedisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) > 0 then redis.call('SET', KEYS[1], '-', 'PX', ARGV[2]) else redis.call('DEL', KEYS[1]) end
return 1`);
