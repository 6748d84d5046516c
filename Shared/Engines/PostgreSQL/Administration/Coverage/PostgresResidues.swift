import AccessProof

/// What PostgreSQL leaves open between accounts of one database. The attempts show it; `PostgresResidues+Attempts.swift`
/// has them.
enum PostgresResidues {
  static let all = readable + shared + beyond

  /// What an account reads.
  private static let readable: [KnownResidue] = [
    KnownResidue(
      "catalog of names and definitions",
      consequence: "an account reads the names of tables, columns, roles and policies",
      mitigation:
        "put no secret into a name or a definition; use a database of its own for what must stay unknown"
    ).tried { _ in names },
    KnownResidue(
      "row counts and sizes",
      consequence: "an account reads how many rows and bytes each table has, and how they change",
      mitigation: "where a count is a secret, use a database of its own"
    ).tried(sizes),
    KnownResidue(
      "names of sessions and locks",
      consequence:
        "an account reads which roles and programs are connected and which tables they lock, not their statements",
      mitigation: "put no secret into a role's or a program's name"
    ).tried { _ in sessions },
    KnownResidue(
      "existence through keys and EXPLAIN ANALYZE",
      consequence:
        "an account with a row scope learns whether a row with a given id or unique value exists, not what it "
        + "holds: a unique key refuses it, and EXPLAIN ANALYZE counts the rows that a policy removed",
      mitigation: "scoped tables keep unguessable or scoped values in their unique keys; ids are no secrets"
    ).triedOnHiddenRows(existence),
    existenceThroughForeignKeys,
    KnownResidue(
      "samples of a policy's own column",
      consequence:
        "on a database that was analyzed before its rights were applied, EXPLAIN shows how the rows spread over "
        + "the scopes, which the manifest lists",
      mitigation: "as the superuser: DELETE FROM pg_statistic WHERE starelid = 'TABLE'::regclass"),
  ]

  /// The engine checks a foreign key with the rights of the referenced table's owner, and past its policies. No attempt
  /// can show that without rows of both tables, so the catalog shows whether an account of ours can use it.
  private static var existenceThroughForeignKeys: KnownResidue {
    var residue = KnownResidue(
      "existence through foreign keys",
      consequence:
        "an account that writes a reference learns whether the referenced row exists, although it may not read it",
      mitigation: "reference unguessable keys, or let the owner of the referenced table write the reference")
    residue.condition = """
      SELECT EXISTS (
        SELECT FROM pg_constraint f JOIN pg_class p ON p.oid = f.confrelid
          JOIN pg_auth_members m ON m.member = current_user::regrole AND m.admin_option
          JOIN pg_roles r ON r.oid = m.roleid AND r.rolcanlogin AND NOT r.rolsuper
        WHERE f.contype = 'f' AND r.oid NOT IN (p.relowner, (SELECT relowner FROM pg_class WHERE oid = f.conrelid))
          AND (has_column_privilege(r.oid, f.conrelid, f.conkey[1], 'INSERT')
            OR has_column_privilege(r.oid, f.conrelid, f.conkey[1], 'UPDATE'))
          AND (p.relrowsecurity OR NOT has_column_privilege(r.oid, f.confrelid, f.confkey[1], 'SELECT')))
      """
    return residue
  }

  /// What accounts share.
  private static let shared: [KnownResidue] = [
    KnownResidue(
      "LISTEN and NOTIFY", consequence: "two accounts can signal each other",
      mitigation: "treat no notification as proof of its sender"
    ).tried { _ in signals },
    KnownResidue(
      "account's own password and defaults",
      consequence: "an account changes its own password and the defaults of its sessions, timeouts included",
      mitigation: "run `access verify` on a schedule, and `access apply` after a deviation"
    ).tried(ownDefaults),
    KnownResidue(
      "lock of a shared table",
      consequence: "an account that may update or delete rows of a table can lock it",
      mitigation: "services have statement and idle timeouts; alarm on sessions that wait for a lock"
    ).tried(locks),
    KnownResidue(
      "shared memory, disk and processors",
      consequence: "a heavy statement of one account slows the others, and its temporary files fill the disk",
      mitigation:
        "set temp_file_limit on the server or in the manifest's settings; the manifest limits connections and "
        + "statement times"
    ).tried { _ in memory },
  ]

  /// What lies outside of the fleet's database, where no attempt of an account can show it.
  private static let beyond: [KnownResidue] = [
    KnownResidue(
      "PUBLIC in other databases",
      consequence:
        "an account may connect to other databases of the server, reads their catalogs, and takes there what the "
        + "fleet withholds: advisory locks fill the whole server's lock table",
      mitigation: "use a server of its own, or REVOKE CONNECT ON DATABASE ... FROM PUBLIC in those"),
    KnownResidue(
      "verifiers in the server's log",
      consequence:
        "with log_statement = ddl, a reader of the log gets SCRAM verifiers, which can be tested offline",
      mitigation: "keep log_statement at none, or protect the log like the data directory"),
  ]

  /// What stays open beside ``all`` on a server whose superuser belongs to a provider. `creators` made the fleet's
  /// administrator.
  static func ofProvider(creators: [String], readsRules: Bool) -> [KnownResidue] {
    let names = creators.joined(separator: ", ")
    let functions = KnownResidue(
      "functions that only the provider's superuser can withhold",
      consequence:
        "an account stores large objects, fills the server's lock table with advisory locks, writes to the "
        + "write-ahead log without a row, and exports snapshots",
      mitigation:
        "use a server of its own, alarm on pg_locks and on WAL, or a server whose superuser is yours")
    let creator = KnownResidue(
      "the provider's administrator",
      consequence: "\(names) created the fleet's administrator and can take its rights at any time",
      mitigation: "guard its password as that of a superuser, and use it for `bulkhead bootstrap` alone")
    let rules = KnownResidue(
      "rules of logins that cannot be read",
      consequence:
        "a line of pg_hba.conf that admits without a password is found by the proof's logins alone",
      mitigation: "run `access prove` on a schedule")
    return [functions, creator] + (readsRules ? [] : [rules])
  }
}
