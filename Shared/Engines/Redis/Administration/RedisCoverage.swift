import AccessAdministration
import AccessProof

extension AccessCoverage {
  /// Redis 7 and Valkey 8.
  package static let redis = AccessCoverage(
    engine: "Redis and Valkey", kinds: kinds, residues: RedisResidues.all)

  private static let kinds: [Kind] = [
    Kind("missing user", .compared, "the user is made with all its rules"),
    Kind("user that is off", .compared, "on"),
    Kind("login without a password", .compared, "`nopass`, of accounts and of the administrator"),
    Kind("passwords", .compared, "exactly the credential's digest"),
    Kind("key patterns", .compared, "read and write, pattern by pattern"),
    Kind("channel patterns", .compared, "no account has any"),
    Kind("commands", .compared, "command by command, as this server's categories resolve; modules included"),
    Kind("checks of serialized values", .compared, "no account skips them (`skip-sanitize-payload`)"),
    Kind("selectors", .compared, "no account has any"),
    Kind(
      "default user that is on", .compared,
      "switched off, unless the manifest's mode leaves the cache to others; one with a password is then a note, unless it reaches our keys"
    ),
    Kind("rights of a default user that is off", .compared, "removed: one word would switch them on"),
    Kind(
      "user outside the manifest", .compared,
      "removed, unless the manifest lists it or its mode leaves the cache to others; one of these that asks for no password or reaches our keys is then a deviation"
    ),
    Kind("function library", .named, "code that no release loaded; every account is denied the call"),
    Kind(
      "rights of the administrator", .outOfReach, "it may change accounts, so it can give itself any right"),
    Kind("configuration", .outOfReach, "the administrator may not read it: CONFIG could also load modules"),
    Kind(
      "accounts of replicas", .outOfReach,
      "each server has its own list: `verify` and `prove` name the replicas, and a run with `CACHE_HOST` at a replica "
        + "compares its accounts"),
    Kind(
      "the file of the rights", .outOfReach,
      "`ACL SAVE` writes the whole file after a change; a server without one loses changes, and `apply` says so"
    ),
    Kind("version and role of the server", .residue, "HELLO and COMMAND answer every account"),
    Kind("shared memory", .residue, "there are no quotas"),
    Kind("DEBUG and SYNC before the list of rights", .residue, "some releases answer them earlier"),
  ]
}
