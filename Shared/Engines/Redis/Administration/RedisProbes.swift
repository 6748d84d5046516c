import AccessProof

extension CacheProbes {
  /// Redis and Valkey.
  package static let redis = CacheProbes(
    keyed: [
      read("TYPE {key}"), read("STRLEN {key}"), read("MGET {key}"), read("HGETALL {key}"), read("DUMP {key}"),
      read("OBJECT ENCODING {key}"), read("WATCH {key}", "transaction"), write("APPEND {key} x"),
      write("HSET {key} f x"), write("LPUSH {key} x"), write("SADD {key} x"), write("XADD {key} * f x"),
      write("PERSIST {key}"), write("UNLINK {key}"), read("MEMORY USAGE {key}"),
      never("COPY {key} {key} DB 7", "databases"), never("MOVE {key} 7", "databases"),
      never("SORT {key} BY nosort GET bulkhead-probe:*", "dangerous"),
      never("SORT_RO {key} GET bulkhead-probe:*", "dangerous"), never("RESTORE {key} 0 x", "dangerous"),
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
    Keyless("admin", "CLIENT NO-EVICT off"), Keyless("admin", "MEMORY STATS"),
    Keyless("scripting", "FUNCTION LOAD bulkhead-probe"), Keyless("scripting", "EVAL_RO return(1) 0"),
    Keyless("dangerous", "CLIENT TRACKING on BCAST"),
    Keyless("scripting", "EVALSHA 0 0"), Keyless("scripting", "FCALL bulkhead_probe 0"),
    Keyless("pubsub", "PSUBSCRIBE bulkhead-probe*"), Keyless("pubsub", "SPUBLISH bulkhead-probe x"),
    Keyless("pubsub", "PUBSUB CHANNELS"), Keyless("pubsub", "SSUBSCRIBE bulkhead-probe"),
  ]

  /// Commands that no one may try, because they would do harm where they are allowed. The server itself says whether an
  /// account may run them (`ACL DRYRUN`).
  static let harmful = [
    "SYNC", "PSYNC ? -1", "MONITOR", "SWAPDB 0 1", "FLUSHALL", "FLUSHDB", "SHUTDOWN NOSAVE", "DEBUG SLEEP 0",
    "CONFIG SET maxmemory 0", "REPLICAOF NO ONE", "FAILOVER", "BGSAVE", "SAVE", "SCRIPT FLUSH",
    "FUNCTION FLUSH",
    "ACL DELUSER bulkhead-probe", "CLIENT PAUSE 1", "LATENCY RESET", "MODULE UNLOAD x",
  ]
}
