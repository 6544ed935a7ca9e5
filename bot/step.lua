-- One step of one record: its newest state and its ledger entry, both or neither.
-- KEYS  record, ledger, head, due, live, index
-- ARGV  token, revision expected, head expected, state, facts, entry, entry hash, sequence number,
--       due score, member, live field, live verb, index score   ('' where there is none)
local record, ledger, head, due, live, index = unpack(KEYS)
local token, revision, before, state, facts, entry, hash, seq, score, member, field, verb, opened = unpack(ARGV)

if redis.call('HGET', record, 'token') == token then
  return {'done'} -- this very step came through before; only its answer was lost
end
local now = redis.call('HGET', record, 'revision') or '0'
if now ~= revision then
  return {'moved', now}
end
if verb == 'take' then
  local holder = redis.call('HGET', live, field)
  if holder then return {'held', holder} end
end
local known = redis.call('HMGET', head, 'hash', 'seq')
if (known[1] or '') ~= before then
  return {'behind', known[1] or '', known[2] or '0'}
end

redis.call('XADD', ledger, seq .. '-0', 'entry', entry)
redis.call('HSET', head, 'hash', hash, 'seq', seq)
redis.call('HSET', record, 'state', state, 'revision', tostring(tonumber(revision) + 1), 'token', token)
if facts ~= '' then redis.call('HSET', record, 'facts', facts) end
if score == '' then redis.call('ZREM', due, member) else redis.call('ZADD', due, score, member) end
if verb == 'take' then redis.call('HSET', live, field, member) end
if verb == 'free' then redis.call('HDEL', live, field) end
if opened ~= '' then redis.call('ZADD', index, opened, member) end
return {'done'}
