import Foundation
import TestSupport
import Testing

/// Commands that a server lets wait: they say so, and a signal ends their statements in the server.
@Suite(.serialized) struct StoppedCommandTests {
  private static let email = "ada@example.org"

  /// Each command with what gives it something to commit.
  private static let commands: [(arguments: [String], preparation: String)] = [
    (["access", "apply"], #"GRANT SELECT (email) ON users TO "analytics-ro""#),
    (["promote", email], "UPDATE users SET role = 'member'"),
    (
      [
        "access", "open", "ada", "--like", "analytics-ro", "--for", "1h", "--reason", "x", "--password-file",
        "ada",
      ],
      "SELECT 1"
    ),
    (["access", "rotate", "analytics-ro"], "SELECT 1"),
    (["migrate", "down", "--to", "14", "--yes"], "SELECT 1"),
  ]

  @Test(arguments: [SIGTERM, SIGINT])
  func `a command that waits for a standby says so, and a signal leaves no session of it`(
    _ signal: Int32
  ) async throws {
    try await Deployment.with(.servers, prepared: true, durable: true) { deployment in
      let servers = try #require(deployment.servers)
      _ = try await deployment.superuser(
        of: servers,
        "INSERT INTO users (email, password, fs_uniquifier) VALUES ('\(Self.email)', 'x', 'x')")
      for (arguments, preparation) in Self.commands {
        _ = try await deployment.superuser(of: servers, preparation)
        try await Self.setStandby("*", of: servers, deployment)
        let command = try Started(
          Program.named("bulkhead"), arguments, environment: deployment.environment, in: deployment.folder)
        try await eventually("\(arguments) reports what it waits for: \(command.err)") {
          command.err.contains("waits for a synchronous standby (synchronous_standby_names)")
        }
        command.send(signal)
        #expect(try await command.ends())
        let expected = arguments[0] == "migrate" ? 1 : 128 + signal
        #expect(command.status == expected, "\(arguments): \(command.out)\(command.err)")
        #expect(command.err.contains("stopp"), "\(arguments): \(command.err)")
        try await eventually("no session of \(arguments) is left") {
          try await deployment.superuser(of: servers, Self.sessions) == "0\n"
        }
        try await Self.setStandby("", of: servers, deployment)
      }
      try await deployment.succeed(["migrate", "up"])
      try await deployment.succeed(["access", "apply"])
      _ = try await deployment.bulkhead(["access", "close", "ada"])
      try await deployment.succeed(["access", "verify"])
    }
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `an apply that a signal stops lets the account in again that it kept out`(_ signal: Int32) async throws
  {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      for change in [
        #"ALTER POLICY "twitch-trigger insert" ON events WITH CHECK (true)"#,
        #"ALTER ROLE "connector-rw" PASSWORD 'another'"#,
      ] {
        _ = try await deployment.superuser(of: servers, change)
      }
      let holder = try deployment.startPsql("BEGIN; SELECT count(*) FROM events; SELECT pg_sleep(300)")
      try await eventually("the table is held") {
        try await deployment.superuser(of: servers, Self.sleeping) == "1\n"
      }
      let command = try Started(
        Program.named("bulkhead"), ["access", "apply"], environment: deployment.environment,
        in: deployment.folder)
      let canLogin = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'connector-rw'"
      try await eventually("the account is kept out: \(command.err)") {
        try await deployment.superuser(of: servers, canLogin) == "f\n"
      }
      command.send(signal)
      #expect(try await command.ends())
      #expect(command.status == 128 + signal, "\(command.out)\(command.err)")
      #expect(try await deployment.superuser(of: servers, canLogin) == "t\n", "\(command.err)")
      #expect(command.err.contains("connector-rw could not log in meanwhile"), "\(command.err)")
      holder.kill()
      // The server notices the end of the client only after the pause.
      _ = try await deployment.superuser(of: servers, Self.endingSleep)
      try await deployment.succeed(["access", "apply"])
      try await deployment.succeed(["access", "verify"])
    }
  }

  @Test func `a promotion ends at its limit and names the session that holds the user`() async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      _ = try await deployment.superuser(
        of: servers,
        "INSERT INTO users (email, password, fs_uniquifier) VALUES ('\(Self.email)', 'x', 'x')")
      let holder = try deployment.startPsql("BEGIN; LOCK TABLE users; SELECT pg_sleep(300)")
      try await eventually("the table is held") {
        try await deployment.superuser(
          of: servers,
          Self.sleeping
        ) == "1\n"
      }
      let output = try await deployment.bulkhead(["promote", Self.email])
      holder.kill()
      #expect(output.status == 1)
      #expect(output.err.contains("table users is held by migrate-admin (pid "), "\(output.err)")
    }
  }

  @Test(arguments: [
    "ALTER DATABASE app_db SET statement_timeout = '1ms'",
    #"ALTER ROLE "migrate-admin" SET statement_timeout = '1ms'"#,
    "ALTER DATABASE app_db SET idle_in_transaction_session_timeout = '1ms'",
  ])
  func `a limit of time on the database or the administrator stops no command, and is removed`(
    _ limit: String
  ) async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      let servers = try #require(deployment.servers)
      _ = try await deployment.superuser(of: servers, limit)
      try await deployment.succeed(["migrate", "down", "--to", "14", "--yes"])
      try await deployment.succeed(["migrate", "up"])
      let found = try await deployment.bulkhead(["access", "verify"])
      #expect(found.status == 2, "\(found.out)\(found.err)")
      #expect(found.out.contains("_timeout") && !found.out.contains("server setting"), "\(found.out)")
      if limit.hasPrefix("ALTER ROLE") {
        // No administrator removes what the superuser has set for it.
        _ = try await deployment.superuser(
          of: servers, #"ALTER ROLE "migrate-admin" RESET statement_timeout"#)
      } else {
        try await deployment.succeed(["access", "apply"])
      }
      try await deployment.succeed(["access", "verify"])
    }
  }

  private static let sleeping = """
    SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'
    """

  private static let endingSleep = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'
    """

  private static let sessions = """
    SELECT count(*) FROM pg_stat_activity WHERE usename = 'migrate-admin' AND pid <> pg_backend_pid()
    """

  private static func setStandby(
    _ shown: String, of servers: ServersUnderTest, _ deployment: Deployment
  ) async throws {
    _ = try await deployment.superuser(
      of: servers, "ALTER SYSTEM SET synchronous_standby_names = '\(shown)'")
    _ = try await deployment.superuser(of: servers, "SELECT pg_reload_conf()")
    try await eventually("the server has told its processes, and so a new session has the setting") {
      try await deployment.superuser(of: servers, "SHOW synchronous_standby_names") == "\(shown)\n"
    }
    // The checkpointer applies the setting for all sessions before it begins another checkpoint.
    _ = try await deployment.superuser(of: servers, "CHECKPOINT")
  }
}
