import Cache

/// Runs each command on the entries, with the replies of Redis.
enum MemoryInterpreter {
  static func perform(
    _ command: MemoryCommand, on entries: inout ExpiringEntries, now: Int64
  ) throws(CacheError) -> RESPValue {
    switch command {
    case .ping: return .status("PONG")
    case .get(let key): return entries.find(key, now: now).map { .bytes($0.value) } ?? .null
    case .timeToLive(let key): return .integer(timeToLive(of: key, in: &entries, now: now))
    case .exists(let keys): return .integer(count(keys) { entries.find($0, now: now) != nil })
    case .delete(let keys):
      return .integer(
        count(keys) { key in
          defer { entries.remove(key) }
          return entries.find(key, now: now) != nil
        })
    case .set(let key, let value, let timeToLive, let condition):
      let entry = ExpiringEntries.Entry(
        key: key, value: value, expiresAtMilliseconds: timeToLive.map { now + $0 })
      return try set(entry, if: condition, in: &entries, now: now)
    case .increment(let key): return .integer(try increment(key, in: &entries, now: now))
    case .expire(let key, let seconds):
      guard var entry = entries.find(key, now: now) else { return .integer(0) }
      entry.expiresAtMilliseconds = now + seconds * 1000
      try store(entry, in: &entries)
      return .integer(1)
    }
  }

  private static func count(_ keys: [[UInt8]], where matches: ([UInt8]) -> Bool) -> Int64 {
    keys.reduce(0) { $0 + (matches($1) ? 1 : 0) }
  }

  private static func timeToLive(
    of key: [UInt8], in entries: inout ExpiringEntries, now: Int64
  ) -> Int64 {
    guard let entry = entries.find(key, now: now) else { return -2 }
    guard let expiresAt = entry.expiresAtMilliseconds else { return -1 }
    // Redis rounds to the nearest second.
    return (expiresAt - now + 500) / 1000
  }

  private static func set(
    _ entry: ExpiringEntries.Entry, if condition: MemoryCommand.Condition?,
    in entries: inout ExpiringEntries, now: Int64
  ) throws(CacheError) -> RESPValue {
    let exists = entries.find(entry.key, now: now) != nil
    switch condition {
    case .ifAbsent where exists, .ifPresent where !exists: return .null
    case .ifAbsent, .ifPresent, nil: break
    }
    try store(entry, in: &entries)
    return .status("OK")
  }

  private static func increment(
    _ key: [UInt8], in entries: inout ExpiringEntries, now: Int64
  ) throws(CacheError) -> Int64 {
    var entry =
      entries.find(key, now: now)
      ?? ExpiringEntries.Entry(key: key, value: Array("0".utf8), expiresAtMilliseconds: nil)
    guard let value = Int64(strictDecimal: entry.value) else {
      throw .refused(code: "ERR", message: "value is not an integer or out of range")
    }
    let (next, isOverflow) = value.addingReportingOverflow(1)
    guard !isOverflow else {
      throw .refused(code: "ERR", message: "increment or decrement would overflow")
    }
    entry.value = Array(String(next).utf8)
    try store(entry, in: &entries)
    return next
  }

  private static func store(
    _ entry: ExpiringEntries.Entry, in entries: inout ExpiringEntries
  ) throws(CacheError) {
    guard entries.store(entry) else {
      throw .refused(code: "ERR", message: "the value is larger than the whole store")
    }
  }
}
