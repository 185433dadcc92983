-- What a device with a script engine does: it takes messages apart, keeps some of what they say,
-- answers, and forgets. Deterministic: no clock, no random numbers of the system.

local state = 20011
local function random(below)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % below
end

local function encode(value)
  if type(value) ~= "table" then
    return type(value) == "string" and string.format("%q", value) or tostring(value)
  end
  local parts = {}
  if #value > 0 then
    for _, element in ipairs(value) do parts[#parts + 1] = encode(element) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  for _, key in ipairs(keys) do parts[#parts + 1] = encode(key) .. ":" .. encode(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local decode
local function decode_list(text, at, close, element)
  at = at + 1
  local result = {}
  while text:sub(at, at) ~= close do
    at = element(result, at)
    if text:sub(at, at) == "," then at = at + 1 end
  end
  return result, at + 1
end

function decode(text, at)
  local first = text:sub(at, at)
  if first == "{" then
    return decode_list(text, at, "}", function(result, from)
      local key, after = decode(text, from)
      result[key], after = decode(text, after + 1)
      return after
    end)
  elseif first == "[" then
    return decode_list(text, at, "]", function(result, from)
      local value, after = decode(text, from)
      result[#result + 1] = value
      return after
    end)
  elseif first == '"' then
    local close = text:find('"', at + 1, true)
    return text:sub(at + 1, close - 1), close + 1
  end
  local number = text:match("^-?[%d.]+", at)
  return tonumber(number), at + #number
end

local sensors = { "temperature", "pressure", "humidity", "voltage", "flow", "level" }

local function message(number)
  local readings = {}
  for i = 1, 2 + random(6) do
    readings[i] = { sensor = sensors[1 + random(#sensors)], value = random(10000) / 8, unit = i }
  end
  return encode({ id = number, from = "node-" .. random(40), readings = readings })
end

local history, sums = {}, {}

local function take(text)
  local parsed = decode(text, 1)
  for _, reading in ipairs(parsed.readings) do
    local sum = sums[reading.sensor] or { count = 0, total = 0 }
    sum.count, sum.total = sum.count + 1, sum.total + reading.value
    sums[reading.sensor] = sum
  end
  history[#history + 1] = parsed
  if #history > 40 then table.remove(history, 1 + random(#history)) end
  return encode({ id = parsed.id, ok = 1, mean = sums[parsed.readings[1].sensor].total })
end

local answered = 0
for number = 1, 80 do answered = answered + #take(message(number)) end
print(answered)
