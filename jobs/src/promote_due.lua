-- Moves due jobs to the list that workers take from, up to a limit, and returns how many jobs wait in
-- the queue in all.
--
-- Workers move due jobs, too, but all of them at once. Beyond some eight thousand that fails ("too many
-- results to unpack"), and every later attempt fails as well.
local scheduled, active = KEYS[1], KEYS[2]
local now, limit = ARGV[1], ARGV[2]

local due = redis.call('ZRANGEBYSCORE', scheduled, 0, now, 'LIMIT', 0, limit)
if #due > 0 then
    redis.call('RPUSH', active, unpack(due))
    redis.call('ZREM', scheduled, unpack(due))
end
return redis.call('LLEN', active) + redis.call('ZCARD', scheduled)
