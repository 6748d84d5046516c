/// The commands that are tried on a cache, by class. A value for each kind of cache, chosen where the cache is chosen.
///
/// What is denied is made such that it would do no harm if it were not: where a command could empty, stop or reroute
/// the server, an argument makes it fail *after* the permission check.
public struct CacheProbes: Sendable {
  /// A command on one key; `{key}` stands for it.
  struct Keyed: Sendable {
    let commandClass: String
    let words: [String]
    let writes: Bool
  }

  /// A command that has no key.
  struct Keyless: Sendable {
    let commandClass: String
    let words: [String]
    let isAllowed: Bool
    /// What brings the connection back to where it was.
    var undo: [String]?

    init(_ commandClass: String, _ words: String, isAllowed: Bool = false, undo: String? = nil) {
      self.commandClass = commandClass
      self.words = words.split(separator: " ").map(String.init)
      self.isAllowed = isAllowed
      self.undo = undo.map { $0.split(separator: " ").map(String.init) }
    }
  }

  let keyed: [Keyed]
  let keyless: [Keyless]

  private static func read(_ words: String, _ commandClass: String = "read") -> Keyed {
    Keyed(commandClass: commandClass, words: words.split(separator: " ").map(String.init), writes: false)
  }

  private static func write(_ words: String) -> Keyed {
    Keyed(commandClass: "write", words: words.split(separator: " ").map(String.init), writes: true)
  }

  /// What the memory of a process understands.
  public static let memory = CacheProbes(
    keyed: [
      read("GET {key}"), read("EXISTS {key}"), read("TTL {key}"), write("SET {key} probe PX 5000"),
      write("INCR {key}"), write("EXPIRE {key} 5"), write("DEL {key}"),
    ],
    keyless: [Keyless("connection", "PING", isAllowed: true)] + dangerous)

  /// Redis and Valkey.
  public static let redis = CacheProbes(
    keyed: memory.keyed + [
      read("TYPE {key}"), read("STRLEN {key}"), read("MGET {key}"), read("HGETALL {key}"), read("DUMP {key}"),
      read("OBJECT ENCODING {key}"), read("WATCH {key}", "transaction"), write("APPEND {key} x"),
      write("HSET {key} f x"), write("LPUSH {key} x"), write("SADD {key} x"), write("XADD {key} * f x"),
      write("PERSIST {key}"), write("UNLINK {key}"),
    ],
    keyless: [
      Keyless("connection", "PING", isAllowed: true), Keyless("connection", "ECHO probe", isAllowed: true),
      Keyless("connection", "CLIENT ID", isAllowed: true),
      Keyless("connection", "CLIENT SETNAME bulkhead-probe", isAllowed: true),
      Keyless("transaction", "MULTI", isAllowed: true, undo: "DISCARD"),
      Keyless("transaction", "UNWATCH", isAllowed: true),
    ] + dangerous + serverOnly)

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

  /// Denied to every account where there is a server at all.
  private static let serverOnly: [Keyless] = [
    Keyless("admin", "REPLICAOF bulkhead-probe x"), Keyless("admin", "FAILOVER ABORT"),
    Keyless("admin", "SLOWLOG LEN"), Keyless("admin", "LATENCY LATEST"), Keyless("admin", "MODULE LIST"),
    Keyless("admin", "CLIENT LIST"), Keyless("admin", "CLIENT KILL ID 0"),
    Keyless("admin", "CLIENT NO-EVICT off"),
    Keyless("dangerous", "CLIENT TRACKING on BCAST"),
    Keyless("scripting", "EVALSHA 0 0"), Keyless("scripting", "FCALL bulkhead_probe 0"),
    Keyless("pubsub", "PSUBSCRIBE bulkhead-probe*"), Keyless("pubsub", "SPUBLISH bulkhead-probe x"),
    Keyless("pubsub", "PUBSUB CHANNELS"),
  ]
}
