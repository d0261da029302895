/**
 * The operations of the Redis storage as Lua scripts, which Redis runs one at a time: each is atomic, and sees one
 * moment. All of them work on three keys, named by the caller, so they run on a cluster too:
 *
 *     KEYS[1]  hash        key → value
 *     KEYS[2]  sorted set  every key with score 0: Redis then orders members by their bytes
 *     KEYS[3]  sorted set  keys that expire, by the moment they do (milliseconds of the server's clock)
 *
 * An expired entry is not returned from the moment it expires; every write takes some of them out for good.
 */

const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function read(key)
  local expiry = redis.call('ZSCORE', KEYS[3], key)
  if expiry and tonumber(expiry) <= now then return false end
  return redis.call('HGET', KEYS[1], key)
end
`;

const WRITE = `
local function delete(key)
  redis.call('HDEL', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
local function put(key, value, ttl)
  redis.call('HSET', KEYS[1], key, value)
  redis.call('ZADD', KEYS[2], 0, key)
  if ttl == '' then redis.call('ZREM', KEYS[3], key)
  else redis.call('ZADD', KEYS[3], now + ttl, key) end
end
local function sweep(limit)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, limit)) do delete(key) end
end
`;

/** ARGV: key. */
export const GET = `${CLOCK}
return read(ARGV[1])`;

/** ARGV: for each operation "put" or "delete", key, value, ttl in milliseconds or "". */
export const BATCH = `${CLOCK}${WRITE}
sweep(#ARGV / 4 + 64)
for index = 1, #ARGV, 4 do
  if ARGV[index] == 'put' then put(ARGV[index + 1], ARGV[index + 2], ARGV[index + 3])
  else delete(ARGV[index + 1]) end
end`;

/** ARGV: key; "is" or "absent", expected value; "put" or "delete", value, ttl. Gives 1 if it wrote, else 0. */
export const COMPARE_AND_SET = `${CLOCK}${WRITE}
local current = read(ARGV[1])
if ARGV[2] == 'absent' then
  if current then return 0 end
elseif current ~= ARGV[3] then return 0 end
if ARGV[4] == 'put' then put(ARGV[1], ARGV[5], ARGV[6]) else delete(ARGV[1]) end
sweep(64)
return 1`;

/** ARGV: "forward" or "reverse", first and last key as Redis spells a range, limit or -1. Gives key, value, key, value… */
export const RANGE = `${CLOCK}
local page = 512
local limit = tonumber(ARGV[4])
local found = {}
local offset = 0
local keys
repeat
  if ARGV[1] == 'reverse' then keys = redis.call('ZREVRANGEBYLEX', KEYS[2], ARGV[3], ARGV[2], 'LIMIT', offset, page)
  else keys = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[2], ARGV[3], 'LIMIT', offset, page) end
  for _, key in ipairs(keys) do
    if limit >= 0 and #found >= limit * 2 then return found end
    local value = read(key)
    if value then
      found[#found + 1] = key
      found[#found + 1] = value
    end
  end
  offset = offset + page
until #keys < page
return found`;
