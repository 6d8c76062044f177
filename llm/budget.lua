-- Money set aside before a call and settled after it, in millionths of a US dollar.
--
-- KEYS: the counters of a call's scopes (hashes: spent = settled and set aside together, held = set aside, cap, mark)
-- ARGV: 1 "reserve" | "settle" | "load" | "cap"
--   reserve: amounts, one per waiting call -> {0, position of a counter that is not loaded}
--            | {1, how many of the amounts fit (in order), position of the full counter or 0,
--               1 if the next would fit but for what is set aside for calls in flight, marks…}
--   settle:  set aside, paid, marks… -> {1}   (a counter that was reloaded meanwhile is dropped: its load missed this)
--   load:    spent, held, cap, mark   (one key; keeps a counter that another process loaded first)
--   cap:     cap   (one key; only where loaded)

local kind = ARGV[1]

if kind == 'reserve' then
  local spent, held, caps, marks = {}, {}, {}, {}
  for position, key in ipairs(KEYS) do
    local counter = redis.call('HMGET', key, 'spent', 'cap', 'mark', 'held')
    if not counter[3] then return {0, position} end
    spent[position], caps[position], marks[position] = tonumber(counter[1]), tonumber(counter[2]), counter[3]
    held[position] = tonumber(counter[4])
  end
  local fitting, total, full, passing = 0, 0, 0, 1
  for argument = 2, #ARGV do
    local amount = tonumber(ARGV[argument])
    for position = 1, #KEYS do
      if spent[position] + total + amount > caps[position] then
        local settled = spent[position] - held[position]
        if full == 0 or settled + amount > caps[position] then full = position end
        if settled + amount > caps[position] then passing = 0 end
      end
    end
    if full > 0 then break end
    total = total + amount
    fitting = fitting + 1
  end
  for _, key in ipairs(KEYS) do
    redis.call('HINCRBY', key, 'spent', total)
    redis.call('HINCRBY', key, 'held', total)
  end
  return {1, fitting, full, passing, unpack(marks)}
end

if kind == 'settle' then
  local held, paid = tonumber(ARGV[2]), tonumber(ARGV[3])
  for position, key in ipairs(KEYS) do
    if redis.call('HGET', key, 'mark') == ARGV[3 + position] then
      redis.call('HINCRBY', key, 'spent', paid - held)
      redis.call('HINCRBY', key, 'held', -held)
    else
      redis.call('DEL', key)
    end
  end
  return {1}
end

if kind == 'load' then
  if redis.call('HSETNX', KEYS[1], 'mark', ARGV[5]) == 1 then
    redis.call('HSET', KEYS[1], 'spent', ARGV[2], 'held', ARGV[3], 'cap', ARGV[4])
    -- An hour later the ledger is read again, which heals any drift.
    redis.call('EXPIRE', KEYS[1], 3600)
  end
  return {1}
end

if redis.call('HEXISTS', KEYS[1], 'mark') == 1 then
  redis.call('HSET', KEYS[1], 'cap', ARGV[2])
end
return {1}
