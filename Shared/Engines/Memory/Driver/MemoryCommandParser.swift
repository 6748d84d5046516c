import Cache

/// Parses a ``MemoryCommand`` from words, and rejects malformed ones with Redis's own errors.
enum MemoryCommandParser {
  /// The longest time to live, in seconds: a hundred years. A longer one could overflow.
  static let maximumSeconds: Int64 = 3_155_760_000

  private static let notAnInteger = CacheError.refused(
    code: "ERR", message: "value is not an integer or out of range")
  private static let syntaxError = CacheError.refused(code: "ERR", message: "syntax error")

  /// Returns the command, or nil when the memory cache does not support it: no account may run such a command.
  static func parse(_ words: [[UInt8]]) throws(CacheError) -> MemoryCommand? {
    guard let name = words.first else { throw .invalidCommand("the command is empty") }
    let arguments = Array(words.dropFirst())
    switch String(decoding: name, as: UTF8.self).uppercased() {
    case "PING": return .ping
    case "GET": return .get(try only(arguments))
    case "TTL": return .timeToLive(try only(arguments))
    case "INCR": return .increment(try only(arguments))
    case "EXISTS": return .exists(try some(arguments))
    case "DEL": return .delete(try some(arguments))
    case "EXPIRE": return try expire(arguments)
    case "SET": return try set(arguments)
    default: return nil
    }
  }

  private static func only(_ arguments: [[UInt8]]) throws(CacheError) -> [UInt8] {
    guard arguments.count == 1 else { throw wrongNumber }
    return arguments[0]
  }

  private static func some(_ arguments: [[UInt8]]) throws(CacheError) -> [[UInt8]] {
    guard !arguments.isEmpty else { throw wrongNumber }
    return arguments
  }

  private static func expire(_ arguments: [[UInt8]]) throws(CacheError) -> MemoryCommand {
    guard arguments.count == 2 else { throw wrongNumber }
    return .expire(arguments[0], seconds: try integer(arguments[1], in: -maximumSeconds...maximumSeconds))
  }

  private static func set(_ arguments: [[UInt8]]) throws(CacheError) -> MemoryCommand {
    guard arguments.count >= 2 else { throw wrongNumber }
    var timeToLive: Int64?
    var condition: MemoryCommand.Condition?
    var options = arguments.dropFirst(2)
    while let option = options.popFirst() {
      switch String(decoding: option, as: UTF8.self).uppercased() {
      case "EX" where timeToLive == nil:
        timeToLive = try duration(options.popFirst(), unitMilliseconds: 1000)
      case "PX" where timeToLive == nil:
        timeToLive = try duration(options.popFirst(), unitMilliseconds: 1)
      case "NX" where condition == nil: condition = .ifAbsent
      case "XX" where condition == nil: condition = .ifPresent
      default: throw syntaxError
      }
    }
    return .set(
      arguments[0], value: arguments[1], timeToLiveMilliseconds: timeToLive, condition: condition)
  }

  private static func duration(
    _ word: [UInt8]?, unitMilliseconds: Int64
  ) throws(CacheError) -> Int64 {
    guard let word else { throw syntaxError }
    let count = try integer(word, in: Int64.min...Int64.max)
    guard count > 0, count <= maximumSeconds * 1000 / unitMilliseconds else {
      throw .refused(code: "ERR", message: "invalid expire time in 'set' command")
    }
    return count * unitMilliseconds
  }

  private static func integer(
    _ word: [UInt8], in range: ClosedRange<Int64>
  ) throws(CacheError) -> Int64 {
    guard let value = Int64(strictDecimal: word), range.contains(value) else { throw notAnInteger }
    return value
  }

  private static var wrongNumber: CacheError {
    .refused(code: "ERR", message: "wrong number of arguments")
  }
}

extension Int64 {
  /// Parses a number as Redis does: no plus sign, no leading zeros, no white space.
  init?(strictDecimal digits: [UInt8]) {
    let text = String(decoding: digits, as: UTF8.self)
    guard let value = Int64(text), String(value) == text else { return nil }
    self = value
  }
}
