/// The commands that the proof tries on a cache, by class. Each cache engine has a value of its own.
///
/// A command that should be denied must do no harm where it is allowed. Where a command could empty, stop or reroute
/// the server, one argument makes it fail *after* the permission check.
package struct CacheProbes: Sendable {
  /// A command on one key, with `{key}` as its placeholder.
  package struct Keyed: Sendable {
    /// What the command needs.
    enum Need: Sendable, Hashable {
      case read, write
      /// No account may run it, on no key.
      case never
    }

    let commandClass: String
    let words: [String]
    let need: Need
  }

  /// A command without a key.
  package struct Keyless: Sendable {
    let commandClass: String
    let words: [String]
    let isAllowed: Bool
    /// The command that restores the connection's state.
    var undo: [String]?
    /// The known residue that the command shows.
    var residue: String?

    /// Creates a command from its words, separated by spaces. `undo` restores the connection's state.
    package init(_ commandClass: String, _ words: String, isAllowed: Bool = false, undo: String? = nil) {
      self.commandClass = commandClass
      self.words = words.split(separator: " ").map(String.init)
      self.isAllowed = isAllowed
      self.undo = undo.map { $0.split(separator: " ").map(String.init) }
    }
  }

  let keyed: [Keyed]
  let keyless: [Keyless]
  /// The users outside of the manifest that try to log in. An empty name stands for a connection that names no user.
  let strangers: [String]
  /// What the cache leaves open; the proof tries it, too.
  let residues: [KnownResidue]

  /// Creates probes: the commands of every kind of cache, and these.
  package init(
    keyed: [Keyed] = [], keyless: [Keyless] = [], strangers: [String] = [],
    residues: [KnownResidue] = []
  ) {
    self.strangers = strangers
    self.residues = residues
    self.keyed = Self.basic + keyed
    self.keyless =
      [Keyless("connection", "PING", isAllowed: true)] + keyless + Self.dangerous
      + residues.flatMap { residue in
        residue.commands.map { words in
          var command = Keyless("residue", words, isAllowed: true)
          command.residue = residue.name
          return command
        }
      }
  }

  /// A command that reads `{key}`.
  package static func read(_ words: String, _ commandClass: String = "read") -> Keyed {
    Keyed(commandClass: commandClass, words: words.split(separator: " ").map(String.init), need: .read)
  }

  /// A command that writes `{key}`.
  package static func write(_ words: String) -> Keyed {
    Keyed(commandClass: "write", words: words.split(separator: " ").map(String.init), need: .write)
  }

  /// A command on `{key}` that no account may run, not even on its own keys.
  package static func never(_ words: String, _ commandClass: String) -> Keyed {
    Keyed(commandClass: commandClass, words: words.split(separator: " ").map(String.init), need: .never)
  }

  private static let basic: [Keyed] = [
    read("GET {key}"), read("EXISTS {key}"), read("TTL {key}"), write("SET {key} probe PX 5000"),
    write("INCR {key}"), write("EXPIRE {key} 5"), write("DEL {key}"),
  ]

  /// The commands that every kind of cache denies to every account.
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
