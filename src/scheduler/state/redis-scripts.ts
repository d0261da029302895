/**
 * The scripts of the state in Redis. Each is one step for everybody: nothing happens in between. Time is the server's.
 *
 *     <prefix>requests:<key>   hash  second → requests      of the last 61 seconds, as in sliding-window.ts
 *     <prefix>tokens:<key>     hash  second → tokens
 *     <prefix>places:<key>     hash  process → "message:places"   each process says how many it holds, in all, every
 *                                    time: a message that is lost is made good by the next. Messages are numbered: one
 *                                    that was sent again, since the server did not know its script, comes late
 *     <prefix>processes        zset  process → last heard of
 *     <prefix>cooldowns        hash  key → "until:asked:failure"
 */

/** How long a process that says nothing counts as alive, and its places as held. */
export const ALIVE_MS = 30_000;
const WINDOW_SECONDS = 61;

const PRELUDE = `
local time = redis.call('TIME')
local second = tonumber(time[1])
local now = second * 1000 + math.floor(tonumber(time[2]) / 1000)
local function used(key)
  local sum = 0
  local slots = {}
  local all = redis.call('HGETALL', key)
  for index = 1, #all, 2 do
    local slot = tonumber(all[index])
    if slot + ${WINDOW_SECONDS} <= second then
      redis.call('HDEL', key, all[index])
    else
      sum = sum + tonumber(all[index + 1])
      slots[#slots + 1] = { slot, tonumber(all[index + 1]) }
    end
  end
  return sum, slots
end
local function roomIn(key, amount, limit)
  if limit < 0 then return 0 end
  local sum, slots = used(key)
  local excess = sum + amount - limit
  if excess <= 0 then return 0 end
  table.sort(slots, function(one, other) return one[1] < other[1] end)
  for _, slot in ipairs(slots) do
    excess = excess - slot[2]
    if excess <= 0 then return (slot[1] + ${WINDOW_SECONDS}) * 1000 - now end
  end
  return ${WINDOW_SECONDS} * 1000
end
local function add(key, slot, amount)
  if amount == 0 or slot + ${WINDOW_SECONDS} <= second then return end
  redis.call('HINCRBY', key, slot, amount)
  redis.call('PEXPIRE', key, ${WINDOW_SECONDS * 2 * 1000})
end
local function held(key, process)
  local message, places = string.match(redis.call('HGET', key, process) or '', '^(%d+):(%d+)$')
  return tonumber(places or '0'), tonumber(message or '0')
end
local function hold(key, process, message, places)
  local _, latest = held(key, process)
  if message <= latest then return end
  redis.call('HSET', key, process, string.format('%d:%d', message, places))
  redis.call('PEXPIRE', key, ${ALIVE_MS * 4})
end
local function hear(key, process)
  redis.call('ZADD', key, now, process)
  redis.call('PEXPIRE', key, ${ALIVE_MS * 4})
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. (now - ${ALIVE_MS}))
  return redis.call('ZCARD', key)
end
`;

/**
 * KEYS requests tokens places processes
 * ARGV process, rpm, tpm, parallel (-1: not limited), tokens, number of the message, places this process holds with this
 * → wait in ms (-1: until a place is given back), second, processes
 */
export const RESERVE = `${PRELUDE}
local process, rpm, tpm, parallel = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tokens, message, places = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local processes = hear(KEYS[4], process)
if parallel >= 0 then
  local known, latest = held(KEYS[3], process)
  local sum = message > latest and places or math.max(places, known)
  for _, other in ipairs(redis.call('HKEYS', KEYS[3])) do
    if other ~= process then
      if redis.call('ZSCORE', KEYS[4], other) then
        sum = sum + held(KEYS[3], other)
      else
        redis.call('HDEL', KEYS[3], other)
      end
    end
  end
  if sum > parallel then return { -1, second, processes } end
end
local wait = math.max(roomIn(KEYS[1], 1, rpm), roomIn(KEYS[2], tokens, tpm))
if wait > 0 then return { wait, second, processes } end
if rpm >= 0 then add(KEYS[1], second, 1) end
if tpm >= 0 then add(KEYS[2], second, tokens) end
if parallel >= 0 then hold(KEYS[3], process, message, places) end
return { 0, second, processes }
`;

/**
 * KEYS requests tokens places processes
 * ARGV process, second of the reservation, change of requests, change of tokens, number of the message, places held now
 */
export const SETTLE = `${PRELUDE}
hear(KEYS[4], ARGV[1])
local slot = tonumber(ARGV[2])
add(KEYS[1], slot, tonumber(ARGV[3]))
add(KEYS[2], slot, tonumber(ARGV[4]))
hold(KEYS[3], ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]))
return 1
`;

/**
 * What a process that was alone brings back: of each second what all its reservations are, and those among them that
 * the server was never told of. The larger stands: what the server has with what it was not told, or, if it has
 * forgotten, what the process knows.
 *
 * KEYS requests tokens places processes
 * ARGV process, number of the message, places held, then of requests and of tokens: a number of entries, and age, all, untold of each
 */
export const RETURN = `${PRELUDE}
hear(KEYS[4], ARGV[1])
hold(KEYS[3], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
local at = 4
for index = 1, 2 do
  local entries = tonumber(ARGV[at])
  at = at + 1
  for _ = 1, entries do
    local slot = second - tonumber(ARGV[at])
    local known = tonumber(redis.call('HGET', KEYS[index], slot) or '0')
    local larger = math.max(known + tonumber(ARGV[at + 2]), tonumber(ARGV[at + 1]))
    add(KEYS[index], slot, larger - known)
    at = at + 3
  end
end
return 1
`;

/** KEYS processes, ARGV process → processes */
export const HEAR = `${PRELUDE}
return hear(KEYS[1], ARGV[1])
`;

/** KEYS cooldowns; ARGV key, ms from now, asked (1 or 0), failure */
export const COOL = `${PRELUDE}
local before = redis.call('HGET', KEYS[1], ARGV[1])
local till = now + tonumber(ARGV[2])
if not before or tonumber(string.match(before, '^%d+')) < till then
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%d:%s:%s', till, ARGV[3], ARGV[4]))
end
return 1
`;

/** KEYS cooldowns → key, ms from now, asked, failure, of each that is not over */
export const COOLDOWNS = `${PRELUDE}
local found = {}
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local till, asked, failure = string.match(all[index + 1], '^(%d+):(%d):(.*)$')
  if not till or tonumber(till) <= now then
    redis.call('HDEL', KEYS[1], all[index])
  else
    found[#found + 1] = all[index]
    found[#found + 1] = tonumber(till) - now
    found[#found + 1] = tonumber(asked)
    found[#found + 1] = failure
  end
end
return found
`;
