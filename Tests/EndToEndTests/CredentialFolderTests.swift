import Foundation
import TestSupport
import Testing

/// The folder of the passwords: another one, and files that hold none.
@Suite(.serialized) struct CredentialFolderTests {
  private static let servers: [Engine] = [.servers, .mariadb]

  /// The administrators' passwords by their files, and an empty folder for all others.
  private func elsewhere(_ deployment: Deployment) -> [String: String] {
    var variables = ["CREDENTIALS_DIR": "other"]
    for (prefix, server, account) in [
      ("DB", deployment.engine.database?.type, "migrate-admin"),
      ("CACHE", deployment.engine.cache?.type, "cache-admin"),
    ] where server != nil {
      variables["\(prefix)_USER"] = account
      variables["\(prefix)_PASS_FILE"] = deployment.credential(account)
    }
    return variables
  }

  @Test(arguments: servers)
  func `up with another folder leaves the passwords of running programs alone`(
    _ engine: Engine
  ) async throws {
    try await Deployment.with(engine, prepared: true) { deployment in
      let firstPort = try FreePorts.consecutive(8)
      let up = ["up", "--once", "--first-port", "\(firstPort)"]
      for folderExists in [false, true] {
        if folderExists {
          let made = try await deployment.bulkhead(["access", "credentials"], with: elsewhere(deployment))
          #expect(made.status == 0 && made.out.contains("created other/connector-rw"), "\(made.err)")
        }
        let output = try await deployment.bulkhead(up, with: elsewhere(deployment))
        #expect(output.status == 1, "\(output.out)")
        #expect(
          output.err.contains("connector-rw") && output.err.contains("CREDENTIALS_DIR"), "\(output.err)")
        let other = deployment.folder.appendingPathComponent("other").path
        #expect(FileManager.default.fileExists(atPath: other) == folderExists, "it makes no file")
        #expect(
          try await deployment.bulkhead(["access", "verify"]).status == 0, "the passwords are as before")
      }
      try FileManager.default.copyItem(
        atPath: deployment.credential("migrate-admin"),
        toPath: deployment.folder.appendingPathComponent("other/migrate-admin").path)
      let refused = try await deployment.bulkhead(["access", "apply"], with: elsewhere(deployment))
      #expect(refused.status == 1, "\(refused.out)")
      #expect(
        refused.err.contains("connector-rw")
          && refused.err.contains("bulkhead access apply --replace-passwords"),
        "\(refused.err)")
      #expect(
        try await deployment.bulkhead(["access", "verify"]).status == 0, "the passwords are as before")
      let applied = try await deployment.bulkhead(
        ["access", "apply", "--replace-passwords"], with: elsewhere(deployment))
      #expect(applied.status == 0, "\(applied.err)")
      #expect(applied.out.contains("had another password for"), "\(applied.out)")
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 2)
      let replacing = try Started(
        Program.named("bulkhead"), ["up", "--first-port", "\(firstPort)", "--replace-passwords"],
        environment: deployment.environment, in: deployment.folder)
      try await eventually("up has replaced the passwords", withinMilliseconds: 300_000) {
        replacing.err.contains("each under its own account") || !replacing.isRunning
      }
      replacing.interrupt()
      #expect(try await replacing.ends(), "\(replacing.err)")
      #expect(try await deployment.bulkhead(["access", "verify"]).status == 0)
    }
  }

  @Test(arguments: servers)
  func `apply replaces the password of some accounts, and of the last other one too`(
    _ engine: Engine
  ) async throws {
    try await Deployment.with(engine, prepared: true) { deployment in
      let accounts = ["connector-rw", "connector-cache", "analytics-ro"].map(deployment.credential)
      for path in accounts where FileManager.default.fileExists(atPath: path) {
        try fill(path, with: "another")
      }
      let applied = try await deployment.bulkhead(["access", "apply"])
      #expect(applied.status == 0 && applied.out.contains("had another password for"), "\(applied.err)")
      try await deployment.succeed(["access", "verify"])
      try FileManager.default.removeItem(atPath: deployment.credential("connector-rw"))
      let verified = try await deployment.bulkhead(["access", "verify"])
      #expect(
        verified.out.contains("there is no credential for connector-rw: set CREDENTIALS_DIR"),
        "\(verified.out)")
    }
  }

  @Test(arguments: servers)
  func `a file without a usable password stops apply before it closes the account`(
    _ engine: Engine
  ) async throws {
    try await Deployment.with(engine, prepared: true) { deployment in
      let path = deployment.credential("connector-rw")
      let password = try String(contentsOfFile: path, encoding: .utf8)
      let contents =
        ["\(password)\rx\r\n", "\u{FEFF}\(password)\n"] + (engine == .servers ? ["p\u{E9}"] : [])
      for content in contents {
        try fill(path, with: content)
        // Another account of ours needs a step too.
        try fill(deployment.credential("analytics-ro"), with: "another")
        let output = try await deployment.bulkhead(["access", "apply"])
        #expect(
          output.status == 1 && (output.out + output.err).contains("credentials/connector-rw"),
          "\(output.out)\(output.err)")
        try fill(deployment.credential("analytics-ro"), with: "another")
        try fill(path, with: password)
        let verified = try await deployment.bulkhead(["access", "verify"])
        #expect(verified.status == 2 && !verified.out.contains("connector-rw"), "\(verified.out)")
        #expect(!verified.out.contains("LOGIN") && !verified.out.contains("locked"), "\(verified.out)")
      }
      try fill(path, with: "of an editor\r\n")
      try await deployment.succeed(["access", "apply"])
      try fill(path, with: "of an editor")
      try await deployment.succeed(["access", "verify"])
    }
  }

  @Test func `every unusable file is named, and the ages of all others are listed`() async throws {
    try await Deployment.with(.embedded) { deployment in
      try await deployment.succeed(["access", "credentials"])
      let files = FileManager.default
      func path(_ account: String) -> String { deployment.credential(account) }
      let broken = ["backend-api-rw", "connector-rw", "analytics-ro", "twitch-trigger"]
      try fill(path(broken[0]), with: "")
      for account in [broken[1], broken[3]] { try files.removeItem(atPath: path(account)) }
      try files.createDirectory(atPath: path(broken[1]), withIntermediateDirectories: false)
      try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path(broken[2]))
      try files.createSymbolicLink(atPath: path(broken[3]), withDestinationPath: "nothing")
      let output = try await deployment.bulkhead(["access", "credentials", "--expire-after", "1d"])
      #expect(output.status == 1)
      for account in broken { #expect(output.err.contains("credentials/\(account)"), "\(output.err)") }
      #expect(!output.out.contains("every account has a password file"))
      #expect(output.out.contains("discord-trigger-cache"), "\(output.out)")
      let json = try await deployment.bulkhead(["access", "credentials", "--json"])
      #expect(json.status == 1 && json.out.contains("\"unusable\":[{"), "\(json.out)")
    }
  }

  private func fill(_ path: String, with text: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    defer { close(descriptor) }
    #expect(write(descriptor, text, text.utf8.count) == text.utf8.count)
  }
}
