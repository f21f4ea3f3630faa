-- wrk: the requests of one measurement, and its figures as JSON. Arguments: the kind of request, and what it needs.
local threads = 0

function setup(thread)
  thread:set('place', threads)
  threads = threads + 1
end

local function id(kind, number)
  return string.format('%08x-0000-7000-8000-%012x', kind, number)
end

local function headers(buyer, accept)
  return {
    Accept = accept,
    Cookie = buyer and string.format('gittix=%064x', buyer),
    Origin = wrk.scheme .. '://' .. wrk.host .. ':' .. wrk.port,
    ['Content-Type'] = 'application/x-www-form-urlencoded',
  }
end

local function post(name, buyer, body)
  return wrk.format('POST', '/rpc/' .. name, headers(buyer, 'application/json'), body)
end

local function lock(kind, number, tickets, buyer)
  return post('lock_ticket', buyer, 'version=1&price_cents=4950&count=' .. tickets .. '&ticket=' .. id(kind, number))
end

-- Each gets the number of the request: 1, 2, 3 … over all threads.
local kinds = {
  page = function(args)
    return function(number)
      local buyer = args.buyers > 0 and number % args.buyers + 1 or nil
      return wrk.format('GET', args.path, headers(buyer, 'text/html'))
    end
  end,
  lock = function(args)
    return function(number)
      return lock(args.tickets, number, args.tickets, number % args.buyers + 1)
    end
  end,
  same = function(args)
    return function(number)
      return lock(3, 1, 1, number % args.buyers + 1)
    end
  end,
  -- The file has an order and its buyer on each line.
  cancel = function(args)
    local orders, buyers = {}, {}
    for line in io.lines(args.file) do
      local order, buyer = line:match('^(%S+) (%d+)$')
      table.insert(orders, order)
      table.insert(buyers, tonumber(buyer))
    end
    return function(number)
      local place = (number - 1) % #orders + 1
      return post('cancel_order', buyers[place], 'order=' .. orders[place])
    end
  end,
}

local make
local sent = 0

function init(args)
  local named = {}
  for _, arg in ipairs(args) do
    local name, value = arg:match('^(%w+)=(.*)$')
    if name then
      named[name] = tonumber(value) or value
    end
  end
  make = kinds[named.kind](named)
  count = named.threads
end

function request()
  sent = sent + 1
  return make((sent - 1) * count + place + 1)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%f,"refused":%d,"broken":%d,"median_ms":%f,"p99_ms":%f}\n',
    summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
