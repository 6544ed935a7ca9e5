-- One step of one record: its newest state, its ledger entry and the work it hands on, all or nothing.
-- KEYS  record, ledger, head, due, live, index of the deal, queue, messages of the queue, index of the channel
-- ARGV  token, revision, state, facts, entry, SHA-256 of the entry (32 bytes), due score, member,
--       live field to take, live field to free, index score, id and body of the work   ('' where there is none)
local record, ledger, head, due, live, index, queue, messages, posted = unpack(KEYS)
local token, revision, state, facts, entry, digest, score, member, take, free, opened, job, body = unpack(ARGV)

if redis.call('HGET', record, 'token') == token then
  return {'done'} -- this very step came through before; only its answer was lost
end
if (redis.call('HGET', record, 'revision') or '0') ~= revision then
  return {'moved'}
end
if take ~= '' then
  local holder = redis.call('HGET', live, take)
  if holder and holder ~= member then return {'held', holder} end
end

-- SHA-256 (FIPS 180-4) of exactly 64 bytes: the link before and the digest of this entry.
local band, bxor, bnot, ror, shr, tobit = bit.band, bit.bxor, bit.bnot, bit.ror, bit.rshift, bit.tobit
local K = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
local function compress(hash, w)
  for i = 17, 64 do
    local a, b = w[i - 15], w[i - 2]
    w[i] = tobit(w[i - 16] + bxor(ror(a, 7), ror(a, 18), shr(a, 3))
      + w[i - 7] + bxor(ror(b, 17), ror(b, 19), shr(b, 10)))
  end
  local a, b, c, d, e, f, g, h = unpack(hash)
  for i = 1, 64 do
    local s = tobit(h + bxor(ror(e, 6), ror(e, 11), ror(e, 25)) + bxor(band(e, f), band(bnot(e), g)) + K[i] + w[i])
    local t = bxor(ror(a, 2), ror(a, 13), ror(a, 22)) + bxor(band(a, b), band(a, c), band(b, c))
    h, g, f, e, d, c, b, a = g, f, e, tobit(d + s), c, b, a, tobit(s + t)
  end
  local now = {a, b, c, d, e, f, g, h}
  for i = 1, 8 do hash[i] = tobit(hash[i] + now[i]) end
end
local function link(before)
  local hash = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  }
  local words = {struct.unpack('>I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4', before .. digest)}
  words[17] = nil -- where struct stopped reading
  compress(hash, words)
  compress(hash, {0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 512})
  for i = 1, 8 do hash[i] = hash[i] % 0x100000000 end
  return struct.pack('>I4I4I4I4I4I4I4I4', unpack(hash))
end

local known = redis.call('HMGET', head, 'link', 'seq')
local linked = link(known[1] or string.rep('\0', 32))
local seq = string.format('%.0f', (known[2] or 0) + 1)
local hex = linked:gsub('.', function(c) return string.format('%02x', c:byte()) end)

redis.call('XADD', ledger, seq .. '-0', 'entry', entry, 'link', hex)
redis.call('HSET', head, 'link', linked, 'seq', seq)
redis.call('HSET', record, 'state', state, 'revision', string.format('%.0f', revision + 1), 'token', token)
if facts ~= '' then redis.call('HSET', record, 'facts', facts) end
if score == '' then redis.call('ZREM', due, member) else redis.call('ZADD', due, score, member) end
if free ~= '' then redis.call('HDEL', live, free) end
if take ~= '' then redis.call('HSET', live, take, member) end
if opened ~= '' then
  redis.call('ZADD', index, opened, member)
  redis.call('ZADD', posted, opened, member)
end
if job ~= '' then -- as dramatiq's own dispatch script does it
  redis.call('HSET', messages, job, body)
  redis.call('RPUSH', queue, job)
end
return {'done'}
