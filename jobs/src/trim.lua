-- Removes up to ARGV[1] jobs from a set of ended jobs, with all their data.
local ended, data, meta = KEYS[1], KEYS[2], KEYS[3]

local ids = redis.call('SPOP', ended, ARGV[1])
for _, id in ipairs(ids) do
    redis.call('HDEL', data, id)
    redis.call('DEL', meta .. ':' .. id)
end
return #ids
