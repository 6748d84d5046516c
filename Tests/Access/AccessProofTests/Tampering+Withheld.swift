extension Tampering {
  /// The families of functions that let an account without any grant take what all accounts share.
  static let withheld: [Tampering] =
    [
      ("pg_advisory_lock(bigint)", "call pg_advisory_lock"),
      ("pg_advisory_lock_shared(bigint)", "call pg_advisory_lock_shared"),
      ("pg_advisory_xact_lock(bigint)", "call pg_advisory_xact_lock"),
      ("pg_advisory_xact_lock_shared(bigint)", "call pg_advisory_xact_lock_shared"),
      ("pg_try_advisory_lock(bigint)", "call pg_try_advisory_lock"),
      ("pg_try_advisory_lock_shared(bigint)", "call pg_try_advisory_lock_shared"),
      ("pg_try_advisory_xact_lock(bigint)", "call pg_try_advisory_xact_lock"),
      ("pg_try_advisory_xact_lock_shared(bigint)", "call pg_try_advisory_xact_lock_shared"),
      ("pg_logical_emit_message(boolean, text, text)", "write a message to the log"),
      ("pg_export_snapshot()", "export a snapshot"),
    ].map { function, verb in
      Tampering(
        what: function, by: .superuser, statements: ["GRANT EXECUTE ON FUNCTION \(function) TO PUBLIC"],
        deviation: Named("PUBLIC", "pg_catalog.\(function)", "EXECUTE"),
        violation: Named("analytics-ro", function.hasPrefix("lo_") ? "database" : "server", verb),
        needsSuperuser: true)
    }
}
