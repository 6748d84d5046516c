import AccessPlanning
import ArgumentParser
import Foundation
import Runtime
import Secrets

/// `bulkhead access credentials`: creates a password file for every account that has none, and lists old ones.
struct AccessCredentialsCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "credentials",
    abstract:
      "Create a random password file (mode 0600) for every account that has none, and list the new ones.")

  @Option(
    help: ArgumentHelp(
      "List the age of each password; exit code 2 where one is older.", valueName: "90d|12h|30m"))
  var expireAfter: Age?

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let directory: String
    let created: [String]
    /// The files that hold no password.
    let unusable: [UnusablePassword]
    /// The ages, where they are wanted.
    let passwords: [PasswordAge]?
  }

  private struct UnusablePassword: Encodable {
    let account: String
    let problem: String
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let names = context.manifest.credentialNames
    let created = try context.credentials.createMissing(for: names)
    let directory = context.credentials.directory
    let administrators = context.manifest.administrators
    let present = [administrators.databaseAccount, administrators.cacheAccount].filter(
      context.credentials.contains)
    let accounts = names + present
    let unusable = accounts.compactMap { account in
      Self.problem { try context.credentials.content(of: account) }.map {
        UnusablePassword(account: account, problem: $0)
      }
    }
    let ages = expireAfter.map { limit in
      accounts.compactMap { account in
        try? PasswordAge(of: account, in: context.credentials, limit: limit)
      }
    }
    if output.json {
      try context.console.printJSON(
        Answer(directory: directory, created: created, unusable: unusable, passwords: ages))
    } else {
      for account in created { context.console.print("created \(directory)/\(account)") }
      if created.isEmpty, unusable.isEmpty {
        context.console.print("every account has a password file in \(directory)")
      }
      for age in ages ?? [] { show(age, on: context.console) }
    }
    for file in unusable { context.console.printError(file.problem) }
    guard unusable.isEmpty else { return .failure }
    return ages?.contains(where: \.isExpired) == true ? .difference : .success
  }

  /// Why `read` fails; nil where it does not.
  private static func problem(_ read: () throws -> CredentialText) -> String? {
    do {
      _ = try read()
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func show(_ age: PasswordAge, on console: Console) {
    let line = "  \(age.account.padded(to: 28))\(Age(seconds: age.ageSeconds))"
    let next = ": run `bulkhead access rotate \(age.account)`"
    console.print(age.isExpired ? console.out(.bad, line + ", expired") + next : line)
  }
}

/// How old the password of one account is.
struct PasswordAge: Encodable {
  let account: String
  let ageSeconds: Int
  let isExpired: Bool

  /// Reads the time of change of the account's file.
  init(of account: String, in store: CredentialStore, limit: Age) throws {
    let issued = try store.issued(account)
    self.account = account
    ageSeconds = max(0, Int(Date().timeIntervalSince1970) - issued.tv_sec)
    isExpired = ageSeconds > limit.seconds
  }
}

/// A length of time with a unit: `90d`, `12h`, `30m`, `45s`.
struct Age: ExpressibleByArgument, CustomStringConvertible {
  let seconds: Int

  private static let units: [Character: Int] = ["d": 86_400, "h": 3_600, "m": 60, "s": 1]

  init(seconds: Int) {
    self.seconds = seconds
  }

  init?(argument: String) {
    guard let unit = argument.last.flatMap({ Self.units[$0] }), let count = Int(argument.dropLast()),
      count > 0
    else { return nil }
    let (seconds, overflow) = count.multipliedReportingOverflow(by: unit)
    if overflow { return nil }
    self.seconds = seconds
  }

  /// In the largest unit that fits, rounded down.
  var description: String {
    let units = Self.units.sorted { $0.value > $1.value }
    let (unit, size) = units.first { seconds >= $0.value } ?? ("s", 1)
    return "\(seconds / size)\(unit)"
  }
}
