import AccessAdministration

extension AccessCoverage {
  /// MySQL 8.4 and newer: as MariaDB, except for what the two servers keep or refuse in another way.
  package static let mySQL = AccessCoverage(
    engine: "MySQL",
    kinds: mariaDB.kinds.filter { !absent.contains($0.name) }.map { kind in
      changed.first { $0.name == kind.name } ?? renamed[kind.name] ?? kind
    } + added, residues: MySQLResidues.all)

  /// What only a server with Galera, or with MariaDB's settings, has.
  private static let absent: Set = [
    "an account's password on one node", "block of an account after wrong passwords",
  ]

  private static let changed: [Kind] = [
    Kind("limits of an account", .compared, "connections; others are removed"),
    Kind(
      "privilege on a table or view", .compared,
      "of every account and role; a table that does not exist cannot have one"),
    Kind("membership in a role", .compared, "of our accounts; removed by `bulkhead bootstrap`"),
    Kind(
      "event", .named,
      "it runs with its definer's rights; the server hides those of other databases from the administrator"),
    Kind("prepared transactions", .residue, "every account leaves its own; the server lists them to none"),
    Kind("the administrator of accounts", .residue, "CREATE USER changes any account without SYSTEM_USER"),
  ]

  private static let renamed = [
    "the time limit of statements": Kind("the time of statements", .residue, "no account can be limited"),
    "checks of rows": Kind("foreign keys", .residue, "a session switches them off"),
  ]

  private static let added: [Kind] = [
    Kind(
      "mandatory role of the server", .compared,
      "`PUBLIC` in reports; one that leads to ours is a note unless the manifest is strict, and then removed by "
        + "`bulkhead bootstrap`; any other is named, because MySQL executes no view of rows beside it"),
    Kind("roles that a login activates", .compared, "every membership counts, active or not"),
    Kind(
      "second password of an account", .compared,
      "removed: no rotation makes one"),
    Kind(
      "lock of an account after failed logins", .compared,
      "removed: any client could lock a service out by wrong passwords"),
    Kind("second factor of an account", .outOfReach, "it only refuses logins; `prove` then fails to log in"),
    Kind("components of the server", .outOfReach, "`prove` shows that no account installs one"),
    Kind(
      "SYSTEM_USER", .compared,
      "removed by `bulkhead bootstrap`: the administrator cannot change such an account"),
    Kind("partial revokes", .outOfReach, "they only take rights away"),
    Kind("rows of a proof that was killed", .outOfReach, "the server has no block that would remove them"),
  ]
}
