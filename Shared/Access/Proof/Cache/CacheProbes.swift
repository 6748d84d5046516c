/// The commands that are tried on a cache, by class. Each cache engine has a value of its own.
///
/// What is denied is made such that it would do no harm if it were not: where a command could empty, stop or reroute
/// the server, an argument makes it fail *after* the permission check.
package struct CacheProbes: Sendable {
  /// A command on one key; `{key}` stands for it.
  package struct Keyed: Sendable {
    let commandClass: String
    let words: [String]
    let writes: Bool
  }

  /// A command that has no key.
  package struct Keyless: Sendable {
    let commandClass: String
    let words: [String]
    let isAllowed: Bool
    /// What brings the connection back to where it was.
    var undo: [String]?

    /// A command by its words, which are separated by spaces; `undo` brings the connection back to where it was.
    package init(_ commandClass: String, _ words: String, isAllowed: Bool = false, undo: String? = nil) {
      self.commandClass = commandClass
      self.words = words.split(separator: " ").map(String.init)
      self.isAllowed = isAllowed
      self.undo = undo.map { $0.split(separator: " ").map(String.init) }
    }
  }

  let keyed: [Keyed]
  let keyless: [Keyless]

  /// The commands that every kind of cache has, and `keyed` and `keyless` beside them.
  package init(keyed: [Keyed] = [], keyless: [Keyless] = []) {
    self.keyed = Self.basic + keyed
    self.keyless = [Keyless("connection", "PING", isAllowed: true)] + keyless + Self.dangerous
  }

  /// A command that reads `{key}`.
  package static func read(_ words: String, _ commandClass: String = "read") -> Keyed {
    Keyed(commandClass: commandClass, words: words.split(separator: " ").map(String.init), writes: false)
  }

  /// A command that writes `{key}`.
  package static func write(_ words: String) -> Keyed {
    Keyed(commandClass: "write", words: words.split(separator: " ").map(String.init), writes: true)
  }

  private static let basic: [Keyed] = [
    read("GET {key}"), read("EXISTS {key}"), read("TTL {key}"), write("SET {key} probe PX 5000"),
    write("INCR {key}"), write("EXPIRE {key} 5"), write("DEL {key}"),
  ]

  /// Denied to every account on every kind of cache.
  private static let dangerous: [Keyless] = [
    Keyless("keyspace", "KEYS bulkhead-probe"), Keyless("keyspace", "SCAN 0 COUNT 1"),
    Keyless("keyspace", "RANDOMKEY"), Keyless("keyspace", "DBSIZE"),
    Keyless("dangerous", "FLUSHALL bulkhead-probe"), Keyless("dangerous", "FLUSHDB bulkhead-probe"),
    Keyless("dangerous", "SWAPDB x y"), Keyless("dangerous", "INFO server"), Keyless("dangerous", "ROLE"),
    Keyless("admin", "CONFIG GET maxmemory"), Keyless("admin", "ACL LIST"), Keyless("admin", "ACL WHOAMI"),
    Keyless("admin", "SHUTDOWN ABORT"), Keyless("admin", "MONITOR"), Keyless("admin", "LASTSAVE"),
    Keyless("scripting", "EVAL return(1) 0"), Keyless("scripting", "SCRIPT EXISTS 0"),
    Keyless("scripting", "FUNCTION LIST"), Keyless("databases", "SELECT 1"),
    Keyless("pubsub", "PUBLISH bulkhead-probe x"), Keyless("pubsub", "SUBSCRIBE bulkhead-probe"),
  ]
}
