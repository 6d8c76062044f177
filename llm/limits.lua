-- The shared limit, decided in one step: who may send how many requests now, and how long the others wait.
--
-- KEYS: 1 pace and what was learnt (hash)   2 holder -> calls in flight (hash)   3 holder -> its lease's end (sorted set)
--       4 holder that lacks a place -> until when that is remembered (sorted set)
--       5 when the asked model may be asked again (string, ms)
-- ARGV: 1 requests/min   2 tokens/min   3 in flight   4 holder   5 the holder's calls in flight
--       6 the lease in ms   7 tokens used beyond (or below) what was estimated   8 answers 429 since the last time
--       9 the longest Retry-After among those in ms   10 tickets that the holder may hold at most   11 tickets it holds
--       12… tokens of each waiting request that has no ticket, in order
-- Answer: {requests granted, tickets granted, wait in ms until the next can be granted, 1 if only a place is missing,
--          1 if the holder may pass its freed places on to its own waiting requests}
--
-- A holder is one process's queue for one model. It tells its own number of calls in flight every time: so nothing is
-- lost when Redis is wiped, and the places of a killed process come back when its lease runs out. A ticket is a request
-- granted as to pace but without a place: the holder sends it in the moment in which one of its own places is freed.

-- Share of the provider's limit that is used: room for requests that reach the provider closer together than they left.
local SHARE = 0.98
-- How far ahead of an even pace requests may run, in ms: what lets a late process make up for lost time.
local AHEAD = 500
-- For how long a holder counts as lacking a place after it said so, in ms. It says so every 40 ms while it is true.
local LACKING = 500

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local places, holder, mine, lease = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local most_tickets, held = tonumber(ARGV[10]), tonumber(ARGV[11])

-- Places. While another holder lacks one, nobody takes more than an even share: an import that has filled the limit
-- makes room for a recruiter's single question.
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('HDEL', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
redis.call('HDEL', KEYS[2], holder)
redis.call('ZREM', KEYS[4], holder)
local in_flight, holders, known = mine, 1, {}
local counts = redis.call('HGETALL', KEYS[2])
for position = 1, #counts, 2 do
  in_flight = in_flight + tonumber(counts[position + 1])
  holders = holders + 1
  known[counts[position]] = true
end
local lacking = redis.call('ZRANGE', KEYS[4], 0, -1)
for _, other in ipairs(lacking) do
  if not known[other] then holders = holders + 1 end
end

-- Pace
local state = redis.call('HMGET', KEYS[1], 'requests', 'tokens', 'factor', 'at', 'granted', 'refused', 'learnt')
local next_request = tonumber(state[1]) or now
local next_token = tonumber(state[2]) or now
local factor = tonumber(state[3]) or 1
local passed = math.max(0, now - (tonumber(state[4]) or now))
local fading = math.exp(-passed / 1000)
local granted_lately = (tonumber(state[5]) or 0) * fading
local refused_lately = (tonumber(state[6]) or 0) * fading
-- What a 429 took away comes back within two minutes.
factor = math.min(1, factor + passed / 120000)

-- Both counts fade within about a second. A few refusals among many answers concern only the calls they met. From a
-- tenth on, pace and places are lowered for a while, once a second at most; from a third on, the provider is at its
-- limit and everyone waits until it wants to be asked again.
local pause = tonumber(redis.call('GET', KEYS[5])) or 0
local learnt = tonumber(state[7]) or 0
local refused = tonumber(ARGV[8])
if refused > 0 then
  refused_lately = refused_lately + refused
  if refused_lately >= 0.35 * granted_lately then
    local until_ms = now + math.max(1, tonumber(ARGV[9]))
    if until_ms > pause then
      pause = until_ms
      redis.call('SET', KEYS[5], pause, 'PX', math.max(1, math.floor(pause - now)))
    end
  end
  if refused_lately >= 3 and refused_lately >= 0.1 * granted_lately and now - learnt >= 1000 then
    factor = math.max(0.05, factor * 0.8)
    learnt = now
  end
end
places = math.max(1, math.floor(places * factor + 0.5))
local most = places
if #lacking > 0 then most = math.max(1, math.floor(places / holders)) end

local request_ms = 60000 / (tonumber(ARGV[1]) * SHARE * factor)
local token_ms = 60000 / (tonumber(ARGV[2]) * SHARE * factor)
next_token = next_token + tonumber(ARGV[7]) * token_ms

-- In order: those with a ticket need only a place, the others need their turn by pace as well.
-- `let` counts each request once: a ticket is used without a word, so it counts when it is given out.
local granted, tickets, let, wait, full = 0, 0, 0, math.max(0, pause - now), 0
for position = 1, held + #ARGV - 11 do
  local has_ticket = position <= held
  if wait == 0 and not has_ticket then
    wait = math.max(next_request - AHEAD - now, next_token - AHEAD - now, 0)
  end
  if wait > 0 then break end
  if in_flight < places and mine < most then
    granted = granted + 1
    in_flight = in_flight + 1
    mine = mine + 1
  else
    full = 1
    if not has_ticket then
      if mine > most or held + tickets >= most_tickets then break end
      tickets = tickets + 1
    end
  end
  if not has_ticket then
    let = let + 1
    next_request = math.max(next_request, now) + request_ms
    next_token = math.max(next_token, now) + tonumber(ARGV[11 + position - held]) * token_ms
  end
end

if full == 1 and mine < most then redis.call('ZADD', KEYS[4], now + LACKING, holder) end
if mine > 0 then
  redis.call('HSET', KEYS[2], holder, mine)
  redis.call('ZADD', KEYS[3], now + lease, holder)
else
  redis.call('ZREM', KEYS[3], holder)
end
redis.call('HSET', KEYS[1],
  'requests', string.format('%.3f', next_request), 'tokens', string.format('%.3f', next_token), 'factor', tostring(factor), 'at', now, 'granted', tostring(granted_lately + let),
  'refused', tostring(refused_lately), 'learnt', learnt)
for position = 1, 4 do
  redis.call('PEXPIRE', KEYS[position], 3600000)
end
-- Whoever holds no more than its share keeps it: only from more than that, freed places go to those who lack one.
-- While everyone waits for the provider, nobody passes anything on.
local may_pass_on = (mine <= most and pause <= now) and 1 or 0
return {granted, tickets, math.ceil(wait), full, may_pass_on}
