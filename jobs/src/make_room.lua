-- Moves jobs that are due onto the list that workers take from, a bounded number at a time, and
-- returns how many wait at the queue in all.
--
-- Workers move them, too, but all that are due at once: past some eight thousand that fails ("too many
-- results to unpack"), and then it fails for ever.
local scheduled, active = KEYS[1], KEYS[2]
local now, limit = ARGV[1], ARGV[2]

local due = redis.call('ZRANGEBYSCORE', scheduled, 0, now, 'LIMIT', 0, limit)
if #due > 0 then
    redis.call('RPUSH', active, unpack(due))
    redis.call('ZREM', scheduled, unpack(due))
end
return redis.call('LLEN', active) + redis.call('ZCARD', scheduled)
