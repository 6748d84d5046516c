import AccessProof

extension CacheProbes {
  /// Redis and Valkey.
  package static let redis = CacheProbes(
    keyed: [
      read("TYPE {key}"), read("STRLEN {key}"), read("MGET {key}"), read("HGETALL {key}"), read("DUMP {key}"),
      read("OBJECT ENCODING {key}"), read("WATCH {key}", "transaction"), write("APPEND {key} x"),
      write("HSET {key} f x"), write("LPUSH {key} x"), write("SADD {key} x"), write("XADD {key} * f x"),
      write("PERSIST {key}"), write("UNLINK {key}"), never("COPY {key} {key} DB 7", "databases"),
    ],
    keyless: [
      Keyless("connection", "ECHO probe", isAllowed: true),
      Keyless("connection", "CLIENT ID", isAllowed: true),
      Keyless("connection", "CLIENT SETNAME bulkhead-probe", isAllowed: true),
      Keyless("transaction", "MULTI", isAllowed: true, undo: "DISCARD"),
      Keyless("transaction", "UNWATCH", isAllowed: true),
    ] + serverOnly,
    strangers: ["", RedisState.defaultUser, "bulkhead-stranger"], residues: RedisResidues.all)

  /// Commands that only a server has; it denies them to every account.
  private static let serverOnly: [Keyless] = [
    // The rule is wrong, so that the command has no effect where it is allowed.
    Keyless("admin", "ACL SETUSER bulkhead-probe no-such-rule"),
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
