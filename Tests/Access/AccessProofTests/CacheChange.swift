import Testing

/// A change of the cache without the tool, of one kind of the list of coverage.
struct CacheChange: Sendable, CustomTestStringConvertible {
  let kind: String
  let commands: [String]
  let account: String
  let privilege: String
  /// Commands that remove what the plan leaves alone; empty where the plan mends it.
  var cleanup: [String] = []

  init(
    _ kind: String, _ commands: String..., names account: String, _ privilege: String, cleanup: [String] = []
  ) {
    self.kind = kind
    self.commands = commands
    self.account = account
    self.privilege = privilege
    self.cleanup = cleanup
  }

  var testDescription: String { "\(kind): \(commands.joined(separator: "; "))" }
}

extension CacheChange {
  static let all: [CacheChange] =
    [
      CacheChange("missing user", "ACL DELUSER connector-cache", names: "connector-cache", "on"),
      CacheChange("user that is off", "ACL SETUSER connector-cache off", names: "connector-cache", "on"),
      CacheChange(
        "login without a password", "ACL SETUSER connector-cache nopass", names: "connector-cache", "nopass"),
      CacheChange(
        "login without a password", "ACL SETUSER cache-admin nopass", names: "cache-admin", "nopass"),
      CacheChange("passwords", "ACL SETUSER connector-cache >guessed", names: "connector-cache", "password"),
      CacheChange(
        "passwords", "ACL SETUSER connector-cache resetpass >other", names: "connector-cache", "password"),
      CacheChange("passwords", "ACL SETUSER cache-admin >guessed", names: "cache-admin", "password"),
      CacheChange("key patterns", "ACL SETUSER connector-cache ~*", names: "connector-cache", "keys"),
      CacheChange(
        "key patterns", "ACL SETUSER connector-cache %R~backend-api:*", names: "connector-cache", "keys"),
      CacheChange(
        "key patterns", "ACL SETUSER connector-cache %W~backend-api:*", names: "connector-cache", "keys"),
      CacheChange(
        "key patterns", "ACL SETUSER analytics-cache ~analytics:*", names: "analytics-cache", "keys"),
      CacheChange("key patterns", "ACL SETUSER connector-cache resetkeys", names: "connector-cache", "keys"),
      CacheChange(
        "channel patterns", "ACL SETUSER connector-cache &backend-*", names: "connector-cache", "channels"),
      CacheChange(
        "channel patterns", "ACL SETUSER connector-cache allchannels", names: "connector-cache", "channels"),
      CacheChange(
        "commands", "ACL SETUSER connector-cache +config", names: "connector-cache",
        "config|get, config|help, config|resetstat, config|rewrite, config|set"),
      CacheChange("commands", "ACL SETUSER connector-cache +keys", names: "connector-cache", "keys"),
      CacheChange("commands", "ACL SETUSER connector-cache +eval", names: "connector-cache", "eval"),
      CacheChange("commands", "ACL SETUSER connector-cache +fcall", names: "connector-cache", "fcall"),
      CacheChange(
        "commands", "ACL SETUSER connector-cache +client|kill", names: "connector-cache", "client|kill"),
      CacheChange("commands", "ACL SETUSER connector-cache +select", names: "connector-cache", "select"),
      CacheChange("commands", "ACL SETUSER connector-cache -get", names: "connector-cache", "get"),
      CacheChange(
        "selectors", "ACL SETUSER connector-cache (+get ~backend-api:*)", names: "connector-cache", "selector"
      ),
      CacheChange(
        "selectors", "ACL SETUSER connector-cache (%R~backend-api:* +get)", names: "connector-cache",
        "selector"
      ),
      CacheChange(
        "checks of serialized values", "ACL SETUSER connector-cache skip-sanitize-payload",
        names: "connector-cache", "skip-sanitize-payload"),
      CacheChange(
        "commands", "ACL SETUSER connector-cache +select|0", names: "connector-cache", "select|0"),
      CacheChange(
        "commands", "ACL SETUSER connector-cache +client|no-evict", names: "connector-cache",
        "client|no-evict"),
      CacheChange(
        "rights of a default user that is off", "ACL SETUSER default off (~* +get)", names: "default",
        "rights"),
      CacheChange(
        "rights of a default user that is off", "ACL SETUSER default off allchannels", names: "default",
        "rights"),
      CacheChange(
        "rights of a default user that is off", "ACL SETUSER default off >guessed", names: "default", "rights"
      ),
      CacheChange(
        "default user that is on", "ACL SETUSER default on nopass ~* +@all", names: "default", "on"),
      CacheChange("default user that is on", "ACL SETUSER default on", names: "default", "on"),
      CacheChange(
        "rights of a default user that is off", "ACL SETUSER default off nopass ~* &* +@all",
        names: "default",
        "rights"),
      CacheChange(
        "rights of a default user that is off", "ACL SETUSER default off ~*", names: "default", "rights"),
      CacheChange(
        "rights of a default user that is off", "ACL SETUSER default off +get", names: "default", "rights"),
      CacheChange(
        "user outside the manifest", "ACL SETUSER stranger on >x ~* +get", names: "stranger", "user"),
      CacheChange("user outside the manifest", "ACL SETUSER stranger off", names: "stranger", "user"),
      CacheChange(
        "function library",
        "FUNCTION LOAD #!lua\u{A0}name=spy\nredis.register_function('spy',function()\u{A0}return\u{A0}1\u{A0}end)",
        names: "default", "FUNCTION", cleanup: ["FUNCTION DELETE spy"]),
    ] + unreadable

  /// Names and patterns that are no text, or begin with a combining mark. A word may have `\xff` for a byte.
  private static let unreadable: [CacheChange] = [
    CacheChange(
      "user outside the manifest", #"ACL SETUSER b\xffck on nopass allkeys allchannels +@all"#,
      names: #"b\xffck"#, "user"),
    CacheChange(
      "user outside the manifest", #"ACL SETUSER \xcc\x81evil on >pw allkeys +@all"#, names: #"\xcc\x81evil"#,
      "user"),
    CacheChange(
      "default user that is on", #"ACL SETUSER default on >x resetkeys ~?* ~\xff +@all"#, names: "default",
      "on"),
    CacheChange(
      "login without a password", #"ACL SETUSER cache-admin resetchannels &\xff* nopass"#,
      names: "cache-admin",
      "nopass"),
    CacheChange(
      "key patterns", #"ACL SETUSER analytics-cache ~\xcc\x81*"#, names: "analytics-cache", "keys"),
    CacheChange("key patterns", #"ACL SETUSER connector-cache ~\xff*"#, names: "connector-cache", "keys"),
    CacheChange(
      "selectors", "ACL SETUSER connector-cache (~x)* +get)", names: "connector-cache", "selector"),
  ]
}
