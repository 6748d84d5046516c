import AccessAdministration
import AccessManifest
import AccessPlanning
import ArgumentParser
import Cryptography
import DataAccess
import Encoding
import Foundation
import Runtime
import Secrets

/// `bulkhead access open`: a login of a person's own, for a time.
struct AccessOpenCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Give a person a database login of their own for a time, which the engine itself ends.",
    discussion: """
      The login has the rights of an account (--like) or verbs on tables (--grants "users:select;events:select,insert"). \
      Every account of the server can read the reason: name a ticket, and no secret. The password is written to a new \
      file of mode 0600, or to the terminal. The cache gets no login, because its logins cannot end by themselves.
      """)

  @Argument(help: "The person's login: lower-case letters, digits, '.', '_' and '-'.")
  var person: String

  @Option(help: "The account of the manifest whose rights the person has.")
  var like: String?

  @Option(help: "The verbs on tables that the person has: TABLE:VERB,VERB;TABLE:VERB.")
  var grants: String?

  @Option(name: .customLong("for"), help: ArgumentHelp("How long, up to 7 days.", valueName: "1h|30m|2d"))
  var time: Age

  @Option(help: "Why, in one line.")
  var reason: String

  @Option(help: "The new file for the password; without one it is printed on the terminal.")
  var passwordFile: String?

  @OptionGroup var output: OutputOptions

  /// The password is not part of it.
  private struct Answer: Encodable {
    let person: String
    let until: String
    let rights: String
    let reason: String
    let passwordFile: String?
  }

  func validate() throws {
    if output.json, passwordFile == nil { throw ValidationError("--json needs --password-file") }
    guard (like == nil) != (grants == nil) else { throw ValidationError("use either --like or --grants") }
    guard time.seconds <= OpenedAccess.longestSeconds else {
      throw ValidationError("--for must be at most 7d")
    }
    let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    guard person.first?.isLetter == true, person.utf8.count <= 63, person.allSatisfy(allowed.contains),
      !person.hasPrefix("pg_")
    else { throw ValidationError("'\(person)' cannot be a login") }
    let text = reason.trimmingCharacters(in: .whitespaces)
    guard !text.isEmpty, text.utf8.count <= OpenedAccess.maximumReasonBytes,
      !text.unicodeScalars.contains(where: \.isUnprintable)
    else {
      throw ValidationError("--reason must be one line of at most \(OpenedAccess.maximumReasonBytes) bytes")
    }
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    // The tables of a live manifest are those of its database.
    let context = try await context.overCatalog()
    let rights = try rights(in: context.manifest)
    let access = OpenedAccess(person: person, rights: rights, reason: reason, until: 0)
    if let refusal = access.refusal(in: context.manifest) { throw ToolError(refusal) }
    let secrets = access.secretColumns(in: context.manifest)
    if !secrets.isEmpty {
      context.console.warn("\(person) reads secret columns: \(secrets.joined(separator: ", "))")
    }
    let password = Secret(SecureRandom.token(byteCount: CredentialStore.randomByteCount))
    try deliver(password, on: context.console)
    do {
      let end = try await open(rights, password, context)
      if output.json {
        try context.console.printJSON(
          Answer(person: person, until: end, rights: rights.text, reason: reason, passwordFile: passwordFile))
      } else {
        context.console.print("\(person) is open until \(end), \(rights.text): \(reason)")
      }
      context.logger.notice(
        "access opened",
        metadata: [
          "person": "\(person)", "rights": "\(rights.text)", "until": "\(end)", "reason": "\(reason)",
        ])
      if passwordFile == nil { context.console.print(password.reveal()) }
      return .success
    } catch {
      if let passwordFile { unlink(passwordFile) }
      throw error
    }
  }

  private func rights(in manifest: AccessManifest) throws -> OpenedAccess.Rights {
    let administrators = manifest.administrators
    let taken = manifest.databaseAccounts.map(\.name) + [administrators.databaseAccount]
    guard !taken.contains(person), !manifest.scope.roles.cover(person) else {
      throw ToolError(
        "'\(person)' is an account of the manifest, or a role of others: choose the person's own name")
    }
    if let like {
      guard manifest.databaseAccount(named: like) != nil else {
        let hint = Spelling.hint(for: like, among: manifest.databaseAccounts.map(\.name))
        throw ToolError("the manifest has no database account '\(like)'\(hint)")
      }
      return .like(like)
    }
    guard let rights = OpenedAccess.Rights.grants(parsing: grants ?? ""), case .grants(let tables) = rights
    else {
      throw ToolError("--grants must have the form users:select;events:select,insert")
    }
    if let unknown = tables.keys.sorted().first(where: { manifest.owners[$0] == nil }) {
      let hint = Spelling.hint(for: unknown, among: manifest.owners.keys.sorted())
      throw ToolError("the manifest has no table '\(unknown)'\(hint)")
    }
    return rights
  }

  /// Before anything is opened: a password that cannot be delivered must not exist.
  private func deliver(_ password: Secret, on console: Console) throws {
    guard let passwordFile else {
      guard isatty(STDOUT_FILENO) == 1 else {
        throw ToolError("standard output is no terminal: use --password-file")
      }
      return
    }
    let descriptor = Glibc.open(passwordFile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw ToolError("cannot create \(passwordFile): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let bytes = Array((password.reveal() + "\n").utf8)
    // A file system may report a full disk only here.
    guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      let code = errno
      unlink(passwordFile)
      throw ToolError("cannot write \(passwordFile): \(String(cString: strerror(code)))")
    }
  }

  private func open(
    _ rights: OpenedAccess.Rights, _ password: Secret, _ context: ToolContext
  ) async throws -> String {
    let database = try context.database()
    return try await database.withDatabase(waiting: true) { administrator in
      return try await database.personalAccess(in: administrator).open(
        person, rights, seconds: Int64(time.seconds), reason: reason, password: password)
    }
  }
}

extension DatabaseContext {
  /// The logins of persons.
  ///
  /// - Throws: where the engine has none, or none that it ends by itself.
  func personalAccess(in administrator: Database) throws -> any PersonalAccess {
    guard let access = administration.personalAccess(in: administrator, of: site) else {
      throw ToolError(
        "\(administrator.dialect.engineName) ends no login at a time by itself, so that the tool gives persons none "
          + "there: see docs/access.md")
    }
    return access
  }
}
